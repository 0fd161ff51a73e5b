from odoo import fields, models
from odoo.exceptions import UserError


class ClubEventTransferWizard(models.TransientModel):
    """“Give to another”: a manager changes who comes, at once."""

    _name = "club.event.transfer.wizard"
    _description = "Give a Ticket to Another"

    registration_id = fields.Many2one(
        "event.registration", string="Ticket", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Person")
    is_guest = fields.Boolean(string="Somebody Whom We Do Not Know")
    name = fields.Char()
    email = fields.Char()
    phone = fields.Char()
    agreed = fields.Boolean(
        string="Agrees",
        help="That the club keeps name and contact, and may write.",
    )

    def action_transfer(self):
        """:raise UserError: it cannot be given away, or something is missing"""
        self.ensure_one()
        place = self.registration_id
        place.check_access("write")
        if not self.is_guest and not self.partner_id:
            raise UserError(self.env._("Choose the person."))
        # sudo: offers and hosts' plans are not the desk's
        place.sudo()._club_transfer_by_staff(
            receiver=None if self.is_guest else self.partner_id.sudo(),
            name=self.name or "",
            email=self.email or "",
            phone=self.phone or "",
            consent=place.event_id._club_guest_words() if self.agreed else "",
        )
        return {"type": "ir.actions.act_window_close"}
