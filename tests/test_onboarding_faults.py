"""The jobs of the first thirty days, killed and twice at once; two who count."""

import random
from collections import Counter

import pytest

from . import club, kills

PEOPLE, KILLS, SEED = 120, 20, 20261128
GATES = ("club.onboarding", "_cron_look")
MEETINGS = ("club.meeting", "_cron_close")


# -- Inside Odoo -------------------------------------------------------------------


def found_newcomers(env) -> dict:
    """Newcomers on their twelfth day, who have met their manager since.

    A third of them has a goal, so that facts tick a step in the same night.
    """
    from datetime import timedelta

    club.found_club(env)
    manager = env["res.users"].search([("login", "=", club.MANAGER)])
    plan = env["club.plan"].search([], limit=1)
    today = env["club.membership"]._today()
    people = env["res.partner"].browse(club.meet(env, "Newcomer", PEOPLE))
    people.club_manager_id = manager
    memberships = env["club.membership"].create(
        [
            {"partner_id": person.id, "plan_id": plan.id, "date_start": today}
            for person in people
        ]
    )
    env.cr.precommit.run()
    rows = env["club.onboarding"]._start(memberships) | people.club_onboarding_ids
    assert len(rows) == PEOPLE, len(rows)
    rows.started_on = today - timedelta(days=11)
    env["club.goal"].create(
        [{"partner_id": person.id, "name": "Sail"} for person in people[: PEOPLE // 3]]
    )
    env.cr.precommit.clear()  # the night shall find it, and not this transaction
    begin = env.cr.now().replace(microsecond=0) - timedelta(days=10)
    env["club.meeting"].create(
        [
            {
                "partner_id": person.id,
                "user_id": manager.id,
                "company_id": env.company.id,
                "start": begin + timedelta(hours=number),
                "stop": begin + timedelta(hours=number, minutes=15),
            }
            for number, person in enumerate(people)
        ]
    )
    env.cr.precommit.clear()
    env["mail.activity"].search([("res_model", "=", "res.partner")]).unlink()
    segment = env["club.segment"].create(
        {"name": "Newcomers", "domain": "[('name', 'like', 'Newcomer')]"}
    )
    segment.flush_recordset()
    env.cr.execute("DELETE FROM club_segment_partner_rel")  # a new one counts itself
    return {"people": people.ids, "segment": segment.id}


def small_batches(_registry=None, _death=None):
    from odoo.addons.club_community.models.journey import club_onboarding_gate
    from odoo.addons.club_community.models.manager import club_meeting

    club_onboarding_gate.BATCH = club_meeting.BATCH = 10


def how_it_stands(env, records: dict) -> dict:
    from odoo.addons.club_community.models.journey.club_onboarding_gate import REASONS

    people = env["res.partner"].browse(records["people"])
    rows = env["club.onboarding"].search([("partner_id", "in", people.ids)])
    alerts = (
        env["mail.activity"]
        .with_context(active_test=False)
        .search([("res_id", "in", people.ids), ("club_reason", "in", REASONS)])
    )
    meetings = env["club.meeting"].search([("partner_id", "in", people.ids)])
    return {
        "gates": sorted(Counter(rows.mapped("gate_seen")).items()),
        "stalled": sorted(Counter(rows.mapped("stalled_gate")).items()),
        "goals_ticked": len(
            rows.line_ids.filtered(lambda x: x.step_id.fact == "goal" and x.done_on)
        ),
        "alerts": sorted(Counter(alerts.mapped("res_id")).values()),
        "meetings": sorted(Counter(meetings.mapped("state")).items()),
        "met": len(
            rows.line_ids.filtered(lambda x: x.step_id.fact == "meeting" and x.done_on)
        ),
    }


def look(env) -> str:
    small_batches()
    env["club.onboarding"]._cron_look()
    return "done"


def close(env) -> str:
    small_batches()
    env["club.meeting"]._cron_close()
    return "done"


def count(env, records: dict) -> str:
    """As Odoo does with a request: run again where another was faster."""
    from odoo.service.model import retrying

    segment = env["club.segment"].browse(records["segment"])
    retrying(segment._count, env)
    return "done"


def only_half(env, records: dict) -> None:
    """Half of the people do not fit any more."""
    half = env["res.partner"].browse(records["people"][: PEOPLE // 2])
    half.name = "Somebody"


def in_the_segment(env, records: dict) -> tuple:
    env.cr.execute(
        """SELECT count(*), count(DISTINCT partner_id) FROM club_segment_partner_rel
            WHERE segment_id = %s""",
        [records["segment"]],
    )
    return env.cr.fetchone()


# -- The tests -----------------------------------------------------------------------


@pytest.fixture
def newcomers(founded, fresh_db):
    source, records = founded(found_newcomers)
    return fresh_db(copy_of=source), records


def assert_told_once(stands: dict) -> None:
    assert stands["gates"] == [(10, PEOPLE)] and stands["stalled"] == [(10, PEOPLE)]
    assert stands["goals_ticked"] == PEOPLE // 3
    assert stands["alerts"] == [1] * PEOPLE, "one call each, none twice"


def test_gates_killed_at_twenty_points(newcomers, inside):
    """Each gate judged once, each manager told once."""
    db, records = newcomers
    process = inside(db)
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(5, 60)} for _ in range(KILLS)]
    assert kills.run_until_done(process, GATES, deaths, small_batches) == KILLS
    assert_told_once(process(how_it_stands, records).value)


def test_gates_by_two_workers_at_once(newcomers, inside):
    db, records = newcomers
    first, second = inside(db), inside(db)
    done = club.at_once(
        lambda: first(look, commit=True).value,
        lambda: second(look, commit=True).value,
    )
    assert done == ["done", "done"], done
    assert_told_once(first(how_it_stands, records).value)


def test_meetings_killed_at_twenty_points(newcomers, inside):
    """What is over was held, and the step of everybody who was met is ticked."""
    db, records = newcomers
    process = inside(db)
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(3, 40)} for _ in range(KILLS)]
    assert kills.run_until_done(process, MEETINGS, deaths, small_batches) == KILLS
    stands = process(how_it_stands, records).value
    assert stands["meetings"] == [("held", PEOPLE)] and stands["met"] == PEOPLE


def test_meetings_by_two_workers_at_once(newcomers, inside):
    db, records = newcomers
    first, second = inside(db), inside(db)
    done = club.at_once(
        lambda: first(close, commit=True).value,
        lambda: second(close, commit=True).value,
    )
    assert done == ["done", "done"], done
    stands = first(how_it_stands, records).value
    assert stands["meetings"] == [("held", PEOPLE)] and stands["met"] == PEOPLE


def test_two_count_a_segment_at_once(newcomers, inside, psql):
    """Both insert the same people, and both delete the same: each person is in once.

    A third transaction holds what each of them needs, so they truly meet: a row that is
    never committed keeps both waiting for it at the key of the table.
    """
    db, records = newcomers
    first, second = inside(db), inside(db)

    def both(lock, arguments):
        return club.let_collide(
            psql(db),
            lock,
            arguments,
            lambda: first(count, records, commit=True).value,
            lambda: second(count, records, commit=True).value,
        )

    held = (
        "INSERT INTO club_segment_partner_rel (segment_id, partner_id) VALUES (%s, %s)"
    )
    one = [records["segment"], records["people"][0]]
    assert both(held, one) == ["done", "done"]
    assert first(in_the_segment, records).value == (PEOPLE, PEOPLE)

    first(only_half, records, commit=True)
    lock = """SELECT FROM club_segment_partner_rel
               WHERE segment_id = %s AND partner_id = %s FOR UPDATE"""
    assert both(lock, one) == ["done", "done"]
    assert first(in_the_segment, records).value == (PEOPLE // 2, PEOPLE // 2)
