from datetime import timedelta

from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import PortalCommon


@tagged("post_install", "-at_install")
class TestRenewalInPortal(PortalCommon):
    def _ending_in(self, days, partner=None):
        end = self.today + timedelta(days=days)
        return self._create_period(
            partner or self.member, end - timedelta(days=364), end
        )

    def _post(self, url="/my/club/renew", user=None, code=200, **form):
        self.env.flush_all()
        user = user or self.member_user
        self.authenticate(user.login, user.login)
        form.setdefault("csrf_token", Request.csrf_token(self))
        response = self.url_open(url, data=form)
        self.assertEqual(response.status_code, code, response.text[:300])
        self.env.invalidate_all()
        return response

    def _orders(self, partner=None):
        return self.env["sale.order"].search(
            [("partner_id", "=", (partner or self.member).id)]
        )

    def test_button_within_the_window_and_in_grace_only(self):
        period = self._ending_in(91)
        for days, is_shown in ((91, False), (90, True), (0, True), (-14, True)):
            end = self.today + timedelta(days=days)
            period.sudo().write(
                {"date_end": end, "date_grace_end": end + timedelta(days=14)}
            )
            if days < 0:
                period.sudo().state = "grace"
            shown = "Stay with us" in self._page()
            self.assertEqual(shown, is_shown, days)

    def test_one_press_leads_to_the_payment_of_one_quotation(self):
        self._ending_in(60)
        response = self._post()
        order = self._orders()
        self.assertEqual(len(order), 1)
        self.assertEqual(order.state, "sent")
        self.assertIn(f"/my/orders/{order.id}", response.url)
        for _again in range(2):
            response = self._post()
            self.assertIn(f"/my/orders/{order.id}", response.url)
        self.assertEqual(self._orders(), order)
        page = self._page()
        self.assertIn(order.name, page)
        self.assertNotIn("Stay with us", page, "he is asked to pay it already")

    def test_the_way_to_the_next_period(self):
        first = self._ending_in(60)
        self._post()
        order = self._orders()
        order.action_confirm()
        invoice = self._invoice(order)
        response = self._post()
        self.assertIn(f"/my/invoices/{invoice.id}", response.url)
        self._pay(invoice)
        second = order.order_line.club_membership_ids
        self.assertEqual(second.date_start, first.date_end + timedelta(days=1))
        self.assertNotIn("Stay with us", self._page())
        self.assertIn("renewed already", self._post().text)
        self.assertEqual(self._orders(), order)

    def test_too_early_or_never(self):
        self._ending_in(200)
        self.assertIn("can be renewed from", self._post().text)
        self.assertFalse(self._orders())

    def test_not_a_member(self):
        response = self._post(user=self.stranger_user)
        self.assertIn("/my/club", response.url)
        self.assertFalse(self._orders(self.stranger))

    def test_quotation_of_the_firm_is_not_doubled(self):
        firm = self.env["res.partner"].create({"name": "Firm Ltd", "is_company": True})
        membership = self._ending_in(60)
        order = membership._renewal_offer(firm)
        self.assertIn("Firm Ltd", self._post().text)
        self.assertFalse(self._orders())
        self.assertEqual(self._orders(firm), order)

    def test_ids_of_others_do_nothing(self):
        mine = self._ending_in(60)
        theirs = self._ending_in(60, self.stranger)
        self._post(
            partner_id=self.stranger.id,
            membership_id=theirs.id,
            member_sudo=self.stranger.id,
            plan_id="1",
        )
        self.assertFalse(self._orders(self.stranger))
        self.assertEqual(self._orders().order_line.club_member_id, mine.partner_id)

    @mute_logger("odoo.http")
    def test_without_the_csrf_token_or_by_a_link(self):
        self._ending_in(60)
        self._post(csrf_token="nonsense", code=400)
        self.authenticate("club_anna", "club_anna")
        self.assertEqual(self.url_open("/my/club/renew").status_code, 405)
        self.assertFalse(self._orders())

    def test_nobody_is_asked_to_log_in(self):
        self.authenticate(None, None)
        response = self.url_open(
            "/my/club/renew", data={"csrf_token": Request.csrf_token(self)}
        )
        self.assertIn("/web/login", response.url)

    def test_a_break_is_shown(self):
        self._ending_in(-200)
        self.assertNotIn("A break of", self._page())
        self._ending_in(364)
        page = self._page()
        self.assertIn("A break of 199 days", page)

    def test_without_saved_cards_in_the_plan_nothing_is_said_of_them(self):
        self._ending_in(60)
        self.assertNotIn("Automatic renewal", self._page())
