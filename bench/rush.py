"""A rush for the seats of an event: many buyers, few seats, a real server.

Used by the tests (``tests/test_event_rush.py``) and by the bench, on a database with
ours or on stock's own: it knows no model of ours.
"""

import contextlib
import http.client
import http.cookiejar
import json
import re
import statistics
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from club_dev import console, odoo, paths, serve

BUYERS, SEATS = 200, 50
DESK = "rush_desk"


# -- Inside Odoo -------------------------------------------------------------------


def found_event(env, seats=SEATS, price=0, letters=False, at_once=True) -> dict:
    """An event with so many seats, and somebody who may register people.

    :param letters: whether it keeps its confirmation mail
    :param at_once: whether stock would write the letters in the buyer's request
    """
    env["ir.config_parameter"].set_param("event.event_mail_async", not at_once)
    product = env["product.product"].create(
        {
            "name": "Place",
            "type": "service",
            "service_tracking": "event",
            "list_price": price,
            "taxes_id": False,
        }
    )
    ticket = {"name": "Standard", "product_id": product.id, "price": price}
    values = {} if letters else {"event_mail_ids": False}
    if "website_published" in env["event.event"]._fields:
        values["website_published"] = True
    event = env["event.event"].create(
        {
            "name": "Rush",
            "date_begin": "2035-05-01 18:00:00",
            "date_end": "2035-05-01 22:00:00",
            "seats_limited": True,
            "seats_max": seats,
            "event_ticket_ids": [(0, 0, ticket)],
            **values,
        }
    )
    found = {"event": event.id, "ticket": event.event_ticket_ids.id}
    found["email"] = event.question_ids.filtered(
        lambda q: q.question_type == "email"
    ).id
    desk = env["res.users"].search([("login", "=", DESK)])
    if not desk:
        groups = env.ref("base.group_user") | env.ref("event.group_event_manager")
        desk = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Desk",
                    "login": DESK,
                    "password": DESK,
                    "group_ids": [(6, 0, groups.ids)],
                }
            )
        )
    return {**found, "desk": desk.id}


def buyer(records: dict, number: int) -> dict:
    """Values of a registration for the event that ``found_event`` has made."""
    return {
        "event_id": records["event"],
        "event_ticket_id": records["ticket"],
        "name": f"Buyer {number}",
        "email": f"buyer{number}@example.com",
    }


def seated(env, event: int) -> int:
    return env["event.registration"].search_count(
        [("event_id", "=", event), ("state", "in", ("open", "done"))]
    )


# -- A server ----------------------------------------------------------------------


@dataclass
class Server:
    """What a rush needs to know of a running Odoo."""

    url: str
    db: str


@contextlib.contextmanager
def server(db: str, workers: int, *options: str) -> Iterator[Server]:
    port = serve.free_port()
    log = paths.LOGS / f"{db}-rush.log"
    process = odoo.start(
        *("server", "-d", db, f"--db-filter=^{db}$", f"--workers={workers}"),
        *(f"--http-port={port}", f"--gevent-port={serve.free_port()}"),
        *("--max-cron-threads=0", *options),
        log=log,
    )
    try:
        serve.wait_for(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", db)
    finally:
        console.end_process(process)
        log.unlink(missing_ok=True)


# -- Ways in -----------------------------------------------------------------------

SEATED, TOLD, FAILED = "seated", "told that it is full", "failed"


class ByRpc:
    """Registered over XML-RPC by the desk."""

    def __init__(self, server, records: dict):
        self.server, self.records = server, records
        common = xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/common")
        self.signed = (server.db, common.authenticate(server.db, DESK, DESK, {}), DESK)

    def __call__(self, number: int) -> tuple[str, object]:
        models = xmlrpc.client.ServerProxy(f"{self.server.url}/xmlrpc/2/object")
        values = [buyer(self.records, number)]
        try:
            made = models.execute_kw(
                *self.signed, "event.registration", "create", values
            )
            return SEATED, made
        except xmlrpc.client.Fault as fault:
            is_full = "not enough" in fault.faultString
            return (TOLD if is_full else FAILED), fault.faultString


class ByWebClient:
    """Registered by the desk in Odoo's own screens: JSON, a session, one connection."""

    def __init__(self, server, records: dict):
        self.server, self.records, self.cookie = server, records, ""
        self.connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        signed = {"db": server.db, "login": DESK, "password": DESK}
        assert self._call("/web/session/authenticate", signed)["result"]["uid"]

    def __call__(self, number: int) -> tuple[str, object]:
        values = {"args": [[buyer(self.records, number)]], "kwargs": {}}
        values.update(model="event.registration", method="create")
        path = "/web/dataset/call_kw/event.registration/create"
        answer = self._call(path, values)
        if "result" in answer:
            return SEATED, answer["result"][0]
        words = answer["error"]["data"]["message"]
        return (TOLD if "not enough" in words else FAILED), words

    def _call(self, path: str, params: dict) -> dict:
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        self.connection.request("POST", path, body.encode(), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if found := re.search("session_id=[^;]+", answer.headers.get("Set-Cookie", "")):
            self.cookie = found[0]
        return json.loads(text)


class ByWebsite:
    """Stock's public pages: the form of an event, filled in by a visitor."""

    def __init__(self, server, records: dict):
        self.server, self.records = server, records

    def __call__(self, number: int) -> tuple[str, object]:
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        url = f"{self.server.url}/event/{self.records['event']}"
        try:
            page = opener.open(f"{url}/register").read().decode()
            token = re.search(r'csrf_token: "([^"]+)"', page)[1]
            form = {
                "csrf_token": token,
                "1-event_ticket_id": self.records["ticket"],
                f"1-email-{self.records['email']}": f"buyer{number}@example.com",
            }
            data = urllib.parse.urlencode(form).encode()
            answer = opener.open(f"{url}/registration/confirm", data)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            is_full = error.code == 422 and "not enough" in text
            return (TOLD if is_full else FAILED), f"{error.code}: {text[:2000]}"
        except TypeError:  # no form on the page of an event that is full
            return TOLD, "no form"
        is_full = "insufficient_seats" in answer.url
        return (TOLD if is_full else SEATED), answer.url


# -- The rush ----------------------------------------------------------------------


@dataclass
class Outcome:
    """What the buyers got."""

    answers: list  # (kind, detail, seconds)
    selling: float  # seconds until the last seat was sold

    def count(self, kind: str) -> int:
        return sum(answer[0] == kind for answer in self.answers)

    def failures(self) -> list:
        return [detail for kind, detail, _s in self.answers if kind == FAILED]

    def times(self, kind: str) -> list[float]:
        return [seconds for of, _detail, seconds in self.answers if of == kind]

    @property
    def sold_per_second(self) -> float:
        """Of the time in which there were seats to sell."""
        return self.count(SEATED) / max(self.selling, 0.001)

    def typical(self, kind: str) -> float:
        times = self.times(kind)
        return statistics.median(times) if times else float("nan")

    def worst(self) -> float:
        return max(seconds for _k, _d, seconds in self.answers)


def rush(way: Callable, connections: int, buyers: int = BUYERS) -> Outcome:
    """Let so many buyers in over so many connections.

    :param way: makes the call of one connection, e.g. ``lambda: ByRpc(server, event)``
    """
    numbers, lock = iter(range(buyers)), threading.Lock()
    calls = [way() for _connection in range(connections)]
    gate = threading.Barrier(connections)
    answers, sold_at = [], []

    def buy(call):
        gate.wait()
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            started = time.perf_counter()
            kind, detail = call(number)
            ended = time.perf_counter()
            with lock:
                answers.append((kind, detail, ended - started))
                if kind == SEATED:
                    sold_at.append(ended)

    threads = [threading.Thread(target=buy, args=(call,)) for call in calls]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Outcome(answers, max(sold_at, default=started) - started)
