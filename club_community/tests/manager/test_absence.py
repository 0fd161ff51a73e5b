from datetime import timedelta

from psycopg2 import errors

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ManagerCommon


@tagged("post_install", "-at_install")
class TestAbsence(ManagerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member.club_manager_id = cls.anna
        cls.period = cls._create_period(cls.member, cls.today)

    def _away(self, user, deputy, start=0, days=5):
        start = self.today + timedelta(days=start)
        return self.env["club.absence"].create(
            {
                "user_id": user.id,
                "deputy_id": deputy.id,
                "date_from": start,
                "date_until": start + timedelta(days=days),
            }
        )

    def _in_charge(self):
        return self.member._club_looked_after_by()[self.member.id]

    def test_the_deputy_is_charged_and_told_for_whom(self):
        self.assertEqual(self._in_charge(), (self.anna, ""))
        absence = self._away(self.anna, self.boris)
        self.assertEqual(absence.state, "now")
        user, words = self._in_charge()
        self.assertEqual(user, self.boris)
        self.assertRegex(words, "For Anna M, who is away until")
        self.assertEqual(self.period._responsible_user(), self.boris)
        self.assertEqual(self.member._club_watch_responsible(), self.boris)
        absence.date_until = self.today
        self.assertEqual(self._in_charge()[0], self.boris)
        absence.unlink()
        self.assertEqual(self._in_charge(), (self.anna, ""))

    def test_before_and_after_nothing_changes(self):
        self._away(self.anna, self.boris, start=1)
        self._away(self.anna, self.clara, start=-9)
        self.assertEqual(self._in_charge(), (self.anna, ""))

    def test_the_deputys_deputy(self):
        self._away(self.anna, self.boris)
        self._away(self.boris, self.clara)
        self.assertEqual(self._in_charge()[0], self.clara)
        circle = self._away(self.clara, self.anna)
        self.assertEqual(self._in_charge(), (self.anna, ""))
        circle.unlink()
        self.clara.active = False
        self.env.invalidate_all()
        self.assertEqual(self._in_charge(), (self.anna, ""))

    def test_the_deputy_sees_the_people_meanwhile(self):
        theirs = self.period.with_user(self.boris)
        self.assertFalse(theirs.has_access("read"))
        self.assertFalse(theirs.search([("id", "=", self.period.id)]))
        absence = self._away(self.anna, self.boris)
        self.env.invalidate_all()
        self.assertTrue(theirs.has_access("read"))
        self.assertTrue(theirs.search([("id", "=", self.period.id)]))
        for model in ("club.renewal", "club.figure.month", "club.figure.person"):
            rows = self.env[model].with_user(self.boris)
            self.assertEqual(
                rows.search([("partner_id", "=", self.member.id)]),
                rows.sudo().search([("partner_id", "=", self.member.id)]),
                model,
            )
        self.assertTrue(self.period.with_user(self.anna).has_access("read"))
        self.assertFalse(self.period.with_user(self.clara).has_access("read"))
        absence.write(
            {
                "date_from": self.today - timedelta(days=2),
                "date_until": self.today - timedelta(days=1),
            }
        )
        self.env.invalidate_all()
        self.assertFalse(theirs.has_access("read"))
        self.assertFalse(theirs.search([("id", "=", self.period.id)]))

    def test_no_rule_of_a_portfolio_is_left_behind(self):
        rules = self.env["ir.rule"].search(
            [("domain_force", "like", "club_manager_id', '=', user.id")]
        )
        self.assertEqual(
            sorted(rules.mapped("name")),
            [
                "Club: personal manager: confidential facts of own portfolio",
                "Club: personal manager: confidential sheets of own portfolio",
            ],
            "what was told to one's manager is not told to his deputy",
        )

    @mute_logger("odoo.sql_db")
    def test_days_do_not_overlap(self):
        self._away(self.anna, self.boris)
        for step, error in (
            (lambda: self._away(self.anna, self.clara, 5), errors.ExclusionViolation),
            (lambda: self._away(self.clara, self.boris, 0, -1), errors.CheckViolation),
            (lambda: self._away(self.clara, self.clara), errors.CheckViolation),
        ):
            with self.assertRaises(error), self.env.cr.savepoint():
                step()
        self._away(self.anna, self.clara, 6)

    def test_a_deputy_is_of_the_club(self):
        with self.assertRaisesRegex(ValidationError, "no personal manager"):
            self._away(self.anna, self.employee)

    def test_states_are_searched(self):
        now = self._away(self.anna, self.boris)
        coming = self._away(self.anna, self.boris, 10)
        over = self._away(self.anna, self.boris, -20)
        rows = now | coming | over
        for row, state in ((now, "now"), (coming, "coming"), (over, "over")):
            self.assertEqual(row.state, state)
            found = rows.search([("state", "=", state), ("id", "in", rows.ids)])
            self.assertEqual(found, row)
        self.assertEqual(
            rows.search([("state", "!=", "over"), ("id", "in", rows.ids)]), now | coming
        )

    def test_queries_do_not_grow_with_the_people(self):
        self._away(self.anna, self.boris)
        counts = []
        for number in (5, 50):
            people = self._given(number, self.anna) | self._given(number, self.clara)
            counts.append(self._count_queries(people._club_looked_after_by))
        self.assertLessEqual(counts[1], counts[0])

    def test_queries_do_not_grow_with_the_periods(self):
        counts = []
        for number in (3, 30):
            periods = self.env["club.membership"].concat(
                *(
                    self._create_period(person, self.today)
                    for person in self._given(number, self.anna)
                )
            )
            counts.append(
                self._count_queries(
                    lambda periods=periods: [p._responsible_user() for p in periods]
                )
            )
        self.assertLessEqual(counts[1], counts[0])
