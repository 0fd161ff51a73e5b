from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_apply import ApplyCommon


@tagged("post_install", "-at_install")
class TestMyWaiting(ApplyCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.write({"capacity": 1, "needs_application": False})

    def _post(self, url, user=None, **values):
        return self._send(user or self.member_user, url, **values)

    def _fill(self):
        person = self.env["res.partner"].create({"name": "First"})
        return self._sell_and_pay(person)

    def _entries(self):
        return self.env["club.waiting"].sudo().search([("plan_id", "=", self.plan.id)])

    def test_buy_leads_to_the_payment(self):
        page = self._get("/my/club", self.member_user).text
        self.assertIn(f"/my/club/buy/{self.plan.id}", page)
        response = self._post(f"/my/club/buy/{self.plan.id}")
        order = self.env["sale.order"].search([("partner_id", "=", self.member.id)])
        self.assertEqual(order.state, "sent")
        self.assertIn(f"/my/orders/{order.id}", response.url)
        self._post(f"/my/club/buy/{self.plan.id}")
        self.assertEqual(
            self.env["sale.order"].search([("partner_id", "=", self.member.id)]), order
        )
        self.assertIn("All places are taken", self._page(self.stranger_user))

    def test_full(self):
        self._fill()
        page = self._get("/my/club", self.member_user).text
        self.assertIn(f"/my/club/wait/{self.plan.id}", page)
        response = self._post(f"/my/club/buy/{self.plan.id}")
        self.assertIn("nothing was charged", self._text(response))
        self.assertFalse(
            self.env["sale.order"].search([("partner_id", "=", self.member.id)])
        )

    def test_quotation_of_a_full_plan_leads_to_the_queue(self):
        """Sent while there was room: who pays too late is not left without a way."""
        self.plan.needs_application = True
        order = self.plan._make_offer(self.member)
        order.action_quotation_sent()
        self.env["club.place"].sudo().search([]).partner_id = False
        wait = f"/my/club/wait/{self.plan.id}"
        self.assertNotIn(wait, self._get("/my/club", self.member_user).text)
        self._fill()
        self.assertIn(wait, self._get("/my/club", self.member_user).text)
        self._post(wait)
        self.assertEqual(self._entries().partner_id, self.member)
        page = self._get("/my/club", self.member_user).text
        self.assertNotIn(wait + '"', page)
        self.assertIn("Your place in the queue: 1", self._page())

    def test_wait_and_leave(self):
        self._fill()
        for _turn in range(2):
            self._post(f"/my/club/wait/{self.plan.id}")
        entry = self._entries()
        self.assertEqual(entry.partner_id, self.member)
        self.assertIn("Your place in the queue: 1", self._page())
        self._post(f"/my/club/wait/{entry.id}/leave", self.stranger_user)
        self.assertEqual(entry.state, "waiting", "another's entry")
        self._post(f"/my/club/wait/{entry.id}/leave")
        self.assertEqual(entry.state, "left")
        self.assertNotIn("Your place in the queue", self._page())

    def test_wait_where_there_is_room(self):
        response = self._post(f"/my/club/wait/{self.plan.id}")
        self.assertIn("you need not wait", self._text(response))
        self.assertFalse(self._entries())

    def test_by_application_only_is_not_bought(self):
        self.plan.needs_application = True
        for step in ("buy", "wait"):
            response = self._post(f"/my/club/{step}/{self.plan.id}")
            self.assertTrue(response.url.endswith("/my/club/apply"))
        self.assertFalse(
            self.env["sale.order"].search([("partner_id", "=", self.member.id)])
        )

    def test_garbage(self):
        for url in ("buy/0", "buy/x", "buy/999999", "wait/x", "wait/999999"):
            response = self._post(f"/my/club/{url}")
            self.assertTrue(response.url.endswith("/my/club/apply"))
        self._post("/my/club/wait/999999999/leave")

    def test_public_is_asked_to_log_in_and_needs_a_token(self):
        with mute_logger("odoo.http"):
            self.authenticate(None, None)
            for url in (f"buy/{self.plan.id}", f"wait/{self.plan.id}", "wait/1/leave"):
                response = self.url_open(f"/my/club/{url}", data={"x": "1"})
                self.assertIn(response.status_code, (400, 403, 200))
        self.assertFalse(self._entries())

    def test_nothing_of_another(self):
        self._fill()
        self._post(f"/my/club/wait/{self.plan.id}", self.stranger_user)
        self.assertNotIn("Waiting list", self._page())

    def test_offered(self):
        first = self._fill()
        self._post(f"/my/club/wait/{self.plan.id}")
        first.sale_order_id.invoice_ids._reverse_moves().action_post()
        self.plan.sudo()._offer_next()
        page = self._page()
        self.assertIn("A place is kept for you until", page)
        self.assertIn("Take the place", page)

    def test_no_query_per_plan_or_place(self):
        def queries():
            self.env.flush_all()
            self.authenticate(self.member_user.login, self.member_user.login)
            self.url_open("/my/club")  # warm
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertEqual(self.url_open("/my/club").status_code, 200)
            return self.env.cr.sql_log_count - start

        queries()
        few = queries()
        for number in range(10):
            self._create_plan(name=f"Plan {number}", capacity=20)
        self.assertLessEqual(queries(), few)
