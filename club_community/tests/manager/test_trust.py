from datetime import timedelta

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ManagerCommon


@tagged("post_install", "-at_install")
class TestTrust(ManagerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trusts = cls.env["club.trust.level"]._trusted()
        cls.asks = cls.env.ref("club_community.club_trust_level_asks")

    def _note(self, person, level=None, ago=0):
        return self.env["club.trust"].create(
            {
                "partner_id": person.id,
                "level_id": (level or self.trusts).id,
                "date": self.today - timedelta(days=ago),
            }
        )

    def _since(self, people, days):
        for row in people.club_assignment_ids.sudo():
            row.date_from -= timedelta(days=days)

    def _row(self, person):
        self.env["club.figure.trust"].invalidate_model()
        return self.env["club.figure.trust"].search([("partner_id", "=", person.id)])

    def test_history_is_not_written_anew(self):
        row = self._note(self._given(1, self.anna)).with_user(self.club_admin)
        with self.assertRaisesRegex(AccessError, "history"):
            row.sudo(False).write({"note": "x"})
        with self.assertRaises(UserError):
            row.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._note(row.partner_id.sudo(), self.asks)

    def test_bad_input(self):
        person = self._given(1, self.anna)
        with self.assertRaisesRegex(ValidationError, "in advance"):
            self._note(person, ago=-1)
        person.is_company = True
        with self.assertRaisesRegex(ValidationError, "Companies"):
            self._note(person)
        with self.assertRaisesRegex(AccessError, "follows by itself"):
            self.env["club.trust"].with_user(self.anna).create(
                {
                    "partner_id": person.id,
                    "level_id": self.asks.id,
                    "source": "survey",
                }
            )

    def test_time_to_trust(self):
        person = self._given(1, self.anna)
        self._since(person, 100)
        self._note(person, self.asks, ago=60)
        self.assertFalse(self._row(person).date_reached)
        self.assertEqual(self._row(person).reached, 0)
        self._note(person, ago=40)
        self._note(person, self.trusts.search([("value", "=", 5)]), ago=10)
        row = self._row(person)
        self.assertEqual((row.days, row.reached, row.group), (60, 1, "client"))

    def test_with_a_new_manager_it_begins_anew(self):
        person = self._given(1, self.anna)
        self._since(person, 100)
        self._note(person, ago=40)
        person.club_manager_id = self.boris
        old, new = self._row(person).sorted("id")
        self.assertEqual((old.manager_id, old.days), (self.anna, 60))
        self.assertEqual((new.manager_id, new.reached), (self.boris, 0))

    def _two_groups(self):
        """Members trust after 8, 10 and 99 days, others after 18 and 20."""
        members, clients = self._given(3, self.anna), self._given(3, self.anna)
        for person in members:
            self._create_period(person, self.today - timedelta(days=200))
        self._since(members | clients, 100)
        for person, days in zip(members, (8, 10, 99), strict=True):
            self._note(person, ago=100 - days)
        for person, days in zip(clients, (18, 20), strict=False):
            self._note(person, ago=100 - days)
        return members, clients

    def test_medians_and_shares(self):
        people = self.env["res.partner"].union(*self._two_groups())
        groups = self.env["club.figure.trust"]._read_group(
            [("partner_id", "in", people.ids)],
            ["group"],
            ["days:avg", "people:sum", "reached:sum", "share:avg"],
        )
        found = {group: numbers for group, *numbers in groups}
        self.assertEqual(found["member"], [10, 3, 3, 100])
        days, number, reached, share = found["client"]
        self.assertEqual((days, number, reached), (19, 3, 2))
        self.assertAlmostEqual(share, 66.67, 2)

    def test_the_formula_is_shown(self):
        self._two_groups()
        window = (
            self.env["club.trust.compare"]
            .with_user(self.club_manager)
            .create({"manager_id": self.anna.id})
        )
        self.assertIn("less the day on which he was given", window.answer)
        self.assertIn("(10.0 − 19.0) ÷ 19.0 × 100 = -47.4 %", window.answer)
        window.manager_id = self.boris
        self.assertIn("Nothing to compare yet", window.answer)

    def test_before_and_after_a_day(self):
        early, late = self._given(1, self.anna), self._given(1, self.anna)
        self._since(early, 100)
        self._since(late, 50)
        self._note(early, ago=40)
        self._note(late, ago=20)
        self.trusts.compare_on = self.today - timedelta(days=70)
        self.assertEqual(self._row(early).side, "before")
        self.assertEqual(self._row(late).side, "after")
        window = self.env["club.trust.compare"].create(
            {"manager_id": self.anna.id, "by": "side"}
        )
        self.assertIn("(30.0 − 60.0) ÷ 60.0 × 100 = -50.0 %", window.answer)

    def _answer(self, person, number):
        survey = self.env.ref("club_community.survey_trust").sudo()
        user_input = survey._create_answer(partner=person)
        question = self.env.ref("club_community.survey_trust_question")
        user_input._save_lines(question, str(number))
        user_input._mark_done()

    def test_the_survey_notes_it(self):
        person = self._given(1, self.anna)
        self._answer(person, 4)
        row = self.env["club.trust"].search([("partner_id", "=", person.id)])
        self.assertEqual((row.level_id, row.source), (self.trusts, "survey"))
        self.assertFalse(row.user_id)
        self._answer(person, 1)
        self.assertEqual(
            self.env["club.trust"].search([("partner_id", "=", person.id)]), row
        )
