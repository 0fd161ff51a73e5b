"""The last place that a voucher, a plan or a limit gives is given once.

Several connections to a real server with several workers: within one transaction, and
so in Odoo's own tests, nothing of this can be seen.
"""

import threading

import pytest

from bench.rush import DESK, found_event

from . import club

TRIES, CONNECTIONS, WORKERS = 24, 8, 4


# -- Inside Odoo -------------------------------------------------------------------


def found_scarce(env) -> dict:
    """A voucher of two places, a member with three included, and a limit of one."""
    records = found_event(env, seats=500, price=100)
    ticket = env["event.event.ticket"].browse(records["ticket"])
    benefit = env["club.benefit"].create({"name": "Evenings of the race"})
    ticket.club_benefit_id = benefit
    plan = env["club.plan"].create(
        {
            "name": "Race",
            "price": 10,
            "entitlement_ids": [
                (0, 0, {"kind": "service", "benefit_id": benefit.id, "quantity": 3})
            ],
        }
    )
    vera, ivan = env["res.partner"].create([{"name": "Vera"}, {"name": "Ivan"}])
    env["club.membership"].create(
        {
            "partner_id": vera.id,
            "plan_id": plan.id,
            "date_start": "2026-01-01",
            "date_end": "2036-01-01",
        }
    )
    limited = ticket.copy({"name": "One each", "club_limit": 1})
    voucher = env["club.event.voucher"].create(
        {"event_id": records["event"], "uses": 2, "reason": "Race"}
    )
    return {
        **records,
        "limited": limited.id,
        "voucher": voucher.id,
        "vera": vera.id,
        "ivan": ivan.id,
    }


def what_is_used(env, records: dict) -> dict:
    voucher = env["club.event.voucher"].browse(records["voucher"])
    row = env["club.entitlement"].search(
        [("partner_id", "=", records["vera"]), ("kind", "=", "service")]
    )
    registrations = env["event.registration"]
    return {
        "voucher": (voucher.used, len(voucher.use_ids)),
        "included": (row.used, len(row.use_ids)),
        "limited": registrations.search_count(
            [("event_ticket_id", "=", records["limited"]), ("state", "=", "open")]
        ),
        "places": registrations.search([("club_voucher_id", "!=", False)]).ids,
    }


# -- From outside ------------------------------------------------------------------


@pytest.fixture(scope="module")
def scarce_once(founded):
    return founded(found_scarce)


def race(server, call) -> tuple[list, list]:
    """``(results, sentences of refusal)`` of so many calls on so many connections."""
    left, lock = iter(range(TRIES)), threading.Lock()

    def run():
        session, answers = server.rpc(DESK), []
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                return answers
            try:
                answers.append(call(session, number))
            except Exception as error:
                answers.append(error)

    answers = sum(club.at_once(*[run] * CONNECTIONS), [])
    refused = [str(a) for a in answers if isinstance(a, Exception)]
    return [a for a in answers if not isinstance(a, Exception)], refused


def test_the_last_one_is_given_once(scarce_once, fresh_db, inside, odoo_server):
    source, records = scarce_once
    db = fresh_db(copy_of=source)
    server = odoo_server(db, WORKERS)
    base = {"event_id": records["event"], "event_ticket_id": records["ticket"]}

    def register(**values):
        return lambda session, _n: session(
            "event.registration", "create", {**base, **values}
        )

    voucher = {"club_voucher_id": records["voucher"], "partner_id": records["ivan"]}
    got, refused = race(server, register(**voucher))
    assert len(got) == 2, refused[:3]
    assert all("is used up" in text for text in refused), refused[:3]

    included = {"club_included": True, "partner_id": records["vera"]}
    got, refused = race(server, register(**included))
    assert len(got) == 3, refused[:3]
    assert all("No included place" in text for text in refused), refused[:3]

    limited = {"event_ticket_id": records["limited"], "partner_id": records["ivan"]}
    got, refused = race(server, register(**limited))
    assert len(got) == 1, refused[:3]
    assert all("may have 1 places" in text for text in refused), refused[:3]

    used = inside(db)(what_is_used, records).value
    assert used["voucher"] == (2, 2)
    assert used["included"] == (3, 3)
    assert used["limited"] == 1

    # eight windows cancel the same two places: each is given back once
    race(
        server,
        lambda session, n: session(
            "event.registration", "action_cancel", [used["places"][n % 2]]
        ),
    )
    assert inside(db)(what_is_used, records).value["voucher"] == (0, 0)
