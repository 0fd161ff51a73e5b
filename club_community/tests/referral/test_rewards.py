from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .reward_common import RewardCommon


@tagged("post_install", "-at_install")
class TestRewardRules(RewardCommon):
    def test_days_are_added_once_with_the_paid_invoice(self):
        rule = self._gives()
        end = self.period.date_end
        referral = self._brought()
        order = self._sell(referral.referred_id)
        self._settle()
        self.assertFalse(referral.reward_ids)
        invoice = self._invoice(order)
        self._settle()
        self.assertFalse(referral.reward_ids)
        self._pay(invoice)
        self._settle()
        reward = referral.reward_ids
        self.assertEqual(
            (reward.state, reward.beneficiary_id, reward.rule_id, reward.why),
            ("granted", self.member, rule, False),
        )
        self.assertEqual(self.period.date_end, end + self._days(30))
        self.assertEqual(len(self._letters(self.member)), 1)
        # notified again, and the night comes: nothing more
        order.order_line.club_membership_ids._sync_payment()
        order.order_line.club_membership_ids._on_activated()
        self._settle()
        referral._grant_rewards()
        self._nightly()
        self.assertEqual(referral.reward_ids, reward)
        self.assertEqual(self.period.date_end, end + self._days(30))
        self.assertEqual(len(self._letters(self.member)), 1)

    def test_the_database_promises_once(self):
        self._gives()
        referral = self._brought()
        self._joins(referral)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
        ):
            referral.reward_ids.sudo().copy().flush_recordset()

    def test_nothing_for_imported_and_free_periods(self):
        self._gives()
        self._paid(self._brought().referred_id)
        free = self._create_plan(name="Free", price=0)
        self._joins(self._brought("Ivan Free"), free)
        self._settle()
        self.assertFalse(self.Reward.search([("referrer_id", "=", self.member.id)]))

    def test_first_paid_fee_after_a_free_period(self):
        self._gives()
        referral = self._brought()
        free = self._create_plan(name="Free", price=0)
        self._joins(referral, free)
        self._joins(referral)
        self.assertEqual(referral.reward_ids.occasion, "joined")

    def test_renewals_only_if_the_programme_says_so(self):
        self._gives(occasion="renewal", amount=10)
        referral = self._brought()
        self._joins(referral)
        self._joins(referral)
        self.assertFalse(referral.reward_ids)
        self.program.keep_renewals = True
        third = self._joins(referral)
        self.assertEqual(referral.reward_ids.occasion, "renewal")
        self.assertEqual(referral.reward_ids.membership_id, third)

    def test_both_sides(self):
        self._gives(amount=30)
        self._gives(amount=14, beneficiary="referred")
        referral = self._brought()
        membership = self._joins(referral)
        usual = self.plan._period_rule().end(self.today)
        self.assertEqual(membership.date_end, usual + self._days(14))
        self.assertEqual(
            referral.reward_ids.beneficiary_id, self.member | referral.referred_id
        )

    def test_the_cap_of_a_year(self):
        self._gives(cap=2)
        end = self.period.date_end
        for number in range(3):
            self._joins(self._brought(f"Person {number}"))
        rewards = self.Reward.search([("referrer_id", "=", self.member.id)], order="id")
        self.assertEqual(rewards.mapped("state"), ["granted", "granted", "capped"])
        self.assertEqual(rewards[2].why, "cap")
        self.assertEqual(self.period.date_end, end + self._days(60))
        shown = self.member._club_rewards_shown()
        self.assertEqual(shown[0]["state_text"], "Over the limit of this year")

    def test_a_later_rule_speaks_of_later_payments(self):
        referral = self._brought()
        self._joins(referral)
        rule = self._gives()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE club_referral_reward_rule"
            " SET create_date = create_date + interval '2 days' WHERE id = %s",
            [rule.id],
        )
        referral._grant_rewards()
        self.assertFalse(referral.reward_ids)

    def test_a_rule_that_has_given_stays(self):
        rule = self._gives()
        self._joins(self._brought())
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.unlink()
        self._gives().unlink()

    def test_a_failure_does_not_stop_the_payment(self):
        self._gives()
        referral = self._brought()
        log = "odoo.addons.club_community.models.referral.club_referral_reward_grant"
        with (
            patch.object(type(self.period), "_shift", side_effect=ValueError("broken")),
            self.assertLogs(log, "ERROR"),
        ):
            membership = self._joins(referral)
        self.assertEqual(membership.state, "active")
        self.assertEqual(
            (referral.reward_ids.state, referral.reward_ids.why), ("waiting", "failed")
        )
        self._nightly()
        self.assertEqual(referral.reward_ids.state, "granted")

    def test_nobody_writes_rewards(self):
        self._gives()
        referral = self._brought()
        self._joins(referral)
        with self.assertRaises(AccessError):
            referral.reward_ids.with_user(self.club_admin).state = "waiting"

    def test_what_the_member_reads(self):
        self._gives()
        self._gives("credit", 50, beneficiary="referred")
        sentence = self.member._club_reward_next()
        self.assertIn("you get: 30 more days of membership.", sentence)
        self.assertIn("$\xa050.00 off the next fee", sentence)
        referral = self._brought()
        self._joins(referral)
        (shown,) = self.member._club_rewards_shown()
        self.assertEqual(
            shown,
            {
                "text": "30 more days of membership",
                "date": self.today,
                "state": "granted",
                "state_text": "Yours",
            },
        )
        (shown,) = referral.referred_id._club_rewards_shown()
        self.assertEqual(shown["state_text"], "Is there for your next fee")
        self.program.reward_rule_ids.active = False
        self.assertEqual(self.member._club_reward_next(), "")


@tagged("post_install", "-at_install")
class TestRewardDecisions(RewardCommon):
    """Nothing is granted because nobody looked."""

    def setUp(self):
        super().setUp()
        self._gives()
        self.referral = self._brought()
        self.end = self.period.date_end

    def test_a_binding_that_is_looked_at_waits_for_the_decision(self):
        self.referral.sudo().status = "review"
        self._joins(self.referral)
        reward = self.referral.reward_ids
        self.assertEqual((reward.state, reward.why), ("waiting", "review"))
        self._nightly()
        self.assertEqual(reward.state, "waiting")
        (shown,) = self.member._club_rewards_shown()
        self.assertEqual(shown["state_text"], "On its way")
        self.referral.with_user(self.club_manager).action_accept()
        self.assertEqual(reward.state, "granted")
        self.assertEqual(self.period.date_end, self.end + self._days(30))
        (taken,) = self.referral.sudo()._what_closing_takes()
        self.assertIn("Taken back from Anna Petrova", taken)

    def test_refused_in_review(self):
        self.referral.sudo().status = "review"
        self._joins(self.referral)
        self.referral.sudo()._close("refused", "The same person")
        self._settle()
        self.assertEqual(
            (self.referral.reward_ids.state, self.referral.reward_ids.why),
            ("refused", "binding"),
        )
        self.assertFalse(self._letters(self.member))
        self.assertFalse(self.member._club_rewards_shown())

    def test_rebound_to_another(self):
        others_end = self.other.club_membership_ids.date_end
        self._joins(self.referral)
        new = self.referral.sudo()._rebind(self.other, "Was a mistake")
        self._settle()
        self.assertEqual(
            (self.referral.reward_ids.state, self.referral.reward_ids.why),
            ("taken_back", "binding"),
        )
        self.assertEqual(new.reward_ids.state, "granted")
        self.assertEqual(self.period.date_end, self.end)
        self.assertEqual(
            self.other.club_membership_ids.date_end, others_end + self._days(30)
        )


@tagged("post_install", "-at_install")
class TestRewardDays(RewardCommon):
    def setUp(self):
        super().setUp()
        self._gives()
        self.referral = self._brought()

    def test_what_is_paid_ahead_moves_along_and_back(self):
        ahead = self._sell_and_pay(self.member)
        dates = (self.period.date_end, ahead.date_start, ahead.date_end)
        membership = self._joins(self.referral)
        moved = (self.period.date_end, ahead.date_start, ahead.date_end)
        self.assertEqual(moved, tuple(day + self._days(30) for day in dates))
        self._refund(membership)
        self.assertEqual(membership.state, "cancelled")
        back = (self.period.date_end, ahead.date_start, ahead.date_end)
        self.assertEqual(back, dates)
        reward = self.referral.reward_ids
        self.assertEqual((reward.state, reward.why), ("taken_back", "fee"))
        self.assertFalse(reward.amount_lost)
        self.assertEqual(len(self._letters(self.member)), 2)

    def test_lost_payment_and_paid_again(self):
        end = self.period.date_end
        membership = self._joins(self.referral)
        self._lose_payment(membership)
        self.assertEqual(self.referral.reward_ids.state, "taken_back")
        self.assertEqual(self.period.date_end, end)
        self._pay(membership.sale_line_id.invoice_lines.move_id)
        self._settle()
        self.assertEqual(self.referral.reward_ids.state, "granted")
        self.assertEqual(self.period.date_end, end + self._days(30))

    def test_days_that_were_used_are_reported(self):
        self.env["club.membership"].sudo().browse(self.period.id).date_end = (
            self.today - self._days(20) + self._days(365)
        )
        membership = self._joins(self.referral)
        # almost a year later: only ten days are left
        self.period.sudo().write(
            {
                "date_start": self.today - self._days(300),
                "date_end": self.today + self._days(10),
                "date_grace_end": self.today + self._days(20),
            }
        )
        self._refund(membership)
        reward = self.referral.reward_ids
        self.assertEqual(reward.amount_lost, 20)
        self.assertEqual(self.period.date_end, self.today)
        (task,) = self.member.activity_ids.filtered("club_reason")
        self.assertIn("20 of 30 could not be taken back", task.note)
        self.assertTrue(task.user_id)

    def test_paid_again_gives_no_more_than_was_taken(self):
        membership = self._joins(self.referral)
        self.period.sudo().write(
            {
                "date_start": self.today - self._days(300),
                "date_end": self.today + self._days(10),
                "date_grace_end": self.today + self._days(20),
            }
        )
        self._lose_payment(membership)
        self.assertEqual(self.referral.reward_ids.amount_lost, 20)
        self._pay(membership.sale_line_id.invoice_lines.move_id)
        self._settle()
        reward = self.referral.reward_ids
        self.assertEqual((reward.state, reward.amount_lost), ("granted", 0))
        self.assertEqual(self.period.date_end, self.today + self._days(10))

    def test_without_a_period_it_waits_for_the_next(self):
        self.period.sudo().write(
            {
                "state": "expired",
                "date_start": self.today - self._days(400),
                "date_end": self.today - self._days(35),
                "date_grace_end": self.today - self._days(21),
            }
        )
        self._joins(self.referral)
        reward = self.referral.reward_ids
        self.assertEqual((reward.state, reward.why), ("waiting", "no_period"))
        new = self._sell_and_pay(self.member)
        self._settle()
        self.assertEqual((reward.state, reward.period_id), ("granted", new))
        self.assertEqual(
            new.date_end, self.plan._period_rule().end(self.today) + self._days(30)
        )

    def test_the_extended_period_goes_and_comes_back(self):
        mine = self._sell_and_pay(self.other_person())
        referral = self._brought("Ivan Free", mine.partner_id)
        usual = mine.date_end
        self._joins(referral)
        self.assertEqual(mine.date_end, usual + self._days(30))
        self._lose_payment(mine)
        self.assertEqual(
            (referral.reward_ids.state, referral.reward_ids.why),
            ("waiting", "no_period"),
        )
        self._pay(mine.sale_line_id.invoice_lines.move_id)
        self._settle()
        self.assertEqual(referral.reward_ids.state, "granted")
        self.assertEqual(mine.date_end, usual + self._days(30))

    def other_person(self):
        return self._person("Pays Himself", email="self@example.com")

    def test_a_pause_and_a_life(self):
        self.plan.pause_max_days = 60
        self.period._pause(self.today, self.today + self._days(10))
        end = self.period.date_end
        self._joins(self.referral)
        self.assertEqual(self.period.date_end, end + self._days(30))
        life = self._create_plan(name="Life", period_type="lifetime")
        person = self.other_person()
        self._paid(person, plan_id=life.id)
        referral = self._brought("Ivan Free", person)
        self._joins(referral)
        self.assertEqual(
            (referral.reward_ids.state, referral.reward_ids.why), ("refused", "life")
        )


@tagged("post_install", "-at_install")
class TestRewardGift(RewardCommon):
    def test_the_rule_that_comes_with_the_addon(self):
        self.program.with_context(active_test=False).reward_rule_ids.active = True
        rule = self.env.ref("club_community.club_referral_reward_rule_thanks")
        self.assertEqual(self.program.reward_rule_ids, rule)
        referral = self._brought()
        membership = self._joins(referral)
        (task,) = self.member.activity_ids
        self.assertEqual(task.summary, "Thank for the recommendation")
        self.assertIn("Vera Kim", task.note)
        self.assertEqual(
            task.user_id, self.member._club_looked_after_by()[self.member.id][0]
        )
        self._joins(self._brought("Ivan Two"))
        self.assertEqual(len(self.member.activity_ids), 2)
        self.assertFalse(self._letters(self.member))
        self._refund(membership)
        self.assertNotIn(task, self.member.activity_ids)
        self.assertFalse(referral.reward_ids.amount_lost)

    def test_what_was_done_is_reported(self):
        self._gives("gift", gift="Send flowers")
        referral = self._brought()
        membership = self._joins(referral)
        self.member.activity_ids.action_done()
        self._refund(membership)
        self.assertTrue(referral.reward_ids.amount_lost)
        self.assertEqual(self.member.activity_ids.summary, "A reward was used already")

    def test_done_and_paid_again_is_not_done_twice(self):
        self._gives("gift", gift="Send flowers")
        referral = self._brought()
        membership = self._joins(referral)
        self.member.activity_ids.action_done()
        self._lose_payment(membership)
        self._pay(membership.sale_line_id.invoice_lines.move_id)
        self._settle()
        self.assertEqual(referral.reward_ids.state, "granted")
        self.assertNotIn("Send flowers", self.member.activity_ids.mapped("summary"))


@tagged("post_install", "-at_install")
class TestRewardQueries(RewardCommon):
    def _queries(self, number):
        """Queries of a batch of payments by people whom as many members brought."""
        people = self.env["res.partner"].create(
            [{"name": f"Person {n}"} for n in range(2 * number)]
        )
        referrers, brought = people[:number], people[number:]
        for person in referrers:
            self._paid(person)
        for referrer, person in zip(referrers, brought, strict=True):
            self._bind(person, referrer)
            self.plan._make_offer(person)
        self._settle()
        memberships = brought.club_membership_ids.sudo()
        memberships._activate()
        data = self.env.cr.precommit.data["club_community.rewards"]
        self.assertGreaterEqual(data["memberships"], set(memberships.ids))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.Reward._settle_touched()
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        self.assertEqual(
            set(brought.club_was_referred_ids.reward_ids.mapped("state")), {"granted"}
        )
        self._settle()
        return count

    def test_queries_do_not_grow_with_the_payments(self):
        for kind in ("days", "credit", "gift"):
            with self.subTest(kind=kind):
                rule = self._gives(kind, 30, gift="Thank")
                few, many = self._queries(3), self._queries(30)
                self.assertLessEqual(many, few + 5)
                rule.active = False
