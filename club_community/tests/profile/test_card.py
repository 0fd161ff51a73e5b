from lxml import etree
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ProfileCommon


@tagged("post_install", "-at_install")
class TestCardForm(ProfileCommon):
    """The forms follow the catalogue, and cost what they should."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.as_manager = cls.person.with_user(cls.manager)

    def _arch(self, xml_id, user=None):
        view = self.env.ref(f"club_community.{xml_id}")
        model = self.env["res.partner"].with_user(user or self.manager)
        return etree.fromstring(model.get_view(view.id, "form")["arch"])

    def _whole(self):
        return self._arch("club_profile_card_view_form")

    def _partner_form(self, user=None):
        model = self.env["res.partner"].with_user(user or self.manager)
        return etree.fromstring(model.get_view(False, "form")["arch"])

    def test_every_point_of_the_contact_is_on_the_card_once(self):
        names = self._whole().xpath("//group[@name='club_sections']//field/@name")
        points = self.env["club.profile.point"].search(
            [("model", "=", "res.partner"), ("is_property", "=", False)]
        )
        self.assertGreater(len(points), 40)
        for point in points:
            self.assertEqual(names.count(point.key), 1, point.key)

    def test_the_form_follows_the_catalogue(self):
        point = self._point("club_pets")
        self._whole()
        work = self.env.ref("club_community.club_profile_section_work")
        work.name = "Business"
        point.write({"name": "Animals", "section_id": work.id, "hint": "Cats?"})
        (group,) = self._whole().xpath("//group[@name='club_section_work']")
        self.assertEqual(group.get("string"), "Business")
        (node,) = group.xpath("field[@name='club_pets']")
        self.assertEqual((node.get("string"), node.get("help")), ("Animals", "Cats?"))
        self.assertFalse(node.get("readonly"))
        point.manager_access = "read"
        (node,) = self._whole().xpath("//field[@name='club_pets']")
        self.assertEqual(node.get("readonly"), "1")
        point.active = False
        self.assertFalse(self._whole().xpath("//field[@name='club_pets']"))

    def test_the_page_of_the_contact_has_columns_only(self):
        page = self._partner_form().xpath("//page[@name='club_profile']")[0]
        names = page.xpath(".//field/@name")
        self.assertGreater(len(names), 30)
        fields_ = self.env["res.partner"]._fields
        self.assertFalse([n for n in names if not fields_[n].column_type])
        self.assertFalse([n for n in names if fields_[n].relational])
        self.assertFalse(
            self._partner_form(self.employee).xpath("//page[@name='club_profile']")
        )

    def test_a_section_takes_no_address_of_another_page(self):
        section = self.env.ref("club_community.club_profile_section_work")
        for code in ("facts", "download", "erasure"):
            with (
                self.assertRaisesRegex(IntegrityError, "code_is_free"),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                section.code = code
                section.flush_recordset()
        section.invalidate_recordset()
        self.assertEqual(section.code, "work")

    def _queries(self, function):
        for _time in range(3):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            function()
        return self.env.cr.sql_log_count - before

    def test_the_page_costs_the_contact_no_query(self):
        """Its facts are columns: they come in the query that reads the contact."""
        arch = self._partner_form()
        page = arch.xpath("//page[@name='club_profile']")[0]
        added = {*page.xpath(".//field/@name"), "club_completeness"}
        names = {
            name
            for name in arch.xpath("//field/@name")
            if name in self.env["res.partner"]._fields
            and not self.env["res.partner"]._fields[name].relational
        }
        read = self.env["res.partner"].with_user(self.manager).browse(self.person.id)
        with_page = self._queries(lambda: read.read(list(names | added)))
        without = self._queries(lambda: read.read(list(names - added)))
        self.assertEqual(with_page, without)

    def test_the_card_costs_the_same_for_much_and_little(self):
        view = "club_community.club_profile_card_view_form"

        def fill(person, count):
            person.with_user(self.manager).write(
                {
                    "club_goal_ids": [
                        Command.create({"name": f"Goal {n}"}) for n in range(count)
                    ],
                    "club_interest_ids": [
                        Command.set(
                            self.env["club.interest"]
                            .search([("kind", "=", "circle")], limit=count)
                            .ids
                        )
                    ],
                }
            )
            return person.with_user(self.manager)

        few = fill(self.person, 1)
        many = fill(self.env["res.partner"].create({"name": "Full"}), 10)
        point = self._point("club_pets")
        for number in range(20):
            many.sudo()._club_capture({point: f"Cat {number}"}, "manager")
        self.assertEqual(
            self._queries(lambda: Form(few, view)),
            self._queries(lambda: Form(many, view)),
        )

    def test_filters_of_the_members_list(self):
        Partner = self.env["res.partner"].with_user(self.manager)
        empty = self.env["res.partner"].create({"name": "Empty"})
        both = [("id", "in", (empty | self.person).ids)]
        poor = Partner.search([*both, ("club_completeness", "<", 30)])
        self.assertEqual(poor, empty | self.person)
        self.as_manager.club_channel = "phone"
        self.person._club_capture({self._point("club_channel"): "email"}, "bot")
        self.assertEqual(
            Partner.search([*both, ("club_conflict_count", ">", 0)]), self.person
        )

    def test_actions_open_the_persons_own(self):
        self.as_manager.club_channel = "phone"
        Value = self.env["club.profile.value"].with_user(self.manager)
        for step in ("action_club_ledger", "action_club_conflicts"):
            action = getattr(self.as_manager, step)()
            found = Value.search(action["domain"])
            self.assertLessEqual(found.partner_id, self.person)
        self.assertEqual(
            Value.search(self.as_manager.action_club_ledger()["domain"]).partner_id,
            self.person,
        )
        self._give("dates")
        consents = self.env["club.consent"].with_user(self.manager)
        action = self.as_manager.action_club_consents()
        self.assertEqual(consents.search(action["domain"]).purpose_id.code, "dates")
        action = self.as_manager.action_club_profile()
        self.assertEqual(action["res_id"], self.person.id)


@tagged("post_install", "-at_install")
class TestConfidentialSheet(ProfileCommon):
    def _open(self, user):
        return self.person.with_user(user).action_club_private()

    def test_own_manager_and_club_manager_open_it(self):
        action = self._open(self.manager)
        self.assertEqual(self._open(self.club_manager)["res_id"], action["res_id"])
        view = self.env.ref("club_community.club_profile_private_view_form")
        Sheet = self.env["club.profile.private"].with_user(self.manager)
        with Form(Sheet.browse(action["res_id"]), view) as form:
            form.segment = "premium"
            with self.assertRaises(AssertionError):
                form.risk = "seek"
        self.assertEqual(self.person.club_private_ids.segment, "premium")
        readings = self._readings()
        self.assertIn(self.manager, readings.user_id)

    def _readings(self):
        sheet = self.person.club_private_ids.with_user(self.club_manager)
        action = sheet.action_view_readings()
        return self.env[action["res_model"]].search(action["domain"])

    def test_others_get_a_kind_sentence(self):
        with self.assertRaisesRegex(UserError, "for the personal manager"):
            self._open(self.other_manager)
        self.assertFalse(self.person.club_private_ids)
        with self.assertRaises(UserError):
            self._open(self.employee)

    def test_looking_whether_one_may_is_no_reading(self):
        self._open(self.manager)
        self.env["club.profile.access"].search(
            [("partner_id", "=", self.person.id)]
        ).unlink()
        people = self.person | self.env["res.partner"].create({"name": "Other"})
        self.assertEqual(
            people.with_user(self.manager)._club_sees_private(), self.person
        )
        self.assertFalse(people.with_user(self.employee)._club_sees_private())
        self.assertEqual(
            people.with_user(self.club_manager)._club_sees_private(), people
        )
        self.assertFalse(self._readings())


@tagged("post_install", "-at_install")
class TestNextQuestion(ProfileCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.as_manager = cls.person.with_user(cls.manager)

    def _ask(self, key, user=None):
        """The dialog for one point, as its button opens it."""
        point = self._point(key)
        person = self.person.with_user(user or self.manager)
        action = person.with_context(club_point_id=point.id).action_club_answer_next()
        Wizard = self.env[action["res_model"]].with_user(user or self.manager)
        return Wizard.browse(action["res_id"])

    def test_the_question_worth_most_comes_first(self):
        point = self.as_manager.club_next_point_id
        self.assertEqual(self.as_manager.club_next_question, point.question)
        weights = self.env["club.profile.point"]._askable("manager").mapped("weight")
        self.assertEqual(point.weight, max(weights))
        text = self.as_manager._club_question_for_activity()
        self.assertIn(point.question, text)

    def test_later_and_never(self):
        first = self.as_manager.club_next_point_id
        self.as_manager.with_context(club_point_id=first.id).action_club_ask_later()
        skip = self.env["club.profile.skip"].search([("point_id", "=", first.id)])
        today = fields.Date.context_today(self.person)
        self.assertEqual((skip.until - today).days, 30)
        self.env.invalidate_all()
        second = self.as_manager.club_next_point_id
        self.assertNotEqual(second, first)
        self.as_manager.action_club_ask_never()
        self.assertFalse(
            self.env["club.profile.skip"].search([("point_id", "=", second.id)]).until
        )
        self.env.invalidate_all()
        self.assertNotIn(self.as_manager.club_next_point_id, first | second)
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self.person.with_user(self.employee).action_club_ask_later()

    def test_nothing_to_ask_is_a_sentence(self):
        points = self.env["club.profile.point"]._askable("manager")
        for point in points:
            self.env["club.profile.skip"]._skip(self.person, point)
        self.assertFalse(self.as_manager.club_next_question)
        self.assertEqual(self.as_manager._club_question_for_activity(), "")
        with self.assertRaisesRegex(UserError, "All is known"):
            self.as_manager.action_club_answer_next()

    def test_confidential_questions_are_for_who_sees_the_sheet(self):
        money = self.env["club.profile.point"].search(
            [("model", "=", "club.profile.private"), ("own_words_only", "=", False)]
        )
        for point in self.env["club.profile.point"]._askable("manager") - money:
            self.env["club.profile.skip"]._skip(self.person, point)
        self.assertIn(self.as_manager.club_next_point_id, money)
        other = self.person.with_user(self.other_manager)
        self.assertFalse(other.club_next_point_id)
        answer = self._ask("deciders", self.other_manager)
        answer.text = "His wife"
        with self.assertRaises(AccessError):
            answer.action_answer()
        answer = self._ask("deciders")
        answer.text = "His wife"
        answer.action_answer()
        self.assertEqual(self.person.club_private_ids.deciders, "His wife")

    def test_each_type_has_its_widget(self):
        for key, kind in (
            ("club_pets", "text"),
            ("club_birthday", "day"),
            ("club_channel", "one"),
            ("club_industry_id", "one"),
            ("club_sport_ids", "many"),
            ("club_business_since", "text"),
        ):
            with self.subTest(key):
                answer = self._ask(key)
                self.assertEqual(answer.kind, kind)
                self.assertEqual(bool(answer.option_ids), kind in ("one", "many"))
        action = self.as_manager.with_context(
            club_point_id=self._point("club_goal_ids").id
        ).action_club_answer_next()
        self.assertEqual(action["res_model"], "club.goal")
        self.assertEqual(action["context"], {"default_partner_id": self.person.id})

    def test_answers_are_kept_with_their_source(self):
        answer = self._ask("club_birthday")
        answer.day = "1980-05-01"
        answer.action_answer()
        answer = self._ask("club_channel")
        answer.choice_id = answer.option_ids.filtered(lambda o: o.value == "email")
        answer.action_answer()
        answer = self._ask("club_sport_ids")
        answer.choice_ids = answer.option_ids[:2]
        answer.action_answer()
        self.assertEqual(str(self.person.club_birthday), "1980-05-01")
        self.assertEqual(self.person.club_channel, "email")
        self.assertEqual(len(self.person.club_sport_ids), 2)
        for key in ("club_birthday", "club_channel", "club_sport_ids"):
            row = self._rows(key)
            self.assertEqual((row.source, row.user_id), ("manager", self.manager))

    def test_bad_answers_are_sentences(self):
        for key, values, words in (
            ("club_business_since", {"text": "long ago"}, "whole number"),
            ("club_birthday", {"day": "2100-01-01"}, "in the past"),
            ("club_pets", {"text": False}, "first"),
            ("club_channel", {}, "first"),
            ("club_family_status", {}, "first"),
        ):
            with self.subTest(key), self.assertRaisesRegex(UserError, words):
                answer = self._ask(key)
                answer.write(values)
                answer.action_answer()
        with self.assertRaisesRegex(UserError, "not for the manager"):
            answer = self._ask("risk")
            answer.choice_id = answer.option_ids[:1]
            answer.action_answer()
        answer = self._ask("club_family_status")
        answer.choice_id = answer.option_ids[:1]
        with self.assertRaisesRegex(UserError, "only with a consent"):
            answer.action_answer()

    def test_the_question_costs_the_same_for_many_people(self):
        def queries(count):
            people = self.env["res.partner"].create(
                [{"name": f"P {n}", "club_pets": "Cat"} for n in range(count)]
            )
            for _time in range(3):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                people.with_user(self.manager).mapped("club_next_question")
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(3), queries(30))


@tagged("post_install", "-at_install")
class TestLedgerScreens(ProfileCommon):
    def _conflict(self, person, number=0):
        person.with_user(self.manager).club_pets = f"Cat {number}"
        person._club_capture({self._point("club_pets"): f"Dog {number}"}, "bot")
        return self._rows("club_pets", person)[-1]

    def test_a_conflict_shows_both_sides(self):
        row = self._conflict(self.person).with_user(self.manager)
        self.assertEqual((row.value_label, row.rival_label), ("Dog 0", "Cat 0"))
        self.assertEqual((row.source, row.rival_source), ("bot", "manager"))
        self.assertTrue(row.rival_at)
        self.assertEqual(row.action_open_person()["res_id"], self.person.id)
        row.action_take_other()
        self.assertEqual(self.person.club_pets, "Cat 0")

    def test_many_are_confirmed_at_once(self):
        person = self.person.with_user(self.manager)
        person.write({"club_pets": "Cat", "club_food": "No nuts", "club_role": "ceo"})
        rows = self.Value.search([("partner_id", "=", self.person.id)])
        rows.confirmed_at = "2015-01-01"
        stale = self.Value.with_user(self.manager).search(
            [("partner_id", "=", self.person.id), ("is_stale", "=", True)]
        )
        self.assertEqual(len(stale), 3)
        stale.action_confirm()
        self.env.invalidate_all()
        self.assertFalse(any(stale.mapped("is_stale")))

    def test_what_one_may_not_read_one_may_not_confirm(self):
        self.env["club.profile.private"].create(
            {"partner_id": self.person.id, "deciders": "His wife"}
        )
        row = self._rows("deciders")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            for step in ("action_confirm", "action_take"):
                with self.assertRaises(AccessError):
                    getattr(row.with_user(self.other_manager), step)()

    def test_groups_of_the_ledger(self):
        self._conflict(self.person)
        Value = self.Value.with_user(self.manager)
        for name in ("section_id", "source", "state", "point_id", "partner_id"):
            groups = Value.formatted_read_group(
                [("partner_id", "=", self.person.id)], [name], ["__count"]
            )
            self.assertTrue(groups, name)

    def test_the_list_of_conflicts_costs_the_same_for_many(self):
        names = ("partner_id", "point_id", "value_label", "rival_label", "rival_source")

        def queries(count):
            people = self.env["res.partner"].create(
                [{"name": f"P {n}"} for n in range(count)]
            )
            rows = self.Value.browse()
            for number, person in enumerate(people):
                rows |= self._conflict(person, number)
            rows = rows.with_user(self.manager)
            for _time in range(3):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                rows.web_read({name: {} for name in names})
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(3), queries(30))

    def test_screens_of_the_catalogue_open(self):
        for name in (
            "club_profile_point_action",
            "club_profile_section_action",
            "club_consent_purpose_action",
            "club_interest_action",
            "club_service_action",
        ):
            action = self.env.ref(f"club_community.{name}")
            views = [(False, mode) for mode in action.view_mode.split(",")]
            found = self.env[action.res_model].get_views(views)
            self.assertTrue(action.help, name)
            self.assertEqual(found["views"].keys(), {*action.view_mode.split(",")})
        point = self._point("club_pets")
        self.person.club_pets = "Cat"
        action = point.action_view_values()
        self.assertIn(self.person, self.Value.search(action["domain"]).partner_id)
