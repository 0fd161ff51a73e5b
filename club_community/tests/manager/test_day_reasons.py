from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .day_common import DayCommon


@tagged("post_install", "-at_install")
class TestDayReasons(DayCommon):
    """Each reason comes with its fact and goes with it."""

    def test_overdue_and_today(self):
        activity = self._activity(days=-3)
        self.assertEqual(self._codes(), {"overdue"})
        self.assertIn("Ask about Tver", self._row("overdue").why)
        activity.date_deadline = self.today
        self.assertEqual(self._codes(), {"today"})
        activity.date_deadline = self.today + timedelta(days=1)
        self.assertEqual(self._codes(), set())
        activity.date_deadline = self.today
        activity.action_feedback()
        self.assertEqual(self._codes(), set())

    def test_an_activity_is_on_the_day_of_whoever_does_it(self):
        self._activity(days=-3, user=self.club_manager)
        self.assertEqual(self._codes(), set())
        self.assertEqual(self._codes(user=self.club_manager), {"overdue"})
        row = self._row("overdue", self.club_manager)
        self.assertEqual(row.user_id, self.club_manager)
        self.assertTrue(row.is_mine)

    def test_activities_of_other_papers_are_not_the_days(self):
        lead = self.env["crm.lead"].create({"name": "A deal"})
        lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.personal_manager.id
        )
        self.assertFalse(self._row("today"))

    def test_newcomer_until_he_is_met(self):
        self._create_period(self.member, self.today - timedelta(days=5))
        self.assertEqual(self._codes(), {"newcomer"})
        self.assertIn("nobody has been in touch", self._row("newcomer").why)
        self._touched(days=1, channel="call")
        self.assertEqual(self._codes(), {"newcomer"})
        self.assertIn("no meeting yet", self._row("newcomer").why)
        self._touched(channel="meeting")
        self.assertEqual(self._codes(), set())

    def test_newcomer_whose_meeting_is_planned(self):
        self._create_period(self.member, self.today)
        self.assertEqual(self._codes(), {"newcomer"})
        meeting = self.env["calendar.event"].create(
            {
                "name": "Welcome",
                "start": fields.Datetime.now() + timedelta(days=2),
                "stop": fields.Datetime.now() + timedelta(days=2, hours=1),
                "partner_ids": self.member.ids,
            }
        )
        self.assertEqual(self._codes(), set())
        meeting.active = False
        self.assertEqual(self._codes(), {"newcomer"})

    def test_newcomer_no_more(self):
        self._create_period(self.member, self.today - timedelta(days=40))
        self.assertEqual(self._codes(), {"newcomer"}, "he has heard nothing at all")
        self._touched(days=3)
        self.assertEqual(self._codes(), set())

    def _ends_in(self, period, days):
        """A period that cannot be changed by hand is moved as a job would."""
        end = self.today + timedelta(days=days)
        period.write({"date_end": end, "date_grace_end": end + timedelta(days=14)})

    def test_ends(self):
        period = self._long_member(ends_in=75).sudo()
        self._touched(days=50)
        for days, code in ((75, "ends_90"), (45, "ends_60"), (20, "ends_30")):
            self._ends_in(period, days)
            with self.subTest(code):
                self.assertEqual(self._codes(), {code})
        self._ends_in(period, 95)
        self.assertEqual(self._codes(), set())

    def test_each_threshold_wants_one_talk(self):
        period = self._long_member(ends_in=75).sudo()
        self._touched()
        self.assertEqual(self._codes(), set())
        # 15 days later the next threshold is behind him, and the talk before it
        self._ends_in(period, 55)
        self._touched()
        self.assertEqual(self._codes(), set())
        self.member._write({"club_last_contact_on": self._days_ago(10)})
        self.assertEqual(self._codes(), {"ends_60"})

    def test_grace(self):
        self._touched(days=30)
        self._long_member(ends_in=-3)
        self.assertEqual(self.member.club_state, "grace")
        self.assertEqual(self._codes(), {"grace"})
        self._touched()
        self.assertEqual(self._codes(), set())

    def test_quiet_by_plan(self):
        self._long_member()
        self._touched(days=59)
        self.assertEqual(self._codes(), set())
        self.plan.quiet_days = 30
        self.assertEqual(self._codes(), {"quiet"})
        self.plan.quiet_days = 0
        self.assertEqual(self._codes(), set())
        self.plan.quiet_days = 30
        self._touched()
        self.assertEqual(self._codes(), set())

    def test_dates_of_the_week(self):
        self._move(self.member, self.here)
        self._activity(days=30)
        born = self.today + timedelta(days=3)
        self.member.club_birthday = born.replace(year=born.year - 4 - born.year % 4)
        self.assertEqual(self._codes(), {"date"})
        self.assertIn("Birthday", self._row("date").why)
        self.member.club_birthday = self.member.club_birthday + timedelta(days=20)
        self.assertEqual(self._codes(), set())

    def test_stuck_and_no_next_step(self):
        self._move(self.member, self.here)
        self.assertEqual(self._codes(), {"no_step"})
        self.here.expected_days = 10
        self.member._write({"club_stage_since": self._days_ago(12)})
        self.assertEqual(self._codes(), {"no_step", "stuck"})
        self.assertIn("Here", self._row("stuck").why)
        self.assertEqual(self._row("stuck").other_reasons, "No Next Step")
        self._activity(days=5)
        self.assertEqual(self._codes(), {"stuck"})
        self._move(self.member, self.there)
        self.assertEqual(self._codes(), set())

    def test_answer_that_was_promised(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Boris wants to join",
                "contact_name": "Boris",
                "email_from": "boris@example.com",
                "type": "opportunity",
                "club_plan_id": self.plan.id,
                "user_id": self.personal_manager.id,
            }
        )
        lead._write(
            {
                "club_application_state": "asked",
                "club_answer_due": fields.Datetime.now() - timedelta(days=1),
            }
        )
        row = self._row("answer")
        self.assertEqual(row.lead_id, lead)
        self.assertEqual(row.name, "Boris")
        self.assertIn("Boris", row.why)
        self.assertEqual(row.action_do()["res_model"], "crm.lead")
        lead._write({"club_answer_due": fields.Datetime.now() + timedelta(days=3)})
        self.assertFalse(self._row("answer"))
        lead._write(
            {"club_answer_due": fields.Datetime.now(), "club_application_state": "info"}
        )
        self.assertFalse(self._row("answer"))

    def test_what_is_put_off_comes_back_as_an_activity(self):
        self._long_member()
        self._touched(days=90)
        self._row("quiet").action_tomorrow()
        self.assertEqual(self._codes(), set())
        activity = self.member.activity_ids
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=1))
        self.assertIn("No contact since", activity.summary)
        activity.date_deadline = self.today
        self.assertEqual(self._codes(), {"today"})
        activity.action_feedback()
        self.assertEqual(self._codes(), set(), "a done task is a contact")

    def test_an_archived_reason_puts_nobody_there(self):
        self._move(self.member, self.here)
        self.assertEqual(self._codes(), {"no_step"})
        reason = self.env.ref("club_community.club_day_reason_no_step")
        reason.active = False
        self.assertEqual(self._codes(), set())
        self.env["club.day.reason"].search([]).active = False
        self.assertEqual(self._codes(), set())

    def test_archived_people_are_on_nobodys_day(self):
        self._activity(days=-3)
        self.member.active = False
        self.assertEqual(self._codes(), set())

    def test_what_is_urgent_comes_first(self):
        self._move(self.member, self.here)
        self._activity(days=-1)
        self._activity()
        other = self._people(1, club_manager_id=self.personal_manager.id)
        self._move(other, self.here)
        self.env.flush_all()
        rows = self.Day.search([("is_mine", "=", True)])
        self.assertEqual(rows.mapped("code"), ["overdue", "today", "no_step"])
        self.assertFalse(self.Day.search([("is_mine", "=", False)]))
