import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.qr import qr_svg
from .club_event_checkin import MANAGER
from .club_event_checkin_setup import AHEAD, Occasion

# What is behind the QR of a member's card.
CARD = re.compile(r"/club/check/([\w-]{8,})/?$")


class EventRegistration(models.Model):
    """The desk: a code is scanned, and one big sentence says what to do.

    ``register_attendee`` is stock's and keeps its answers (``status``, ``error``), so
    stock's screens and other clients work as before; ``club`` beside them is what our
    screen shows, in the user's language. See ``_club_say``.
    """

    _inherit = "event.registration"

    club_checkin_ids = fields.One2many(
        "club.event.checkin", "registration_id", string="Check-ins"
    )

    @api.model
    def register_attendee(self, barcode, event_id):
        """Let the holder of a ticket, or of a member's card, in.

        :param barcode: what was scanned: the code of a ticket, or the address of a card
        :param event_id: id of the event that the desk serves, or False for all
        :return: stock's summary with ``status``, and ``club``; see ``_club_say``
        """
        barcode = barcode.strip() if isinstance(barcode, str) else ""
        event = self.env["event.event"].browse(event_id or []).exists()
        if card := CARD.search(barcode):
            return self._club_scan_card(card.group(1), event)
        ticket = self.browse()
        if barcode:
            ticket = self.with_context(active_test=False).search(
                [("barcode", "=", barcode)], limit=1
            )
        if ticket:
            return ticket.with_env(self.env)._club_scan(event)
        old = self.env["club.event.old.barcode"].search(
            [("barcode", "=", barcode)], limit=1
        )
        if old:
            return old.registration_id._club_answer_old(old)
        return {
            "error": "invalid_ticket",
            "club": self._club_say(
                "unknown",
                [self.env._("No ticket has this code. Look for the name in the list.")],
            ),
        }

    # --- The steps of a scan --------------------------------------------------------

    def _club_scan(self, event):
        """What the code of this ticket says at the desk of an event."""
        self.ensure_one()
        refused = self._club_refusal(event)
        if refused:
            return refused
        occasion = self._club_occasion()
        return self._club_enter(occasion)

    def _club_refusal(self, event):
        """Why this ticket is not simply good here; None if it is."""
        name = self.event_id.name
        if not self.active or self.state == "cancel":
            return self._club_answer(
                "cancelled", [self.env._("This ticket was cancelled: %s", name)]
            )
        if event and self.event_id != event:
            ended = self._club_end() < fields.Datetime.now()
            asks = self.state in ("open", "done") and not ended
            return self._club_answer(
                "wrong_event",
                [
                    self.env._("This ticket is for “%s”", name),
                    self.event_id._club_say_time(self._club_begin()),
                ],
                may_let_in=asks,
            )
        if self.state == "draft":
            return self._club_answer("unpaid", self._club_unpaid_lines())
        if early_or_late := self._club_out_of_time():
            return early_or_late
        return None

    def _club_unpaid_lines(self):
        if self.club_has_place:
            return [
                self.env._(
                    "The place is held until %s",
                    self.event_id._club_say_time(self.club_held_until),
                )
            ]
        return [self.env._("It is not confirmed and holds no place.")]

    def _club_out_of_time(self):
        now = fields.Datetime.now()
        begin, end = self._club_begin(), self._club_end()
        hours = self.event_id.club_doors_hours
        if end < now:
            return self._club_answer(
                "late", [self.env._("It ended: %s", self.event_id._club_say_time(end))]
            )
        if hours and (begin - now).total_seconds() > hours * 3600:
            return self._club_answer("early", self._club_begins(begin), may_let_in=True)
        if self._club_kind() == "check" and not self.event_id.is_multi_slots:
            return self._club_check_out_of_time(now)
        return None

    def _club_check_out_of_time(self, now):
        """None where a check is on that this ticket is good for."""
        checks = self.event_id.club_check_ids
        if not checks or self._club_check(now):
            return None
        chosen = self._club_chosen_check()
        if chosen:
            return self._club_answer(
                "wrong_check", [self.env._("Not good for “%s”", chosen.name)]
            )
        coming = checks.filtered(
            lambda c: c.date_begin > now and self._club_is_good_for(c)
        ).sorted("date_begin")[:1]
        if coming:
            lines = [coming.name, *self._club_begins(coming.date_begin)]
            return self._club_answer("early", lines, may_let_in=True)
        return self._club_answer("late", [self.env._("No check is on now.")])

    def _club_begins(self, begin):
        return [self.env._("It begins: %s", self.event_id._club_say_time(begin))]

    def _club_enter(self, occasion):
        """Check in, once; the answer says whether it was now."""
        Checkin = self.env["club.event.checkin"]
        first = self._club_first(occasion)
        if not first and self.state == "done" and occasion.key == "once":
            if not self.club_checkin_ids:
                return self._club_answer("already", self._club_attended_lines())
        is_new = False
        if not first:
            first, is_new = Checkin._let_in(self, occasion)
        if not is_new:
            return self._club_answer("already", self._club_already_lines(first), first)
        if self.state != "done":
            self.with_context(club_checkins_settled=True).action_set_done()
        if first.alert == "due":
            Checkin._call_alerts()
        return self._club_answer("welcome", self._club_welcome_lines(occasion), first)

    def _club_first(self, occasion):
        """The check-in that has used this ticket up already, if any."""
        alive = self.env["club.event.checkin"]._alive(self)
        kind = self._club_kind()
        if kind == "once":
            return alive[-1:]
        if kind == "daily":
            return alive.filtered(lambda row: row.day == occasion.day)[-1:]
        return alive.filtered(lambda row: row.occasion == occasion.key)[-1:]

    def action_club_let_in(self):
        """Let somebody in by hand whose ticket is not simply good.

        :return: as ``register_attendee``
        :raise UserError: the ticket is cancelled; it is not paid for and the user is
            no event manager; or there is no place
        """
        self.ensure_one()
        self.check_access("write")
        if not self.active or self.state == "cancel":
            raise UserError(self.env._("A cancelled ticket lets nobody in."))
        if self.state == "draft" and not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._(
                    "This ticket is not paid for. An event manager may let him in."
                )
            )
        return self._club_enter(self._club_occasion())

    def action_club_undo_checkin(self):
        """Undo the last check-in of each of these tickets."""
        Checkin = self.env["club.event.checkin"]
        alive = Checkin._alive(self)
        last = Checkin.union(
            *(rows[:1] for rows in alive.grouped("registration_id").values())
        )
        last.action_undo()
        # stock's button alone has made these
        bare = (self - last.registration_id).filtered(lambda r: r.state == "done")
        if bare:
            bare.action_confirm()

    # --- Stock's buttons ------------------------------------------------------------

    def write(self, vals):
        """Stock's buttons check in and undo it, too: attended means a check-in."""
        if "state" not in vals or self.env.context.get("club_checkins_settled"):
            return super().write(vals)
        done = self.filtered(lambda r: r.state == "done")
        Checkin = self.env["club.event.checkin"]
        if vals["state"] != "done":
            # sudo: whoever may change a ticket undoes its check-in by the rules below
            alive = Checkin.sudo()._alive(done).sudo(self.env.su) if done else None
            if alive:
                alive._check_may_undo()
                alive._undo()
            return super().write(vals)
        res = super().write(vals)
        if new := self - done:
            Checkin._note(new)
        return res

    # --- What a ticket is good for ----------------------------------------------------

    def _club_kind(self):
        return self.event_ticket_id.club_checkin_kind or self.event_id.club_checkin_kind

    def _club_occasion(self):
        """What this ticket would be used up for at this moment."""
        self.ensure_one()
        now = fields.Datetime.now()
        day = self.event_id._club_today(now)
        check = self.env["club.event.check"]
        kind = self._club_kind()
        key = "once"
        if kind == "daily":
            key = day.isoformat()
        elif kind == "check" and self.event_id.is_multi_slots:
            key = f"slot-{self.event_slot_id.id}"
        elif kind == "check":
            check = self._club_check(now)
            key = f"check-{check.id}" if check else "once"
        return Occasion(key, day, check)

    def _club_check(self, now):
        """The check that is on now: the one chosen at the desk, else by the clock."""
        chosen = self._club_chosen_check()
        if chosen:
            return chosen if self._club_is_good_for(chosen) else chosen.browse()
        return self.event_id.club_check_ids.filtered(
            lambda c: (
                c.date_begin - AHEAD <= now < c.date_end and self._club_is_good_for(c)
            )
        ).sorted("date_begin")[-1:]

    def _club_chosen_check(self):
        chosen = self.env.context.get("club_check_id")
        checks = self.event_id.club_check_ids
        return checks.filtered(lambda c: c.id == chosen)

    def _club_is_good_for(self, check):
        return not check.ticket_ids or self.event_ticket_id in check.ticket_ids

    def _club_begin(self):
        return self.event_slot_id.start_datetime or self.event_id.date_begin

    def _club_end(self):
        return self.event_slot_id.end_datetime or self.event_id.date_end

    # --- Who comes --------------------------------------------------------------------

    def _club_person(self):
        """The person who comes: the attendee, or who booked under his own name."""
        self.ensure_one()
        if self.club_attendee_id:
            return self.club_attendee_id
        booker = self.partner_id
        # sudo: contacts of other companies
        is_booker = booker and booker.sudo().name == self.name
        return booker if is_booker else booker.browse()

    def _club_host(self):
        """Whose guest it is, or nobody; the guests' part may know better."""
        self.ensure_one()
        booker = self.partner_id
        return booker if booker != self._club_person() else booker.browse()

    def _club_ticket_qr(self):
        """The QR of the ticket as SVG: its code alone, so it is small and quick.

        Source: Indico #6101.
        """
        self.ensure_one()
        return qr_svg(self.barcode)
