"""Seats in a rush, side by side with stock Odoo in the same minutes.

Stock oversells in most rushes (docs/bench.md says by how much it did): its speed is the
speed of a count that does not hold.
"""

import contextlib
import statistics

from bench import rush
from bench.harness import Odoo

WORKERS, CONNECTIONS = 4, 8
RUSHES = 5
LETTERS_BUYERS = 120


def run(bench):
    with contextlib.ExitStack() as stack:
        ours, stock = (_Club(bench, stack, bare=bare) for bare in (False, True))
        plain = [(ours.rush(), stock.rush()) for _ in range(RUSHES)]
        mine, theirs = zip(*plain, strict=True)
        speed = [
            [outcome.sold_per_second for outcome in side] for side in (mine, theirs)
        ]
        bench.at_least(
            "seats sold a second, no mails",
            *(statistics.median(side) for side in speed),
            goal=1.0,
            unit="/s",
        )
        full = [
            statistics.median(outcome.typical(rush.TOLD) for outcome in side) * 1000
            for side in (mine, theirs)
        ]
        bench.at_most("told that it is full", *full, goal=0.6, unit="ms")
        worst = [max(outcome.worst() for outcome in side) for side in (mine, theirs)]
        bench.at_most("the slowest answer of all", *worst, unit="s")
        bench.no_more_than(
            "sold beyond the limit, of all rushes",
            *(
                sum(o.count(rush.SEATED) - rush.SEATS for o in s)
                for s in (mine, theirs)
            ),
            unit="seats",
        )
        letters(bench, ours, stock)


def letters(bench, ours, stock):
    """The default event, which writes a confirmation mail."""
    mine, theirs = (
        side.rush(buyers=LETTERS_BUYERS, letters=True) for side in (ours, stock)
    )
    bench.at_least(
        "seats sold a second, with the confirmation mail",
        mine.sold_per_second,
        theirs.sold_per_second,
        goal=5,
        unit="/s",
    )
    bench.no_more_than(
        "  errors", len(mine.failures()), len(theirs.failures()), unit="buyers"
    )


class _Club:
    """A server with a new event for each rush."""

    def __init__(self, bench, stack, bare):
        name = stack.enter_context(bench.database(bare=bare, install=("event_sale",)))
        self.process = stack.enter_context(Odoo(name))
        self.process(rush.found_event, commit=True)
        self.server = stack.enter_context(rush.server(name, WORKERS))

    def rush(self, buyers=rush.BUYERS, letters=False) -> rush.Outcome:
        records = self.process(
            rush.found_event, rush.SEATS, 0, letters, commit=True
        ).value
        return rush.rush(lambda: rush.ByRpc(self.server, records), CONNECTIONS, buyers)
