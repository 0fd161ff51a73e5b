"""A rush by the pages of the portal, one in stock's shop, and everything at once.

The rushes by RPC and by stock's own form of a free event: ``test_event_rush.py``.
"""

import os
import threading
import time
from collections import Counter

import pytest

from bench import rush, rush_ways
from bench.harness import Odoo

from . import club
from . import test_event_paid as paid
from .test_event_rush import (
    MINUTES,
    Checker,
    Restless,
    Survivor,
    assert_held,
    found,
    kill_now_and_then,
)

SHOP = ("payment_demo", "website_event_sale")
# A rush in the shop takes its time: 200 buyers for 50 places only on demand.
SHOP_SEATS = int(os.environ.get("CLUB_SHOP_SEATS", "15"))
SHOP_BUYERS = int(os.environ.get("CLUB_SHOP_BUYERS", "45"))


# -- The portal ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "workers,connections,event",
    [(4, 8, {}), (8, 16, {}), (4, 16, {"letters": True, "at_once": False})],
)
def test_by_the_portal(fresh_db, odoo_server, psql, workers, connections, event):
    """Two hundred members who are logged in, each of whom books his own place."""
    db = fresh_db()
    with Odoo(db) as process:
        records = process(found, event, commit=True).value
        sessions = process(rush_ways.log_in_members, rush.BUYERS, commit=True).value
        records["sessions"] = sessions
        server = odoo_server(db, workers)
        checker = Checker(psql(db), records["event"])
        outcome = rush.rush(lambda: rush_ways.ByPortal(server, records), connections)
        most = checker.stop()
        assert_held(outcome, process(rush.seated, records["event"]).value, most)


# -- The shop ------------------------------------------------------------------------


def found_shop(env, seats: int) -> dict:
    """An event with a price in a shop, and the demo provider switched on."""
    env["account.chart.template"].try_loading("generic_coa", company=env.company)
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    provider.write({"state": "test", "is_published": True})
    return {
        **rush.found_event(env, seats, price=100, letters=True),
        "provider": provider.id,
        "method": provider.payment_method_ids[:1].id,
        "country": env.ref("base.be").id,
    }


@pytest.mark.parametrize("workers,connections", [(4, 8), (8, 16)])
def test_paid_in_the_shop(fresh_db, inside, odoo_server, psql, workers, connections):
    """Buyers are on the provider's page when their holds end, and others come.

    Nobody who has paid is left without a place and without his money.
    """
    seats = SHOP_SEATS
    db = fresh_db(install=SHOP)
    process = inside(db)
    records = process(found_shop, seats, commit=True).value
    server = odoo_server(db, workers)
    people = [rush_ways.ShopBuyer(server, records, n) for n in range(SHOP_BUYERS)]
    checker = Checker(psql(db), records["event"])
    first, second, late = people[:seats], people[seats : 2 * seats], people[2 * seats :]
    start, pay = rush_ways.ShopBuyer.start, rush_ways.ShopBuyer.pay
    answers = paid.each(first, start, connections)
    assert all(buyer.reference for buyer in first), answers
    process(paid.expire_holds, records["event"], commit=True)
    answers = paid.each(second, start, connections)  # they hold all places now
    assert all(buyer.reference for buyer in second), answers
    refused = paid.each(late, start, connections)
    assert not [buyer for buyer in late if buyer.reference], refused
    process(paid.expire_holds, records["event"], commit=True)
    assert all(paid.each(first + second, pay, connections))
    settled = paid.settle(process, records["event"])
    statuses = [s for buyer in people for s in buyer.statuses]
    print(len(people), "buyers:", settled, Counter(statuses))
    assert checker.stop() == seats
    assert not settled["wrong"]
    assert settled["seated"] == settled["on_event"] == settled["sold"] == seats
    assert settled["returned"] == seats
    assert not settled["unprocessed"]
    # late comers may be told with 4xx; nobody sees an error of the server
    assert not [status for status in statuses if status >= 500]


# -- Everything at once --------------------------------------------------------------


def stir(env, event: int, ticket: int, turn: int) -> str:
    """Hold places and let holds end; give a ticket away, which somebody accepts."""
    from datetime import timedelta

    from odoo import fields
    from odoo.exceptions import UserError

    Registration = env["event.registration"]
    now = fields.Datetime.now()
    held = Registration.search([("event_id", "=", event), ("state", "=", "draft")])
    if turn % 2:
        held.write({"club_held_until": now - timedelta(seconds=1)})
    held[5:].unlink()
    done = []
    try:
        with env.cr.savepoint():
            values = {
                "event_id": event,
                "event_ticket_id": ticket,
                "name": f"Holder {turn}",
                "state": "draft",
                "club_held_until": now + timedelta(seconds=2),
            }
            Registration.create([values, values])
            done.append("held")
    except UserError:
        done.append("full")
    taken = Registration.search(
        [("event_id", "=", event), ("state", "=", "open")], limit=1
    )
    giver = env["res.partner"].create(
        {"name": f"Giver {turn}", "email": f"giver{turn}@example.com"}
    )
    try:
        with env.cr.savepoint():
            taken.write({"partner_id": giver.id, "club_attendee_id": giver.id})
            offer = env["club.event.transfer"]._offer(
                taken, giver, f"receiver{turn}@example.com"
            )
            offer._accept(
                name=f"Receiver {turn}",
                email=f"receiver{turn}@example.com",
                consent="I agree",
            )
            done.append("given")
    except UserError as error:
        done.append(f"not given: {error}")
    return " ".join(done)


def stir_until(process, records, until: float, done: list) -> None:
    for turn in range(10_000):
        if time.monotonic() > until:
            return
        try:
            values = (records["event"], records["ticket"], turn)
            done.append(process(stir, *values, commit=True).value)
        except RuntimeError as error:  # a row was changed by a buyer meanwhile
            done.append(f"again: {error}")
        time.sleep(0.2)


def end_holds(env, event: int) -> None:
    env["event.registration"].search(
        [("event_id", "=", event), ("state", "=", "draft")]
    ).unlink()


def test_everything_at_once(fresh_db, inside, odoo_server, psql):
    """Members and a desk, cancelled places, transfers, holds that end, dead workers."""
    db = fresh_db()
    process, stirring = inside(db), inside(db)
    records = process(found, {}, commit=True).value
    records["sessions"] = process(rush_ways.log_in_members, 80, commit=True).value
    server = odoo_server(db, 4)
    checker = Checker(psql(db), records["event"])
    until, done = time.monotonic() + MINUTES * 60, []
    others = [
        threading.Thread(target=kill_now_and_then, args=(server, until)),
        threading.Thread(target=stir_until, args=(stirring, records, until, done)),
    ]
    for thread in others:
        thread.start()
    answers = Counter()
    while time.monotonic() < until:
        for outcome in club.at_once(
            lambda: rush.rush(lambda: Survivor(Restless(server, records)), 6, 60),
            lambda: rush.rush(
                lambda: Survivor(rush_ways.ByPortal(server, records)), 3, 30
            ),
        ):
            answers.update(kind for kind, _detail, _seconds in outcome.answers)
    for thread in others:
        thread.join()
    most = checker.stop()
    print(answers, "most at a moment:", most)
    assert 0 < most <= rush.SEATS
    assert sum("held" in turn for turn in done) > 1, done[-5:]
    assert sum(turn.endswith("given") and "not" not in turn for turn in done), done[-5:]
    # whoever was killed or changed his mind has left no place behind
    process(end_holds, records["event"], commit=True)
    final = rush.rush(lambda: rush.ByRpc(server, records), 8)
    assert not final.failures(), final.failures()[:3]
    assert process(rush.seated, records["event"]).value == rush.SEATS
