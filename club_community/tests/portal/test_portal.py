import re
from contextlib import contextmanager

from dateutil.relativedelta import relativedelta
from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ClubCommon


class PortalCommon(ClubCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member_user = cls._portal_user("club_anna", cls.member)
        cls.stranger = cls.env["res.partner"].create(
            {"name": "Boris Stranger", "email": "boris@example.com"}
        )
        cls.stranger_user = cls._portal_user("club_boris", cls.stranger)

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login,
            "base.group_portal",
            name=partner.name,
            partner_id=partner.id,
        )

    def _get(self, url, user=None, code=200):
        """A page as a user, or nobody, gets it."""
        self.env.flush_all()
        self.authenticate(user and user.login, user and user.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, code, response.text[:300])
        return response

    def _page(self, user=None, url="/my/club", code=200):
        text = self._get(url, user or self.member_user, code).text
        (wrap,) = html.fromstring(text).xpath("//div[@id='wrap']")
        return re.sub(r"\s+", " ", wrap.text_content())

    def _months(self, count):
        return self.today + relativedelta(months=count)


@tagged("post_install", "-at_install")
class TestMyClub(PortalCommon):
    def test_public_is_asked_to_log_in(self):
        response = self._get("/my/club")
        self.assertIn("/web/login", response.url)
        self.assertIn("redirect", response.url)

    def test_member(self):
        self._sell_and_pay()
        page = self._page()
        for fact in ("Active", "Gold", "Anna Petrova", self.member.club_number):
            self.assertIn(fact, page)
        self.assertIn("Valid until", page)
        self.assertNotIn("What the club offers", page)
        self.assertNotIn("To pay", page)
        self.assertIn("data:image/svg+xml;base64,", self.url_open("/my/club").text)

    def test_grace(self):
        membership = self._create_period(self.member, self._months(-12))
        membership.sudo()._advance(membership.date_end + relativedelta(days=1))
        page = self._page()
        self.assertIn("Please renew", page)
        self.assertIn("Everything stays open for you until", page)

    def test_waiting_shows_what_to_pay(self):
        invoice = self._invoice(self._sell())
        page = self._page()
        self.assertIn("Waiting for payment", page)
        self.assertIn(invoice.name, page)
        self.assertNotIn("data:image/svg+xml", self.url_open("/my/club").text)

    def test_quotation_that_was_sent(self):
        order = self._sell(confirm=False)
        order.action_quotation_sent()
        page = self._page()
        self.assertIn("You are not a member yet", page)
        self.assertIn(order.name, page)

    def test_quotation_that_was_not_sent_is_not_shown(self):
        order = self._sell(confirm=False)
        self.assertNotIn(order.name, self._page())

    def test_upcoming(self):
        self._create_period(self.member, self._months(1))
        page = self._page()
        self.assertIn("Starts soon", page)
        self.assertIn("Starts on", page)

    def test_former(self):
        self._create_period(self.member, self._months(-36))
        page = self._page()
        self.assertIn("Ended", page)
        self.assertIn("What the club offers", page)

    def test_never_a_member(self):
        page = self._page()
        self.assertIn("You are not a member yet", page)
        self.assertIn("What the club offers", page)

    def test_refunded(self):
        membership = self._sell_and_pay()
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()
        self.assertIn("You are not a member yet", self._page())

    def test_renewed_early_stays_active_and_valid_longer(self):
        self._sell_and_pay()
        second = self._sell_and_pay()
        page = self._page()
        self.assertIn("Active", page)
        self.assertIn(str(second.date_end.year), page)

    def test_company_paid(self):
        firm = self.env["res.partner"].create({"name": "Firm Ltd", "is_company": True})
        self.member.parent_id = firm
        order = self._sell(self.member, payer=firm)
        invoice = self._invoice(order)
        page = self._page()
        self.assertIn("Waiting for payment", page)
        self.assertNotIn(invoice.name, page, "the bill is the company's")
        self._pay(invoice)
        page = self._page()
        self.assertIn("Active", page)
        self.assertIn("Anna Petrova", page)

    def test_personal_manager_and_his_substitute(self):
        self.personal_manager.write({"name": "Maria Manager", "phone": "+7 1"})
        lead = new_test_user(
            self.env, "club_lead", "club_community.group_club_user", name="Lev Lead"
        )
        self.member.write(
            {
                "club_manager_id": self.personal_manager.id,
                "club_chapter_id": self.env["club.chapter"]
                .create({"name": "Kazan", "lead_manager_id": lead.id})
                .id,
            }
        )
        page = self._page()
        self.assertIn("Maria Manager", page)
        self.assertIn("+7 1", page)
        self.personal_manager.active = False
        page = self._page()
        self.assertNotIn("Maria Manager", page)
        self.assertIn("Lev Lead", page)
        lead.active = False
        self.assertNotIn("Your personal manager", self._page())

    def test_employee_may_be_a_member_too(self):
        """Without rights on invoices: he opens his own by a token."""
        self._invoice(self._sell(self.employee.partner_id))
        page = self._page(self.employee)
        self.assertIn("Waiting for payment", page)
        (link,) = html.fromstring(self.url_open("/my/club").text).xpath(
            "//a[.//*[contains(@class, 'o_club_pay')]]/@href"
        )
        response = self._get(link, self.employee)
        self.assertIn("/my/invoices/", response.url)

    def test_nothing_of_another_member(self):
        self._sell_and_pay(self.stranger)
        other_order = self._sell(self.stranger)
        other_invoice = self._invoice(other_order)
        self._create_period(self.member, self._months(-1))
        page = self._get("/my/club", self.member_user).text
        for secret in (
            self.stranger.name,
            self.stranger.club_number,
            self.stranger.sudo().club_card_token,
            other_order.name,
            other_invoice.name,
        ):
            self.assertNotIn(secret, page)

    def test_colleague_sees_nothing_of_the_member(self):
        firm = self.env["res.partner"].create({"name": "Firm Ltd", "is_company": True})
        (self.member | self.stranger).parent_id = firm
        self._sell_and_pay()
        page = self._page(self.stranger_user)
        self.assertIn("You are not a member yet", page)
        self.assertNotIn("Anna Petrova", page)
        self.assertNotIn(self.member.club_number, page)

    def test_query_string_garbage(self):
        self._sell_and_pay(self.stranger)
        for query in (
            f"partner_id={self.stranger.id}",
            f"member={self.stranger.id}&membership=1&member_sudo=1",
            "page=-1&sortby=%27&filterby=x&access_token=../../etc",
            "debug=assets&a[]=1&a=%00%ff&" + "x" * 2000,
            "lang=xx_XX",
        ):
            page = self._page(url=f"/my/club?{query}")
            self.assertIn("You are not a member yet", page, query)
            self.assertNotIn("Boris", page)

    def test_names_are_shown_as_text(self):
        self.member.name = "<script>alert(1)</script> & Sons"
        self.plan.name = "<b>Bold</b>"
        self._sell_and_pay()
        text = self._get("/my/club", self.member_user).text
        self.assertNotIn("<script>alert(1)", text)
        self.assertNotIn("<b>Bold", text)

    def test_entry_on_the_home_page(self):
        text = self._get("/my", self.member_user).text
        self.assertTrue(html.fromstring(text).xpath("//a[@href='/my/club']"))
        counted = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["order_count", "invoice_count"]}
        )
        self.assertEqual(counted.get("invoice_count"), 0)

    def test_in_russian(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.env["ir.module.module"]._load_module_terms(["club_community"], ["ru_RU"])
        self.member_user.lang = "ru_RU"
        for prepare in (lambda: None, self._sell, self._sell_and_pay):
            prepare()
            for url in ("/my/club", "/my"):
                self._get(url, self.member_user)
        self.assertRegex(self._page().replace("Anna Petrova", ""), "[А-Яа-я]{4}")


@tagged("post_install", "-at_install")
class TestCardCheck(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_and_pay()
        cls.url = f"/club/check/{cls.member.sudo().club_card_token}"

    def _assert_tells_nothing(self, page):
        for secret in ("Anna", "Gold", self.member.club_number, "valid until"):
            self.assertNotIn(secret, page)

    def test_staff_sees_the_member(self):
        for user in (self.personal_manager, self.club_manager, self.club_admin):
            page = self._page(user, self.url)
            self.assertIn("Anna Petrova", page)
            self.assertIn(self.member.club_number, page)
            self.assertIn("valid until", page)

    def test_card_that_is_over(self):
        self.member.sudo().club_membership_ids._advance(self._months(36))
        page = self._page(self.personal_manager, self.url)
        self.assertIn("No valid membership", page)
        self.assertIn("Anna Petrova", page)

    def test_others_see_no_data(self):
        for user in (
            self.member_user,
            self.stranger_user,
            self.employee,
            self.salesman,
        ):
            page = self._page(user, self.url, code=403)
            self.assertIn("For the club's staff", page)
            self._assert_tells_nothing(page)

    def test_others_cannot_tell_a_good_code_from_a_bad_one(self):
        good = self._page(self.stranger_user, self.url, code=403)
        bad = self._page(self.stranger_user, "/club/check/nonsense", code=403)
        self.assertEqual(good, bad)

    def test_public_is_asked_to_log_in(self):
        response = self._get(self.url)
        self.assertIn("/web/login", response.url)
        self._assert_tells_nothing(response.text)

    def test_unknown_code(self):
        for token in (
            "nonsense",
            "%25",
            "False",
            "0",
            "None",
            "a" * 500,
            "%27%20or%201",
        ):
            page = self._page(self.personal_manager, f"/club/check/{token}", code=404)
            self.assertIn("Unknown card", page)
            self._assert_tells_nothing(page)

    def test_search_engines_do_not_keep_it(self):
        self.assertNotIn("/club/check", self.url_open("/sitemap.xml").text)


@tagged("post_install", "-at_install")
class TestOthersDocuments(PortalCommon):
    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.http")
    def test_without_the_token_they_are_refused(self):
        order = self._sell()
        invoice = self._invoice(order)
        for url in (f"/my/orders/{order.id}", f"/my/invoices/{invoice.id}"):
            for query in ("", "?access_token=nonsense", "?access_token="):
                for user in (self.stranger_user, None):
                    response = self._get(url + query, user)
                    self.assertNotIn(url, response.url.split("?")[0])
                    self.assertNotIn(invoice.name, response.text)
                    self.assertNotIn("Anna Petrova", response.text)
            self.assertIn("Anna Petrova", self._get(url, self.member_user).text)


@tagged("post_install", "-at_install")
class TestPortalQueries(PortalCommon):
    @contextmanager
    def _counted(self, counts):
        before = self.env.cr.sql_log_count
        yield
        counts.append(self.env.cr.sql_log_count - before)

    def _queries(self, url):
        """Queries of a page that was opened before, so that all caches are warm."""
        self.env.flush_all()
        self.authenticate("club_anna", "club_anna")
        for _warm_up in range(2):
            self.url_open(url)
        counts = []
        for _again in range(2):
            self.env.invalidate_all()
            with self._counted(counts):
                self.assertEqual(self.url_open(url).status_code, 200)
        return min(counts)

    def _grow_club(self, count):
        people = self.env["res.partner"].create(
            [
                {"name": f"Person {index}", "club_manager_id": self.personal_manager.id}
                for index in range(count)
            ]
        )
        self.env["club.membership"].create(
            [
                {
                    "partner_id": partner.id,
                    "plan_id": self.plan.id,
                    "date_start": self._months(-1),
                }
                for partner in people
            ]
        )

    def _owe(self, count):
        for _invoice in range(count):
            self._invoice(self._sell(plan=self._fresh_plan()))

    def _fresh_plan(self):
        name = f"Plan {self.env['club.plan'].search_count([])}"
        family = self.env["club.plan.family"].create({"name": name})
        return self._create_plan(name=name, family_id=family.id)

    def test_do_not_grow_with_the_club(self):
        self._sell_and_pay()
        self.member.club_manager_id = self.personal_manager
        self._grow_club(10)
        small = self._queries("/my/club")
        self._grow_club(100)
        self.assertLessEqual(self._queries("/my/club"), small)

    def test_do_not_grow_with_the_members_own_history(self):
        for year in range(2, 4):
            self._create_period(self.member, self._months(-12 * year))
        self._owe(2)
        small = self._queries("/my/club")
        for year in range(4, 14):
            self._create_period(self.member, self._months(-12 * year))
        self._owe(10)
        self.assertLessEqual(self._queries("/my/club"), small)

    def test_do_not_grow_with_the_plans_on_offer(self):
        self._fresh_plan()
        small = self._queries("/my/club")
        for _plan in range(10):
            self._fresh_plan()
        self.assertLessEqual(self._queries("/my/club"), small)

    def test_no_more_than_the_home_page(self):
        """A query for each thing that the card's page tells and the home page does not.

        They are applications, the waiting list, the renewal's plan, seats, what the
        membership opens, the share of the profile that is filled in, the next event,
        and invitations; the stage with its next step, and of a newcomer his first
        thirty days, their steps and what those are called. /my asks for its counters
        in a second request: both are one page.
        """
        self._sell_and_pay()
        self.member.club_manager_id = self.personal_manager
        self._grow_club(10)
        self.assertLessEqual(self._queries("/my/club"), self._queries("/my") + 14)
