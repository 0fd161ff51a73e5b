from datetime import timedelta

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.journey.club_onboarding_gate import REASONS
from .common import JourneyCommon


class OnboardingCommon(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member.club_manager_id = cls.personal_manager
        cls.steps = cls.env["club.onboarding.step"].search([])
        cls.purpose = cls.env["club.consent.purpose"]._get("directory")

    def _begin(self, person=None):
        """The person pays for the first time."""
        self._sell_and_pay(person or self.member)
        return (person or self.member).club_onboarding_ids

    def _line(self, row, fact):
        return row.line_ids.filtered(lambda line: line.step_id.fact == fact)

    def _end_of_transaction(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()

    def _age(self, rows, days):
        """As if they had begun so many days ago."""
        rows.sudo().started_on = self.today - timedelta(days=days - 1)

    def _goal(self, person):
        return self.env["club.goal"].create({"partner_id": person.id, "name": "Sail"})

    def _alerts(self, person):
        return self.env["mail.activity"].search(
            [("res_id", "=", person.id), ("club_reason", "in", REASONS)]
        )

    def _look_nightly(self):
        self._nightly("ir_cron_club_onboarding")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestOnboarding(OnboardingCommon):
    # --- Start ----------------------------------------------------------------------

    def test_starts_with_the_payment(self):
        order = self._sell()
        invoice = self._invoice(order)
        self.assertFalse(self.member.club_onboarding_ids)
        self._pay(invoice)
        row = self.member.club_onboarding_ids
        self.assertEqual(row.membership_id, order.order_line.club_membership_ids)
        self.assertEqual(
            (row.state, row.started_on, row.day), ("running", self.today, 1)
        )
        self.assertEqual(row.line_ids.step_id, self.steps)
        self.assertEqual(len(self.steps), 5)
        self.assertEqual((row.done_count, row.progress), (0, 0))
        self.assertEqual(row.next_line_id.step_id, self.steps[0])
        self.assertEqual(self.member.club_onboarding_state, "running")

    def test_starts_with_the_membership_that_is_paid_early(self):
        start = self.today + timedelta(days=20)
        self._sell_and_pay(start=start)
        row = self.member.club_onboarding_ids
        self.assertEqual((row.started_on, row.day), (start, 0))

    def test_a_renewal_starts_nothing(self):
        row = self._begin()
        self._sell_and_pay()
        self.assertEqual(self.member.club_onboarding_ids, row)

    def test_history_starts_nothing(self):
        self._create_period(self.member, self.today - timedelta(days=60))
        other = self._people(1)
        self.env["club.membership"].with_context(import_file=True).create(
            {
                "partner_id": other.id,
                "plan_id": self.plan.id,
                "date_start": self.today,
            }
        )
        self.assertFalse((self.member | other).club_onboarding_ids)

    def test_a_return_starts_after_a_year_only(self):
        late, soon = self._people(2)
        for person, months in ((late, 30), (soon, 16)):
            self._create_period(person, self.today - relativedelta(months=months))
            self._sell_and_pay(person)
        self.assertEqual(late.club_onboarding_ids.state, "running")
        self.assertFalse(soon.club_onboarding_ids)

    @mute_logger("odoo.sql_db")
    def test_one_is_under_way_per_person(self):
        row = self._begin()
        other = self._begin(self._people(1))
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            other.sudo().partner_id = row.partner_id

    def test_a_refund_stops_it_and_a_new_payment_goes_on(self):
        row = self._begin()
        self._goal(self.member)
        self._end_of_transaction()
        invoice = row.membership_id.sale_order_id.invoice_ids
        reversal = invoice._reverse_moves()
        reversal.action_post()
        self._end_of_transaction()
        self.assertEqual((row.state, row.stopped_by), ("stopped", "ended"))
        self.assertTrue(row.ended_on)
        self.env["club.onboarding"]._start(row.membership_id)
        self.assertEqual((row.state, row.done_count), ("running", 1))

    # --- Facts ----------------------------------------------------------------------

    def test_a_goal_is_a_fact_that_comes_and_goes(self):
        row = self._begin()
        goal = self._goal(self.member)
        self._end_of_transaction()
        line = self._line(row, "goal")
        self.assertEqual((line.source, bool(line.done_on)), ("fact", True))
        self.assertEqual(row.progress, 20)
        goal.unlink()
        self._end_of_transaction()
        self.assertFalse(line.done_on)

    def test_points_of_a_section_are_a_fact(self):
        row = self._begin()
        line = self._line(row, "profile")
        self.member.club_messenger = "@anna"
        self._end_of_transaction()
        self.assertFalse(line.done_on, "three are asked for")
        self.member.write({"club_assistant": "Zoya", "club_second_phone": "+7 900 1"})
        self._end_of_transaction()
        self.assertTrue(line.done_on)

    def test_a_visit_that_is_booked_is_a_fact(self):
        row = self._begin()
        start = fields.Datetime.now() + timedelta(days=3)
        event = self.env["event.event"].create(
            {
                "name": "Dinner",
                "date_begin": start,
                "date_end": start + timedelta(hours=3),
                "event_mail_ids": False,
            }
        )
        place = self.env["event.registration"].create(
            {"event_id": event.id, "partner_id": self.member.id}
        )
        self._end_of_transaction()
        self.assertTrue(self._line(row, "event").done_on)
        place.action_cancel()
        self._end_of_transaction()
        self.assertFalse(self._line(row, "event").done_on)

    def test_three_people_met(self):
        row = self._begin()
        people = self._people(3)
        for number, person in enumerate(people):
            mine = {"partner_id": self.member.id, "other_id": person.id}
            theirs = {"partner_id": person.id, "other_id": self.member.id}
            met = self.env["club.introduction"].create(mine if number else theirs)
            met._met(person)
        self._end_of_transaction()
        self.assertTrue(self._line(row, "people").done_on)
        self.assertEqual(len(row.introduction_ids), 3)

    # --- Ticks ----------------------------------------------------------------------

    def test_a_member_ticks_what_is_his(self):
        row = self._begin()
        with self.assertRaisesRegex(UserError, "noted by itself"):
            self._line(row, "goal")._tick("member")
        line = self._line(row, "people")
        with self.assertRaisesRegex(UserError, "name 3 people"):
            line._tick("member", "Vera, Boris, vera")
        line._tick("member", "Vera,  Boris and Gleb")
        self.assertEqual((line.source, line.note), ("member", "Vera, Boris and Gleb"))
        first = line.done_on
        line._tick("member", "others")
        self.assertEqual((line.done_on, line.note), (first, "Vera, Boris and Gleb"))

    def test_a_manager_ticks_and_takes_back(self):
        row = self._begin()
        lines = row.line_ids.with_user(self.personal_manager)
        lines.action_done()
        self._end_of_transaction()
        self.assertEqual((row.state, row.progress), ("done", 100))
        self.assertEqual(self.member.club_onboarding_state, "done")
        self._line(row, "goal").with_user(self.personal_manager).action_undo()
        self._end_of_transaction()
        self.assertEqual((row.state, row.done_count), ("running", 4))
        self.assertEqual(row.next_line_id.step_id.fact, "goal")

    # --- Gates ----------------------------------------------------------------------

    def test_gate_of_day_ten(self):
        row = self._begin()
        self._age(row, 9)
        self._look_nightly()
        self.assertFalse(self._alerts(self.member))
        self._age(row, 10)
        self._look_nightly()
        alert = self._alerts(self.member)
        self.assertEqual(
            (alert.club_reason, alert.user_id),
            ("onboarding gate 10", self.personal_manager),
        )
        self.assertIn("Meet your manager", alert.note)
        self.assertNotIn("Come to an event", alert.note)
        self.assertEqual((row.gate_seen, row.stalled_gate), (10, 10))
        self.assertTrue(self.member.club_onboarding_stalled)
        stalled = self.env["res.partner"].search(
            [("club_onboarding_stalled", "=", True)]
        )
        self.assertEqual(stalled, self.member)
        self._look_nightly()
        self.assertEqual(self._alerts(self.member), alert)

    def test_missing_steps_that_are_done_end_the_alert(self):
        row = self._begin()
        self._age(row, 12)
        self._look_nightly()
        row.line_ids.filtered(lambda line: line.gate == "10").action_done()
        self._end_of_transaction()
        self.assertFalse(self._alerts(self.member))
        self.assertEqual((row.stalled_gate, row.state), (0, "running"))
        self._age(row, 30)
        self._look_nightly()
        self.assertEqual(self._alerts(self.member).club_reason, "onboarding gate 30")

    def test_the_last_gate_takes_the_place_of_the_first(self):
        row = self._begin()
        self._age(row, 11)
        self._look_nightly()
        self._age(row, 31)
        self._look_nightly()
        self.assertEqual(
            self._alerts(self.member).mapped("club_reason"), ["onboarding gate 30"]
        )
        self._age(row, 91)
        self._look_nightly()
        self.assertEqual((row.state, row.stopped_by), ("stopped", "time"))
        self.assertFalse(self._alerts(self.member))

    def test_on_a_pause_nobody_is_judged(self):
        row = self._begin()
        self._age(row, 15)
        row.membership_id.sudo().state = "paused"
        self._look_nightly()
        self.assertEqual((row.gate_seen, row.state), (0, "running"))

    def test_a_night_without_a_reason_writes_nothing(self):
        row = self._begin()
        self._age(row, 10)
        self._look_nightly()
        self.env.flush_all()
        before = self._versions()
        self._look_nightly()
        self.assertEqual(self._versions(), before)

    def _versions(self):
        self.env.flush_all()
        found = []
        for table in ("club_onboarding", "club_onboarding_line", "mail_activity"):
            self.env.cr.execute(f"SELECT ctid, id FROM {table} ORDER BY id")
            found.append(self.env.cr.fetchall())
        return found

    def test_queries_do_not_grow(self):
        rows = self.env["club.onboarding"]
        for person in self._people(10):
            self._create_period(person, self.today)
            rows |= person.club_onboarding_ids
        self._end_of_transaction()
        self._age(rows, 10)
        counts = []
        for batch in (rows[:1], rows[1:2], rows[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["club.onboarding"].sudo()._look_batch(batch.ids)
            self._end_of_transaction()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(rows.filtered("stalled_gate")), 10)
        self.assertLessEqual(counts[2], counts[1] + 2, counts)

    # --- Rules ----------------------------------------------------------------------

    def test_the_shipped_rules_walk_a_newcomer(self):
        self.rules.with_context(active_test=False).search(
            [("id", "!=", 0)]
        ).active = True
        row = self._begin()
        self._end_of_transaction()
        self.assertEqual(self.member.club_stage_id, self._stage("welcome"))
        self._age(row, 10)
        self._look_nightly()
        self._nightly()
        self.env.invalidate_all()
        self.assertEqual(self.member.club_stage_id, self._stage("stalled"))
        self._line(row, "profile").action_done()
        self._goal(self.member)
        self._line(row, "meeting").action_done()
        self._end_of_transaction()
        self.assertEqual(self.member.club_stage_id, self._stage("met"))
        self._line(row, "event").action_done()
        self._end_of_transaction()
        self.assertEqual(self.member.club_stage_id, self._stage("circle"))
        self._line(row, "people")._tick("member", "Vera, Boris, Gleb")
        self._end_of_transaction()
        self.assertEqual(self.member.club_stage_id, self._stage("settled"))
        moves = self.member.club_stage_move_ids.sorted("id")
        self.assertTrue(all(moves.mapped("why")))
        self.assertFalse(self.rules._moves().circles)


@tagged("post_install", "-at_install")
class TestIntroductions(OnboardingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.circle = cls.env["club.interest"].create({"name": "Sailing of a test"})
        cls.member.club_interest_ids = cls.circle
        cls.people = cls._people(5, club_interest_ids=[Command.set(cls.circle.ids)])

    def _answer(self, given, *people):
        for person in people:
            person._club_answer_consent(self.purpose, given, "member")

    def test_people_like_the_newcomer_are_proposed(self):
        row = self._begin()
        self._answer(False, self.people[4])
        row.with_user(self.personal_manager).action_introduce()
        found = row.introduction_ids
        self.assertEqual(len(found), 3)
        self.assertEqual(found.partner_id, self.member)
        self.assertLess(set(found.other_id), set(self.people[:4]))
        self.assertIn("Sailing", found[0].reason)
        self.assertEqual(found.user_id, self.personal_manager)
        with self.assertRaisesRegex(UserError, "Nobody else"):
            row.with_user(self.personal_manager).action_introduce()

    def test_who_does_not_want_to_be_shown_is_not_introduced(self):
        self._answer(False, self.people[0])
        with self.assertRaisesRegex(UserError, "does not want to be shown"):
            self.env["club.introduction"].create(
                {"partner_id": self.member.id, "other_id": self.people[0].id}
            )

    @mute_logger("odoo.sql_db")
    def test_two_people_once_and_nobody_himself(self):
        model = self.env["club.introduction"]
        model.create({"partner_id": self.member.id, "other_id": self.people[0].id})
        for who, whom, error in (
            (self.people[0], self.member, psycopg2.errors.UniqueViolation),
            (self.member, self.member, psycopg2.errors.CheckViolation),
        ):
            with self.assertRaises(error), self.env.cr.savepoint():
                model.create({"partner_id": who.id, "other_id": whom.id})
                self.env.flush_all()

    def test_what_the_two_see(self):
        model = self.env["club.introduction"]
        self._answer(True, self.people[0])
        for person in self.people[:2]:
            model.create({"partner_id": self.member.id, "other_id": person.id})
        names = [found["name"] for found in model._for_member(self.member)]
        self.assertEqual(names, [self.people[0].name, ""])
        self.assertEqual([f["name"] for f in model._for_member(self.people[0])], [""])
        with self.assertRaisesRegex(UserError, "not yours"):
            model.search([], limit=1)._met(self.people[4])

    def test_merging_two_cards(self):
        model = self.env["club.introduction"]
        one, two, third = self.people[:3]
        self._begin(one)
        self._begin(two)
        kept = model.create({"partner_id": one.id, "other_id": third.id})
        model.create({"partner_id": third.id, "other_id": two.id})
        model.create({"partner_id": one.id, "other_id": two.id})
        self.env["club.membership"].search([("partner_id", "=", two.id)]).sudo().write(
            {"state": "cancelled", "date_start": False, "date_end": False}
        )
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (one | two).ids, one
        )
        self.env.invalidate_all()
        self.assertEqual(one._club_introductions(), kept)
        running = one.club_onboarding_ids.filtered(lambda r: r.state == "running")
        self.assertEqual(len(running), 1)
