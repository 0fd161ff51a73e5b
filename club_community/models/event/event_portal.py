from datetime import timedelta
from typing import NamedTuple

from babel.dates import get_timezone_location

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import babel_locale_parse, format_datetime, get_lang

# So many tickets of a kind one chooses at once; stock's own limit may be lower.
AT_ONCE = 10


class Offer(NamedTuple):
    """A ticket as one person sees it: what it costs him, and whether he may have it."""

    ticket: object  # event.event.ticket
    price: float  # with taxes
    currency: object  # res.currency
    left: object  # places, None where nothing limits them
    state: str  # open, soon (sales have not begun), full, over, closed (not for him)
    note: str = ""  # a sentence: for whom it is, or why it is not for him

    @property
    def most(self):
        """So many he may choose."""
        if self.state != "open":
            return 0
        numbers = (AT_ONCE, self.ticket.limit_max_per_order or AT_ONCE, self.left)
        return min(number for number in numbers if number is not None)


class EventEvent(models.Model):
    """What the member's pages ask about events; nothing here changes a record."""

    _inherit = "event.event"

    club_edit_until_hours = fields.Integer(
        string="Attendees Can Be Changed Until (hours before)",
        default=24,
        required=True,
        help="Until then members correct names, contacts and answers of the places "
        "they have booked by themselves.",
    )

    _club_edit_not_negative = models.Constraint(
        "CHECK(club_edit_until_hours >= 0)",
        "The number of hours before the event cannot be negative.",
    )

    @api.model
    def _club_portal_domain(self):
        """Events that are shown to members: to come, with tickets, of his companies."""
        return (
            Domain("date_end", ">", fields.Datetime.now())
            & Domain("active", "=", True)
            & Domain("kanban_state", "!=", "cancel")
            & Domain("stage_id.pipe_end", "=", False)
            & Domain("event_ticket_ids", "!=", False)
            & Domain("company_id", "in", [False, *self.env.companies.ids])
        )

    def _club_portal_tickets(self, partner, slot=None):
        """The tickets of these events as this person sees them.

        The one place where prices, places and rights of a ticket meet for the portal;
        the number of queries does not grow with the events.

        :param partner: the ``res.partner`` who looks, with raised rights
        :param slot: the ``event.slot`` that he has chosen; else places are those of
            all slots together
        :return: ``{event: [Offer]}`` with raised rights
        """
        events_sudo = self.sudo()  # sudo: members have no rights on events
        tickets_sudo = events_sudo.event_ticket_ids
        prices = tickets_sudo._club_prices(partner)
        access = tickets_sudo._club_access(partner, slot)
        left = events_sudo._club_portal_left(slot)
        return {
            event: [
                Offer(
                    ticket,
                    prices[ticket].total,
                    prices[ticket].currency,
                    left[ticket],
                    *ticket._club_sale(left, partner, access[ticket]),
                )
                for ticket in event.event_ticket_ids
            ]
            for event in events_sudo
        }

    def _club_portal_left(self, slot=None):
        """``{ticket: places left}``, None where nothing limits them."""
        of_event = {}
        for key, count in self._club_taken().items():
            of_event.setdefault(key[0], {})[key] = count
        left, limits = {}, self._club_limits()
        for event in self:
            slots = slot or event._club_coming_slots()
            pools = event._club_pools(slots, limits)
            taken = of_event.get(event.id, {})
            for ticket in event.event_ticket_ids:
                counts = [
                    event._club_left(pools, taken, one, ticket)
                    for one in (slots if event.is_multi_slots else [False])
                ]
                left[ticket] = None if None in counts else max(sum(counts), 0)
        return left

    def _club_coming_slots(self):
        """Times of an event that have not begun; none where it has no times."""
        self.ensure_one()
        now = fields.Datetime.now()
        return self.event_slot_ids.filtered(
            lambda s: self.is_multi_slots and s.start_datetime > now
        )

    def _club_portal_slots(self):
        """``[(slot, places left)]`` of the times that one may choose."""
        self.ensure_one()
        found = []
        for slot in self._club_coming_slots():
            counts = self._club_portal_left(slot).values()
            found.append((slot, None if None in counts else max(counts, default=0)))
        return found

    def _club_when(self, slot=None, pattern="EEE, d MMMM y, HH:mm"):
        """When it is, in the event's own zone and the reader's language."""
        self.ensure_one()
        start = (slot and slot.start_datetime) or self.date_begin
        end = (slot and slot.end_datetime) or self.date_end
        words = format_datetime(self.env, start, self.date_tz, pattern)
        day = [format_datetime(self.env, d, self.date_tz, "y-D") for d in (start, end)]
        last = "HH:mm" if day[0] == day[1] else pattern
        return f"{words} – {format_datetime(self.env, end, self.date_tz, last)}"

    def _club_zone(self):
        """Whose clock the times are by, where it is not the reader's own."""
        self.ensure_one()
        return "" if self.date_tz == self.env.user.tz else self._club_zone_city()

    def _club_zone_city(self):
        """The city whose clock the times are by, in the reader's language."""
        self.ensure_one()
        if "/" not in (self.date_tz or "") or self.date_tz.startswith("Etc/"):
            return self.date_tz or ""
        locale = babel_locale_parse(get_lang(self.env).code)
        return get_timezone_location(self.date_tz, locale=locale, return_city=True)


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    def _club_sale(self, left, partner, access):
        """Whether it is sold to him now, and a sentence about it; see ``Offer``.

        :param left: see ``_club_portal_left``
        :param access: see ``_club_access``
        """
        self.ensure_one()
        event = self.event_id
        if self.is_expired or (event.is_multi_slots and not event._club_coming_slots()):
            return "over", ""
        if access.opens_on and not access.allowed:
            for_all = access.opens_on == self.start_sale_datetime
            return "soon", "" if for_all else access.reason
        if not access.allowed:
            return "closed", access.reason
        if not self._club_is_on_sale(partner):
            return "soon", ""
        return ("full" if left[self] == 0 else "open"), ""

    @api.model
    def _club_left_words(self, left):
        """How many places are left, in words."""
        return self.env._("%(left)s left", left=left)

    def _club_sale_start(self):
        """The first moment of the sale, in the event's zone and the reader's words."""
        self.ensure_one()
        return format_datetime(
            self.env, self.start_sale_datetime, self.event_id.date_tz, "d MMMM, HH:mm"
        )


class EventRegistration(models.Model):
    _inherit = "event.registration"

    @api.model
    def _club_own_domain(self, partner):
        """Places that are somebody's own: he has booked them, or he is who comes."""
        return Domain("partner_id", "=", partner.id) | Domain(
            "club_attendee_id", "=", partner.id
        )

    def _club_edit_until(self):
        """Until when attendees may be corrected."""
        self.ensure_one()
        hours = self.event_id.club_edit_until_hours
        return self.event_begin_date - timedelta(hours=hours)

    def _club_may_be_corrected(self):
        """Whether whoever has booked may still correct who comes."""
        self.ensure_one()
        return (
            self.active
            and self.state in ("draft", "open")
            and self.event_id.kanban_state != "cancel"
            and fields.Datetime.now() <= self._club_edit_until()
        )

    def _club_shows_code(self):
        """Whether its code lets somebody in: confirmed, and not cancelled."""
        self.ensure_one()
        return self.active and self.state in ("open", "done")

    def _club_own_order(self, partner):
        """The order that this person still has to pay for the place; else empty."""
        order = self.sale_order_id
        is_his = self.state == "draft" and order.partner_id == partner
        return order if is_his and order._has_to_be_paid() else order.browse()

    def _club_words(self, moment):
        """A moment in the event's own zone and the reader's language."""
        self.ensure_one()
        zone = self.event_id.date_tz
        return format_datetime(self.env, moment, zone, "d MMMM, HH:mm")
