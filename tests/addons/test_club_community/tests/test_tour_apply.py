from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import tagged
from odoo.tools.misc import format_date

from .test_tours import ToursCommon


class ApplyTour(ToursCommon):
    """Somebody nobody knows applies, is approved, pays and shows a card, on a phone."""

    join_url = "/club/join"
    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.club_answer_time = 2
        cls.club_manager.write({"email": "maria@club.example"})
        cls.env.ref("club_community.crm_team_club").user_id = cls.club_manager
        # sudo: a user of the system; visitors are visitors of his company
        cls.env.ref("base.public_user").sudo().write(
            {"company_ids": [(4, cls.company.id)], "company_id": cls.company.id}
        )
        cls.plan.needs_application = True

    def _tour(self, url, name, login=None):
        """Walk a tour under the language's part of the address."""
        prefix = "" if self.language == "en_US" else f"/{self.language[:2]}"
        self.start_tour(prefix + url, f"{name}_{self.language[:2]}", login=login)
        self.env.invalidate_all()

    def _applied(self):
        """The form of the visitor has become one application, by a promised day."""
        self._tour(self.join_url, "club_apply")
        lead = self.env["crm.lead"].search(
            [
                ("email_from", "=", "vera@example.com"),
                ("club_plan_id", "=", self.plan.id),
            ]
        )
        self.assertEqual(len(lead), 1)
        self.assertEqual(lead.contact_name, "Vera Newcomer")
        self.assertEqual(lead.club_plan_id, self.plan)
        self.assertEqual(lead.club_application_state, "asked")
        self.assertEqual(lead.club_application_text, "I like chess")
        self.assertEqual(lead.lang_id.code, self.language)
        self.assertEqual(lead.user_id, self.club_manager)
        self.assertFalse(lead.partner_id, "a form of a stranger makes no contact")
        day = fields.Datetime.context_timestamp(self.company, lead.club_answer_due)
        promised = format_date(
            self.env, day.date(), lang_code=self.language, date_format="d MMMM (EEEE)"
        )
        self.assertIn(promised, self.url_open("/club/join/thanks").text)
        return lead

    def _approved(self, lead):
        """The club's manager says yes: the applicant is mailed the way to pay."""
        lead.with_user(self.club_manager).action_club_approve()
        order = lead.club_order_id
        self.assertEqual(lead.club_application_state, "approved")
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.amount_total, 1000)
        self.assertEqual(lead.partner_id.lang, self.language)
        self.assertNotEqual(lead.partner_id.club_state, "active")
        mails = self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )
        token = order.access_token
        self.assertTrue(any(token in (mail.body_html or "") for mail in mails))
        return lead.club_pay_url

    def _joined(self, lead):
        """Paid by a visitor who has only the link; the invitation gives a login."""
        person = lead.partner_id
        self.assertEqual(lead.club_order_id.invoice_ids.payment_state, "paid")
        self.assertTrue(lead.stage_id.is_won)
        self.assertEqual(lead.club_application_state, "joined")
        self.assertEqual(person.club_state, "active")
        self.assertEqual(person.grade_id, self.level)
        self.assertTrue(lead.club_invite_due)
        lead.sudo()._club_invite()  # sudo: as its cron
        user = person.user_ids
        self.assertTrue(user._is_portal())
        self.assertEqual((user.login, user.lang), ("vera@example.com", self.language))
        return user

    def _join_in(self, language):
        self.language = language
        lead = self._applied()
        parts = urlsplit(self._approved(lead))
        self._tour(f"{parts.path}?{parts.query}", "club_apply_pay")
        user = self._joined(lead)
        user.password = user.login  # as start_tour types it
        self._tour("/my/club", "club_apply_card", login=user.login)


@tagged("post_install", "-at_install")
class TestTourApply(ApplyTour):
    def test_in_english(self):
        self._join_in("en_US")

    def test_in_russian(self):
        self._join_in("ru_RU")
