from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.tests import Form, tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestSelling(ClubCommon):
    def test_wizard_makes_a_quotation_and_a_visible_draft(self):
        action = self.member.with_user(self.club_manager).action_club_sell()
        wizard = Form(
            self.env["club.membership.sell"]
            .with_user(self.club_manager)
            .with_context(**action["context"])
        )
        wizard.plan_id = self.plan
        self.assertEqual(wizard.date_start, self.today)
        self.assertEqual(
            wizard.date_end,
            self.today + relativedelta(years=1, days=-1),
        )
        order = self.env["sale.order"].browse(wizard.save().action_sell()["res_id"])
        self.assertEqual(order.partner_id, self.member)
        self.assertEqual(order.amount_untaxed, 1000)
        membership = order.order_line.club_membership_ids
        self.assertEqual(membership.state, "draft")
        self.assertEqual(membership.date_requested, self.today)
        self.assertEqual(self.member.club_state, "draft")
        self.assertFalse(self.member.grade_id)
        self.assertTrue(order.require_payment, "the portal asks for the fee")

    def test_wizard_proposes_what_the_member_has(self):
        platinum = self._create_plan(name="Platinum", sequence=99)
        current = self._create_period(self.member, self.today, plan=platinum)
        wizard = self.env["club.membership.sell"].create({"partner_id": self.member.id})
        self.assertEqual(wizard.plan_id, platinum)
        self.assertEqual(wizard.previous_end, current.date_end)
        self.assertEqual(wizard.date_start, current.date_end + relativedelta(days=1))

    def test_quotation_with_the_product_is_a_sale_like_any_other(self):
        order = (
            self.env["sale.order"]
            .with_user(self.salesman)
            .create(
                {
                    "partner_id": self.member.id,
                    "order_line": [
                        Command.create({"product_id": self.plan.product_id.id})
                    ],
                }
            )
        )
        self.assertEqual(order.order_line.club_member_id, self.member)
        self.assertIn("Anna Petrova", order.order_line.name)
        order.action_confirm()
        membership = order.sudo().order_line.club_membership_ids
        self.assertEqual(membership.state, "waiting")
        self.assertEqual(self.member.club_state, "waiting")

    def test_draft_follows_the_line(self):
        order = self._sell(confirm=False)
        line = order.order_line
        other = self.env["res.partner"].create({"name": "Boris"})
        line.club_member_id = other
        self.assertEqual(line.club_membership_ids.partner_id, other)
        self.assertFalse(self.member.club_state)
        line.product_id = self.product_a
        self.assertFalse(line.club_membership_ids)
        line.product_id = self.plan.product_id
        self.assertEqual(line.club_membership_ids.plan_id, self.plan)
        line.unlink()
        self.assertFalse(other.club_membership_ids)

    def test_customer_changed_on_the_quotation_changes_the_member(self):
        order = self._sell(confirm=False)
        other = self.env["res.partner"].create({"name": "Boris"})
        order.partner_id = other
        self.assertEqual(order.order_line.club_membership_ids.partner_id, other)

    def test_company_pays_for_its_person(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        order = self._sell(self.member, payer=firm)
        self._pay(self._invoice(order))
        self.assertEqual(self.member.club_state, "active")
        self.assertFalse(firm.club_state)

    def test_cancelled_order_cancels_and_reopens_the_membership(self):
        order = self._sell()
        membership = order.order_line.club_membership_ids
        order._action_cancel()
        self.assertEqual(
            (membership.state, membership.closed_by), ("cancelled", "order")
        )
        order.action_draft()
        self.assertEqual(membership.state, "draft")
        order.action_confirm()
        self.assertEqual(membership.state, "waiting")

    def test_copied_order_has_a_membership_of_its_own(self):
        order = self._sell()
        copy = order.copy()
        membership = copy.order_line.club_membership_ids
        self.assertEqual(membership.state, "draft")
        self.assertNotEqual(membership, order.order_line.club_membership_ids)
