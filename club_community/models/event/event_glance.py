from dataclasses import dataclass, field
from typing import NamedTuple

from odoo.tools import SQL


class Pool(NamedTuple):
    """Places that are counted together: a limit of an event, a ticket or a quota.

    ``slot_id`` and ``ticket_id`` are 0 where any counts; a quota over three tickets is
    three of these with the same kind and id.
    """

    kind: str
    id: int
    slot_id: int
    ticket_id: int
    capacity: int


@dataclass
class Glance:
    """What one query tells of an event before anything is made."""

    pools: list = field(default_factory=list)  # of Pool, as if it had no slots
    taken: dict = field(default_factory=dict)  # {(slot id, ticket id): places}
    waited_for: int = 0  # places
    writes: int = 0  # letters to those who register


class Limit(NamedTuple):
    """The pools of one limit: a quota has one for each of its tickets."""

    key: tuple  # (kind, id, slot id)
    tickets: set
    capacity: int

    def count(self, places):
        """How many of ``{(slot id, ticket id): places}`` this limit is about."""
        return sum(
            count
            for (slot_id, ticket_id), count in places.items()
            if self.key[2] in (0, slot_id) and self.tickets & {0, ticket_id}
        )

    def of(self, slot, ticket):
        """The same as ``SQL`` condition of two columns."""
        conditions = []
        if self.key[2]:
            conditions.append(SQL("%s = %s", SQL.identifier(slot), self.key[2]))
        if 0 not in self.tickets:
            ids = sorted(self.tickets)
            conditions.append(SQL("%s = ANY(%s)", SQL.identifier(ticket), ids))
        return SQL(" AND ").join(conditions or [SQL("TRUE")])


def of_slots(pools, slot_ids):
    """The same pools for each of these slots."""
    return [pool._replace(slot_id=id_) for id_ in slot_ids for pool in pools]


def limits_of(pools):
    """``Limit`` of each limit of these pools."""
    tickets, capacity = {}, {}
    for pool in pools:
        key = (pool.kind, pool.id, pool.slot_id)
        tickets.setdefault(key, set()).add(pool.ticket_id)
        capacity[key] = pool.capacity
    return [Limit(key, tickets[key], capacity[key]) for key in tickets]


def lacking_of(pools, taken, wanted):
    """Limits that lack places, where nobody waits.

    :param taken: ``{(slot id, ticket id): places}``, 0 for none
    :param wanted: as ``taken``
    :return: as ``club.event.claim._take``
    """
    lacking = {}
    for limit in limits_of(pools):
        asked, left = limit.count(wanted), limit.capacity - limit.count(taken)
        if asked and asked > left:
            lacking[limit.key] = (max(left, 0), asked)
    return lacking


class Before(dict):
    """Who had a place before a write: ``{registration id: (event, slot, ticket id)}``.

    In the context, like ``Glances``.
    """

    def of(self, event):
        """``[(registration id, slot id, ticket id)]`` of this event, 0 for none."""
        return [(id_, *place[1:]) for id_, place in self.items() if place[0] == event]


class Glances(dict):
    """``{event id: Glance}`` in the context: of a class that no client can send."""
