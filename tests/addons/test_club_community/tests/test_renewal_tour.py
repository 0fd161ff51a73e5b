from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .test_auto_renewal import AutoRenewalCommon


class RenewalTour(AutoRenewalCommon, HttpCase):
    """The member renews by one press and pays with his saved card."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ru_RU")
        cls.env["ir.module.module"].search(
            [("name", "=", "club_community")]
        )._update_translations(["ru_RU"])

    def _renew_in(self, language):
        membership = self._ending_in(60)
        self.portal_user.lang = language
        self.start_tour(
            f"/{language[:2]}/my/club" if language != "en_US" else "/my/club",
            f"club_renew_{language[:2]}",
            login="anna",
        )
        renewal = self.member.club_membership_ids - membership
        self.assertEqual(renewal.state, "upcoming")
        self.assertEqual(renewal.date_start, membership.date_end + timedelta(days=1))
        self.assertEqual(self.member.club_joined, membership.date_start)
        consent = self.env["club.auto.renewal"].search([])
        self.assertEqual(consent.partner_id, self.member)
        self.assertEqual(consent.revoked_by, self.portal_user)


@tagged("post_install", "-at_install")
class TestRenewalTour(RenewalTour):
    def test_in_english(self):
        self._renew_in("en_US")


@tagged("post_install", "-at_install")
class TestRenewalTourOnAPhone(RenewalTour):
    browser_size = "390x844"
    touch_enabled = True

    def test_in_english(self):
        self._renew_in("en_US")

    def test_in_russian(self):
        self._renew_in("ru_RU")
