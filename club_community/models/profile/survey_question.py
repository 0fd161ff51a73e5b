from odoo import api, fields, models

from .club_profile_asking import MANY_CHOICES, ONE_CHOICE, TYPED


class SurveyQuestion(models.Model):
    _name = "survey.question"
    _inherit = ["survey.question", "club.profile.asking"]

    _club_fits = {
        "simple_choice": ONE_CHOICE,
        "multiple_choice": MANY_CHOICES,
        "char_box": TYPED,
        "text_box": ("char", "text"),
        "numerical_box": ("integer", "float"),
        "scale": ("integer", "float"),
        "date": ("date",),
    }
    _club_answers_field = "suggested_answer_ids"

    club_is_guarded = fields.Boolean(
        string="For Few Eyes",
        compute="_compute_club_is_guarded",
        store=True,
        help="The answer goes to the card alone: the survey does not keep it.",
    )

    @api.depends(
        "club_point_id.model",
        "club_point_id.purpose_id.needs_consent",
    )
    def _compute_club_is_guarded(self):
        for question in self.sudo():  # sudo: the catalogue is the same for everybody
            point = question.club_point_id
            question.club_is_guarded = (
                point.is_confidential or point.purpose_id.needs_consent
            )


class SurveyQuestionAnswer(models.Model):
    _name = "survey.question.answer"
    _inherit = ["survey.question.answer", "club.profile.choice"]

    _club_label = "value"
