from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .survey_common import SurveyCommon


@tagged("post_install", "-at_install")
class TestEventAnswers(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.food = cls._event_question("club_food", "text_box")
        cls.sport = cls._event_question("club_sport_ids", "simple_choice")
        cls.dinner = cls._event(cls.food, cls.sport)

    def _food(self, person=None):
        return (person or self.person).club_food

    def test_a_confirmed_registration_fills_the_card(self):
        tennis = self.tennis
        self.person.club_sport_ids = self.golf
        registration = self._register(
            self.dinner, {self.food: "No fish", self.sport: tennis.id}
        )
        row = self._rows("club_food")
        self.assertEqual((row.value, row.source), ("No fish", "event"))
        self.assertEqual(row.source_ref, f"event.registration,{registration.id}")
        self.assertEqual(self.person.club_sport_ids, self.golf | tennis)

    def test_only_when_it_is_confirmed(self):
        registration = self._register(
            self.dinner, {self.food: "No fish"}, state="draft"
        )
        self.assertFalse(self._food())
        registration.action_confirm()
        self.assertEqual(self._food(), "No fish")

    def test_an_old_answer_does_not_come_back_at_the_door(self):
        registration = self._register(self.dinner, {self.food: "No fish"})
        self.person.with_user(self.manager).club_food = "Eats all"
        registration.action_set_done()
        self.assertEqual(self._food(), "Eats all")
        registration.action_cancel()
        registration.action_confirm()
        self.assertEqual(self._food(), "Eats all")
        self.assertEqual(len(self._rows("club_food")), 2)

    def test_an_answer_that_comes_later(self):
        registration = self._register(self.dinner, {})
        registration.registration_answer_ids = self._event_answers(
            {self.food: "No meat"}
        )
        self.assertEqual(self._food(), "No meat")

    def test_a_guest_is_not_the_booker(self):
        self._register(
            self.dinner, {self.food: "Guest"}, name="Boris", email="boris@example.com"
        )
        self.assertFalse(self._rows("club_food"))

    def test_the_booker_gave_his_own_email_for_his_guests(self):
        values = {
            "event_id": self.dinner.id,
            "partner_id": self.person.id,
            "email": self.person.email,
        }
        self.env["event.registration"].create(
            [
                {
                    **values,
                    "name": name,
                    "registration_answer_ids": self._event_answers({self.food: food}),
                }
                for name, food in (("Boris", "Meat"), ("anna  PETROVA", "No fish"))
            ]
        )
        self.assertEqual(self._food(), "No fish")
        self.assertEqual(len(self._rows("club_food")), 1)

    def test_what_is_not_understood_is_noted(self):
        birthday = self._event_question("club_birthday", "text_box")
        event = self._event(birthday, self.food)
        self._register(event, {birthday: "in spring", self.food: "No fish"})
        self.assertEqual(self._food(), "No fish")
        (note,) = self._notes()
        self.assertIn("Birthday", note)
        self.assertNotIn("spring", note)

    def test_a_consent_at_an_event(self):
        purpose = self.env["club.consent.purpose"]._get("dates")
        agree = self.env["event.question"].create(
            {"title": "May we greet your family?", "club_purpose_id": purpose.id}
        )
        agree.action_club_fill_answers()
        family = self._event_question("club_family_status", "simple_choice")
        event = self._event(agree, family)
        self._register(event, {family: "married", agree: "yes"})
        self.assertEqual(self.person.club_family_status, "married")
        consent = self.person.club_consent_ids
        self.assertEqual((consent.source, consent.wording), ("event", agree.title))
        self._register(self._event(agree, family), {agree: "no"})
        self.assertFalse(self.person.club_family_status)

    def test_nothing_confidential_is_asked_at_events(self):
        with self.assertRaisesRegex(ValidationError, "for few eyes"):
            self._event_question("risk", "simple_choice")
        with self.assertRaisesRegex(ValidationError, "Choose one of"):
            self._event_question("club_food", "simple_choice")
        with self.assertRaisesRegex(ValidationError, "not among the choices"):
            self.sport.answer_ids[0].club_value = "pigeon"

    def test_queries_do_not_grow_with_the_registrations(self):
        def queries(count):
            people = self.env["res.partner"].create(
                [{"name": f"P {n}", "email": f"p{n}@example.com"} for n in range(count)]
            )
            registrations = self.env["event.registration"].create(
                [
                    {
                        "event_id": self.dinner.id,
                        "partner_id": person.id,
                        "state": "draft",
                        "registration_answer_ids": self._event_answers(
                            {self.food: f"Food {n}", self.sport: self.golf.id}
                        ),
                    }
                    for n, person in enumerate(people)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            registrations.write({"state": "open"})
            self.env.flush_all()
            count = self.env.cr.sql_log_count - start
            rows = self.Value.search([("partner_id", "in", people.ids)])
            self.assertEqual(len(rows), 2 * len(people))
            return count

        queries(1)
        few, many = queries(3), queries(30)
        self.assertEqual(few, many)

    def test_people_nobody_knows_fill_nothing(self):
        self.env["event.registration"].create(
            {
                "event_id": self.dinner.id,
                "name": "Stranger",
                "email": self.person.email,
                "registration_answer_ids": [
                    Command.create(
                        {"question_id": self.food.id, "value_text_box": "Poison"}
                    )
                ],
            }
        )
        self.assertFalse(self._rows("club_food"))
