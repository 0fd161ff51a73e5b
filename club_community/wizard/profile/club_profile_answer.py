from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

# Which widget asks for a point of which type; all others are typed.
_KINDS = {
    "boolean": "one",
    "date": "day",
    "many2many": "many",
    "many2one": "one",
    "selection": "one",
    "tags": "many",
}


class ClubProfileAnswer(models.TransientModel):
    """The answer to one question, in a small dialog with the right widget."""

    _name = "club.profile.answer"
    _description = "Answer to a Question"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="cascade"
    )
    point_id = fields.Many2one("club.profile.point", required=True, ondelete="cascade")
    question = fields.Char(compute="_compute_question")
    hint = fields.Char(related="point_id.hint")
    kind = fields.Selection(
        [("text", "Text"), ("day", "Day"), ("one", "One"), ("many", "Several")],
        compute="_compute_question",
    )
    option_ids = fields.One2many("club.profile.answer.option", "answer_id")
    text = fields.Char(string="Answer")
    day = fields.Date()
    choice_id = fields.Many2one(
        "club.profile.answer.option", domain="[('answer_id', '=', id)]"
    )
    choice_ids = fields.Many2many(
        "club.profile.answer.option",
        "club_profile_answer_choice_rel",
        string="Choices",
        domain="[('answer_id', '=', id)]",
    )

    @api.depends("point_id")
    def _compute_question(self):
        for answer in self:
            point = answer.point_id
            answer.question = point.question or point.name
            answer.kind = _KINDS.get(point.value_type, "text")

    @api.model
    def _ask(self, partner, point):
        """The action that asks for a point of a person.

        A list (children, goals) is no answer in a word: its own form opens.
        """
        if point.value_type == "one2many":
            comodel = point._field().comodel_name
            return {
                "type": "ir.actions.act_window",
                "name": point.question or point.name,
                "res_model": comodel,
                "view_mode": "form",
                "views": [(False, "form")],
                "target": "new",
                "context": {"default_partner_id": partner.id},
            }
        options = point._choices()
        if point.value_type == "boolean":
            options = [("yes", self.env._("Yes"))]
        answer = self.create(
            {
                "partner_id": partner.id,
                "point_id": point.id,
                "option_ids": [
                    Command.create({"value": str(value), "name": label})
                    for value, label in options
                ],
            }
        )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_profile_answer_action"
        )
        return {**action, "res_id": answer.id}

    def action_answer(self):
        """Keep the answer: on the card, or as a conflict where it is known better.

        :raise UserError: nothing was answered, it cannot be understood, or it is not
            for a manager to set
        :raise AccessError: it is confidential, and this is not one's own member
        """
        self.ensure_one()
        partner, point = self.partner_id, self.point_id
        partner.check_access("write")
        if point not in point._askable("manager") or partner.is_company:
            raise UserError(
                self.env._("“%s” is not for the manager to fill in.", point.name)
            )
        if point.is_confidential and not partner._club_sees_private():
            raise AccessError(
                self.env._(
                    "“%s” is for the personal manager and the head of the club only.",
                    point.name,
                )
            )
        kept = point._parse(self._raw())
        if kept is None:
            raise UserError(self.env._("Write or choose an answer first."))
        partner._club_capture({point: kept}, "manager")
        return {"type": "ir.actions.act_window_close"}

    def _raw(self):
        """The answer as the widget has it."""
        return {
            "text": self.text,
            "day": self.day and fields.Date.to_string(self.day),
            "one": self.choice_id.value,
            "many": self.choice_ids.mapped("value"),
        }[self.kind]


class ClubProfileAnswerOption(models.TransientModel):
    """One thing that can be chosen in the dialog."""

    _name = "club.profile.answer.option"
    _description = "Choice of an Answer"
    _order = "id"

    answer_id = fields.Many2one(
        "club.profile.answer", required=True, index=True, ondelete="cascade"
    )
    value = fields.Char(required=True)
    name = fields.Char(required=True)
