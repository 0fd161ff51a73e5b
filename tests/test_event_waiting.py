"""Newcomers do not pass those who wait for an event, and no place is offered twice.

Several Odoo processes and a real server with several workers: within one transaction,
and so in Odoo's own tests, nothing of this can be seen.
"""

import os
import signal
import threading

import pytest

from . import club

SEATS, WAITERS, FREED, BUYERS = 6, 12, 3, 8


# -- Inside Odoo -------------------------------------------------------------------


def found_queue(env) -> dict:
    """An event that is sold out, twelve who wait for it, and a desk."""
    product = env["product.product"].create(
        {
            "name": "Place",
            "type": "service",
            "service_tracking": "event",
            "list_price": 0,
            "taxes_id": False,
        }
    )
    values = {
        "date_begin": "2035-05-01 18:00:00",
        "date_end": "2035-05-01 22:00:00",
        "event_mail_ids": False,
        "seats_limited": True,
    }
    event, other = env["event.event"].create(
        [
            {
                **values,
                "name": name,
                "seats_max": seats,
                "event_ticket_ids": [
                    (0, 0, {"name": "Standard", "product_id": product.id})
                ],
            }
            for name, seats in (("Evening", SEATS), ("Another", 50))
        ]
    )
    ticket = event.event_ticket_ids
    taken = env["event.registration"].create(
        [
            {"event_id": event.id, "event_ticket_id": ticket.id, "name": f"Has {n}"}
            for n in range(SEATS)
        ]
    )
    people = env["res.partner"].create(
        [
            {"name": f"Waits {n}", "email": f"waits{n}@example.com"}
            for n in range(WAITERS)
        ]
    )
    for person in people:
        env["club.event.waiting"]._join(ticket, person)
    groups = env.ref("base.group_user") | env.ref("event.group_event_manager")
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Desk",
            "login": "desk",
            "password": "desk",
            "group_ids": [(6, 0, groups.ids)],
        }
    )
    return {
        "event": event.id,
        "ticket": ticket.id,
        "other": other.id,
        "product": product.id,
        "taken": taken.ids,
    }


def give_back(env, registrations: list[int]) -> None:
    env["event.registration"].browse(registrations).action_cancel()


def run_job(env) -> None:
    env["club.event.waiting"]._cron_offer()


def run_job_and_die(env, offers: int) -> None:
    """Run the job until it is killed in the midst of an offer."""
    Waiting = env.registry["club.event.waiting"]
    offer_one, done = Waiting._offer, []

    def count(self):
        made = offer_one(self)
        self.env.flush_all()
        done.append(self)
        if len(done) > offers:
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    Waiting._offer = count
    env["club.event.waiting"]._cron_offer()


def facts(env, event_id: int) -> dict:
    event = env["event.event"].browse(event_id)
    places = env["event.registration"].search(
        [("event_id", "=", event_id), ("club_has_place", "=", True)]
    )
    entries = env["club.event.waiting"].search([("event_id", "=", event_id)])
    offered = entries.filtered(lambda e: e.state == "offered")
    return {
        "places": len(places),
        "held": event.club_seats_held,
        "offered": len(offered),
        "first": offered == entries.sorted("id")[: len(offered)],
        "waiting": len(entries.filtered(lambda e: e.state == "waiting")),
        "of offers": len(places.club_waiting_id),
        "mails": env["mail.mail"].search_count(
            [("model", "=", "club.event.waiting"), ("subject", "ilike", "is free")]
        ),
    }


OFFERED = {
    "places": SEATS,
    "held": FREED,
    "offered": FREED,
    "first": True,
    "waiting": WAITERS - FREED,
    "of offers": FREED,
    "mails": FREED,
}


def past_the_queue(env, records: dict) -> list[str]:
    """Try each way in that changes what is there already; what each was told."""
    Registration = env["event.registration"]
    newcomer = env["res.partner"].create({"name": "Newcomer"})
    here = {"event_id": records["event"], "event_ticket_id": records["ticket"]}

    def reactivate():
        Registration.browse(records["taken"][0]).action_confirm()

    def move():
        other = Registration.create(
            {"event_id": records["other"], "partner_id": newcomer.id}
        )
        other.write(here)

    def hold():
        draft = {**here, "partner_id": newcomer.id, "state": "draft"}
        Registration.create(draft)._club_hold()

    def order():
        ticket = env["event.event.ticket"].browse(records["ticket"])
        ticket.price = 50
        line = {**here, "product_id": records["product"]}
        env["sale.order"].create(
            {"partner_id": newcomer.id, "order_line": [(0, 0, line)]}
        ).action_confirm()

    def pay():
        env["event.event.ticket"].browse(records["ticket"]).price = 50
        line = {**here, "product_id": records["product"]}
        env["sale.order"].create(
            {"partner_id": newcomer.id, "order_line": [(0, 0, line)]}
        )._club_hold_seats()

    return [_told(env, way) for way in (reactivate, move, hold, order, pay)]


def _told(env, way) -> str:
    from odoo.exceptions import UserError

    try:
        with env.cr.savepoint():
            way()
    except UserError as error:
        env.invalidate_all()
        return str(error)
    return f"{way.__name__} got in"


# -- Fixtures ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def queue_once(founded):
    return founded(found_queue)


@pytest.fixture
def queue(queue_once, fresh_db, inside):
    source, records = queue_once
    db = fresh_db(copy_of=source)
    return db, inside(db), records


# -- The job -----------------------------------------------------------------------


def test_two_jobs_at_once(queue, inside):
    """Three places are free: three are called, in their order, once each."""
    db, process, records = queue
    process(give_back, records["taken"][:FREED], commit=True)
    others = [inside(db), inside(db)]
    club.at_once(*[lambda p=p: p(run_job, commit=True) for p in others])
    process(run_job, commit=True)
    assert process(facts, records["event"]).value == OFFERED


def test_killed_in_the_midst_of_an_offer(queue, inside):
    """What was committed stands, with its mail; the rest is done by the next run."""
    db, process, records = queue
    process(give_back, records["taken"][:FREED], commit=True)
    with pytest.raises(Exception):  # noqa: B017 the process is gone
        inside(db)(run_job_and_die, 1, commit=True)
    found = process(facts, records["event"]).value
    assert (found["offered"], found["mails"], found["of offers"]) == (1, 1, 1), found
    for _again in range(2):
        process(run_job, commit=True)
    assert process(facts, records["event"]).value == OFFERED


# -- Newcomers ---------------------------------------------------------------------


def test_no_way_past_the_queue(queue):
    """Reactivated, moved, held, ordered and paid for: the place is not theirs."""
    _db, process, records = queue
    process(give_back, records["taken"][:FREED], commit=True)
    told = process(past_the_queue, records).value
    assert all("join the waiting list" in answer for answer in told), told


def test_buyers_rush_at_the_moment_of_the_release(queue, odoo_server, inside):
    """Eight keep asking while places are given back and offered: nobody passes."""
    db, process, records = queue
    server = odoo_server(db, 4)
    over = threading.Event()

    def buy(number):
        session, answers = server.rpc("desk"), []
        while not over.is_set() or len(answers) < 3:
            values = {
                "event_id": records["event"],
                "event_ticket_id": records["ticket"],
                "name": f"Buyer {number}",
            }
            try:
                answers.append(session("event.registration", "create", values))
            except Exception as error:
                answers.append(str(error))
        return answers

    jobs = [inside(db), inside(db)]

    def release():
        session = server.rpc("desk")
        try:
            for registration in records["taken"][:FREED]:
                cancelled = {"state": "cancel"}
                session("event.registration", "write", [registration], cancelled)
                club.at_once(*[lambda p=p: p(run_job, commit=True) for p in jobs])
        finally:
            over.set()

    *answers, released = club.at_once(
        *[lambda number=number: buy(number) for number in range(BUYERS)], release
    )
    assert released is None, released
    said = [answer for of_one in answers for answer in of_one]
    assert all("not enough places" in str(answer) for answer in said), said[:5]
    process(run_job, commit=True)
    assert process(facts, records["event"]).value == OFFERED
