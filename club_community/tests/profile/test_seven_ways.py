import json

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .survey_common import SurveyCommon


class SevenWaysCommon(SurveyCommon):
    def _assert_told(self, key, value, source, kept=None):
        """On the card, in one row of the ledger, from the right source."""
        self.env.invalidate_all()
        row = self._rows(key)
        self.assertEqual(len(row), 1)
        self.assertEqual((row.source, row.state), (source, "current"))
        self.assertEqual(row.value, value if kept is None else kept)
        self.assertEqual(self.person[key], value)
        return row


@tagged("post_install", "-at_install")
class TestSevenWays(SevenWaysCommon):
    """A fact may come in seven ways (issue 4), twice each: it is told once."""

    def test_1_managers_form(self):
        for _time in range(2):
            self.person.with_user(self.manager).web_save(
                {"club_channel": "phone"}, {"club_channel": {}}
            )
        row = self._assert_told("club_channel", "phone", "manager")
        self.assertEqual(row.user_id, self.manager)

    def test_2_import(self):
        for _time in range(2):
            self._load(["id", "club_channel"], [[self._xmlid(), "Phone call"]])
        self._assert_told("club_channel", "phone", "import")

    def test_3_portal(self):
        """The call that the portal's page makes for the member."""
        member = new_test_user(self.env, "ways_member", "base.group_portal")
        as_member = self.person.with_user(member)
        point = as_member.env["club.profile.point"].sudo()
        point = point.browse(self._point("club_channel").id)
        for _time in range(2):
            as_member.sudo()._club_capture(
                {point: point._parse("Phone call")}, "member"
            )
        self._assert_told("club_channel", "phone", "member")

    def test_4_survey(self):
        question = self._question("club_channel", "simple_choice")
        first = self._fill_in({question: "phone"})
        self._fill_in({question: "phone"})
        row = self._assert_told("club_channel", "phone", "survey")
        self.assertEqual(row.source_ref, f"survey.user_input,{first.id}")

    def test_5_event(self):
        question = self._event_question("club_channel", "simple_choice")
        first = self._register(self._event(question), {question: "phone"})
        self._register(self._event(question), {question: "phone"})
        row = self._assert_told("club_channel", "phone", "event")
        self.assertEqual(row.source_ref, f"event.registration,{first.id}")

    def test_6_bot(self):
        bot = new_test_user(
            self.env, "ways_bot", "base.group_portal,club_community.group_club_bot"
        )
        for _time in range(2):
            self.person.with_user(bot).club_bot_answer(
                self._point("club_channel").id, "Phone call"
            )
        self._assert_told("club_channel", "phone", "bot")

    # --- Import, the whole of it

    def _xmlid(self):
        (xmlid,) = self.person._BaseModel__ensure_xml_id()
        return xmlid[1]

    def _load(self, columns, rows, lang="en_US"):
        """As stock's import screen does it."""
        Partner = self.env["res.partner"].with_user(self.manager)
        result = Partner.with_context(import_file=True, lang=lang).load(columns, rows)
        self.assertFalse(result["messages"])
        self.env.flush_all()
        return result["ids"]

    def test_import_of_lists_and_new_people(self):
        (new,) = self._load(
            ["name", "email", "club_sport_ids", "club_birthday", "club_role"],
            [["Vera", "vera@example.com", "⛳ Golf,🎾 Tennis", "1980-05-17", "Owner"]],
        )
        vera = self.env["res.partner"].browse(new)
        self.assertEqual(vera.club_sport_ids, self.golf | self.tennis)
        rows = self.Value.search([("partner_id", "=", new)])
        told = {row.point_id.key: row.source for row in rows}
        self.assertEqual(
            told,
            dict.fromkeys(("club_sport_ids", "club_birthday", "club_role"), "import"),
        )

    def test_import_in_russian(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.golf.with_context(lang="ru_RU").name = "Гольф"
        selection = self.env.ref(
            "club_community.selection__res_partner__club_channel__phone"
        )
        selection.with_context(lang="ru_RU").name = "Звонок"
        self._load(
            ["id", "club_channel", "club_sport_ids"],
            [[self._xmlid(), "Звонок", "Гольф"]],
            "ru_RU",
        )
        self._assert_told("club_channel", "phone", "import")
        self.assertEqual(self._rows("club_sport_ids").value, [self.golf.id])

    def test_import_by_the_label_of_the_column(self):
        """The screen itself: a file with labels, from preview to import."""
        wizard = (
            self.env["base_import.import"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": "res.partner",
                    "file_name": "people.csv",
                    "file_type": "text/csv",
                    "file": b"Name,Best Way to Reach,Sports\nVera,Phone call,Golf\n",
                }
            )
        )
        options = {"quoting": '"', "separator": ",", "has_headers": True}
        preview = wizard.parse_preview(options)
        columns = [path[0] for path in preview["matches"].values()]
        self.assertEqual(columns, ["name", "club_channel", "club_sport_ids"])
        result = wizard.execute_import(
            columns, ["Name", "Best Way to Reach", "Sports"], options
        )
        self.assertFalse(result["messages"])
        rows = self.Value.search([("partner_id", "in", result["ids"])])
        self.assertEqual(rows.mapped("source"), ["import"] * 2)
        self.assertIn([self.golf.id], rows.mapped("value"))

    def test_import_says_what_it_does_not_understand(self):
        result = (
            self.env["res.partner"]
            .with_user(self.manager)
            .with_context(import_file=True)
            .load(["name", "club_channel"], [["Vera", "Pigeon"]])
        )
        self.assertIn("Pigeon", result["messages"][0]["message"])


@tagged("post_install", "-at_install")
class TestSeventhWay(SevenWaysCommon, HttpCase):
    """Other programs, through Odoo's own server."""

    def _key(self):
        keys = self.env["res.users.apikeys"].with_user(self.manager).sudo()
        return keys._generate("rpc", "program", None)

    @mute_logger("odoo.addons.rpc.controllers.xmlrpc")  # deprecated, and still used
    def test_7_xmlrpc(self):
        key = self._key()
        golf = [(6, 0, self.golf.ids)]
        for _time in range(2):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.manager.id,
                key,
                "res.partner",
                "write",
                [self.person.ids, {"club_channel": "phone", "club_sport_ids": golf}],
            )
        row = self._assert_told("club_channel", "phone", "rpc")
        self.assertEqual(row.user_id, self.manager)
        self._assert_told("club_sport_ids", self.golf, "rpc", self.golf.ids)

    def test_7_json(self):
        key = self._key()
        for _time in range(2):
            response = self.url_open(
                "/json/2/res.partner/write",
                data=json.dumps(
                    {"ids": self.person.ids, "vals": {"club_channel": "phone"}}
                ),
                headers={
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                },
            )
            self.assertEqual(response.status_code, 200, response.text)
        self._assert_told("club_channel", "phone", "rpc")

    def test_a_program_cannot_claim_to_be_the_member(self):
        key = self._key()
        context = {"club_capture": ["member", None, 100], "import_file": False}
        response = self.url_open(
            "/json/2/res.partner/write",
            data=json.dumps(
                {
                    "ids": self.person.ids,
                    "vals": {"club_channel": "phone"},
                    "context": context,
                }
            ),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
        )
        self.assertEqual(response.status_code, 200, response.text)
        self._assert_told("club_channel", "phone", "rpc")
