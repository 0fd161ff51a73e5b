from dateutil.relativedelta import relativedelta

from odoo import http
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..membership.test_access import AccessCommon
from .test_portal import PortalCommon


@tagged("post_install", "-at_install")
class TestMyAccess(PortalCommon, AccessCommon):
    """“What my membership opens”, as the member reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member_user = cls.user

    @classmethod
    def _portal_user(cls, login, partner):
        if partner == cls.member:  # he has his login already
            return cls.user
        return super()._portal_user(login, partner)

    def _list(self, user=None):
        page = self._page(user)
        start = "What my membership opens"
        return page.partition(start)[2]

    def test_open(self):
        self._sell_and_pay()
        self._row("service").action_use()
        page = self._list()
        for name in ("Gold", "Gold circle", "Club: members", "Lounge visit"):
            self.assertIn(name, page)
        self.assertIn("3 left of 4", page)
        self.assertIn(f"/discuss/channel/{self.channel.id}", self._html())

    def _html(self):
        return self.url_open("/my/club").text

    def test_link_opens_for_the_member_and_nobody_else(self):
        self._sell_and_pay()
        url = f"/discuss/channel/{self.channel.id}"
        self._get(url, self.member_user)
        self._get(url, self.stranger_user, code=404)

    def test_upcoming(self):
        self._sell_and_pay(start=self.today + relativedelta(months=1))
        page = self._list()
        self.assertIn("Opens on", page)
        self.assertIn("Gold circle", page)

    def test_closed(self):
        membership = self._sell_and_pay()
        membership.sudo()._advance(membership.date_grace_end + relativedelta(days=1))
        page = self._list()
        self.assertIn("Closed since", page)
        self.assertIn("Gold circle", page)
        self.assertNotIn("/discuss/channel/", self._html())

    def test_stranger_has_no_list(self):
        self.assertFalse(self._list(self.stranger_user))

    def test_failed_is_told_kindly(self):
        self._sell_and_pay()
        self._row("channel").note = "Traceback of a secret"
        self._row("channel").state = "failed"
        page = self._list()
        self.assertIn("your club has been told", page)
        self.assertNotIn("secret", page)

    def _leave(self):
        self._sell_and_pay()
        self.channel.with_user(self.member_user).action_unfollow()
        self.assertFalse(self._is_in())
        return self._row("channel")

    def _rejoin(self, user, row, token=True):
        self._get("/my/club", user)
        data = {"csrf_token": http.Request.csrf_token(self) if token else "wrong"}
        url = f"/my/club/access/{row.id}/rejoin"
        return self.url_open(url, data=data)

    def test_come_back(self):
        row = self._leave()
        self.assertIn("Come back", self._list())
        self._rejoin(self.member_user, row)
        self.assertTrue(self._is_in())
        self.assertNotIn("Come back", self._list())

    def test_come_back_with_the_row_of_another(self):
        row = self._leave()
        self._rejoin(self.stranger_user, row)
        self.assertEqual(row.state, "left")
        self.assertFalse(self._is_in())
        self.assertFalse(self._is_in(self.stranger))

    def test_come_back_after_the_end(self):
        row = self._leave()
        self._refund(row.membership_id)
        self._rejoin(self.member_user, row)
        self.assertFalse(self._is_in())

    @mute_logger("odoo.http")
    def test_come_back_needs_the_forms_token(self):
        row = self._leave()
        response = self._rejoin(self.member_user, row, token=False)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._is_in())
