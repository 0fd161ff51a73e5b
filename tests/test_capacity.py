"""Places are never sold twice, however many buyers press the button together.

Several Odoo processes and a real server with several workers: within one transaction,
and so in Odoo's own tests, nothing of this can be seen.
"""

import collections
import http.cookiejar
import json
import os
import re
import signal
import threading
import urllib.parse
import urllib.request

import psycopg2
import pytest

from . import club

BUYERS, PLACES, WORKERS = 12, 3, 4


# -- Inside Odoo -------------------------------------------------------------------


def found_scarce(env, buyers: int = BUYERS) -> dict:
    """A plan of three places, a demo provider, and people with a login."""
    records = club.found_club(env)
    plan = env["club.plan"].browse(records["plan"])
    plan.capacity = PLACES
    provider = env.ref("payment.payment_provider_demo")
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    provider.write({"state": "test", "is_published": True, "journal_id": journal.id})
    portal = env.ref("base.group_portal")
    people = env["res.users"].with_context(no_reset_password=True)
    people = people.create(
        [
            {
                "name": f"Buyer {number}",
                "login": f"buyer{number}",
                "password": f"buyer{number}",
                "email": f"buyer{number}@example.com",
                "group_ids": [(6, 0, portal.ids)],
            }
            for number in range(buyers)
        ]
    )
    return {
        **records,
        "people": people.partner_id.ids,
        "provider": provider.id,
        "method": env.ref("payment_demo.payment_method_demo").id,
    }


def quotations(env, plan_id: int, people: list[int]) -> list[int]:
    """Quotations that were sent while nobody had a place."""
    orders = env["sale.order"]
    plan = env["club.plan"].browse(plan_id)
    for person in env["res.partner"].browse(people):
        order = plan._make_offer(person)
        order.action_quotation_sent()
        order._portal_ensure_token()
        orders |= order
    return [(order.id, order.access_token) for order in orders]


def confirmed_invoices(env, plan_id: int, people: list[int]) -> list[int]:
    """Invoices of orders whose holds have lapsed: the money comes late, all at once."""
    invoices = []
    plan = env["club.plan"].browse(plan_id)
    for person in env["res.partner"].browse(people):
        order = plan._make_offer(person)
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        invoices.append(invoice.id)
        env.flush_all()
        env.cr.execute("UPDATE club_place SET held_until = '2020-01-01'")
        env.invalidate_all()
        env["club.place"]._lapsed()._release()
    return invoices


def post_process(env) -> None:
    """As the job does, but a failure is this test's."""
    for transaction in env["payment.transaction"].search(
        [("state", "=", "done"), ("is_post_processed", "=", False)]
    ):
        transaction._post_process()


def offer(env) -> None:
    env["club.waiting"]._cron_offer()


def queue_up(env, plan_id: int, people: list[int]) -> None:
    plan = env["club.plan"].browse(plan_id)
    for person in env["res.partner"].browse(people):
        env["club.waiting"]._join(plan, person)


def offer_and_die(env, offers: int) -> None:
    """Run the job until it is killed in the midst of an offer."""
    Waiting = env.registry["club.waiting"]
    offer_one, done = Waiting._offer, []

    def count(self):
        offer_one(self)
        self.env.flush_all()
        done.append(self)
        if len(done) > offers:
            os.kill(os.getpid(), signal.SIGKILL)

    Waiting._offer = count
    env["club.waiting"]._cron_offer()


def facts(env, plan_id: int) -> dict:
    memberships = env["club.membership"].search([("plan_id", "=", plan_id)])
    live = memberships.filtered(lambda m: m.state == "active")
    places = env["club.place"].search([("plan_id", "=", plan_id)])
    paid = env["account.move"].search(
        [
            ("move_type", "=", "out_invoice"),
            ("payment_state", "in", ("paid", "in_payment")),
        ]
    )
    return {
        "members": len(live),
        "places": len(places),
        "holders": len(places.filtered("partner_id")),
        "members without a place": len(live.partner_id - places.partner_id),
        "waiting": env["club.waiting"].search_count(
            [("plan_id", "=", plan_id), ("state", "=", "waiting")]
        ),
        "waiting and paid": env["club.waiting"].search_count(
            [
                ("plan_id", "=", plan_id),
                ("state", "=", "waiting"),
                ("is_paid", "=", True),
            ]
        ),
        "offered": env["club.waiting"].search_count(
            [("plan_id", "=", plan_id), ("state", "=", "offered")]
        ),
        "offers mailed": env["mail.mail"].search_count(
            [("model", "=", "club.waiting"), ("subject", "ilike", "is free")]
        ),
        "charged": env["payment.transaction"].search_count([("state", "=", "done")]),
        "transactions": env["payment.transaction"].search_count([]),
        "paid invoices": len(paid),
    }


CITIES = {"Kazan": (2, 8), "Perm": (2, 2)}  # places, buyers; two have no city


def divide_by_city(env, plan_id: int, people: list[int]) -> list[list[int]]:
    """The first so many people live in the first city, and so on.

    Returns the people of each city, then those without one.
    """
    left = env["res.partner"].browse(people)
    groups = []
    for name, (places, count) in CITIES.items():
        city = env["club.chapter"].create({"name": name})
        values = {"plan_id": plan_id, "chapter_id": city.id, "places": places}
        env["club.plan.chapter"].create(values)
        left[:count].club_chapter_id = city
        groups.append(left[:count].ids)
        left = left[count:]
    return [*groups, left.ids]


def facts_by_city(env, plan_id: int) -> dict:
    """Members, places with and without holder, and the queue: counted by city."""
    counted = {
        "members": ("club.membership", [("state", "=", "active")], "partner_id."),
        "holders": ("club.place", [("partner_id", "!=", False)], ""),
        "free": ("club.place", [("partner_id", "=", False)], ""),
        "waiting": ("club.waiting", [("state", "=", "waiting")], ""),
    }
    return {
        title: dict(
            collections.Counter(
                record.mapped(f"{path}{'club_' if path else ''}chapter_id").name
                for record in env[model].search([("plan_id", "=", plan_id), *domain])
            )
        )
        for title, (model, domain, path) in counted.items()
    }


# -- Fixtures ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def scarce_once(founded):
    return founded(found_scarce, install=("payment_demo",))


@pytest.fixture
def scarce(scarce_once, fresh_db, inside):
    source, records = scarce_once
    db = fresh_db(copy_of=source)
    return db, inside(db), records


class Browser:
    """Somebody with a cookie jar, logged in or not."""

    def __init__(self, server, login: str = ""):
        self.url = server.url
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar)
        )
        if login:
            self.post("/web/login", {"login": login, "password": login})

    def get(self, path: str) -> str:
        with self.opener.open(self.url + path) as answer:
            return answer.read().decode()

    def token(self, path: str) -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', self.get(path)).group(1)

    def post(self, path: str, values: dict, form: str = "", token: str = ""):
        token = token or self.token(form or path)
        data = urllib.parse.urlencode({**values, "csrf_token": token}).encode()
        with self.opener.open(self.url + path, data) as answer:
            return answer.url, answer.read().decode()

    def rpc(self, path: str, **params):
        request = urllib.request.Request(
            self.url + path,
            json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request) as answer:
            return json.load(answer)


def pay_by_card(server, records: dict, order: int, token: str) -> str:
    """What the payment form does: make the transaction, then the card says yes."""
    browser = Browser(server)
    made = browser.rpc(
        f"/my/orders/{order}/transaction",
        access_token=token,
        provider_id=records["provider"],
        payment_method_id=records["method"],
        token_id=None,
        amount=1000.0,
        flow="direct",
        tokenization_requested=False,
        landing_route="/my",
        is_validation=False,
    )
    if "error" in made:
        return made["error"]["data"]["message"]
    done = browser.rpc(
        "/payment/demo/simulate_payment",
        reference=made["result"]["reference"],
        simulated_state="done",
    )
    return "paid" if "error" not in done else str(done["error"])


# -- Buyers ------------------------------------------------------------------------


def test_twelve_pay_for_the_last_three_places(scarce, odoo_server):
    """Three are members; nine are told so before anything was charged."""
    db, process, records = scarce
    server = odoo_server(db, WORKERS)
    sent = process(quotations, records["plan"], records["people"], commit=True).value
    answers = club.at_once(
        *[
            lambda order=order, token=token: pay_by_card(server, records, order, token)
            for order, token in sent
        ]
    )
    process(post_process, commit=True)
    assert answers.count("paid") == PLACES, answers
    told = [answer for answer in answers if answer != "paid"]
    assert all("nothing was charged" in str(answer) for answer in told), answers
    found = process(facts, records["plan"]).value
    assert found["charged"] == found["members"] == found["holders"] == PLACES, found
    assert found["transactions"] == PLACES
    assert found["members without a place"] == 0


def buy_or_wait(server, gate, number: int, plan: int) -> str:
    """Press "Join and pay", and "Join the waiting list" where there is no place.

    Everybody is logged in before anybody presses the button.
    """
    browser = Browser(server, f"buyer{number}")
    token = browser.token("/my/club")
    gate.wait()
    url, page = browser.post(f"/my/club/buy/{plan}", {}, token=token)
    if "/my/orders/" in url:
        order = int(re.search(r"/my/orders/(\d+)", url).group(1))
        return f"order {order}"
    assert "nothing was charged" in page, page[:500]
    url, page = browser.post(f"/my/club/wait/{plan}", {}, token=token)
    assert "Your place in the queue" in page, page[:500]
    return "waits"


def test_twelve_press_join_for_three_places(scarce, odoo_server):
    """Three have an order and its place, nine are in the queue, each at a number."""
    gate = threading.Barrier(BUYERS)
    db, process, records = scarce
    server = odoo_server(db, WORKERS)
    answers = club.at_once(
        *[
            lambda number=number: buy_or_wait(server, gate, number, records["plan"])
            for number in range(BUYERS)
        ]
    )
    orders = [answer for answer in answers if str(answer).startswith("order")]
    assert len(orders) == PLACES, answers
    assert answers.count("waits") == BUYERS - PLACES, answers
    found = process(facts, records["plan"]).value
    assert found["holders"] == found["places"] == PLACES
    assert found["waiting"] == BUYERS - PLACES


def pay_or_wait(server, records: dict, order: int, token: str, number: int) -> str:
    """Pay by card; whoever is told that there is no place joins the queue."""
    answer = pay_by_card(server, records, order, token)
    if answer != "paid":
        plan = records["plan"]
        browser = Browser(server, f"buyer{number}")
        page = browser.post(f"/my/club/wait/{plan}", {}, form="/my/club")[1]
        assert "Your place in the queue" in page, page[:500]
    return answer


def test_the_last_places_of_a_city(scarce, odoo_server):
    """Eight want the two places of their city; nobody else notices."""
    db, process, records = scarce
    people = records["people"]
    of_city, *others = process(
        divide_by_city, records["plan"], people, commit=True
    ).value
    sent = process(quotations, records["plan"], people, commit=True).value
    server = odoo_server(db, WORKERS)
    answers = club.at_once(
        *[
            lambda number=number, order=order: pay_or_wait(
                server, records, *order, number
            )
            for number, order in enumerate(sent)
        ]
    )
    process(post_process, commit=True)
    wanted, unmoved = answers[: len(of_city)], answers[len(of_city) :]
    told = [answer for answer in wanted if answer != "paid"]
    places = CITIES["Kazan"][0]
    assert len(told) == len(of_city) - places, answers
    sentence = "All 2 places of “Gold” for Kazan are taken or promised"
    assert all(sentence in str(answer) for answer in told), answers
    assert all("nothing was charged" in str(answer) for answer in told), answers
    assert unmoved == ["paid"] * sum(map(len, others)), answers
    found = process(facts_by_city, records["plan"]).value
    held = {"Kazan": places, "Perm": 2, False: 2}
    assert found["members"] == found["holders"] == held, found
    assert found["free"] == {False: PLACES - 2}, found
    assert found["waiting"] == {"Kazan": len(told)}, found
    found = process(facts, records["plan"]).value
    assert found["charged"] == found["transactions"] == sum(held.values()), found
    assert found["members without a place"] == 0


def test_late_money_of_twelve_at_once(scarce, odoo_server):
    """Paid after the hold: three start, nine stay paid and first in the queue."""
    db, process, records = scarce
    invoices = process(
        confirmed_invoices, records["plan"], records["people"], commit=True
    ).value
    server = odoo_server(db, WORKERS)
    session = server.rpc()
    left = list(invoices)
    for _again in range(10):  # a manager whose screen says "try again" does
        answers = club.at_once(
            *[lambda invoice=invoice: club.pay(session, invoice) for invoice in left]
        )
        left = [
            invoice
            for invoice, answer in zip(left, answers, strict=True)
            if isinstance(answer, Exception)
        ]
        if not left:
            break
    assert not left, answers
    found = process(facts, records["plan"]).value
    assert found["paid invoices"] == BUYERS
    assert found["members"] == found["holders"] == PLACES
    assert found["members without a place"] == 0
    assert found["waiting and paid"] == BUYERS - PLACES


def test_bare_counting_would_oversell(scarce, psql):
    """The trap itself: two snapshots, each of which sees the last place free."""
    db, _process, records = scarce
    one, other = psql(db), psql(db)
    for connection in (one, other):
        connection.set_session(isolation_level="REPEATABLE READ")
    count = "SELECT count(*) FROM club_place WHERE partner_id IS NULL"
    take = (
        "UPDATE club_place SET partner_id = %s WHERE id = ("
        "SELECT min(id) FROM club_place WHERE partner_id IS NULL)"
    )
    with one.cursor() as first, other.cursor() as second:
        first.execute(count)
        second.execute(count)
        assert first.fetchone() == second.fetchone() == (PLACES,)
        first.execute(take, [records["people"][0]])
        one.commit()
        with pytest.raises(psycopg2.errors.SerializationFailure):
            second.execute(take, [records["people"][1]])


# -- The queue's job ---------------------------------------------------------------


def test_offers_killed_and_run_again(scarce, inside, psql):
    """Killed in the midst of an offer: nothing is offered twice or forgotten."""
    db, process, records = scarce
    process(queue_up, records["plan"], records["people"], commit=True)
    for already in (0, 1):
        with pytest.raises(RuntimeError, match="process has died"):
            inside(db)(offer_and_die, already)
    process(offer, commit=True)
    process(offer, commit=True)
    found = process(facts, records["plan"]).value
    assert found["offered"] == found["offers mailed"] == found["holders"] == PLACES
    assert found["waiting"] == BUYERS - PLACES


def test_offers_by_two_processes_at_once(scarce, inside):
    db, process, records = scarce
    process(queue_up, records["plan"], records["people"], commit=True)
    other = inside(db)
    club.at_once(lambda: process(offer, commit=True), lambda: other(offer, commit=True))
    process(offer, commit=True)
    found = process(facts, records["plan"]).value
    assert found["offered"] == found["offers mailed"] == found["holders"] == PLACES
    assert found["waiting"] == BUYERS - PLACES


# -- The public form ---------------------------------------------------------------


def limit_tries(env, limit: int) -> None:
    env["ir.config_parameter"].set_param("club_community.apply_per_address", str(limit))


def applications(env) -> int:
    return env["crm.lead"].search_count([("club_plan_id", "!=", False)])


def apply(server, plan: int, email: str) -> str:
    values = {"name": "Vera", "email": email, "channel": "email", "text": "Hello"}
    return Browser(server).post(f"/club/join/{plan}", values)[1]


def test_form_is_limited_over_all_workers(scarce, odoo_server):
    """Twelve at once from one address, five allowed: never more than five pass.

    All note their try before any counts, so of a burst even fewer may pass.
    """
    db, process, records = scarce
    process(limit_tries, 5, commit=True)
    server = odoo_server(db, WORKERS)
    pages = club.at_once(
        *[
            lambda n=n: apply(server, records["plan"], f"v{n}@example.com")
            for n in range(BUYERS)
        ]
    )
    received = sum("Thank you!" in str(page) for page in pages)
    refused = sum("many applications from here" in str(page) for page in pages)
    assert received + refused == BUYERS, pages
    assert received <= 5
    assert process(applications).value == received
    page = apply(server, records["plan"], "late@example.com")
    assert "many applications from here" in page


def test_double_click_is_one_application(scarce, odoo_server):
    db, process, records = scarce
    server = odoo_server(db, WORKERS)
    pages = club.at_once(
        *[lambda: apply(server, records["plan"], "vera@example.com")] * 4
    )
    assert all("We answer by" in str(page) for page in pages), pages
    assert process(applications).value == 1
