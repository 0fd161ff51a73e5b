import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .reward_common import RewardCommon


@tagged("post_install", "-at_install")
class TestRewardCredit(RewardCommon):
    def setUp(self):
        super().setUp()
        self.rule = self._gives("credit", 100)
        self.referral = self._brought()
        self.membership = self._joins(self.referral)
        self.reward = self.referral.reward_ids
        # the member may renew now
        self.period.sudo().write(
            {
                "date_start": self.today - self._days(360),
                "date_end": self.today + self._days(5),
                "date_grace_end": self.today + self._days(19),
            }
        )

    def _credit_lines(self, order):
        return order.order_line.filtered("club_reward_id")

    def test_on_the_next_renewal_once(self):
        self.assertEqual(self.reward.state, "granted")
        order = self.period._renewal_offer()
        self.assertEqual(order.amount_total, 900)
        self.assertEqual(self.period._renewal_offer().amount_total, 900)
        self.assertEqual(self.reward.order_id, order)
        order.action_confirm()
        self.assertEqual(self.reward.state, "granted")
        self._pay(self._invoice(order))
        self._settle()
        self.assertEqual(self.reward.state, "used")
        self.assertEqual(order.order_line.club_membership_ids.state, "upcoming")
        later = self.plan._make_offer(self.member)
        self.assertEqual(later.amount_total, 1000)

    def test_earned_after_the_quotation_was_made(self):
        order = self.period._renewal_offer()
        self._joins(self._brought("Ivan Two"))
        self.assertEqual(self.period._renewal_offer(), order)
        self.assertEqual(order.amount_total, 800)

    def test_never_below_zero_and_nothing_lost(self):
        self.rule.amount = 1500
        self._joins(self._brought("Ivan Two"))
        order = self.period._renewal_offer()
        self.assertEqual(order.amount_total, 0)
        (task,) = self.member.activity_ids
        self.assertIn(order.name, task.note)
        rewards = self.Reward.search([("beneficiary_id", "=", self.member.id)])
        self.assertEqual(sorted(rewards.mapped("amount")), [100, 600, 900])
        (rest,) = rewards.filtered(lambda r: not r.order_id)
        self.assertEqual((rest.amount, rest.part, rest.state), (600, 1, "granted"))
        self.assertEqual(self.period._renewal_offer().amount_total, 0)

    def test_a_member_who_renews_for_nothing_sees_no_users(self):
        """The task is written in the manager's language by the member's own click."""
        self.rule.amount = 1500
        self._joins(self._brought("Ivan Two"))
        self.member.club_manager_id = self.personal_manager
        user = new_test_user(
            self.env, "club_anna", "base.group_portal", partner_id=self.member.id
        )
        self.env.flush_all()
        self.env.invalidate_all()
        order = self.period.with_user(user).sudo()._renewal_offer()
        self.assertEqual(order.amount_total, 0)
        (task,) = self.member.activity_ids
        self.assertEqual(task.user_id, self.personal_manager)

    def test_a_cancelled_order_gives_it_back(self):
        order = self.period._renewal_offer()
        order._action_cancel()
        self.assertFalse(self.reward.order_id)
        again = self.period._renewal_offer()
        self.assertEqual((again != order, again.amount_total), (True, 900))
        order.action_draft()
        self.assertEqual(order.amount_total, 1000)

    def test_an_outdated_quotation_gives_it_back(self):
        order = self.period._renewal_offer()
        order.validity_date = self.today - self._days(1)
        again = self.period._renewal_offer()
        self.assertEqual((order.amount_total, again.amount_total), (1000, 900))

    def test_a_copy_has_no_credit(self):
        order = self.period._renewal_offer()
        self.assertEqual(order.copy().amount_total, 1000)
        self.assertEqual(self._credit_lines(order).club_reward_id, self.reward)

    def test_twice_is_refused_by_the_database(self):
        order = self.period._renewal_offer()
        line = self._sell(self.other, confirm=False).order_line
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
        ):
            line.sudo().club_reward_id = self.reward
            line.flush_recordset()
        self.assertTrue(order)

    def test_nobody_types_it(self):
        line = self._sell(self.other, confirm=False).order_line
        with self.assertRaises(AccessError):
            line.with_user(self.salesman).write({"club_reward_id": self.reward.id})
        with self.assertRaises(AccessError):
            line.with_user(self.salesman).write({"club_reward_released": True})

    def test_withdrawn_from_an_open_quotation(self):
        order = self.period._renewal_offer()
        self._refund(self.membership)
        self.assertEqual(order.amount_total, 1000)
        self.assertEqual(self.reward.state, "taken_back")
        self.assertFalse(self.reward.amount_lost)
        self.assertEqual(self.period._renewal_offer().amount_total, 1000)

    def test_used_is_reported(self):
        order = self.period._renewal_offer()
        order.action_confirm()
        self._pay(self._invoice(order))
        self._refund(self.membership)
        self.assertEqual(
            (self.reward.state, self.reward.amount_lost), ("taken_back", 100)
        )
        (task,) = self.member.activity_ids.filtered("club_reason")
        self.assertIn("100 of 100", task.note)
        self.assertEqual(order.order_line.club_membership_ids.state, "upcoming")

    def test_refund_of_the_renewal_gives_it_back(self):
        order = self.period._renewal_offer()
        order.action_confirm()
        self._pay(self._invoice(order))
        renewal = order.order_line.club_membership_ids
        self.assertEqual(
            renewal._refundable(1), {order.currency_id: 900}, "what was paid, no more"
        )
        self._refund(renewal)
        self.assertEqual(renewal.state, "cancelled")
        self.assertEqual(
            (self.reward.state, self.reward.order_id.id), ("granted", False)
        )
        self.assertEqual(self.period._renewal_offer().amount_total, 900)

    def test_a_divided_credit_comes_back_whole(self):
        self.rule.amount = 1500
        referral = self._brought("Ivan Two")
        membership = self._joins(referral)
        order = self.period._renewal_offer()
        self._lose_payment(membership)
        self.assertEqual(order.amount_total, 900)
        self._pay(membership.sale_line_id.invoice_lines.move_id)
        self._settle()
        self.assertEqual(set(referral.reward_ids.mapped("state")), {"granted"})
        self.assertEqual(sum(referral.reward_ids.mapped("amount")), 1500)

    def test_used_and_paid_again_is_still_used(self):
        order = self.period._renewal_offer()
        order.action_confirm()
        self._pay(self._invoice(order))
        self._lose_payment(self.membership)
        self._pay(self.membership.sale_line_id.invoice_lines.move_id)
        self._settle()
        self.assertEqual((self.reward.state, self.reward.amount_lost), ("used", 0))

    def test_open_again_and_paid_again(self):
        order = self.period._renewal_offer()
        order.action_confirm()
        self._pay(self._invoice(order))
        renewal = order.order_line.club_membership_ids
        self._lose_payment(renewal)
        self.assertEqual((self.reward.state, self.reward.order_id), ("granted", order))
        self._pay(order.invoice_ids)
        self._settle()
        self.assertEqual(self.reward.state, "used")

    def test_a_credit_is_a_smaller_fee_not_a_purchase(self):
        order = self.period._renewal_offer()
        order.action_confirm()
        self._pay(self._invoice(order))
        mine = self._bind(self.member, self.other)
        self._settle()
        self.assertEqual(mine.stage, "joined")
        self.assertFalse(mine.client_on)
