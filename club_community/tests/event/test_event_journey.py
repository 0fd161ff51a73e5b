from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ClubCommon
from .common import EventCommon


@tagged("post_install", "-at_install")
class TestEventJourney(ClubCommon, EventCommon):
    """Events and friends move people on the journey (S2.12, S4.02)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.people = cls.env["res.partner"]

    def _stage(self, code):
        return self.env.ref(f"club_community.club_stage_{code}")

    def _place(self, person, code):
        self.env["club.stage.move"].create(
            {
                "partner_id": person.id,
                "to_stage_id": self._stage(code).id,
                "reason": "by a test",
            }
        )

    def _past(self, days):
        start = self.now - timedelta(days=days)
        return self._make_event(
            seats=0, date_begin=start, date_end=start + timedelta(hours=3)
        )

    def _visit(self, person, days, state="done", **values):
        return self.env["event.registration"].create(
            {
                "event_id": self._past(days).id,
                "partner_id": person.id,
                "email": person.email,
                "name": person.name,
                "state": state,
                **values,
            }
        )

    def _end_of_transaction(self):
        self.env.cr.precommit.run()

    def _member(self, name, days=200):
        person = self.people.create({"name": name, "email": f"{name}@example.com"})
        self._create_period(person, self.today - timedelta(days=days))
        person._club_touched(self.now - timedelta(days=1), "call")
        self._end_of_transaction()
        return person

    # --- Facts ----------------------------------------------------------------------

    def test_visits_are_counted_and_found(self):
        for days in (10, 20, 500):
            self._visit(self.vera, days)
        self._visit(self.ivan, 5, state="open")
        # booked by Vera, and Olga came
        self._visit(self.vera, 30, club_attendee_id=self.olga.id, email="o@example.com")
        self.assertEqual(self.vera.club_attended_count, 2)
        self.assertEqual(self.olga.club_attended_count, 1)
        self.assertEqual(self.ivan.club_attended_count, 0)
        everybody = self.vera | self.ivan | self.olga
        among = [("id", "in", everybody.ids)]
        for condition, found in {
            ("club_attended_count", ">=", 2): self.vera,
            ("club_attended_count", "=", 1): self.olga,
            ("club_attended_count", "!=", 1): self.vera | self.ivan,
            ("club_attended_count", "<", 2): self.ivan | self.olga,
            ("club_attended_count", "=", 0): self.ivan,
            ("club_attended_count", ">=", 0): everybody,
            ("club_last_attended_on", ">=", "today -15d"): self.vera,
            ("club_last_attended_on", "<", "today -15d"): self.olga,
            ("club_last_attended_on", "=", False): self.ivan,
            ("club_last_attended_on", "!=", False): self.vera | self.olga,
            ("club_last_invited_on", "=", False): everybody,
        }.items():
            with self.subTest(condition):
                self.assertEqual(self.people.search([condition, *among]), found)

    def test_the_card_says_the_same_person(self):
        """SQL and the field "Who Comes" judge alike."""
        other = {"email": "other@example.com", "name": "Other"}
        for values in (
            {},
            other,
            {"email": False},
            {"email": False, "name": "Other"},
            {"email": False, "name": False},
            {**other, "club_attendee_id": self.olga.id},
        ):
            with self.subTest(values):
                visit = self._visit(self.vera, 40, **values)
                rows = self.env.execute_query(self.people._club_sql_attended())
                found = [
                    person for person, event, _day in rows if event == visit.event_id.id
                ]
                self.assertEqual(found, visit.club_person_id.ids)

    def test_facts_are_the_clubs(self):
        for name in ("club_attended_count", "club_brought_count"):
            with self.assertRaises(AccessError):
                self.people.with_user(self.employee).search([(name, ">", 0)])

    def test_queries_do_not_grow(self):
        people = self.people.create([{"name": f"P {n}"} for n in range(40)])
        for person in people[::4]:
            self._visit(person, 15)
        counts = []
        for some in (people[:4], people):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            some.mapped("club_attended_count")
            some.mapped("club_brought_count")
            some.mapped("club_last_invited_on")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # --- Rules ----------------------------------------------------------------------

    def test_a_stranger_who_came_is_a_guest_at_once(self):
        self._visit(self.vera, 0)
        self._end_of_transaction()
        self.assertEqual(self.vera.club_stage_id, self._stage("guest"))
        move = self.vera.club_stage_move_ids
        self.assertIn("no member", move.why)
        self.assertIn("club_last_attended_on", move.facts)

    def test_a_guest_with_an_inquiry_stays_a_guest(self):
        self._visit(self.vera, 1)
        self.env["crm.lead"].create({"name": "Asks", "partner_id": self.vera.id})
        self._end_of_transaction()
        self.assertEqual(self.vera.club_stage_id, self._stage("guest"))
        self.assertFalse(self.env["club.stage.rule"]._moves(self.vera.ids).circles)

    def test_whoever_is_invited(self):
        invitation = (
            self.env["club.event.invitation"]
            .sudo()
            .create(
                {
                    "event_id": self.event.id,
                    "partner_id": self.ivan.id,
                    "company_id": self.env.company.id,
                }
            )
        )
        self._end_of_transaction()
        self.assertFalse(self.ivan.club_stage_id)
        invitation.write({"state": "sent", "sent_on": self.now})
        self._end_of_transaction()
        self.assertEqual(self.ivan.club_stage_id, self._stage("invited"))

    def test_three_events_make_a_regular_and_less_do_not(self):
        person = self._member("regular")
        self.assertEqual(person.club_stage_id, self._stage("settled"))
        for days in (40, 30):
            self._visit(person, days)
        self._end_of_transaction()
        self.assertEqual(person.club_stage_id, self._stage("settled"))
        third = self._visit(person, 20)
        self._end_of_transaction()
        self.assertEqual(person.club_stage_id, self._stage("regular"))
        third.state = "open"  # the check-in was a mistake
        self._end_of_transaction()
        self.assertEqual(person.club_stage_id, self._stage("settled"))
        rules = self.env["club.stage.rule"]
        self.assertFalse(rules._moves(person.ids).steps)

    def test_of_one_person_the_rules_say_what_they_say_of_all(self):
        """Facts are looked up of him only, but of whoever he is asked by as well."""
        rules = self.env["club.stage.rule"]
        rules.search([("id", ">", 0)]).active = False
        one, guest, other = self.people.create(
            [{"name": name, "email": f"{name}@x.example"} for name in ("A", "B", "C")]
        )
        for days in (10, 20):
            self._visit(one, days)
        guest.club_referrer_id = one
        (one | guest | other).write({"function": "Asked"})
        self._end_of_transaction()
        stage = self._stage("regular")
        for condition, found in (
            ("('club_attended_count', '>=', 2)", one),
            ("('club_attended_count', '<', 2)", guest | other),
            ("('club_last_attended_on', '!=', False)", one),
            ("('club_referrer_id.club_attended_count', '>=', 2)", guest),
            ("('club_referrer_id', 'any', [('club_attended_count', '>=', 2)])", guest),
            ("('club_referrer_id.club_attended_count', '<', 2)", self.people),
        ):
            rule = rules.create(
                {
                    "name": "Asked",
                    "stage_id": stage.id,
                    "domain": f"[('function', '=', 'Asked'), {condition}]",
                }
            )
            everybody = {step.person_id for step in rules._moves().steps}
            self.assertEqual(everybody, set(found.ids), condition)
            for person in one | guest | other:
                steps = rules._moves(person.ids).steps
                self.assertEqual(bool(steps), person in found, (condition, person))
            rule.active = False

    def test_a_booking_asks_no_rule(self):
        waiting = self.env.cr.precommit.data
        self._end_of_transaction()
        self._visit(self.vera, 1, state="open")
        self.assertFalse(waiting.get("club_community.journey"))

    def test_whoever_brings_members(self):
        person = self._member("host")
        friends = self.people.create(
            [{"name": f"F {n}", "club_referrer_id": person.id} for n in range(3)]
        )
        self._end_of_transaction()
        self.assertEqual(person.club_stage_id, self._stage("settled"))
        codes = ("advocate", "advocate", "ambassador")
        for friend, code in zip(friends, codes, strict=True):
            self._create_period(friend, self.today)
            self._end_of_transaction()
            self.assertEqual(person.club_stage_id, self._stage(code))
        person.invalidate_recordset()
        self.assertEqual(person.club_brought_count, 3)
        found = self.people.search([("club_brought_count", ">=", 3)])
        self.assertEqual(found, person)
        nobody = self.env["res.partner"]  # and nobody is taken back for it
        friends.club_was_referred_ids.sudo()._rebind(nobody, "A mistake")
        self._end_of_transaction()
        person.invalidate_recordset()
        self.assertEqual(person.club_brought_count, 0)
        self.assertEqual(person.club_stage_id, self._stage("ambassador"))
