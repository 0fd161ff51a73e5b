from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.http import request, route
from odoo.tools import consteq

from .club import ClubPortal
from .event_people import WaitingGuests


class ClubEventWaitingPortal(ClubPortal):
    """Wait for a place at an event. Own entries by own contact, or by a signed link."""

    # --- The queues of an event -----------------------------------------------------

    @route(
        "/my/club/events/<int:event_id>/wait",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def my_club_event_wait(self, event_id, **_query):
        """What can be waited for, and one's own entries."""
        event_sudo = self._waiting_event_sudo(event_id)
        return self._render_event_wait(event_sudo)

    @route(
        "/my/club/events/<int:event_id>/wait",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_event_join(
        self, event_id, ticket_id="", slot_id="", quantity="1", any_ticket="", **_more
    ):
        """Join the queue of one ticket."""
        event_sudo = self._waiting_event_sudo(event_id)
        ticket_sudo = event_sudo.event_ticket_ids.filtered(
            lambda t: str(t.id) == ticket_id
        )
        slot_sudo = event_sudo.event_slot_ids.filtered(lambda s: str(s.id) == slot_id)
        try:
            if not ticket_sudo:
                raise UserError(request.env._("Choose a ticket first."))
            if not (quantity.isdecimal() and 0 < int(quantity) <= 1000):
                raise UserError(request.env._("How many places would you like?"))
            entry_sudo = request.env["club.event.waiting"]._join(
                ticket_sudo,
                request.env.user.partner_id,
                int(quantity),
                slot_sudo,
                bool(any_ticket),
            )
        except UserError as error:
            return self._render_event_wait(event_sudo, error.args[0])
        return request.redirect(entry_sudo._path())

    def _waiting_event_sudo(self, event_id):
        """An event of a company of this user; of others nothing is said.

        :raise NotFound: there is none
        """
        # sudo: members have no rights on events
        event_sudo = request.env["event.event"].sudo().browse(event_id).exists()
        company_sudo = event_sudo.company_id
        mine = request.env.user.company_ids | request.env.company
        if not event_sudo or (company_sudo and company_sudo not in mine):
            raise request.not_found()
        return event_sudo

    def _render_event_wait(self, event_sudo, error=""):
        partner = request.env.user.partner_id
        # sudo: found by the member's own contact
        mine_sudo = (
            request.env["club.event.waiting"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("event_id", "=", event_sudo.id),
                    ("state", "in", ("waiting", "offered")),
                ]
            )
        )
        no_slot = event_sudo.env["event.slot"]
        now = fields.Datetime.now()
        slots = event_sudo.event_slot_ids.filtered(lambda s: s.start_datetime > now)
        choices = []
        for ticket in event_sudo.event_ticket_ids:
            for slot in slots if event_sudo.is_multi_slots else [no_slot]:
                choices.append(
                    {
                        "ticket": ticket,
                        "slot": slot,
                        "left": ticket._club_left_for_all(slot),
                        "refusal": ticket._club_waiting_refusal(partner, slot),
                        "mine": mine_sudo.filtered(
                            lambda e, t=ticket, s=slot: (e.ticket_id, e.slot_id)
                            == (t, s)
                        ),
                    }
                )
        return request.render(
            "club_community.portal_event_wait",
            {
                "page_name": "club_event_wait",
                "event": event_sudo,
                "choices": choices,
                "share": event_sudo._club_given_back_share(),
                "error": error,
            },
        )

    # --- One entry ------------------------------------------------------------------

    @route(
        "/my/club/events/<int:event_id>/wait/<int:entry_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def my_club_event_entry(self, event_id, entry_id, token="", **_query):
        """One's place in the queue, or what is offered; by the link of a letter."""
        entry_sudo = self._entry_sudo(event_id, entry_id, token)
        if not entry_sudo:
            return self._to_log_in(event_id)
        return self._render_entry(entry_sudo, token)

    @route(
        "/my/club/events/<int:event_id>/wait/<int:entry_id>/<any(accept,leave):answer>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def my_club_event_answer(self, event_id, entry_id, answer, token="", **form):
        """Accept, or leave; a link in a letter alone changes nothing."""
        entry_sudo = self._entry_sudo(event_id, entry_id, token)
        if not entry_sudo:
            return self._to_log_in(event_id)
        guests = WaitingGuests(request.env, entry_sudo, form)
        try:
            with request.env.cr.savepoint():
                if answer == "leave":
                    entry_sudo._leave()
                elif guests.wrong():
                    return self._render_entry(entry_sudo, token, guests=guests)
                elif order_sudo := entry_sudo._accept(
                    guests=guests.values(), agreed=guests.agreed
                ):
                    return request.redirect(order_sudo.get_portal_url())
        except (UserError, ValidationError) as error:
            return self._render_entry(entry_sudo, token, error.args[0], guests)
        return request.redirect(entry_sudo._path())

    def _entry_sudo(self, event_id, entry_id, token):
        """The entry of this link, or of the user who is logged in.

        :return: empty where somebody without a login may have one of his own
        :raise NotFound: it is not that of the user who is logged in
        """
        # sudo: members and people without a login have no rights on the queue
        entry_sudo = request.env["club.event.waiting"].sudo().browse(entry_id).exists()
        user = request.env.user
        if entry_sudo.event_id.id == event_id:
            if not user._is_public() and entry_sudo.partner_id == user.partner_id:
                return entry_sudo
            if token and token.isascii() and consteq(token, entry_sudo._token()):
                return entry_sudo
        if not user._is_public():
            raise request.not_found()
        return entry_sudo.browse()

    def _to_log_in(self, event_id):
        return request.redirect(f"/web/login?redirect=/my/club/events/{event_id}/wait")

    def _render_entry(self, entry_sudo, token, error="", guests=None):
        return request.render(
            "club_community.portal_event_wait_entry",
            {
                "page_name": "club_event_wait",
                "entry": entry_sudo,
                "event": entry_sudo.event_id,
                "minutes_left": self._minutes_left(entry_sudo),
                "share": entry_sudo.event_id._club_given_back_share(),
                "token": token,
                "guests": guests or WaitingGuests(request.env, entry_sudo, {}),
                "error": error,
            },
        )

    def _minutes_left(self, entry_sudo):
        if entry_sudo.state != "offered" or not entry_sudo.offer_until:
            return 0
        left = entry_sudo.offer_until - fields.Datetime.now()
        return max(int(left.total_seconds() // 60), 0)
