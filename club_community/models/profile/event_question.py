from odoo import models
from odoo.exceptions import ValidationError

from .club_profile_asking import ONE_CHOICE, TYPED


class EventQuestion(models.Model):
    _name = "event.question"
    _inherit = ["event.question", "club.profile.asking"]

    _club_fits = {"simple_choice": ONE_CHOICE, "text_box": TYPED}
    _club_answers_field = "answer_ids"

    def _club_check_fits(self, point):
        """Whoever works at events reads the answers: nothing confidential is asked."""
        if point.is_confidential:
            raise ValidationError(
                self.env._(
                    "“%(point)s” is for few eyes, and answers at events are read by "
                    "many: ask for it in a survey or in the portal.",
                    point=point.name,
                )
            )
        return super()._club_check_fits(point)

    def _club_consent_words(self):
        """At an event the question itself is what people agree to."""
        return self.title


class EventQuestionAnswer(models.Model):
    _name = "event.question.answer"
    _inherit = ["event.question.answer", "club.profile.choice"]

    _club_label = "name"
