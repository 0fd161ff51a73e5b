from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_complaints_odoo import ComplaintsCommon


@tagged("post_install", "-at_install")
class TestComplaintsOthers(ComplaintsCommon):
    """Of CiviCRM, WildApricot, Nimble AMS, tendenci and Dolibarr."""

    def test_no_override_that_could_stick(self):
        """civicrm-core#11789, #29661: "override until a date" left a wrong state.

        There is no override: nobody writes a state, and dates move every paid period,
        whatever its state was the day before.
        """
        membership = self._sell_and_pay()
        for user in (self.club_manager, self.club_admin):
            with self.assertRaises(AccessError):
                membership.with_user(user).state = "cancelled"
        # a state that is wrong all the same is put right by the next morning
        membership.sudo().state = "upcoming"
        self._advance_on(self.today)
        self.assertEqual(membership.state, "active")

    def test_wrong_dates_have_a_way_out(self):
        """civicrm-core#4968: the end of a membership that renews itself was locked.

        Dates are not typed here either, but a period that is wrong is taken back by a
        credit note and the right one recorded; nothing that runs by itself is in the
        way.
        """
        wrong = self._sell_and_pay()
        self._credit(wrong)
        end = self.today + relativedelta(months=18)
        right = self._create_period(self.member, self.today, end)
        self.assertEqual((wrong.state, right.state), ("cancelled", "active"))
        self.assertEqual(self.member.club_valid_until, end)

    def test_renewing_an_expired_member_is_one_period(self):
        """civicrm-core#18618: renewed for n terms, got n + 1 or none of them usable."""
        long_ago = self.today - relativedelta(years=3)
        self._create_period(self.member, long_ago)
        renewed = self._sell_and_pay()
        self.assertEqual(renewed.date_start, self.today)
        self.assertEqual(renewed.date_end, self.today + relativedelta(years=1, days=-1))
        second = self._sell_and_pay()
        self.assertEqual(second.date_start, renewed.date_end + relativedelta(days=1))
        self.assertEqual(len(self.member.club_membership_ids), 3)

    def test_expired_member_who_pays_is_active_at_once(self):
        """cf-civicrm#74: the dates moved and the status stayed expired."""
        self._create_period(self.member, self.today - relativedelta(years=2))
        self.assertEqual(self.member.club_state, "former")
        self._sell_and_pay()
        self.assertEqual(self.member.club_state, "active")

    def test_gap_is_kept_in_history(self):
        """civicrm-core#28194: renewing the old record lost that there was a gap."""
        old = self._create_period(self.member, self.today - relativedelta(years=3))
        before = old.read(["date_start", "date_end", "state", "amount"])
        new = self._sell_and_pay()
        self.assertEqual(
            old.read(["date_start", "date_end", "state", "amount"]), before
        )
        self.assertEqual((new.kind, new.previous_id), ("return", old))

    def test_unpaid_renewal_leaves_the_running_membership_alone(self):
        """civicrm-core#10173, cf-civicrm#84: an open renewal ended the present one."""
        membership = self._sell_and_pay()
        until = self.member.club_valid_until
        order = self._sell()
        self._invoice(order)
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(self.member.club_valid_until, until)
        order.invoice_ids.button_cancel()
        order._action_cancel()
        self.assertEqual(
            (membership.state, self.member.club_valid_until), ("active", until)
        )

    def test_nonpayer_has_no_number_and_no_place_in_the_list(self):
        """tendenci#1287: whoever never paid kept a number and stood in the lists."""
        order = self._sell()
        self._invoice(order)
        self._advance_on(self.today + relativedelta(days=60))
        self.assertFalse(self.member.club_number)
        self.assertFalse(self.member.grade_id)
        live = [("club_state", "in", ("active", "grace")), ("id", "=", self.member.id)]
        self.assertFalse(self.env["res.partner"].search(live))

    def test_life_member_is_verifiable(self):
        """mwsadispatches.com: nobody could tell who was a member for life."""
        life = self._create_plan(name="Honorary", period_type="lifetime")
        membership = self._sell_and_pay(plan=life)
        self.assertFalse(membership.date_end)
        self._advance_on(self.today + relativedelta(years=40))
        self.assertEqual(self.member.club_state, "active")
        self.assertTrue(self.member.sudo().club_card_token, "the card proves it")

    def test_life_membership_of_long_ago_is_not_expired(self):
        """civicrm-core#2233: a life membership begun months ago came out expired."""
        life = self._create_plan(name="Honorary", period_type="lifetime")
        period = self._create_period(self.member, "1999-01-01", plan=life)
        self.assertEqual(period.state, "active")

    def test_member_prices_in_every_state(self):
        """fsgw2.org: pending, lapsed and overdue members got member prices at random.

        Paid or in grace: the member's prices. Otherwise: everybody's.
        """

        def has_member_prices():
            return self.member.property_product_pricelist == self.pricelist

        order = self._sell()
        self._invoice(order)
        self.assertFalse(has_member_prices(), "pending")
        self._pay(order.invoice_ids)
        self.assertTrue(has_member_prices(), "paid")
        membership = order.order_line.club_membership_ids
        self._advance_on(membership.date_end + relativedelta(days=1))
        self.assertTrue(has_member_prices(), "grace")
        self._advance_on(membership.date_grace_end + relativedelta(days=1))
        self.assertFalse(has_member_prices(), "lapsed")

    def test_one_level_per_person_is_no_limit(self):
        """WildApricot, Nimble AMS: one level or one membership per contact."""
        family = self.env["club.plan.family"].create({"name": "Sports"})
        plans = [
            self._create_plan(name=name, family_id=family_id)
            for name, family_id in (
                ("Club", self.plan.family_id.id),
                ("Tennis", family.id),
                ("Sauna", self.env["club.plan.family"].create({"name": "Sauna"}).id),
            )
        ]
        for plan in plans:
            self._sell_and_pay(plan=plan)
        self.assertEqual(
            self.member.club_membership_ids.mapped("state"), ["active"] * 3
        )

    def test_figures_are_those_of_this_moment(self):
        """sheepcrm: "correct as of last Thursday". Here they follow the payment."""

        def members():
            return (
                self.env["res.partner"]
                ._club_count_members("club_plan_id", self.plan)
                .get(self.plan, 0)
            )

        before = members()
        membership = self._sell_and_pay()
        self.assertEqual(members(), before + 1)
        self._credit(membership)
        self.assertEqual(members(), before)
