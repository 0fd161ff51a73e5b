from odoo import fields
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .club import ClubPortal

PER_PAGE = 20


class ClubEventsPortal(ClubPortal):
    """Events that are open for a member: what they cost him, what is left."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "club_ticket_count" in counters:
            values["club_ticket_count"] = len(self._my_coming_tickets())
        return values

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        return {**values, "next_ticket": self._my_coming_tickets()[:1]}

    @route(
        ["/my/club/events", "/my/club/events/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_club_events(self, page=1, city="", **_query):
        # sudo: members have no rights on events; these are the ones shown to them
        Event = request.env["event.event"].sudo()
        domain = Event._club_portal_domain()
        cities = self._event_cities(domain)
        if city in cities:
            domain &= Domain("address_id.city", "=", city)
        pager = portal_pager(
            url="/my/club/events",
            url_args={"city": city} if city in cities else {},
            total=Event.search_count(domain),
            page=page,
            step=PER_PAGE,
        )
        events_sudo = Event.search(
            domain, order="date_begin, id", limit=PER_PAGE, offset=pager["offset"]
        )
        return request.render(
            "club_community.portal_my_club_events",
            {
                "page_name": "club_events",
                "events": events_sudo,
                "offers": events_sudo._club_portal_tickets(self._club_booker()),
                "mine": self._my_coming_tickets().event_id,
                "cities": cities,
                "city": city if city in cities else "",
                "pager": pager,
            },
        )

    @route(
        "/my/club/events/<int:event_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_club_event(self, event_id, **query):
        event_sudo = self._portal_event(event_id)
        if not event_sudo:
            return request.redirect("/my/club/events")
        return self._render_event(event_sudo, query)

    def _render_event(self, event_sudo, chosen=None, error=""):
        """The page of one event.

        :param chosen: what was chosen so far, as the address or the form says
        """
        chosen = chosen or {}
        offers = event_sudo._club_portal_tickets(self._club_booker())[event_sudo]
        mine = self._my_coming_tickets().filtered(lambda r: r.event_id == event_sudo)
        # what is offered to him is not his yet
        offered = mine.club_waiting_id.filtered(lambda e: e.state == "offered")
        return request.render(
            "club_community.portal_my_club_event",
            {
                "page_name": "club_event",
                "event": event_sudo,
                "offers": offers,
                "slots": event_sudo._club_portal_slots(),
                "can_book": any(offer.most for offer in offers),
                "chosen": chosen,
                "error": error,
                "offered": offered,
                "my_tickets": mine.filtered(lambda r: r.club_waiting_id not in offered),
            },
        )

    # --- What is mine -------------------------------------------------------------

    def _club_booker(self):
        # sudo: a member has no rights on club columns of his own contact
        return request.env.user.partner_id.sudo()

    def _portal_event(self, event_id):
        """An event that is shown to members; empty for any other number."""
        # sudo: members have no rights on events
        Event = request.env["event.event"].sudo()
        if not 0 < event_id < 2**31:
            return Event
        return Event.search(Event._club_portal_domain() & Domain("id", "=", event_id))

    def _event_cities(self, domain):
        """Cities of these events' venues; nothing to choose from where it is one."""
        # sudo: as in the list itself
        found = request.env["event.event"].sudo()._read_group(domain, ["address_id"])
        cities = {venue.city for (venue,) in found} - {False, ""}
        return sorted(cities) if len(cities) > 1 else []

    def _my_tickets_sudo(self, domain=Domain.TRUE, **options):
        """Places that the user has booked, or that are for him; nobody else's."""
        # sudo: a portal user has no rights on registrations; by his own contact
        Registration = request.env["event.registration"].sudo()
        own = Registration._club_own_domain(request.env.user.partner_id)
        return Registration.search(own & domain, **options)

    def _my_coming_tickets(self):
        """Those that still give a place, the next event first."""
        coming = self._my_tickets_sudo(
            Domain("club_has_place", "=", True)
            & Domain("event_end_date", ">", fields.Datetime.now())
            & Domain("event_id.kanban_state", "!=", "cancel")
        )
        return coming.sorted(lambda r: (r.event_begin_date, r.id))
