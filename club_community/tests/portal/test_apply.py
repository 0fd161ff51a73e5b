import re
from datetime import timedelta

from lxml import html

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_portal import PortalCommon


class ApplyCommon(PortalCommon):
    FORM = {
        "name": "Vera Newcomer",
        "email": "vera@example.com",
        "channel": "email",
        "handle": "",
        "text": "I like chess",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).club_answer_time = 2
        cls.club_manager.write(
            {"name": "Maria Manager", "email": "maria@club.example", "phone": "+7 1"}
        )
        cls.env.ref("club_community.crm_team_club").user_id = cls.club_manager
        public = cls.env.ref("base.public_user").sudo()
        public.write(
            {"company_ids": [(4, cls.company.id)], "company_id": cls.company.id}
        )
        cls.plan.needs_application = True

    def _url(self, plan=None):
        return f"/club/join/{(plan or self.plan).id}"

    def _send(self, user=None, url=None, code=200, **values):
        self.env.flush_all()
        if self.session_user != user or not self.session:
            self.authenticate(user and user.login, user and user.login)
            self.session_user = user
        values = {**self.FORM, **values, "csrf_token": http.Request.csrf_token(self)}
        response = self.url_open(
            url or self._url(),
            data={name: value for name, value in values.items() if value is not None},
        )
        self.assertEqual(response.status_code, code, response.text[:500])
        return response

    session_user = None

    def _leads(self, plan=None):
        return (
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search([("club_plan_id", "=", (plan or self.plan).id)])
        )

    def _text(self, response):
        (wrap,) = html.fromstring(response.text).xpath("//div[@id='wrap']")
        return re.sub(r"\s+", " ", wrap.text_content())


@tagged("post_install", "-at_install")
class TestPublicForm(ApplyCommon, HttpCase):
    def test_choice(self):
        page = self._text(self._get("/club/join"))
        self.assertIn("Gold", page)
        self.assertIn("Apply", page)
        self.plan.active = False
        self.env["club.plan"].search([]).active = False
        self.assertIn("nothing on offer", self._text(self._get("/club/join")))

    def test_applied(self):
        page = self._text(self._send())
        lead = self._leads()
        self.assertEqual(lead.contact_name, "Vera Newcomer")
        self.assertEqual(lead.email_from, "vera@example.com")
        self.assertEqual(lead.club_application_text, "I like chess")
        self.assertEqual(lead.user_id, self.club_manager)
        self.assertEqual(lead.company_id, self.company)
        self.assertFalse(lead.partner_id)
        self.assertIn("Thank you", page)
        self.assertIn(str(lead.club_answer_due.day), page)
        self.assertIn("by e-mail", page)
        self.assertIn("maria@club.example", page)
        self.assertIn("Maria Manager", page)

    def test_phone_and_messenger(self):
        page = self._text(self._send(channel="phone", handle="+7 (999) 123-45-67"))
        self.assertIn("+7 (999) 123-45-67", page)
        self.assertEqual(self._leads().phone, "+7 (999) 123-45-67")
        self._send(email="b@example.com", channel="messenger", handle="@vera")
        self.assertEqual(self._leads()[0].club_handle, "@vera")

    def test_bad_input_keeps_what_was_written(self):
        for values, sentence in (
            ({"name": ""}, "Please write your name"),
            ({"name": "Buy https://spam.example"}, "Please write your name"),
            ({"name": "\r\nBcc: all@example.com"}, "Please write your name"),
            ({"email": "vera"}, "Please check the e-mail"),
            ({"email": ""}, "Please check the e-mail"),
            ({"email": "a@example.com, b@example.com"}, "Please check the e-mail"),
            ({"email": None}, "Please check the e-mail"),
            ({"channel": "phone", "handle": "call me"}, "phone number"),
            ({"channel": "messenger", "handle": ""}, "messenger"),
        ):
            with self.subTest(values):
                response = self._send(**values)
                self.assertIn(sentence, self._text(response))
                self.assertIn("I like chess", response.text)
                self.assertFalse(self._leads())

    def test_garbage_is_no_traceback(self):
        for values in (
            {"channel": "pigeon"},
            {"name": "x" * 100000, "text": "y" * 100000},
            {"name": "\x00Vera\x07", "email": "c@example.com"},
            {
                "partner_id": "1",
                "company_id": "99",
                "user_id": "1",
                "email": "d@example.com",
            },
            {"club_application_state": "joined", "email": "e@example.com"},
        ):
            self._send(**values)
        for lead in self._leads():
            self.assertEqual(lead.club_application_state, "asked")
            self.assertLessEqual(len(lead.contact_name), 100)
            self.assertFalse(lead.partner_id)
            self.assertEqual(lead.company_id, self.company)

    def test_unknown_plan(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["club.plan"].create(
            {"name": "Foreign", "price": 1, "company_id": other.id}
        )
        archived = self._create_plan(name="Old")
        archived.active = False
        for slug in (foreign.id, archived.id, 999999, "x", "0", "-1", "%00", "1%27"):
            url = f"/club/join/{slug}"
            page = self._text(self._get(url))
            self.assertIn("not on offer any more", page, slug)
            self.assertIn("Gold", page)
            self.assertIn("not on offer any more", self._text(self._send(url=url)))
        self.assertFalse(self._leads(foreign) | self._leads(archived))

    def test_csrf(self):
        self.authenticate(None, None)
        with mute_logger("odoo.http"):
            response = self.url_open(self._url(), data=self.FORM)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._leads())

    def test_trap(self):
        page = self._text(self._send(surname2="Bot"))
        self.assertIn("Thank you", page)
        self.assertFalse(self._leads())

    def test_captcha_of_stock_is_asked(self):
        asked = []

        def verify(model, action):
            asked.append(action)
            raise UserError(model.env._("Suspicious activity detected"))

        self.patch(self.registry["ir.http"], "_verify_request_recaptcha_token", verify)
        response = self._send()
        self.assertEqual(asked, ["club_join"])
        self.assertIn("Suspicious activity", self._text(response))
        self.assertIn("I like chess", response.text)
        self.assertFalse(self._leads())
        self.assertIn('data-captcha="club_join"', response.text)

    def test_names_are_text(self):
        self.plan.name = "<b>Bold</b>"
        response = self._send(name="<script>alert(1)</script>")
        self.assertNotIn("<script>alert(1)", response.text)
        self.assertNotIn("<b>Bold", response.text)

    def test_double_submit_is_one(self):
        self._send()
        first = self._leads()
        first.sudo().club_answer_due -= timedelta(days=1)
        page = self._text(self._send(email=" VERA@example.com "))
        self.assertEqual(self._leads(), first)
        self.assertIn("We have your application already", page)
        self.assertEqual(
            self.env["mail.mail"].search_count(
                [
                    ("model", "=", "crm.lead"),
                    ("res_id", "=", first.id),
                    ("email_to", "!=", False),
                ]
            ),
            1,
        )

    def test_stranger_learns_nothing(self):
        """New, member, or applied already: the same page but for the name."""
        self._create_period(self.member, self.today)
        self._send(email="applied@example.com")
        pages = []
        for email in ("nobody@example.com", self.member.email, "applied@example.com"):
            self.session_user, self.session = None, None
            pages.append(self._text(self._send(email=email)))
        self.assertEqual(len(set(pages)), 1)
        self.assertEqual(len(self._leads()), 3)
        for secret in (self.member.name, self.member.club_number):
            self.assertNotIn(secret, pages[1])

    def test_thanks_without_an_application(self):
        response = self._get("/club/join/thanks")
        self.assertTrue(response.url.endswith("/club/join"))

    def test_in_russian(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.env["ir.module.module"]._load_module_terms(["club_community"], ["ru_RU"])
        self._get("/ru/club/join")
        self._send(url=f"/ru{self._url()}")
        self.assertEqual(self._leads().lang_id.code, "ru_RU")


@tagged("post_install", "-at_install")
class TestRateLimit(ApplyCommon, HttpCase):
    def _limit(self, kind, number):
        self.env["ir.config_parameter"].sudo().set_param(
            f"club_community.apply_per_{kind}", str(number)
        )

    def test_by_address(self):
        self._limit("address", 3)
        for index in range(3):
            self._send(email=f"v{index}@example.com")
        self.session_user, self.session = None, None  # another browser, same address
        response = self._send(email="v9@example.com")
        self.assertIn("many applications from here", self._text(response))
        self.assertIn("I like chess", response.text)
        self.assertEqual(len(self._leads()), 3)
        self.env.cr.execute(
            "UPDATE club_application_attempt SET tried_on = %s",
            [fields.Datetime.now() - timedelta(minutes=61)],
        )
        self._send(email="v9@example.com")
        self.assertEqual(len(self._leads()), 4)

    def test_by_email(self):
        self._limit("email", 1)
        self._send()
        other = self._create_plan(name="Silver")
        response = self._send(url=self._url(other), email="VERA@example.com")
        self.assertIn("many applications from here", self._text(response))
        self.assertFalse(self._leads(other))
        self._send(url=self._url(other), email="other@example.com")
        self.assertTrue(self._leads(other))

    def test_bad_parameter_is_the_default(self):
        self._limit("address", "many")
        self._send()
        self.assertTrue(self._leads())

    def test_no_address_is_kept_and_old_rows_go(self):
        self._send()
        attempts = self.env["club.application.attempt"].search([("key", "!=", False)])
        self.assertEqual(len(attempts), 2)
        for secret in ("vera", "127.0.0.1"):
            self.assertNotIn(secret, " ".join(attempts.mapped("key")))
        self.env.cr.execute(
            "UPDATE club_application_attempt SET tried_on = '2020-01-01'"
        )
        self.env["club.application.attempt"]._gc_attempts()
        self.assertFalse(attempts.exists())


@tagged("post_install", "-at_install")
class TestMyApplication(ApplyCommon, HttpCase):
    def test_plan_by_application_shows_apply(self):
        text = self._get("/my/club", self.member_user).text
        self.assertIn(f"/club/join/{self.plan.name.lower()}-{self.plan.id}", text)

    def test_form_is_prefilled_and_his_own(self):
        url = f"/my/club/apply/{self.plan.id}"
        page = self._text(self._get(url, self.member_user))
        self.assertIn("Anna Petrova", page)
        self._send(
            self.member_user,
            url,
            name="Somebody Else",
            email="boris@example.com",
            channel="phone",
            handle="+7 999 7654321",
        )
        lead = self._leads()
        self.assertEqual(lead.partner_id, self.member)
        self.assertEqual(lead.contact_name, "Anna Petrova")
        self.assertEqual(lead.email_from, self.member.email)
        self.assertNotEqual(lead.email_from, "boris@example.com")
        self.assertEqual(lead.club_handle, "+7 999 7654321")
        self.assertFalse(self.member.phone, "his card is not written by the form")

    def test_shown_in_my_club(self):
        self._send(self.member_user)
        page = self._page()
        self.assertIn("Your applications", page)
        self.assertIn("We answer by", page)
        self.assertIn("Maria Manager", page)
        self._leads().sudo().club_application_state = "info"
        self.assertIn("sent you a question", self._page())
        self.assertNotIn("Your applications", self._page(self.stranger_user))

    def test_twice_is_one(self):
        self._send(self.member_user)
        self._send(self.member_user)
        self.assertEqual(len(self._leads()), 1)

    def test_personal_manager_answers(self):
        self.member.club_manager_id = self.personal_manager
        self._send(self.member_user)
        self.assertEqual(self._leads().user_id, self.personal_manager)

    def test_choice_for_members(self):
        self.assertIn("Gold", self._text(self._get("/my/club/apply", self.member_user)))
        self.assertIn("/web/login", self._get("/my/club/apply").url)

    def test_lead_of_another_is_out_of_reach(self):
        self._send(self.stranger_user)
        lead = self._leads()
        for url in (f"/my/club?lead_id={lead.id}", f"/club/join/thanks?lead={lead.id}"):
            self.assertNotIn("Boris", self._page(self.member_user, url))
        self.authenticate("club_anna", "club_anna")
        with mute_logger("odoo.http"):
            response = self.make_jsonrpc_request_raw(lead)
        self.assertNotIn("Boris", response.text)

    def make_jsonrpc_request_raw(self, lead):
        return self.url_open(
            "/web/dataset/call_kw/crm.lead/read",
            json={
                "params": {
                    "model": "crm.lead",
                    "method": "read",
                    "args": [lead.ids, ["contact_name"]],
                    "kwargs": {},
                }
            },
        )
