from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import EventCommon


@tagged("post_install", "-at_install")
class TestAfter(EventCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey = cls.env.ref("club_community.survey_how_was_it")
        cls.event = cls._make_event(0, club_survey_id=cls.survey.id)
        cls.came = cls._register(cls.vera)
        cls.missed = cls._register(cls.ivan)
        cls.came.action_set_done()

    def _over(self, event=None, hours=13):
        end = fields.Datetime.now() - timedelta(hours=hours)
        (event or self.event).write(
            {"date_begin": end - timedelta(hours=4), "date_end": end}
        )

    def _run(self):
        now = fields.Datetime.now()
        self.env["event.event"]._club_to_close(now)._club_close(now)
        self.env["event.registration"]._club_to_ask(now)._club_ask()
        self.env.flush_all()

    def _asked(self, person):
        return self.env["survey.user_input"].search(
            [("partner_id", "=", person.id), ("survey_id", "=", self.survey.id)]
        )

    def test_nothing_before_twelve_hours_are_over(self):
        self._over(hours=11)
        self._run()
        self.assertFalse(self.event.club_closed_on)
        self.assertFalse(self._asked(self.vera))

    def test_attendance_goes_to_the_history(self):
        self._over()
        self._run()
        self.assertEqual(
            (self.came.club_no_show, self.missed.club_no_show), (False, True)
        )
        self.assertEqual(self.missed.state, "open", "a flag, no other state")
        self.assertEqual(self.vera.club_events_attended, 1)
        self.assertEqual(self.ivan.club_events_missed, 1)
        self.assertEqual(self.vera.club_last_contact_channel, "meeting")
        self.assertEqual(self.vera.club_last_contact_on, self.event.date_end)
        self.assertFalse(self.ivan.club_last_contact_on)
        domain = self.ivan.action_club_events()["domain"]
        self.assertEqual(self.env["event.registration"].search(domain), self.missed)

    def test_checked_in_late(self):
        self._over()
        self._run()
        self.missed.action_set_done()
        self.assertFalse(self.missed.club_no_show)

    def test_where_nobody_was_checked_in_nothing_is_known(self):
        event = self._make_event(0)
        place = self._register(self.olga, event)
        self._over(event)
        self._run()
        self.assertTrue(event.club_closed_on)
        self.assertFalse(place.club_no_show)
        self.assertEqual(self.olga.club_events_missed, 0)

    def test_old_events_are_left_as_they_are(self):
        self._over(hours=24 * 40)
        self._run()
        self.assertFalse(self.missed.club_no_show)
        self.assertFalse(self._asked(self.vera))

    def test_asked_once_how_it_was(self):
        self._register(self.vera).action_set_done()
        self._over()
        self._run()
        self._run()
        asked = self._asked(self.vera)
        self.assertEqual((len(asked), asked.club_event_id), (1, self.event))
        self.assertFalse(self._asked(self.ivan), "he was not there")
        letters = self.env["mail.mail"].search([("subject", "ilike", "How was it")])
        self.assertEqual(len(letters), 1)

    def test_who_asked_not_to_be_written_to_is_not_asked(self):
        self.env["mail.blacklist"]._add("vera@example.com")
        self._over()
        self._run()
        self.assertFalse(self._asked(self.vera))

    def test_the_answer_reaches_the_card(self):
        self._over()
        self._run()
        asked = self._asked(self.vera)
        question = self.env.ref("club_community.survey_how_was_it_next")
        answer = self.env.ref("club_community.survey_how_was_it_next_business")
        asked._save_lines(question, str(answer.id))
        asked._mark_done()
        business = self.env.ref("club_community.club_interest_business")
        self.assertIn(business, self.vera.club_interest_ids)

    def test_queries_do_not_grow_with_the_people(self):
        def cost(count):
            people = self.env["res.partner"].create(
                [{"name": f"P{n}"} for n in range(count)]
            )
            for person in people:
                self._register(person)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people.mapped("club_events_coming")
            return self.env.cr.sql_log_count - before

        cost(2)
        self.assertEqual(cost(3), cost(30))
