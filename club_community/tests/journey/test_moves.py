from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import JourneyCommon


@tagged("post_install", "-at_install")
class TestMoves(JourneyCommon):
    def test_a_row_moves_the_person(self):
        first = self._move(self.member, self.here)
        self.assertEqual(self.member.club_stage_id, self.here)
        self.assertFalse(first.from_stage_id)
        self.env.cr.execute(
            "UPDATE res_partner SET club_stage_since = club_stage_since - "
            "interval '3 days' WHERE id = %s",
            [self.member.id],
        )
        self.member.invalidate_recordset()
        second = self._move(self.member, self.there, "asked for it")
        self.assertEqual(self.member.club_stage_id, self.there)
        self.assertEqual(self.member.club_phase, "positive")
        self.assertEqual(second.from_stage_id, self.here)
        self.assertAlmostEqual(second.days, 3, delta=0.01)
        self.assertEqual(second.user_id, self.env.user)
        self.assertEqual(second.why, "asked for it")

    def test_back_again_and_several_in_one_call(self):
        moves = self._move(self.member, self.here) + self._move(self.member, self.there)
        moves += self._move(self.member, self.here)
        self.assertEqual(moves.mapped("to_stage_id"), self.here + self.there)
        people = self._people(2)
        self.env["club.stage.move"].create(
            [
                {"partner_id": p.id, "to_stage_id": stage.id, "reason": "twice"}
                for stage in (self.here, self.there)
                for p in people
            ]
        )
        self.assertEqual(people.club_stage_id, self.there)
        self.assertEqual(
            people.club_stage_move_ids.filtered("from_stage_id").from_stage_id,
            self.here,
        )

    @mute_logger("odoo.sql_db")
    def test_no_move_without_a_reason(self):
        for reason in (False, "", "   "):
            with (
                self.subTest(reason),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._move(self.member, self.here, reason)
        self.assertFalse(self.member.club_stage_id)

    @mute_logger("odoo.sql_db")
    def test_not_to_where_one_is(self):
        self._move(self.member, self.here)
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self._move(self.member, self.here)

    def test_a_company_is_not_on_the_journey(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        with self.assertRaisesRegex(ValidationError, "Companies"):
            self._move(firm, self.here)

    def test_not_to_an_archived_stage_and_no_end_of_time(self):
        self.there.active = False
        with self.assertRaisesRegex(ValidationError, "archived"):
            self._move(self.member, self.there)
        for days in (-1, 400):
            with self.assertRaisesRegex(ValidationError, "a year at most"):
                self._move(
                    self.member, self.here, held_until=self.today + timedelta(days)
                )

    def test_a_stage_with_people_is_not_archived(self):
        self._move(self.member, self.here)
        with self.assertRaisesRegex(UserError, "1 people"):
            self.here.active = False

    def test_nobody_types_the_stage(self):
        manager = self.club_manager
        with self.assertRaisesRegex(AccessError, "by a move"):
            self.member.with_user(manager).club_stage_id = self.here
        with self.assertRaisesRegex(AccessError, "by a move"):
            self.env["res.partner"].with_user(manager).create(
                {"name": "X", "club_stage_id": self.here.id}
            )
        with self.assertRaisesRegex(AccessError, "follows by itself"):
            self._move(self.member, self.here, date="2020-01-01 00:00:00")

    def test_history_is_not_written_anew(self):
        move = self._move(self.member, self.here).with_user(self.club_admin)
        with self.assertRaises(AccessError):
            move.reason = "another"
        with self.assertRaises(UserError):
            move.unlink()

    def test_whom_a_personal_manager_moves(self):
        move = self.env["club.stage.move"].with_user(self.personal_manager)
        vals = {"to_stage_id": self.here.id, "reason": "mine"}
        mine, foreign = self._people(2)
        mine.club_manager_id = self.personal_manager
        foreign.club_manager_id = self.club_manager
        move.create({**vals, "partner_id": mine.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            move.create({**vals, "partner_id": foreign.id})
        self.assertEqual(mine.club_stage_id, self.here)
        foreign.invalidate_recordset()
        self.assertFalse(foreign.club_stage_id)

    def test_the_window(self):
        people = self._people(3)
        self._move(people[0], self.here)
        wizard = Form(
            self.env["club.stage.move.wizard"].with_context(
                active_model="res.partner", active_ids=people.ids
            )
        )
        wizard.stage_id = self.here
        self.assertEqual(wizard.already_count, 1)
        wizard.reason = "all of them"
        wizard.save().action_move()
        self.assertEqual(people.club_stage_id, self.here)
        self.assertEqual(len(people.club_stage_move_ids), 3)
        with self.assertRaisesRegex(UserError, "already"):
            wizard.save().action_move()

    def test_stuck_and_forgotten(self):
        stuck, fresh = self._people(2)
        self.here.expected_days = 10
        self._move(stuck + fresh, self.here)
        self.env.cr.execute(
            "UPDATE res_partner SET club_stage_since = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=12), stuck.id],
        )
        (stuck + fresh).invalidate_recordset()
        mine = [("id", "in", (stuck + fresh).ids)]
        find = self.env["res.partner"].search
        self.assertTrue(stuck.club_is_stuck)
        self.assertEqual(stuck.club_stage_days, 12)
        self.assertEqual(find([*mine, ("club_is_stuck", "=", True)]), stuck)
        self.assertEqual(find([*mine, ("club_is_stuck", "=", False)]), fresh)
        fresh.activity_schedule("mail.mail_activity_data_call")
        self.assertEqual(find([*mine, ("club_has_next_step", "=", True)]), fresh)
        self.assertEqual(find([*mine, ("club_has_next_step", "!=", True)]), stuck)
        self.assertEqual([p.club_has_next_step for p in stuck + fresh], [False, True])

    def test_merged_contacts_have_one_history(self):
        one, two = self._people(2)
        self._move(one, self.here)
        self._move(two, self.there)
        self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": person.id,
                    "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                    "club_reason": "same",
                    "user_id": self.env.uid,
                    "date_deadline": self.today,
                }
                for person in one + two
            ]
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((one + two).ids, one)
        self.assertFalse(two.exists())
        self.assertEqual(one.club_stage_id, self.there)
        self.assertEqual(len(one.club_stage_move_ids), 2)
        self.assertEqual(len(one.activity_ids.filtered("club_reason")), 1)
