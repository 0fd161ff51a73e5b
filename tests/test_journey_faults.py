"""The nightly rules of the journey, killed and twice at once; the key of activities."""

import random
from collections import Counter

import pytest

from bench.harness import Odoo
from club_dev import database

from . import club, kills

PEOPLE, KILLS, SEED = 300, 20, 20261127
JOB = ("club.stage.rule", "_cron_move")
LOCK = "SELECT FROM res_partner WHERE id = ANY(%s) FOR UPDATE"


# -- Inside Odoo -------------------------------------------------------------------


def found_journey(env) -> dict:
    """People whom two rules move in one night, each step with an activity."""
    env["club.stage.rule"].search([("id", ">", 0)]).active = False
    kind = env.ref("mail.mail_activity_data_call")
    plan = env["mail.activity.plan"].create(
        {
            "name": "Call",
            "res_model": "res.partner",
            "template_ids": [
                (
                    0,
                    0,
                    {"activity_type_id": kind.id, "responsible_type": "club_manager"},
                )
            ],
        }
    )
    nowhere, here, there = env["club.stage"].create(
        [
            {"name": name, "phase": "development", "activity_plan_id": plan.id}
            for name in ("Nowhere", "Here", "There")
        ]
    )
    people = env["res.partner"].browse(club.meet(env, "Moved", PEOPLE))
    env["club.stage.move"].create(
        [
            {"partner_id": p.id, "to_stage_id": nowhere.id, "reason": "by hand"}
            for p in people
        ]
    )
    env["mail.activity"].search([("res_model", "=", "res.partner")]).unlink()
    for name, source, target in (("1", nowhere, here), ("2", here, there)):
        env["club.stage.rule"].create(
            {
                "name": name,
                "stage_id": target.id,
                "from_stage_ids": [(6, 0, source.ids)],
                "from_nowhere": False,
                "domain": "[('name', 'like', 'Moved')]",
            }
        )
    return {"people": people.ids, "there": there.id, "kind": kind.id}


def small_batches(_registry, _death):
    from odoo.addons.club_community.models.journey import club_stage_find

    club_stage_find.BATCH = 10


def how_it_stands(env, records: dict) -> dict:
    people = env["res.partner"].browse(records["people"])
    moves = env["club.stage.move"].search(
        [("partner_id", "in", people.ids), ("rule_id", "!=", False)]
    )
    return {
        "stages": set(people.club_stage_id.ids),
        "by_person": sorted(Counter(m.partner_id.id for m in moves).values()),
        "activities": sorted(Counter(people.activity_ids.mapped("res_id")).values()),
    }


def night(env) -> str:
    """The whole job, as a worker does it."""
    env["club.stage.rule"]._cron_move()
    return "done"


def written_by(env) -> int:
    """Rows that the tables of the journey have had written so far, in all."""
    env.cr.execute(
        """SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables
            WHERE relname IN ('res_partner', 'club_stage_move', 'mail_activity')"""
    )
    return env.cr.fetchone()[0]


def schedule(env, records: dict, summary: str) -> int:
    activity = env["mail.activity"]._club_schedule(
        [
            {
                "partner_id": records["people"][0],
                "activity_type_id": records["kind"],
                "club_reason": "race",
                "user_id": env.uid,
                "date_deadline": "2030-01-01",
                "summary": summary,
            }
        ]
    )
    return activity.id


def schedule_again(env, records: dict, summary: str) -> int:
    """As Odoo does with a request: run again where another was faster."""
    from odoo.service.model import retrying

    return retrying(lambda: schedule(env, records, summary), env)


# -- The tests -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def journey_once():
    db = database.unused_name("journey")
    database.create(db, database.Recipe())
    with Odoo(db) as process:
        records = process(found_journey, commit=True).value
    yield db, records
    database.drop(db)


@pytest.fixture
def journey(journey_once, fresh_db):
    source, records = journey_once
    return fresh_db(copy_of=source), records


def assert_moved_once(stands: dict, records: dict) -> None:
    assert stands["stages"] == {records["there"]}
    assert stands["by_person"] == [2] * PEOPLE, "two steps each, none twice"
    assert stands["activities"] == [1] * PEOPLE


def test_killed_at_twenty_points(journey, inside):
    """Nothing doubled, nothing lost."""
    db, records = journey
    process = inside(db)
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(15, 80)} for _ in range(KILLS)]
    assert kills.run_until_done(process, JOB, deaths, small_batches) == KILLS
    assert_moved_once(process(how_it_stands, records).value, records)


def test_two_workers_at_once(journey, inside):
    db, records = journey
    first, second = inside(db), inside(db)
    done = club.at_once(
        lambda: first(night, commit=True).value,
        lambda: second(night, commit=True).value,
    )
    assert done == ["done", "done"]
    assert_moved_once(first(how_it_stands, records).value, records)


def test_a_night_without_a_reason_writes_nothing(journey, inside, psql):
    db, records = journey
    process = inside(db)
    process(night, commit=True)
    process(tell_statistics)
    before = process(written_by).value
    process(night, commit=True)
    process(tell_statistics)
    assert process(written_by).value == before


def tell_statistics(env):
    """PostgreSQL counts what is written a moment later: wait for it."""
    env.cr.execute("SELECT pg_stat_force_next_flush()")
    env.cr.commit()


def test_one_open_activity_under_two_transactions(journey, inside, psql):
    """Both look before either has written; the slower one finds the faster one's."""
    db, records = journey
    first, second = inside(db), inside(db)
    made = club.at_once(
        lambda: first(schedule_again, records, "one", commit=True).value,
        lambda: second(schedule_again, records, "two", commit=True).value,
    )
    assert made[0] == made[1], made
