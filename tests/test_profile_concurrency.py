"""Two who write one card at the same moment: nothing is lost, one fact is current."""

import pytest

from . import club

ROUNDS = 3
LOCK_PERSON = "SELECT id FROM res_partner WHERE id = %s FOR UPDATE"


@pytest.fixture
def card(fresh_db, inside, odoo_server):
    """A club with a person on two workers: database, process, session, person."""
    db = fresh_db()
    process = inside(db)
    process(club.found_club, commit=True)
    session = odoo_server(db, workers=2).rpc(club.MANAGER)
    return db, process, session


def ledger_of(env, person: int, key: str) -> list[tuple]:
    rows = env["club.profile.value"].search(
        [("partner_id", "=", person), ("point_id.key", "=", key)], order="id"
    )
    return [(row.state, row.value) for row in rows]


def goals_of(env, person: int) -> list[str]:
    return sorted(env["res.partner"].browse(person).club_goal_ids.mapped("name"))


def test_two_managers_set_one_fact(card, psql):
    db, process, session = card
    for person in process(club.meet, "Anna", ROUNDS, commit=True).value:

        def set_channel(channel, person=person):
            return session("res.partner", "write", [person], {"club_channel": channel})

        answers = club.let_collide(
            psql(db),
            LOCK_PERSON,
            [person],
            lambda: set_channel("phone"),
            lambda: set_channel("email"),
        )
        assert answers == [True, True]
        rows = process(ledger_of, person, "club_channel").value
        assert [state for state, _value in rows] == ["replaced", "current"]
        assert {value for _state, value in rows} == {"phone", "email"}


def test_two_managers_add_a_goal(card, psql):
    db, process, session = card
    for person in process(club.meet, "Boris", ROUNDS, commit=True).value:

        def add(name, person=person):
            return session("club.goal", "create", {"partner_id": person, "name": name})

        answers = club.let_collide(
            psql(db), LOCK_PERSON, [person], lambda: add("One"), lambda: add("Two")
        )
        assert not [a for a in answers if isinstance(a, Exception)], answers
        assert process(goals_of, person).value == ["One", "Two"]
        (_first, (state, value)) = process(ledger_of, person, "club_goal_ids").value
        assert state == "current"
        assert sorted(row[0] for row in value) == ["One", "Two"]


def test_two_managers_open_one_sheet(card, psql):
    db, process, session = card
    for person in process(club.meet, "Vera", ROUNDS, commit=True).value:

        def segment(value, person=person):
            values = {"partner_id": person, "segment": value}
            return session("club.profile.private", "create", values)

        answers = club.at_once(lambda: segment("mass"), lambda: segment("premium"))
        faults = [a for a in answers if isinstance(a, Exception)]
        assert len(faults) == 1
        assert "has a confidential sheet already" in faults[0].faultString
        (row,) = process(ledger_of, person, "segment").value
        assert row[0] == "current"
