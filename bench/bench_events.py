"""Events beside stock Odoo in the same minutes: seats in a rush, lists.

Stock oversells in most rushes (docs/bench.md says by how much it did): its speed is the
speed of a count that does not hold.
"""

import contextlib
import statistics
from dataclasses import dataclass

from bench import rush
from bench.harness import Odoo, Web
from bench.screens import screen

WORKERS, CONNECTIONS = 4, 8
RUSHES = 5
LETTERS_BUYERS, LETTERS_RUSHES = 120, 3
MEMBER = "bench_member"
EVENTS, FEW_EVENTS = 200, 10
ATTENDEES, FEW_ATTENDEES = 800, 80
MORE = 4  # queries that our columns of the attendees may take more than stock's list


def run(bench):
    with contextlib.ExitStack() as stack:
        ours, stock = (_Club(bench, stack, bare=bare) for bare in (False, True))
        plain(bench, ours, stock)
        letters(bench, ours, stock)
        full(bench, ours, stock)
    portal_list(bench)
    attendee_list(bench)


# -- Rushes --------------------------------------------------------------------------


def plain(bench, ours, stock):
    rushes = [(ours.sell(), stock.sell()) for _ in range(RUSHES)]
    mine, theirs = zip(*rushes, strict=True)
    bench.at_least(
        "seats sold a second, no mails", *_speeds(mine, theirs), goal=1.0, unit="/s"
    )
    told = (
        statistics.median(outcome.typical(rush.TOLD) for outcome in side) * 1000
        for side in (mine, theirs)
    )
    bench.at_most("told that it is full, in the rush", *told, unit="ms")
    worst = [max(outcome.worst() for outcome in side) for side in (mine, theirs)]
    bench.at_most("the slowest answer of all", *worst, unit="s")
    oversold = (
        sum(outcome.count(rush.SEATED) - rush.SEATS for outcome in side)
        for side in (mine, theirs)
    )
    bench.no_more_than("sold beyond the limit, of all rushes", *oversold, unit="seats")


def letters(bench, ours, stock):
    """The default event, which writes a confirmation mail."""
    rushes = [
        [side.sell(buyers=LETTERS_BUYERS, letters=True) for side in (ours, stock)]
        for _ in range(LETTERS_RUSHES)
    ]
    mine, theirs = zip(*rushes, strict=True)
    bench.at_least(
        "seats sold a second, with the confirmation mail",
        *_speeds(mine, theirs),
        goal=5,
        unit="/s",
    )
    failed = (sum(len(o.failures()) for o in side) for side in (mine, theirs))
    bench.no_more_than("  errors", *failed, unit="buyers")


def _speeds(*sides):
    return [statistics.median(o.sold_per_second for o in side) for side in sides]


def full(bench, ours, stock):
    """An event that is full already: in a rush a "no" stands in line behind sales.

    Over the wire an answer passes Odoo's way in, the same for both: over XML-RPC this
    takes longer than the answer itself. With eight buyers at a time it waits for the
    two cores besides.
    """
    sides = (ours, stock)
    for side in sides:
        side.fill()
    for title, way, connections in (
        ("told that it is full, by the web client", rush.ByWebClient, CONNECTIONS),
        ("  one buyer at a time", rush.ByWebClient, 1),
        ("told that it is full, by XML-RPC", rush.ByRpc, CONNECTIONS),
        ("  one buyer at a time", rush.ByRpc, 1),
    ):
        asked = [[side.ask(connections, way) for side in sides] for _ in range(RUSHES)]
        told = (
            statistics.median(outcome.typical(rush.TOLD) for outcome in side) * 1000
            for side in zip(*asked, strict=True)
        )
        bench.at_most(title, *told, goal=0.6, unit="ms")
    mine, theirs = (Refused(side.full) for side in sides)
    title = "  inside Odoo, without XML-RPC"
    queries, allowed = bench.compare(
        title, ours.process, mine, stock.process, theirs, goal=0.6
    )
    bench.no_more_than("  queries", queries, allowed)


@dataclass
class Refused:
    """What XML-RPC calls, of a buyer for whom there is no place."""

    records: dict

    def __call__(self, env):
        from odoo.exceptions import ValidationError

        desk = env(user=self.records["desk"])
        try:
            desk["event.registration"].create([rush.buyer(self.records, 0)])
        except ValidationError:
            return
        raise AssertionError("The event is not full.")

    @property
    def __name__(self):
        return "a refusal"


class _Club:
    """A server with a new event for each rush."""

    def __init__(self, bench, stack, bare):
        name = stack.enter_context(bench.database(bare=bare, install=("event_sale",)))
        self.process = stack.enter_context(Odoo(name))
        self.process(rush.found_event, commit=True)
        self.server = stack.enter_context(rush.server(name, WORKERS))
        self.full = {}

    def found(self, seats=rush.SEATS, letters=False) -> dict:
        return self.process(rush.found_event, seats, 0, letters, commit=True).value

    def sell(self, buyers=rush.BUYERS, letters=False) -> rush.Outcome:
        return self._rush(self.found(letters=letters), CONNECTIONS, buyers)

    def fill(self):
        """Found an event and sell all its places."""
        self.full = self.found()
        assert self._rush(self.full, 1, rush.SEATS + 1).count(rush.TOLD)

    def ask(self, connections, way) -> rush.Outcome:
        return self._rush(self.full, connections, rush.BUYERS, way)

    def _rush(self, records, connections, buyers, way=rush.ByRpc):
        return rush.rush(lambda: way(self.server, records), connections, buyers)


# -- Lists ---------------------------------------------------------------------------


def portal_list(bench):
    """The member's list; a page has twenty events at most. Stock has none."""
    with contextlib.ExitStack() as stack:
        many, few = (_portal(bench, stack, events) for events in (EVENTS, FEW_EVENTS))
        path = "/my/club/events"
        title = f"portal list of events: {EVENTS} and {FEW_EVENTS}"
        queries, of_few = bench.compare(title, many, path, few, path, goal=None)
        bench.no_more_than(f"{title}, queries", queries, of_few)


def _portal(bench, stack, events):
    name = stack.enter_context(bench.database())
    with Odoo(name) as process:
        process(found_programme, events, commit=True)
    return stack.enter_context(Web(name)).login(MEMBER)


def found_programme(env, events):
    """Events with two tickets each, some sold, and a member who looks at them."""
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Member",
            "login": MEMBER,
            "password": MEMBER,
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )
    price = env.ref("event_product.product_product_event").id
    tickets = [
        (0, 0, {"name": name, "product_id": price, "price": 100, "seats_max": 20})
        for name in ("Standard", "Members")
    ]
    made = env["event.event"].create(
        [
            {
                "name": f"Evening {number}",
                "date_begin": f"2035-05-{number % 28 + 1:02} 18:00:00",
                "date_end": f"2035-05-{number % 28 + 1:02} 22:00:00",
                "seats_limited": True,
                "seats_max": 30,
                "event_mail_ids": False,
                "event_ticket_ids": tickets,
            }
            for number in range(events)
        ]
    )
    env["event.registration"].create(
        [
            {"event_id": event.id, "event_ticket_id": event.event_ticket_ids[0].id}
            for event in made
        ]
    )
    env.flush_all()
    env.cr.execute("ANALYZE")


def attendee_list(bench):
    """All attendees of an event on one page, beside stock's list of them."""
    with bench.odoo() as ours, bench.odoo(bare=True) as stock:
        screens = {}
        for process in (ours, stock):
            process(rush.found_event, commit=True)
            for people in (ATTENDEES, FEW_ATTENDEES):
                screens[process, people] = process(
                    open_attendees, people, commit=True
                ).value
        for people in (FEW_ATTENDEES, ATTENDEES):
            mine, theirs = screens[ours, people], screens[stock, people]
            title = f"list of {people} attendees"
            queries, allowed = bench.compare(
                title, ours, mine, stock, theirs, goal=None
            )
            bench.no_more_than(f"{title}, queries", queries, allowed, extra=MORE)
            if people == FEW_ATTENDEES:
                few = queries
        title = f"list of attendees, queries: {ATTENDEES} and {FEW_ATTENDEES}"
        bench.no_more_than(title, queries, few)


def open_attendees(env, people):
    """An event with so many attendees, each with a contact of his own."""
    records = rush.found_event(env, people)
    contacts = env["res.partner"].create(
        [{"name": f"Guest {number}"} for number in range(people)]
    )
    env["event.registration"].create(
        [
            {**rush.buyer(records, number), "partner_id": contact.id}
            for number, contact in enumerate(contacts)
        ]
    )
    env.flush_all()
    env.cr.execute("ANALYZE")
    return screen(
        env,
        rush.DESK,
        "event.registration",
        "list",
        domain=[("event_id", "=", records["event"])],
        limit=people,
    )
