from lxml import html

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .test_auto_renewal import AutoRenewalCommon


@tagged("post_install", "-at_install")
class TestAutoRenewalInPortal(AutoRenewalCommon, HttpCase):
    """Consent is given and revoked by the member himself, with his own cards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.membership = cls._ending_in(200)
        cls.stranger = cls.env["res.partner"].create({"name": "Boris"})
        cls.stranger_user = new_test_user(
            cls.env, "boris", "base.group_portal", partner_id=cls.stranger.id
        )
        cls.foreign_card = cls._card(cls.stranger)

    def _page(self, user=None):
        self.env.flush_all()
        user = user or self.portal_user
        self.authenticate(user.login, user.login)
        return self.url_open("/my/club").text

    def _terms(self):
        found = html.fromstring(self._page()).xpath("//input[@name='terms']/@value")
        return found and found[0]

    def _post(self, path="", user=None, **form):
        self.env.flush_all()
        user = user or self.portal_user
        self.authenticate(user.login, user.login)
        form.setdefault("csrf_token", Request.csrf_token(self))
        response = self.url_open(f"/my/club/auto_renewal{path}", data=form)
        self.env.invalidate_all()
        return response

    def _consents(self):
        return self.env["club.auto.renewal"].search([])

    def test_on_and_off(self):
        self.assertIn("I agree that", self._page())
        response = self._post(card=self.token.id, terms=self._terms())
        self.assertEqual(response.status_code, 200)
        consent = self._consents()
        self.assertEqual(consent.token_id, self.token)
        self.assertEqual(consent.given_by, self.portal_user)
        self.assertIn("Switched on", self._page())
        self._post(card=self.token.id, terms="read long ago")
        self.assertEqual(self._consents(), consent, "nothing without the terms")
        self._post("/off")
        self.assertEqual(consent.state, "off")
        self.assertEqual(consent.revoked_by, self.portal_user)
        self.assertIn("I agree that", self._page())
        self._post("/off")

    def test_another_members_card(self):
        terms = self._terms()
        for card in (self.foreign_card.id, "", "x", "0", "None", f"{self.token.id} "):
            response = self._post(card=card, terms=terms)
            self.assertIn("choose one of your cards", response.text, card)
        self.assertFalse(self._consents())

    def test_another_members_consent(self):
        self._post(card=self.token.id, terms=self._terms())
        consent = self._consents()
        self._post("/off", self.stranger_user, consent_id=consent.id, id=consent.id)
        self._post("", self.stranger_user, card=self.token.id, terms="x")
        self.assertEqual(consent.state, "on")
        self.assertNotIn("4242", self._page(self.stranger_user))

    def test_conditions_that_changed_must_be_read_again(self):
        terms = self._terms()
        self.plan.price = 5000
        response = self._post(card=self.token.id, terms=terms)
        self.assertIn("conditions have changed", response.text)
        self.assertFalse(self._consents())

    def test_card_that_does_not_work(self):
        self._post(card=self.token.id, terms=self._terms())
        self.token.active = False
        page = self._page()
        self.assertIn("is not saved any more", page)
        self.assertIn("Save a card first", page)
        other = self._card()
        self._post(card=other.id, terms=self._terms())
        self.assertEqual(
            self._consents().filtered(lambda c: not c.revoked_on).token_id, other
        )

    def test_without_a_card(self):
        self.token.active = False
        page = self._page()
        self.assertIn("Save a card first", page)
        self.assertIn("/my/payment_method", page)
        self.assertEqual(self.url_open("/my/payment_method").status_code, 200)

    def test_plan_that_does_not_allow_it(self):
        terms = self._terms()
        self.plan.auto_renew_allowed = False
        self.assertNotIn("Automatic renewal", self._page())
        self._post(card=self.token.id, terms=terms)
        self.assertFalse(self._consents())
