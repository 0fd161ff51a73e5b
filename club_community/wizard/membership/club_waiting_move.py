from odoo import fields, models
from odoo.exceptions import UserError


class ClubWaitingMove(models.TransientModel):
    """Change somebody's place in the queue, with a reason."""

    _name = "club.waiting.move"
    _description = "Change the Order of the Queue"

    waiting_id = fields.Many2one("club.waiting", required=True, ondelete="cascade")
    position = fields.Integer(string="New Place", required=True, default=1)
    reason = fields.Char(required=True)

    def action_move(self):
        """Move the entry.

        :raise UserError: no reason, or a place before the first
        """
        self.ensure_one()
        self.waiting_id.check_access("write")
        if self.position < 1:
            raise UserError(self.env._("The first place is number 1."))
        self.waiting_id._move_to(self.position, self.reason)
        return {"type": "ir.actions.act_window_close"}


class ClubPlaceExtra(models.TransientModel):
    """A club manager gives a place beyond the limit, on purpose and with a reason.

    The one way to pass a plan's limit: whatever comes after it, a sale, a recorded
    period or an import, finds the place that is kept for this person.
    """

    _name = "club.place.extra"
    _description = "Place Beyond the Limit"

    plan_id = fields.Many2one(
        "club.plan",
        required=True,
        domain=[("is_limited", "=", True)],
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        domain=[("is_company", "=", False)],
        ondelete="cascade",
    )
    reason = fields.Char(required=True)

    def action_give(self):
        """Make the place and keep it as long as an offer.

        :raise UserError: no reason, or the person has a place
        """
        self.ensure_one()
        plan, reason = self.plan_id, (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why this place is given beyond the limit."))
        # sudo: places are made by their own steps; the wizard's rights stand for it
        Place = self.env["club.place"].sudo()
        taken = [("plan_id", "=", plan.id), ("partner_id", "=", self.partner_id.id)]
        if Place.search_count(taken, limit=1):
            raise UserError(
                self.env._(
                    "%(name)s has a place of this plan already.",
                    name=self.partner_id.name,
                )
            )
        Place.create(
            {
                **plan._place_vals(plan._place_pool(self.partner_id)),
                "partner_id": self.partner_id.id,
                "held_until": plan._hold_until(),
                "is_extra": True,
                "reason": reason,
            }
        )
        plan.sudo().message_post(
            body=self.env._(
                "%(user)s gave %(name)s a place beyond the limit: %(reason)s",
                user=self.env.user.name,
                name=self.partner_id.name,
                reason=reason,
            )
        )
        return {"type": "ir.actions.act_window_close"}
