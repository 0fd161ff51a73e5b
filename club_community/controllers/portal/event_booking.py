from odoo.exceptions import UserError
from odoo.http import request, route

from .event_people import EventPeople
from .events import ClubEventsPortal


class ClubEventBookingPortal(ClubEventsPortal):
    """Book places for oneself and guests, in one order."""

    @route(
        "/my/club/events/<int:event_id>/book",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def my_club_event_book(self, event_id, **form):
        """Who comes (GET, after the tickets were chosen), and the booking (POST).

        Whatever is wrong is said on the same page, with all that was typed.
        """
        event_sudo = self._portal_event(event_id)
        if not event_sudo:
            return request.redirect("/my/club/events")
        slot_sudo = self._chosen_slot(event_sudo, form)
        tickets, error = self._chosen_tickets(event_sudo, slot_sudo, form)
        if error:
            return self._render_event(event_sudo, form, error)
        people = EventPeople(request.env, event_sudo, self._club_booker(), tickets)
        is_coming = self._is_coming(event_sudo, slot_sudo)
        if request.httprequest.method == "GET":
            people.suggest(is_coming)
            return self._render_people(event_sudo, slot_sudo, people)
        people.take(form, is_coming)
        if "apply" in form:
            people.errors = {}  # he is not done yet: only the price is asked for
        elif not people.errors and people.knows_price(form):
            try:
                with request.env.cr.savepoint():
                    booked = self._book(event_sudo, people, slot_sudo)
                return request.redirect(self._after_booking(*booked))
            except UserError as refusal:
                people.errors[""] = str(refusal)
        return self._render_people(event_sudo, slot_sudo, people)

    def _book(self, event_sudo, people, slot_sudo):
        booker = self._club_booker()
        seats = event_sudo._club_use_voucher(booker, people.seats(), people.voucher)
        return event_sudo._club_book(booker, seats, slot_sudo)

    def _after_booking(self, registrations_sudo, order_sudo):
        """Pay where there is something to pay; else the tickets are there."""
        if order_sudo and order_sudo._has_to_be_paid():
            return self._club_pay_url(order_sudo)
        return "/my/club/tickets?booked=1"

    def _render_people(self, event_sudo, slot_sudo, people):
        """The form, with what it costs; a voucher that is none is said beside it."""
        booker, seats = self._club_booker(), people.places()
        price, currency = event_sudo._club_quote(booker, seats)
        total = price
        if people.voucher:
            try:
                seats = event_sudo._club_use_voucher(booker, seats, people.voucher)
                total, currency = event_sudo._club_quote(booker, seats)
                people.voucher_pays = True
            except UserError as refusal:
                people.voucher_error = str(refusal)
        return request.render(
            "club_community.portal_my_club_event_book",
            {
                "page_name": "club_event_book",
                "event": event_sudo,
                "slot": slot_sudo,
                "people": people,
                "price": price,
                "total": total,
                "currency": currency,
                "has_vouchers": event_sudo._club_has_vouchers(booker),
                "me": booker,
            },
        )

    # --- What was chosen ----------------------------------------------------------

    def _chosen_slot(self, event_sudo, form):
        return event_sudo._club_coming_slots().filtered(
            lambda slot: str(slot.id) == form.get("slot")
        )

    def _chosen_tickets(self, event_sudo, slot_sudo, form):
        """A ticket for each place that was asked for.

        :return: ``([ticket, ...], "")``, or what to tell
        """
        env = request.env
        if event_sudo.is_multi_slots and not slot_sudo:
            return [], env._("Choose a time first.")
        offers = event_sudo._club_portal_tickets(self._club_booker(), slot_sudo)
        tickets = []
        for offer in offers[event_sudo]:
            asked = str(form.get(f"t{offer.ticket.id}", "0"))
            count = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
            if count > offer.most:
                return [], self._too_many(offer)
            tickets += [offer.ticket] * count
        return tickets, "" if tickets else env._("Choose a ticket first.")

    def _too_many(self, offer):
        """Why he cannot have so many, and how many he can."""
        env, name = request.env, offer.ticket.name
        if offer.note and offer.state == "closed":
            return offer.note
        if offer.state == "full":
            return env._("“%(ticket)s” is sold out.", ticket=name)
        if offer.state != "open":
            return env._("“%(ticket)s” is not on sale now.", ticket=name)
        if offer.left == offer.most:
            return env._(
                "“%(ticket)s”: only %(left)s left.", ticket=name, left=offer.left
            )
        return env._(
            "“%(ticket)s”: %(most)s in one order at most.",
            ticket=name,
            most=offer.most,
        )

    def _is_coming(self, event_sudo, slot_sudo):
        """Whether the user himself has a place at this time already."""
        me = request.env.user.partner_id
        return bool(
            self._my_coming_tickets().filtered(
                lambda r: (
                    r.club_attendee_id == me
                    and r.event_id == event_sudo
                    and r.event_slot_id == slot_sudo
                )
            )
        )
