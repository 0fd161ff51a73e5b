"""The demo club on its journey: everybody has a place, and a next step or a list."""

import ast

import pytest

from bench.harness import Odoo
from club_dev import database, serve
from demo_club.logins import CLUB_MANAGER

PEOPLE, STAGES = 1750, 24


def where_they_stand(env) -> dict:
    """Of those who were brought in: their stages, and what is planned for them.

    The list is asked as its screen asks it, by the club manager.
    """
    keys = env["ir.model.data"].search(
        [
            ("module", "=", "__import__"),
            ("model", "=", "res.partner"),
            ("name", "=like", "client_%"),
        ]
    )
    people = (
        env["res.partner"].browse(keys.mapped("res_id")).exists().filtered("active")
    )
    people = people.filtered(lambda person: not person.is_company)
    manager = env["res.users"].search([("login", "=", CLUB_MANAGER["login"])])
    forgotten = env.ref("club_community.club_forgotten_action")
    listed = (
        env["res.partner"]
        .with_user(manager)
        .search(ast.literal_eval(forgotten.domain) + [("id", "in", people.ids)])
    )
    open_activities = env["mail.activity"].search(
        [("res_model", "=", "res.partner"), ("res_id", "in", people.ids)]
    )
    return {
        "people": set(people.ids),
        "in_a_stage": set(people.filtered("club_stage_id").ids),
        "stages": set(people.club_stage_id.mapped("code")),
        "phases": set(people.mapped("club_phase")),
        "with_activity": set(open_activities.mapped("res_id")),
        "listed": set(listed.ids),
        "without_reason": env["club.stage.move"].search_count(
            [("reason", "in", (False, "")), ("rule_id", "=", False)]
        ),
    }


@pytest.fixture(scope="module")
def stands():
    db = database.unused_name("demo")
    database.create(db, database.Recipe(install=serve.ALSO, people=True))
    with Odoo(db) as process:
        found = process(where_they_stand).value
    yield found
    database.drop(db)


def test_everybody_is_in_a_stage(stands):
    assert len(stands["people"]) == PEOPLE
    assert stands["in_a_stage"] == stands["people"]


def test_the_stages_are_lived_in(stands):
    assert len(stands["stages"]) >= STAGES, sorted(stands["stages"])
    assert len(stands["phases"]) == 5


def test_a_next_step_or_the_list(stands):
    """Each is in one of the two, and nobody in both."""
    assert stands["with_activity"] | stands["listed"] == stands["people"]
    assert not stands["with_activity"] & stands["listed"]
    assert stands["listed"], "the list has something to show"


def test_every_move_has_its_reason(stands):
    assert not stands["without_reason"]
