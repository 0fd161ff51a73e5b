"""At the door: one ticket comes in once, however many gates scan it, and quickly.

Real servers of four processes, real connections; see also
``club_community/tests/event/test_checkin.py`` for what each situation says.
"""

import datetime
import threading
import time

import pytest

from . import club

GUESTS, WORKERS, ROUNDS = 500, 4, 6


def found_door(env, guests: int = GUESTS) -> dict:
    now = datetime.datetime.now()
    product = env["product.product"].create(
        {"name": "Place", "type": "service", "service_tracking": "event"}
    )
    event = env["event.event"].create(
        {
            "name": "Ball",
            "date_begin": now - datetime.timedelta(hours=30),
            "date_end": now + datetime.timedelta(hours=60),
            "seats_limited": True,
            "seats_max": guests,
            "event_ticket_ids": [
                (0, 0, {"name": "Standard", "product_id": product.id})
            ],
        }
    )
    ticket = event.event_ticket_ids
    registrations = env["event.registration"].create(
        [
            {"event_id": event.id, "event_ticket_id": ticket.id, "name": f"Guest {n}"}
            for n in range(guests)
        ]
    )
    groups = env.ref("base.group_user") | env.ref("event.group_event_registration_desk")
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Desk",
            "login": "desk",
            "password": "desk",
            "group_ids": [(6, 0, groups.ids)],
        }
    )
    return {"event": event.id, "codes": registrations.mapped("barcode")}


def check_daily(env, event: int) -> None:
    env["event.event"].browse(event).club_checkin_kind = "daily"


def came_in(env, event: int) -> tuple[int, int, int]:
    """Check-ins, tickets among them, tickets that are attended."""
    rows = env["club.event.checkin"].search([("event_id", "=", event)])
    done = env["event.registration"].search_count(
        [("event_id", "=", event), ("state", "=", "done")]
    )
    return len(rows), len(rows.registration_id), done


@pytest.fixture(scope="module")
def door_once(founded):
    return founded(found_door)


def scan(session, code: str, event: int, gate: str = "") -> str:
    answer = session(
        "event.registration",
        "register_attendee",
        code,
        event,
        context={"club_gate": gate},
    )
    return answer["club"]["situation"]


@pytest.mark.parametrize("kind", ["once", "daily"])
@pytest.mark.parametrize("scanners", [2, 16])
def test_one_ticket_at_many_gates(
    door_once, fresh_db, inside, odoo_server, scanners, kind
):
    """Of any number of scans at once exactly one says welcome."""
    source, records = door_once
    db = fresh_db(copy_of=source)
    process = inside(db)
    if kind == "daily":
        process(check_daily, records["event"], commit=True)
    server = odoo_server(db, WORKERS)
    sessions = [server.rpc("desk") for _one in range(scanners)]
    for code in records["codes"][:ROUNDS]:
        answers = club.at_once(
            *(
                lambda s=session, n=number, c=code: scan(
                    s, c, records["event"], f"Gate {n}"
                )
                for number, session in enumerate(sessions)
            )
        )
        assert sorted(map(str, answers)) == ["already"] * (scanners - 1) + ["welcome"]
    assert process(came_in, records["event"]).value == (ROUNDS,) * 3


def test_five_hundred_people(door_once, fresh_db, inside, odoo_server):
    """Each in exactly once, without an error, in much less than ten minutes."""
    source, records = door_once
    db = fresh_db(copy_of=source)
    server = odoo_server(db, WORKERS)
    left = iter(records["codes"])
    lock = threading.Lock()

    def stand_at_a_gate():
        session, answers = server.rpc("desk"), []
        while True:
            with lock:
                code = next(left, None)
            if code is None:
                return answers
            started = time.perf_counter()
            answers.append((scan(session, code, records["event"]), started))
            answers[-1] = (answers[-1][0], time.perf_counter() - started)

    started = time.perf_counter()
    found = club.at_once(*[stand_at_a_gate] * WORKERS)
    seconds = time.perf_counter() - started
    assert all(isinstance(one, list) for one in found), found
    answers = sum(found, [])
    assert [situation for situation, _s in answers] == ["welcome"] * GUESTS
    assert inside(db)(came_in, records["event"]).value == (GUESTS,) * 3
    slowest = max(taken for _situation, taken in answers)
    report = f"{GUESTS / seconds:.0f} scans/s, slowest {slowest * 1000:.0f} ms"
    assert seconds < 300, report
    print(report)
