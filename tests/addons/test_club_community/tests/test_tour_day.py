from datetime import timedelta

from odoo.tests import tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourDay(ToursCommon):
    """A manager's morning from My day by keyboard: call, letter, meeting, later."""

    def _morning_in(self, language):
        manager = self.personal_manager
        manager.write(
            {
                "lang": language,
                "company_ids": self.company.ids,
                "company_id": self.company.id,
            }
        )
        people = self.env["res.partner"].create(
            [
                {
                    "name": f"Person {number}",
                    "email": f"person{number}@example.com",
                    "club_manager_id": manager.id,
                }
                for number in range(1, 6)
            ]
        )
        activities = self.env["mail.activity"].create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": person.id,
                    "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                    "summary": "Ask what he looks for",
                    "user_id": manager.id,
                    "date_deadline": self.today - timedelta(days=9 - number),
                }
                for number, person in enumerate(people)
            ]
        )
        self.start_tour("/odoo/my-day", "club_day", login="club_pm", timeout=180)
        self.env.invalidate_all()
        called, written, met, later, left = activities
        self.assertFalse(called.active)
        self.assertEqual(called.feedback, "Looks for partners in Tver")
        self.assertEqual(people[0].club_last_contact_channel, "call")
        self.assertFalse(written.active)
        self.assertIn("The news of the club", people[1].message_ids.mapped("subject"))
        self.assertGreater(met.date_deadline, self.today)
        self.assertTrue(people[2].meeting_ids)
        self.assertEqual(later.date_deadline, self.today + timedelta(days=1))
        self.assertLess(left.date_deadline, self.today)

    def test_in_english(self):
        self._morning_in("en_US")

    def test_in_russian(self):
        self._morning_in("ru_RU")
