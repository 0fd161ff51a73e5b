from urllib.parse import urlsplit

from odoo.tests import tagged

from odoo.addons.club_community.models.referral.club_referral_bind import Touch

from .test_tour_apply import ApplyTour
from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourReferral(ApplyTour):
    """A member invites by name, the invited person becomes a member, both see it.

    On a phone, from the letter's link to the paid fee, and to the referrer's reward.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_and_pay()
        cls.env["club.referral.reward.rule"].create(
            {
                "program_id": cls.env.ref("club_community.club_referral_program").id,
                "kind": "days",
                "amount": 30,
            }
        )

    def _invited(self):
        """The member fills the form; the letter is in the queue, in his language."""
        self._tour("/my/club", "club_referral_invite", login="anna")
        invitation = self.env["club.referral.invitation"].search([])
        self.assertEqual(
            (invitation.name, invitation.email, invitation.state),
            ("Vera Newcomer", "vera@example.com", "sent"),
        )
        self.assertEqual(invitation.lang, self.language)
        letter = self.env["mail.mail"].search(
            [("model", "=", invitation._name), ("res_id", "=", invitation.id)]
        )
        self.assertIn(invitation._token(), letter.body_html)
        return invitation

    def _agreed(self, invitation):
        """The letter's link, without a login: yes, and on to the plans."""
        parts = urlsplit(invitation._url("yes"))
        self.authenticate(None, None)
        self._tour(f"{parts.path}?{parts.query}", "club_recommended")
        self.assertEqual(invitation.state, "yes")
        self.assertEqual(len(invitation.referral_id.lead_ids), 1)
        self.join_url = f"/club/join?ref={self.member.club_referral_code}"

    def _bring_in(self, language):
        self.language = language
        self.portal_user.lang = language
        until = self.member.club_valid_until
        invitation = self._invited()
        self._agreed(invitation)
        lead = self._applied()
        self.assertEqual(lead.club_referral_code, self.member.club_referral_code)
        self.assertEqual(lead.club_referral_id, invitation.referral_id)
        parts = urlsplit(self._approved(lead))
        self.env.cr.flush()
        self._tour(f"{parts.path}?{parts.query}", "club_apply_pay")
        self._joined(lead)
        self.env.cr.flush()
        self.env.invalidate_all()
        referral = invitation.referral_id
        self.assertEqual((referral.status, referral.stage), ("bound", "joined"))
        self.assertEqual(lead.partner_id.club_referrer_id, self.member)
        self._tour("/my/club/referrals", "club_referrals_seen", login="anna")
        self.assertEqual((self.member.club_valid_until - until).days, 30)

    def test_in_english(self):
        self._bring_in("en_US")

    def test_in_russian(self):
        self._bring_in("ru_RU")


@tagged("post_install", "-at_install")
class TestTourReview(ToursCommon):
    """A club manager accepts one doubtful referral, and refuses another in words."""

    def _look_in(self, language):
        self._sell_and_pay()
        self.member.phone = "+7 916 123-45-67"
        self.club_manager.lang = language
        people = self.env["res.partner"].create(
            [{"name": name, "phone": "8 916 1234567"} for name in ("Vera", "Oleg")]
        )
        accepted, refused = self.env["club.referral"]._bind(
            [Touch(self.member, person, way="link") for person in people]
        )
        self.assertEqual((accepted + refused).mapped("status"), ["review"] * 2)
        self.start_tour(
            "/odoo/action-club_community.club_referral_review_action",
            f"club_referral_review_{language[:2]}",
            login="club_manager",
        )
        self.env.invalidate_all()
        self.assertEqual((accepted.status, refused.status), ("bound", "refused"))
        self.assertEqual(accepted.decided_by_id, self.club_manager)
        self.assertIn("One household", refused.decided_why or refused.closed_why)
        self.assertEqual(people[0].club_referrer_id, self.member)
        self.assertFalse(people[1].club_referrer_id)

    def test_in_english(self):
        self._look_in("en_US")

    def test_in_russian(self):
        self._look_in("ru_RU")
