import importlib.util
from datetime import timedelta
from pathlib import Path

from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ManagerCommon

SCRIPT = Path(__file__).parents[2] / "migrations/19.0.5.0.0/post-portfolios.py"


@tagged("post_install", "-at_install")
class TestAssignment(ManagerCommon):
    def _terms(self, person):
        return [
            (row.manager_id, bool(row.date_until))
            for row in person.club_assignment_ids.sorted("id")
        ]

    def test_history_follows_the_card(self):
        person = self.env["res.partner"].create(
            {"name": "Vera", "club_manager_id": self.anna.id}
        )
        self.assertEqual(self._terms(person), [(self.anna, False)])
        person.with_user(self.club_manager).with_context(
            club_manager_reason="Moved to Kazan"
        ).club_manager_id = self.boris
        self.assertEqual(self._terms(person), [(self.anna, True), (self.boris, False)])
        last = person.club_assignment_ids.filtered(lambda row: not row.date_until)
        self.assertEqual(last.user_id, self.club_manager)
        self.assertEqual(last.reason, "Moved to Kazan")
        person.club_manager_id = self.boris
        self.assertEqual(len(person.club_assignment_ids), 2)
        person.club_manager_id = False
        self.assertEqual(self._terms(person), [(self.anna, True), (self.boris, True)])

    def test_a_manager_by_default_is_noted_too(self):
        person = (
            self.env["res.partner"]
            .with_context(default_club_manager_id=self.anna.id)
            .create({"name": "Vera"})
        )
        self.assertEqual(self._terms(person), [(self.anna, False)])

    def test_one_manager_at_a_time_says_the_database(self):
        person = self._given(1, self.anna)
        row = person.club_assignment_ids
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.ExclusionViolation),
            self.env.cr.savepoint(),
        ):
            row.sudo().copy({"manager_id": self.boris.id})

    def test_history_is_nobodys_to_write(self):
        row = self._given(1, self.anna).club_assignment_ids.with_user(self.club_admin)
        for step in (
            lambda: row.write({"reason": "x"}),
            lambda: row.unlink(),
            lambda: row.copy(),
        ):
            with self.assertRaises(UserError):
                step()

    def test_queries_do_not_grow_with_the_people(self):
        few, many = self._people(5), self._people(50)
        counts = [
            self._count_queries(
                lambda people=people: people.with_context(tracking_disable=True).write(
                    {"club_manager_id": self.anna.id}
                )
            )
            for people in (few, many)
        ]
        self.assertLessEqual(counts[1], counts[0] + 2)
        self.assertEqual(len(many.club_assignment_ids), 50)

    def test_the_update_gives_everybody_his_row(self):
        people = self._given(3, self.anna)
        people.club_assignment_ids.sudo().unlink()
        self.env.flush_all()
        spec = importlib.util.spec_from_file_location("post_portfolios", SCRIPT)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        for _time in (1, 2):
            script.migrate(self.env.cr, "19.0.4.0.0")
            self.env.invalidate_all()
            self.assertEqual(len(people.club_assignment_ids), 3)
        self.assertEqual(people.club_assignment_ids.manager_id, self.anna)

    def test_merging_keeps_one_history(self):
        one, other = self._given(1, self.anna), self._given(1, self.boris)
        start = one.club_assignment_ids.date_from
        one.club_assignment_ids.sudo().date_from = start - timedelta(days=100)
        self.env["club.trust"].create(
            [
                {
                    "partner_id": person.id,
                    "level_id": self.env.ref(f"club_community.{level}").id,
                    "date": self.today,
                }
                for person, level in (
                    (one, "club_trust_level_asks"),
                    (other, "club_trust_level_trusts"),
                )
            ]
        )
        self.env["base.partner.merge.automatic.wizard"]._merge((one | other).ids, other)
        self.assertEqual(other.club_manager_id, self.boris)
        self.assertEqual(self._terms(other), [(self.anna, True), (self.boris, False)])
        trust = self.env["club.trust"].search([("partner_id", "=", other.id)])
        self.assertEqual(trust.level_id.value, 4)

    def test_merging_two_open_terms_of_one_day(self):
        one, other = self._given(1, self.anna), self._given(1, False)
        self.env["base.partner.merge.automatic.wizard"]._merge((one | other).ids, other)
        self.assertEqual(self._terms(other), [(self.anna, False)])
