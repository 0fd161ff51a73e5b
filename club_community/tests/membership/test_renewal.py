from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .renewal_common import RenewalCommon


@tagged("post_install", "-at_install")
class TestRenewal(RenewalCommon):
    def _renew(self, membership=None):
        person = (membership or self.member.club_membership_id).partner_id
        person = person.with_user(self.club_manager)
        return self._order(person.action_club_renew())

    def _order(self, action):
        self.assertEqual(action["res_model"], "sale.order")
        return self.env["sale.order"].browse(action["res_id"])

    def test_one_press_makes_the_quotation_and_sends_it(self):
        first = self._ending_in(60)
        order = self._renew()
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.amount_total, 1000)
        self.assertEqual(order.order_line.club_member_id, self.member)
        letter = order.message_ids.filtered(
            lambda message: self.member in message.partner_ids
        )
        self.assertEqual(len(letter), 1)
        self._pay_order(order)
        second = order.order_line.club_membership_ids
        self.assertEqual(second.state, "upcoming")
        self.assertEqual(second.date_start, first.date_end + timedelta(days=1))
        self.assertEqual(second.kind, "renewal")
        self.assertEqual(self.member.club_joined, first.date_start)

    def _pay_order(self, order):
        order.action_confirm()
        self._pay(self._invoice(order))

    def test_pressed_again_it_is_the_same_quotation(self):
        self._ending_in(60)
        order = self._renew()
        notes = len(order.message_ids)
        self.assertEqual(self._renew(), order)
        self.assertEqual(len(order.message_ids), notes, "not sent twice")

    def test_confirmed_and_not_paid_is_the_same_order_too(self):
        membership = self._ending_in(60)
        order = self._renew()
        order.action_confirm()
        self.assertEqual(self._renew(membership), order)

    def test_cancelled_or_outdated_quotation_is_not_used_again(self):
        self._ending_in(60)
        order = self._renew()
        order._action_cancel()
        second = self._renew()
        self.assertNotEqual(second, order)
        second.validity_date = self._day(-1)
        self.assertNotEqual(self._renew(), second)

    def test_outside_the_window_the_wizard_asks(self):
        for days in (91, 200):
            partner = self.env["res.partner"].create({"name": f"Person {days}"})
            membership = self._ending_in(days, partner)
            action = partner.with_user(self.club_manager).action_club_renew()
            self.assertEqual(action["res_model"], "club.membership.sell")
            with self.assertRaisesRegex(UserError, "from .* on"):
                membership.action_renew()

    def test_renewed_already(self):
        membership = self._ending_in(60)
        self._sell_and_pay()
        with self.assertRaisesRegex(UserError, "renewed already"):
            membership.action_renew()

    def test_leaving(self):
        membership = self._ending_in(60)
        membership.sudo().leave_date = membership.date_end
        with self.assertRaisesRegex(UserError, "asked to leave"):
            membership.action_renew()

    def test_who_paid_last_time_pays_again(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        order = self._sell(payer=firm)
        line = order.order_line
        line.club_member_id = self.member
        self._pay(self._invoice(order))
        membership = line.club_membership_ids
        with self._on((membership.date_end - self.today).days - 10):
            renewal = self._renew(membership)
        self.assertEqual(renewal.partner_id, firm)

    def test_renewal_buys_the_plan_that_the_plan_names(self):
        silver = self._create_plan(name="Silver", price=500)
        trial = self._create_plan(
            name="Trial",
            is_trial=True,
            period_type="days",
            period_days=30,
            renewal_plan_id=silver.id,
        )
        membership = self._create_period(self.member, self.today, plan=trial)
        order = self._renew(membership)
        self.assertEqual(order.order_line.product_id, silver.product_id)

    def test_trial_without_a_plan_to_go_on_with(self):
        trial = self._create_plan(is_trial=True, period_type="days", period_days=30)
        membership = self._create_period(self.member, self.today, plan=trial)
        with self.assertRaisesRegex(UserError, "cannot be renewed"):
            membership.action_renew()

    def test_in_grace_it_continues_and_after_it_starts_anew_with_a_gap(self):
        first = self._ending_in(-5)
        self.assertEqual(first.state, "grace")
        order = self._renew(first)
        self._pay_order(order)
        second = order.order_line.club_membership_ids
        self.assertEqual(second.date_start, first.date_end + timedelta(days=1))
        self.assertFalse(second.gap_days)

        late = self.env["res.partner"].create({"name": "Late"})
        old = self._ending_in(-100, late)
        with self.assertRaises(UserError):
            old.action_renew()
        new = self._sell_and_pay(late)
        self.assertEqual(new.date_start, self.today)
        self.assertEqual(new.gap_days, 99)
        self.assertEqual(new.kind, "return")
        self.assertEqual(late.club_joined, old.date_start)

    def test_personal_manager_renews_his_own_people_only(self):
        mine = self._ending_in(60)
        self.member.club_manager_id = self.personal_manager
        self.personal_manager.company_ids = self.company
        self.personal_manager.company_id = self.company
        action = mine.with_user(self.personal_manager).action_renew()
        self.assertTrue(self._order(action))
        other = self.env["res.partner"].create({"name": "B"})
        theirs = self._ending_in(60, other)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            theirs.with_user(self.personal_manager).action_renew()
        with self.assertRaises(AccessError):
            other.with_user(self.personal_manager).action_club_renew()

    def test_manager_finds_the_quotation_that_the_member_made(self):
        membership = self._ending_in(60)
        order = membership.sudo()._renewal_offer()
        self.assertEqual(self._renew(membership), order)
        self.assertEqual(order.state, "sent")
