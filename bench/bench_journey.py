"""The journey's nightly rules with 10,000 and with 100,000 people, beside bare SQL.

Every shipped rule is asked. The bare statement is what somebody would write by hand
who knows which of them can fit these people; it has to find the very same moves.
"""

import contextlib
import statistics

from bench.harness import Odoo, p50
from club_dev import postgres

FEW, MANY = 10_000, 100_000
RUNS = 12

# Every fiftieth has gone quiet, every fiftieth ends soon, every hundredth is over.
_PEOPLE = """
    INSERT INTO res_partner (
        name, complete_name, type, active, is_company, partner_share, lang, color,
        autopost_bills, create_uid, write_uid, create_date, write_date,
        club_state, club_since, club_joined, club_valid_until, club_last_contact_on,
        club_stage_id, club_phase, club_path, club_stage_since)
    SELECT 'Person ' || i, 'Person ' || i, 'contact', true, false, true, 'en_US', 0,
           'ask', 1, 1, now(), now(),
           CASE WHEN i %% 100 = 3 THEN 'former' ELSE 'active' END,
           today - 400, today - 400,
           today + CASE WHEN i %% 50 = 2 THEN 60 ELSE 200 END,
           today - CASE WHEN i %% 50 = 1 THEN 70 ELSE 10 END,
           stage.id, stage.phase, stage.path, today - 120
      FROM generate_series(1, %(count)s) i
     CROSS JOIN (SELECT current_date AS today) day
     CROSS JOIN (SELECT id, phase, path FROM club_stage WHERE code = 'settled') stage
"""
_BARE = """
    SELECT p.id, CASE
        WHEN p.club_state = 'former' THEN %(former)s
        WHEN p.club_state = 'active' AND p.club_valid_until <= current_date + 90
             AND (p.club_stage_held_until IS NULL
                  OR p.club_stage_held_until < current_date) THEN %(renewal)s
        WHEN p.club_state = 'active'
             AND (p.club_last_contact_on IS NULL
                  OR p.club_last_contact_on < current_date - 60)
             AND p.club_stage_since <= now() AT TIME ZONE 'UTC' - interval '30 days'
             AND (p.club_stage_held_until IS NULL
                  OR p.club_stage_held_until < current_date) THEN %(quiet)s
        END AS stage_id
      FROM res_partner p
     WHERE p.active AND p.is_company IS NOT TRUE AND p.club_stage_id = %(settled)s
"""


def run(bench):
    with contextlib.ExitStack() as stack:
        clubs = []
        for people in (FEW, MANY):
            name = stack.enter_context(bench.database())
            process = stack.enter_context(Odoo(name))
            process(add_people, people, commit=True)
            postgres.sql("VACUUM (ANALYZE)", name)
            clubs.append(process)
        few, many = clubs
        nightly(bench, few, many)
        moves(bench, few, many)


def add_people(env, count):
    env.cr.execute(_PEOPLE, {"count": count})
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id "
        "WHERE commercial_partner_id IS NULL"
    )


def find(env):
    """What the rules would do tonight, as the job asks."""
    return {(s.person_id, s.to_id) for s in env["club.stage.rule"]._moves().steps}


def find_bare(env):
    """The same moves by one statement that somebody wrote by hand."""
    codes = ("settled", "former", "renewal", "quiet")
    stages = env["club.stage"].search([("code", "in", codes)])
    ids = {stage.code: stage.id for stage in stages}
    env.cr.execute(f"SELECT * FROM ({_BARE}) found WHERE stage_id IS NOT NULL", ids)
    return set(env.cr.fetchall())


def nightly(bench, few, many):
    """Finding: time per person does not grow, and is near to bare SQL."""
    found, bare = many(find).value, many(find_bare).value
    assert found == bare, (len(found), len(bare))
    assert len(found) == MANY // 20
    turns = [
        (few(find).seconds, many(find).seconds, many(find_bare).seconds)
        for _ in range(RUNS)
    ]
    of_few, of_many, of_bare = map(statistics.median, zip(*turns, strict=True))
    bench.at_most(
        f"rules, per person: {MANY:,} and {FEW:,} people",
        *(of_many / MANY * 1e6, of_few / FEW * 1e6),
        goal=1.2,
        unit="µs",
    )
    bench.at_most(
        f"rules find {len(found):,} moves among {MANY:,}, against one bare statement",
        *(of_many * 1000, of_bare * 1000),
        goal=3,
        unit="ms",
    )


def move_some(env):
    """A batch of the job: found anew, moved, written into the history."""
    people = sorted({step.person_id for step in env["club.stage.rule"]._moves().steps})
    env["club.stage.rule"]._move_batch(people[:500])
    env.flush_all()


def moves(bench, few, many):
    turns = [(few(move_some), many(move_some)) for _ in range(4)]
    bench.at_most(
        f"finding all and moving 500: {MANY:,} and {FEW:,} people",
        p50([turn[1] for turn in turns]),
        p50([turn[0] for turn in turns]),
        unit="ms",
    )
