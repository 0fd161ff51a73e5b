from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .renewal_common import RenewalCommon


@tagged("post_install", "-at_install")
class TestComplaintsRenewal(RenewalCommon, AccountPaymentCommon, HttpCase):
    """What CiviCRM's and tendenci's users say of automatic renewal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.member
        cls.plan.auto_renew_allowed = True
        cls.membership = cls._ending_in(3)
        cls.provider.allow_tokenization = True

    def setUp(self):
        super().setUp()
        consents = self.env["club.auto.renewal"]
        self.consent = consents._give_sudo(self.membership, self._create_token())

    def _charge(self):
        return self.consent.sudo().charge_ids

    def _refuse(self):
        """The bank says no to whatever was sent."""
        for transaction in self._charge().transaction_ids:
            if transaction.state in ("draft", "pending"):
                transaction._set_error("The card is over.")

    def test_refused_card_is_not_tried_for_ever(self):
        """tendenci#1287: once a day for ever, and the member stayed one unpaid."""
        for day in range(60):
            self._run("ir_cron_club_auto_renew", day)
            self._refuse()
            self._run("ir_cron_club_auto_renew", day)
        charge = self._charge()
        self.assertEqual(charge.state, "failed")
        tries = charge.transaction_ids
        self.assertLessEqual(len(tries), 1 + len(self.plan._retry_days()))
        self.assertTrue(tries)
        self.assertEqual(set(tries.mapped("state")), {"error"})
        with self._on(60):
            Membership = self.env["club.membership"].sudo()
            today = fields.Date.context_today(Membership)
            Membership.search(Membership._due_domain(today))._advance(today)
        self.assertEqual(self.member.club_state, "former")
        self.assertFalse(self.member.grade_id)

    def test_edited_member_keeps_his_automatic_renewal(self):
        """civicrm-core#7002, #2973: it was lost when the record was edited."""
        self.membership.with_user(self.club_manager).date_requested = "2030-01-01"
        self.member.write({"name": "Anna Ivanova", "email": "new@example.com"})
        self.plan.write({"name": "Gold plus", "price": 1000})
        self.assertFalse(self.consent.revoked_on)
        in_force = self.env["club.auto.renewal"]._of_slot_sudo(self.membership)
        self.assertEqual(in_force, self.consent)

    def test_member_sees_that_he_renews_automatically(self):
        """wp-civicrm-ux#4: the page did not say whether it is on."""
        user = new_test_user(
            self.env,
            "club_auto",
            "base.group_portal",
            partner_id=self.member.id,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.authenticate(user.login, user.login)
        page = self.url_open("/my/club").text
        self.assertIn("o_club_auto_on", page)
        self.assertIn("o_club_auto_switch_off", page)
        self.consent._revoke_sudo()
        self.env.flush_all()
        page = self.url_open("/my/club").text
        self.assertNotIn("o_club_auto_on", page)
