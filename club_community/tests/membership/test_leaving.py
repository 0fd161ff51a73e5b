from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..common import ClubCommon


class LeavingCommon(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("club_community.leaving_reason_time")
        cls.not_told = cls.env.ref("club_community.leaving_reason_not_told")
        cls.missed = cls.env.ref("club_community.leaving_reason_missed")
        cls.env["club.membership"].flush_model()

    def _in(self, **delta):
        return self.today + relativedelta(**delta)

    def _on(self, day):
        return freeze_time(fields.Datetime.to_datetime(day))

    def _advance_on(self, day):
        with self._on(day):
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(day))._advance(day)

    def _leave_in(self, membership, days):
        """A year that is paid from today, left so many days from now on."""
        with self._on(self._in(days=days)):
            return membership._leave(self._in(days=days), self.reason)

    def _days(self, membership):
        return (membership.date_end - membership.date_start).days + 1


@tagged("post_install", "-at_install")
class TestLeaving(LeavingCommon):
    def test_nobody_leaves_without_a_reason_or_not_told(self):
        membership = self._sell_and_pay()
        with self.assertRaisesRegex(ValidationError, "Not told"):
            membership._leave(membership.date_end, self.reason.browse())
        leave = membership._leave(membership.date_end, self.not_told)
        self.assertEqual(leave.reason_ids, self.not_told)
        with self.assertRaisesRegex(ValidationError, "Not told"):
            leave.reason_ids = False

    def test_a_reason_that_asks_for_words_gets_them(self):
        membership = self._sell_and_pay()
        with self.assertRaisesRegex(ValidationError, "Something was missing"):
            membership._leave(membership.date_end, self.missed, note="  ")
        leave = membership._leave(membership.date_end, self.missed, note="A sauna")
        self.assertEqual(leave.note, "A sauna")

    def test_at_the_end_everything_is_kept_and_no_grace_follows(self):
        membership = self._sell_and_pay()
        end = membership.date_end
        leave = membership._leave(end, self.reason)
        self.assertEqual(
            (membership.state, membership.date_end, membership.leave_date),
            ("active", end, end),
        )
        self.assertEqual(self.member.grade_id, self.level)
        self.assertEqual(self.member.club_leave_date, end)
        self.assertFalse(leave.refund_move_ids)
        self._advance_on(end)
        self.assertEqual(membership.state, "active")
        self._advance_on(end + relativedelta(days=1))
        self.assertEqual(membership.state, "expired", "no grace for whoever leaves")
        self.assertEqual(leave.state, "done")
        self.assertEqual(self.member.club_state, "former")
        self.assertFalse(self.member.grade_id)

    def test_at_once_keeps_what_was_paid_for_in_the_history(self):
        membership = self._sell_and_pay()
        paid_end = membership.date_end
        self._leave_in(membership, 10)
        self.assertEqual(membership.date_end, self._in(days=10))
        self.assertEqual(membership.date_end_paid, paid_end)
        self.assertEqual(membership.amount, 1000)
        self.assertEqual(self.member.club_valid_until, self._in(days=10))
        self.assertIn("No time", membership.message_ids[0].body)
        self._advance_on(self._in(days=11))
        self.assertEqual(membership.state, "expired")
        self.assertEqual(self.member.club_joined, self.today, "joined never changes")

    def test_thanks_go_out_in_the_members_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("club_community.mail_template_leave")
        template.with_context(lang="fr_FR").subject = "Merci"
        self.member.lang = "fr_FR"
        membership = self._sell_and_pay()
        leave = membership._leave(membership.date_end, self.reason)
        (mail,) = leave.message_ids.filtered("subject")
        self.assertEqual(mail.subject, "Merci")
        self.assertEqual(mail.partner_ids, self.member)

    def test_without_an_address_no_mail_and_no_error(self):
        self.member.email = False
        membership = self._sell_and_pay()
        leave = membership._leave(membership.date_end, self.reason)
        self.assertFalse(leave.message_ids.filtered("subject"))

    def test_whoever_left_may_come_back_at_once(self):
        membership = self._sell_and_pay()
        leave = membership._leave(self.today, self.reason)
        again = self._sell_and_pay()
        self.assertEqual(again.date_start, self._in(days=1))
        self.assertEqual(leave.state, "saved", "he pays again, so he stays")

    def test_asked_twice(self):
        membership = self._sell_and_pay()
        membership._leave(membership.date_end, self.reason)
        with self.assertRaisesRegex(UserError, "has asked to leave already"):
            membership._leave(self.today, self.reason)

    def test_not_in_the_past_nor_after_what_is_paid(self):
        membership = self._sell_and_pay()
        with self.assertRaisesRegex(UserError, "today or later"):
            membership._leave(self._in(days=-1), self.reason)
        with self.assertRaisesRegex(UserError, "is paid until"):
            membership._leave(membership.date_end + relativedelta(days=1), self.reason)

    def test_nothing_to_leave(self):
        waiting = self._sell().order_line.club_membership_ids
        with self.assertRaisesRegex(UserError, "not live"):
            waiting._leave(self.today, self.reason)

    def test_in_grace_it_is_over_at_once(self):
        membership = self._create_period(self.member, self._in(years=-1, days=-5))
        self.assertEqual(membership.state, "grace")
        end = membership.date_end
        self.assertFalse(membership._leave_end())
        membership._leave(self.today, self.reason)
        self.assertEqual((membership.state, membership.date_end), ("expired", end))
        self.assertFalse(membership.date_end_paid, "no paid day was left")

    def test_for_life_ends_and_comes_back(self):
        plan = self._create_plan(name="Life", period_type="lifetime")
        membership = self._sell_and_pay(plan=plan)
        leave = membership._leave(self.today, self.reason)
        self.assertEqual(membership.date_end, self.today)
        leave._undo()
        self.assertFalse(membership.date_end)
        self.assertFalse(membership.date_grace_end)
        self.assertEqual(self.member.club_state, "active")

    def test_leaving_while_it_is_only_upcoming(self):
        upcoming = self._sell_and_pay(start=self._in(months=2))
        leave = upcoming._leave(self.today, self.reason)
        self.assertEqual((upcoming.state, upcoming.closed_by), ("cancelled", "leave"))
        self.assertEqual(leave.refund_move_ids.amount_total, 1000)
        self.assertEqual(leave.state, "done")

    def test_queries_of_the_hook_do_not_grow(self):
        """What leaving adds to the daily job costs the same for N and 10 N."""
        counts = []
        for size in (10, 100):
            partners = self.env["res.partner"].create(
                [{"name": f"P {index}"} for index in range(size)]
            )
            periods = self.env["club.membership"].create(
                [
                    {
                        "partner_id": partner.id,
                        "plan_id": self.plan.id,
                        "date_start": self._in(months=-6),
                    }
                    for partner in partners
                ]
            )
            for period in periods:
                period._leave(self.today, self.reason)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            periods.sudo()._advance(self._in(days=1))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(periods.leave_id.mapped("state")), {"done"})
        self.assertLessEqual(counts[1], counts[0] + 2, counts)


@tagged("post_install", "-at_install")
class TestGivingBack(LeavingCommon):
    def test_nothing_by_default(self):
        leave = self._leave_in(self._sell_and_pay(), 10)
        self.assertFalse(leave.refund_move_ids)

    def test_unused_days(self):
        self.plan.refund_rule = "unused"
        membership = self._sell_and_pay()
        days = self._days(membership)
        leave = self._leave_in(membership, 99)
        refund = leave.refund_move_ids
        self.assertEqual(refund.state, "draft", "the manager looks at it and pays out")
        self.assertEqual(refund.move_type, "out_refund")
        self.assertAlmostEqual(refund.amount_total, 1000 * (days - 100) / days, 2)
        refund.action_post()
        self.assertEqual(membership.state, "active", "the last day is his")
        self.assertEqual(membership.date_end, self._in(days=99))

    def test_unused_days_with_taxes(self):
        self.plan.refund_rule = "unused"
        self.plan.product_id.taxes_id = self.tax_sale_a
        membership = self._sell_and_pay()
        share = float(membership._unused_share(self._in(days=100)))
        (amount,) = membership._refundable(share).values()
        refund = self._leave_in(membership, 99).refund_move_ids
        self.assertAlmostEqual(refund.amount_total, 1150 * share, 1)
        self.assertAlmostEqual(amount, refund.amount_total, 1)

    def test_whole_within_some_days_with_the_joining_fee(self):
        self.plan.write({"refund_rule": "whole", "refund_days": 14, "joining_fee": 50})
        self.plan.joining_product_id.taxes_id = False
        order = self._sell()
        self._pay(self._invoice(order))
        membership = order.order_line.club_membership_ids
        leave = self._leave_in(membership, 13)
        self.assertEqual(leave.refund_move_ids.amount_total, 1050)
        leave.refund_move_ids.action_post()
        self.assertEqual(
            (membership.state, membership.closed_by), ("cancelled", "refund")
        )

    def test_after_these_days_nothing(self):
        self.plan.write({"refund_rule": "whole", "refund_days": 14})
        leave = self._leave_in(self._sell_and_pay(), 14)
        self.assertFalse(leave.refund_move_ids)

    def test_what_a_credit_note_gave_back_is_not_given_twice(self):
        self.plan.refund_rule = "unused"
        membership = self._sell_and_pay()
        credit = membership.sale_order_id.invoice_ids._reverse_moves()
        credit.invoice_line_ids.price_unit = 300
        credit.action_post()
        leave = self._leave_in(membership, 0)
        days = self._days(membership)
        self.assertEqual(days, 1)
        self.assertLessEqual(leave.refund_move_ids.amount_total, 700)

    def test_only_his_own_line_of_a_common_invoice(self):
        self.plan.refund_rule = "unused"
        other = self.env["res.partner"].create({"name": "Boris"})
        order = self._sell(confirm=False)
        order.order_line = [
            (0, 0, {"product_id": self.plan.product_id.id, "club_member_id": other.id})
        ]
        order.action_confirm()
        self._pay(self._invoice(order))
        mine, others = order.order_line.club_membership_ids
        refund = self._leave_in(mine, 0).refund_move_ids
        self.assertEqual(refund.invoice_line_ids.sale_line_ids, mine.sale_line_id)
        refund.action_post()
        self.assertEqual(others.state, "active")

    def test_a_paid_period_that_never_begins_is_given_back_whole(self):
        first, second = self._sell_and_pay(), self._sell_and_pay()
        leave = first._leave(first.date_end, self.reason)
        self.assertEqual((second.state, second.closed_by), ("cancelled", "leave"))
        self.assertEqual(leave.refund_move_ids.amount_total, second.amount)
        leave.refund_move_ids.action_post()
        self.assertEqual(first.state, "active")

    def test_a_paid_period_may_be_kept(self):
        first, second = self._sell_and_pay(), self._sell_and_pay()
        self.assertEqual(first._leave_end(), second.date_end)
        leave = first._leave(second.date_end, self.reason)
        self.assertEqual((first.state, second.state), ("active", "upcoming"))
        self.assertEqual((first | second).mapped("leave_date"), [second.date_end] * 2)
        self.assertEqual(leave.membership_id, second)
        self._advance_on(second.date_start)
        self.assertEqual((first.state, leave.state), ("expired", "requested"))
        self._advance_on(second.date_end + relativedelta(days=1))
        self.assertEqual((second.state, leave.state), ("expired", "done"))

    def test_paid_elsewhere_has_no_credit_note(self):
        self.plan.refund_rule = "unused"
        membership = self._create_period(self.member, self.today)
        self.assertFalse(membership._leave(self.today, self.reason).refund_move_ids)


@tagged("post_install", "-at_install")
class TestStayingAfterAll(LeavingCommon):
    def _before(self, *periods):
        return [
            (p.state, p.date_start, p.date_end, p.date_grace_end, p.closed_by)
            for p in periods
        ]

    def test_everything_is_as_before(self):
        self.plan.refund_rule = "unused"
        first, second = self._sell_and_pay(), self._sell_and_pay()
        before = self._before(first, second)
        leave = first._leave(self._in(days=3), self.reason)
        self.assertNotEqual(self._before(first, second), before)
        self.assertEqual(len(leave.refund_move_ids), 2)
        first.action_undo_leave()
        self.assertEqual(self._before(first, second), before)
        self.assertFalse(leave.refund_move_ids, "the draft is gone")
        self.assertEqual(leave.state, "undone")
        self.assertFalse(first.leave_date)
        self.assertIn("taken back", first.message_ids[0].body)
        again = first._leave(first.date_end, self.reason)
        self.assertNotEqual(again, leave, "the first request stays in the history")

    def test_after_the_last_day_too(self):
        membership = self._sell_and_pay()
        before = self._before(membership)
        membership._leave(self.today, self.reason)
        self._advance_on(self._in(days=2))
        self.assertEqual(self.member.club_state, "former")
        with self._on(self._in(days=5)):
            membership.action_undo_leave()
        self.assertEqual(self._before(membership), before)
        self.assertEqual(self.member.grade_id, self.level)

    def test_not_after_the_plans_days(self):
        self.plan.undo_days = 3
        membership = self._sell_and_pay()
        membership._leave(membership.date_end, self.reason)
        with (
            self._on(self._in(days=4)),
            self.assertRaisesRegex(UserError, "time to take it back is over"),
        ):
            membership.action_undo_leave()
        with self._on(self._in(days=3)):
            membership.action_undo_leave()

    def test_never_where_the_plan_says_so(self):
        self.plan.undo_days = 0
        membership = self._sell_and_pay()
        membership._leave(membership.date_end, self.reason)
        with self.assertRaisesRegex(UserError, "time to take it back is over"):
            membership.action_undo_leave()

    def test_not_when_the_fee_was_given_back(self):
        self.plan.refund_rule = "unused"
        membership = self._sell_and_pay()
        leave = membership._leave(self._in(days=10), self.reason)
        leave.refund_move_ids.action_post()
        with self.assertRaisesRegex(UserError, "given back already"):
            membership.action_undo_leave()

    def test_not_when_the_days_are_taken(self):
        membership = self._sell_and_pay()
        leave = membership._leave(self._in(days=3), self.reason)
        self._sell_and_pay()
        self.assertEqual(leave.state, "saved")
        with self.assertRaises(UserError):
            membership.action_undo_leave()
        leave.sudo().state = "requested"
        with self.assertRaisesRegex(UserError, "days are taken"):
            membership.action_undo_leave()


@tagged("post_install", "-at_install")
class TestLeaveWizard(LeavingCommon):
    def _wizard(self, membership, user=None):
        membership = membership.with_user(user or self.personal_manager)
        action = membership.action_leave()
        return Form(
            membership.env["club.leave.wizard"].with_context(**action["context"])
        )

    def test_personal_manager_lets_his_member_go(self):
        self.member.club_manager_id = self.personal_manager
        self.plan.refund_rule = "unused"
        membership = self._sell_and_pay()
        form = self._wizard(membership)
        self.assertEqual(form.when, "end")
        self.assertIn("Everything stays open until", form.terms)
        self.assertIn("Nothing is given back", form.terms)
        form.when = "now"
        self.assertIn("will be given back", form.terms)
        form.reason_ids.add(self.reason)
        form.save_offer = "A pause until spring"
        action = form.save().action_leave()
        leave = self.env["club.leave"].browse(action["res_id"])
        self.assertEqual(leave.save_offer, "A pause until spring")
        self.assertEqual(leave.refund_move_ids.state, "draft")
        self.assertEqual(membership.date_end, self.today)

    def test_the_attempt_was_worth_it(self):
        self.member.club_manager_id = self.personal_manager
        membership = self._sell_and_pay()
        form = self._wizard(membership)
        form.reason_ids.add(self.reason)
        form.save_offer = "A smaller plan"
        action = form.save().action_stay()
        leave = self.env["club.leave"].browse(action["res_id"])
        self.assertEqual((leave.state, leave.membership_id), ("saved", membership))
        self.assertFalse(membership.leave_date)
        self.assertEqual(membership.state, "active")

    def test_another_portfolio(self):
        membership = self._sell_and_pay()
        with self.assertRaises(AccessError):
            self._wizard(membership)
        wizard = (
            self.env["club.leave.wizard"]
            .with_user(self.personal_manager)
            .sudo()
            .create(
                {
                    "membership_id": membership.id,
                    "when": "now",
                    "reason_ids": self.reason.ids,
                }
            )
            .sudo(False)
        )
        for method in ("action_leave", "action_stay"):
            with self.assertRaises(AccessError):
                getattr(wizard, method)()
        self.assertFalse(membership.leave_id)

    def test_another_day_is_asked_for(self):
        membership = self._sell_and_pay()
        wizard = self.env["club.leave.wizard"].create(
            {"membership_id": membership.id, "when": "date"}
        )
        with self.assertRaisesRegex(UserError, "Choose the last day"):
            wizard.action_leave()

    def test_person_buttons(self):
        membership = self._sell_and_pay()
        action = self.member.action_club_leave()
        self.assertEqual(action["context"]["default_membership_id"], membership.id)
        membership._leave(membership.date_end, self.reason)
        self.member.action_club_undo_leave()
        self.assertFalse(membership.leave_date)
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaisesRegex(UserError, "Stranger has no membership"):
            stranger.action_club_undo_leave()

    def test_what_was_asked_is_not_typed(self):
        membership = self._sell_and_pay()
        leave = membership._leave(membership.date_end, self.reason)
        mine = leave.with_user(self.club_manager)
        mine.reason_ids += self.not_told
        with self.assertRaisesRegex(AccessError, "use the buttons"):
            mine.date_effective = self.today

    def test_figures_by_reason(self):
        membership = self._sell_and_pay()
        membership._leave(membership.date_end, self.reason | self.not_told)
        rows = self.env["club.leave"].formatted_read_group(
            [("partner_id", "=", self.member.id)], ["reason_ids"], ["__count"]
        )
        self.assertEqual(len(rows), 2)
