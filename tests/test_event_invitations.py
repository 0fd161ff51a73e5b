"""Invitations: a job that is killed, and two at once, write nobody two letters."""

import os
import signal

import pytest

from . import club

PEOPLE = 250  # three batches


def invite_all(env, people: int) -> None:
    env = env(context={"tracking_disable": True})
    persons = env["res.partner"].create(
        [
            {"name": f"Guest {number}", "email": f"guest{number}@example.com"}
            for number in range(people)
        ]
    )
    for name in ("First", "Second"):  # of which each gets one letter
        event = env["event.event"].create(
            {
                "name": name,
                "date_begin": "2035-05-01 18:00:00",
                "date_end": "2035-05-01 22:00:00",
            }
        )
        event._club_invite(persons)


def send(env) -> None:
    env["club.event.invitation"]._cron_send()


def send_and_die(env, committed: bool) -> None:
    """Run the job until the process is killed: within, or after, its first batch."""
    Invitation = env.registry["club.event.invitation"]
    send_batch, done = Invitation._send_batch, []

    def count(self, ids):
        if done and committed:
            os.kill(os.getpid(), signal.SIGKILL)
        send_batch(self, ids)
        done.append(ids)
        if not committed:
            os.kill(os.getpid(), signal.SIGKILL)

    Invitation._send_batch = count
    send(env)


def rows(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = cursor.fetchall()
    connection.rollback()
    return found


LETTERS = """
    SELECT email_to, count(*) FROM mail_mail WHERE email_to LIKE '%guest%' GROUP BY 1
"""
SENT = "SELECT FROM club_event_invitation WHERE state = 'sent'"


@pytest.fixture
def invited(fresh_db, inside):
    db = fresh_db()
    inside(db)(invite_all, PEOPLE, commit=True)
    return db


def test_two_workers_at_once_after_a_kill(invited, inside, psql):
    """Killed within a batch and after one; then two at once: one letter each."""
    for committed, written in ((False, 0), (True, 100)):
        with pytest.raises(RuntimeError, match="process has died"):
            inside(invited)(send_and_die, committed)
        assert len(rows(psql(invited), LETTERS)) == written
        assert len(rows(psql(invited), SENT)) == written
    one, other = inside(invited), inside(invited)
    one(club.meet, "warm")
    other(club.meet, "warm")
    answers = club.at_once(
        lambda: one(send, commit=True), lambda: other(send, commit=True)
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    inside(invited)(send, commit=True)  # what a locked row has left over
    letters = rows(psql(invited), LETTERS)
    assert len(letters) == PEOPLE
    assert {count for _person, count in letters} == {1}
    assert len(rows(psql(invited), SENT)) == PEOPLE
