"""The nightly jobs of renewal, killed with SIGKILL wherever it hurts, and run again.

Five hundred members each. Afterwards every member was written to once, charged once
and renewed once. The bank is a file outside the database: what was asked of it cannot
be rolled back. Like a real one it takes one reference for one payment.
"""

import json
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from . import club, kills

MEMBERS = 500
KILLS = 20
SEED = 20261122


# -- Inside Odoo -------------------------------------------------------------------


def enrol(env, count: int, days_left: int, with_card: bool) -> list[int]:
    """People whose membership ends so many days from now, perhaps with a card."""
    from datetime import timedelta

    plan = env["club.plan"].search([], limit=1)
    kind = "card" if with_card else "plain"
    people = env["res.partner"].create(
        [
            {"name": f"{kind} {number}", "email": f"{kind}{number}@example.com"}
            for number in range(count)
        ]
    )
    end = env["club.membership"]._today() + timedelta(days=days_left)
    env["club.membership"].create(
        [
            {
                "partner_id": person.id,
                "plan_id": plan.id,
                "date_start": end - timedelta(days=364),
                "date_end": end,
            }
            for person in people
        ]
    )
    if with_card:
        _give_cards(env, plan, people)
    return people.ids


def _give_cards(env, plan, people):
    plan.write({"auto_renew_allowed": True})
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    provider.write({"state": "test", "is_published": True, "journal_id": journal.id})
    tokens = env["payment.token"].create(
        [
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "payment_details": "4242",
                "partner_id": person.id,
                "provider_ref": f"card of {person.id}",
                "demo_simulated_state": "done",
            }
            for person in people
        ]
    )
    for person, token in zip(people, tokens, strict=True):
        env["club.auto.renewal"]._give_sudo(person.club_membership_id, token)


def warm(env):
    """Renew one member, to be rolled back: the copies of this process know the way."""
    charges = env["club.auto.charge"]
    today = env["club.membership"]._today()
    charges._announce_batch(charges._find_near(today)[:1], today)
    due = charges._find_due(today)
    charges._prepare_batch(due, today)
    while charges.browse(due)._step(today):
        env.flush_all()


def small_batches_and_a_bank(registry, death: dict, bank: str) -> None:
    """So that twenty deaths fall into many batches; and the bank, if there is one."""
    from odoo.addons.club_community.models.membership import club_membership_remind

    club_membership_remind.BATCH = 10
    if bank:
        _ask_bank(registry["payment.transaction"], Path(bank), death)


def _ask_bank(Transaction, bank, death):
    """The demo provider asks a bank that remembers, outside of the database."""
    send, asked = Transaction._send_payment_request, Counter()

    def ask(self):
        asked["times"] += 1
        if asked["times"] == death.get("before_bank"):
            kills.die()
        line = {"reference": self.reference, "payer": self.partner_id.id}
        with bank.open("a") as ledger:
            ledger.write(json.dumps({**line, "amount": self.amount}) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())
        if asked["times"] == death.get("after_bank"):
            kills.die()
        return send(self)

    Transaction._send_payment_request = ask


def letters(env, people: list[int]) -> dict:
    """Of each person: the subjects of the letters in the queue."""
    env.cr.execute(
        """
        SELECT link.res_partner_id, array_agg(message.subject ORDER BY mail.id)
          FROM mail_mail mail
          JOIN mail_mail_res_partner_rel link ON link.mail_mail_id = mail.id
          JOIN mail_message message ON message.id = mail.mail_message_id
         WHERE link.res_partner_id = ANY(%s)
         GROUP BY 1
        """,
        [people],
    )
    return dict(env.cr.fetchall())


def renewals(env, people: list[int]) -> dict:
    """Of each person: charges, payments, invoices and periods."""
    found = {}
    for person in env["res.partner"].browse(people):
        charges = person.club_auto_renewal_ids.charge_ids
        transactions = env["payment.transaction"].search(
            [("partner_id", "=", person.id)]
        )
        invoices = env["account.move"].search(
            [("partner_id", "=", person.id), ("move_type", "=", "out_invoice")]
        )
        found[person.id] = {
            "charges": charges.mapped("state"),
            "transactions": transactions.mapped("state"),
            "payments": len(transactions.payment_id),
            "orders": len(person.sale_order_ids),
            "invoices": invoices.mapped("payment_state"),
            "periods": sorted(
                (str(period.date_start), str(period.date_end), period.state)
                for period in person.club_membership_ids
            ),
        }
    return found


# -- The tests -----------------------------------------------------------------------


@pytest.fixture
def process(fresh_db, inside):
    process = inside(fresh_db(install=("payment_demo",)))
    process(club.found_club, commit=True)
    return process


def run_until_done(process, job, deaths, bank="") -> int:
    return kills.run_until_done(process, job, deaths, small_batches_and_a_bank, bank)


def deaths_of_charging(chance) -> list[dict]:
    """Where to die: while it announces, then anywhere, then around the bank."""
    early = [{"query": chance.randint(1, MEMBERS * 12)} for _ in range(4)]
    later = [
        *({"query": chance.randint(1, MEMBERS * 6)} for _ in range(KILLS - 14)),
        *({"before_bank": chance.randint(1, MEMBERS // 50)} for _ in range(5)),
        *({"after_bank": chance.randint(1, MEMBERS // 50)} for _ in range(5)),
    ]
    chance.shuffle(later)
    return early + later


def test_reminders(process):
    """One letter each, and one task each."""
    people = process(enrol, MEMBERS, 30, False, commit=True).value
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(1, 120)} for _ in range(KILLS)]
    job = ("club.membership", "_cron_remind")
    assert run_until_done(process, job, deaths) == KILLS
    sent = process(letters, people).value
    assert sorted(sent) == sorted(people)
    assert {len(subjects) for subjects in sent.values()} == {1}


def test_automatic_renewal(process, tmp_path):
    """One charge, one period, one letter of each kind."""
    grace_days = 14  # it ended as long ago: announced and charged on the same day
    people = process(enrol, MEMBERS, -grace_days, True, commit=True).value
    process(warm)
    bank = tmp_path / "bank"
    deaths = deaths_of_charging(random.Random(SEED))
    job = ("club.auto.charge", "_cron_auto_renew")
    assert run_until_done(process, job, deaths, str(bank)) == KILLS
    asked = [json.loads(line) for line in bank.read_text().splitlines()]
    references = {(line["payer"], line["reference"]) for line in asked}
    assert len(asked) > len(references), "nobody died between the bank and our record"
    assert Counter(payer for payer, _reference in references) == dict.fromkeys(
        people, 1
    )
    sent = process(letters, people).value
    assert sorted(sent) == sorted(people)
    for subjects in sent.values():
        assert len(subjects) == 2, subjects
        assert "automatically soon" in subjects[0]
        assert "is renewed" in subjects[1]
    for person, found in process(renewals, people).value.items():
        assert found["charges"] == ["done"], person
        assert found["transactions"] == ["done"], person
        assert found["payments"] == found["orders"] == 1, person
        assert len(found["invoices"]) == 1, person
        assert set(found["invoices"]) <= {"paid", "in_payment"}, person
        states = [state for _start, _end, state in found["periods"]]
        assert states == ["expired", "active"], person
