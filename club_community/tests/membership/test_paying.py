from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.tests import freeze_time, tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestPaying(ClubCommon):
    def _assert_active(self, membership):
        self.assertEqual(membership.state, "active")
        self.assertEqual(membership.date_start, self.today)
        self.assertEqual(
            membership.date_end, self.today + relativedelta(years=1, days=-1)
        )
        partner = membership.partner_id
        self.assertEqual(partner.club_state, "active")
        self.assertEqual(partner.club_plan_id, membership.plan_id)
        self.assertEqual(partner.club_joined, self.today)
        self.assertEqual(partner.club_valid_until, membership.date_end)
        self.assertTrue(partner.club_number)
        self.assertEqual(partner.grade_id, self.level)

    def test_confirmed_or_invoiced_is_not_paid(self):
        order = self._sell()
        self._invoice(order)
        membership = order.order_line.club_membership_ids
        self.assertEqual(membership.state, "waiting")
        self.assertFalse(self.member.grade_id)
        self.assertFalse(self.member.club_number)

    def test_payment_wizard(self):
        self._assert_active(self._sell_and_pay())

    def test_part_payments_open_at_the_last_one(self):
        order = self._sell()
        invoice = self._invoice(order)
        membership = order.order_line.club_membership_ids
        self._pay(invoice, 400)
        self.assertEqual(membership.state, "waiting")
        self._pay(invoice, 600)
        self._assert_active(membership)

    def test_bank_statement(self):
        order = self._sell()
        invoice = self._invoice(order)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "payment_ref": invoice.name,
                "partner_id": self.member.id,
                "amount": 1000,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        receivable = invoice.line_ids.filtered(
            lambda aml: aml.account_type == "asset_receivable"
        )
        suspense.account_id = receivable.account_id
        (suspense + receivable).reconcile()
        self._assert_active(order.order_line.club_membership_ids)

    def test_free_plan_needs_an_invoice_but_no_payment(self):
        order = self._sell(plan=self._create_plan(name="Honorary", price=0))
        self._invoice(order)
        self.assertEqual(order.order_line.club_membership_ids.state, "active")

    def test_paid_late_starts_on_the_day_of_the_payment(self):
        order = self._sell(start=self.today)
        invoice = self._invoice(order)
        later = self.today + relativedelta(days=20)
        with freeze_time(fields.Datetime.to_datetime(later)):
            self._pay(invoice)
        membership = order.order_line.club_membership_ids
        self.assertEqual(membership.date_start, later)

    def test_wished_start_in_the_future(self):
        start = self.today + relativedelta(months=2)
        membership = self._sell_and_pay(start=start)
        self.assertEqual(membership.state, "upcoming")
        self.assertEqual(membership.date_start, start)
        self.assertFalse(self.member.grade_id)

    def test_full_credit_note_takes_back(self):
        membership = self._sell_and_pay()
        invoice = membership.sale_order_id.invoice_ids
        refund = invoice._reverse_moves()
        self.assertEqual(membership.state, "active", "a draft credit note is nothing")
        refund.action_post()
        self.assertEqual(
            (membership.state, membership.closed_by), ("cancelled", "refund")
        )
        self.assertFalse(self.member.grade_id)
        self.assertFalse(self.member.club_state)
        self.assertIn("credit note", membership.message_ids[0].body)
        refund.button_draft()
        self.assertEqual(membership.state, "active", "the credit note was a mistake")

    def test_partial_credit_note_leaves_the_membership(self):
        membership = self._sell_and_pay()
        refund = membership.sale_order_id.invoice_ids._reverse_moves()
        refund.invoice_line_ids.price_unit = 300
        refund.action_post()
        self.assertEqual(membership.state, "active")

    def test_cancelled_payment_takes_back(self):
        order = self._sell()
        payment = self._pay(self._invoice(order))
        membership = order.order_line.club_membership_ids
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(membership.state, "waiting")
        self.assertFalse(self.member.grade_id)
        self.assertIn("payment", membership.message_ids[0].body)

    def test_unreconciled_payment_takes_back_and_pays_again(self):
        order = self._sell()
        invoice = self._invoice(order)
        payment = self._pay(invoice)
        membership = order.order_line.club_membership_ids
        number = self.member.club_number
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(membership.state, "waiting")
        self._pay(invoice)
        self._assert_active(membership)
        self.assertEqual(self.member.club_number, number)

    def test_invoice_back_to_draft_takes_back(self):
        membership = self._sell_and_pay()
        membership.sale_order_id.invoice_ids.button_draft()
        self.assertEqual(membership.state, "waiting")

    def test_payment_notified_twice_changes_nothing(self):
        membership = self._sell_and_pay()
        before = membership.read()[0]
        messages = len(membership.message_ids)
        membership.sale_order_id.invoice_ids._invoice_paid_hook()
        membership._sync_payment()
        self.env.flush_all()
        self.assertEqual(membership.read()[0], before)
        self.assertEqual(len(membership.message_ids), messages)
        self.assertEqual(len(self.member.club_membership_ids), 1)

    def test_two_members_on_one_invoice(self):
        other = self.env["res.partner"].create({"name": "Boris"})
        order = self._sell(confirm=False)
        order.order_line = [
            Command.create(
                {"product_id": self.plan.product_id.id, "club_member_id": other.id}
            )
        ]
        order.action_confirm()
        self._pay(self._invoice(order))
        self.assertEqual(
            order.order_line.club_membership_ids.mapped("state"), ["active", "active"]
        )
        self.assertNotEqual(self.member.club_number, other.club_number)
