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


def retried(env, act):
    """As a request: run again where another was faster; what it says, or a refusal."""
    from odoo.exceptions import UserError
    from odoo.service.model import retrying

    try:
        return retrying(act, env)
    except UserError as error:
        env.cr.rollback()
        return str(error)


def bind(env, person: int, referrer: int) -> str:
    """By a link, as the public form does."""
    from odoo.addons.club_community.models.referral.club_referral_bind import Touch

    people = env["res.partner"]

    def act():
        touch = Touch(people.browse(referrer), people.browse(person), way="link")
        (row,) = env["club.referral"]._bind([touch])
        env.flush_all()
        return "bound" if row.referrer_id.id == referrer else "noted"

    return retried(env, act)


def bind_by_email(env, email: str, referrer: int) -> str:
    from odoo.addons.club_community.models.referral.club_referral_bind import Touch

    def act():
        touch = Touch(env["res.partner"].browse(referrer), name="X", email=email)
        (row,) = env["club.referral"]._bind([touch])
        env.flush_all()
        return "bound" if row.referrer_id.id == referrer else "noted"

    return retried(env, act)


def rows_of(env, person: int | None = None, email: str | None = None) -> list:
    domain = [("referred_id", "=", person)] if person else [("email", "=", email)]
    rows = env["club.referral"].search(domain)
    return [(r.status, r.referrer_id.id, r.last_referrer_id.id) for r in rows]


def doubtful(env, number: int) -> dict:
    """A binding that waits for a look, and a club manager."""
    from odoo.addons.club_community.models.referral.club_referral_bind import Touch

    one, other = env["res.partner"].create(
        [
            {"name": "One"},
            {"name": "Other", "email": f"x{number}@mailinator.com"},
        ]
    )
    (row,) = env["club.referral"]._bind([Touch(one, other, way="link")])
    assert row.status == "review"
    return {"row": row.id, "person": other.id, "referrer": one.id}


def decide(env, row: int, is_accepted: bool) -> str:
    referral = env["club.referral"].with_user(env.ref("base.user_admin")).browse(row)

    def act():
        if is_accepted:
            referral.action_accept()
        else:
            referral._refuse("No")
        env.flush_all()
        return "accepted" if is_accepted else "refused"

    return retried(env, act)


def decided(env, found: dict) -> tuple:
    row = env["club.referral"].browse(found["row"])
    person = env["res.partner"].browse(found["person"])
    return row.status, person.club_referrer_id.id, len(row.message_ids)


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


def race(processes, *pairs, do=bring) -> list[str]:
    """Each process binds its pair, all let go together."""
    return club.at_once(
        *(
            lambda process=process, pair=pair: process(do, *pair, commit=True).value
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


def test_two_who_bring_the_same_person(processes):
    """One counts; the other is noted beside, after his request was run again."""
    for _round in range(ROUNDS):
        person, one, two = processes[0](meet_people, 3, commit=True).value
        done = race(processes, (person, one), (person, two), do=bind)
        assert sorted(done) == ["bound", "noted"], done
        first, second = (one, two) if done[0] == "bound" else (two, one)
        assert processes[0](rows_of, person).value == [("bound", first, second)]
        assert processes[0](referrers, [person]).value == {person: first}


def test_two_who_invite_the_same_address(processes):
    for number in range(ROUNDS):
        one, two = processes[0](meet_people, 2, commit=True).value
        email = f"somebody{number}@example.com"
        done = race(processes, (email, one), (email, two), do=bind_by_email)
        assert sorted(done) == ["bound", "noted"], done
        first, second = (one, two) if done[0] == "bound" else (two, one)
        rows = processes[0](rows_of, None, email).value
        assert rows == [("bound", first, second)]


def test_bindings_that_make_a_circle_together(processes):
    """By links, which are refused as rows: nobody's request fails."""
    for _round in range(ROUNDS):
        one, two, three = processes[0](meet_people, 3, commit=True).value
        pairs = ((one, two), (two, three), (three, one))
        race(processes, *pairs, do=bind)
        found = processes[0](referrers, [one, two, three]).value
        assert_no_circle(found)
        assert len([above for above in found.values() if above]) == 2, found
        rows = [processes[0](rows_of, person).value for person in (one, two, three)]
        states = sorted(row[0] for person in rows for row in person)
        assert states == ["bound", "bound", "refused"], rows


def test_two_decisions_at_once(processes):
    for number in range(ROUNDS):
        found = processes[0](doubtful, number, commit=True).value
        done = race(processes, (found["row"], True), (found["row"], False), do=decide)
        said = [words for words in done if words in ("accepted", "refused")]
        assert len(said) == 1, done
        assert any("decided already, by" in words for words in done), done
        status, referrer, notes = processes[0](decided, found).value
        if said == ["accepted"]:
            assert (status, referrer) == ("bound", found["referrer"])
        else:
            assert (status, referrer) == ("refused", False)
