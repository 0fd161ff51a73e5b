import io
import re
from unittest.mock import patch

from PIL import Image

from odoo import http
from odoo.exceptions import LockError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..referral.common import ReferralCommon
from .test_portal import PortalCommon


class ReferralsCommon(PortalCommon, ReferralCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # sudo: a user of the system; visitors are visitors of his company
        cls.env.ref("base.public_user").sudo().write(
            {"company_ids": [(4, cls.company.id)], "company_id": cls.company.id}
        )
        cls.plan.needs_application = True
        cls.Invitation = cls.env["club.referral.invitation"].sudo()

    def _post(self, url, user=None, code=200, **values):
        self.env.flush_all()
        self.authenticate(user and user.login, user and user.login)
        values["csrf_token"] = values.get("csrf_token") or http.Request.csrf_token(self)
        response = self.url_open(url, data=values)
        self.assertEqual(response.status_code, code, response.text[:500])
        self.env.invalidate_all()
        return response

    def _invite(self, user=None, code=200, **values):
        form = {"name": "Vera Kim", "contact": "vera@example.com", "note": "Chess"}
        return self._post(
            "/my/club/referrals/invite/send",
            user or self.member_user,
            code,
            **{**form, "agreed": "1", **values},
        )

    def _visits(self):
        self.env.invalidate_all()
        return self.member.club_link_visits

    def _leads(self):
        return self.env["crm.lead"].search([("club_plan_id", "=", self.plan.id)])


@tagged("post_install", "-at_install")
class TestLink(ReferralsCommon):
    def test_link_to_form(self):
        page = self._get(f"/club/r/{self.code}").text
        self.assertIn("A member of the club recommends it to you", page)
        self.assertNotIn("Petrova", page, "codes could be guessed")
        self.assertIn(f"/club/join?ref={self.code}", page)
        page = self.url_open(f"/club/join?ref={self.code}").text
        form_url = re.search(r'href="(/club/join/[^"]+)"', page)[1]
        self.assertIn(f"?ref={self.code}", form_url)
        form = self.url_open(form_url).text
        self.assertRegex(form, rf'name="code"[^>]+value="{self.code}"')
        self.assertRegex(form, rf'name="by_link" value="{self.code}"')
        self.assertIn(f'href="/club/join?ref={self.code}"', form, "back to all plans")

    def test_ways(self):
        for values, way in (
            ({"by_link": self.code}, "link"),
            ({"by_link": self.other.club_referral_code}, "code"),
            ({}, "code"),
            ({"by_link": "<script>"}, "code"),
        ):
            with self.subTest(values):
                self._leads().unlink()
                self.Referral.search([]).sudo().unlink()
                self._send(self.code, **values)
                self.assertEqual(self._leads().club_referral_id.way, way)
                self.assertEqual(
                    self._leads().club_referral_id.referrer_id, self.member
                )

    def _send(self, code, query="", **values):
        """The form; ``code`` there is an input, and not the answer's status."""
        form = {"name": "Vera", "email": "vera@example.com", "channel": "email"}
        self.authenticate(None, None)
        data = {**form, **values, "code": code}
        data["csrf_token"] = http.Request.csrf_token(self)
        self.env.flush_all()
        response = self.url_open(f"/club/join/{self.plan.id}{query}", data=data)
        self.env.invalidate_all()
        return response

    def test_wrong_code_of_a_link_never_blocks(self):
        page = self._get("/club/join?ref=LAMI-LAMI").text
        self.assertIn("Gold", page)
        form = self.url_open(f"/club/join/{self.plan.id}?ref=LAMI-LAMI").text
        self.assertNotRegex(form, r'name="code"[^>]+value="LAMI-LAMI"')
        self.assertNotIn('name="by_link"', form)
        response = self._send("LAMI-LAMI", by_link="LAMI-LAMI")
        self.assertIn("Thank you", response.text)
        self.assertTrue(self._leads())

    def test_wrong_code_that_was_typed_is_said_and_kept(self):
        response = self._send("LAMI-LAMI", f"?ref={self.code}", by_link=self.code)
        self.assertIn("We do not know this code", response.text)
        self.assertRegex(response.text, r'name="code"[^>]+value="LAMI-LAMI"')
        self.assertRegex(response.text, rf'name="by_link" value="{self.code}"')
        self.assertIn(f"?ref={self.code}", response.text)
        self.assertFalse(self._leads())

    def test_kept_when_something_else_is_wrong(self):
        response = self._send(self.code, name="", by_link=self.code)
        self.assertRegex(response.text, rf'name="code"[^>]+value="{self.code}"')
        self.assertRegex(response.text, rf'name="by_link" value="{self.code}"')

    def test_nonsense_in_the_link(self):
        for code in ("x", "%00", "a" * 1000, "%3Cscript%3E", "LAMI-LAMI"):
            with self.subTest(code):
                response = self._get(f"/club/r/{code}")
                self.assertIn("/club/join", response.url)
                self.assertNotIn("<script>alert", response.text)
                self._get(f"/club/join?ref={code}")
                self._get(f"/club/join/{self.plan.id}?ref={code}&by_link={code}")

    def test_visits_are_counted_of_people(self):
        url = f"/club/r/{self.code}"
        self._get(url)
        self.assertEqual(self._visits(), 1)
        self._get(url, self.stranger_user)
        self.assertEqual(self._visits(), 2)
        self._get(url, self.member_user)
        self.assertEqual(self._visits(), 2, "not he himself")
        self.authenticate(None, None)
        self.url_open(url, method="HEAD")
        self.url_open(url, headers={"User-Agent": "TelegramBot (like TwitterBot)"})
        self.assertEqual(self._visits(), 2, "no programs")
        self.assertIn("2", self._page(url="/my/club/referrals").partition("90 days")[2])

    def test_left_the_club(self):
        self.member.club_membership_ids.sudo().write({"state": "expired"})
        self.assertIn("/club/join", self._get(f"/club/r/{self.code}").url)

    def test_logged_in_form(self):
        page = self._get(f"/my/club/apply?ref={self.code}", self.stranger_user).text
        self.assertIn(f"?ref={self.code}", page)
        url = f"/my/club/apply/{self.plan.id}?ref={self.code}"
        self.assertRegex(
            self.url_open(url).text, rf'name="code"[^>]+value="{self.code}"'
        )

    def test_bought_without_an_application(self):
        self.plan.needs_application = False
        page = self._get(f"/my/club/apply?ref={self.code}", self.stranger_user).text
        self.assertRegex(page, rf'name="ref" value="{self.code}"')
        self._post(f"/my/club/buy/{self.plan.id}", self.stranger_user, ref=self.code)
        row = self.stranger.club_was_referred_ids
        self.assertEqual((row.referrer_id, row.way), (self.member, "link"))

    def test_own_link_binds_nobody(self):
        self.plan.needs_application = False
        self._post(f"/my/club/buy/{self.plan.id}", self.member_user, ref=self.code)
        self.assertFalse(self.member.club_was_referred_ids)


@tagged("post_install", "-at_install")
class TestMyReferrals(ReferralsCommon):
    url = "/my/club/referrals"

    def _give(self, person, given=True):
        purpose = self.env["club.consent.purpose"]._get("directory")
        person._club_answer_consent(purpose, given, "member")

    def test_empty(self):
        page = self._page(url=self.url)
        self.assertIn(self.code, page)
        self.assertIn("Nobody yet", page)
        self.assertNotIn("Your branch", page)
        html = self.url_open(self.url).text
        self.assertIn(f"/club/r/{self.code}", html)
        for place in ("https://wa.me/?text=", "https://t.me/share/url?", "mailto:?"):
            self.assertIn(place, html)

    def test_entry(self):
        self.assertIn("Bring somebody", self._page())
        self.assertNotIn("Bring somebody", self._page(self.stranger_user))

    def test_not_a_member(self):
        page = self._page(self.stranger_user, self.url)
        self.assertIn("Members bring members", page)
        self.assertNotIn("/club/r/", self.url_open(self.url).text)
        self._get(f"{self.url}/card.png", self.stranger_user, code=404)
        self._invite(self.stranger_user)
        self.assertFalse(self.Invitation.search([]))
        self.assertIn("/web/login", self._get(self.url).url)

    def test_no_programme(self):
        self.program.active = False
        self.assertIn("Nothing is asked of you", self._page(url=self.url))

    def test_a_member_without_a_code_gets_one(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET club_referral_code = NULL WHERE id = %s",
            [self.member.id],
        )
        self.env.invalidate_all()
        page = self._page(url=self.url)
        self.env.invalidate_all()
        self.assertIn(self.member.club_referral_code, page)

    def test_what_became_of_whom(self):
        vera = self._person("Vera Kim", email="vera@example.com", phone="+7 1234567")
        self._bind(vera, way="link")
        self._paid(vera)
        self._buy(vera)
        self._buy(vera)
        self._settle()
        self._bind(self._person("Oleg Secret"), way="code")
        page = self._page(url=self.url)
        self.assertIn("Somebody by your link", page)
        self.assertIn("has joined", page)
        self.assertIn("Somebody with your code", page)
        for secret in ("Vera", "Oleg", "vera@example.com", "1234567", "client"):
            self.assertNotIn(secret, page)
        self._give(vera)
        page = self._page(url=self.url)
        self.assertIn("Vera Kim", page)
        self.assertNotIn("vera@example.com", page)
        self.assertNotIn("Vera", self._page(self.other_user(), self.url))

    def other_user(self):
        self.other.email = "other@example.com"
        user = self.other.user_ids
        return user or self._portal_user("club_other", self.other)

    def test_branch(self):
        vera = self._person("Vera Kim")
        self._bind(vera)
        self._paid(vera)
        below = self._person("Oleg Deep")
        self._bind(below, vera)
        self._settle()
        page = self._page(url=self.url)
        self.assertIn("Brought by you 1, members: 1", page)
        self.assertIn("Step 2 1, members: 0", page)
        self.assertNotIn("Oleg", page)
        self._give(below)
        self.assertIn("Oleg Deep", self._page(url=self.url))

    def test_queries_do_not_grow(self):
        counts = []
        for number in (2, 20):
            for index in range(number):
                person = self._person(f"P{number}-{index}")
                self._bind(person, way="link")
                self._bind(self._person(f"Q{number}-{index}"), person)
            self._get(self.url, self.member_user)
            self.url_open(self.url)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.url_open(self.url)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
        self.assertIn("/my/club/referrals/page/2", self.url_open(self.url).text)
        self._get("/my/club/referrals/page/999", self.member_user)

    def test_card(self):
        self.member.name = "Александра-Константиновна " * 20
        for query in ("", "?signed=1", "?download=1"):
            response = self._get(f"{self.url}/card.png{query}", self.member_user)
            self.assertEqual(response.headers["Content-Type"], "image/png")
            picture = Image.open(io.BytesIO(response.content))
            self.assertEqual(picture.size, (1200, 630))
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("private", response.headers["Cache-Control"])
        self.assertNotIn("signed=1", self._get(self.url, self.member_user).text)
        self.assertIn("card.png?signed=1", self.url_open(f"{self.url}?signed=1").text)

    def test_names_are_text(self):
        self.member.name = "<script>alert(1)</script>"
        self._invite(name="Vera <b>Kim", code=422)
        self._invite(name="Vera & Kim", contact="v@example.com")
        html = self._get(self.url, self.member_user).text
        self.assertNotIn("<script>alert(1)", html)
        self.assertIn("Vera &amp; Kim", html)


@tagged("post_install", "-at_install")
class TestInviting(ReferralsCommon):
    def _of(self, email="vera@example.com"):
        return self.Invitation.search([("email_normalized", "=", email)])

    def test_invited(self):
        response = self._invite()
        self.assertIn("done=sent", response.url)
        self.assertIn("The letter is on its way", response.text)
        self.assertIn("Vera Kim", response.text)
        self.assertEqual(self._of().state, "sent")
        self.assertIn("already", self._invite(code=422).text)

    def test_phone(self):
        page = self._invite(contact="+7 912 345-67-89").text
        self.assertIn("https://wa.me/79123456789?text=", page)
        self.assertIn(f"/club/r/{self.code}", page)

    def test_errors_keep_what_was_written(self):
        for values, sentence in (
            ({"name": ""}, "Please write the name"),
            ({"contact": "vera"}, "Please write one e-mail"),
            ({"contact": self.member.email}, "This is your own"),
            ({"note": "www.spam.example"}, "without links"),
            ({"agreed": ""}, "may have a letter"),
        ):
            with self.subTest(values):
                response = self._invite(code=422, **values)
                self.assertIn(sentence, response.text)
                if "name" not in values:
                    self.assertIn("Vera Kim", response.text)
        self.assertFalse(self._of())

    def test_garbage_is_no_traceback(self):
        for values in (
            {"name": "\x00Vera\x07", "contact": "b@example.com"},
            {"name": "V" * 1000, "contact": "c@example.com", "note": "n" * 10000},
            {"partner_id": "1", "referral_id": "1", "contact": "d@example.com"},
        ):
            self._invite(**values)
        rows = self.Invitation.search([])
        self.assertEqual(rows.partner_id, self.member)
        self.assertEqual(max(len(row.name) for row in rows), 100)

    def test_limit_of_a_day(self):
        self.env["ir.config_parameter"].set_param("club_community.invite_per_day", "2")
        for index in range(2):
            self._invite(contact=f"v{index}@example.com")
        response = self._invite(code=422)
        self.assertIn("many people today", response.text)
        self.assertIn("Vera Kim", response.text)
        self.assertFalse(self._of())

    @mute_logger("odoo.http")
    def test_needs_the_forms_token(self):
        self._invite(code=400, csrf_token="wrong")
        self.assertFalse(self._of())

    def test_second_inviter_is_told_no_name(self):
        self._invite()
        self.other.email = "other@example.com"
        user = self._portal_user("club_other", self.other)
        response = self._invite(user)
        self.assertIn("it is noted", response.text)
        self.assertIn("Noted beside an earlier recommendation", response.text)
        self.assertNotIn("Petrova", response.text)


@tagged("post_install", "-at_install")
class TestRecommended(ReferralsCommon):
    def setUp(self):
        super().setUp()
        self._invite()
        self.invitation = self.Invitation.search([])
        self.path = f"/club/recommended/{self.invitation.id}"
        self.page = f"{self.path}/{self.invitation._token()}"

    def test_looking_changes_nothing(self):
        for query in ("", "?answer=yes", "?answer=no", "?answer=%00"):
            response = self._get(self.page + query)
            self.assertIn("May we write to you", response.text)
            self.assertIn("Anna Petrova", response.text)
        self.env.invalidate_all()
        self.assertEqual(self.invitation.state, "sent")
        self.assertFalse(self.invitation.referral_id.visited_on)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")

    def test_yes(self):
        page = self._post(f"{self.page}/answer", answer="yes").text
        self.assertIn("turns to you soon", page)
        self.assertIn(f"/club/join?ref={self.code}", page)
        self.assertEqual(self.invitation.state, "yes")
        self.assertEqual(len(self.invitation.referral_id.lead_ids), 1)
        self._post(f"{self.page}/answer", answer="yes")
        self.assertEqual(len(self.invitation.referral_id.lead_ids), 1)
        self.assertIn("has looked in", self._page(url="/my/club/referrals"))

    def test_no(self):
        page = self._post(f"{self.page}/answer", answer="no").text
        self.assertIn("do not write to you any more", page)
        self.assertNotIn("<form", page.partition("o_club_recommended")[2])
        again = self._invite(code=422).text
        self.assertIn("cannot be invited", again)
        shown = self._page(url="/my/club/referrals")
        self.assertIn("Not this time", shown)
        page = self._post(f"{self.page}/answer", answer="yes").text
        self.assertIn("have asked us not to write", page)
        self.assertEqual(self.invitation.state, "no")

    def test_attacks(self):
        self._invite(contact="b@example.com")
        other = self.Invitation.search([("email", "=", "b@example.com")])
        for path in (
            f"{self.path}/{other._token()}",
            f"{self.path}/{'0' * 40}",
            f"{self.path}/%00",
            f"{self.path}/%D0%B6",
            f"/club/recommended/99999999999999999999/{other._token()}",
            f"/club/recommended/0/{other._token()}",
        ):
            with self.subTest(path):
                page = self._get(path, code=404).text
                self.assertNotIn("Petrova", page)
                self._post(f"{path}/answer", code=404, answer="yes")
        for answer in ("", "maybe", "\x00", "y" * 1000):
            self._post(f"{self.page}/answer", answer=answer)
        self.assertEqual(self.invitation.state, "sent")

    @mute_logger("odoo.http")
    def test_needs_the_forms_token(self):
        self._post(f"{self.page}/answer", code=400, answer="yes", csrf_token="wrong")
        self.assertEqual(self.invitation.state, "sent")
        self._get(f"{self.page}/answer?answer=yes", code=405)

    @mute_logger("odoo.http")
    def test_rpc_of_a_member_gets_nothing(self):
        self.authenticate("club_boris", "club_boris")
        for model in (
            "club.referral.invitation",
            "club.referral.visit",
            "club.referral.optout",
            "club.referral",
        ):
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/search_read",
                json={
                    "params": {
                        "model": model,
                        "method": "search_read",
                        "args": [[]],
                        "kwargs": {},
                    }
                },
            ).json()
            self.assertIn("error", answer)
            self.assertNotIn("Vera", str(answer["error"]["data"]["message"]))

    def test_two_clicks_at_once(self):
        def busy(*_args, **_kwargs):
            raise LockError("busy")

        with patch.object(type(self.Invitation), "lock_for_update", busy, create=True):
            page = self._post(f"{self.page}/answer", answer="yes").text
        self.assertIn("too fast", page)

    def test_in_the_language_of_the_letter(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.invitation.lang = "ru_RU"
        self.env.flush_all()
        self._get(self.page)
