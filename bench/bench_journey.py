"""The journey's nightly rules and "my day" with 10,000 and with 100,000 people.

Every shipped rule is asked. The bare statement is what somebody would write by hand
who knows which of them can fit these people; it has to find the very same moves.

"My day" is that of one of the managers, who have 2,500 people each; stock's side is its
own filter "overdue" over the contacts of the same manager, in the same database.
"""

import contextlib
import statistics

from bench import journey_bench_facts
from bench.harness import Odoo, p50
from bench.screens import screen
from club_dev import postgres

FEW, MANY = 10_000, 100_000
RUNS = 12
EACH = 2500  # people of a manager
MANAGER = "bench_manager_0"

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
            process(add_days, people // EACH, commit=True)
            postgres.sql("VACUUM (ANALYZE)", name)
            clubs.append(process)
        few, many = clubs
        nightly(bench, few, many)
        my_day(bench, few, many)
        at_once(bench, few, many)
        moves(bench, few, many)
        journey_bench_facts.run(bench, few, many)
        at_once(bench, few, many, ", with visits")


def add_people(env, count):
    env.cr.execute(_PEOPLE, {"count": count})
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id "
        "WHERE commercial_partner_id IS NULL"
    )


def add_days(env, managers):
    """Managers with their people, a third of whom have an activity, half overdue."""
    group = env.ref("club_community.group_club_user")
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Manager {number}",
                    "login": f"bench_manager_{number}",
                    "tz": "Europe/Moscow",
                    "group_ids": [(4, group.id)],
                }
                for number in range(managers)
            ]
        )
    )
    env.flush_all()
    env.cr.execute(
        """
        UPDATE res_partner SET club_manager_id = (%(users)s::int[])[1 + id %% %(many)s]
         WHERE name LIKE 'Person %%'
        """,
        {"users": users.ids, "many": managers},
    )
    env.cr.execute(
        """
        INSERT INTO mail_activity (
            res_model, res_model_id, res_id, res_name, activity_type_id, summary,
            user_id, date_deadline, active, create_uid, write_uid, create_date,
            write_date)
        SELECT 'res.partner', %(model)s, id, name, %(kind)s, 'Call', club_manager_id,
               current_date + CASE WHEN id %% 2 = 0 THEN -3 ELSE 3 END, true, 1, 1,
               now(), now()
          FROM res_partner WHERE name LIKE 'Person %%' AND (id / %(many)s) %% 3 = 0
        """,
        {
            "model": env["ir.model"]._get_id("res.partner"),
            "kind": env.ref("mail.mail_activity_data_call").id,
            "many": managers,
        },
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


def as_manager(env, model):
    """As in a request: with the context that the client has from its session."""
    user = env["res.users"].search([("login", "=", MANAGER)])
    context = env["res.users"].with_user(user).context_get()
    return env[model].with_user(user).with_context(**context)


def overdue(env):
    """The overdue part of a manager's day."""
    day = as_manager(env, "club.day")
    domain = [("is_mine", "=", True), ("code", "=", "overdue")]
    rows = day.search_fetch(domain, ["partner_id", "date", "user_id"], limit=80)
    assert len(rows) == 80, len(rows)
    return rows.ids


def overdue_in_stock(env, *mine):
    """Stock's own filter over the contacts, as its users have it."""
    people = as_manager(env, "res.partner")
    domain = [("activity_state", "=", "overdue"), *mine]
    found = people.search_fetch(domain, ["name", "activity_date_deadline"], limit=80)
    assert len(found) == 80, len(found)
    return found.ids


def overdue_of_mine_in_stock(env):
    """The same, narrowed down to the people of the manager."""
    user = env["res.users"].search([("login", "=", MANAGER)])
    return overdue_in_stock(env, ("club_manager_id", "=", user.id))


def open_my_day(env):
    view = "club_community.club_day_view_list"
    where = {"domain": [("is_mine", "=", True)]}
    return screen(env, MANAGER, "club.day", "list", view, **where)


def my_day(bench, few, many):
    """Overdue against stock's filter; the whole screen needs no more queries."""
    name = f"my day, overdue, {MANY:,} people, against stock's filter"
    bench.compare(name, many, overdue, many, overdue_in_stock, goal=0.1, runs=RUNS)
    bench.compare(
        "  against stock's filter over the manager's people",
        *(many, overdue, many, overdue_of_mine_in_stock),
        goal=None,
        runs=RUNS,
    )
    pages = [process(open_my_day).value for process in (few, many)]
    queries = bench.compare(
        f"my day, the first 80 rows with all columns: {MANY:,} and {FEW:,} people",
        *(many, pages[1], few, pages[0]),
        goal=None,
        runs=RUNS,
    )
    bench.at_most(f"my day, queries: {MANY:,} and {FEW:,} people", *queries, goal=1.0)


def at_once_of_one(env):
    """What a payment or a check-in asks of the rules, when its transaction ends."""
    person = env["res.partner"].search([("name", "=", "Person 7")])
    assert not env["club.stage.rule"]._moves(person.ids).steps


def at_once(bench, few, many, what=""):
    bench.compare(
        f"rules of one person, at once{what}: {MANY:,} and {FEW:,} people",
        *(many, at_once_of_one, few, at_once_of_one),
        goal=None,
        runs=RUNS,
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
