import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestChain(ClubCommon):
    """Nobody is brought by himself, by whatever way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [{"name": f"Person {number}"} for number in range(5)]
        )
        for above, person in zip(cls.people, cls.people[1:], strict=False):
            person.club_referrer_id = above

    def test_the_form_says_it_kindly(self):
        for above in self.people:
            with self.subTest(above.name), self.assertRaises(ValidationError):
                self.people[0].club_referrer_id = above

    @mute_logger("odoo.sql_db")
    def test_the_database_says_it_to_everybody(self):
        self.env.flush_all()
        for above in self.people:
            with (
                self.subTest(above.name),
                self.assertRaisesRegex(psycopg2.errors.CheckViolation, "by himself"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    "UPDATE res_partner SET club_referrer_id = %s WHERE id = %s",
                    [above.id, self.people[0].id],
                )

    @mute_logger("odoo.sql_db")
    def test_a_circle_in_one_statement(self):
        one, two = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        self.env.flush_all()
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE res_partner SET club_referrer_id = %s - id WHERE id = ANY(%s)",
                [one.id + two.id, (one + two).ids],
            )

    def test_another_referrer_is_no_circle(self):
        self.people[4].club_was_referred_ids.sudo()._rebind(
            self.people[0], "As he says"
        )
        self.people[2].club_was_referred_ids.sudo()._rebind(
            self.people[4], "As he says"
        )
        self.assertEqual(self.people[3].club_referrer_id, self.people[2])

    def test_merged_cards_make_no_circle(self):
        """0 <- 1 <- 2 <- 3 <- 4: the first and the fourth are the same person."""
        first, *_middle, fourth, last = self.people
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((first + fourth).ids, first)
        self.assertFalse(fourth.exists())
        self.assertFalse(first.club_referrer_id)
        self.assertEqual(last.club_referrer_id, first)
        self.assertEqual(self.people[1].club_referrer_id, first)
        self.assertFalse(first._has_cycle("club_referrer_id"))

    def test_merging_into_the_younger_card(self):
        first, *_middle, fourth, last = self.people
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((first + fourth).ids, fourth)
        self.assertFalse(first.exists())
        self.assertFalse(fourth.club_referrer_id)
        self.assertEqual(self.people[1].club_referrer_id, fourth)
        self.assertEqual(last.club_referrer_id, fourth)

    def test_the_referrer_of_either_card_is_kept(self):
        one, two = self.env["res.partner"].create(
            [{"name": "One"}, {"name": "Two", "club_referrer_id": self.people[0].id}]
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((one + two).ids, one)
        self.assertEqual(one.club_referrer_id, self.people[0])
