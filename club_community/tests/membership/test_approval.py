from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestApproval(ClubCommon):
    """An individual fee is given by a salesperson and approved by a club manager."""

    def setUp(self):
        super().setUp()
        self.order = self._sell(confirm=False).with_user(self.salesman)
        self.order.user_id = self.salesman

    def _give(self, **vals):
        self.order.order_line.write(vals)
        return self.order

    def test_usual_fee_needs_nobody(self):
        self.assertFalse(self.order.club_needs_approval)
        self.assertFalse(self._give(price_unit=1200).club_needs_approval)
        self.order.action_confirm()
        self.assertEqual(self.order.state, "sale")

    def test_quoted_price_holds_when_the_plan_gets_dearer(self):
        self.env.flush_all()  # the quotation was made in a request of its own
        self.plan.price = 3000
        self.assertFalse(self.order.club_needs_approval)
        self.plan.price = 800
        self.assertFalse(self._give(price_unit=800).club_needs_approval)
        self.assertTrue(self._give(price_unit=799).club_needs_approval)

    def test_lower_fee_waits(self):
        for given in ({"price_unit": 900}, {"discount": 5, "price_unit": 1000}):
            order = self._give(**given)
            self.assertTrue(order.club_needs_approval)
            for step in (
                order.action_confirm,
                order.action_quotation_sent,
                order.action_quotation_send,
            ):
                with self.assertRaisesRegex(UserError, "approve"):
                    step()
            self.assertFalse(order.sudo()._has_to_be_paid(), "the portal waits, too")

    def test_approved_once_for_this_fee(self):
        order = self._give(price_unit=900)
        order.action_club_ask_approval()
        approver = order.sudo().activity_ids.user_id
        self.assertTrue(approver.has_group("club_community.group_club_manager"))
        order.action_club_ask_approval()
        self.assertEqual(len(order.sudo().activity_ids), 1, "asked twice, one to do")
        order.with_user(approver).action_club_approve()
        self.assertFalse(order.sudo().activity_ids)
        self.assertFalse(order.club_needs_approval)
        self.assertTrue(order.sudo()._has_to_be_paid())
        self.assertTrue(self._give(price_unit=899).club_needs_approval)
        self.assertFalse(self._give(price_unit=950).club_needs_approval)
        order.action_confirm()
        membership = self.member.club_membership_ids
        self.assertEqual(membership.amount, 950)

    def test_club_manager_who_confirms_approves(self):
        order = self._give(price_unit=900).with_user(self.club_manager)
        order.action_confirm()
        line = order.order_line
        self.assertEqual(line.club_approved_by_id, self.club_manager)
        self.assertIn("Individual fee approved", order.message_ids[0].body)

    def test_refused(self):
        order = self._give(discount=50)
        order.with_user(self.club_manager).action_club_usual_fee()
        self.assertFalse(order.club_needs_approval)
        self.assertEqual(order.amount_untaxed, 1000)

    def test_payment_is_never_lost_over_it(self):
        """Lowered after the customer was sent to the payment page."""
        order = self._give(price_unit=900)
        order.sudo().action_confirm()
        self.assertEqual(order.state, "sale")

    def test_nobody_approves_himself(self):
        order = self._give(price_unit=1)
        with self.assertRaises(AccessError):
            order.action_club_approve()
        for vals in (
            {"club_approved_price": 1},
            {"club_approved_on": "2026-01-01 00:00:00"},
            {"club_approved_by_id": self.club_manager.id},
            {"club_usual_fee": 1},
        ):
            with self.assertRaises(AccessError):
                order.order_line.write(vals)
            with self.assertRaises(AccessError):
                self.env["sale.order.line"].with_user(self.salesman).create(
                    {
                        "order_id": order.id,
                        "product_id": self.plan.product_id.id,
                        **vals,
                    }
                )

    def test_nobody_to_ask(self):
        order = self._give(price_unit=1)
        managers = self.env.ref("club_community.group_club_manager").all_user_ids
        managers.with_user(self.env.ref("base.user_root")).active = False
        with self.assertRaisesRegex(UserError, "Nobody is club manager"):
            order.action_club_ask_approval()

    def test_another_product_is_nobodys_business(self):
        other = self.env["product.product"].create({"name": "Tea", "list_price": 5})
        self.order.order_line = [
            (0, 0, {"product_id": other.id, "price_unit": 1, "discount": 90})
        ]
        self.assertFalse(self.order.club_needs_approval)
