from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

# Places that are held in a database transaction; a key of the cursor's own data.
OWN = "club_event_own_places"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_event_lines(self):
        # sudo: whoever pays has no rights on lines
        return self.sudo().order_line.filtered(
            lambda line: line.event_ticket_id and line.service_tracking == "event"
        )

    def _club_hold_seats(self, days=False):
        """Keep a place for each ticket of these unpaid orders while they are paid.

        :param days: whether it is paid by invoice or bank transfer, which takes days
        :raise UserError: there are not enough places, and then nobody is charged
        """
        for order in self.filtered(lambda o: o.state in ("draft", "sent")):
            lines = order._club_event_lines()
            lines._club_match_registrations()
            drafts = lines.registration_ids.filtered(lambda r: r.state == "draft")
            try:
                for event, registrations in drafts.grouped("event_id").items():
                    registrations._club_hold(event._club_hold_until(days))
                    registrations._club_note_own()
            except ValidationError as error:
                raise UserError(
                    self.env._(
                        "%(reason)s\nSomebody else was faster: nothing was charged.",
                        reason=error.args[0],
                    )
                ) from error

    def _action_cancel(self):
        seated = self._club_event_lines().registration_ids.filtered("club_has_place")
        res = super()._action_cancel()
        seated.filtered(lambda r: not r.club_has_place)._club_places_given_back()
        return res


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _init_registrations(self):
        """Places of a confirmed order are sold, also where attendees are named later.

        Stock leaves paid registrations unconfirmed until somebody saves its window of
        attendees; unconfirmed ones take no place in stock.
        """
        res = super()._init_registrations()
        # sudo: as stock makes them
        drafts = self.sudo().registration_ids.filtered(
            lambda r: r.state == "draft" and r.sale_order_id.state == "sale"
        )
        for event, registrations in drafts.grouped("event_id").items():
            registrations._club_hold(event.date_end)
        return res

    def _club_match_registrations(self):
        """As many registrations as tickets: make the missing, drop what is too much."""
        for line in self:
            living = line.registration_ids.filtered(lambda r: r.state != "cancel")
            surplus = len(living) - int(line.product_uom_qty)
            if surplus > 0:
                living.sorted("id")[-surplus:].action_cancel()
            elif surplus < 0:
                vals = {
                    "sale_order_line_id": line.id,
                    "sale_order_id": line.order_id.id,
                }
                # sudo: whoever pays has no rights on registrations
                self.env["event.registration"].sudo().create([vals] * -surplus)


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def _club_note_own(self):
        """Remember, in this transaction, that these places are held for who asks."""
        self.env.cr.precommit.data.setdefault(OWN, set()).update(self.ids)

    def _club_own_now(self):
        """``{(event, slot, ticket): places}`` that this transaction holds."""
        ids = self.env.cr.precommit.data.get(OWN, ())
        # sudo: whoever pays has no rights on registrations
        held_sudo = self.sudo().browse(ids).exists().filtered("club_has_place")
        return held_sudo.grouped(
            lambda r: (r.event_id.id, r.event_slot_id.id, r.event_ticket_id.id)
        )


class EventEvent(models.Model):
    _inherit = "event.event"

    def _verify_seats_availability(self, slot_tickets):
        """Stock's shop asks again once the places are held: those are enough.

        It would count them against their own buyer, and the last places of an event
        could not be sold.
        """
        own = self.env["event.registration"]._club_own_now()
        wanted = []
        for slot, ticket, count in slot_tickets:
            key = (self.id, slot and slot.id, ticket and ticket.id)
            mine = len(own.get(tuple(id_ or False for id_ in key), ()))
            wanted.append((slot, ticket, max(count - mine, 0)))
        return super()._verify_seats_availability(wanted)

    def _club_hold_until(self, days=False):
        """Until when a place is held for somebody who pays from now on."""
        self.ensure_one()
        event_sudo = self.sudo()  # sudo: buyers have no rights on events
        held = (
            timedelta(days=event_sudo.club_hold_days)
            if days
            else timedelta(minutes=event_sudo.club_hold_minutes)
        )
        return fields.Datetime.now() + held
