from dateutil.relativedelta import relativedelta
from psycopg2.errors import CheckViolation, ExclusionViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestBadInput(ClubCommon):
    """Each mistake gets a sentence that names the way out."""

    def _sell_by_wizard(self, **vals):
        wizard = self.env["club.membership.sell"].create(
            {"partner_id": self.member.id, "plan_id": self.plan.id, **vals}
        )
        return wizard.action_sell()

    def test_company_without_chart_of_accounts(self):
        bare = self.env["res.company"].create({"name": "Bare"})
        self.env.user.company_ids += bare
        plan = self.env["club.plan"].create(
            {"name": "Bare plan", "price": 1, "company_id": False}
        )
        with self.assertRaisesRegex(UserError, "no chart of accounts"):
            self._sell_by_wizard(company_id=bare.id, plan_id=plan.id)

    def test_currency_switched_off(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        plan = self._create_plan(name="Swiss", currency_id=currency.id)
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "rate": 2, "name": "2020-01-01"}
        )
        currency.active = False
        with self.assertRaisesRegex(UserError, "CHF, and this currency is switched"):
            self._sell_by_wizard(plan_id=plan.id)

    def test_currency_without_rate(self):
        currency = self.env["res.currency"].create({"name": "XXC", "symbol": "X"})
        plan = self._create_plan(name="Foreign", currency_id=currency.id)
        with self.assertRaisesRegex(UserError, "no exchange rate from XXC"):
            self._sell_by_wizard(plan_id=plan.id)
        order = self._sell(plan=plan, confirm=False)
        with self.assertRaisesRegex(UserError, "no exchange rate from XXC"):
            order.action_confirm()

    def test_foreign_currency_with_rate_is_converted(self):
        currency = self.env["res.currency"].create(
            {
                "name": "XXC",
                "symbol": "X",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 4})],
            }
        )
        plan = self._create_plan(name="Foreign", currency_id=currency.id, price=1000)
        order = self._sell(plan=plan)
        self.assertEqual(order.amount_untaxed, 250)

    def test_plan_without_product(self):
        with self.assertRaisesRegex(ValidationError, "has no product"):
            self.plan.product_id = False

    def test_plan_makes_its_product(self):
        plan = self.env["club.plan"].create({"name": "New", "price": 77})
        self.assertEqual(plan.product_id.lst_price, 77)
        self.assertEqual(plan.price, 77)

    def test_product_that_gives_levels_before_payment(self):
        product = self.env["product.product"].create(
            {"name": "P", "type": "service", "service_tracking": "partnership"}
        )
        with self.assertRaisesRegex(ValidationError, "before it is paid"):
            self._create_plan(name="Wrong", product_id=product.id)

    def test_negative_price(self):
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.plan.price = -1
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self._create_plan(name="Negative", price=-5)
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.plan.product_id.lst_price = -1

    @mute_logger("odoo.sql_db")
    def test_end_before_start(self):
        with self.assertRaises(CheckViolation) as caught:
            self._create_period(self.member, "2025-06-01", "2025-05-01")
        self.assertIn("dates_in_order", str(caught.exception))

    def test_company_as_a_person(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        with self.assertRaisesRegex(UserError, "is a company"):
            firm.action_club_sell()
        order = self.env["sale.order"].create(
            {
                "partner_id": firm.id,
                "order_line": [Command.create({"product_id": self.plan.product_id.id})],
            }
        )
        with self.assertRaisesRegex(UserError, "belongs to a person"):
            order.action_confirm()
        with self.assertRaisesRegex(UserError, "belongs to a person"):
            self._create_period(firm, "2025-01-01")

    def test_archived_contact(self):
        order = self._sell(confirm=False)
        self.member.active = False
        with self.assertRaisesRegex(UserError, "is archived"):
            order.action_confirm()
        with self.assertRaisesRegex(UserError, "is archived"):
            self._sell_by_wizard()

    def test_two_of_one_line(self):
        order = self._sell(confirm=False)
        order.order_line.product_uom_qty = 2
        with self.assertRaisesRegex(UserError, "one per"):
            order.action_confirm()

    def test_start_inside_a_paid_period(self):
        self._create_period(self.member, self.today)
        with self.assertRaisesRegex(UserError, "is paid for until"):
            self._sell_by_wizard(date_start=self.today + relativedelta(days=3))

    def test_plan_in_use_is_archived_not_deleted(self):
        self._create_period(self.member, self.today)
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.plan.unlink()
        self.plan.active = False
        self.assertEqual(self.member.club_state, "active")
        unused = self._create_plan(name="Unused")
        unused.unlink()

    @mute_logger("odoo.sql_db")
    def test_overlap_is_refused_by_the_database(self):
        self._create_period(self.member, self.today)
        with self.assertRaises(ExclusionViolation):
            self._create_period(self.member, self.today + relativedelta(months=3))

    @mute_logger("odoo.sql_db")
    def test_history_does_not_overlap_either(self):
        self._create_period(self.member, self.today - relativedelta(years=3))
        with self.assertRaises(ExclusionViolation):
            self._create_period(self.member, self.today - relativedelta(months=30))

    def test_other_family_may_overlap(self):
        other = self._create_plan(
            name="Other",
            family_id=self.env["club.plan.family"].create({"name": "Golf"}).id,
        )
        self._create_period(self.member, self.today)
        self._create_period(self.member, self.today, plan=other)
        self.assertEqual(len(self.member.club_membership_ids), 2)
        # he is counted, and found, under both
        for plan in (self.plan, other):
            self.assertEqual(plan.member_count, 1)
            people = self.env["res.partner"].search(
                plan.action_view_members()["domain"]
            )
            self.assertEqual(people, self.member)

    def test_nobody_becomes_a_member_by_hand(self):
        self.member.club_manager_id = self.personal_manager
        order = self._sell()
        membership = order.order_line.club_membership_ids
        for user in (self.personal_manager, self.club_manager, self.club_admin):
            with self.assertRaisesRegex(AccessError, "cannot be changed by hand"):
                membership.with_user(user).state = "active"
        with self.assertRaises(AccessError):
            self.env["club.membership"].with_user(self.club_admin).create(
                {
                    "partner_id": self.member.id,
                    "plan_id": self.plan.id,
                    "state": "active",
                }
            )

    def test_paid_period_is_not_deleted(self):
        membership = self._create_period(self.member, self.today)
        with self.assertRaisesRegex(UserError, "is history"):
            membership.with_user(self.club_admin).unlink()

    def test_recorded_period_needs_plan_and_start(self):
        with self.assertRaisesRegex(ValidationError, "needs a plan and a start date"):
            self.env["club.membership"].create({"partner_id": self.member.id})
        form = Form(self.env["club.membership"].with_user(self.club_manager))
        form.partner_id = self.member
        form.plan_id = self.plan
        form.date_start = self.today
        self.assertEqual(form.save().state, "active")
