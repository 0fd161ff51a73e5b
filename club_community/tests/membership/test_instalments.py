from odoo import Command
from odoo.tests import tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestInstalments(ClubCommon):
    """A fee of 1,000 in three parts: 400 at once, 300 in a month, 300 in two."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls.env["account.payment.term"].create(
            {
                "name": "Three parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": part, "nb_days": days}
                    )
                    for part, days in ((40, 0), (30, 30), (30, 60))
                ],
            }
        )
        cls.plan.payment_term_id = cls.terms

    def test_order_and_invoice_have_the_parts(self):
        order = self._sell()
        self.assertEqual(order.payment_term_id, self.terms)
        self.assertEqual(order._get_prepayment_required_amount(), 400)
        invoice = self._invoice(order)
        parts = invoice.line_ids.filtered(lambda li: li.display_type == "payment_term")
        self.assertEqual(sorted(parts.mapped("amount_currency")), [300, 300, 400])

    def test_access_from_the_last_part(self):
        order = self._sell()
        invoice = self._invoice(order)
        for amount, state in ((400, "waiting"), (300, "waiting"), (300, "active")):
            self._pay(invoice, amount)
            self.assertEqual(self.member.club_state, state)

    def test_access_from_the_first_part(self):
        self.plan.access_policy = "first"
        invoice = self._invoice(self._sell())
        self._pay(invoice, 399.99)
        self.assertEqual(self.member.club_state, "waiting")
        cent = self._pay(invoice, 0.01)
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(self.member.grade_id, self.level)
        start = self.member.club_membership_ids.date_start
        self._pay(invoice, 600)
        membership = self.member.club_membership_ids
        self.assertEqual((membership.state, membership.date_start), ("active", start))
        cent.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(membership.state, "active", "the first part is still paid")
        self.assertEqual(invoice.payment_state, "partial")

    def test_first_part_taken_back_closes_access(self):
        self.plan.access_policy = "first"
        invoice = self._invoice(self._sell())
        payment = self._pay(invoice, 400)
        self.assertEqual(self.member.club_state, "active")
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self.member.club_state, "waiting")
        self.assertFalse(self.member.grade_id)

    def test_policy_without_parts_means_the_whole_fee(self):
        self.plan.write({"payment_term_id": False, "access_policy": "first"})
        invoice = self._invoice(self._sell())
        self._pay(invoice, 999)
        self.assertEqual(self.member.club_state, "waiting")

    def test_other_orders_keep_their_terms(self):
        tea = self.env["product.product"].create({"name": "Tea", "list_price": 5})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.id,
                "order_line": [Command.create({"product_id": tea.id})],
            }
        )
        self.assertFalse(order.payment_term_id)
        order.require_payment = True
        self.assertEqual(order._get_prepayment_required_amount(), order.amount_total)
