from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ManagerCommon


@tagged("post_install", "-at_install")
class TestHandover(ManagerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.letter = cls.env.ref("club_community.mail_template_handover")

    def _handover(self, **vals):
        return self.env["club.handover"].create(
            {
                "from_manager_id": self.anna.id,
                "to_manager_ids": [Command.set(self.boris.ids)],
                "reason": "Goes on leave",
                "note": "Likes short letters",
                "template_id": self.letter.id,
                **vals,
            }
        )

    def _run(self, handover):
        handover.action_preview()
        handover.action_run()
        self._nightly("ir_cron_club_handover")

    def _activities(self, people, user):
        return self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": person.id,
                    "activity_type_id": self.call.id,
                    "club_reason": "test",
                    "user_id": user.id,
                    "date_deadline": self.today,
                    "summary": "Call",
                }
                for person in people
            ]
        )

    def _meeting(self, *guests, user=None, days=3):
        start = fields.Datetime.now() + timedelta(days=days)
        user = user or self.anna
        return self.env["calendar.event"].create(
            {
                "name": "Talk",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": user.id,
                "partner_ids": [
                    Command.set([user.partner_id.id, *(g.id for g in guests)])
                ],
            }
        )

    def _letters(self, people):
        return self.env["mail.mail"].search(
            [("recipient_ids", "in", people.ids), ("subject", "like", "looks after")]
        )

    def test_all_that_is_open_goes_along(self):
        people = self._given(3, self.anna, email="p@example.com")
        activities = self._activities(people, self.anna)
        lead = self.env["crm.lead"].create(
            {"name": "Wants more", "partner_id": people[0].id, "user_id": self.anna.id}
        )
        on_paper = lead.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.anna.id
        )
        coming = self._meeting(people[0])
        past = self._meeting(people[1], days=-3)
        handover = self._handover()
        self._run(handover)
        self.assertEqual(handover.state, "done")
        self.assertEqual(people.club_manager_id, self.boris)
        self.assertEqual(activities.user_id, self.boris)
        self.assertEqual(on_paper.user_id, self.boris)
        self.assertEqual(coming.user_id, self.boris)
        self.assertEqual(
            coming.partner_ids, self.boris.partner_id | people[0], "Anna does not come"
        )
        self.assertEqual(past.user_id, self.anna)
        self.assertEqual(len(self._letters(people)), 3)
        self.assertIn("Boris M", self._letters(people)[0].subject)
        note = people[1].message_ids.filtered(lambda m: "instead of" in (m.body or ""))
        self.assertEqual(len(note), 1)
        self.assertIn("Likes short letters", note.body)
        terms = people[0].club_assignment_ids.sorted("id")
        self.assertEqual(terms.manager_id, self.anna | self.boris)
        self.assertEqual(terms[-1].reason, "Goes on leave")
        told = handover.activity_ids
        self.assertEqual(told.user_id, self.boris)
        self.assertIn("3 people", told.summary)
        line = handover.line_ids.filtered(lambda row: row.partner_id == people[0])
        self.assertEqual((line.meeting_count, line.is_letter_sent), (1, True))

    def test_what_was_done_stays_the_old_ones(self):
        person = self._given(1, self.anna)
        activity = self._activities(person, self.anna)
        activity.with_user(self.anna).action_feedback(feedback="Talked")
        message = person.with_user(self.anna).message_post(body=self.member.name)
        self._run(self._handover())
        self.assertEqual(message.author_id, self.anna.partner_id)
        done = self.env["mail.activity"].with_context(active_test=False)
        self.assertFalse(
            done.search([("res_id", "=", person.id), ("user_id", "=", self.boris.id)])
        )

    def test_a_meeting_with_others_keeps_the_old_one(self):
        person, other = self._given(1, self.anna), self._given(1, self.anna)
        meeting = self._meeting(person, other)
        self._run(self._handover(partner_ids=person.ids))
        self.assertEqual(other.club_manager_id, self.anna)
        self.assertEqual(meeting.user_id, self.anna)
        self.assertLessEqual(
            self.anna.partner_id | self.boris.partner_id, meeting.partner_ids
        )

    def test_several_share(self):
        people = self._given(8, self.anna)
        self._run(
            self._handover(
                to_manager_ids=[Command.set((self.boris + self.clara).ids)],
                template_id=False,
            )
        )
        counts = {u: len(p) for u, p in people.grouped("club_manager_id").items()}
        self.assertEqual(counts, {self.boris: 4, self.clara: 4})
        self.assertFalse(self._letters(people))

    def test_a_batch_that_dies_leaves_nothing_and_is_done_later(self):
        """Killed processes: tests/test_handover_faults.py."""
        people = self._given(7, self.anna, email="p@example.com")
        activities = self._activities(people, self.anna)
        handover = self._handover()
        handover.action_preview()
        handover.action_run()
        lines = handover.line_ids
        lines[:2]._do()
        for step in ("_move_activities", "_move_meetings", "_note", "_write_letters"):
            original = getattr(self.registry["club.handover.line"], step)

            def die(batch, *arguments, original=original):
                original(batch, *arguments)
                batch.env.flush_all()
                raise KeyboardInterrupt

            with (
                patch.object(self.registry["club.handover.line"], step, die),
                self.assertRaises(KeyboardInterrupt),
                self.env.cr.savepoint(),
            ):
                lines[2:5]._do()
            self.env.invalidate_all()
            self.assertEqual(handover.done_count, 2)
        for _time in (1, 2):
            self._nightly("ir_cron_club_handover")
            self.assertEqual(handover.state, "done")
            self.assertEqual(handover.done_count, 7)
            self.assertEqual(len(self._letters(people)), 7)
            self.assertEqual(activities.user_id, self.boris)
            self.assertEqual(len(people.club_assignment_ids), 14)
            self.assertEqual(len(handover.activity_ids), 1)

    def test_queries_do_not_grow_with_the_people(self):
        counts = []
        for number in (4, 40):
            people = self._given(number, self.anna, email="p@example.com")
            self._activities(people, self.anna)
            self.boris.club_capacity = 1000
            handover = self._handover(partner_ids=people.ids, template_id=False)
            handover.action_preview()
            handover.state = "running"
            counts.append(self._count_queries(handover.line_ids._do))
            self.assertEqual(people.club_manager_id, self.boris)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_bad_input(self):
        self._given(1, self.anna)
        with self.assertRaisesRegex(UserError, "looks after nobody"):
            self._handover(from_manager_id=self.clara.id).action_preview()
        with self.assertRaisesRegex(ValidationError, "to himself"):
            self._handover(to_manager_ids=[Command.set(self.anna.ids)])
        with self.assertRaisesRegex(UserError, "to whom"):
            self._handover(to_manager_ids=False).action_preview()
        handover = self._handover()
        self._run(handover)
        for step in (
            handover.action_preview,
            handover.action_run,
            handover.action_back,
            handover.unlink,
        ):
            with self.assertRaises(UserError):
                step()
        with self.assertRaisesRegex(UserError, "has begun"):
            handover.with_user(self.club_manager).note = "Other"

    def test_from_the_list_of_people(self):
        mine, theirs = self._given(2, self.anna), self._given(1, self.boris)
        action = mine.with_user(self.club_manager).action_club_hand_over()
        self.assertEqual(action["context"]["default_from_manager_id"], self.anna.id)
        with self.assertRaisesRegex(UserError, "people of one manager"):
            (mine | theirs).action_club_hand_over()
