from urllib.parse import urlsplit

from odoo.tests import tagged

from .test_tour_apply import ApplyTour


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
