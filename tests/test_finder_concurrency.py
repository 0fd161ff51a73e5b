"""Two who look for duplicates and dream accounts at the same moment double nothing.

Several Odoo processes and connections: within one transaction nothing of it is seen.
"""

import os
import signal

import pytest

from bench.harness import Odoo
from club_dev import database, postgres

from . import club

PEOPLE = 4500
BATCH = 2000  # three of them
FIRMS = 30  # of the dream account
PAIRS = PEOPLE // 10


# -- Inside Odoo -------------------------------------------------------------------


def settle(env) -> dict:
    """People of the club, every tenth with a second card, some with a dream firm."""
    env = env(context={"tracking_disable": True})
    found = club.found_club(env)
    manager = env["res.users"].search([("login", "=", club.MANAGER)])
    firms = env["res.partner"].create(
        [{"name": f"ООО «Мост {n}»", "is_company": True} for n in range(FIRMS)]
    )
    people = env["res.partner"].create(
        [
            {
                "name": f"Person {number}",
                "email": f"person{number - number % 10 // 9}@example.com",
                "club_manager_id": manager.id,
                "parent_id": firms[number].id if number < FIRMS else False,
            }
            for number in range(PEOPLE)
        ]
    )
    env["club.watch"].create({"name": "Severny Most"})
    # behind the finder's back, as an import by SQL would
    env.flush_all()
    env.cr.execute(
        "UPDATE res_partner SET name = 'Северный мост ' || id WHERE id = ANY(%s)",
        [firms.ids],
    )
    link = {
        "from_id": people[-1].id,
        "to_id": people[-3].id,
        "kind_id": env.ref("club_community.club_link_kind_owner").id,
    }
    return {
        **found,
        "firm": firms[0].id,
        "worker": people[0].id,
        "person": people[8].id,
        "link": env["club.link"].create(link).id,
    }


def make_batches_small() -> None:
    from odoo.addons.club_community.models.profile import club_finder_run

    club_finder_run.BATCH = BATCH


def find(env, kind: str) -> None:
    make_batches_small()
    env["club.finder.run"]._cron_find(kind)


def find_and_die(env, kind: str, batches: int, committed: bool) -> None:
    """Run the job until the process is killed, with no chance to clean up."""
    make_batches_small()
    Run = env.registry["club.finder.run"]
    look, done = Run._look, []

    def count(self, ids):
        if len(done) == batches:
            os.kill(os.getpid(), signal.SIGKILL)
        look(self, ids)
        self.env.flush_all()
        done.append(ids)
        if len(done) == batches and not committed:
            os.kill(os.getpid(), signal.SIGKILL)

    Run._look = count
    env["club.finder.run"]._cron_find(kind)


# -- From outside --------------------------------------------------------------------


@pytest.fixture(scope="module")
def settled_once():
    db = database.unused_name("likeness")
    database.create(db, database.Recipe())
    with Odoo(db) as process:
        records = process(settle, commit=True).value
    yield db, records
    database.drop(db)


@pytest.fixture
def settled(settled_once, fresh_db):
    source, records = settled_once
    return fresh_db(copy_of=source), records


PAIRS_SEEN = """
    SELECT count(*), count(DISTINCT (partner_id, other_id)) FROM club_duplicate
"""
HITS_SEEN = """
    SELECT count(*), count(DISTINCT (watch_id, partner_id, firm_id)),
           count(DISTINCT activity_id),
           (SELECT count(*) FROM mail_activity WHERE summary LIKE 'Watch-list%')
      FROM club_watch_hit
"""
FOUND = {
    "duplicate": (PAIRS_SEEN, (PAIRS, PAIRS)),
    "watch": (HITS_SEEN, (FIRMS, FIRMS, FIRMS, FIRMS)),
}


def seen(connection, query: str) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    connection.rollback()
    return row


@pytest.mark.parametrize("kind", FOUND)
def test_two_jobs_at_once(settled, inside, psql, kind):
    """They share the batches or leave them to each other; nothing is doubled."""
    db, _records = settled
    one, other = inside(db), inside(db)
    query, expected = FOUND[kind]
    answers = club.at_once(
        lambda: one(find, kind, commit=True), lambda: other(find, kind, commit=True)
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert seen(psql(db), query) == expected


@pytest.mark.parametrize("kind", FOUND)
def test_job_killed_and_run_again(settled, inside, psql, kind):
    """Killed within a batch, and again between two: as if nothing had happened."""
    db, _records = settled
    query, expected = FOUND[kind]
    for batches, committed in ((1, False), (1, True)):
        with pytest.raises(RuntimeError, match="process has died"):
            inside(db)(find_and_die, kind, batches, committed)
        assert bool(seen(psql(db), query)[0]) == committed
    process = inside(db)
    process(find, kind, commit=True)
    assert seen(psql(db), query) == expected
    process(find, kind, commit=True)
    assert seen(psql(db), query) == expected


LOCK = "SELECT id FROM res_partner WHERE id = %s FOR UPDATE"


def test_two_managers_press_the_button(settled, odoo_server, psql):
    """Both find the pair; the database has it once, and nobody sees a traceback."""
    db, records = settled
    server = odoo_server(db, workers=2)
    session = server.rpc(club.MANAGER)

    def press():
        return session(
            "res.partner", "action_club_find_duplicates", [records["person"]]
        )

    answers = club.let_collide(psql(db), LOCK, [records["person"]], press, press)
    assert [answer["res_model"] for answer in answers] == ["club.duplicate"] * 2
    assert seen(psql(db), PAIRS_SEEN) == (1, 1)
    assert "tries left, try again" in server.log.read_text(), "they never collided"


def test_two_ways_to_one_find_at_once(settled, odoo_server, psql):
    """One saves the company, the other a link to it: one find and one task."""
    db, records = settled
    postgres.sql(f"UPDATE club_link SET to_id = {records['firm']}", db)
    server = odoo_server(db, workers=2)
    session = server.rpc(club.MANAGER)
    answers = club.let_collide(
        psql(db),
        LOCK,
        [records["worker"]],
        lambda: session(
            "res.partner", "write", [records["firm"]], {"website": "http://most.ru"}
        ),
        lambda: session(
            "club.link", "write", [records["link"]], {"date_to": "2099-01-01"}
        ),
    )
    assert answers == [True, True]
    # the worker's, and the owner's by the link
    assert seen(psql(db), HITS_SEEN) == (2, 2, 2, 2)
    assert "tries left, try again" in server.log.read_text(), "they never collided"
