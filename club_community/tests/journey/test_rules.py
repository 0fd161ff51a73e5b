from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import JourneyCommon


@tagged("post_install", "-at_install")
class TestRules(JourneyCommon):
    def _run(self):
        self._nightly()
        self.env.invalidate_all()

    def _moves(self, people):
        return self.env["club.stage.move"].search([("partner_id", "in", people.ids)])

    def test_moves_with_the_rule_and_its_facts(self):
        self.env.ref("base.lang_ru", raise_if_not_found=False)
        field = self.env["ir.model.fields"]._get("res.partner", "club_valid_until")
        rule = self._rule(
            self.here,
            "[('club_state', '=', 'active')]",
            fact_field_ids=field.ids,
        )
        end = self.today + timedelta(days=100)
        self._create_period(self.member, self.today, end)
        self._run()
        self.assertEqual(self.member.club_stage_id, self.here)
        move = self._moves(self.member)
        self.assertEqual(move.rule_id, rule)
        self.assertFalse(move.user_id)
        self.assertEqual(move.facts, {"club_valid_until": str(end)})
        self.assertIn("To Here; Valid Until: ", move.why)

    def test_the_same_night_twice_is_one_night(self):
        people = self._people(5, comment="x")
        self._rule(self.here, f"[('id', 'in', {people.ids})]")
        self._run()
        self.assertEqual(len(self._moves(people)), 5)
        self._run()
        self.assertEqual(len(self._moves(people)), 5)

    def test_dry_run_equals_run(self):
        people = self._people(6)
        self._move(people[:2], self.there)
        rules = self._rule(self.here, f"[('id', 'in', {people[:4].ids})]") + self._rule(
            self.there,
            f"[('id', 'in', {people[3:].ids})]",
            sequence=20,
            from_stage_ids=self.here.ids,
        )
        rules.active = False
        dry = rules._dry_run()
        self.assertFalse(self._moves(people[2:]))
        rules.active = True
        self._run()
        done = self._moves(people).filtered("rule_id").sorted("id")
        self.assertEqual(
            sorted(
                (s.person_id, s.from_id or 0, s.to_id, s.rule_id) for s in dry.steps
            ),
            sorted(
                (
                    m.partner_id.id,
                    m.from_stage_id.id or 0,
                    m.to_stage_id.id,
                    m.rule_id.id,
                )
                for m in done
            ),
        )
        self.assertTrue(done)

    def test_of_one_person_only_the_rules_of_his_stage_are_asked(self):
        """At once after a payment: the answer of the night, for less."""
        one, other = self._people(2)
        self._move(one, self.here)
        mine = f"[('id', 'in', {[one.id, other.id]})]"
        asked = self._rule(self.there, mine, from_stage_ids=self.here.ids)
        further = self._rule(
            self._stage("quiet"), mine, from_stage_ids=self.there.ids, sequence=20
        )
        self._rule(self._stage("heard"), mine, from_stage_ids=self._stage("met").ids)
        self._rule(self.here, mine, comes_from="none", from_nowhere=True)
        night = [s for s in self.rules._moves().steps if s.person_id == one.id]
        looked_at = []
        original = type(self.rules)._conditions

        def conditions(rule):
            looked_at.append(rule)
            return original(rule)

        with patch.object(self.registry["club.stage.rule"], "_conditions", conditions):
            steps = self.rules._moves(one.ids).steps
        self.assertEqual(steps, night)
        self.assertEqual([s.rule_id for s in steps], (asked | further).ids)
        self.assertEqual(looked_at, [asked, further])

    def test_a_rule_that_cannot_be_asked_stops_no_other(self):
        person = self._people(1)
        broken = self._rule(self.there)
        good = self._rule(self.here, f"[('id', '=', {person.id})]", sequence=20)
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE club_stage_rule SET domain = '[("club_gone", "=", 1)]'
                WHERE id = %s""",
            [broken.id],
        )
        self.env.invalidate_all()
        with self.assertLogs(
            "odoo.addons.club_community.models.journey.club_stage_find", "WARNING"
        ) as log:
            steps = self.rules._moves(person.ids).steps
        self.assertEqual([s.rule_id for s in steps], good.ids)
        self.assertEqual(len(log.output), 1)

    def test_several_stages_in_one_night_are_all_in_the_history(self):
        person = self._people(1)
        mine = f"[('id', '=', {person.id})]"
        self._rule(
            self.here, mine, from_nowhere=True, from_stage_ids=[self._stage("heard").id]
        )
        self._rule(self.there, mine, from_stage_ids=self.here.ids, from_nowhere=False)
        self._run()
        self.assertEqual(person.club_stage_id, self.there)
        moves = self._moves(person).sorted("id")
        self.assertEqual(moves.mapped("to_stage_id"), self.here + self.there)
        self.assertEqual(moves[1].from_stage_id, self.here)
        self.assertEqual(moves[1].days, 0)

    def test_rules_that_go_round_move_nobody_and_say_so(self):
        person, other = self._people(2)
        self._move(person, self.here)
        mine = f"[('id', '=', {person.id})]"
        rules = self._rule(
            self.there, mine, from_stage_ids=self.here.ids, from_nowhere=False
        ) + self._rule(
            self.here, mine, from_stage_ids=self.there.ids, from_nowhere=False
        )
        self._rule(self.here, f"[('id', '=', {other.id})]")
        self._run()
        self.assertEqual((person + other).club_stage_id, self.here)
        self.assertEqual(len(self._moves(person)), 1)
        self.assertEqual(rules._dry_run().circles, {person.id: rules.ids})
        run = self.env["club.stage.dry.run"].browse(rules.action_dry_run()["res_id"])
        self.assertEqual((run.person_count, run.circle_count), (0, 1))
        self.assertTrue(run.line_ids.is_circle)

    def test_where_people_come_from(self):
        nowhere, here, elsewhere = self._people(3)
        people = nowhere + here + elsewhere
        self._move(here, self.here)
        self._move(elsewhere, self._stage("quiet"))
        for vals, expected in (
            ({}, nowhere + here + elsewhere),
            ({"from_nowhere": False}, here + elsewhere),
            ({"comes_from": "none"}, nowhere),
            ({"from_stage_ids": self.here.ids}, nowhere + here),
            ({"from_stage_ids": self.here.ids, "from_nowhere": False}, here),
        ):
            rule = self._rule(self.there, f"[('id', 'in', {people.ids})]", **vals)
            with self.subTest(vals):
                moved = {step.person_id for step in rule._dry_run().steps}
                self.assertEqual(moved, {*expected.ids})
            rule.active = False

    def test_whoever_was_placed_by_hand_is_left_there(self):
        person = self._people(1)
        week = self.today + timedelta(days=7)
        self._move(person, self.here, held_until=week)
        rule = self._rule(self.there, f"[('id', '=', {person.id})]")
        self._run()
        self.assertEqual(person.club_stage_id, self.here)
        rule.moves_held = True
        self._run()
        self.assertEqual(person.club_stage_id, self.there)
        self.assertFalse(person.club_stage_held_until)

    def test_days_in_the_stage(self):
        person = self._people(1)
        self._move(person, self.here)
        self._rule(self.there, f"[('id', '=', {person.id})]", min_days=5)
        self._run()
        self.assertEqual(person.club_stage_id, self.here)
        self.env.cr.execute(
            "UPDATE res_partner SET club_stage_since = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=5, hours=1), person.id],
        )
        self._run()
        self.assertEqual(person.club_stage_id, self.there)

    def test_bad_filters_are_refused(self):
        for domain, words in (
            ("[('no_such_field', '=', 1)]", "no filter over contacts"),
            ("__import__('os')", "no filter over contacts"),
            ("[(", "no filter over contacts"),
            ("[('club_stage_id', '=', 1)]", "where people stand"),
        ):
            with self.subTest(domain), self.assertRaisesRegex(ValidationError, words):
                self._rule(self.here, domain)
        with self.assertRaisesRegex(ValidationError, "the same stage"):
            self._rule(self.here, from_stage_ids=self.here.ids)

    def test_archived_people_and_companies_stay_out(self):
        people = self._people(2)
        people[0].active = False
        people[1].is_company = True
        self._rule(self.here, f"[('id', 'in', {people.ids})]")
        self._run()
        self.assertFalse(people.club_stage_id)

    def test_queries_do_not_grow_with_the_people(self):
        counts = []
        for number in (2, 5, 50):  # the first warms up
            people = self._people(number)
            rule = self._rule(self.here, f"[('id', 'in', {people.ids})]")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["club.stage.move"]._carry_out(self.rules._moves())
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(people.club_stage_id, self.here)
            rule.active = False
        self.assertEqual(*counts[1:])


@tagged("post_install", "-at_install")
class TestShippedRules(JourneyCommon):
    """The shipped rules place people by what happens to them, at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.env["ir.model.data"].search(
            [("module", "=", "club_community"), ("model", "=", "club.stage.rule")]
        )
        cls.rules.browse(data.mapped("res_id")).active = True

    def _stage_now(self, person=None):
        self.env.cr.flush()
        self.env.invalidate_all()
        stage = (person or self.member).club_stage_id
        return stage.code

    def test_at_least_twenty_four_stages_in_five_phases(self):
        stages = self.env["club.stage"].search([("code", "!=", False)])
        self.assertGreaterEqual(len(stages), 24)
        self.assertEqual(len(set(stages.mapped("phase"))), 5)
        for stage in stages:
            with self.subTest(stage.name):
                self.assertTrue(stage.member_step)
                self.assertTrue(stage.inner_action)

    def test_paid_leaves_and_returns(self):
        order = self._sell()
        self.assertEqual(self._stage_now(), "unpaid")
        self._pay(self._invoice(order))
        self.assertEqual(self._stage_now(), "welcome")
        moves = self.member.club_stage_move_ids.sorted("id")
        self.assertTrue(all(move.why for move in moves))

    def test_members_of_before_are_settled_without_a_noise(self):
        self._create_period(
            self.member, self.today - timedelta(days=200), self.today + timedelta(165)
        )
        self.assertEqual(self._stage_now(), "settled")
        self.assertFalse(self.member.activity_ids)

    def test_grace_and_over(self):
        period = self._create_period(
            self.member,
            self.today - timedelta(days=365),
            self.today - timedelta(days=1),
        )
        self._nightly("ir_cron_club_advance")
        self.assertEqual(period.state, "grace")
        self._nightly()
        self.assertEqual(self._stage_now(), "grace")
        later = self._create_period(
            self.member, self.today, self.today + timedelta(days=365)
        )
        self.assertEqual(later.state, "active")
        self.assertEqual(self._stage_now(), "settled")

    def test_history_is_no_coming_and_going(self):
        for years in (3, 2, 1):
            start = self.today - timedelta(days=365 * years + 40)
            self._create_period(self.member, start, start + timedelta(days=300))
            self.env.cr.flush()
        self.assertFalse(self.member.club_stage_move_ids)
        self._create_period(self.member, self.today, self.today + timedelta(days=300))
        self.assertEqual(self._stage_now(), "welcome")
        self.assertEqual(len(self.member.club_stage_move_ids), 1)

    def test_renewal_is_ahead(self):
        self._create_period(
            self.member,
            self.today - timedelta(days=300),
            self.today + timedelta(days=65),
        )
        self._nightly()
        self.assertEqual(self._stage_now(), "renewal")
