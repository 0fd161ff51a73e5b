"""Promises that hold between transactions, shown by real ones at the same moment.

A test inside one transaction cannot show any of this: each of these has several
connections, most of them several Odoo processes.
"""

import datetime
import json
import os
import signal
import urllib.request
import xmlrpc.client

import psycopg2
import pytest

from bench.harness import Odoo
from club_dev import database, postgres

from . import club

ROUNDS = 5
TAKEN = "This person has a paid membership in these days already"
LOCK_PERSON = "SELECT id FROM res_partner WHERE id = %s FOR UPDATE"
ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def founded_once():
    """A club, made once and copied: its database and its records."""
    db = database.unused_name("club")
    database.create(db, database.Recipe(install=("payment_demo",)))
    with Odoo(db) as process:
        records = process(club.found_club, commit=True).value
    yield db, records
    database.drop(db)


@pytest.fixture
def founded(founded_once, fresh_db, inside):
    """A club in a database of its own: its name, an Odoo process, its records."""
    source, records = founded_once
    db = fresh_db(copy_of=source)
    return db, inside(db), records


# -- Two periods of one person -------------------------------------------------------


def test_two_managers_record_the_same_days(founded, odoo_server, psql):
    """One period is recorded, and the other manager reads the constraint's sentence."""
    db, process, records = founded
    session = odoo_server(db, workers=2).rpc(club.MANAGER)
    people = process(club.meet, "Anna", ROUNDS, commit=True).value
    for person in people:
        vals = {"partner_id": person, "plan_id": records["plan"]}
        vals["date_start"] = "2026-01-01"

        def record(vals=vals):
            return session("club.membership", "create", vals)

        answers = club.let_collide(psql(db), LOCK_PERSON, [person], record, record)
        faults = [a for a in answers if isinstance(a, xmlrpc.client.Fault)]
        assert len(faults) == 1, answers
        assert TAKEN in faults[0].faultString
        assert "Traceback" not in faults[0].faultString
        assert len(process(club.periods_of, person).value) == 1


def test_two_payments_of_one_person(founded, odoo_server, psql):
    """Both fees count: the second period starts the day after the first ends."""
    db, process, records = founded
    server = odoo_server(db, workers=2)
    session = server.rpc()
    for person in process(club.meet, "Boris", ROUNDS, commit=True).value:
        first, second = (
            process(
                club.invoice_membership, person, records["product"], commit=True
            ).value
            for _ in range(2)
        )
        answers = club.let_collide(
            psql(db),
            LOCK_PERSON,
            [person],
            lambda first=first: club.pay(session, first),
            lambda second=second: club.pay(session, second),
        )
        assert answers == [None, None]
        earlier, later = process(club.periods_of, person).value
        assert (earlier["state"], later["state"]) == ("active", "upcoming")
        assert later["date_start"] == earlier["date_end"] + ONE_DAY
    assert "tries left, try again" in server.log.read_text(), "they never collided"


# -- Seats of a company ----------------------------------------------------------------


def company_with_seats(env, seats: int) -> int:
    """A company's paid contract: its id."""
    plan = env["club.plan"].create(
        {"name": "Company", "price": 1000, "seats": seats, "for_company": True}
    )
    firm = env["res.partner"].create({"name": "Firm", "is_company": True})
    period = {"partner_id": firm.id, "plan_id": plan.id}
    period["date_start"] = datetime.date.today()
    return env["club.membership"].create(period).id


def seats_of(env, contract: int) -> list[tuple]:
    seats = env["club.membership"].search([("seat_of_id", "=", contract)])
    return sorted((seat.seat_number, seat.state) for seat in seats)


def test_four_managers_give_the_last_two_seats(founded, odoo_server, psql):
    """Two people are named, and the other managers read that all seats are taken."""
    db, process, _records = founded
    session = odoo_server(db, workers=4).rpc(club.MANAGER)
    people = iter(process(club.meet, "Vera", 4 * ROUNDS, commit=True).value)
    for _ in range(ROUNDS):
        contract = process(company_with_seats, 2, commit=True).value

        def give(contract=contract):
            values = {"contract_id": contract, "partner_id": next(people)}
            wizard = session("club.seat.assign", "create", values)
            return session("club.seat.assign", "action_assign", [wizard])

        lock = "SELECT id FROM club_membership WHERE id = %s FOR UPDATE"
        answers = club.let_collide(psql(db), lock, [contract], *[give] * 4)
        faults = [a for a in answers if isinstance(a, xmlrpc.client.Fault)]
        assert len(faults) == 2, answers
        for fault in faults:
            assert "All 2 seats" in fault.faultString
        assert process(seats_of, contract).value == [(1, "active"), (2, "active")]


INSERT = """
    INSERT INTO club_membership (
        partner_id, plan_id, family_id, company_id, currency_id,
        state, origin, date_start, date_end, date_grace_end
    )
    SELECT %(person)s, id, family_id, company_id, currency_id,
           %(state)s, 'import', %(start)s, %(end)s, %(end)s
      FROM club_plan
"""
YEAR = {"state": "active", "start": "2026-01-01", "end": "2026-12-31"}
LAST_DAY = {"state": "upcoming", "start": "2026-12-31", "end": "2027-12-30"}


@pytest.mark.parametrize("first_commits", [True, False])
def test_bare_database_refuses_overlap(founded, psql, first_commits):
    """Whoever writes, by whatever way: the second waits, and then may or may not."""
    db, process, _records = founded
    (person,) = process(club.meet, "Vera", commit=True).value
    first, second, watcher = psql(db), psql(db), psql(db)
    first.cursor().execute(INSERT, {**YEAR, "person": person})

    def end_first():
        club.wait_until_waiting(watcher, 1)
        first.commit() if first_commits else first.rollback()

    def insert_second():
        second.cursor().execute(INSERT, {**LAST_DAY, "person": person})

    refusal, _ = club.at_once(insert_second, end_first)
    if first_commits:
        assert isinstance(refusal, psycopg2.errors.ExclusionViolation)
    else:
        assert refusal is None


@pytest.mark.parametrize("state", ["draft", "waiting", "cancelled"])
def test_bare_database_takes_what_does_not_live(founded, psql, state):
    db, process, _records = founded
    (person,) = process(club.meet, "Vera", commit=True).value
    cursor = psql(db).cursor()
    cursor.execute(INSERT, {**YEAR, "person": person})
    cursor.execute(INSERT, {**YEAR, "person": person, "state": state})
    next_year = {"start": "2027-01-01", "end": "2027-12-31"}
    cursor.execute(INSERT, {**YEAR, **next_year, "person": person})


# -- The daily job -------------------------------------------------------------------

DUE = 2000  # two batches
MOVES = {"upcoming": "active", "active": "grace", "grace": "expired"}


def make_due(env, plan_id: int) -> None:
    """Periods that are due, a third of them in each of the states that end."""
    env = env(context={"tracking_disable": True})  # what is seen is the job's
    people = club.meet(env, "Member", DUE)
    today = datetime.date.today()
    starts = {
        "upcoming": today + 10 * ONE_DAY,
        "active": today - 360 * ONE_DAY,
        "grace": today - 370 * ONE_DAY,
    }
    states = list(starts)
    periods = env["club.membership"].create(
        [
            {
                "partner_id": person,
                "plan_id": plan_id,
                "date_start": starts[states[number % 3]],
            }
            for number, person in enumerate(people)
        ]
    )
    env.flush_all()
    # ten days later
    env.cr.execute(
        "UPDATE club_membership SET date_start = date_start - 10, "
        "date_end = date_end - 10, date_grace_end = date_grace_end - 10"
    )
    assert {m.state for m in periods} == set(MOVES)


def advance(env) -> None:
    env["club.membership"]._cron_advance()


def advance_and_die(env, batches: int, committed: bool) -> None:
    """Run the job until the process is killed, with no chance to clean up.

    :param batches: how many batches are carried out
    :param committed: whether the last of them is committed
    """
    Membership = env.registry["club.membership"]
    advance_batch, done = Membership._advance, []

    def count(self, today):
        if len(done) == batches:
            os.kill(os.getpid(), signal.SIGKILL)
        advance_batch(self, today)
        self.env.flush_all()
        done.append(self)
        if len(done) == batches and not committed:
            os.kill(os.getpid(), signal.SIGKILL)

    Membership._advance = count
    env["club.membership"]._cron_advance()


def seen(connection) -> list[tuple]:
    """Of each period: what it was made as, what it is, its moves; and its person."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT membership.id, membership.state, partner.club_state,
                   partner.grade_id IS NOT NULL,
                   (SELECT array_agg(old_value_char || '>' || new_value_char)
                      FROM mail_message message
                      JOIN mail_tracking_value value
                        ON value.mail_message_id = message.id
                      JOIN ir_model_fields field ON field.id = value.field_id
                     WHERE message.model = 'club.membership'
                       AND message.res_id = membership.id
                       AND field.name = 'state'),
                   (SELECT count(*) FROM mail_message message
                     WHERE message.model = 'res.partner'
                       AND message.res_id = partner.id)
              FROM club_membership membership
              JOIN res_partner partner ON partner.id = membership.partner_id
             ORDER BY membership.id
            """
        )
        rows = cursor.fetchall()
    connection.rollback()
    return rows


@pytest.fixture(scope="module")
def due_once(founded_once):
    """A club with periods that are due, made once and copied."""
    source, records = founded_once
    db = database.unused_name("due")
    postgres.sql(f"CREATE DATABASE {db} TEMPLATE {source}")
    with Odoo(db) as process:
        process(make_due, records["plan"], commit=True)
    yield db
    database.drop(db)


@pytest.fixture
def due(due_once, fresh_db):
    return fresh_db(copy_of=due_once)


def assert_moved_once(rows):
    """Each period made one move, and the person follows."""
    expected = {
        "active": ("active", True, ["Paid, starts later>Active"]),
        "grace": ("grace", True, ["Active>Grace period"]),
        "expired": ("former", False, ["Grace period>Expired"]),
    }
    assert len(rows) == DUE
    for _id, state, *person, moves, _messages in rows:
        assert (*person, moves) == expected[state]
    states = [row[1] for row in rows]
    assert {state: states.count(state) for state in expected} == {
        "active": 667,
        "grace": 667,
        "expired": 666,
    }


def test_daily_job_killed_and_run_again(due, inside, psql):
    """Killed within a batch, and again between two: as if nothing had happened."""
    for batches, committed in ((1, False), (1, True)):
        with pytest.raises(RuntimeError, match="process has died"):
            inside(due)(advance_and_die, batches, committed)
        moved = sum(bool(row[4]) for row in seen(psql(due)))
        assert moved == (1000 if committed else 0)
    process = inside(due)
    process(advance, commit=True)
    rows = seen(psql(due))
    assert_moved_once(rows)
    process(advance, commit=True)
    assert seen(psql(due)) == rows, "nothing was due any more"


def test_daily_job_twice_at_once(due, inside, psql):
    """Two processes share the work or leave it to each other; nothing is doubled."""
    one, other = inside(due), inside(due)
    answers = club.at_once(
        lambda: one(advance, commit=True), lambda: other(advance, commit=True)
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert_moved_once(seen(psql(due)))


def test_daily_job_against_an_edited_contact(due, inside, psql):
    """Somebody who edits a member meanwhile does not stop the job for the day."""
    process = inside(due)
    process(club.meet, "warm")
    editor = psql(due)
    with editor.cursor() as cursor:
        cursor.execute(
            "UPDATE res_partner SET phone = '1' WHERE id = "
            "(SELECT min(partner_id) FROM club_membership)"
        )

    def save():
        club.wait_until_waiting(psql(due), 1)
        editor.commit()

    answers = club.at_once(lambda: process(advance, commit=True), save)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert_moved_once(seen(psql(due)))


# -- One payment, notified twice -----------------------------------------------------


def order_by_card(env, product_id: int) -> dict:
    """A quotation whose member has just given his card to the stock test provider."""
    provider = env.ref("payment.payment_provider_demo")
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    provider.write({"state": "test", "journal_id": journal.id})
    member = env["res.partner"].create({"name": "Anna", "email": "a@example.com"})
    order = env["sale.order"].create(
        {"partner_id": member.id, "order_line": [(0, 0, {"product_id": product_id})]}
    )
    order.action_quotation_sent()
    transaction = env["payment.transaction"].create(
        {
            "provider_id": provider.id,
            "payment_method_id": env.ref("payment_demo.payment_method_demo").id,
            "reference": order.name,
            "amount": order.amount_total,
            "currency_id": order.currency_id.id,
            "partner_id": member.id,
            "sale_order_ids": [(6, 0, order.ids)],
            "operation": "online_direct",
        }
    )
    return {"order": order.id, "transaction": transaction.id, "reference": order.name}


def notify(server, reference: str) -> None:
    """What a provider's webhook does."""
    params = {"reference": reference, "simulated_state": "done"}
    request = urllib.request.Request(
        f"{server.url}/payment/demo/simulate_payment",
        json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert "error" not in json.load(answer)


def post_process(env) -> None:
    env["payment.transaction"]._cron_post_process()


def facts_of_order(env, order_id: int) -> dict:
    order = env["sale.order"].browse(order_id)
    memberships = order.order_line.club_membership_ids
    activations = memberships.message_ids.tracking_value_ids.filtered(
        lambda value: value.field_id.name == "state"
        and value.new_value_char == "Active"
    )
    return {
        "memberships": memberships.mapped("state"),
        "activations": len(activations),
        "invoices": order.invoice_ids.mapped("state"),
        "left to pay": sum(order.invoice_ids.mapped("amount_residual")),
        "payments": order.transaction_ids.payment_id.mapped("state"),
    }


def test_payment_notified_twice_at_once(founded, inside, odoo_server, psql):
    """Webhook and webhook, then post-processing and post-processing."""
    db, one, records = founded
    other = inside(db)
    server = odoo_server(db, 2)
    for _round in range(ROUNDS):
        sold = one(order_by_card, records["product"], commit=True).value
        answers = club.let_collide(
            psql(db),
            "SELECT id FROM payment_transaction WHERE id = %s FOR UPDATE",
            [sold["transaction"]],
            *[lambda sold=sold: notify(server, sold["reference"])] * 2,
        )
        assert answers == [None, None]
        answers = club.let_collide(
            psql(db),
            "SELECT id FROM sale_order WHERE id = %s FOR UPDATE",
            [sold["order"]],
            lambda: one(post_process, commit=True),
            lambda: other(post_process, commit=True),
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        one(post_process, commit=True)
        assert one(facts_of_order, sold["order"]).value == {
            "memberships": ["active"],
            "activations": 1,
            "invoices": ["posted"],
            "left to pay": 0,
            "payments": ["paid"],
        }
