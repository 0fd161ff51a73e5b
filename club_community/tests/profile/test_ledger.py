import doctest

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from ...tools import profile
from .common import ProfileCommon


@tagged("post_install", "-at_install")
class TestProfileArithmetic(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(profile)
        self.assertGreater(result.attempted, 5)
        self.assertFalse(result.failed)


@tagged("post_install", "-at_install")
class TestCatalogue(ProfileCommon):
    def test_there_are_more_than_forty_five_points_on_the_contact(self):
        points = self.env["club.profile.point"].search([])
        columns = points.filtered(lambda p: p.model == "res.partner").mapped("key")
        self.assertGreaterEqual(len([c for c in columns if c.startswith("club_")]), 45)
        self.assertFalse(points.filtered(lambda p: not p.value_type))
        self.assertFalse(points.filtered(lambda p: p.question and not p.name))

    def test_a_property_of_contacts_is_a_point_and_counts(self):
        base = self.env["properties.base.definition"]
        definition = base._get_definition_for_property_field(
            "res.partner", "properties"
        )
        definition.properties_definition = [
            {"name": "boat", "string": "Boat", "type": "char"},
            {"name": "line", "string": "Line", "type": "separator"},
        ]
        point = self._point("boat")
        self.assertEqual((point.name, point.value_type), ("Boat", "char"))
        self.assertFalse(self._point("line"))
        self.person.with_user(self.manager).properties = {"boat": "Vega"}
        row = self._rows("boat")
        self.assertEqual((row.value, row.source), ("Vega", "manager"))
        self.assertTrue(self.person.club_completeness)
        definition.properties_definition = []
        self.assertFalse(point.active)
        self.assertEqual((row.state, row.value), ("current", "Vega"))


@tagged("post_install", "-at_install")
class TestLedger(ProfileCommon):
    def test_an_ordinary_write_is_in_the_ledger(self):
        person = self.person.with_user(self.manager)
        person.club_channel = "phone"
        first = self._rows("club_channel")
        self.assertEqual((first.value, first.previous), ("phone", False))
        self.assertEqual((first.source, first.user_id), ("manager", self.manager))
        self.assertEqual(first.value_label, "Phone call")
        person.club_channel = "email"
        first, second = self._rows("club_channel")
        self.assertEqual((first.state, second.state), ("replaced", "current"))
        self.assertEqual((second.value, second.previous), ("email", "phone"))
        self.assertFalse(second.is_conflict)

    def test_the_same_value_again_is_no_row(self):
        for _time in range(2):
            self.person.with_user(self.manager).write({"club_hours": "day"})
        self.assertEqual(len(self._rows("club_hours")), 1)

    def test_taking_off_is_a_row(self):
        person = self.person.with_user(self.manager)
        person.club_pets = "A cat"
        person.club_pets = False
        self.assertEqual(
            self._rows("club_pets").mapped("state"), ["replaced", "cleared"]
        )

    def test_create_and_lists_are_in_the_ledger(self):
        golf = self.env.ref("club_community.club_interest_golf")
        person = self.env["res.partner"].create(
            {
                "name": "Boris",
                "club_sport_ids": [Command.link(golf.id)],
                "club_goal_ids": [Command.create({"name": "Find a partner"})],
            }
        )
        self.assertEqual(self._rows("club_sport_ids", person).value, [golf.id])
        self.assertEqual(self._rows("club_sport_ids", person).value_label, "⛳ Golf")
        goal = self._rows("club_goal_ids", person)
        self.assertEqual(goal.value_label, "Find a partner")
        person.club_goal_ids.progress = 50
        self.assertEqual(len(self._rows("club_goal_ids", person)), 2)
        person.club_goal_ids.unlink()
        self.assertEqual(self._rows("club_goal_ids", person)[-1].state, "cleared")

    def test_companies_have_no_ledger(self):
        firm = self.env["res.partner"].create(
            {"name": "Firm", "is_company": True, "club_channel": "phone"}
        )
        self.assertFalse(self._rows("club_channel", firm))

    def test_two_sources_that_disagree_are_a_conflict(self):
        self.person.with_user(self.manager).club_channel = "phone"
        point = self._point("club_channel")
        self.person._club_capture({point: "email"}, "bot", "chat,1", 60)
        self.assertEqual(self.person.club_channel, "phone")
        proposed = self._rows("club_channel")[-1]
        self.assertEqual((proposed.state, proposed.is_conflict), ("proposed", True))
        self.person._club_capture({point: "email"}, "bot", "chat,1", 60)
        self.assertEqual(len(self._rows("club_channel")), 2)
        self.assertEqual(self.person.club_conflict_count, 1)
        proposed.with_user(self.manager).action_take()
        self.assertEqual(self.person.club_channel, "email")
        current = self._rows("club_channel").filtered(lambda r: r.state == "current")
        self.assertEqual((current.value, current.source), ("email", "bot"))
        self.assertEqual(current.source_ref, "chat,1")
        self.person.invalidate_recordset()
        self.assertFalse(self.person.club_conflict_count)
        with self.assertRaises(UserError):
            proposed.with_user(self.manager).action_take()

    def test_the_other_one_is_right(self):
        self.person.with_user(self.manager).club_channel = "phone"
        point = self._point("club_channel")
        self.person._club_capture({point: "email"}, "survey", "survey.user_input,1")
        self.assertEqual(self.person.club_channel, "email")
        current = self._rows("club_channel")[-1]
        self.assertTrue(current.is_conflict)
        current.with_user(self.manager).action_take_other()
        self.assertEqual(self.person.club_channel, "phone")
        self.assertFalse(self._rows("club_channel").filtered("is_conflict"))

    def test_the_member_himself_is_believed(self):
        self.person.with_user(self.manager).club_channel = "phone"
        self.person._club_capture({self._point("club_channel"): "email"}, "member")
        self.assertEqual(self.person.club_channel, "email")
        self.assertFalse(self.person.club_conflict_count)

    def test_old_facts_ask_to_be_confirmed(self):
        self.person.with_user(self.manager).club_channel = "phone"
        row = self._rows("club_channel")
        self.assertFalse(row.is_stale)
        row.confirmed_at = "2020-01-01 00:00:00"
        self.assertTrue(row.is_stale)
        self.assertIn(row, self.Value.search([("is_stale", "=", True)]))
        self.assertNotIn(row, self.Value.search([("is_stale", "=", False)]))
        row.with_user(self.manager).action_confirm()
        self.assertFalse(row.is_stale)

    def test_what_managers_may_only_see(self):
        self._point("club_pets").manager_access = "read"
        with self.assertRaisesRegex(UserError, "not to set"):
            self.person.with_user(self.manager).club_pets = "A cat"
        self.person._club_capture({self._point("club_pets"): "A dog"}, "member")
        self.assertEqual(self.person.club_pets, "A dog")

    def test_nobody_writes_the_ledger_by_hand(self):
        self.person.club_channel = "phone"
        row = self._rows("club_channel").with_user(self.club_manager)
        for step in (lambda: row.write({"value": "x"}), row.unlink):
            with self.assertRaises(AccessError):
                step()

    def test_a_client_cannot_claim_to_be_the_member(self):
        person = self.person.with_user(self.manager)
        person.with_context(club_capture=["member", None, 100]).club_pets = "Dog"
        self.assertEqual(self._rows("club_pets").source, "manager")

    def test_completeness_follows_the_weights(self):
        self.assertEqual(self.person.club_completeness, 0)
        points = self.env["club.profile.point"]
        weights = points._weights()
        self.person.club_channel = "phone"
        expected = round(100 * 5 / sum(weights.values()))
        self.assertEqual(self.person.club_completeness, expected)
        self._point("club_channel").weight = 0
        self.assertEqual(self.person.club_completeness, 0)
        self._point("club_channel").weight = 5
        self.assertEqual(self.person.club_completeness, expected)

    def test_queries_do_not_grow_with_the_people(self):
        def queries(count):
            people = self.env["res.partner"].create(
                [{"name": f"P {n}", "email": f"p{n}@example.com"} for n in range(count)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            people.write({"club_channel": "phone", "club_hours": "day"})
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        queries(1)
        self.assertEqual(queries(3), queries(30))


@tagged("post_install", "-at_install")
class TestConsent(ProfileCommon):
    def test_a_purpose_that_needs_consent(self):
        person = self.person.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Anna Petrova has not given it"):
            person.club_family_status = "married"
        consent = self._give("dates")
        person.club_family_status = "married"
        self.assertEqual(self._rows("club_family_status").consent_id, consent)
        self._give("dates", given=False)
        self.assertFalse(self.person.club_family_status)
        rows = self._rows("club_family_status")
        self.assertEqual(rows[-1].state, "withdrawn")
        self.assertFalse([r for r in rows if r.value or r.previous])
        with self.assertRaises(UserError):
            person.club_family_status = "single"

    def test_a_portrait_is_the_persons_own_words(self):
        self._give("portrait")
        sheet = self.env["club.profile.private"].create({"partner_id": self.person.id})
        with self.assertRaisesRegex(UserError, "own answers only"):
            sheet.with_user(self.manager).risk = "seek"
        self.person._club_capture({self._point("risk"): "seek"}, "survey", "s,1")
        self.assertEqual(sheet.risk, "seek")
        self.assertTrue(self._rows("risk").is_confidential)

    def test_consents_keep_their_words_and_history(self):
        given = self._give("dates")
        self.assertIn("I agree", given.wording)
        self.assertEqual(self._give("dates"), given)
        refused = self._give("dates", given=False)
        self.assertTrue(given.closed_at)
        self.assertEqual(refused.answer, "refused")


@tagged("post_install", "-at_install", "security")
class TestConfidential(ProfileCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sheet = cls.env["club.profile.private"].create(
            {"partner_id": cls.person.id, "segment": "private"}
        )

    def test_for_the_own_manager_and_the_head_only(self):
        for user in (self.manager, self.club_manager):
            self.assertEqual(self.sheet.with_user(user).segment, "private")
        other = self.sheet.with_user(self.other_manager)
        with self.assertRaises(AccessError):
            other.read(["segment"])
        guess = [("club_private_ids.segment", "=", "private")]
        people = self.env["res.partner"].with_user(self.other_manager)
        self.assertFalse(people.search([("id", "=", self.person.id), *guess]))
        self.assertTrue(
            people.with_user(self.manager).search([("id", "=", self.person.id), *guess])
        )
        ledger = self.Value.with_user(self.other_manager)
        self.assertFalse(ledger.search([("partner_id", "=", self.person.id)]))

    def test_reading_is_noted_once_an_hour(self):
        Access = self.env["club.profile.access"]
        for _time in range(2):
            self.env.invalidate_all()
            self.sheet.with_user(self.manager).read(["segment"])
        noted = Access.search([("partner_id", "=", self.person.id)])
        self.assertEqual(noted.user_id, self.manager)

    def test_the_ledger_tells_it_too(self):
        self.env.invalidate_all()
        self._rows("segment").with_user(self.manager).read(["value_label"])
        noted = self.env["club.profile.access"].search([])
        self.assertIn(self.manager, noted.user_id)


@tagged("post_install", "-at_install")
class TestNextQuestion(ProfileCommon):
    def _next(self, audience="member", limit=1):
        return self.person._club_next_points(audience, limit)[self.person.id]

    def test_the_missing_point_worth_most(self):
        best = self._next()
        self.assertEqual(best.weight, max(best.search([]).mapped("weight")))
        self.person._club_capture({best: best._choices()[0][0]}, "member")
        self.assertNotEqual(self._next(), best)

    def test_put_off(self):
        best = self._next()
        self.env["club.profile.skip"]._skip(self.person, best)
        self.assertNotEqual(self._next(), best)
        self.env["club.profile.skip"]._skip(self.person, best, "2020-01-01")
        self.assertEqual(self._next(), best)

    def test_stale_counts_half(self):
        self.person.club_birthday = "1980-01-01"
        self.person.club_channel = "phone"
        self._rows("club_channel").confirmed_at = "2020-01-01"
        points = self._next(limit=99)
        self.assertIn(self._point("club_channel"), points)
        self.assertNotIn(self._point("club_birthday"), points)

    def test_nobody_asks_after_a_no(self):
        points = self._next("bot", 99)
        self.assertIn(self._point("risk"), points)
        self._give("portrait", given=False)
        points = self._next("bot", 99)
        self.assertNotIn(self._point("risk"), points)

    def test_a_bot_asks_and_answers(self):
        bot = self.env["res.users"].with_context(no_reset_password=True)
        bot = bot.create(
            {
                "name": "Bot",
                "login": "club_bot",
                "group_ids": [
                    Command.set(
                        [
                            self.env.ref("base.group_portal").id,
                            self.env.ref("club_community.group_club_bot").id,
                        ]
                    )
                ],
            }
        )
        as_bot = self.person.with_user(bot)
        question = as_bot.club_bot_next_question()
        self.assertTrue(question["question"])
        channel = self._point("club_channel")
        self.assertTrue(as_bot.club_bot_answer(channel.id, "Phone call"))
        self.assertEqual(self.person.club_channel, "phone")
        self.assertEqual(self._rows("club_channel").source, "bot")
        with self.assertRaisesRegex(UserError, "not among the choices"):
            as_bot.club_bot_answer(channel.id, "Pigeon")
        risk = self._point("risk")
        with self.assertRaises(UserError):
            as_bot.club_bot_answer(risk.id, "seek")
        self.assertTrue(as_bot.club_bot_answer(risk.id, "seek", agreed=True))
        with self.assertRaises(AccessError):
            self.person.with_user(self.employee).club_bot_next_question()


@tagged("post_install", "-at_install")
class TestLists(ProfileCommon):
    def test_rows_written_through_the_card_are_one_fact(self):
        self.person.club_goal_ids = [Command.create({"name": "Find a partner"})]
        goal = self.person.club_goal_ids
        self.person.club_goal_ids = [
            Command.update(goal.id, {"progress": 50}),
            Command.create({"name": "Learn to sail"}),
        ]
        first, second = self._rows("club_goal_ids")
        self.assertEqual((first.state, second.state), ("replaced", "current"))
        self.assertEqual(second.previous, first.value)
        point = self._point("club_goal_ids")
        self.person._club_capture({point: [["Sell", 0, None, None]]}, "member")
        self.assertEqual(self.person.club_goal_ids.mapped("name"), ["Sell"])
        self.assertEqual(
            self._rows("club_goal_ids").mapped("state"),
            ["replaced", "replaced", "current"],
        )

    def test_a_row_of_its_own_needs_the_consent_too(self):
        values = {"partner_id": self.person.id, "name": "Petya"}
        Relative = self.env["club.relative"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "consent"), self.cr.savepoint():
            Relative.create(values)
        self._give("dates")
        self.assertTrue(Relative.create(values))

    def test_reading_a_ledger_without_confidential_facts(self):
        self.person.club_pets = "A cat"
        self.env.invalidate_all()
        row = self._rows("club_pets").with_user(self.manager)
        self.assertEqual(row.value, "A cat")
