import doctest

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...tools import portfolio
from .common import ManagerCommon


@tagged("post_install", "-at_install")
class TestDistribute(ManagerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search(
            [("club_manager_id", "=", False), ("club_stage_id", "!=", False)]
        ).club_manager_id = cls.club_admin

    def _wait(self, count, **vals):
        people = self._people(count, **vals)
        self._move(people, self.here)
        return people

    def _distribute(self, **vals):
        return self.env["club.handover"].create(
            {"kind": "distribution", "who": "club", "reason": "New", **vals}
        )

    def _members_elsewhere(self):
        """People of the database whom the distribution would take, too."""
        return self.env["res.partner"].search_count(
            [
                ("club_manager_id", "=", False),
                ("is_company", "=", False),
                ("club_stage_id", "!=", False),
            ]
        )

    def test_arithmetic(self):
        failed, tried = doctest.testmod(portfolio)
        self.assertFalse(failed)
        self.assertGreater(tried, 10)

    def test_by_city_and_load_within_capacity(self):
        kazan = self.env["club.chapter"].create({"name": "Kazan"})
        self.boris.club_chapter_ids = kazan
        self.clara.club_capacity = 4
        self._given(3, self.anna)
        there = self._wait(5, club_chapter_id=kazan.id)
        handover = self._distribute(partner_ids=there.ids)
        handover.action_preview()
        self.assertEqual(handover.line_ids.to_manager_id, self.boris)
        self.assertIn("Boris M", handover.shares)
        self.assertFalse(there.club_manager_id)
        handover.action_run()
        self._nightly("ir_cron_club_handover")
        self.assertEqual(there.club_manager_id, self.boris)
        self.assertEqual(handover.state, "done")
        rest = self._wait(20)
        handover = self._distribute(partner_ids=rest.ids)
        handover.action_preview()
        self.assertEqual(handover.left_count, 4)  # 24 of capacity, 8 taken
        handover.action_run()
        self._nightly("ir_cron_club_handover")
        counts = {
            user: self.env["res.partner"].search_count(
                [("club_manager_id", "=", user.id)]
            )
            for user in (self.anna, self.boris, self.clara)
        }
        self.assertEqual(counts, {self.anna: 10, self.boris: 10, self.clara: 4})

    def test_two_previews_of_the_same_people_double_nothing(self):
        people = self._wait(6)
        one = self._distribute(partner_ids=people.ids, to_manager_ids=self.anna.ids)
        two = self._distribute(partner_ids=people.ids, to_manager_ids=self.boris.ids)
        (one + two).mapped(lambda h: h.action_preview() or h)
        one.action_run()
        two.action_run()
        self._nightly("ir_cron_club_handover")
        self.assertEqual(people.club_manager_id, self.anna)
        self.assertEqual(one.done_count, 6)
        self.assertEqual(two.kept_count, 6)
        self.assertIn("Anna M", two.line_ids[0].why)
        self.assertEqual(len(people.club_assignment_ids), 6)

    def test_all_on_the_journey_without_a_manager(self):
        before = self._members_elsewhere()
        people = self._wait(2)
        self.anna.club_capacity = 1000
        handover = self._distribute()
        handover.action_preview()
        self.assertEqual(len(handover.line_ids), before + 2)
        self.assertLessEqual(people, handover.line_ids.partner_id)

    def test_bad_input(self):
        with self.assertRaisesRegex(UserError, "None of the chosen people"):
            self._distribute(partner_ids=self._given(1, self.anna).ids).action_preview()
        person = self._wait(1)
        for user in (self.anna, self.boris, self.clara):
            user.club_capacity = 0
        with self.assertRaisesRegex(UserError, "to whom"):
            self._distribute(partner_ids=person.ids).action_preview()
        with self.assertRaisesRegex(UserError, "preview first"):
            self._distribute().action_run()

    def test_managers_screen(self):
        self._given(15, self.anna)
        row = (
            self.env["club.portfolio"].browse(self.anna.id).with_user(self.club_manager)
        )
        self.assertEqual((row.people, row.capacity, row.load), (15, 10, 150))
        row.capacity = 30
        self.assertEqual((self.anna.club_capacity, row.load), (30, 50))
        counts = []
        for number in (2, 20):
            users = [
                self.anna.copy({"login": f"copy{number}-{n}"}) for n in range(number)
            ]
            self.env.flush_all()
            domain = [("user_id", "in", [user.id for user in users])]
            specification = {
                "user_id": {"fields": {"display_name": {}}},
                "chapter_ids": {"fields": {"display_name": {}}},
                "people": {},
                "load": {},
                "open_count": {},
                "overdue_count": {},
                "away_until": {},
                "deputy_id": {"fields": {"display_name": {}}},
            }
            rows = self.env["club.portfolio"].with_user(self.club_manager)
            counts.append(
                self._count_queries(
                    lambda d=domain, r=rows, s=specification: r.web_search_read(d, s)
                )
            )
        self.assertLessEqual(counts[1], counts[0])
