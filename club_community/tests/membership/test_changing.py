from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..common import ClubCommon


class ChangingCommon(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.high = cls.env["res.partner.grade"].create({"name": "Platinum"})
        cls.platinum = cls._create_plan(
            name="Platinum", price=2000, grade_id=cls.high.id
        )
        cls.silver = cls._create_plan(name="Silver", price=400)

    def _in(self, **delta):
        return self.today + relativedelta(**delta)

    def _on(self, day):
        return freeze_time(fields.Datetime.to_datetime(day))

    def _advance_on(self, day):
        with self._on(day):
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(day))._advance(day)

    def _offer(self, membership, plan=None, when="now"):
        return membership._make_change(plan or self.platinum, when)

    def _confirm_and_pay(self, order):
        order.action_confirm()
        self._pay(self._invoice(order))
        return order.order_line.club_membership_ids

    def _change_in(self, membership, days=0, plan=None):
        """Change so many days from now on, and pay at once."""
        with self._on(self._in(days=days)):
            return self._confirm_and_pay(self._offer(membership, plan))


@tagged("post_install", "-at_install")
class TestUpgrade(ChangingCommon):
    def test_at_once_with_credit_for_unused_days(self):
        old = self._sell_and_pay()
        end = old.date_end
        whole = (end - old.date_start).days + 1
        new = self._change_in(old, 100)
        order = new.sale_order_id
        credit = order.order_line - new.sale_line_id
        self.assertAlmostEqual(
            credit.price_subtotal, -1000 * (whole - 100) / whole, delta=0.01
        )
        self.assertEqual(order.amount_total, 2000 + credit.price_subtotal)
        day = self._in(days=100)
        self.assertEqual((new.state, new.date_start), ("active", day))
        self.assertEqual(new.date_end, day + relativedelta(years=1, days=-1))
        self.assertEqual(
            (old.state, old.date_end, old.date_end_paid, old.closed_by),
            ("expired", day - relativedelta(days=1), end, "upgrade"),
        )
        self.assertEqual(old.replaced_by_id, new)
        self.assertEqual((new.kind, new.previous_id), ("upgrade", old))
        self.assertEqual(self.member.grade_id, self.high)
        self.assertEqual(self.member.club_joined, self.today)
        self.assertEqual(self.member.club_since, self.today, "no day without")
        self.assertIn("Changed to “Platinum”", old.message_ids[0].body)

    def test_until_it_is_paid_nothing_changes(self):
        old = self._sell_and_pay()
        before = old.read(["state", "date_start", "date_end", "closed_by"])
        order = self._offer(old)
        order.action_confirm()
        self._invoice(order)
        self.assertEqual(
            old.read(["state", "date_start", "date_end", "closed_by"]), before
        )
        self.assertEqual(self.member.grade_id, self.level)

    def test_started_today_is_cancelled(self):
        old = self._sell_and_pay()
        new = self._change_in(old)
        self.assertEqual(new.sale_order_id.amount_total, 1000)
        self.assertEqual((old.state, old.closed_by), ("cancelled", "upgrade"))
        self.assertEqual((new.state, new.date_start), ("active", self.today))
        self.assertEqual(new.kind, "upgrade")

    def test_paid_ahead_is_credited_whole(self):
        self.platinum.price = 5000
        old, ahead = self._sell_and_pay(), self._sell_and_pay()
        new = self._change_in(old)
        self.assertEqual(new.sale_order_id.amount_total, 3000)
        self.assertEqual((ahead.state, ahead.closed_by), ("cancelled", "upgrade"))
        self.assertEqual(self.member.club_valid_until, new.date_end)

    def test_no_joining_fee(self):
        self.platinum.joining_fee = 77
        order = self._offer(self._sell_and_pay())
        self.assertEqual(order.amount_total, 1000)

    def test_credit_above_the_fee_is_refused_with_a_way_out(self):
        old = self._sell_and_pay()
        with self.assertRaisesRegex(UserError, "when the paid days are over"):
            self._offer(old, self.silver)
        self.assertIn(
            "when the paid days are over",
            old._change_terms(self.silver, "now")["refusal"],
        )

    def test_paid_late_the_credit_stands(self):
        old = self._sell_and_pay()
        order = self._offer(old)
        later = self._in(days=50)
        with self._on(later):
            new = self._confirm_and_pay(order)
        self.assertEqual(order.amount_total, 1000)
        self.assertEqual(new.date_start, later)
        self.assertEqual(old.date_end, later - relativedelta(days=1))

    def test_paid_in_grace_continues_without_a_gap(self):
        old = self._sell_and_pay()
        order = self._offer(old)
        end = old.date_end
        day = end + relativedelta(days=5)
        self._advance_on(day)
        self.assertEqual(old.state, "grace")
        with self._on(day):
            new = self._confirm_and_pay(order)
        self.assertEqual(new.date_start, end + relativedelta(days=1))
        self.assertEqual((old.state, old.date_end), ("expired", end))

    def test_two_offers_paid_both_credit_once(self):
        old = self._sell_and_pay()
        first = self._offer(old)
        first.action_confirm()
        second = self._offer(old)
        self._pay(self._invoice(first))
        new = first.order_line.club_membership_ids
        other = self._confirm_and_pay(second)
        self.assertEqual((new.state, other.state), ("active", "waiting"))
        self.assertIn("used or refunded", other.obstacle)
        self.assertIn("used or refunded", other.message_ids[0].body)

    def test_an_older_unpaid_offer_is_dropped(self):
        old = self._sell_and_pay()
        first = self._offer(old)
        second = self._offer(old)
        self.assertEqual((first.state, second.state), ("cancel", "draft"))

    def test_renewed_meanwhile_is_told(self):
        old = self._sell_and_pay()
        order = self._offer(old)
        ahead = self._sell_and_pay()
        other = self._confirm_and_pay(order)
        self.assertEqual(other.state, "waiting")
        self.assertIn("paid meanwhile", other.obstacle)
        self.assertEqual((old.state, ahead.state), ("active", "upcoming"))

    def test_asked_to_leave_meanwhile_is_told(self):
        old = self._sell_and_pay()
        order = self._offer(old)
        old._leave(old.date_end, self.env.ref("club_community.leaving_reason_time"))
        other = self._confirm_and_pay(order)
        self.assertIn("asked to leave", other.obstacle)
        with self.assertRaisesRegex(UserError, "asked to leave"):
            self._offer(old)

    def test_credit_in_the_currency_of_the_order(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "name": self.today,
                "rate": 0.5,
                "company_id": self.company.id,
            }
        )
        old = self._create_period(
            self.member, self.today, amount=400, currency_id=euro.id
        )
        order = self._offer(old)
        self.assertEqual(order.currency_id, self.company.currency_id)
        self.assertAlmostEqual(order.amount_total, 2000 - 800, delta=0.01)

    def test_with_taxes_the_credit_is_taxed_alike(self):
        for plan in self.plan | self.platinum:
            plan.product_id.taxes_id = self.tax_sale_a
        order = self._offer(self._sell_and_pay())
        self.assertAlmostEqual(order.amount_total, 1150, delta=0.01)

    def test_what_was_given_back_is_not_credited(self):
        old = self._sell_and_pay()
        credit = old.sale_order_id.invoice_ids._reverse_moves()
        credit.invoice_line_ids.price_unit = 300
        credit.action_post()
        self.assertAlmostEqual(self._offer(old).amount_total, 1300, delta=0.01)

    def test_shared_year_is_shared_from_today(self):
        year = self._create_plan(
            name="Year", price=36500, period_type="year", proration="day"
        )
        old = self._sell_and_pay()
        terms = old._change_terms(year)
        order = self._offer(old, year)
        (line,) = order.order_line.filtered("club_membership_ids")
        share = year._period_rule().share(self.today, "day")
        self.assertAlmostEqual(line.price_unit, 36500 * float(share), delta=0.01)
        self.assertAlmostEqual(terms["to_pay"], order.amount_untaxed, delta=0.01)

    def test_nothing_to_change(self):
        waiting = self._sell().order_line.club_membership_ids
        with self.assertRaisesRegex(UserError, "not live"):
            self._offer(waiting)
        life = self._create_plan(name="Life", period_type="lifetime")
        other = self.env["res.partner"].create({"name": "Vera"})
        with self.assertRaisesRegex(UserError, "for life already"):
            self._offer(self._sell_and_pay(other, life))
        family = self.env["club.plan.family"].create({"name": "Golf"})
        golf = self._create_plan(name="Golf", family_id=family.id)
        third = self.env["res.partner"].create({"name": "Gleb"})
        with self.assertRaisesRegex(UserError, "Choose another plan"):
            self._offer(self._sell_and_pay(third), golf)

    def test_a_credit_is_not_typed(self):
        old = self._sell_and_pay()
        order = self._sell(confirm=False).with_user(self.salesman)
        for vals in (
            {"club_change": "now"},
            {"club_credit_line_id": order.order_line.id},
            {"club_credit_of_id": old.id},
        ):
            with self.assertRaises(AccessError):
                order.order_line.write(vals)
            with self.assertRaises(AccessError):
                order.order_line = [
                    Command.create({"product_id": self.plan.product_id.id, **vals})
                ]


@tagged("post_install", "-at_install")
class TestUpgradeTakenBack(ChangingCommon):
    def _refund(self, membership):
        refund = membership.sale_order_id.invoice_ids._reverse_moves()
        refund.action_post()
        return refund

    def test_refunded_the_old_one_comes_back(self):
        old = self._sell_and_pay()
        end = old.date_end
        new = self._change_in(old, 10)
        with self._on(self._in(days=20)):
            self._refund(new)
        self.assertEqual((new.state, new.closed_by), ("cancelled", "refund"))
        self.assertEqual(
            (old.state, old.date_end, old.date_end_paid, old.closed_by),
            ("active", end, False, False),
        )
        self.assertEqual(self.member.grade_id, self.level)
        self.assertIn("goes on", old.message_ids[0].body)

    def test_with_what_was_paid_ahead(self):
        self.platinum.price = 5000
        old, ahead = self._sell_and_pay(), self._sell_and_pay()
        before = [(p.state, p.date_start, p.date_end) for p in old | ahead]
        self._refund(self._change_in(old))
        self.assertEqual(
            [(p.state, p.date_start, p.date_end) for p in old | ahead], before
        )

    def test_only_the_money_given_back_is_a_refund_too(self):
        old = self._sell_and_pay()
        new = self._change_in(old)
        refund = new.sale_order_id.invoice_ids._reverse_moves()
        fee, credit = refund.invoice_line_ids.sorted("price_unit", reverse=True)
        credit.unlink()
        fee.price_unit = 1000  # of 2,000, half of it by credit
        refund.action_post()
        self.assertEqual((new.state, old.state), ("cancelled", "active"))

    def test_part_of_it_given_back_changes_nothing(self):
        old = self._sell_and_pay()
        new = self._change_in(old)
        refund = new.sale_order_id.invoice_ids._reverse_moves()
        fee, credit = refund.invoice_line_ids.sorted("price_unit", reverse=True)
        credit.unlink()
        fee.price_unit = 999
        refund.action_post()
        self.assertEqual((new.state, old.state), ("active", "cancelled"))

    def test_the_whole_value_given_back_leaves_the_old_one_closed(self):
        old = self._sell_and_pay()
        new = self._change_in(old)
        refund = new.sale_order_id.invoice_ids._reverse_moves()
        refund.invoice_line_ids.sorted("price_unit")[:1].unlink()
        refund.action_post()
        self.assertEqual((new.state, old.state), ("cancelled", "cancelled"))

    def test_payment_lost_and_found(self):
        old = self._sell_and_pay()
        end = old.date_end
        new = self._change_in(old, 10)
        with self._on(self._in(days=12)):
            invoice = new.sale_order_id.invoice_ids
            lines = invoice.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            lines.remove_move_reconcile()
            self.assertEqual((new.state, old.state), ("waiting", "active"))
            self.assertEqual(old.date_end, end)
            self._pay(invoice)
        self.assertEqual((new.state, old.state), ("active", "expired"))
        self.assertEqual(old.date_end, self._in(days=11))

    def test_taken_days_are_told(self):
        old = self._sell_and_pay()
        new = self._change_in(old, 10)
        with self._on(self._in(days=10)):
            reason = self.env.ref("club_community.leaving_reason_time")
            new._leave(self._in(days=10), reason)
        self._advance_on(self._in(days=11))
        self.assertEqual(new.state, "expired")
        with self._on(self._in(days=12)):
            self._sell_and_pay()
            self._refund(new)
        self.assertEqual(old.state, "expired")


@tagged("post_install", "-at_install")
class TestDowngrade(ChangingCommon):
    def test_follows_on_the_end(self):
        old = self._sell_and_pay()
        terms = old._change_terms(self.silver)
        follows = old.date_end + relativedelta(days=1)
        self.assertEqual((terms["when"], terms["starts"]), ("end", follows))
        new = self._confirm_and_pay(self._offer(old, self.silver, "end"))
        self.assertEqual((new.state, new.date_start), ("upcoming", follows))
        self.assertEqual(new.sale_order_id.amount_total, 400)
        self.assertEqual((new.kind, new.previous_id), ("downgrade", old))
        self.assertEqual((old.state, self.member.grade_id), ("active", self.level))
        self._advance_on(follows)
        self.assertEqual((old.state, new.state), ("expired", "active"))
        self.assertEqual(self.member.club_plan_id, self.silver)

    def test_taken_back_before_it_is_paid(self):
        order = self._offer(self._sell_and_pay(), self.silver, "end")
        new = order.order_line.club_membership_ids
        new.action_undo_change()
        self.assertEqual((order.state, new.state), ("cancel", "cancelled"))

    def test_taken_back_before_it_begins(self):
        old = self._sell_and_pay()
        new = self._confirm_and_pay(self._offer(old, self.silver, "end"))
        new.action_undo_change()
        self.assertEqual((new.state, new.closed_by), ("cancelled", "undo"))
        refund = new.sale_order_id.invoice_ids.filtered(
            lambda move: move.move_type == "out_refund"
        )
        self.assertEqual((refund.state, refund.amount_total), ("draft", 400))
        self.assertEqual(self.member.club_valid_until, old.date_end)
        refund.action_post()
        self.assertEqual((old.state, new.closed_by), ("active", "undo"))

    def test_not_after_it_began_nor_too_late(self):
        old = self._sell_and_pay()
        with self.assertRaisesRegex(UserError, "has not begun"):
            old.action_undo_change()
        self.silver.undo_days = 3
        new = self._confirm_and_pay(self._offer(old, self.silver, "end"))
        with (
            self._on(self._in(days=5)),
            self.assertRaisesRegex(UserError, "time to take it back is over"),
        ):
            new.action_undo_change()


@tagged("post_install", "-at_install")
class TestChangeWizard(ChangingCommon):
    def _form(self, membership, user):
        action = membership.with_user(user).action_change()
        wizard = self.env["club.change.wizard"].with_user(user)
        return Form(wizard.with_context(**action["context"]))

    def test_personal_manager_changes_his_members_plan(self):
        self.member.club_manager_id = self.personal_manager
        old = self._sell_and_pay()
        form = self._form(old, self.personal_manager)
        form.plan_id = self.platinum
        self.assertEqual((form.when, form.fee, form.to_pay), ("now", 2000, 1000))
        self.assertIn("are credited", form.terms)
        form.plan_id = self.silver
        self.assertEqual((form.when, form.to_pay), ("end", 400))
        self.assertIn("follows from", form.terms)
        form.plan_id = self.platinum
        action = form.save().action_change()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(order.amount_total, 1000)
        self.assertEqual(order.user_id, self.personal_manager)

    def test_preview_is_what_the_quotation_asks(self):
        old = self._sell_and_pay()
        with self._on(self._in(days=123)):
            terms = old._change_terms(self.platinum)
            order = self._offer(old)
        self.assertAlmostEqual(terms["to_pay"], order.amount_untaxed, delta=0.001)

    def test_another_portfolio(self):
        old = self._sell_and_pay()
        with self.assertRaises(AccessError):
            self._form(old, self.personal_manager)
        wizard = (
            self.env["club.change.wizard"]
            .with_user(self.personal_manager)
            .sudo()
            .create({"membership_id": old.id, "plan_id": self.platinum.id})
            .sudo(False)
        )
        with self.assertRaises(AccessError):
            wizard.action_change()

    def test_nothing_chosen(self):
        old = self._sell_and_pay()
        wizard = self.env["club.change.wizard"].create({"membership_id": old.id})
        with self.assertRaisesRegex(UserError, "Choose the new plan"):
            wizard.action_change()

    def test_credit_product_is_made_again(self):
        product = self.env.ref("club_community.product_credit_unused_days")
        product.unlink()
        order = self._offer(self._sell_and_pay())
        self.assertEqual(order.amount_total, 1000)
