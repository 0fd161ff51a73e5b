import re

from lxml import html

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from ..profile.common import ProfileCommon

TRACES = ("Traceback", "psycopg2", "Internal Server Error", "Server Error")


class ProfilePages(ProfileCommon, HttpCase):
    """A person who logs in, and another one whose facts he must not reach."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            "club_anna",
            "base.group_portal",
            name="Anna Petrova",
            partner_id=cls.person.id,
        )
        cls.stranger = cls.env["res.partner"].create({"name": "Boris Stranger"})
        cls.stranger_user = new_test_user(
            cls.env,
            "club_boris",
            "base.group_portal",
            name="Boris Stranger",
            partner_id=cls.stranger.id,
        )

    def _get(self, url="", user=None, code=200):
        user = user or self.user
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        response = self.url_open(f"/my/club/profile{url}")
        self.assertEqual(response.status_code, code, response.text[:300])
        self.assertNotIn("Traceback", response.text)
        return response

    def _page(self, url="", user=None):
        (wrap,) = html.fromstring(self._get(url, user).text).xpath("//div[@id='wrap']")
        return re.sub(r"\s+", " ", wrap.text_content())

    def _post(self, url, data, user=None):
        user = user or self.user
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        pairs = list(data.items() if isinstance(data, dict) else data)
        pairs.append(("csrf_token", http.Request.csrf_token(self)))
        response = self.url_open(f"/my/club/profile{url}", data=pairs)
        for trace in TRACES:
            self.assertNotIn(trace, response.text)
        self.assertIn(response.status_code, (200, 404, 422), response.text[:300])
        return response

    def _fields(self, **values):
        """A form's pairs for points by their key, each shown."""
        pairs = []
        for key, value in values.items():
            point = self._point(key)
            pairs.append(("shown", point.id))
            many = value if isinstance(value, list) else [value]
            pairs += [(f"p{point.id}", one) for one in many]
        return pairs

    def _agree(self, code):
        return (f"agree{self.env['club.consent.purpose']._get(code).id}", "yes")

    def _rows_of(self, key, *rows):
        """A form's pairs of a list: ``(row key, {name: text})``."""
        point = self._point(key)
        pairs = [("shown", point.id)]
        for row_key, texts in rows:
            pairs += [(f"r{point.id}-{row_key}-{n}", t) for n, t in texts.items()]
        return pairs


@tagged("post_install", "-at_install")
class TestProfilePages(ProfilePages):
    def test_public_is_asked_to_log_in(self):
        for url in ("", "/work", "/facts", "/download", "/download.json", "/erasure"):
            self.authenticate(None, None)
            response = self.url_open(f"/my/club/profile{url}")
            self.assertIn("/web/login", response.url)

    def test_overview(self):
        page = self._page()
        self.assertIn("0%", page)
        sections = html.fromstring(self._get().text).xpath(
            "//a[contains(@class, 'o_club_section ')]/@href"
        )
        self.assertEqual(
            [url.rsplit("/")[-1] for url in sections],
            ["reach", "person", "work", "circles", "expect", "money", "psyche"],
        )
        self.person.club_channel = "phone"
        tree = html.fromstring(self._get().text)
        (ring,) = tree.xpath(
            "//*[contains(@class, 'o_club_ring_big')]/*[contains(@class, '_known')]"
        )
        # of what he may set himself
        points = self.env["club.profile.point"]._of_member(["write"])
        points = points.filtered(lambda point: point._fits_a_form())
        weight = self._point("club_channel").weight
        percent = round(100 * weight / sum(points.mapped("weight")))
        self.assertEqual(ring.get("stroke-dasharray"), f"{percent} 100")
        self.assertIn(
            f"{percent} % of your profile", ring.getparent().get("aria-label")
        )

    def test_entry_on_the_clubs_page_tells_the_stored_share(self):
        self.person.club_channel = "phone"
        self.env.flush_all()
        self.authenticate("club_anna", "club_anna")
        tree = html.fromstring(self.url_open("/my/club").text)
        (entry,) = tree.xpath("//a[@href='/my/club/profile']")
        self.assertIn(f"{self.person.club_completeness}%", entry.text_content())

    def test_a_section_is_saved_with_its_source(self):
        golf = self.env.ref("club_community.club_interest_golf")
        response = self._post(
            "/circles/save",
            self._fields(club_sport_ids=[golf.id], club_charity=" A school \x00"),
        )
        self.assertIn("saved=1", response.url)
        self.assertEqual(self.person.club_sport_ids, golf)
        self.assertEqual(self.person.club_charity, "A school")
        self.assertEqual(
            self._rows("club_charity").mapped("source"), ["member"], "one row"
        )
        self._post("/circles/save", self._fields(club_sport_ids=[golf.id]))
        self.assertEqual(len(self._rows("club_sport_ids")), 1, "the same is no news")
        self.assertEqual(self.person.club_charity, "A school", "it was not shown")
        self._post("/circles/save", self._fields(club_charity="", club_sport_ids=[]))
        self.assertFalse(self.person.club_charity or self.person.club_sport_ids)

    def test_days_are_in_the_members_writing(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.user.lang = "ru_RU"
        self._post("/person/save", self._fields(club_birthday="7.3.1980"))
        self.assertEqual(str(self.person.club_birthday), "1980-03-07")
        self.assertIn('value="07.03.1980"', self._get("/person").text)
        self.assertIn("07.03.1980", self._page("/facts"))
        self.user.lang = "en_US"
        self.assertIn('value="03/07/1980"', self._get("/person").text)

    def test_what_was_archived_stays_until_another_is_chosen(self):
        golf = self.env.ref("club_community.club_interest_golf")
        self.person.club_sport_ids = golf
        golf.active = False
        self._post("/circles/save", self._fields(club_sport_ids=[]))
        self.assertEqual(
            self.person.with_context(active_test=False).club_sport_ids, golf
        )
        self._post("/reach/save", self._fields(lang=""))
        self.assertTrue(self.person.lang, "letters need a language")

    def test_bad_input_is_told_at_its_field_and_nothing_is_half_saved(self):
        response = self._post(
            "/person/save",
            self._fields(club_birthday="yesterday", club_pets="<b>Cat</b>"),
        )
        self.assertEqual(response.status_code, 422)
        tree = html.fromstring(response.text)
        (error,) = tree.xpath("//div[contains(@class, 'o_club_error ')]")
        (place,) = error.xpath("./..")
        self.assertIn("o_club_point_club_birthday", place.get("class"))
        self.assertIn("no day that we can read", error.text_content())
        values = tree.xpath("//input[contains(@class, 'form-control')]/@value")
        self.assertIn("yesterday", values)
        self.assertIn("<b>Cat</b>", values, "what was typed is kept, as text")
        self.assertFalse(self.person.club_pets)
        self.assertFalse(self._rows("club_pets"))

    def test_what_needs_a_yes_is_kept_only_with_it(self):
        form = self._fields(risk="seek", values="Freedom")
        response = self._post("/psyche/save", form)
        self.assertEqual(response.status_code, 422)
        self.assertIn("we need your yes", response.text)
        self.assertIn('value="Freedom"', response.text)
        self.assertFalse(self.person.club_private_ids.risk)
        self._post("/psyche/save", [*form, self._agree("portrait")])
        self.assertEqual(self.person.club_private_ids.risk, "seek")
        row = self._rows("values")
        self.assertEqual((row.value, row.source), ("Freedom", "member"))
        self.assertEqual(row.consent_id.answer, "given")
        self.assertIn("talk with me in my own language", row.consent_id.wording)
        self.assertEqual(row.consent_id.source, "member")

    def test_a_yes_is_not_noted_where_nothing_is_saved(self):
        form = self._fields(risk="nonsense", values="Freedom")
        self._post("/psyche/save", [*form, self._agree("portrait")])
        self.assertFalse(self.person.club_consent_ids)


@tagged("post_install", "-at_install")
class TestProfileLists(ProfilePages):
    def test_children(self):
        row = {"name": "Petya", "relation": "child", "birthday": "05/01/2015"}
        form = self._rows_of("club_relative_ids", ("new0", row), ("new1", {"name": ""}))
        self.assertEqual(self._post("/person/save", form).status_code, 422)
        response = self._post(
            "/person/save", [*form, self._agree("dates"), ("again", 1)]
        )
        self.assertIn("/person?saved=1", response.url)
        child = self.person.club_relative_ids
        self.assertEqual((child.name, str(child.birthday)), ("Petya", "2015-05-01"))
        self.assertEqual(len(self._rows("club_relative_ids")), 1)
        self.assertIn("Petya (Child, 05/01/2015)", self._page("/facts"))
        changed = row | {"name": "Pyotr"}
        added = {"name": "Masha", "relation": "child"}
        form = self._rows_of("club_relative_ids", (child.id, changed), ("new1", added))
        self._post("/person/save", form)
        self.assertEqual(
            set(self.person.club_relative_ids.mapped("name")), {"Pyotr", "Masha"}
        )
        self.assertEqual(child.name, "Pyotr", "the same row")
        self.assertEqual(len(self._rows("club_relative_ids")), 2, "one fact per save")
        self._post(
            "/person/save",
            self._rows_of("club_relative_ids", (child.id, changed | {"gone": "yes"})),
        )
        self.assertEqual(self.person.club_relative_ids.mapped("name"), ["Masha"])

    def test_goals(self):
        goal = {"name": "Find a partner", "progress": "40", "due": "12/31/2099"}
        self._post("/expect/save", self._rows_of("club_goal_ids", ("new0", goal)))
        mine = self.person.club_goal_ids
        self.assertEqual((mine.progress, str(mine.due)), (40, "2099-12-31"))
        for bad in (
            {"progress": "101"},
            {"progress": "-1"},
            {"progress": "much"},
            {"progress": "9" * 5000},
            {"due": "31/31/2099"},
            {"due": "01/01/9999"},
            {"due": "\x00"},
            {"name": "", "note": "Nameless"},
            {"name": "x" * 501},
        ):
            with self.subTest(bad):
                form = self._rows_of("club_goal_ids", (mine.id, goal | bad))
                response = self._post("/expect/save", form)
                if bad != {"due": "\x00"}:
                    self.assertEqual(response.status_code, 422)
                    self.assertIn("Find a partner", mine.name)
        self.assertEqual(mine.progress, 40)

    def test_anothers_row_gets_nothing(self):
        theirs = self.env["club.goal"].create(
            {"partner_id": self.stranger.id, "name": "Theirs"}
        )
        texts = {"name": "Mine now", "gone": "yes"}
        for row_key in (theirs.id, f"0{theirs.id}", "-1", "new999", "x"):
            form = self._rows_of("club_goal_ids", (row_key, texts))
            self._post("/expect/save", form)
        self.assertEqual(theirs.name, "Theirs")
        self.assertEqual(theirs.partner_id, self.stranger)
        self.assertFalse(self.person.club_goal_ids)


@tagged("post_install", "-at_install")
class TestNextQuestion(ProfilePages):
    def _asked(self):
        tree = html.fromstring(self._get().text)
        question = "//form[contains(@class, 'o_club_question_form')]"
        (asked,) = tree.xpath(f"{question}//*[@name='point_id']/@value")
        return self.env["club.profile.point"].browse(int(asked))

    def test_answer_later_and_never(self):
        first = self._asked()
        self.assertEqual(first, self.person._club_next_points("member")[self.person.id])
        self._post("/answer", {"point_id": first.id, "action": "later"})
        second = self._asked()
        self.assertNotEqual(first, second)
        self._post("/answer", {"point_id": second.id, "action": "never"})
        skips = self.env["club.profile.skip"].search(
            [("partner_id", "=", self.person.id)], order="id"
        )
        self.assertTrue(skips[0].until and not skips[1].until)
        channel = self._point("club_channel")
        form = [("point_id", channel.id), *self._fields(club_channel="phone")]
        self._post("/answer", form)
        self.assertEqual(self._rows("club_channel").source, "member")

    def test_an_answer_that_is_none(self):
        channel = self._point("club_channel")
        for text in ("", "pigeon"):
            form = [("point_id", channel.id), *self._fields(club_channel=text)]
            response = self._post("/answer", form)
            self.assertEqual(response.status_code, 422)
            self.assertIn("o_club_error", response.text)
        self.assertFalse(self._rows("club_channel"))

    def test_a_question_that_needs_a_yes(self):
        risk = self._point("risk")
        form = [("point_id", risk.id), *self._fields(risk="seek")]
        self.assertIn("we need your yes", self._post("/answer", form).text)
        self._post("/answer", [*form, self._agree("portrait")])
        self.assertEqual(self.person.club_private_ids.risk, "seek")


@tagged("post_install", "-at_install")
class TestProfileFacts(ProfilePages):
    def test_value_source_date_and_purpose(self):
        self.person.with_user(self.manager).club_pets = "A cat"
        point = self._point("club_hours")
        self.person._club_capture({point: "day"}, "survey")
        page = self._page("/facts")
        for words in (
            "A cat",
            "Your manager noted it",
            "You answered a survey",
            "To serve you as a member",
            "In the daytime",
        ):
            self.assertIn(words, page)

    def test_take_off(self):
        self.person.with_user(self.manager).club_pets = "A cat"
        response = self._post("/forget", {"point_id": self._point("club_pets").id})
        self.assertIn("done=forgotten", response.url)
        self.assertFalse(self.person.club_pets)
        rows = self._rows("club_pets")
        self.assertNotIn("A cat", str(rows.mapped("value") + rows.mapped("previous")))
        self.assertNotIn(
            self._point("club_pets"),
            self.person._club_next_points("member", None)[self.person.id],
        )
        self._post("/person/save", self._fields(club_pets="A dog"))
        self.assertEqual(self.person.club_pets, "A dog")

    def test_consent_is_given_and_withdrawn(self):
        purpose = self.env["club.consent.purpose"]._get("dates")
        self._post("/consent", {"purpose_id": purpose.id, "answer": "given"})
        self.assertEqual(self.person.club_consent_ids.answer, "given")
        self._post("/person/save", self._fields(club_family_status="married"))
        page = self._page("/facts")
        self.assertIn("At once we delete", page)
        self._post("/consent", {"purpose_id": purpose.id, "answer": "refused"})
        self.assertFalse(self.person.club_family_status)
        self.assertNotIn("At once we delete", self._page("/facts"))

    def test_what_the_catalogue_hides_is_in_the_download_only(self):
        self.env["club.profile.private"].create(
            {"partner_id": self.person.id, "segment": "premium"}
        )
        self.assertNotIn("Premium", self._page("/facts"))
        self.assertNotIn("Premium", self._page("/money"))
        self.assertIn("Premium", self._page("/download"))
        response = self._get("/download.json")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        facts = {fact["key"]: fact["value"] for fact in response.json()["facts"]}
        self.assertEqual(facts["segment"], "Premium")

    def test_download_has_history_and_consents(self):
        self._give("dates")
        self.person.with_user(self.manager).club_pets = "A cat"
        self._post("/person/save", self._fields(club_pets="<i>A dog</i>"))
        text = self._get("/download").text
        self.assertNotIn("<i>A dog", text)
        page = self._page("/download")
        for words in ("A cat", "<i>A dog</i>", "Greetings and family dates", "Anna"):
            self.assertIn(words, page)

    def test_ask_to_be_forgotten(self):
        self.assertIn("Invoices and payments", self._page("/erasure"))
        self._post("/erasure/ask", {})
        self.assertFalse(self.person.club_erasure_ids, "not without “I understand”")
        for _twice in range(2):
            self._post("/erasure/ask", {"sure": "yes"})
        request = self.person.club_erasure_ids
        self.assertEqual(len(request), 1)
        page = self._page("/erasure")
        self.assertIn("The club answers by", page)
        self.assertIn(request.due.strftime("%m/%d/%Y"), page)
        request._answer("refused", "There is a case in court")
        self.assertIn("There is a case in court", self._page("/erasure"))

    def test_people_like_me_only_with_a_yes_on_both_sides(self):
        golf = self.env.ref("club_community.club_interest_golf")
        (self.person | self.stranger).club_sport_ids = golf
        self._give("directory", self.stranger)
        page = self._page()
        self.assertNotIn("Boris", page)
        self.assertIn("I agree, show me", page)
        purpose = self.env["club.consent.purpose"]._get("directory")
        self._post(
            "/consent",
            {"purpose_id": purpose.id, "answer": "given", "back": "profile"},
        )
        page = self._page()
        self.assertIn("Boris Stranger", page)
        self.assertIn("Golf", page)
        self._give("directory", self.stranger, given=False)
        self.assertNotIn("Boris", self._page())
