from datetime import timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.club_community.tests.membership.renewal_common import RenewalCommon

BEFORE, AFTER = "renewed automatically soon", "is renewed"
FAILED, BROKEN = "could not charge", "renew yourself"


class AutoRenewalCommon(RenewalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = (
            cls.env["payment.provider"]
            .sudo()
            .search([("code", "=", "demo"), ("company_id", "=", cls.company.id)])
        )
        cls.provider.write(
            {
                "state": "test",
                "is_published": True,
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        cls.plan.auto_renew_allowed = True
        cls.portal_user = new_test_user(
            cls.env,
            "anna",
            "base.group_portal",
            partner_id=cls.member.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.token = cls._card()

    @classmethod
    def _card(cls, partner=None, answer="done"):
        """A saved card; the demo bank gives this answer whenever it is charged."""
        return (
            cls.env["payment.token"]
            .sudo()
            .create(
                {
                    "provider_id": cls.provider.id,
                    "payment_method_id": cls.provider.payment_method_ids[:1].id,
                    "payment_details": "4242",
                    "partner_id": (partner or cls.member).id,
                    "provider_ref": "card",
                    "demo_simulated_state": answer,
                }
            )
        )

    def _agree(self, membership, token=None):
        """What the portal does when the member presses the button."""
        consents = self.env["club.auto.renewal"].with_user(self.portal_user)
        return consents._give_sudo(
            membership.with_user(self.portal_user).sudo(), token or self.token
        )

    def _charge(self, days=0):
        self._run("ir_cron_club_auto_renew", days)

    def _subjects(self):
        return self._letters().mapped("subject")


@tagged("post_install", "-at_install")
class TestAutoRenewal(AutoRenewalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.membership = cls._ending_in(20)

    def _assert_letters(self, *parts):
        subjects = self._subjects()
        self.assertEqual(len(subjects), len(parts), subjects)
        for subject, part in zip(subjects, parts, strict=True):
            self.assertIn(part, subject)

    def _assert_not_charged(self, consent=None):
        self.assertFalse(
            self.env["payment.transaction"]
            .sudo()
            .search([("token_id", "=", self.token.id)])
        )

    def _next(self):
        return self.member.club_membership_ids.filtered(
            lambda m: m.date_start and m.date_start > self.membership.date_start
        )

    # --- The usual way ------------------------------------------------------------

    def test_announced_charged_and_renewed_once(self):
        consent = self._agree(self.membership)
        self._charge(9)
        self.assertFalse(consent.charge_ids, "17 days before the end is too early")
        for day in (10, 10, 16):
            self._charge(day)
            charge = consent.charge_ids
            self.assertEqual(charge.state, "announced")
            self.assertEqual(charge.amount, 1000)
            self.assertEqual(charge.charge_on, self._day(17))
            self._assert_letters(BEFORE)
        self._assert_not_charged()
        for day in (17, 17, 18, 25):
            self._charge(day)
            self.assertEqual(charge.state, "done", charge.note)
            self._assert_letters(BEFORE, AFTER)
            self.assertEqual(len(charge.transaction_ids), 1)
        renewal = self._next()
        self.assertEqual(
            renewal.date_start, self.membership.date_end + timedelta(days=1)
        )
        self.assertEqual(renewal.amount, 1000)
        invoice = charge.order_id.invoice_ids
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))

    def test_next_year_again(self):
        consent = self._agree(self.membership)
        self._charge(10)
        self._charge(17)
        self._run("ir_cron_club_advance", 21)
        year = 365 if self._next().date_end.year % 4 else 366
        self._charge(10 + year)
        self._charge(17 + year)
        self.assertEqual(consent.charge_ids.mapped("state"), ["done", "done"])

    def test_what_was_agreed_is_kept(self):
        consent = self._agree(self.membership)
        for part in ("Gold", "1,000", "written the exact amount", "switch this off"):
            self.assertIn(part, consent.agreed_text)
        self.assertEqual(consent.given_by, self.portal_user)
        self.assertEqual(consent.card, self.token.display_name)
        self.plan.price = 2000
        self.plan.name = "Platinum"
        self.assertIn("1,000", consent.agreed_text)
        self.assertEqual(consent.price, 1000)

    def test_not_reminded_to_renew(self):
        self._agree(self.membership)
        self._run("ir_cron_club_remind", 13)
        self.assertFalse(self.membership.reminder_ids)

    # --- Never charged ------------------------------------------------------------

    def test_without_consent_nothing(self):
        self._charge(17)
        self._assert_not_charged()
        self._assert_letters()

    def test_plan_that_does_not_allow_it(self):
        self.plan.auto_renew_allowed = False
        with self.assertRaises(UserError):
            self._agree(self.membership)

    def test_revoked_before_and_after_the_announcement(self):
        consent = self._agree(self.membership)
        consent._revoke_sudo()
        self._charge(10)
        self.assertFalse(consent.charge_ids)
        consent = self._agree(self.membership)
        self._charge(10)
        consent.with_user(self.club_manager).action_revoke()
        self.assertEqual(consent.charge_ids.state, "stopped")
        self.assertEqual(consent.revoked_by, self.club_manager)
        self._charge(17)
        self._assert_not_charged()
        self._assert_letters(BEFORE)

    def test_renewed_by_hand_meanwhile(self):
        consent = self._agree(self.membership)
        self._charge(10)
        self._sell_and_pay()
        self._charge(17)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._assert_not_charged()

    def test_the_announced_quotation_paid_by_hand(self):
        consent = self._agree(self.membership)
        self._charge(10)
        order = consent.charge_ids.order_id
        order.action_confirm()
        self._charge(17)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._assert_not_charged()

    def test_payment_by_hand_under_way(self):
        consent = self._agree(self.membership)
        self._charge(10)
        by_hand = self._by_hand(consent.charge_ids.order_id)
        by_hand._set_pending()
        self._charge(17)
        self._assert_not_charged()
        self.assertEqual(consent.charge_ids.state, "announced")
        by_hand._set_canceled()
        self._charge(18)
        self.assertEqual(consent.charge_ids.state, "done")

    def _by_hand(self, order):
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.provider.payment_method_ids[:1].id,
                    "reference": "by hand",
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": self.member.id,
                    "operation": "online_direct",
                    "sale_order_ids": [Command.set(order.ids)],
                }
            )
        )

    def test_by_hand_while_the_card_is_being_charged_is_refused(self):
        self.token.demo_simulated_state = "pending"
        consent = self._agree(self.membership)
        self._charge(10)
        self._charge(17)
        self.assertEqual(consent.charge_ids.state, "charging")
        with self.assertRaisesRegex(ValidationError, "need not pay twice"):
            self._by_hand(consent.charge_ids.order_id)

    def test_paused(self):
        consent = self._agree(self.membership)
        self._charge(10)
        self.membership.sudo().state = "paused"
        self._charge(17)
        self._assert_not_charged()
        moved = self._day(50)
        self.membership.sudo().write(
            {"state": "active", "date_end": moved, "date_grace_end": moved}
        )
        self._charge(30)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._charge(40)
        self._charge(47)
        self._assert_letters(BEFORE, BEFORE, AFTER)
        self.assertEqual(len(self._next()), 1)

    def test_leaving(self):
        consent = self._agree(self.membership)
        self._charge(10)
        self.membership.sudo().leave_date = self.membership.date_end
        self._charge(17)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._assert_not_charged()

    def test_left_or_refunded(self):
        consent = self._agree(self.membership)
        self._charge(10)
        self.membership.sudo().write({"state": "cancelled"})
        self._charge(17)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._assert_not_charged()

    def test_individual_fee_that_nobody_approved_waits(self):
        consent = self._agree(self.membership)
        self._charge(10)
        line = consent.charge_ids.order_id.order_line
        line.price_unit = 10
        self._charge(17)
        self._assert_not_charged()
        line.order_id.with_user(self.club_manager).action_club_approve()
        self._charge(18)
        self.assertEqual(consent.charge_ids.transaction_ids.amount, 10)

    def test_dearer_than_announced_is_announced_again(self):
        consent = self._agree(self.membership)
        self._charge(10)
        charge = consent.charge_ids
        charge.order_id.order_line.price_unit = 1200
        self._charge(17)
        self._assert_not_charged()
        self._assert_letters(BEFORE, BEFORE)
        self.assertIn("1,200", self._letters()[-1].body_html)
        self.assertEqual(charge.charge_on, self._day(24))
        self._charge(24)
        self.assertEqual(charge.transaction_ids.amount, 1200)

    def test_price_of_the_announced_day_counts(self):
        consent = self._agree(self.membership)
        self.plan.price = 1500
        self._charge(10)
        self.assertEqual(consent.charge_ids.amount, 1500)
        self.assertIn("1,500", self._letters().body_html)
        self.plan.price = 3000
        self._charge(17)
        self.assertEqual(consent.charge_ids.transaction_ids.amount, 1500)

    def test_other_plan_than_agreed(self):
        self._agree(self.membership)
        self.plan.renewal_plan_id = self._create_plan(name="Dear", price=9000)
        self._charge(10)
        self._charge(17)
        self._assert_not_charged()
        self._assert_letters(BROKEN)

    def test_trial_goes_on_with_the_plan_that_was_agreed(self):
        trial = self._create_plan(
            name="Trial",
            is_trial=True,
            period_type="days",
            period_days=30,
            renewal_plan_id=self.plan.id,
        )
        newcomer = self.env["res.partner"].create({"name": "N", "email": "n@n.example"})
        period = self._create_period(newcomer, self.today, plan=trial)
        consent = self._agree(period, self._card(newcomer))
        self.assertIn("Gold", consent.agreed_text)
        self.assertIn("1,000", consent.agreed_text)
        self._charge(20)
        self._charge(27)
        self.assertEqual(consent.charge_ids.state, "done")
        self.assertEqual(newcomer.club_membership_ids[0].plan_id, self.plan)

    def test_quotation_made_out_to_the_firm(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        consent = self._agree(self.membership)
        with self._on(5):
            self.membership.sudo()._renewal_offer(firm)
        self._charge(10)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._assert_letters(BROKEN)

    # --- The card -----------------------------------------------------------------

    def test_refused_tried_again_and_given_up(self):
        self.token.demo_simulated_state = "error"
        consent = self._agree(self.membership)
        self._charge(10)
        charge = consent.charge_ids
        for day, tries, state in (
            (17, 1, "announced"),
            (17, 1, "announced"),
            (18, 1, "announced"),
            (19, 2, "announced"),
            (21, 2, "announced"),
            (22, 3, "failed"),
            (23, 3, "failed"),
            (30, 3, "failed"),
        ):
            self._charge(day)
            self.assertEqual((charge.tries, charge.state), (tries, state), day)
        self._assert_letters(BEFORE, FAILED, FAILED, FAILED)
        self.assertIn("try again on", self._letters()[1].body_html)
        self.assertIn("will not try again. Your", self._letters()[3].body_html)
        self.assertIn(charge.order_id.access_token, self._letters()[3].body_html)
        self.assertEqual(charge.order_id.state, "sent", "he may pay it in the portal")
        self.assertIn("4242", self.member.activity_ids.note)
        references = charge.transaction_ids.mapped("reference")
        self.assertEqual(len(set(references)), 3)

    def test_refused_and_then_paid(self):
        self.token.demo_simulated_state = "cancel"
        consent = self._agree(self.membership)
        self._charge(10)
        self._charge(17)
        self.token.demo_simulated_state = "done"
        self._charge(19)
        self.assertEqual(consent.charge_ids.state, "done")
        self.assertEqual(len(self._next()), 1)

    def test_other_card_after_the_last_try(self):
        self.plan.auto_renew_retries = False
        self.token.demo_simulated_state = "error"
        first = self._agree(self.membership)
        self._charge(10)
        self._charge(17)
        self.assertEqual(first.charge_ids.state, "failed")
        with self._on(18):
            second = self._agree(self.membership, self._card())
        self.assertTrue(first.revoked_on)
        self._charge(18)
        self._charge(25)
        self.assertEqual(second.charge_ids.state, "done")
        self.assertEqual(len(self._next()), 1)

    def test_pending_waits(self):
        self.token.demo_simulated_state = "pending"
        consent = self._agree(self.membership)
        self._charge(10)
        for day in (17, 18, 25):
            self._charge(day)
            self.assertEqual(consent.charge_ids.state, "charging")
        transaction = consent.charge_ids.transaction_ids
        self.assertEqual(len(transaction), 1)
        transaction.action_demo_set_done()
        self._charge(26)
        self.assertEqual(consent.charge_ids.state, "done")
        self._assert_letters(BEFORE, AFTER)

    def test_settled_by_stocks_own_job(self):
        self.token.demo_simulated_state = "pending"
        consent = self._agree(self.membership)
        self._charge(10)
        self._charge(17)
        transaction = consent.charge_ids.transaction_ids
        transaction.action_demo_set_done()
        transaction._post_process()
        self.assertEqual(len(self._next()), 1)
        self._charge(18)
        self.assertEqual(consent.charge_ids.state, "done")
        self._assert_letters(BEFORE, AFTER)

    def test_card_that_is_gone(self):
        for spoil in (
            lambda: self.token.write({"active": False}),
            lambda: self.provider.write({"state": "disabled"}),
            lambda: self.token.write({"partner_id": self.company.partner_id.id}),
        ):
            savepoint = self.env.cr.savepoint()
            consent = self._agree(self.membership)
            spoil()
            self.assertEqual(consent.state, "broken")
            self._charge(10)
            self._charge(17)
            self._assert_not_charged()
            self._assert_letters(BROKEN)
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_card_deleted(self):
        consent = self._agree(self.membership)
        self.token.unlink()
        self.env.invalidate_all()
        self.assertEqual(consent.state, "broken")
        self._charge(10)
        self._assert_letters(BROKEN)

    def test_card_gone_after_the_announcement(self):
        consent = self._agree(self.membership)
        self._charge(10)
        self.token.active = False
        self._charge(17)
        self.assertEqual(consent.charge_ids.state, "stopped")
        self._assert_letters(BEFORE, BROKEN)

    def test_provider_that_never_answers(self):
        """Some providers neither take nor refuse: it is not asked for ever."""
        consent = self._agree(self.membership)
        self._charge(10)
        charge = consent.charge_ids
        charge.sudo()._create_transaction()
        transaction = charge.transaction_ids
        self.env.cr.execute(
            "UPDATE payment_transaction SET create_date = create_date + %s "
            "WHERE id = %s",
            [timedelta(days=10), transaction.id],
        )
        self.env.invalidate_all()
        self.assertFalse(charge._is_ignored(self._day(13)))
        self.assertTrue(charge._is_ignored(self._day(14)))

    # --- Twice ----------------------------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_second_charge_and_a_second_try(self):
        consent = self._agree(self.membership)
        self._charge(10)
        charge = consent.charge_ids.sudo()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            charge.copy({"state": "announced"})
        charge._create_transaction()
        charge.tries = 0
        self.env.flush_all()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            charge._create_transaction()

    def test_draft_that_was_sent_is_sent_under_the_same_reference(self):
        consent = self._agree(self.membership)
        self._charge(10)
        charge = consent.charge_ids.sudo()
        charge._create_transaction()  # and then we were killed
        reference = charge.transaction_ids.reference
        self._charge(17)
        self.assertEqual(charge.state, "done")
        self.assertEqual(charge.transaction_ids.mapped("reference"), [reference])

    def test_retries_are_checked(self):
        for wrong in ("2, 2", "5, 2", "0", "x", "-1", "61", "1,2,3,4,5,6"):
            with self.assertRaises(ValidationError, msg=wrong):
                self.plan.auto_renew_retries = wrong
        self.plan.auto_renew_retries = ""
        self.assertEqual(self.plan._retry_days(), [])
