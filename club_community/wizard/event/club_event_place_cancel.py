from odoo import api, fields, models
from odoo.tools.misc import format_amount


class ClubEventPlaceCancel(models.TransientModel):
    """“Cancel by the rule”: what is given back is seen before."""

    _name = "club.event.place.cancel"
    _description = "Cancel a Place"

    registration_id = fields.Many2one(
        "event.registration", string="Ticket", required=True, ondelete="cascade"
    )
    guest_names = fields.Char(string="Guests", compute="_compute_guest_names")
    with_guests = fields.Boolean(
        string="Cancel the Guests' Places Too",
        compute="_compute_with_guests",
        store=True,
        readonly=False,
    )
    share = fields.Float(
        string="Given Back (%)",
        compute="_compute_share",
        store=True,
        readonly=False,
        help="By the rule of the event; you may decide otherwise.",
    )
    amount = fields.Char(compute="_compute_amount")
    reason = fields.Text()

    def _guests(self):
        return self.registration_id.club_guest_ids.filtered(
            lambda g: g.club_has_place and g.state != "done"
        )

    @api.depends("registration_id")
    def _compute_guest_names(self):
        for wizard in self:
            wizard.guest_names = ", ".join(wizard._guests().mapped("display_name"))

    @api.depends("registration_id")
    def _compute_with_guests(self):
        for wizard in self:
            follow = wizard.registration_id.event_id.club_guests_follow
            wizard.with_guests = follow == "go"

    @api.depends("registration_id")
    def _compute_share(self):
        for wizard in self:
            place = wizard.registration_id
            wizard.share = place and place._club_refund_share() * 100

    @api.depends("registration_id", "share", "with_guests")
    def _compute_amount(self):
        for wizard in self:
            # sudo: the desk has no rights on orders
            places_sudo = wizard.registration_id.sudo()
            if wizard.with_guests:
                places_sudo |= wizard._guests().sudo()
            wizard.amount = ", ".join(
                format_amount(self.env, amount, order.currency_id)
                for order, amount in places_sudo._club_refund_amount(
                    wizard.share / 100
                ).items()
            )

    def action_cancel_place(self):
        """:raise UserError: the place was used, or is cancelled already"""
        self.ensure_one()
        self.registration_id.check_access("write")
        share = min(max(self.share, 0), 100) / 100
        # sudo: the desk has no rights on orders and credit notes
        place_sudo = self.registration_id.sudo()
        place_sudo._club_cancel_as_chosen(self.reason or "", self.with_guests, share)
        return {"type": "ir.actions.act_window_close"}
