from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .day_common import DayCommon


@tagged("post_install", "-at_install")
class TestDayActions(DayCommon):
    """What a manager does from a row of his day."""

    def _note(self, row, **vals):
        context = row.action_note()["context"]
        note = Form(row.env["club.day.note"].with_context(**context))
        for name, value in vals.items():
            setattr(note, name, value)
        return note.save()

    def test_a_noted_call_ticks_off_the_activity_and_plans_the_next(self):
        activity = self._activity(days=-2)
        monday = self.today + timedelta(days=7)
        note = self._note(
            self._row("overdue"),
            result="Wants to meet partners in Tver",
            next_date=monday,
            next_summary="Introduce him",
        )
        self.assertEqual(note.channel, "call")
        note.action_save()
        self.assertEqual(self._codes(), set())
        self.assertFalse(activity.active)
        self.assertEqual(activity.feedback, "Wants to meet partners in Tver")
        self.assertEqual(self.member.club_last_contact_channel, "call")
        self.assertEqual(self.member.club_last_contact_user_id, self.personal_manager)
        following = self.member.activity_ids
        self.assertEqual(following.date_deadline, monday)
        self.assertEqual(following.summary, "Introduce him")
        self.assertEqual(following.user_id, self.personal_manager)

    def test_a_task_that_was_done_by_meeting_is_a_meeting(self):
        self._activity(activity_type_id=self.env.ref("mail.mail_activity_data_todo").id)
        note = self._note(self._row("today"), channel="meeting", result="Met at lunch")
        note.action_save()
        self.assertEqual(self.member.club_last_contact_channel, "meeting")

    def test_a_noted_call_moves_the_last_contact(self):
        self._long_member()
        self._touched(days=90)
        for channel in ("call", "message", "meeting"):
            with self.subTest(channel):
                self.member._write({"club_last_contact_on": self._days_ago(90)})
                self._note(
                    self._row("quiet"), channel=channel, result="All is well"
                ).action_save()
                self.assertEqual(self._codes(), set())
                self.assertEqual(self.member.club_last_contact_channel, channel)
                self.assertEqual(self.member.club_last_contact_subject, "All is well")
        self.assertIn("All is well", self.member.message_ids[0].body)

    def test_the_next_step_alone(self):
        self._move(self.member, self.here)
        row = self._row("no_step")
        action = row.action_do()
        self.assertEqual(action["res_model"], "club.day.note")
        note = self.env["club.day.note"].with_context(**action["context"]).create({})
        self.assertFalse(note.channel)
        with self.assertRaisesRegex(UserError, "by which day"):
            note.action_save()
        note.next_date = self.today - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "in the past"):
            note.action_save()
        note.next_date = self.today + timedelta(days=3)
        note.with_user(self.personal_manager).action_save()
        self.assertEqual(self._codes(), set())
        self.assertFalse(self.member.club_last_contact_on)

    def test_a_note_says_something(self):
        self._activity()
        with self.assertRaisesRegex(UserError, "in a sentence"):
            self._note(self._row("today"), result="  ").action_save()

    def test_done_and_put_off(self):
        activity = self._activity(days=-2)
        row = self._row("overdue")
        row.action_tomorrow()
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=1))
        self.assertEqual(self._codes(), set())
        activity.date_deadline = self.today - timedelta(days=2)
        self._row("overdue").action_next_week()
        self.assertEqual(activity.date_deadline.weekday(), 0)
        self.assertGreater(activity.date_deadline, self.today)
        activity.date_deadline = self.today
        row = self._row("today")
        row.action_done()
        self.assertFalse(activity.active)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "seen to meanwhile"):
            row.action_done()

    def test_only_activities_are_ticked_off(self):
        self._move(self.member, self.here)
        with self.assertRaisesRegex(UserError, "Only activities"):
            self._row("no_step").action_done()

    def test_letter_meeting_and_handing_on(self):
        self._create_period(self.member, self.today)
        row = self._row("newcomer")
        letter = row.action_letter()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.personal_manager)
            .with_context(**letter["context"])
            .create({})
        )
        self.assertEqual(composer.subject, "Let us meet")
        composer.action_send_mail()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self.member.club_last_contact_on)
        action = self._row("newcomer").action_do()
        self.assertEqual(action["res_model"], "calendar.event")
        meeting = (
            self.env["calendar.event"]
            .with_user(self.personal_manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn(self.member, meeting.partner_ids)
        self.assertIn(self.personal_manager.partner_id, meeting.partner_ids)
        self.assertEqual(meeting.duration, 0.25)
        self.assertEqual(self._codes(), set())

    def test_handing_on_opens_something(self):
        self._activity()
        action = self._row("today").action_club_hand_on()
        self.assertEqual(action["type"], "ir.actions.act_window")

    def test_inviting_to_an_event(self):
        self._activity()
        context = self._row("today").action_invite()["context"]
        self.assertEqual(context["default_partner_ids"], self.member.ids)

    def test_windows_open(self):
        self._activity()
        row = self._row("today")
        self.assertEqual(row.action_window()["target"], "new")
        self.assertEqual(row.action_person()["res_id"], self.member.id)
        self.assertEqual(row.action_open()["res_id"], self.member.id)
        with Form(row) as form:
            self.assertIn("Ask about Tver", form.why)

    # --- The script -----------------------------------------------------------------

    def test_the_script_opens_inside_the_activity(self):
        self._move(self.member, self.here, reason="he told so")
        self._activity(days=-9).action_feedback(feedback="Looks for partners")
        activity = self._activity()
        script = activity.with_user(self.personal_manager).club_script
        self.assertIn("What to ask", script)
        self.assertIn("Looks for partners", script)
        self.assertIn("he told so", script)
        stranger = self.env["res.partner"].create({"name": "No member"})
        self.assertFalse(self._activity(stranger).club_script)
        self.assertFalse(self._row("today").filtered(lambda r: not r.script))

    def test_the_script_is_the_clubs(self):
        activity = self._activity(user=self.employee)
        with self.assertRaises(AccessError):
            activity.with_user(self.employee).read(["club_script"])
        views = (
            self.env["mail.activity"]
            .with_user(self.employee)
            .get_views([(False, "form")])
        )
        self.assertNotIn("club_script", views["views"]["form"]["arch"])

    # --- Rights ---------------------------------------------------------------------

    def test_whose_day_who_sees(self):
        self._activity(days=-2)
        other = self.env["res.users"].create(
            {
                "name": "Other",
                "login": "club_other",
                "group_ids": self.env.ref("club_community.group_club_user").ids,
            }
        )
        self.assertEqual(self._codes(user=other), set())
        self.assertEqual(self._codes(user=self.club_manager), {"overdue"})
        row = self._row("overdue")
        with self.assertRaises(AccessError):
            row.with_user(other).action_window() and row.with_user(other).why
        with self.assertRaises(AccessError):
            self.env["club.day"].with_user(self.employee).search([])

    # --- Load, and what was done ----------------------------------------------------

    def test_load_of_the_managers(self):
        self._activity(days=-2)
        self._activity()
        self.env.flush_all()
        Load = self.env["club.day.load"].with_user(self.club_manager)
        load = Load.search([("user_id", "=", self.personal_manager.id)])
        self.assertEqual(load.person_count, 1)
        self.assertEqual(load.open_count, 2)
        self.assertEqual(load.overdue_count, 1)
        self.assertEqual(load.today_count, 1)
        idle = Load.search([("user_id", "=", self.club_manager.id)])
        self.assertEqual(idle.person_count, 0)
        self.assertFalse(Load.search([("user_id", "=", self.employee.id)]))
        with self.assertRaises(AccessError):
            Load.with_user(self.personal_manager).search([])

    def test_done_ones_count(self):
        self._activity().with_user(self.personal_manager).action_feedback(feedback="OK")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_done_action"
        )
        rows = (
            self.env["mail.activity"]
            .with_user(self.personal_manager)
            .with_context(active_test=False)
            .formatted_read_group(
                [
                    ("active", "=", False),
                    ("date_done", "!=", False),
                    ("res_model", "=", "res.partner"),
                    ("user_id", "=", self.personal_manager.id),
                ],
                ["user_id", "date_done:month"],
                ["__count"],
            )
        )
        self.assertEqual(rows[0]["__count"], 1)
        self.assertEqual(action["res_model"], "mail.activity")
