from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .club_event_claim import PLACES
from .event_glance import Before, Glance, Glances, Pool, lacking_of, of_slots

# What a registration takes of its event.
EVENT_COLUMNS = [
    "club_limit",
    "company_id",
    "is_multi_slots",
    "name",
    "registration_properties_definition",
]
KINDS = ("event", "ticket", "quota")
# The event, and the values of Pool.
LIMITS = """
    SELECT id, 'event', id, 0, 0, seats_max
      FROM event_event
     WHERE id = ANY(%(events)s) AND seats_limited AND seats_max > 0
     UNION ALL
    SELECT event_id, 'ticket', id, 0, id, seats_max
      FROM event_event_ticket
     WHERE event_id = ANY(%(events)s) AND seats_max > 0
     UNION ALL
    SELECT event_id, 'quota', id, 0, rel.event_event_ticket_id, seats
      FROM club_event_quota quota
      JOIN club_event_quota_event_event_ticket_rel rel
        ON rel.club_event_quota_id = quota.id
     WHERE event_id = ANY(%(events)s)
"""


class EventEvent(models.Model):
    """Limits that hold, whoever registers by whatever way (field.md section 4)."""

    _inherit = "event.event"

    club_quota_ids = fields.One2many(
        "club.event.quota", "event_id", string="Shared Places", copy=False
    )
    club_hold_minutes = fields.Integer(
        string="Places Are Held For (minutes)",
        default=20,
        required=True,
        help="So long a place is kept for somebody who is paying on-line.",
    )
    club_hold_days = fields.Integer(
        string="Held For an Invoice (days)",
        default=3,
        required=True,
        help="So long a place is kept for somebody who pays by bank transfer.",
    )
    club_late_payment = fields.Selection(
        [("refund", "Is given back"), ("waiting", "Comes first on the waiting list")],
        string="Paid Too Late",
        default="refund",
        required=True,
        help="What happens to the money of somebody whose place was given to another "
        "before he paid, and no place is left.",
    )
    club_seats_held = fields.Integer(
        string="Places Held",
        compute="_compute_seats",
        help="For people who are paying, or were offered a place.",
    )

    _club_hold_positive = models.Constraint(
        "CHECK(club_hold_minutes > 0 AND club_hold_days > 0)",
        "A place is held for a minute, and for a day, at least.",
    )

    # --- Limits -------------------------------------------------------------------

    def _club_limits(self):
        """All limits of these events, in one query and without a record.

        A rush asks this for each buyer, and a list for each event.

        :return: ``{event id: [Pool]}``, as if no event had slots
        """
        self._club_flush_limits()
        query = SQL("%s ORDER BY 2, 3, 5", SQL(LIMITS, events=self.ids))
        limits = defaultdict(list)
        for event_id, *pool in self.env.execute_query(query):
            limits[event_id].append(Pool(*pool))
        return limits

    def _club_flush_limits(self):
        for model in ("event.event", "event.event.ticket", "club.event.quota"):
            self.env[model].flush_model()

    def _club_glance(self):
        """Limits of these events, and who has a place: one query for a quick no.

        In this transaction's own snapshot, which sees what it has done itself; the
        gate has the last word.

        :return: ``Glances``
        """
        # sudo: whoever registers may not see the event, which is read all the same; of
        # its columns, the description among them, no more than a registration takes
        self.sudo().fetch(EVENT_COLUMNS)
        self._club_flush_limits()
        self.env["event.registration"].flush_model()
        glances = Glances((id_, Glance()) for id_ in self.ids)
        query = SQL(" UNION ALL ").join(self._club_glance_queries())
        for event_id, kind, id_, slot_id, ticket_id, count in self.env.execute_query(
            query
        ):
            glance = glances[event_id]
            if kind == "taken":
                glance.taken[slot_id, ticket_id] = count
            elif kind in KINDS:
                glance.pools.append(Pool(kind, id_, slot_id, ticket_id, count))
            else:
                setattr(glance, kind, count)
        for glance in glances.values():
            glance.pools.sort()
        return glances

    def _club_glance_queries(self):
        """What ``_club_glance`` asks: event, kind, id, slot, ticket, number; files
        below add to it."""
        return [
            SQL(LIMITS, events=self.ids),
            SQL(
                """
                SELECT event_id, 'taken', 0, COALESCE(event_slot_id, 0),
                       COALESCE(event_ticket_id, 0), count(*)
                  FROM event_registration
                 WHERE event_id = ANY(%s) AND active AND (%s)
                 GROUP BY event_id, event_slot_id, event_ticket_id
                """,
                self.ids,
                SQL(PLACES),
            ),
        ]

    def _club_pools(self, slots, limits=None):
        """All limits of an event, for these slots.

        :param slots: ``event.slot`` records; empty where the event has none. As in
            stock a limit is one of each slot for whoever has one, also where the
            event is said to have none
        :param limits: what ``_club_limits`` has found, for many events at once
        :return: list of ``Pool``; empty where nothing is limited
        """
        self.ensure_one()
        pools = (self._club_limits() if limits is None else limits).get(self.id, [])
        # sudo: buyers have no rights
        if not pools or not (slots or self.sudo().is_multi_slots):
            return pools
        return of_slots(pools, slots.ids)

    def _club_seat(self, registrations, queue=True):
        """Take the places of registrations of this event that take one.

        What was seen a moment ago, before they were made (``_club_glance``), is not
        asked again.

        :param queue: whether those who wait come first, see ``club.event.claim``
        :raise ValidationError: there are not enough
        """
        self.ensure_one()
        seen = registrations.env.context.get("club_glances")
        seen = seen.get(self.id) if isinstance(seen, Glances) else None
        limits = seen and {self.id: seen.pools}
        before = registrations.env.context.get("club_before")
        before = before.of(self) if isinstance(before, Before) else None
        Claim = self.env["club.event.claim"]
        for alike in registrations.grouped(lambda r: bool(r.event_slot_id)).values():
            pools = self._club_pools(alike.event_slot_id, limits)
            if not pools:
                continue
            rows = [(r.id, r.event_slot_id.id, r.event_ticket_id.id) for r in alike]
            rows = [tuple(id_ or 0 for id_ in row) for row in rows]
            lacking = {}
            if not seen:
                lacking = Claim._lacking(self, rows, pools, queue, before)
            if not lacking and self.env.registry.ready:
                # While Odoo installs or updates nobody sells, and the table may be new.
                lacking = Claim._take(self, rows, pools, queue)
            if lacking:
                raise ValidationError(self._club_full_sentence(lacking))

    def _club_check_left(self, wanted, glance):
        """Refuse at once what will not have a place: saves all the work before it.

        :param wanted: ``{(slot id, ticket id): how many}``, 0 for none
        :param glance: what ``_club_glance`` has seen of this event
        :raise ValidationError: there are not enough
        """
        self.ensure_one()
        if not (pools := glance.pools):
            return
        slots = {slot_id for slot_id, _ticket in wanted if slot_id}
        if slots or self.sudo().is_multi_slots:  # sudo: as above
            pools = of_slots(pools, slots)
        if glance.waited_for:
            # numbers of registrations that are not there yet
            asked = [key for key, count in wanted.items() for _one in range(count)]
            rows = [(-number, *key) for number, key in enumerate(asked, 1)]
            Claim = self.env["club.event.claim"]
            lacking = Claim._lacking(self, rows, pools) if pools else {}
        else:
            lacking = lacking_of(pools, glance.taken, wanted)
        if lacking:
            count = glance.waited_for
            raise ValidationError(self._club_full_sentence(lacking, waited_for=count))

    def _club_full_sentence(self, lacking, *, waited_for=None):
        """What to tell somebody for whom there is no place; rooms may add to it.

        :param waited_for: places that others wait for, where that is known
        """
        self.ensure_one()
        lines = []
        # sudo: buyers have no rights on limits; the name alone, which is all it takes
        self.sudo().fetch(["name"])
        for (kind, id_, slot_id), (left, wanted) in lacking.items():
            name = {
                "event": self,
                "ticket": self.env["event.event.ticket"].browse(id_),
                "quota": self.env["club.event.quota"].browse(id_),
            }[kind].sudo()
            names = [name.name]
            if slot_id:
                names.append(self.env["event.slot"].browse(slot_id).sudo().display_name)
            lines.append(
                self.env._(
                    "%(name)s: %(wanted)s wanted, %(left)s left",
                    name=", ".join(names),
                    wanted=wanted,
                    left=left,
                )
            )
        return "\n".join(
            [
                self.env._(
                    "There are not enough places for “%(event)s”.", event=self.name
                ),
                *lines,
            ]
        )

    # --- What is left ---------------------------------------------------------------

    def _club_taken(self, held_only=False):
        """Places taken or held, of all these events in one query.

        :return: ``{(event id, slot id, ticket id): count}``, 0 for none
        """
        if not self.ids:
            return {}
        self.env["event.registration"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event_id, COALESCE(event_slot_id, 0),
                       COALESCE(event_ticket_id, 0), count(*)
                  FROM event_registration
                 WHERE event_id = ANY(%s) AND active AND (%s) AND state = ANY(%s)
                 GROUP BY 1, 2, 3
                """,
                self.ids,
                SQL(PLACES),
                ["draft"] if held_only else ["open", "done", "draft"],
            )
        )
        return {(event, slot, ticket): count for event, slot, ticket, count in rows}

    @api.depends("registration_ids.club_held_until")
    def _compute_seats(self):
        """Stock counts those who are registered; a place that is held is taken too."""
        res = super()._compute_seats()
        held = defaultdict(int)
        for (event_id, _slot, _ticket), count in self._club_taken(True).items():
            held[event_id] += count
        for event in self:
            event.club_seats_held = held[event._origin.id]
            if event.seats_max > 0:
                event.seats_available -= event.club_seats_held
        return res

    def _get_seats_availability(self, slot_tickets):
        """Also places that are held, and quotas, leave less."""
        found = super()._get_seats_availability(slot_tickets)
        limits = self._club_limits()
        if not limits.get(self.id):
            return found
        taken = self._club_taken()
        no_slot = self.env["event.slot"]
        pools = {
            slot: self._club_pools(slot or no_slot, limits)
            for slot in {slot for slot, _ticket in slot_tickets}
        }
        return [
            self._club_least(left, self._club_left(pools[slot], taken, slot, ticket))
            for left, (slot, ticket) in zip(found, slot_tickets, strict=True)
        ]

    def _club_left(self, pools, taken, slot, ticket):
        """Places left for a ticket in a slot; None where nothing limits it.

        :param taken: see ``_club_taken``; it may tell of other events too
        """
        slot_id, ticket_id = (slot and slot.id) or 0, (ticket and ticket.id) or 0
        full = {}
        mine = set()
        for pool in pools:
            if pool.slot_id not in (0, slot_id):
                continue
            key = (pool.kind, pool.id)
            full.setdefault(key, pool.capacity)
            if pool.ticket_id in (0, ticket_id):
                mine.add(key)
            full[key] -= sum(
                count
                for (event_id, of_slot, of_ticket), count in taken.items()
                if event_id == self.id
                and pool.slot_id in (0, of_slot)
                and pool.ticket_id in (0, of_ticket)
            )
        return min((full[key] for key in mine), default=None)

    @staticmethod
    def _club_least(one, other):
        return min((n for n in (one, other) if n is not None), default=None)
