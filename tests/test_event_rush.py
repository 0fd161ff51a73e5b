"""Seats of an event are never sold twice, however many buyers come at once."""

import threading

import pytest

from bench.harness import Odoo
from club_dev import database

from . import club

BUYERS, SEATS = 200, 50


def found_event(env, seats: int = SEATS, price: float = 0) -> dict:
    product = env["product.product"].create(
        {
            "name": "Place",
            "type": "service",
            "service_tracking": "event",
            "list_price": price,
            "taxes_id": False,
        }
    )
    event = env["event.event"].create(
        {
            "name": "Rush",
            "date_begin": "2035-05-01 18:00:00",
            "date_end": "2035-05-01 22:00:00",
            "seats_limited": True,
            "seats_max": seats,
            "event_ticket_ids": [
                (0, 0, {"name": "Standard", "product_id": product.id, "price": price})
            ],
        }
    )
    groups = env.ref("base.group_user") | env.ref("event.group_event_manager")
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Desk",
            "login": "desk",
            "password": "desk",
            "group_ids": [(6, 0, groups.ids)],
        }
    )
    return {"event": event.id, "ticket": event.event_ticket_ids.id}


def seated(env, event: int) -> int:
    return env["event.registration"].search_count(
        [("event_id", "=", event), ("state", "in", ("open", "done"))]
    )


@pytest.fixture(scope="module")
def rush_once():
    db = database.unused_name("rush")
    database.create(db, database.Recipe())
    with Odoo(db) as process:
        records = process(found_event, commit=True).value
    yield db, records
    database.drop(db)


@pytest.mark.parametrize("workers,connections", [(4, 8), (4, 16), (8, 16)])
def test_rush_by_rpc(rush_once, fresh_db, inside, odoo_server, workers, connections):
    source, records = rush_once
    db = fresh_db(copy_of=source)
    server = odoo_server(db, workers)
    answers = rush(server, records, connections)
    got = [a for a in answers if isinstance(a, int)]
    told = [a for a in answers if "not enough places" in str(a)]
    assert len(got) + len(told) == BUYERS, [a for a in answers if a not in told][:5]
    assert len(got) == inside(db)(seated, records["event"]).value == SEATS


def rush(server, records: dict, connections: int) -> list:
    left = iter(range(BUYERS))
    lock = threading.Lock()

    def buy():
        session, answers = server.rpc("desk"), []
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                return answers
            values = {
                "event_id": records["event"],
                "event_ticket_id": records["ticket"],
                "name": f"Buyer {number}",
                "email": f"buyer{number}@example.com",
            }
            try:
                answers.append(session("event.registration", "create", values))
            except Exception as error:
                answers.append(error)

    return sum(club.at_once(*[buy] * connections), [])
