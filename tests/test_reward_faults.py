"""Rewards on real connections: killed, twice at once, notified twice; and stock's app
for points, which is installed here."""

import random
from collections import Counter

import pytest

from bench.harness import Odoo
from club_dev import database

from . import club, kills, test_paid_by_card

REFERRERS, EACH, CAP = 12, 5, 4
KILLS, SEED = 20, 20261128
JOB = ("club.referral.reward", "_cron_settle")


# -- Inside Odoo -------------------------------------------------------------------


def found_rewards(env) -> dict:
    """People who were brought and have paid; the reviewer has just let all through."""
    from odoo.addons.club_community.models.referral.club_referral_bind import Touch

    records = club.found_club(env)
    plan = env["club.plan"].browse(records["plan"])
    env["loyalty.program"].create({"name": "Points", "program_type": "loyalty"})
    program = env.ref("club_community.club_referral_program")
    program.reward_rule_ids.active = False
    rules = (("days", 10, CAP), ("credit", 5, 0), ("points", 7, 0), ("gift", 0, 0))
    env["club.referral.reward.rule"].create(
        [
            {
                "program_id": program.id,
                "kind": kind,
                "amount": amount,
                "gift": "Thank",
                "cap": cap,
            }
            for kind, amount, cap in rules
        ]
    )
    referrers = _meet(env, "Referrer", REFERRERS)
    env["club.membership"].create(
        [
            {
                "partner_id": person.id,
                "plan_id": plan.id,
                "date_start": env["club.membership"]._today(),
            }
            for person in referrers
        ]
    )
    people = _meet(env, "Brought", REFERRERS * EACH)
    referrals = env["club.referral"].browse()
    for number, person in enumerate(people):
        (referral,) = env["club.referral"]._bind(
            [Touch(referrers[number % REFERRERS], person)]
        )
        referrals |= referral
    referrals.status = "review"
    for person in people:
        plan._make_offer(person)
    people.club_membership_ids._activate()
    env.cr.flush()
    referrals.status = "bound"
    return {
        **records,
        "referrers": referrers.ids,
        "referrals": referrals.ids,
        "end": str(referrers[0].club_membership_id.date_end),
    }


def _meet(env, name, count):
    people = env["res.partner"].browse(club.meet(env, name, count))
    for person in people:
        person.email = f"{name}{person.id}@example.com".lower()
    return people


def small_batches(_registry, _death):
    from odoo.addons.club_community.models.referral import club_referral_reward_grant

    club_referral_reward_grant.BATCH = 5


def night(env) -> str:
    env["club.referral.reward"]._cron_settle()
    return "done"


def how_it_stands(env, records: dict) -> dict:
    from datetime import date

    people = env["res.partner"].browse(records["referrers"])
    rewards = env["club.referral.reward"].search(
        [("referral_id", "in", records["referrals"])]
    )
    end = date.fromisoformat(records["end"])
    cards = env["loyalty.card"].search([("partner_id", "in", people.ids)])
    letters = env["mail.mail"].search([("model", "=", "club.referral.reward")])
    return {
        "states": dict(Counter(f"{r.kind} {r.state}" for r in rewards)),
        "moved": sorted((p.club_membership_id.date_end - end).days for p in people),
        "points": sorted(card.points for card in cards),
        "issued": sum(cards.history_ids.mapped("issued")),
        "tasks": sorted(Counter(people.activity_ids.mapped("res_id")).values()),
        "letters": sorted(Counter(letters.mapped("res_id")).values()),
    }


def refuse_all(env, records: dict) -> None:
    """The reviewer has changed his mind."""
    env["club.referral"].browse(records["referrals"])._close("refused", "Not so")


def bring_payer(env, transaction_id: int) -> int:
    """The payer of a card was brought by a member, who is extended for it."""
    from odoo.addons.club_community.models.referral.club_referral_bind import Touch

    payer = env["payment.transaction"].browse(transaction_id).partner_id
    referrer = env["res.partner"].search([("name", "like", "Referrer")], limit=1)
    return env["club.referral"]._bind([Touch(referrer, payer)])[0].id


def pay(env, transaction_id: int) -> str:
    """A notification, as a request: run again where another was faster."""
    from odoo.service.model import retrying

    def process():
        test_paid_by_card.process_payment(env, transaction_id)
        env.cr.flush()

    retrying(process, env)
    return "paid"


def leave_to_the_job(env, transaction_id: int) -> None:
    """The bank says paid, and nobody looks: stock's job does the rest later."""
    transaction = env["payment.transaction"].browse(transaction_id)
    transaction._set_done()
    env.flush_all()
    env.cr.execute(
        "UPDATE payment_transaction SET last_state_change = last_state_change"
        " - interval '1 hour' WHERE id = %s",
        [transaction_id],
    )


def rewards_of(env, referral_id: int) -> dict:
    referral = env["club.referral"].browse(referral_id)
    end = referral.referrer_id.club_membership_id.date_end
    return {
        "rewards": sorted((r.kind, r.state) for r in referral.reward_ids),
        "end": str(end),
        "periods": referral.referred_id.club_membership_ids.mapped("state"),
    }


# -- The tests -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def rewards_once():
    db = database.unused_name("rewards")
    database.create(db, database.Recipe(install=("loyalty", "payment_demo")))
    with Odoo(db) as process:
        records = process(found_rewards, commit=True).value
    yield db, records
    database.drop(db)


@pytest.fixture
def rewards(rewards_once, fresh_db):
    source, records = rewards_once
    return fresh_db(copy_of=source), records


def assert_given_once(stands: dict) -> None:
    total = REFERRERS * EACH
    assert stands["states"] == {
        "days granted": REFERRERS * CAP,
        "days capped": REFERRERS * (EACH - CAP),
        "credit granted": total,
        "points granted": total,
        "gift granted": total,
    }
    assert stands["moved"] == [10 * CAP] * REFERRERS
    assert stands["points"] == [7 * EACH] * REFERRERS
    assert stands["issued"] == 7 * total
    assert stands["tasks"] == [EACH] * REFERRERS
    assert stands["letters"] == [1] * (REFERRERS * CAP + 2 * total)


def test_killed_at_twenty_points(rewards, inside):
    db, records = rewards
    process = inside(db)
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(10, 120)} for _ in range(KILLS)]
    assert kills.run_until_done(process, JOB, deaths, small_batches) == KILLS
    assert_given_once(process(how_it_stands, records).value)


def test_two_workers_at_once_and_all_taken_back(rewards, inside):
    db, records = rewards
    first, second = inside(db), inside(db)
    done = club.at_once(
        lambda: first(night, commit=True).value,
        lambda: second(night, commit=True).value,
    )
    assert done == ["done", "done"]
    assert_given_once(first(how_it_stands, records).value)
    first(refuse_all, records, commit=True)
    stands = first(how_it_stands, records).value
    assert stands["moved"] == [0] * REFERRERS
    assert stands["points"] == [0] * REFERRERS
    assert stands["tasks"] == []
    assert set(stands["states"]) == {
        "days capped",
        *(f"{kind} taken_back" for kind in ("days", "credit", "points", "gift")),
    }


def test_a_payment_that_is_notified_twice_at_once(rewards, inside):
    db, _records = rewards
    first, second = inside(db), inside(db)
    transaction = first(test_paid_by_card.pay_by_card, commit=True).value
    referral = first(bring_payer, transaction, commit=True).value
    done = club.at_once(
        lambda: first(pay, transaction, commit=True).value,
        lambda: second(pay, transaction, commit=True).value,
    )
    assert "paid" in done, done
    first(pay, transaction, commit=True)
    found = first(rewards_of, referral).value
    assert found["rewards"] == [
        (kind, "granted") for kind in ("credit", "days", "gift", "points")
    ]
    assert found["periods"] == ["active"]


def test_a_payment_that_is_killed(rewards, inside):
    """Its job dies wherever it is: whoever is paid for has brought one reward."""
    db, _records = rewards
    process = inside(db)
    transaction = process(test_paid_by_card.pay_by_card, commit=True).value
    referral = process(bring_payer, transaction, commit=True).value
    process(leave_to_the_job, transaction, commit=True)
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(5, 400)} for _ in range(8)]
    deaths.sort(key=lambda death: death["query"])
    job = ("payment.transaction", "_cron_post_process")
    killed = kills.run_until_done(process, job, deaths)
    assert killed, "nobody died"
    found = process(rewards_of, referral).value
    assert [state for _kind, state in found["rewards"]] == ["granted"] * 4
    assert found["periods"] == ["active"]
