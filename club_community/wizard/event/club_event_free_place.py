from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.event.event_booking import Seat


class ClubEventFreePlace(models.TransientModel):
    """“Give a free place”: a voucher that is redeemed at once, so that it is known
    who gave the place, to whom and why."""

    _name = "club.event.free.place"
    _description = "Give a Free Place"

    event_id = fields.Many2one("event.event", required=True, readonly=True)
    is_multi_slots = fields.Boolean(related="event_id.is_multi_slots")
    ticket_id = fields.Many2one(
        "event.event.ticket",
        required=True,
        compute="_compute_ticket_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('event_id', '=', event_id)]",
    )
    slot_id = fields.Many2one(
        "event.slot", string="Time", domain="[('event_id', '=', event_id)]"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        domain=[("is_company", "=", False)],
    )
    reason = fields.Char(required=True)
    obstacle = fields.Text(compute="_compute_obstacle")

    @api.depends("event_id")
    def _compute_ticket_id(self):
        for wizard in self:
            wizard.ticket_id = wizard.event_id.event_ticket_ids[:1]

    @api.depends("ticket_id", "slot_id", "partner_id")
    def _compute_obstacle(self):
        for wizard in self:
            wizard.obstacle = wizard._why_not() if wizard.partner_id else False

    def _why_not(self):
        """Why the person could not have the ticket by its rules; nothing if he may."""
        if not self.ticket_id:
            return False
        [answer] = self.ticket_id._origin._club_access(
            self.partner_id._origin, self.slot_id._origin
        ).values()
        return not answer.allowed and not answer.opens_on and answer.reason

    def action_give(self):
        """Register the person, and show the registration.

        :raise UserError: the event is over or called off
        :raise ValidationError: there is no place
        """
        self.ensure_one()
        self.event_id.check_access("write")
        event = self.event_id
        if event.kanban_state == "cancel" or event.is_finished:
            raise UserError(
                self.env._("“%(event)s” is not open for booking.", event=event.name)
            )
        if event.is_multi_slots and not self.slot_id:
            raise UserError(self.env._("Choose a time first."))
        voucher = self.env["club.event.voucher"].create(
            {
                "event_id": event.id,
                "ticket_id": self.ticket_id.id,
                "partner_id": self.partner_id.id,
                "reason": self.reason,
            }
        )
        values = {"club_voucher_id": voucher.id}
        if self._why_not():
            values["club_access_reason"] = self.reason
        seat = Seat(self.ticket_id, self.partner_id, values=values)
        registration = self.env["event.registration"].create(
            event._club_seat_values(self.partner_id, seat, self.slot_id)
        )
        return registration._get_records_action()
