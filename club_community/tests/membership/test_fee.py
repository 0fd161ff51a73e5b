from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..common import ClubCommon

YEARLY = {"period_type": "year", "proration": "month"}


@tagged("post_install", "-at_install")
class TestFee(ClubCommon):
    """What a period costs and how long it is good for, by every kind of plan."""

    def _fees(self, plan, partner=None, start=None):
        """``(fee, joining fee)`` of an offer."""
        order = plan._make_offer(partner or self.member, start=start)
        joining = order.order_line.filtered("club_joining_line_id")
        return (order.order_line - joining).price_unit, joining.price_unit

    # --- Kinds of periods -------------------------------------------------------

    def test_days(self):
        plan = self._create_plan(period_type="days", period_days=30)
        membership = self._sell_and_pay(plan=plan)
        self.assertEqual(membership.date_end, self.today + relativedelta(days=29))

    @freeze_time("2026-11-21")
    def test_fixed_year_with_rollover(self):
        plan = self._create_plan(**YEARLY, rollover_month="10")
        self.assertEqual(self._fees(plan), (116.67, 0))
        membership = self._sell_and_pay(plan=plan)
        self.assertEqual(membership.date_end, date(2027, 12, 31))
        self.assertAlmostEqual(membership.amount, 116.67)
        renewal = self._sell_and_pay(plan=plan)
        self.assertEqual(
            (renewal.date_start, renewal.date_end, renewal.amount),
            (date(2028, 1, 1), date(2028, 12, 31), 100),
        )

    @freeze_time("2026-11-21")
    def test_share_of_a_year_by_month_and_by_day(self):
        plan = self._create_plan(**dict(YEARLY, price=1200))
        self.assertEqual(self._fees(plan)[0], 200)
        plan.proration = "day"
        self.assertAlmostEqual(self._fees(plan)[0], 1200 * 41 / 365, 2)
        self.assertEqual(self._fees(plan, start=date(2027, 1, 1))[0], 1200)

    def test_member_prices_are_not_for_the_fee_itself(self):
        with freeze_time("2026-11-21"):
            plan = self._create_plan(**dict(YEARLY, price=1200), grade_id=self.level.id)
            self._create_period(self.member, date(2026, 6, 1))
            other_family = self.env["club.plan.family"].create({"name": "Golf"})
            plan.family_id = other_family
            order = plan._make_offer(self.member)
        line = order.order_line
        self.assertEqual(order.pricelist_id, self.pricelist)
        self.assertEqual((line.price_unit, line.discount), (200, 0))
        self.pricelist.item_ids = [
            Command.create(
                {
                    "compute_price": "percentage",
                    "percent_price": 10,
                    "applied_on": "1_product",
                    "product_tmpl_id": plan.product_id.product_tmpl_id.id,
                }
            )
        ]
        with freeze_time("2026-11-21"):
            line = plan._make_offer(self.member).order_line
        net = line.price_unit * (1 - line.discount / 100)
        self.assertEqual(net, 180, "a rule for this very product is meant")
        self.assertFalse(order.club_needs_approval)

    def test_roll_over_on_the_first_day_is_refused(self):
        with self.assertRaises(ValidationError):
            self._create_plan(**YEARLY, rollover_month="1")

    def test_day_of_the_year_that_no_month_has(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self._create_plan(**YEARLY, year_day=32)
        self.assertIn("_days_of_year", str(caught.exception))

    # --- For life ---------------------------------------------------------------

    def test_for_life(self):
        plan = self._create_plan(period_type="lifetime", grade_id=self.level.id)
        membership = self._sell_and_pay(plan=plan)
        self.assertEqual(membership.state, "active")
        self.assertFalse(membership.date_end)
        self.assertEqual(self.member.grade_id, self.level)
        self.assertFalse(self.member.club_valid_until)
        far = self.today + relativedelta(years=80)
        due = self.env["club.membership"].search(
            self.env["club.membership"]._due_domain(far)
        )
        self.assertNotIn(membership, due)

    def test_life_member_is_sold_nothing_more(self):
        plan = self._create_plan(period_type="lifetime")
        self._sell_and_pay(plan=plan)
        with self.assertRaisesRegex(UserError, "for life"):
            self.plan._make_offer(self.member)
        with self.assertRaisesRegex(UserError, "for life"):
            self._sell()

    def test_life_membership_follows_on_a_live_one(self):
        first = self._sell_and_pay()
        life = self._sell_and_pay(plan=self._create_plan(period_type="lifetime"))
        self.assertEqual(life.date_start, first.date_end + relativedelta(days=1))
        self.assertEqual(life.state, "upcoming")

    def test_payment_that_comes_too_late_is_not_lost(self):
        """Two orders, one for life: the second is paid, and the manager is told."""
        yearly = self._invoice(self._sell())
        life = self._create_plan(period_type="lifetime")
        self._sell_and_pay(plan=life)
        self._pay(yearly)
        self.assertIn(yearly.payment_state, ("paid", "in_payment"))
        left = self.member.club_membership_ids.filtered(lambda m: m.plan_id != life)
        self.assertEqual(left.state, "waiting")
        self.assertIn("for life", left.message_ids[0].body)
        notes = len(left.message_ids)
        left._sync_payment()
        self.assertEqual(len(left.message_ids), notes, "it is said once")

    # --- Trial ------------------------------------------------------------------

    def test_trial_is_for_newcomers_and_only_once(self):
        trial = self._create_plan(
            name="Trial", price=0, is_trial=True, period_type="days", period_days=14
        )
        order = self._sell(plan=trial)
        self._invoice(order)
        self.assertEqual(self.member.club_state, "active", "a free trial starts")
        for sell in (trial._make_offer, lambda p: self._sell(p, trial)):
            with self.assertRaisesRegex(UserError, "trial for newcomers"):
                sell(self.member)
        full = self._sell_and_pay()
        self.assertEqual(full.date_start, self.today + relativedelta(days=14))

    def test_two_trials_paid_give_one(self):
        trial = self._create_plan(price=10, is_trial=True, period_type="days")
        invoices = [self._invoice(self._sell(plan=trial)) for _ in range(2)]
        for invoice in invoices:
            self._pay(invoice)
        states = sorted(self.member.club_membership_ids.mapped("state"))
        self.assertEqual(states, ["active", "waiting"])

    # --- Joining fee --------------------------------------------------------------

    def test_joining_fee_once_in_a_life(self):
        self.plan.joining_fee = 300
        self.assertEqual(self._fees(self.plan), (1000, 300))
        order = self._sell()
        self.assertEqual(order.amount_untaxed, 1300)
        self._pay(self._invoice(order))
        self.assertEqual(self.member.club_membership_ids[0].amount, 1000)
        self.assertEqual(self._fees(self.plan), (1000, 0))
        long_ago = self.today - relativedelta(years=9)
        returned = self.env["res.partner"].create({"name": "Returned"})
        self._create_period(returned, long_ago)
        self.assertEqual(self._fees(self.plan, returned), (1000, 0))

    def test_joining_fee_again_after_a_gap(self):
        self.plan.write({"joining_fee": 300, "joining_rule": "gap"})
        for years, fee in ((2, 0), (3, 300)):
            person = self.env["res.partner"].create({"name": f"Gone {years}"})
            start = self.today - relativedelta(years=years, days=-30)
            self._create_period(person, start)
            self.assertEqual(self._fees(self.plan, person), (1000, fee))

    def test_joining_fee_that_was_waived_stays_away(self):
        self.plan.joining_fee = 300
        order = self._sell(confirm=False)
        order.order_line.filtered("club_joining_line_id").unlink()
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, 1000)

    def test_joining_fee_goes_with_its_membership(self):
        self.plan.joining_fee = 300
        order = self._sell(confirm=False)
        order.order_line.filtered("club_membership_ids").unlink()
        self.assertFalse(order.order_line)

    # --- What a period is in a life -------------------------------------------------

    def test_kinds(self):
        person = self.env["res.partner"].create({"name": "Loyal"})
        late = self._create_period(person, "2024-01-01")
        self.assertEqual(late.kind, "new")
        renewed = self._create_period(person, "2025-01-01")
        self.assertEqual((renewed.kind, renewed.previous_id), ("renewal", late))
        returned = self._create_period(person, "2026-06-01")
        self.assertEqual((returned.kind, returned.previous_id), ("return", renewed))
        first = self._create_period(person, "2022-06-01")
        self.assertEqual((first.kind, late.kind), ("new", "return"))
