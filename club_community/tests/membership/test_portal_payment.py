from odoo import Command
from odoo.tests import tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestPortalPayment(ClubCommon, AccountPaymentCommon):
    """What stock does with a card payment, and what a membership needs beyond it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        cls.partner = cls.member

    def _set_automatic_invoice(self, value):
        self.env["ir.config_parameter"].sudo().set_param(
            "sale.automatic_invoice", value
        )

    def _pay_online(self, amount=None, reference="card", **values):
        """A provider has said “done”, and Odoo carries it out."""
        transaction = self._create_transaction(
            "redirect", state="done", amount=amount, reference=reference, **values
        )
        transaction._post_process()
        return transaction

    def _pay_order(self, order, amount=None, reference="card"):
        return self._pay_online(
            amount or order.amount_total,
            reference,
            sale_order_ids=[Command.set(order.ids)],
        )

    def _facts(self, membership):
        self.env.flush_all()
        self.env.invalidate_all()
        facts = membership.read()[0]
        # the posts of the transaction itself are stock's
        return {
            name: value
            for name, value in facts.items()
            if name not in ("write_date", "write_uid")
        }

    def _assert_settled(self, order):
        self.assertEqual(order.state, "sale")
        invoice = order.invoice_ids
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.state, "posted")
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(invoice.amount_residual, 0)
        membership = order.order_line.club_membership_ids
        self.assertEqual(membership.state, "active")
        self.assertEqual(membership.amount, 1000)
        self.assertEqual(self.member.club_state, "active")

    def test_order_paid_online_whatever_the_sales_settings_say(self):
        for setting in ("False", "True"):
            with self.subTest(automatic_invoice=setting):
                self._set_automatic_invoice(setting)
                self.member = self.env["res.partner"].create(
                    {"name": f"Member {setting}", "email": "m@example.com"}
                )
                order = self._sell(self.member, confirm=False)
                self._pay_order(order, reference=f"card {setting}")
                self._assert_settled(order)

    def test_fee_in_parts_paid_online(self):
        """One invoice with its parts; the second payment settles the same one."""
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value_amount": 33.33, "nb_days": 0}),
                    Command.create({"value_amount": 66.67, "nb_days": 30}),
                ],
            }
        )
        self.plan.write({"payment_term_id": terms.id, "access_policy": "first"})
        for setting in ("False", "True"):
            with self.subTest(automatic_invoice=setting):
                self._set_automatic_invoice(setting)
                person = self.env["res.partner"].create({"name": f"Parts {setting}"})
                order = self._sell(person, confirm=False)
                first = order._get_prepayment_required_amount()
                self.assertEqual(first, 333.3)
                self._pay_order(order, first, f"first {setting}")
                invoice = order.invoice_ids
                self.assertEqual((order.state, len(invoice)), ("sale", 1))
                self.assertEqual(invoice.payment_state, "partial")
                self.assertEqual(invoice.amount_total, 1000)
                self.assertEqual(person.club_state, "active")
                self._pay_order(order, 1000 - first, f"second {setting}")
                self.assertEqual(order.invoice_ids, invoice)
                self.assertIn(invoice.payment_state, ("paid", "in_payment"))
                self.assertEqual(len(person.club_membership_ids), 1)

    def test_processed_twice(self):
        for setting in ("False", "True"):
            with self.subTest(automatic_invoice=setting):
                self._set_automatic_invoice(setting)
                member = self.env["res.partner"].create({"name": f"Member {setting}"})
                order = self._sell(member, confirm=False)
                transaction = self._pay_order(order, reference=f"twice {setting}")
                membership = order.order_line.club_membership_ids
                before, payment = self._facts(membership), transaction.payment_id
                history = len(member.message_ids)
                transaction._post_process()
                self.assertEqual(self._facts(membership), before)
                self.assertEqual(transaction.payment_id, payment)
                self.assertEqual(len(order.invoice_ids), 1)
                self.assertEqual(len(member.message_ids), history)
                self.assertEqual(len(member.club_membership_ids), 1)

    def test_order_without_a_plan_keeps_stocks_ways(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.id,
                "order_line": [Command.create({"product_id": self.product_a.id})],
            }
        )
        transaction = self._pay_order(order)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.invoice_ids)
        self.assertTrue(transaction.payment_id)

    def test_confirmed_order_paid_later(self):
        order = self._sell()
        self._pay_order(order)
        self._assert_settled(order)

    def test_invoice_paid_online(self):
        order = self._sell()
        invoice = self._invoice(order)
        self._pay_online(invoice.amount_total, invoice_ids=[Command.set(invoice.ids)])
        self._assert_settled(order)

    def test_invoice_paid_in_two_parts(self):
        order = self._sell()
        invoice = self._invoice(order)
        membership = order.order_line.club_membership_ids
        link = [Command.set(invoice.ids)]
        self._pay_online(400, "first", invoice_ids=link)
        self.assertEqual(membership.state, "waiting")
        self._pay_online(600, "second", invoice_ids=link)
        self._assert_settled(order)

    def test_prepayment_confirms_and_the_rest_makes_the_member(self):
        order = self._sell(confirm=False)
        order.write({"require_payment": True, "prepayment_percent": 0.3})
        membership = order.order_line.club_membership_ids
        self._pay_order(order, 300, "first")
        self.assertEqual(order.state, "sale")
        self.assertEqual(membership.state, "waiting")
        self._pay_order(order, 700, "second")
        self.assertEqual(sum(order.invoice_ids.mapped("amount_residual")), 0)
        self.assertEqual(membership.state, "active")

    def test_failed_and_pending_payments_make_nobody_a_member(self):
        order = self._sell(confirm=False)
        membership = order.order_line.club_membership_ids
        for state in ("pending", "cancel", "error"):
            self._create_transaction(
                "redirect",
                state=state,
                amount=order.amount_total,
                reference=state,
                sale_order_ids=[Command.set(order.ids)],
            )._post_process()
            self.assertIn(membership.state, ("draft", "waiting"), state)
            self.assertFalse(self.member.grade_id)

    def test_member_himself_may_trigger_the_processing(self):
        """The page that a member returns to does the work, with his rights or none."""
        user = self._create_new_portal_user(
            login="paying_member", partner_id=self.member.id
        )
        order = self._sell(confirm=False)
        transaction = self._create_transaction(
            "redirect",
            state="done",
            amount=order.amount_total,
            sale_order_ids=[Command.set(order.ids)],
        )
        transaction.with_user(user).sudo()._post_process()
        self._assert_settled(order)

    def test_company_pays_for_its_person(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        order = self._sell(payer=firm, confirm=False)
        self.partner = firm
        self._pay_order(order)
        self._assert_settled(order)
        self.assertFalse(firm.club_state)
