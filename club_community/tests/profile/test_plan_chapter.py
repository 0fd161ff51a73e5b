import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..membership.test_waiting import WaitingCommon


@tagged("post_install", "-at_install")
class TestPlacesByCity(WaitingCommon):
    """Two common places; Kazan has one of its own, Perm has no number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Chapter = cls.env["club.chapter"]
        cls.kazan, cls.perm, cls.omsk = Chapter.create(
            [{"name": "Kazan"}, {"name": "Perm"}, {"name": "Omsk"}]
        )
        cls.line = cls._give(cls.kazan, 1)
        cls.people[0].club_chapter_id = cls.kazan
        cls.people[1].club_chapter_id = cls.kazan
        cls.people[2].club_chapter_id = cls.perm

    @classmethod
    def _give(cls, chapter, places):
        return cls.env["club.plan.chapter"].create(
            {"plan_id": cls.plan.id, "chapter_id": chapter.id, "places": places}
        )

    def _rows(self, chapter=None):
        return self._places().filtered(
            lambda p: p.chapter_id == (chapter or self.env["club.chapter"])
        )

    def test_full_city_blocks_nobody_else(self):
        self._sell_and_pay(self.people[0])
        with self.assertRaisesRegex(UserError, "All 1 places of “Gold” for Kazan"):
            self._sell(self.people[1])
        self._wait(self.people[1])
        self._sell_and_pay(self.people[2])
        self._sell_and_pay(self.people[3])
        self.assertEqual(self._rows(self.kazan).partner_id, self.people[0])
        self.assertEqual(self._rows().partner_id, self.people[2:4])
        with self.assertRaisesRegex(UserError, "All 2 places of “Gold” are"):
            self._sell(self.people[4])
        self.assertEqual(self.line.taken, 1)

    def test_full_common_places_do_not_block_a_city(self):
        self._sell_and_pay(self.people[2])
        self._sell_and_pay(self.people[3])
        self._wait(self.people[4])
        self.assertTrue(self.plan._with_free_place(self.people[0]))
        self.assertFalse(self.plan._with_free_place(self.member))
        self._sell_and_pay(self.people[0])

    def test_freed_place_of_a_city_goes_to_its_first(self):
        first = self._sell_and_pay(self.people[0])
        self._sell_and_pay(self.people[2])
        self._sell_and_pay(self.people[3])
        other, second = self._wait(self.people[4], self.people[1])
        self.assertEqual((other | second).mapped("position"), [1, 1])
        self._refund(first)
        self._turn()
        self.assertEqual((other.state, second.state), ("waiting", "offered"))
        self.assertEqual(self._rows(self.kazan).partner_id, self.people[1])

    def test_freed_common_place_goes_to_no_one_of_the_city(self):
        self._sell_and_pay(self.people[0])
        common = self._sell_and_pay(self.people[2])
        self._sell_and_pay(self.people[3])
        of_city, other = self._wait(self.people[1], self.people[4])
        self._refund(common)
        self._turn()
        self.assertEqual((of_city.state, other.state), ("waiting", "offered"))

    def test_order_changes_within_a_city(self):
        self.people[4].club_chapter_id = self.kazan
        self._sell_and_pay(self.people[0])
        self._sell_and_pay(self.people[2])
        self._sell_and_pay(self.people[3])
        other, two, three = self._wait(self.member, self.people[1], self.people[4])
        three._move_to(1, "Founder")
        queue = other | two | three
        queue.invalidate_recordset()
        self.assertEqual(queue.mapped("position"), [1, 2, 1])

    def test_number_raised_and_lowered(self):
        self.line.places = 3
        self.assertEqual(len(self._rows(self.kazan)), 3)
        self._sell_and_pay(self.people[0])
        self._sell_and_pay(self.people[1])
        self.line.places = 1
        rows = self._rows(self.kazan)
        self.assertEqual(rows.partner_id, self.people[:2])
        self.assertEqual(len(rows.filtered("is_extra")), 1)
        self.plan.capacity = 5
        self.assertEqual(len(self._rows()), 5)
        self.assertEqual(len(self._rows(self.kazan)), 2)
        self._turn()
        self.assertEqual(len(self._places()), 7, "the job finds nothing to mend")

    def test_raised_number_calls_the_queue_of_the_city(self):
        self._sell_and_pay(self.people[0])
        entry = self._wait(self.people[1])
        self.plan.capacity = 9
        self._turn()
        self.assertEqual(entry.state, "waiting")
        self.line.places = 2
        self._turn()
        self.assertEqual(entry.state, "offered")

    def test_line_added_later_counts_the_members_of_the_city(self):
        self._sell_and_pay(self.people[2])
        self._give(self.perm, 1)
        self.assertEqual(self._rows(self.perm).partner_id, self.people[2])
        self.assertEqual(len(self._rows()), 2)
        self.assertFalse(self._rows().partner_id)

    def test_line_removed(self):
        self._sell_and_pay(self.people[0])
        self._sell_and_pay(self.people[2])
        self.line.unlink()
        self.assertEqual(self._rows().partner_id, self.people[0] | self.people[2])
        self.assertEqual(len(self._places()), 2)
        self.assertFalse(self._places().filtered("is_extra"))

    def test_who_moves_keeps_his_place(self):
        self._sell_and_pay(self.people[0])
        self.people[0].club_chapter_id = self.perm
        self.plan.capacity = 1
        self._sell_and_pay(self.people[3])
        self.assertTrue(self.plan._with_free_place(self.people[0]))
        self._sell_and_pay(self.people[0])
        self.assertEqual(self._rows(self.kazan).partner_id, self.people[0])
        self.assertEqual(len(self._holders()), 2)

    def test_who_moves_waits_in_the_other_queue(self):
        self._sell_and_pay(self.people[2])
        self._sell_and_pay(self.people[3])
        mover = self._wait(self.people[4])
        self._turn()
        self.assertEqual(mover.state, "waiting")
        self.people[4].club_chapter_id = self.kazan
        self.assertEqual(mover.chapter_id, self.kazan)
        with self.assertRaises(UserError, msg="he asked before"):
            self._sell(self.people[0])
        self._turn()
        self.assertEqual(mover.state, "offered")
        self.assertEqual(self._rows(self.kazan).partner_id, self.people[4])

    def test_places_in_cities_only(self):
        self.plan.capacity = 0
        self.assertTrue(self.plan.is_limited)
        self._sell_and_pay(self.people[0])
        with self.assertRaisesRegex(UserError, "in these cities only: Kazan"):
            self._sell(self.people[2])
        with self.assertRaisesRegex(UserError, "All 1 places"):
            self._sell(self.people[1])
        self.line.unlink()
        self.assertFalse(self.plan.is_limited)
        self.assertFalse(self._places())
        self._sell_and_pay(self.people[2])

    def test_place_beyond_the_limit_is_of_the_city(self):
        self._sell_and_pay(self.people[0])
        self.env["club.place.extra"].with_user(self.club_manager).create(
            {
                "plan_id": self.plan.id,
                "partner_id": self.people[1].id,
                "reason": "Founder",
            }
        ).action_give()
        self._sell_and_pay(self.people[1])
        self.assertEqual(self._rows(self.kazan).partner_id, self.people[:2])

    def test_last_row_of_a_city_is_taken_by_another_request(self):
        """The row is what is locked: whoever comes second finds none of his city.

        Real requests at one moment are in ``tests/test_capacity.py``: the same lock.
        """
        row = self._rows(self.kazan)
        chosen = []
        Place = type(self.env["club.place"])
        lock = Place.try_lock_for_update

        def look(records, **kwargs):
            chosen.append(records)
            return lock(records, **kwargs)

        self.patch(Place, "try_lock_for_update", look)
        self.env["club.place"]._claim(
            self.plan, self.people[0], self.plan._hold_until()
        )
        self.assertEqual(chosen, [row.sudo()], "looks at the rows of his city alone")
        refused = self.env["club.place"]._claim(
            self.plan, self.people[1], self.plan._hold_until()
        )
        self.assertEqual(refused, self.people[1])

    @mute_logger("odoo.sql_db")
    def test_bad_lines(self):
        for values in ({"chapter_id": self.kazan.id}, {"places": 0}):
            with self.subTest(values), self.assertRaises(psycopg2.IntegrityError):
                line = {"plan_id": self.plan.id, "chapter_id": self.omsk.id}
                with self.env.cr.savepoint():
                    self.env["club.plan.chapter"].create({**line, **values})
        with self.assertRaisesRegex(UserError, "Remove the line"):
            self.line.chapter_id = self.perm
        other = self.env["res.company"].create({"name": "Other"})
        self.omsk.company_id = other
        with self.assertRaises(UserError):
            self._give(self.omsk, 1)

    def test_views_and_rights(self):
        with Form(self.plan.with_user(self.club_admin)) as form:
            with form.chapter_place_ids.new() as line:
                line.chapter_id = self.perm
                line.places = 4
            form.chapter_place_ids.remove(0)
        self.assertEqual(self.plan.chapter_place_ids.chapter_id, self.perm)
        self.assertEqual(len(self._rows(self.perm)), 4)
        self.assertFalse(self._rows(self.kazan))
        with self.assertRaises(AccessError):
            self.plan.chapter_place_ids.with_user(self.club_manager).places = 5
        entry = self._wait(self.people[2]).with_user(self.club_manager)
        Form(entry)
        groups = entry.formatted_read_group([], ["chapter_id"], ["__count"])
        self.assertEqual(groups[0]["chapter_id"][0], self.perm.id)
        copied = self.plan.copy()
        self.assertEqual(len(self._places(copied)), 6)

    def test_no_query_per_person(self):
        def count(number):
            plan = self._create_plan(name=f"Plan {number}", capacity=1)
            self.env["club.plan.chapter"].create(
                {"plan_id": plan.id, "chapter_id": self.kazan.id}
            )
            people = self.env["res.partner"].create(
                [
                    {"name": f"{number} {n}", "club_chapter_id": self.kazan.id}
                    for n in range(number)
                ]
            )
            self.Waiting.create(
                [{"plan_id": plan.id, "partner_id": p.id} for p in people]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Waiting.search([("plan_id", "=", plan.id)]).read(
                ["position", "chapter_id"]
            )
            return self.env.cr.sql_log_count - start

        count(2)
        self.assertLessEqual(count(40), count(4))
