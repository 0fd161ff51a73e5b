from typing import NamedTuple

from odoo import Command, models
from odoo.exceptions import UserError


class Seat(NamedTuple):
    """One place that somebody books: the ticket, and who comes.

    A tuple in Python, which no RPC client can send.
    """

    ticket: object  # event.event.ticket
    attendee: object = None  # res.partner, where the club knows him
    name: str = ""
    email: str = ""
    phone: str = ""
    values: dict = {}  # further values of the registration, of rooms below


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_book(self, booker, seats, slot=None):
        """Book places for somebody and his guests, in one order.

        Free places are confirmed at once. Others are held, for ``club_hold_minutes``,
        on a quotation that is his to pay.

        :param booker: the ``res.partner`` who books and pays
        :param seats: list of ``Seat``
        :param slot: the ``event.slot``, where the event has slots
        :return: ``(registrations, order)`` with raised rights; no order where all is
            free
        :raise UserError: the event or a ticket is not on sale, or not for him
        :raise ValidationError: there are not enough places
        """
        self.ensure_one()
        event_sudo = self.sudo()  # sudo: members have no rights on events
        slot = slot or self.env["event.slot"]
        event_sudo._club_check_booking(booker, seats, slot)
        Registration = self.env["event.registration"].sudo()
        if not any(event_sudo._club_price(seat, booker) for seat in seats):
            values = [event_sudo._club_seat_values(booker, s, slot) for s in seats]
            return Registration.create(values), self.env["sale.order"].sudo()
        order = event_sudo._club_make_order(booker, seats, slot)
        lines = order.order_line
        values = [
            {
                **event_sudo._club_seat_values(booker, seat, slot),
                "sale_order_line_id": line.id,
                "sale_order_id": order.id,
            }
            for seat, line in zip(
                seats, event_sudo._club_lines_of(seats, lines), strict=True
            )
        ]
        return Registration.create(values), order

    def _club_check_booking(self, booker, seats, slot):
        """Refuse what cannot be booked; rooms and files below add who may.

        :raise UserError: says why, and what would help
        """
        self.ensure_one()
        if not self.active or self.kanban_state == "cancel" or self.is_finished:
            raise UserError(
                self.env._("“%(event)s” is not open for booking.", event=self.name)
            )
        if not seats:
            raise UserError(self.env._("Choose a ticket first."))
        if self.is_multi_slots and slot.event_id != self:
            raise UserError(self.env._("Choose a time first."))
        # sudo: members have no rights on tickets
        for ticket in {seat.ticket.sudo() for seat in seats}:
            if ticket.event_id != self or not ticket.is_launched or ticket.is_expired:
                raise UserError(
                    self.env._("“%(ticket)s” is not on sale now.", ticket=ticket.name)
                )

    def _club_price(self, seat, booker):
        """What a place costs him, without taxes, in the currency of his prices."""
        return seat.ticket.price

    def _club_seat_values(self, booker, seat, slot):
        """Values of the registration of one place."""
        attendee = seat.attendee or self.env["res.partner"]
        return {
            "event_id": self.id,
            "event_ticket_id": seat.ticket.id,
            "event_slot_id": slot.id,
            "partner_id": booker.id,
            "club_attendee_id": attendee.id,
            "name": seat.name or attendee.name,
            "email": seat.email or attendee.email,
            "phone": seat.phone or attendee.phone,
            **seat.values,
        }

    def _club_make_order(self, booker, seats, slot):
        """A quotation with one line per ticket, to be paid and not to be signed."""
        counts = {}
        for seat in seats:
            key = self._club_line_key(seat)
            counts.setdefault(key, []).append(seat)
        company = self.company_id or self.env.company
        # sudo: members have no rights on orders
        order = (
            self.env["sale.order"]
            .sudo()
            .with_company(company)
            .create(
                {
                    "partner_id": booker.id,
                    "company_id": company.id,
                    "require_payment": True,
                    "require_signature": False,
                    "order_line": [
                        Command.create(self._club_line_values(of_line, slot))
                        for of_line in counts.values()
                    ],
                }
            )
        )
        order._portal_ensure_token()
        return order

    def _club_line_key(self, seat):
        """Places with the same key stand on one line of the order."""
        return seat.ticket

    def _club_line_values(self, seats, slot):
        ticket = seats[0].ticket
        return {
            "product_id": ticket.product_id.id,
            "event_id": self.id,
            "event_slot_id": slot.id,
            "event_ticket_id": ticket.id,
            "product_uom_qty": len(seats),
        }

    def _club_lines_of(self, seats, lines):
        """The line of each place, in the order of the places."""
        keys = []
        for seat in seats:
            if (key := self._club_line_key(seat)) not in keys:
                keys.append(key)
        by_key = dict(zip(keys, lines, strict=True))
        return [by_key[self._club_line_key(seat)] for seat in seats]
