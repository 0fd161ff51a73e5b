from odoo import fields, models
from odoo.exceptions import UserError


class ClubPauseWizard(models.TransientModel):
    """“Pause”: from when, until when, why."""

    _name = "club.pause.wizard"
    _description = "Pause a Membership"

    membership_id = fields.Many2one(
        "club.membership", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="membership_id.partner_id")
    date_from = fields.Date(
        string="Paused from", required=True, default=fields.Date.context_today
    )
    date_until = fields.Date(
        string="Returns on", help="The first day that is open again."
    )
    reason = fields.Char()

    def action_pause(self):
        """:raise UserError: no day of return, or a pause that is not possible"""
        self.ensure_one()
        self.membership_id.check_access("write")
        if not self.date_until:
            raise UserError(self.env._("Choose the day of return."))
        self.membership_id._pause(self.date_from, self.date_until, self.reason or "")
        return self.membership_id._get_records_action()
