"""Tasks for important dates: workers at once and a kill double nothing."""

import datetime
import os
import signal

import pytest

from . import club

PEOPLE = 500  # three batches


def make_due(env, plan_id: int) -> None:
    """Members whose birthday is today, and some who met the manager an hour ago."""
    env = env(context={"tracking_disable": True})
    people = env["res.partner"].browse(club.meet(env, "Member", PEOPLE))
    today = datetime.date.today()
    people.write({"club_birthday": today - datetime.timedelta(days=365)})
    manager = env["res.users"].search([("login", "=", club.MANAGER)])
    people.write({"club_manager_id": manager.id})
    env["club.membership"].create(
        [
            {"partner_id": person.id, "plan_id": plan_id, "date_start": today}
            for person in people
        ]
    )
    now = datetime.datetime.now()
    env["calendar.event"].with_context(no_mail_to_attendees=True).create(
        {
            "name": "Dinner",
            "user_id": manager.id,
            "start": now - datetime.timedelta(hours=3),
            "stop": now - datetime.timedelta(hours=1),
            "partner_ids": [(6, 0, people[:20].ids)],
        }
    )


def remind(env) -> None:
    env["club.date.reminder"]._cron_remind_dates()


def remind_and_die(env, committed: bool) -> None:
    """Run the job until the process is killed: within, or after, its second batch."""
    Reminder = env.registry["club.date.reminder"]
    remind_batch, done = Reminder._remind, []

    def count(self, ids):
        if len(done) == 1 and committed:
            os.kill(os.getpid(), signal.SIGKILL)
        remind_batch(self, ids)
        self.env.flush_all()
        done.append(ids)
        if len(done) == 1 and not committed:
            os.kill(os.getpid(), signal.SIGKILL)

    Reminder._remind = count
    env["club.date.reminder"]._cron_remind_dates()


def note_meetings(env) -> None:
    env["calendar.event"]._cron_club_touch()


def rows(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = cursor.fetchall()
    connection.rollback()
    return found


TASKS = """
    SELECT res_id, count(*) FROM mail_activity WHERE res_model = 'res.partner'
     GROUP BY res_id
"""


@pytest.fixture
def due(fresh_db, inside):
    db = fresh_db()
    process = inside(db)
    plan = process(club.found_club, commit=True).value["plan"]
    process(make_due, plan, commit=True)
    return db


def test_two_workers_at_once_after_a_kill(due, inside, psql):
    """Killed within a batch and after one; then two at once: one task each."""
    for committed, made in ((False, 0), (True, 200)):
        with pytest.raises(RuntimeError, match="process has died"):
            inside(due)(remind_and_die, committed)
        assert len(rows(psql(due), TASKS)) == made
    one, other = inside(due), inside(due)
    one(club.meet, "warm")
    other(club.meet, "warm")
    answers = club.at_once(
        lambda: one(remind, commit=True), lambda: other(remind, commit=True)
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    tasks = rows(psql(due), TASKS)
    assert len(tasks) == PEOPLE
    assert {count for _person, count in tasks} == {1}
    assert len(rows(psql(due), "SELECT FROM club_date_reminder")) == PEOPLE


def test_meetings_noted_by_two_workers(due, inside, psql):
    """Both note the same meetings, and somebody saves one of the people meanwhile."""
    one, other = inside(due), inside(due)
    one(club.meet, "warm")
    other(club.meet, "warm")
    editor = psql(due)
    person = rows(psql(due), "SELECT min(partner_id) FROM calendar_attendee")[0][0]
    answers = club.let_collide(
        editor,
        "UPDATE res_partner SET phone = '1' WHERE id = %s",
        [person],
        lambda: one(note_meetings, commit=True),
        lambda: other(note_meetings, commit=True),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    known = rows(
        psql(due),
        "SELECT club_last_contact_channel, club_last_contact_subject, count(*) "
        "FROM res_partner WHERE club_last_contact_on IS NOT NULL GROUP BY 1, 2",
    )
    assert known == [("meeting", "Dinner", 20)]
