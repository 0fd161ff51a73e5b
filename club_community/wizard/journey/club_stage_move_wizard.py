from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ClubStageMoveWizard(models.TransientModel):
    """Move one or many people to a stage, with a reason."""

    _name = "club.stage.move.wizard"
    _description = "Move on the Journey"

    partner_ids = fields.Many2many(
        "res.partner",
        string="People",
        required=True,
        domain=[("is_company", "=", False)],
    )
    stage_id = fields.Many2one("club.stage", string="To Stage", required=True)
    reason = fields.Char(required=True)
    held_until = fields.Date(
        string="Rules Leave Them Until",
        help="Empty: the next rule that fits may move them again. A payment or the "
        "end of a membership moves them in any case.",
    )
    inner_action = fields.Text(related="stage_id.inner_action")
    activity_plan_id = fields.Many2one(related="stage_id.activity_plan_id")
    already_count = fields.Integer(compute="_compute_already_count")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        chosen = self.env.context.get("active_ids")
        if (
            "partner_ids" in fields
            and not values.get("partner_ids")
            and self.env.context.get("active_model") == "res.partner"
            and chosen
        ):
            values["partner_ids"] = [Command.set(chosen)]
        return values

    @api.depends("stage_id", "partner_ids")
    def _compute_already_count(self):
        for wizard in self:
            there = wizard.partner_ids.filtered(
                lambda person, wizard=wizard: person.club_stage_id == wizard.stage_id
            )
            wizard.already_count = len(there)

    def action_move(self):
        """Move whoever is not there yet.

        :raise UserError: no reason, or there is nobody to move
        """
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Nobody is moved without a reason: please say why.")
            )
        people = self.partner_ids.filtered(
            lambda person: person.club_stage_id != self.stage_id
        )
        if not people:
            raise UserError(
                self.env._(
                    "Everybody is in “%(stage)s” already.", stage=self.stage_id.name
                )
            )
        self.env["club.stage.move"].create(
            [
                {
                    "partner_id": person.id,
                    "to_stage_id": self.stage_id.id,
                    "reason": reason,
                    "held_until": self.held_until,
                }
                for person in people
            ]
        )
        return {"type": "ir.actions.act_window_close"}
