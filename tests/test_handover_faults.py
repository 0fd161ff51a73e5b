"""Hand-overs that are killed, run twice, or meet others who give the same people."""

import random
from collections import Counter

import pytest

from bench.harness import Odoo
from club_dev import database

from . import club, kills

PEOPLE, KILLS, SEED = 60, 12, 20261127
JOB = ("club.handover", "_cron_run")
LOCK = "SELECT FROM res_partner WHERE id = ANY(%s) FOR UPDATE"


# -- Inside Odoo -------------------------------------------------------------------


def found_handovers(env) -> dict:
    """Anna's people with an activity and a meeting each, to go to Boris or to Clara."""
    club.found_club(env)
    group = env.ref("club_community.group_club_user")
    anna, boris, clara = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": name,
                    "login": name.lower(),
                    "email": f"{name.lower()}@club.example",
                    "group_ids": [(6, 0, (env.ref("base.group_user") | group).ids)],
                }
                for name in ("Anna", "Boris", "Clara")
            ]
        )
    )
    people = env["res.partner"].browse(club.meet(env, "Given", PEOPLE))
    people.write({"club_manager_id": anna.id, "email": "given@example.com"})
    kind = env.ref("mail.mail_activity_data_call")
    env["mail.activity"]._club_schedule(
        [
            {
                "partner_id": person.id,
                "activity_type_id": kind.id,
                "club_reason": "test",
                "user_id": anna.id,
                "date_deadline": "2030-01-01",
            }
            for person in people
        ]
    )
    env["calendar.event"].with_context(no_mail_to_attendees=True).create(
        [
            {
                "name": "Talk",
                "start": "2040-01-01 10:00:00",
                "stop": "2040-01-01 11:00:00",
                "user_id": anna.id,
                "partner_ids": [(6, 0, [anna.partner_id.id, person.id])],
            }
            for person in people[:10]
        ]
    )
    handovers = env["club.handover"].create(
        [
            {
                "from_manager_id": anna.id,
                "to_manager_ids": [(6, 0, taker.ids)],
                "reason": f"To {taker.name}",
                "template_id": env.ref("club_community.mail_template_handover").id,
            }
            for taker in (boris, clara)
        ]
    )
    for handover in handovers:
        handover.action_preview()
    handovers[0].action_run()
    return {
        "people": people.ids,
        "managers": {"anna": anna.id, "boris": boris.id, "clara": clara.id},
        "handovers": handovers.ids,
    }


def small_batches(_registry=None, _death=None):
    from odoo.addons.club_community.models.manager import club_handover

    club_handover.BATCH = 10


def start_the_other(env, records: dict) -> None:
    env["club.handover"].browse(records["handovers"][1]).action_run()


def hand_over(env) -> str:
    small_batches()
    env["club.handover"]._cron_run()
    return "done"


def how_it_stands(env, records: dict) -> dict:
    people = env["res.partner"].browse(records["people"])
    handovers = env["club.handover"].browse(records["handovers"])
    terms = env["club.portfolio.assignment"].search([("partner_id", "in", people.ids)])
    letters = env["mail.mail"].search(
        [
            ("recipient_ids", "in", people.ids),
            ("subject", "like", "looks after you"),
        ]
    )
    notes = env["mail.message"].search(
        [
            ("model", "=", "res.partner"),
            ("res_id", "in", people.ids),
            ("body", "like", "instead of"),
        ]
    )
    taker = {person.id: person.club_manager_id for person in people}
    meetings = env["calendar.event"].search([("name", "=", "Talk")])
    return {
        "managers": dict(
            Counter(
                people.club_manager_id.browse(
                    [user.id for user in taker.values()]
                ).mapped("login")
            )
        ),
        "open_terms": sum(not term.date_until for term in terms),
        "terms": len(terms),
        "agree": all(
            term.manager_id == taker[term.partner_id.id]
            for term in terms
            if not term.date_until
        ),
        "activities": sorted(Counter(people.activity_ids.mapped("res_id")).values()),
        "with_taker": all(
            activity.user_id == taker[activity.res_id]
            for activity in people.activity_ids
        ),
        "meetings": all(
            (meeting.partner_ids - people).user_ids == meeting.user_id
            and meeting.user_id == taker[(meeting.partner_ids & people).id]
            for meeting in meetings
        ),
        "letters": sorted(Counter(letters.recipient_ids.ids).values()),
        "letter_count": len(letters),
        "notes": sorted(Counter(notes.mapped("res_id")).values()),
        "states": handovers.mapped("state"),
        "told": len(handovers.activity_ids),
        "done": sum(handovers.mapped("done_count")),
        "kept": sum(handovers.mapped("kept_count")),
    }


# -- The tests -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def handovers_once():
    db = database.unused_name("handover")
    database.create(db, database.Recipe())
    with Odoo(db) as process:
        records = process(found_handovers, commit=True).value
    yield db, records
    database.drop(db)


@pytest.fixture
def given(handovers_once, fresh_db):
    source, records = handovers_once
    return fresh_db(copy_of=source), records


def assert_each_once(stands: dict) -> None:
    assert stands["open_terms"] == PEOPLE and stands["terms"] == 2 * PEOPLE
    assert stands["agree"] and stands["with_taker"] and stands["meetings"]
    assert stands["activities"] == [1] * PEOPLE
    assert stands["letter_count"] == PEOPLE and stands["letters"] == [1] * PEOPLE
    assert stands["notes"] == [1] * PEOPLE
    assert stands["done"] == PEOPLE


def test_killed_at_many_points(given, inside):
    """Nothing doubled, nothing lost, the letter of each member written once."""
    db, records = given
    process = inside(db)
    chance = random.Random(SEED)
    deaths = [{"query": chance.randint(10, 120)} for _ in range(KILLS)]
    killed = kills.run_until_done(process, JOB, deaths, small_batches)
    assert killed >= KILLS // 2
    stands = process(how_it_stands, records).value
    assert_each_once(stands)
    assert stands["managers"] == {"boris": PEOPLE}
    assert stands["states"] == ["done", "preview"] and stands["told"] == 1


def test_two_workers_and_two_hand_overs_at_once(given, inside):
    """Two hand-overs of the same people, two workers: everybody goes once."""
    db, records = given
    first, second = inside(db), inside(db)
    first(start_the_other, records, commit=True)
    done = club.at_once(
        lambda: first(hand_over, commit=True).value,
        lambda: second(hand_over, commit=True).value,
    )
    assert done == ["done", "done"], done
    stands = first(how_it_stands, records).value
    assert_each_once(stands)
    assert stands["kept"] == PEOPLE
    assert stands["states"] == ["done", "done"]


def test_two_give_the_same_person_at_once(given, odoo_server, psql, inside):
    """The second is run again; history and card agree, and terms do not overlap."""
    db, records = given
    server = odoo_server(db, workers=2)
    session = server.rpc(club.MANAGER)
    person = records["people"][0]

    def give(user):
        return lambda: session(
            "res.partner",
            "write",
            [person],
            {"club_manager_id": records["managers"][user]},
        )

    answers = club.let_collide(psql(db), LOCK, [[person]], give("boris"), give("clara"))
    assert answers == [True, True], answers
    assert "tries left, try again" in server.log.read_text(), "they never collided"
    stands = inside(db)(how_it_stands, records).value
    assert stands["agree"] and stands["open_terms"] == PEOPLE
    assert stands["terms"] == PEOPLE + 2
