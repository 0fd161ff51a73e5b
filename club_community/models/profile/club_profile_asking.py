from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_is_zero

YES_NO = ("yes", "no")
# What a person types into a text box; a choice is made from a list.
TYPED = ("char", "text", "integer", "float", "date")
ONE_CHOICE = ("selection", "many2one", "many2many", "tags", "boolean")
MANY_CHOICES = ("many2many", "tags")


class ClubProfileAsking(models.AbstractModel):
    """Of a question in a survey or at an event whose answer fills the profile.

    The model says with ``_club_fits`` which points its kinds of question can fill,
    and with ``_club_answers_field`` where its ready answers are. The columns carry no
    groups: whoever may make questions must be able to copy them with their survey.
    """

    _name = "club.profile.asking"
    _description = "Question That Fills the Profile"

    _club_fits = {}
    _club_answers_field = None

    club_point_id = fields.Many2one(
        "club.profile.point",
        string="Fills the Profile",
        domain=[("is_derived", "=", False)],
        index="btree_not_null",
        ondelete="set null",
        help="The answer is put on the card of the person who answers.",
    )
    club_purpose_id = fields.Many2one(
        "club.consent.purpose",
        string="Asks for the Consent",
        index="btree_not_null",
        ondelete="set null",
        help="“Yes” gives the consent for this purpose, “no” refuses it. Its words are "
        "shown below the question.",
    )

    @api.constrains("club_point_id", "club_purpose_id", "question_type")
    def _check_club_point(self):
        for question in self.sudo():  # sudo: the catalogue is the same for everybody
            point, purpose = question.club_point_id, question.club_purpose_id
            if point and purpose:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” either fills the profile or asks for a "
                        "consent, not both.",
                        question=question.title,
                    )
                )
            if purpose and question.question_type != "simple_choice":
                raise ValidationError(
                    self.env._(
                        "“%(question)s” asks for a consent: let people choose one "
                        "answer, yes or no.",
                        question=question.title,
                    )
                )
            if point:
                question._club_check_fits(point)
            question._club_check_values()

    def _club_check_fits(self, point):
        """Refuse a point that this kind of question cannot fill.

        :raise ValidationError: says which kinds could
        """
        kinds = dict(self._fields["question_type"]._description_selection(self.env))
        if point.value_type in self._club_fits.get(self.question_type, ()):
            return
        fitting = [
            str(kinds[kind])
            for kind, types in self._club_fits.items()
            if point.value_type in types
        ]
        if not fitting:
            raise ValidationError(
                self.env._(
                    "“%(point)s” cannot be filled in by a question.", point=point.name
                )
            )
        raise ValidationError(
            self.env._(
                "“%(question)s” cannot fill “%(point)s” as a question of this type. "
                "Choose one of: %(types)s.",
                question=self.title,
                point=point.name,
                types=", ".join(fitting),
            )
        )

    def _club_check_values(self):
        """Refuse ready answers that stand for nothing the point knows.

        :raise ValidationError: names the answer
        """
        for answer in self[self._club_answers_field]:
            if not answer.club_value:
                continue
            try:
                self._club_meaning(answer)
            except UserError as error:
                raise ValidationError(
                    self.env._(
                        "The answer “%(answer)s”: %(reason)s Use the button “Fill "
                        "answers from the point”.",
                        answer=answer.display_name,
                        reason=error.args[0],
                    )
                ) from error

    def _club_meaning(self, answer):
        """What a ready answer stands for: a kept value, or yes or no to a purpose."""
        if self.club_purpose_id:
            if answer.club_value not in YES_NO:
                raise UserError(self.env._("A consent is “yes” or “no”."))
            return answer.club_value
        # the value is no text in somebody's language
        return self.club_point_id.with_context(lang=None)._parse(answer.club_value)

    def _club_understand(self, typed, chosen):
        """What the answers to this question mean, as the ledger keeps it.

        :param typed: what was typed, a number or a day; in the person's language
        :param chosen: the ready answers that were chosen
        :return: None where there is nothing to keep
        :raise UserError: it cannot be understood
        """
        self.ensure_one()
        point = self.club_point_id
        if self.question_type in ("simple_choice", "multiple_choice"):
            found = [
                self._club_meaning(answer) for answer in chosen if answer.club_value
            ]
            if point.value_type in MANY_CHOICES:
                return sorted({one for value in found for one in value or []}) or None
            return found[0] if found else None
        if isinstance(typed, float) and float_is_zero(typed % 1, precision_digits=6):
            typed = int(typed)
        return point._parse(typed)

    def _club_consent_words(self):
        """The words that are shown with a question for a consent."""
        return self.club_purpose_id.wording

    # --- Ready answers ----------------------------------------------------------------

    def action_club_fill_answers(self):
        """“Fill answers from the point”: an answer per choice, in all languages.

        Those that are there already keep their words and their place.

        :raise UserError: there is nothing to choose from
        """
        for question in self:
            choices = question._club_ready_answers(None)
            if not choices:
                raise UserError(
                    self.env._(
                        "“%(question)s” has no choices to take over: choose a point "
                        "that is picked from a list.",
                        question=question.title,
                    )
                )
            question._club_add_answers(choices)

    def _club_ready_answers(self, lang):
        """``{value: label}`` of this question's choices, in a language."""
        question = self.with_context(lang=lang)
        if question.club_purpose_id or question.club_point_id.value_type == "boolean":
            return {"yes": question.env._("Yes"), "no": question.env._("No")}
        return {str(value): name for value, name in question.club_point_id._choices()}

    def _club_add_answers(self, choices):
        answers = self[self._club_answers_field]
        known = set(answers.mapped("club_value"))
        sequence = max(answers.mapped("sequence"), default=0)
        # the language of the code first: the others are translations of it
        added = answers.with_context(lang=None).create(
            [
                {
                    "question_id": self.id,
                    answers._club_label: label,
                    "club_value": value,
                    "sequence": sequence + place,
                }
                for place, (value, label) in enumerate(choices.items(), 1)
                if value not in known
            ]
        )
        for lang, _name in self.env["res.lang"].get_installed():
            labels = self._club_ready_answers(lang)
            for answer in added.with_context(lang=lang):
                answer[answers._club_label] = labels[answer.club_value]


class ClubProfileChoice(models.AbstractModel):
    """Of a ready answer to such a question."""

    _name = "club.profile.choice"
    _description = "Ready Answer That Fills the Profile"

    _club_label = None

    club_value = fields.Char(
        string="On the Card",
        help="What this answer stands for on the card. Empty: it fills nothing. "
        "“Fill answers from the point” sets it.",
    )

    @api.constrains("club_value", "question_id")
    def _check_club_value(self):
        # sudo: the catalogue is the same for everybody
        questions_sudo = self.sudo().question_id
        for question in questions_sudo.filtered(
            lambda q: q.club_point_id or q.club_purpose_id
        ):
            question._club_check_values()
