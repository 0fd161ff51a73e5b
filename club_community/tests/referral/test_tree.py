from odoo.tests import tagged

from .common import ReferralCommon


@tagged("post_install", "-at_install")
class TestTree(ReferralCommon):
    """Levels below a member: people, who joined, and what they have brought in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.third, cls.fourth = cls.env["res.partner"].create(
            [{"name": name} for name in ("First", "Second", "Third", "Fourth")]
        )
        cls.first.club_referrer_id = cls.member
        cls.second.club_referrer_id = cls.member
        cls.third.club_referrer_id = cls.first
        cls.fourth.club_referrer_id = cls.third
        cls._paid(cls.first)
        cls._paid(cls.third)

    def _agree(self, *people):
        purpose = self.env["club.consent.purpose"]._get("directory")
        for person in people:
            person._club_answer_consent(purpose, True, "member")

    def _invoiced(self, people):
        """The sum of stock's own column, of the current company."""
        moves = self.env["account.move"].search(
            [
                ("partner_id", "in", people.ids),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("company_id", "=", self.company.id),
            ]
        )
        return sum(moves.mapped("amount_untaxed_signed"))

    def test_levels(self):
        levels = self.member._club_tree()[self.member.id]
        self.assertEqual(
            [(level["level"], level["people"], level["joined"]) for level in levels],
            [(1, 2, 1), (2, 1, 1), (3, 1, 0)],
        )
        two = self.member._club_tree(levels=2)[self.member.id]
        self.assertEqual([level["level"] for level in two], [1, 2])
        self.assertEqual(self.other._club_tree(), {})
        everybody = self.env["res.partner"]._club_tree(everybody=True)
        self.assertEqual(everybody[self.member.id], levels)
        self.assertEqual(everybody[self.first.id][1]["people"], 1)

    def test_streams_add_up_to_posted_invoices(self):
        """Fees by an order, a sale without one, a credit note, a draft: stock's sum."""
        order = self._sell(self.first)
        self._pay(self._invoice(order))
        bought = self._buy(self.second)
        self._buy(self.third)
        bought._reverse_moves([{"invoice_date": self.today}]).action_post()
        self._buy(self.fourth).copy()
        people = self.first | self.second | self.third | self.fourth
        levels = self.member._club_tree()[self.member.id]
        total = self._invoiced(people)
        self.assertGreater(total, 0)
        streams = self.Referral._stream_names()
        self.assertAlmostEqual(sum(level["revenue"] for level in levels), total)
        self.assertAlmostEqual(
            sum(level[stream] for level in levels for stream in streams), total
        )
        self.assertAlmostEqual(levels[0]["fees"], order.amount_untaxed)
        self.assertAlmostEqual(levels[0]["other"], 0)  # sold and credited
        self.assertAlmostEqual(levels[1]["other"], self._invoiced(self.third))
        # what was paid for the first and is not paid back yet
        self.assertAlmostEqual(
            levels[0]["paid"], order.amount_untaxed + bought.amount_untaxed
        )

    def test_constant_queries(self):
        """Ten times the people and more levels cost no more queries."""

        def queries(people):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._club_tree()
            people[0]._club_branch()
            return self.env.cr.sql_log_count - before

        queries(self.member)  # what the registry keeps is kept
        few = queries(self.member)
        above = self.second
        for number in range(10):
            below = self.env["res.partner"].create(
                [
                    {"name": f"{number}-{n}", "club_referrer_id": above.id}
                    for n in range(2)
                ]
            )
            above = below[0]
        many = queries(self.member | self.first | self.second)
        self.assertEqual(many, few)
        self.assertEqual(len(self.member._club_tree()[self.member.id]), 11)

    def test_branch_names_only_who_agreed(self):
        self._agree(self.first, self.third)
        branch = self.member._club_branch()
        self.assertEqual(
            branch,
            [
                {
                    "level": 1,
                    "people": 2,
                    "joined": 1,
                    "names": [{"name": "First", "joined": True, "by": ""}],
                    "others": 1,
                },
                {
                    "level": 2,
                    "people": 1,
                    "joined": 1,
                    "names": [{"name": "Third", "joined": True, "by": "First"}],
                    "others": 0,
                },
                {"level": 3, "people": 1, "joined": 0, "names": [], "others": 1},
            ],
        )
        portal = self.env.ref("base.public_user")
        self.assertEqual(self.member.with_user(portal)._club_branch(), branch)
