"""Circles of referrers that several transactions make together, each a part of them."""

import pytest

from bench.harness import Odoo
from club_dev import database

from . import club

ROUNDS = 6


# -- Inside Odoo -------------------------------------------------------------------


def meet_people(env, count: int) -> list[int]:
    return club.meet(env, "Chain", count)


def bring(env, person: int, above: int) -> str:
    """As a request: run again where another was faster; the refusal's kind."""
    from odoo.exceptions import ValidationError
    from odoo.service.model import retrying

    def write():
        env["res.partner"].browse(person).club_referrer_id = above
        env.flush_all()
        return "bound"

    try:
        return retrying(write, env)
    except ValidationError:
        env.cr.rollback()
        return "refused"


def referrers(env, people: list[int]) -> dict:
    return {p.id: p.club_referrer_id.id for p in env["res.partner"].browse(people)}


# -- The tests -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def processes():
    db = database.unused_name("chain")
    database.create(db, database.Recipe())
    with Odoo(db) as one, Odoo(db) as two, Odoo(db) as three:
        yield one, two, three
    database.drop(db)


def race(processes, *pairs) -> list[str]:
    """Each process binds its pair, all let go together."""
    return club.at_once(
        *(
            lambda process=process, pair=pair: process(bring, *pair, commit=True).value
            for process, pair in zip(processes, pairs, strict=False)
        )
    )


def assert_no_circle(found: dict) -> None:
    for person in found:
        seen, above = {person}, found[person]
        while above:
            assert above not in seen, found
            seen.add(above)
            above = found.get(above)


def test_two_halves_of_a_circle(processes):
    for _round in range(ROUNDS):
        one, two = processes[0](meet_people, 2, commit=True).value
        done = race(processes, (one, two), (two, one))
        assert sorted(done) == ["bound", "refused"], done
        assert_no_circle(processes[0](referrers, [one, two]).value)


def test_three_thirds_of_a_circle(processes):
    for _round in range(ROUNDS):
        one, two, three = processes[0](meet_people, 3, commit=True).value
        done = race(processes, (one, two), (two, three), (three, one))
        assert sorted(done) == ["bound", "bound", "refused"], done
        assert_no_circle(processes[0](referrers, [one, two, three]).value)


def test_deep_in_two_trees(processes):
    """A chain goes under the end of another, whose middle goes under its end."""
    for _round in range(ROUNDS):
        people = processes[0](meet_people, 6, commit=True).value
        a, b, c, d, e, f = people
        for person, above in ((b, a), (c, b), (e, d), (f, e)):
            assert processes[0](bring, person, above, commit=True).value == "bound"
        done = race(processes, (a, f), (e, c))
        assert sorted(done) == ["bound", "refused"], done
        assert_no_circle(processes[0](referrers, people).value)
