from odoo.tests import tagged

from .test_portal_leave import LeavePages


class ChangePages(LeavePages):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platinum = cls._create_plan(name="Platinum", price=2000)
        cls.silver = cls._create_plan(name="Silver", price=400)

    def _change(self, plan, when="now", user=None):
        url = "/my/club/change/confirm"
        return self._post(url, user, plan_id=plan.id, when=when)

    def _changes(self):
        return self.member.club_membership_ids.filtered("change")


@tagged("post_install", "-at_install")
class TestPortalChange(ChangePages):
    def test_page_says_what_it_costs(self):
        self.assertIn("Change my plan", self._page())
        page = self._page(url="/my/club/change")
        for words in (
            "Platinum",
            "Silver",
            "You pay now $ 1,000.00",
            "are credited",
            "follows from",
        ):
            self.assertIn(words, page)

    def test_upgrade_leads_to_the_quotation_to_pay(self):
        response = self._change(self.platinum)
        order = self._changes().sale_order_id
        self.assertEqual((order.state, order.amount_total), ("sent", 1000))
        self.assertIn(f"/my/orders/{order.id}", response.url)
        self.assertEqual(self.membership.state, "active")
        self.assertIn(order.name, self._page())

    def test_nothing_to_pay_changes_at_once(self):
        self.platinum.price = 1000
        self._change(self.platinum)
        new = self._changes()
        self.assertEqual((new.state, new.amount), ("active", 1000))
        self.assertEqual(self.membership.closed_by, "upgrade")

    def test_downgrade_and_back(self):
        self._change(self.silver, "end")
        new = self._changes()
        self.assertIn("Chosen already: Silver", self._page(url="/my/club/change"))
        self._post("/my/club/change/undo", membership_id=new.id)
        self.assertEqual(new.state, "cancelled")

    def test_refusals_are_sentences(self):
        response = self._change(self.silver, "now")
        self.assertEqual(response.status_code, 422)
        self.assertIn("when the paid days are over", response.text)
        for data in (
            {"plan_id": "x", "when": "now"},
            {"plan_id": self.plan.id, "when": "now"},
            {"plan_id": self.platinum.id, "when": "yesterday"},
            {},
        ):
            with self.subTest(data):
                response = self._post("/my/club/change/confirm", **data)
                self.assertEqual(response.status_code, 422)
                self.assertIn("Choose another plan", response.text)
        self.assertFalse(self._changes())

    def test_without_a_membership_back_to_the_club(self):
        response = self._get("/my/club/change", self.stranger_user)
        self.assertTrue(response.url.endswith("/my/club"))


@tagged("post_install", "-at_install", "security")
class TestPortalChangeAttacks(ChangePages):
    def test_a_stranger_changes_nothing(self):
        self._change(self.platinum, "now", self.stranger_user)
        self.assertFalse(self._changes())

    def test_another_members_change_is_not_taken_back(self):
        self._change(self.silver, "end")
        new = self._changes()
        for user in (self.stranger_user,):
            self._post("/my/club/change/undo", user, membership_id=new.id)
        self.assertEqual(new.state, "draft")

    def test_another_clubs_plan(self):
        other = self._create_company(name="Other club")
        plan = self.env["club.plan"].create(
            {"name": "Foreign", "price": 3000, "company_id": other.id}
        )
        self.assertEqual(self._change(plan).status_code, 422)
        self.assertFalse(self._changes())
