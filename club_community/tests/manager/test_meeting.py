from datetime import datetime, time, timedelta

import psycopg2
from freezegun import freeze_time
from pytz import timezone, utc

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.manager.club_meeting import REASON
from ..journey.common import JourneyCommon

# A Monday, 8 in the morning in Moscow.
NOW = datetime(2026, 3, 2, 5)
ZONE = timezone("Europe/Moscow")


class MeetingCommon(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.today = NOW.date()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Mornings",
                "tz": "Europe/Moscow",
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Morning",
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 12,
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.personal_manager.tz = "Europe/Moscow"
        cls.personal_manager.email = "pm@example.com"
        cls.member.club_manager_id = cls.personal_manager
        cls._create_period(cls.member, cls.today)
        cls.meetings = cls.env["club.meeting"]

    @classmethod
    def _at(cls, day, hour, minute=0):
        """Naive datetime in UTC of a local time in March 2026."""
        local = ZONE.localize(datetime.combine(cls.today.replace(day=day), time()))
        return (
            (local + timedelta(hours=hour, minutes=minute))
            .astimezone(utc)
            .replace(tzinfo=None)
        )

    def _free(self, **_options):
        self.env.invalidate_all()
        return self.personal_manager._club_free_times(self.company)

    def _busy(self, start, stop, **vals):
        partner = self.personal_manager.partner_id
        return self.env["calendar.event"].create(
            {
                "name": "Busy",
                "start": start,
                "stop": stop,
                "user_id": self.personal_manager.id,
                "partner_ids": [Command.set(partner.ids)],
                **vals,
            }
        )

    def _agree(self, day=3, hour=10, minute=0, person=None):
        return self.meetings._agree(person or self.member, self._at(day, hour, minute))

    def _end_of_transaction(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestFreeTimes(MeetingCommon):
    def test_working_hours_notice_and_days(self):
        free = self._free()
        # at 8 with four hours' notice the morning is over at 12
        self.assertEqual(free[0], self._at(3, 9))
        self.assertEqual(free[1], self._at(3, 9, 30))
        self.assertEqual(free[5], self._at(3, 11, 30))
        self.assertEqual(free[6], self._at(4, 9))
        self.assertEqual(free[-1], self._at(16, 11, 30))
        self.assertEqual(len(free), 60)

    def test_notice(self):
        self.company.club_meeting_notice_hours = 2
        self.assertEqual(self._free()[0], self._at(2, 10))

    def test_length(self):
        self.company.club_meeting_minutes = 60
        day = [t for t in self._free() if t < self._at(4, 0)]
        self.assertEqual(day, [self._at(3, hour) for hour in (9, 10, 11)])

    def test_busy_times(self):
        self._busy(self._at(3, 9, 15), self._at(3, 10))
        self._busy(self._at(3, 11), self._at(3, 11, 30), show_as="free")
        declined = self._busy(self._at(3, 11, 30), self._at(3, 12))
        declined.attendee_ids.state = "declined"
        day = [t for t in self._free() if t < self._at(4, 0)]
        expected = [(9, 0), (10, 0), (10, 30), (11, 0), (11, 30)]
        self.assertEqual(day, [self._at(3, *clock) for clock in expected])

    def test_a_whole_day(self):
        self._busy(
            self._at(3, 8),
            self._at(3, 18),
            allday=True,
            start_date="2026-03-03",
            stop_date="2026-03-04",
        )
        self.assertEqual(self._free()[0], self._at(5, 9))

    def test_holidays(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": self._at(3, 0),
                "date_to": self._at(3, 23),
            }
        )
        free = self._free()
        self.assertEqual(free[0], self._at(4, 9))
        self.assertEqual(free[-1], self._at(17, 11, 30))

    def test_nobody_has_said_when_he_works(self):
        self.calendar.attendance_ids.unlink()
        free = self._free()
        self.assertEqual(free[0], self._at(2, 12))
        self.assertEqual(free[-1].date(), self._at(13, 9).date())

    def test_queries_do_not_grow(self):
        counts = []
        for number in (1, 10):
            for hour in range(number):
                self._busy(
                    self._at(5, 9) + timedelta(days=hour),
                    self._at(5, 10) + timedelta(days=hour),
                )
            self._free()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.personal_manager._club_free_times(self.company)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestMeeting(MeetingCommon):
    def test_agree(self):
        meeting = self._agree()
        event = meeting.event_id
        self.assertEqual((event.start, event.stop), (meeting.start, meeting.stop))
        self.assertEqual(event.stop - event.start, timedelta(minutes=15))
        self.assertEqual(event.user_id, self.personal_manager)
        self.assertEqual(
            event.partner_ids, self.personal_manager.partner_id | self.member
        )
        self.assertIn("goal for this year", event.description)
        self.assertEqual(set(event.attendee_ids.mapped("state")), {"accepted"})
        letter = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.member.ids)], order="id desc", limit=1
        )
        self.assertEqual(letter.state, "outgoing", "queued, not sent here")
        self.assertTrue(letter.attachment_ids, "with the file for his calendar")
        activity = meeting._activity()
        self.assertEqual(activity.user_id, self.personal_manager)
        self.assertEqual(activity.date_deadline, fields.Date.to_date("2026-03-03"))
        self.assertEqual(activity.club_reason, REASON)
        self.assertNotIn(meeting.start, self._free())
        self.assertEqual(self.member.club_meeting_state, "agreed")
        self.assertFalse(self.member.club_last_contact_on, "no contact yet")

    def test_same_again_changes_nothing(self):
        meeting = self._agree()
        self.assertEqual(self._agree(), meeting)
        self.assertEqual(meeting.moved_count, 0)

    def test_move(self):
        meeting = self._agree()
        moved = self._agree(5, 11)
        self.assertEqual((moved, moved.moved_count), (meeting, 1))
        self.assertEqual(meeting.event_id.start, self._at(5, 11))
        self.assertEqual(
            set(meeting.event_id.attendee_ids.mapped("state")), {"accepted"}
        )
        activity = meeting._activity()
        self.assertEqual(activity.date_deadline, fields.Date.to_date("2026-03-05"))
        self.assertIn(self._at(3, 10), self._free())

    def test_call_off(self):
        meeting = self._agree()
        event = meeting.event_id
        meeting._call_off("  ill   today ")
        self.assertEqual(
            (meeting.state, meeting.cancel_reason), ("cancelled", "ill today")
        )
        self.assertFalse(event.active)
        letter = self.env["mail.mail"].search(
            [("subject", "ilike", "Deleted event")], order="id desc", limit=1
        )
        self.assertEqual(
            (letter.state, letter.recipient_ids),
            ("outgoing", self.member | self.personal_manager.partner_id),
        )
        self.assertFalse(meeting._activity())
        self.assertIn(self._at(3, 10), self._free())
        again = self._agree()
        self.assertNotEqual(again, meeting)

    def test_a_time_that_is_not_free(self):
        for start in (
            self._at(3, 8),
            self._at(3, 10, 5),
            self._at(7, 10),
            self._at(2, 9),
            self._at(28, 10),
        ):
            with self.assertRaisesRegex(UserError, "choose another"):
                self.meetings._agree(self.member, start)
        self.assertFalse(self.member.club_meeting_ids)

    def test_two_people_and_one_time(self):
        other = self._people(1, club_manager_id=self.personal_manager.id)
        self._agree()
        with self.assertRaisesRegex(UserError, "just been taken"):
            self._agree(person=other)

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_the_promise(self):
        meeting = self._agree()
        other = self._people(1)
        values = {
            "partner_id": other.id,
            "user_id": self.personal_manager.id,
            "company_id": self.company.id,
            "start": meeting.start + timedelta(minutes=10),
            "stop": meeting.stop + timedelta(minutes=10),
        }
        with (
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            self.env.cr.savepoint(),
        ):
            self.meetings.sudo().create(values)
            self.env.flush_all()
        # what the manager calls off, or where it ends, another may begin
        later = {**values, "start": meeting.stop, "stop": values["stop"]}
        self.assertTrue(self.meetings.sudo().create(later))

    def test_moved_and_removed_in_the_calendar(self):
        meeting = self._agree()
        event = meeting.event_id.with_user(self.personal_manager)
        event.write({"start": self._at(4, 15), "stop": self._at(4, 15, 30)})
        self.assertEqual(meeting.start, self._at(4, 15))
        self.assertEqual(
            meeting._activity().date_deadline, fields.Date.to_date("2026-03-04")
        )
        event.unlink()
        self.assertEqual(meeting.state, "cancelled")
        other = self._agree()
        other.event_id.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.member
        ).do_decline()
        self.assertEqual(other.state, "cancelled")

    # --- Held -------------------------------------------------------------------------

    def test_over_is_held_and_a_contact(self):
        row = self.member.club_onboarding_ids
        meeting = self._agree()
        with freeze_time(self._at(3, 10, 20)):
            self._nightly("ir_cron_club_meeting")
            self._nightly("ir_cron_club_meetings")
            self.env.invalidate_all()
        self.assertEqual(meeting.state, "held")
        self.assertEqual(row.next_line_id.step_id.fact, "profile")
        self.assertEqual(self.member.club_last_contact_channel, "meeting")
        self.assertEqual(self.member.club_last_contact_on, meeting.stop)
        meeting.with_user(self.personal_manager).action_missed()
        self._end_of_transaction()
        self.assertEqual(row.next_line_id.step_id.fact, "meeting")

    def _hold(self, meeting, **values):
        action = meeting.with_user(self.personal_manager).action_held()
        form = Form(
            self.env["club.meeting.held"]
            .with_user(self.personal_manager)
            .with_context(**action["context"])
        )
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def test_what_came_of_it(self):
        meeting = self._agree()
        form = self._hold(
            meeting, note="Looks for partners", next_step="Call Vera for him"
        )
        with form.goal_ids.edit(0) as goal:
            goal.name = "Found a winery"
        form.save().action_held()
        self._end_of_transaction()
        self.assertEqual((meeting.state, meeting.note), ("held", "Looks for partners"))
        self.assertLessEqual(meeting.stop, NOW)
        self.assertEqual(self.member.club_goal_ids.name, "Found a winery")
        self.assertFalse(meeting._activity())
        step = self.member.activity_ids.filtered("club_reason")
        self.assertEqual(step.summary, "Call Vera for him")
        self.assertEqual(step.user_id, self.personal_manager)
        done = self.member.club_onboarding_ids.line_ids.filtered("done_on")
        self.assertEqual(set(done.step_id.mapped("fact")), {"meeting", "goal"})
        self.assertEqual(self.member.club_last_contact_user_id, self.personal_manager)

    def test_a_word_at_least(self):
        meeting = self._agree()
        with self.assertRaisesRegex(UserError, "a word"):
            self._hold(meeting).save().action_held()

    def test_met_without_an_appointment(self):
        row = self.member.club_onboarding_ids.with_user(self.personal_manager)
        action = row.action_meeting_held()
        form = Form(
            self.env["club.meeting.held"]
            .with_user(self.personal_manager)
            .with_context(**action["context"])
        )
        form.note = "At the dinner"
        form.save().action_held()
        self.assertEqual(self.member.club_meeting_state, "held")

    def test_another_portfolio(self):
        meeting = self._agree()
        other = self.env["res.users"].create(
            {
                "name": "Other",
                "login": "club_pm_else",
                "group_ids": [
                    Command.set(self.env.ref("club_community.group_club_user").ids)
                ],
            }
        )
        for method in ("action_cancel", "action_missed", "action_held"):
            with self.assertRaises(AccessError):
                getattr(meeting.with_user(other), method)()

    # --- The journey ------------------------------------------------------------------

    def test_the_shipped_rules(self):
        self.rules.with_context(active_test=False).search(
            [("id", "!=", 0)]
        ).active = True
        self.member._club_journey_now()
        self._end_of_transaction()
        stages = []
        meeting = self._agree()
        self._end_of_transaction()
        stages.append(self.member.club_stage_id.code)
        meeting._call_off()
        self._end_of_transaction()
        stages.append(self.member.club_stage_id.code)
        self._agree(4)
        self._end_of_transaction()
        stages.append(self.member.club_stage_id.code)
        form = self._hold(self.member.club_meeting_ids[:1], note="Met")
        form.save().action_held()
        self._end_of_transaction()
        stages.append(self.member.club_stage_id.code)
        self.assertEqual(stages, ["meeting", "welcome", "meeting", "met"])
        agreed = self.env["res.partner"].search([("club_meeting_state", "=", "held")])
        self.assertEqual(agreed, self.member)
