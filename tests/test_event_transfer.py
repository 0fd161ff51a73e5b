"""Tickets change hands once, and guests stay within their number, at the same moment.

Real servers and connections: within one transaction nothing of this can be seen.
"""

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from . import club

ROUNDS = 4
LOCK_PERSON = "SELECT id FROM res_partner WHERE id = %s FOR UPDATE"
LOCK_OFFER = "SELECT id FROM club_event_transfer WHERE id = %s FOR UPDATE"
LOCK_PLACE = "SELECT id FROM event_registration WHERE id = %s FOR UPDATE"


# -- Inside Odoo -------------------------------------------------------------------


def found_evening(env) -> dict:
    product = env["product.product"].create(
        {
            "name": "Place",
            "type": "service",
            "service_tracking": "event",
            "list_price": 0,
            "taxes_id": False,
        }
    )
    event = env["event.event"].create(
        {
            "name": "Evening",
            "date_begin": "2035-05-01 18:00:00",
            "date_end": "2035-05-01 22:00:00",
            "event_mail_ids": False,
            "event_ticket_ids": [
                (
                    0,
                    0,
                    {
                        "name": "Standard",
                        "product_id": product.id,
                        "price": 0,
                        "club_guests_max": 1,
                    },
                )
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


def seat_somebody(env, event: int, name: str) -> dict:
    """Somebody with a place: person and registration."""
    event = env["event.event"].browse(event)
    person = env["res.partner"].create({"name": name, "email": f"{name}@example.com"})
    place = env["event.registration"].create(
        {
            "event_id": event.id,
            "event_ticket_id": event.event_ticket_ids.id,
            "partner_id": person.id,
            "club_attendee_id": person.id,
        }
    )
    return {"person": person.id, "place": place.id}


def offer_ticket(env, event: int, name: str) -> dict:
    made = seat_somebody(env, event, name)
    offer = env["club.event.transfer"]._offer(
        env["event.registration"].browse(made["place"]),
        env["res.partner"].browse(made["person"]),
        "guest@example.com",
    )
    return {**made, "offer": offer.id, "token": offer.token}


def guests_of(env, person: int) -> int:
    return env["event.registration"].search_count(
        [("club_brought_by_id", "=", person), ("state", "=", "open")]
    )


def ticket(env, place: int) -> dict:
    place = env["event.registration"].browse(place)
    return {
        "name": place.name,
        "state": place.state,
        "barcode": place.barcode,
        "offers": place.club_transfer_ids.mapped("state"),
        "notes": sum("Given by" in body for body in place.message_ids.mapped("body")),
    }


# -- From outside --------------------------------------------------------------------


@pytest.fixture(scope="module")
def evening_once(founded):
    return founded(found_evening)


@pytest.fixture
def evening(evening_once, fresh_db, inside):
    source, records = evening_once
    db = fresh_db(copy_of=source)
    return db, inside(db), records


def visitor(server, token: str):
    """A browser of its own that has opened the page; its form is sent on call."""
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar())
    )
    url = f"{server.url}/club/ticket/accept/{token}"
    page = browser.open(url).read().decode()
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def accept(name: str) -> tuple[int, str]:
        form = {
            "csrf_token": csrf,
            "answer": "accept",
            "name": name,
            "email": f"{name}@example.com",
            "consent": "1",
        }
        data = urllib.parse.urlencode(form).encode()
        try:
            answer = browser.open(f"{url}/answer", data)
            return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return accept


def wake(session) -> None:
    """Let every worker load its registry before they are timed."""
    calls = [lambda: session("event.event", "search_count", [])] * 8
    for _turn in range(2):
        club.at_once(*calls)


def test_four_accept_one_ticket(evening, odoo_server, psql):
    """One gets it, the others read that it was accepted; one new code, one note."""
    db, process, records = evening
    server = odoo_server(db, workers=4)
    for number in range(ROUNDS):
        made = process(
            offer_ticket, records["event"], f"Giver{number}", commit=True
        ).value
        before = process(ticket, made["place"]).value
        forms = [visitor(server, made["token"]) for _one in range(4)]
        answers = club.let_collide(
            psql(db),
            LOCK_OFFER,
            [made["offer"]],
            *(lambda form=form, n=n: form(f"Guest{n}") for n, form in enumerate(forms)),
        )
        codes = sorted(answer[0] for answer in answers)
        assert codes == [200, 422, 422, 422], answers
        for code, page in answers:
            if code == 422:
                assert "accepted already" in page
        after = process(ticket, made["place"]).value
        assert after["name"].startswith("Guest")
        assert after["barcode"] != before["barcode"]
        assert (after["offers"], after["notes"]) == (["accepted"], 1)


def test_accepted_and_cancelled_at_once(evening, odoo_server, psql):
    """Whichever comes first: never a cancelled ticket in the hands of a guest."""
    db, process, records = evening
    server = odoo_server(db, workers=4)
    session = server.rpc("desk")
    wake(session)
    for number in range(ROUNDS):
        made = process(
            offer_ticket, records["event"], f"Other{number}", commit=True
        ).value
        accept = visitor(server, made["token"])
        accepted, _cancelled = club.let_collide(
            psql(db),
            LOCK_PLACE,
            [made["place"]],
            lambda accept=accept: accept("Gleb"),
            lambda made=made: session(
                "event.registration", "action_cancel", [made["place"]]
            ),
        )
        after = process(ticket, made["place"]).value
        assert accepted[0] in (200, 422), accepted
        assert after["state"] == "cancel"
        got_it = after["offers"] == ["accepted"]
        assert got_it == (after["name"] == "Gleb") == (accepted[0] == 200)


def test_last_guest_from_two_tabs(evening, odoo_server, psql):
    """One guest is allowed: the second tab reads so, whichever it is."""
    db, process, records = evening
    session = odoo_server(db, workers=4).rpc("desk")
    wake(session)
    for number in range(ROUNDS):
        made = process(
            seat_somebody, records["event"], f"Host{number}", commit=True
        ).value

        def bring(name, made=made):
            values = {
                "event_id": records["event"],
                "event_ticket_id": records["ticket"],
                "partner_id": made["person"],
                "club_host_id": made["place"],
                "name": name,
                "email": f"{name}@example.com",
                "club_guest_consent": "2026-01-01 10:00:00",
            }
            return session("event.registration", "create", values)

        answers = club.let_collide(
            psql(db),
            LOCK_PERSON,
            [made["person"]],
            *(lambda n=n, bring=bring: bring(f"Guest{n}") for n in range(3)),
        )
        told = [a for a in answers if "may bring 1 guests" in str(a)]
        assert len(told) == 2, answers
        assert process(guests_of, made["person"]).value == 1
