import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .club_event_waiting import OPEN_WAITING
from .event_booking import Seat
from .event_registration import SEATED

_logger = logging.getLogger(__name__)

# So long at least a place is kept for somebody to whom it is offered.
LEAST = timedelta(minutes=30)


class ClubEventWaiting(models.Model):
    """Free places go to the next who waits, by themselves."""

    _inherit = "club.event.waiting"

    # --- The job ------------------------------------------------------------------

    @api.model
    def _call_soon(self):
        """Let the job look at once for whom there is a place."""
        # sudo: buyers have no rights on jobs
        self.env.ref("club_community.ir_cron_club_event_waiting").sudo()._trigger()

    @api.model
    def _cron_offer(self):
        """End what is over, and offer what is free to the next.

        One step, one commit: killed at any point, nothing is lost or offered twice.
        The mail is queued together with the offer that it tells of. It also finds the
        places of holds that lapsed by themselves, of which nobody is told.
        """
        cron = self.env["ir.cron"]
        now = fields.Datetime.now()
        self.search([("state", "=", "waiting")])._compute_priority()
        over = self.search([("state", "=", "offered"), ("offer_until", "<=", now)])
        closed = self._of_closed_events()
        cron._commit_progress(remaining=len(over) + len(closed))
        for entry in over:
            if not cron._commit_progress(entry._in_peace(entry._expire)):
                return
        for entry in closed:
            if not cron._commit_progress(entry._in_peace(entry._close)):
                return
        for event in self._awaited_events():
            while self._in_peace(event._club_offer_next):
                if not cron._commit_progress(1):
                    return
            cron._commit_progress()

    def _in_peace(self, step):
        """Run a step, unless another worker is just at the same entry.

        :return: what the step returns; 0 if another was faster, who does the rest
        """
        try:
            with self.env.cr.savepoint():
                return int(step() or 0)
        except psycopg2.errors.SerializationFailure:
            _logger.info("Another worker offers places at the same moment.")
            self.env.cr.rollback()
            return 0

    @api.model
    def _of_closed_events(self):
        """Entries for which there is nothing to wait for any more."""
        now = fields.Datetime.now()
        return self.search(
            [
                ("state", "=", "waiting"),
                "|",
                "|",
                "|",
                ("event_id.date_end", "<", now),
                ("event_id.kanban_state", "=", "cancel"),
                ("event_id.active", "=", False),
                "&",
                ("is_paid", "=", False),
                ("ticket_id.end_sale_datetime", "<", now),
            ]
        )

    @api.model
    def _awaited_events(self):
        return self.env["event.event"].browse(
            event.id
            for (event,) in self._read_group([("state", "=", "waiting")], ["event_id"])
        )

    def _expire(self):
        """The offer has ended, unless its places are held for longer or taken."""
        self.ensure_one()
        if self not in self.try_lock_for_update() or self.state != "offered":
            return 0
        places = self.registration_ids
        if places.filtered(lambda r: r.state in SEATED):
            self._accepted()
        elif held := places.filtered("club_has_place"):
            self.offer_until = max(held.mapped("club_held_until"))
        else:
            self._end("expired")
            self._mail("club_community.mail_template_event_waiting_expired")
        return 1

    def _close(self):
        """The ticket is not sold any more: another one, or the end of waiting."""
        self.ensure_one()
        if self not in self.try_lock_for_update() or self.state != "waiting":
            return 0
        if self.is_paid:
            self._give_money_back()
        elif self.any_ticket and (ticket := self._other_ticket()):
            self.ticket_id = ticket
            return 1
        event = self.event_id
        over = event.is_finished or not event.active or event.kanban_state == "cancel"
        self.write({"state": "expired"})
        if not over:
            self._mail("club_community.mail_template_event_waiting_closed")
        return 1

    def _other_ticket(self):
        """The cheapest ticket still sold, for which this person does not wait yet."""
        has = self.search(
            [
                ("event_id", "=", self.event_id.id),
                ("slot_id", "=", self.slot_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("state", "in", OPEN_WAITING),
            ]
        ).ticket_id
        others = (self.event_id.event_ticket_ids - has).filtered(
            lambda t: not t.is_expired
            and t._club_waiting_refusal(self.partner_id, self.slot_id) is None
        )
        return others.sorted("price")[:1]

    # --- One offer ----------------------------------------------------------------

    def _offer(self):
        """Hold the places for this entry and mail it; the gate has the last word.

        :return: whether there are places; an entry that may not have them any more
            has left, and then False
        """
        self.ensure_one()
        until = self.event_id._club_offer_until(self.slot_id, self.ticket_id)
        try:
            with self.env.cr.savepoint():
                self.write({"state": "offered", "offer_until": until})
                seats = self._seats(until)
                places, order = self.event_id._club_book(
                    self.partner_id, seats, self.slot_id
                )
                places._club_hold(until)
                self.order_id = order
                if order:
                    order.action_quotation_sent()
        except ValidationError:
            self.invalidate_recordset()
            return False  # somebody was faster
        except UserError as error:
            self.invalidate_recordset()
            self.message_post(body=str(error))
            self._end("left")
            return True
        self._mail("club_community.mail_template_event_waiting_offer")
        return True

    def _seats(self, until):
        """The places: the first for the person, unless he comes already.

        The others are for guests, whom he names when he accepts.
        """
        person = self.partner_id
        comes = self.event_id._club_own_places(person).filtered(
            lambda r: r.event_slot_id == self.slot_id
        )
        own = 0 if comes else 1
        held = {
            "club_waiting_id": self.id,
            "state": "draft",
            "club_held_until": until,
            "club_brought_by_id": False,  # whoever comes along is named later
        }
        guest = Seat(self.ticket_id, name=person.name, email=person.email, values=held)
        return [
            *[Seat(self.ticket_id, person, values=held)] * own,
            *[guest] * (self.quantity - own),
        ]

    def _start_paid(self):
        """There is a place for what was paid for: it is confirmed, without asking."""
        self.ensure_one()
        places = self.registration_ids.sorted("id")[: self.quantity]
        try:
            with self.env.cr.savepoint():
                self.write({"state": "offered"})
                if missing := self.quantity - len(places):
                    places |= self.env["event.registration"].create(
                        [self._paid_values()] * missing
                    )
                self._sell_again(places)
                if self.order_id.state in ("draft", "sent"):
                    self.order_id.action_confirm()
                places.filtered(lambda r: r.state not in SEATED).write(
                    {"state": "open", "active": True}
                )
        except ValidationError:
            self.invalidate_recordset()
            return False
        self._accepted()
        if not self._others_paid(OPEN_WAITING):
            self._kept_money()._club_use()
        self._mail("club_community.mail_template_event_waiting_paid")
        return True

    def _sell_again(self, places):
        """What was taken off the order with the places that were lost is on it again.

        Where all of them were lost the order had been cancelled.
        """
        if self.order_id.state == "cancel":
            self.order_id.action_draft()
        for line, mine in places.grouped("sale_order_line_id").items():
            living = line.registration_ids.filtered(lambda r: r.state != "cancel")
            if line and not line.order_id.locked:
                line.write(
                    {
                        "product_uom_qty": max(
                            line.product_uom_qty, len(living | mine)
                        ),
                        # not the price of today
                        "price_unit": line.price_unit,
                        "discount": line.discount,
                    }
                )

    def _paid_values(self):
        lines = self.order_id.order_line.filtered(
            lambda line: line.event_ticket_id == self.ticket_id
        )[:1]
        return {
            "event_id": self.event_id.id,
            "event_slot_id": self.slot_id.id,
            "event_ticket_id": self.ticket_id.id,
            "partner_id": self.partner_id.id,
            "club_attendee_id": self.partner_id.id,
            "name": self.partner_id.name,
            "email": self.partner_id.email,
            "sale_order_id": self.order_id.id,
            "sale_order_line_id": lines.id,
            "club_waiting_id": self.id,
            "state": "draft",
        }

    # --- Answers ------------------------------------------------------------------

    def _accept(self):
        """The person takes what is offered.

        :return: the order to pay; empty where the places are free and now confirmed
        :raise UserError: there is no offer, or it is over
        """
        self.ensure_one()
        # sudo: members have no rights on the queue
        entry_sudo = self.sudo()
        places = entry_sudo.registration_ids
        if entry_sudo.state == "accepted":
            return self.env["sale.order"].sudo()
        if entry_sudo.state != "offered" or not places.filtered("club_has_place"):
            raise UserError(
                self.env._("This offer has ended. You can join the waiting list again.")
            )
        if entry_sudo.order_id:
            # the places are held at least as long as somebody pays
            places._club_hold(entry_sudo.event_id._club_hold_until())
            return entry_sudo.order_id
        places.filtered(lambda r: r.state == "draft").action_confirm()
        return self.env["sale.order"].sudo()

    # --- Paid too late ------------------------------------------------------------

    def _kept_money(self):
        """What is kept of his payment for the places that he waits for."""
        self.ensure_one()
        Refund_sudo = self.env["club.event.refund"].sudo()  # sudo: members leave
        return Refund_sudo.search(
            [
                ("order_id", "=", self.order_id.id),
                ("event_id", "=", self.event_id.id),
                ("state", "=", "kept"),
            ]
        )

    def _others_paid(self, states):
        """Other tickets that the same payment is kept for, in one of these states."""
        self.ensure_one()
        return self.search_count(
            [
                ("order_id", "=", self.order_id.id),
                ("event_id", "=", self.event_id.id),
                ("is_paid", "=", True),
                ("state", "in", states),
                ("id", "!=", self.id),
            ]
        )

    def _give_money_back(self):
        """Whoever has paid waits no more: by the job of refunds, else by hand.

        By hand where the payment is kept for other tickets too, or is not known.
        """
        self.ensure_one()
        kept = self._kept_money()
        if kept and not self._others_paid((*OPEN_WAITING, "accepted")):
            kept._club_release()
            self.activity_unlink(["mail.mail_activity_data_todo"])
        else:
            self._ask_staff(
                self.env._("Left the waiting list, but has paid: give it back")
            )

    @api.model
    def _put_first(self, order, registrations):
        """The money came when no place was left: the head of the queue, and a to-do.

        :return: the ``club.event.waiting`` entries, one per ticket
        """
        entries = self.browse()
        for (ticket, slot), places in registrations.grouped(
            lambda r: (r.event_ticket_id, r.event_slot_id)
        ).items():
            partner = order.partner_id or places.partner_id[:1]
            entry = self._open_entry(ticket, partner, slot) or self.create(
                {
                    "event_id": ticket.event_id.id,
                    "slot_id": slot.id,
                    "ticket_id": ticket.id,
                    "partner_id": partner.id,
                    "quantity": len(places),
                }
            )
            entry.write(
                {
                    "is_paid": True,
                    "state": "waiting",
                    "offer_until": False,
                    "order_id": order.id,
                    "quantity": len(places),
                }
            )
            places.write({"club_waiting_id": entry.id})
            entry._ask_staff(
                self.env._("Paid, but no place is left: refund, or make room")
            )
            entries |= entry
        self._call_soon()
        return entries


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_offer_next(self):
        """Offer free places of an event to the next for whom they are enough.

        :return: whether there was one
        """
        self.ensure_one()
        if self.is_finished or self.kanban_state == "cancel" or not self.active:
            return False
        # what did not fit does not fit for whoever wants as many of the same
        least = {}
        for entry in self.env["club.event.waiting"].search(
            [("event_id", "=", self.id), ("state", "=", "waiting")]
        ):
            key = (entry.slot_id, entry.ticket_id)
            if entry.quantity >= least.get(key, entry.quantity + 1):
                continue
            if (
                (entry.is_paid or entry.ticket_id._club_is_sold_now())
                and entry._fits()
                and entry in entry.try_lock_for_update()
                and (entry._start_paid() if entry.is_paid else entry._offer())
            ):
                return True
            least[key] = entry.quantity
        return False

    def _club_offer_until(self, slot, ticket):
        """Until when an offer made now is kept.

        The hours that the event gives, but half of the time that is left at most, and
        never beyond the start or the end of sales.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        start = slot.start_datetime or self.date_begin
        end = start if start > now else self.date_end
        if ticket.end_sale_datetime:
            end = min(end, ticket.end_sale_datetime)
        until = min(
            now + timedelta(hours=self.club_offer_hours),
            now + max((end - now) / 2, LEAST),
        )
        return min(until, max(end, now + timedelta(minutes=1))).replace(microsecond=0)

    def _club_late_on_waiting_list(self, order, registrations, amount):
        """Somebody has paid for places that are gone: he comes first from now on.

        :param order: the ``sale.order``
        :param registrations: the places paid for; of this event
        :param amount: what was paid for them
        :return: the ``club.event.waiting`` entries
        """
        parent = getattr(super(), "_club_late_on_waiting_list", None)
        if parent:
            parent(order, registrations, amount)
        # sudo: whoever pays has no rights on the queue
        Waiting = self.env["club.event.waiting"].sudo()
        return Waiting._put_first(order.sudo(), registrations.sudo())
