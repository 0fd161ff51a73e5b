from odoo import fields, models
from odoo.exceptions import UserError


class ClubSeatAssign(models.TransientModel):
    """“Name a person” for a seat, the first one or instead of somebody else."""

    _name = "club.seat.assign"
    _description = "Name a Person for a Seat"

    contract_id = fields.Many2one("club.membership", required=True, readonly=True)
    seat_id = fields.Many2one("club.membership", string="Instead of", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        domain=[("is_company", "=", False)],
    )

    def action_assign(self):
        """Give the seat, and show the contract.

        :raise UserError: see ``club.membership._give_seat``
        """
        self.ensure_one()
        contract = self.contract_id
        contract.check_access("write")
        if self.seat_id and self.seat_id.seat_of_id != contract:
            raise UserError(self.env._("This seat belongs to another contract."))
        # sudo: state and dates of a seat are written by flows only
        if self.seat_id:
            self.seat_id.sudo()._replace_holder(self.partner_id)
        else:
            contract.sudo()._give_seat(self.partner_id)
        return contract._get_records_action()
