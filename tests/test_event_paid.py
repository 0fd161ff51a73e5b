"""Money for tickets, on a real server: nobody pays without a place and keeps waiting.

Buyers are on the provider's page when the rush begins, their holds expire meanwhile, a
provider is paid with for the first time by forty at once, there is no program for PDFs,
and the job that gives money back is killed wherever it hurts.
"""

import json
import os
import re
import signal
import threading
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from bench.rush import found_event
from bench.rush_ways import pay_at_demo

from . import club
from .test_paid_by_card import PDF_PROGRAM, folders_without

CONNECTIONS = 10


# -- Inside Odoo -------------------------------------------------------------------


def found_shop(env, seats: int, buyers: int, tickets: int = 1) -> dict:
    """An event with a price, a fresh demo provider, and a quotation for each buyer."""
    env["account.chart.template"].try_loading("generic_coa", company=env.company)
    records = found_event(env, seats, price=100, letters=True)
    product = env["event.event.ticket"].browse(records["ticket"]).product_id
    people = env["res.partner"].create(
        [{"name": f"Buyer {n}", "email": f"b{n}@example.com"} for n in range(buyers)]
    )
    orders = env["sale.order"].create(
        [
            {
                "partner_id": person.id,
                "require_payment": True,
                "require_signature": False,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "event_id": records["event"],
                            "event_ticket_id": records["ticket"],
                            "product_uom_qty": tickets,
                        },
                    )
                ],
            }
            for person in people
        ]
    )
    orders.action_quotation_sent()
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    return {
        **records,
        "provider": provider.id,
        "method": provider.payment_method_ids[:1].id,
        "orders": [(order.id, order._portal_ensure_token()) for order in orders],
    }


def switch_on(env, provider_id: int) -> None:
    provider = env["payment.provider"].browse(provider_id)
    provider.write({"state": "test", "is_published": True})


def switch_on_as_stock_leaves_it(env, provider_id: int) -> None:
    """Switched on, and never looked at since: without its way into a journal."""
    switch_on(env, provider_id)
    env.flush_all()
    env.cr.execute(
        "DELETE FROM account_payment_method_line WHERE payment_provider_id = %s",
        [provider_id],
    )


def break_provider(env, provider_id: int) -> int:
    """What stock made of it: several ways into one journal."""
    switch_on(env, provider_id)
    provider = env["payment.provider"].browse(provider_id)
    line = env["account.payment.method.line"].search(
        [("payment_provider_id", "=", provider_id)]
    )
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO account_payment_method_line
               (name, sequence, payment_method_id, journal_id, payment_account_id,
                payment_provider_id)
        SELECT name || ' ' || n, sequence, payment_method_id, journal_id,
               payment_account_id, payment_provider_id
          FROM account_payment_method_line, generate_series(1, 2) n WHERE id = %s
        """,
        [line.id],
    )
    env.invalidate_all()
    return len(provider.journal_id.inbound_payment_method_line_ids)


def expire_holds(env, event_id: int) -> None:
    env.cr.execute(
        """
        UPDATE event_registration SET club_held_until = now() AT TIME ZONE 'UTC'
               - interval '1 minute' WHERE event_id = %s AND state = 'draft'
        """,
        [event_id],
    )


def post_process(env) -> None:
    env["payment.transaction"]._cron_post_process()


def write_letters(env) -> dict:
    """Stock's job of letters; what it made, and whether it could have made a PDF."""
    env["event.mail"].schedule_communications()
    mails = env["mail.mail"].search([("model", "=", "event.registration")])
    schedulers = env["event.mail"].search([])
    return {
        "letters": len(mails),
        "files": len(mails.attachment_ids),
        "failed": sum(bool(one.error_datetime) for one in schedulers),
        "pdf": env["ir.actions.report"].get_wkhtmltopdf_state(),
    }


def give_back(env) -> None:
    env["club.event.refund"]._cron_give_back()


def account(env, event_id: int) -> dict:
    """Of each order: what was paid, what has a place, and what went back."""
    event = env["event.event"].browse(event_id)
    lines = env["sale.order.line"].search([("event_id", "=", event_id)])
    wrong, seated, returned = [], 0, 0
    for order in lines.order_id:
        taken = order.transaction_ids.filtered(
            lambda tx: tx.state == "done" and tx.operation != "refund"
        )
        refunds = taken.child_transaction_ids.filtered(lambda tx: tx.state == "done")
        kept = sum(taken.mapped("amount")) + sum(refunds.mapped("amount"))
        places = order.order_line.registration_ids.filtered(
            lambda r: r.state in ("open", "done")
        )
        worth = sum(
            line.price_unit * len(line.registration_ids & places)
            for line in order.order_line
        )
        seated += len(places)
        returned += len(refunds)
        if abs(kept - worth) > 0.005:
            wrong.append((order.name, order.state, kept, worth))
    payments = env["account.payment"].search([("payment_transaction_id", "!=", False)])
    return {
        "wrong": wrong,
        "seated": seated,
        "on_event": event.seats_taken,
        "returned": returned,
        "sold": len(lines.order_id.filtered(lambda order: order.state == "sale")),
        "rows": Counter(
            env["club.event.refund"].search([("id", ">", 0)]).mapped("state")
        ),
        "unprocessed": env["payment.transaction"].search_count(
            [("is_post_processed", "=", False), ("state", "=", "done")]
        ),
        "payments": len(payments),
        "lines": env["account.payment.method.line"].search_count(
            [("payment_provider_id.code", "=", "demo"), ("journal_id", "!=", False)]
        ),
    }


# -- Buyers ----------------------------------------------------------------------------


class Buyer:
    """A browser of somebody who pays a quotation in the portal, without JavaScript."""

    def __init__(self, server, shop, order: int, token: str):
        self.server, self.shop = server, shop
        self.order, self.token = order, token
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.statuses = []

    def _json(self, path: str, **params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.server.url + path,
            body.encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with self.opener.open(request, timeout=120) as answer:
                self.statuses.append(answer.status)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            self.statuses.append(error.code)
            return {"error": {"message": str(error)}}

    def start(self) -> str:
        """Go to the provider's page; the reference, or why it was refused."""
        page = f"/my/orders/{self.order}?access_token={self.token}"
        with self.opener.open(self.server.url + page, timeout=120) as answer:
            found = re.search(r'data-amount="([\d.]+)"', answer.read().decode())
            self.statuses.append(answer.status)
        answer = self._json(
            f"/my/orders/{self.order}/transaction",
            access_token=self.token,
            provider_id=self.shop["provider"],
            payment_method_id=self.shop["method"],
            token_id=None,
            amount=float(found[1]) if found else 100.0,
            flow="direct",
            tokenization_requested=False,
            landing_route=f"/my/orders/{self.order}",
        )
        self.reference = answer.get("result", {}).get("reference")
        return self.reference or answer["error"]["data"]["message"]

    def pay(self) -> bool:
        """See ``pay_at_demo``."""
        return pay_at_demo(self._json, self.reference)


def each(buyers, call, connections: int = CONNECTIONS) -> list:
    """Call ``call`` for each buyer, so many at a time."""
    left, lock = iter(buyers), threading.Lock()

    def work():
        answers = []
        while True:
            with lock:
                buyer = next(left, None)
            if buyer is None:
                return answers
            answers.append(call(buyer))

    return sum(club.at_once(*[work] * connections), [])


def no_500(buyers, server) -> None:
    statuses = Counter(status for buyer in buyers for status in buyer.statuses)
    assert set(statuses) == {200}, statuses


# -- The tests -------------------------------------------------------------------------


@pytest.fixture
def shop(fresh_db, inside, odoo_server):
    """Found a shop and serve it: ``shop(seats=, buyers=, before=function)``."""

    def found(seats, buyers, tickets=1, before=switch_on):
        db = fresh_db(install=("payment_demo",))
        process = inside(db)
        records = process(found_shop, seats, buyers, tickets, commit=True).value
        before and process(before, records["provider"], commit=True)
        server = odoo_server(db, 4)
        people = [Buyer(server, records, *order) for order in records["orders"]]
        return process, records, server, people

    return found


def settle(process, event: int) -> dict:
    """What the jobs do, and then the account."""
    process(post_process, commit=True)
    process(give_back, commit=True)
    return process(account, event).value


def test_rush_while_buyers_are_on_the_providers_page(shop):
    """Forty at the provider for twenty places: whose hold ended may be too late."""
    process, records, server, people = shop(seats=20, buyers=60)
    first = people[:20]
    answers = each(first, Buyer.start)
    assert all(buyer.reference for buyer in first), answers
    process(expire_holds, records["event"], commit=True)
    second = people[20:40]
    answers = each(second, Buyer.start)  # they hold all places now
    assert all(buyer.reference for buyer in second), answers
    late = people[40:]
    refused = each(late, Buyer.start)
    assert not [buyer for buyer in late if buyer.reference], refused
    # and while they pay, the holds of the second end too
    paying = [buyer for pair in zip(first, second, strict=True) for buyer in pair]
    process(expire_holds, records["event"], commit=True)
    assert all(each(paying, Buyer.pay))
    no_500(people, server)
    found = settle(process, records["event"])
    assert not found["wrong"]
    assert found["seated"] == found["on_event"] == found["sold"] == 20
    assert found["returned"] == 20
    assert found["rows"] == {"done": 20}
    assert not found["unprocessed"]


@pytest.mark.parametrize(
    "before", [switch_on_as_stock_leaves_it, break_provider], ids=["fresh", "broken"]
)
def test_first_concurrent_payments_of_a_provider(shop, before):
    process, records, server, people = shop(seats=40, buyers=40, before=before)
    answers = each(people, Buyer.start)
    assert all(buyer.reference for buyer in people), answers
    assert all(each(people, Buyer.pay))
    no_500(people, server)
    found = settle(process, records["event"])
    assert not found["wrong"]
    assert found["sold"] == found["seated"] == found["payments"] == 40
    assert found["lines"] == 1


def test_no_program_for_pdfs(shop, monkeypatch):
    monkeypatch.setenv("PATH", os.pathsep.join(folders_without(PDF_PROGRAM)))
    process, records, server, people = shop(seats=4, buyers=2)
    assert all(each(people, Buyer.start, 2))
    assert all(each(people, Buyer.pay, 2))
    no_500(people, server)
    found = settle(process, records["event"])
    assert not found["wrong"]
    assert found["sold"] == 2
    letters = process(write_letters).value
    assert letters["pdf"] == "install", "this machine makes PDFs"
    assert letters == {**letters, "letters": 2, "files": 0, "failed": 0}


# -- Killed ----------------------------------------------------------------------------


def owe(env, records: dict) -> None:
    """Every order was paid, and is to be given back."""
    provider = env["payment.provider"].browse(records["provider"])
    for order_id, _token in records["orders"]:
        order = env["sale.order"].browse(order_id)
        transaction = env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": records["method"],
                "reference": order.name,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [(6, 0, order.ids)],
            }
        )
        transaction._set_done()
        transaction._post_process()
        order.order_line.registration_ids.action_cancel()
        env["club.event.refund"]._club_owe(order, order.amount_total, "rule")


def run_job(env, death: dict, bank: str) -> int:
    """Run the job in a copy of this process, which may be killed; its wait status."""
    env.cr.commit()  # the copy must not wait for us
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    try:
        _run_in_copy(env.registry, death, Path(bank))
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _run_in_copy(registry, death, bank):
    from odoo import sql_db
    from odoo.api import SUPERUSER_ID, Environment

    sql_db._Pool = None  # the sockets in it are our parent's
    registry._db = sql_db.db_connect(registry.db_name)
    _die_at_query(sql_db.Cursor, death.get("query"))
    _ask_bank(registry["payment.transaction"], bank, death)
    with registry.cursor() as cr:
        Environment(cr, SUPERUSER_ID, {})["club.event.refund"]._cron_give_back()


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_query(Cursor, number):
    execute, done = Cursor.execute, Counter()

    def count(self, *args, **kwargs):
        done["queries"] += 1
        if done["queries"] == number:
            _die()
        return execute(self, *args, **kwargs)

    Cursor.execute = count


def _ask_bank(Transaction, bank, death):
    """The demo provider gives back through a bank that remembers, outside of us."""
    send = Transaction._send_refund_request

    def ask(self):
        if death.get("bank") == "before":
            _die()
        with bank.open("a") as ledger:
            line = {"reference": self.reference, "amount": self.amount}
            line["payment"] = self.source_transaction_id.reference
            ledger.write(json.dumps(line) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())
        if death.get("bank") == "after":
            _die()
        return send(self)

    Transaction._send_refund_request = ask


def take_idempotency(env) -> None:
    """For this process the demo provider pays as often as it is asked."""
    from odoo.addons.club_community.models.event import club_event_refund_cron

    club_event_refund_cron.ASKED_TWICE_PAYS_ONCE = ()


@pytest.fixture
def owed(fresh_db, inside):
    process = inside(fresh_db(install=("payment_demo",)))

    def make(buyers):
        records = process(found_shop, 0, buyers, commit=True).value
        process(switch_on, records["provider"], commit=True)
        process(owe, records, commit=True)
        return process, records

    return make


def test_refund_killed_at_every_point(owed, tmp_path):
    """Asked for twice perhaps, under one reference: given back once, and never not."""
    process, records = owed(40)
    bank = tmp_path / "bank"
    killed = 0
    deaths = [{"bank": "before"}, {"bank": "after"}] * 4
    deaths += [{"query": number} for number in range(1, 400, 7)]
    for death in deaths:
        status = process(run_job, death, str(bank)).value
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        killed += os.WIFSIGNALED(status)
    for _twice in range(2):
        assert process(run_job, {}, str(bank)).value == 0
    assert killed > 20
    asked = [json.loads(line) for line in bank.read_text().splitlines()]
    references = {(line["payment"], line["reference"]) for line in asked}
    assert len(asked) > len(references), "nobody died between the bank and our record"
    assert len(references) == 40
    assert len({payment for payment, _reference in references}) == 40
    found = process(account, records["event"]).value
    assert not found["wrong"]
    assert found["rows"] == {"done": 40}
    assert found["returned"] == 40
    assert not found["unprocessed"]


def test_refund_killed_where_asking_twice_pays_twice(owed, tmp_path):
    """Then nobody is asked twice: somebody looks whether it was made."""
    process, records = owed(4)
    process(take_idempotency)
    bank = tmp_path / "bank"
    for death in ({"bank": "before"}, {"bank": "after"}):
        assert os.WIFSIGNALED(process(run_job, death, str(bank)).value)
    for _twice in range(2):
        assert process(run_job, {}, str(bank)).value == 0
    asked = [json.loads(line)["payment"] for line in bank.read_text().splitlines()]
    assert len(asked) == len(set(asked)) == 3
    found = process(account, records["event"]).value
    assert found["rows"] == {"by_hand": 2, "done": 2}
