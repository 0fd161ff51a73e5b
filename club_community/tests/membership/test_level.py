from odoo import Command
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestLevel(ClubCommon):
    """What stock `partnership` does wrong (odoo19.md, note 6) does not happen here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create(
            {
                "name": "Firm",
                "is_company": True,
                "child_ids": [
                    Command.create({"name": "Member of Firm"}),
                    Command.create({"name": "Colleague"}),
                ],
            }
        )
        cls.person, cls.colleague = cls.firm.child_ids.sorted("id")

    def test_level_is_not_given_at_confirmation(self):
        self._invoice(self._sell(self.person))
        self.assertFalse((self.firm | self.firm.child_ids).grade_id)

    def test_level_is_of_this_person_only(self):
        self._sell_and_pay(self.person)
        self.assertEqual(self.person.grade_id, self.level)
        self.assertEqual(self.person.property_product_pricelist, self.pricelist)
        for other in self.firm | self.colleague:
            self.assertFalse(other.grade_id)
            self.assertNotEqual(other.property_product_pricelist, self.pricelist)

    def test_member_price_on_an_order(self):
        self._sell_and_pay(self.person)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.person.id,
                "order_line": [Command.create({"product_id": self.product_a.id})],
            }
        )
        self.assertEqual(order.pricelist_id, self.pricelist)
        self.assertAlmostEqual(
            order.order_line.price_unit * (1 - order.order_line.discount / 100),
            self.product_a.lst_price * 0.8,
        )

    def test_company_pricelist_does_not_wipe_the_member_price(self):
        self._sell_and_pay(self.person)
        other = self.env["product.pricelist"].create({"name": "Firm prices"})
        self.firm.property_product_pricelist = other
        self.assertEqual(self.colleague.property_product_pricelist, other)
        self.assertEqual(self.person.property_product_pricelist, self.pricelist)

    def test_pricelist_goes_with_the_level(self):
        membership = self._sell_and_pay(self.person)
        self.env.flush_all()  # refunds come another day
        before = self.colleague.property_product_pricelist
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()
        self.assertFalse(self.person.grade_id)
        self.assertEqual(self.person.property_product_pricelist, before)

    def test_level_set_by_hand_outside_the_club_stays(self):
        silver = self.env["res.partner.grade"].create({"name": "Silver"})
        self.colleague.grade_id = silver
        self.colleague.name = "New Name"
        self.env.flush_all()
        self.assertEqual(self.colleague.grade_id, silver)

    def test_new_level_of_the_plan_reaches_its_members(self):
        self._sell_and_pay(self.person)
        platinum = self.env["res.partner.grade"].create({"name": "Platinum"})
        self.plan.grade_id = platinum
        self.assertEqual(self.person.grade_id, platinum)

    def test_member_prices_are_nobodys_fallback(self):
        self.env["product.pricelist"].search(
            [("id", "!=", self.pricelist.id)]
        ).active = False
        self._sell_and_pay(self.person)
        self.assertEqual(self.person.property_product_pricelist, self.pricelist)
        self.assertFalse(self.colleague.property_product_pricelist)

    def test_level_goes_with_a_refund_in_a_later_transaction(self):
        """Found by tests/test_properties.py: nothing but the refunded fee is left."""
        membership = self._sell_and_pay()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.member.grade_id, self.level)
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.member.club_state)
        self.assertFalse(self.member.grade_id)

    def test_level_goes_with_a_change_to_a_plan_without_one(self):
        membership = self._sell_and_pay()
        plain = self._create_plan(name="Plain", price=5000)
        order = membership._make_change(plain, "now")
        order.action_confirm()
        self.env.flush_all()
        self._pay(self._invoice(order))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.member.club_plan_id, plain)
        self.assertFalse(self.member.grade_id)
