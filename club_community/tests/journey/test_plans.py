from datetime import date, timedelta

from odoo import Command
from odoo.tests import tagged

from .common import JourneyCommon


@tagged("post_install", "-at_install")
class TestPlans(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        call = cls.env.ref("mail.mail_activity_data_call")
        cls.plan_of_calls = cls.env["mail.activity.plan"].create(
            {
                "name": "Calls",
                "res_model": "res.partner",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": call.id,
                            "summary": "Welcome call",
                            "note": "<p>Ask what he expects.</p>",
                            "responsible_type": "club_manager",
                            "delay_count": 2,
                            "delay_unit": "days",
                            "delay_from": "after_plan_date",
                        }
                    ),
                    Command.create(
                        {
                            "activity_type_id": call.id,
                            "summary": "Talk about renewal",
                            "responsible_type": "club_manager",
                            "club_base": "end",
                            "delay_count": 60,
                            "delay_unit": "days",
                            "delay_from": "before_plan_date",
                        }
                    ),
                ],
            }
        )
        cls.here.activity_plan_id = cls.plan_of_calls

    def test_entering_a_stage_starts_its_plan_once(self):
        self.member.club_manager_id = self.personal_manager
        end = self.today + timedelta(days=300)
        self._create_period(self.member, self.today, end)
        self._move(self.member, self.here)
        call, renewal = self.member.activity_ids.sorted("date_deadline")
        self.assertEqual(call.user_id, self.personal_manager)
        self.assertEqual(call.date_deadline, self.today + timedelta(days=2))
        self.assertIn("Ask what he expects", call.note)
        self.assertEqual(renewal.date_deadline, end - timedelta(days=60))
        self._move(self.member, self.there)
        self._move(self.member, self.here)
        self.assertEqual(len(self.member.activity_ids), 2)

    def test_what_is_past_is_due_at_once(self):
        self._create_period(
            self.member, self.today - timedelta(300), self.today + timedelta(days=10)
        )
        self._move(self.member, self.here)
        renewal = self.member.activity_ids.filtered(
            lambda activity: activity.summary == "Talk about renewal"
        )
        self.assertEqual(renewal.date_deadline, self.today)

    def test_without_a_manager_it_goes_to_the_lead_and_says_so(self):
        lead = self.club_manager
        chapter = self.env["club.chapter"].create(
            {"name": "Tver", "lead_manager_id": lead.id}
        )
        with_lead, alone = self._people(2)
        with_lead.club_chapter_id = chapter
        self._move(with_lead + alone, self.here)
        self.assertEqual(with_lead.activity_ids.user_id, lead)
        self.assertIn("chapter's lead", with_lead.activity_ids[0].note)
        self.assertTrue(alone.activity_ids.user_id)
        self.assertIn("club's manager", alone.activity_ids[0].note)

    def test_stocks_own_window_knows_the_personal_manager(self):
        self.member.club_manager_id = self.personal_manager
        wizard = self.env["mail.activity.schedule"].create(
            {
                "res_model": "res.partner",
                "res_ids": str(self.member.ids),
                "plan_id": self.plan_of_calls.id,
                "plan_date": self.today,
            }
        )
        self.assertFalse(wizard.error)
        wizard.action_schedule_plan()
        self.assertEqual(self.member.activity_ids.user_id, self.personal_manager)

    def test_the_night_places_newcomers_without_starting_anything(self):
        person = self._people(1)
        self._rule(self.here, f"[('id', '=', {person.id})]")
        self._nightly()
        self.assertEqual(person.club_stage_id, self.here)
        self.assertFalse(person.activity_ids)

    def test_next_birthday(self):
        template = self.plan_of_calls.template_ids[0]
        template.write({"club_base": "birthday", "delay_count": 0})
        born = self.today + timedelta(days=20)
        self.member.club_birthday = date(1980, 1, 1).replace(
            month=born.month, day=min(born.day, 28)
        )
        deadline = template._club_deadline(self.member, self.today)
        self.assertEqual(
            (deadline.month, deadline.day), (born.month, min(born.day, 28))
        )
        self.assertGreaterEqual(deadline, self.today)

    def test_queries_do_not_grow_with_the_people(self):
        counts = []
        for number in (3, 30):
            people = self._people(number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._club_start_plan(self.plan_of_calls)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
