from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_list
from odoo.tools.misc import format_date, format_datetime

from ...tools import period
from ..membership.res_partner import STATES_WITH_LEVEL

CHANGE, JOIN, MINE = "/my/club/change", "/club/join", "/my/club"


class Access(NamedTuple):
    """Whether somebody may book a ticket; if not, why and what would help."""

    allowed: bool
    reason: str = ""
    opens_on: datetime | None = None  # naive UTC, when it opens to him


class Ask(NamedTuple):
    """One place that is asked for: a ticket, for whom, and when."""

    ticket: object  # event.event.ticket
    partner: object  # res.partner; empty for somebody who is not known
    slot: object  # event.slot, or empty


class Facts(NamedTuple):
    """What the club knows of a person, loaded for many at once."""

    memberships: object  # club.membership, whatever their state
    interests: object  # club.interest


class EventTicket(models.Model):
    """Who may book: asked for many tickets and people in a constant count of queries.

    A membership is judged on the day of the event: what it will be then, as things
    stand now.
    """

    _inherit = "event.event.ticket"

    # --- Asked by portal, booking and the registration itself -----------------------

    def _club_access(self, partner, slot=None):
        """Whether somebody may book each of these tickets, one place more.

        :param partner: the ``res.partner`` who would come; empty for a visitor
        :param slot: the ``event.slot``, where one has been chosen
        :return: ``{ticket: Access}``, which is ``(allowed, reason, opens_on)``; the
            reason is a sentence for him, with the portal address that helps
        """
        slot = slot or self.env["event.slot"]
        asked = [Ask(ticket, partner, slot) for ticket in self]
        return dict(zip(self, self._club_judge(asked, together=False), strict=True))

    def _club_is_invited(self, partner):
        """Whether this person was invited; the file of invitations extends this."""
        return False

    def _club_is_on_sale(self, partner):
        """See core; for who has early access the sale begins before others'."""
        if self.is_expired or not self.club_early_ids:
            return super()._club_is_on_sale(partner)
        return not self.is_expired  # the judge knows from when

    # --- The judge --------------------------------------------------------------------

    @api.model
    def _club_judge(self, asked, together=True, but=()):
        """Judge places that are asked for.

        :param asked: list of ``Ask``
        :param together: whether they are asked for at once, and count together
            against a limit
        :param but: ids of registrations that do not count, being those asked for
        :return: list of ``Access``, in the same order
        """
        tickets = self.union(*(ask.ticket for ask in asked))
        people = self.env["res.partner"].union(*(ask.partner for ask in asked))
        # sudo: buyers have no rights on what decides
        tickets_sudo, people_sudo = tickets.sudo(), people.sudo()
        facts = tickets_sudo._club_facts(people_sudo)
        had = tickets_sudo._club_places_had(people_sudo, but)
        wanted = Counter()
        for ask in asked:
            wanted[ask.partner.id, ask.ticket.id] += 1
            wanted[ask.partner.id, ask.ticket.event_id.id, "event"] += 1
        answers = []
        for ask in asked:
            ticket_sudo = ask.ticket.sudo()
            partner_sudo = ask.partner.sudo()
            mine = facts[partner_sudo]
            day = ticket_sudo._club_day(ask.slot.sudo())
            reason = ticket_sudo._club_refusal(partner_sudo, mine, day)
            if not reason and ask.partner:
                reason = ticket_sudo._club_over_limit(
                    partner_sudo, had, wanted if together else Counter()
                )
            if reason:
                answers.append(Access(False, reason))
            else:
                answers.append(ticket_sudo._club_opening(mine, partner_sudo, day))
        return answers

    def _club_facts(self, people):
        """``{person: Facts}`` of all these people, and of nobody."""
        Membership = people.env["club.membership"]
        memberships = Membership
        if people and any(ticket._club_for_members() for ticket in self):
            memberships = Membership.search(
                [("partner_id", "in", people.ids), ("state", "!=", "cancelled")]
            )
        by_person = memberships.grouped("partner_id")
        circles = bool(self.club_interest_ids)
        nothing = people.env["club.interest"]
        facts = {people.browse(): Facts(Membership, nothing)}
        for person in people:
            interests = nothing
            if circles:
                interests = (
                    person.club_interest_ids
                    | person.club_sport_ids
                    | person.club_travel_ids
                )
            facts[person] = Facts(by_person.get(person, Membership), interests)
        return facts

    def _club_places_had(self, people, but):
        """Places that people have at the events of these tickets that limit them.

        :return: ``Counter`` by ``(person id, ticket id)`` and
            ``(person id, event id, "event")``
        """
        had = Counter()
        limited = self.filtered(lambda t: t.club_limit or t.event_id.club_limit)
        if not limited or not people:
            return had
        registrations = people.env["event.registration"].search(
            Domain("event_id", "in", limited.event_id.ids)
            & Domain("club_has_place", "=", True)
            & Domain("id", "not in", list(but))
            & (
                Domain("partner_id", "in", people.ids)
                | Domain("club_attendee_id", "in", people.ids)
            )
        )
        for registration in registrations:
            person = registration._club_judged().id
            had[person, registration.event_ticket_id.id] += 1
            had[person, registration.event_id.id, "event"] += 1
        return had

    def _club_day(self, slot):
        """The day on which a membership must hold: of the slot, or of the event."""
        if slot:
            return slot.date
        zone = pytz.timezone(self.event_id.date_tz or "UTC")
        return pytz.utc.localize(self.event_id.date_begin).astimezone(zone).date()

    def _club_for_members(self):
        return bool(
            self.club_who == "members"
            or self.club_plan_ids
            or self.club_grade_ids
            or self.club_early_ids
        )

    # --- Why not ----------------------------------------

    def _club_refusal(self, person, facts, day):
        """Why somebody may not have this ticket at all; empty where he may.

        :param person: a ``res.partner`` with raised rights; empty for a visitor
        :param facts: his ``Facts``
        """
        self.ensure_one()
        if self.club_invitation != "no" and person and self._club_is_invited(person):
            if self.club_invitation == "also":
                return ""
        elif self.club_invitation == "only":
            return self.env._(
                "“%(ticket)s” is for guests with an invitation.", ticket=self.name
            )
        named = self.club_plan_ids or self.club_grade_ids
        if (self.club_who == "members" or named) and (
            reason := self._club_no_member(person, facts.memberships, day)
        ):
            return reason
        if self.club_chapter_ids and person.club_chapter_id not in (
            self.club_chapter_ids
        ):
            return self.env._(
                "“%(ticket)s” is for people of %(cities)s.",
                ticket=self.name,
                cities=self._club_names(self.club_chapter_ids),
            )
        if self.club_interest_ids and not self._club_shares(facts.interests):
            return self.env._(
                "“%(ticket)s” is for the circle %(circles)s. Is it yours? Then say so "
                "in your profile: %(address)s",
                ticket=self.name,
                circles=self._club_names(self.club_interest_ids),
                address="/my/club/profile",
            )
        return ""

    def _club_shares(self, interests):
        """Whether any of these is one of the ticket's, or below one."""
        wanted = {str(interest.id) for interest in self.club_interest_ids}
        return any(
            wanted & set((interest.parent_path or "").split("/"))
            for interest in interests
        )

    def _club_no_member(self, person, memberships, day):
        """Why a person's memberships do not open this ticket on that day, or empty."""
        chosen = self.club_plan_ids or self.club_grade_ids
        covering = self._club_covering(memberships, day)
        levels = self._club_levels(person, covering)
        if chosen:
            if covering.plan_id & self.club_plan_ids or levels & self.club_grade_ids:
                return ""
        elif covering:
            return ""
        if person.is_company:
            return self.env._(
                "“%(ticket)s” is for members, and a membership belongs to a person. "
                "Say who comes.",
                ticket=self.name,
            )
        if covering:
            return self.env._(
                "“%(ticket)s” is for %(who)s. Your plan can be raised here: "
                "%(address)s",
                ticket=self.name,
                who=self._club_chosen_names(),
                address=CHANGE,
            )
        return self._club_not_then(person, memberships, day)

    def _club_not_then(self, person, memberships, day):
        """Why nobody's membership covers the day, and what would help him."""
        by_state = memberships.grouped("state")
        ends = [
            m.date_end
            for m in memberships
            if m.state in period.LIVE_STATES and m.date_end
        ]
        values = {"ticket": self.name, "address": MINE}
        if by_state.get("paused"):
            return self.env._(
                "“%(ticket)s” is for members, and your membership is paused. "
                "See %(address)s",
                **values,
            )
        if ends and max(ends) < day:
            return self.env._(
                "“%(ticket)s” is for members, and your membership ends on %(date)s, "
                "before the event. Renew it here: %(address)s",
                date=format_date(self.env, max(ends)),
                **values,
            )
        if by_state.get("waiting"):
            return self.env._(
                "“%(ticket)s” is for members, and your fee is not paid yet. "
                "Pay it here: %(address)s",
                **values,
            )
        starts = [m.date_start for m in by_state.get("upcoming", ())]
        if starts:
            return self.env._(
                "“%(ticket)s” is for members, and your membership begins on %(date)s, "
                "after the event.",
                date=format_date(self.env, min(starts)),
                **values,
            )
        if by_state.get("expired"):
            return self.env._(
                "“%(ticket)s” is for members, and your membership is over. "
                "Renew it here: %(address)s",
                **values,
            )
        return self.env._(
            "“%(ticket)s” is for %(who)s. You can join here: %(address)s",
            **{**values, "address": JOIN},
            who=self._club_chosen_names(),
        )

    def _club_covering(self, memberships, day):
        """Those that, as they stand, are active or in grace on that day."""
        return memberships.filtered(
            lambda m: (
                m.state in ("upcoming", *STATES_WITH_LEVEL)
                and period.state_on(day, m.date_start, m.date_end, m.date_grace_end)
                in STATES_WITH_LEVEL
            )
        )

    def _club_levels(self, person, covering):
        """Levels on that day: of memberships, or set by hand outside the club."""
        by_hand = person.grade_id.filtered(lambda level: not level.club_plan_ids)
        return covering.plan_id.grade_id | by_hand

    def _club_over_limit(self, person, had, wanted):
        """Why somebody may not have so many places, or empty."""
        event = self.event_id
        limits = (
            (self.club_limit, (person.id, self.id), self.name),
            (event.club_limit, (person.id, event.id, "event"), event.name),
        )
        for limit, key, name in limits:
            if limit and had[key] + (wanted[key] or 1) > limit:
                return self.env._(
                    "One member may have %(limit)s places of “%(name)s”, guests "
                    "counted, and %(had)s are taken already.",
                    limit=limit,
                    name=name,
                    had=had[key],
                )
        return ""

    # --- From when ----------------------------------------

    def _club_opening(self, facts, person, day):
        """``Access`` of somebody who may have the ticket: when its sale begins."""
        start = self.start_sale_datetime
        if not start or not self.club_early_ids or start <= fields.Datetime.now():
            opens = start if start and start > fields.Datetime.now() else None
        else:
            covering = self._club_covering(facts.memberships, day)
            levels = self._club_levels(person, covering)
            mine = self.club_early_ids.filtered(lambda row: row.grade_id in levels)
            opens = start - timedelta(days=max(mine.mapped("days"), default=0))
            if opens <= fields.Datetime.now():
                opens = None
        if not opens:
            return Access(True)
        reason = self.env._(
            "“%(ticket)s” opens to you on %(date)s.",
            ticket=self.name,
            date=self._club_time(opens),
        )
        earlier = [
            row
            for row in self.club_early_ids
            if start - timedelta(days=row.days) < opens
        ]
        lines = [
            self.env._(
                "Open to %(level)s from %(date)s; your plan can be raised here: "
                "%(address)s",
                level=row.grade_id.name,
                date=self._club_time(start - timedelta(days=row.days)),
                address=CHANGE,
            )
            for row in earlier
        ]
        return Access(False, "\n".join([reason, *lines]), opens)

    def _club_time(self, moment):
        return format_datetime(
            self.env, moment, tz=self.event_id.date_tz, dt_format="short"
        )

    def _club_chosen_names(self):
        """“Gold or Platinum”, or “members”."""
        names = [*self.club_plan_ids.mapped("name")]
        names += [n for n in self.club_grade_ids.mapped("name") if n not in names]
        if not names:
            return self.env._("members")
        return format_list(self.env, names, "or")

    def _club_names(self, records):
        return format_list(self.env, records.mapped("name"), "or")
