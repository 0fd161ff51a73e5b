from datetime import timedelta

import psycopg2

from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import JourneyCommon


@tagged("post_install", "-at_install")
class TestActivityKey(JourneyCommon):
    def _vals(self, person, **vals):
        return {
            "partner_id": person.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
            "club_reason": "quiet",
            "user_id": self.personal_manager.id,
            "date_deadline": self.today + timedelta(days=5),
            "summary": "Call",
            **vals,
        }

    def _schedule(self, *vals_list):
        return self.env["mail.activity"]._club_schedule(list(vals_list))

    def test_updated_instead_of_doubled(self):
        first = self._schedule(self._vals(self.member))
        again = self._schedule(
            self._vals(
                self.member,
                summary="Call him today",
                user_id=self.club_manager.id,
                date_deadline=self.today,
            )
        )
        self.assertEqual(first, again)
        self.assertEqual(again.summary, "Call him today")
        self.assertEqual(again.user_id, self.club_manager)
        self.assertEqual(again.date_deadline, self.today)
        self._schedule(self._vals(self.member))
        self.assertEqual(again.date_deadline, self.today, "never farther away")
        self.assertEqual(len(self.member.activity_ids), 1)

    def test_done_ones_make_room_and_stay_in_the_history(self):
        first = self._schedule(self._vals(self.member))
        first.action_feedback("talked")
        second = self._schedule(self._vals(self.member))
        self.assertNotEqual(first, second)
        self.assertFalse(first.active)
        self.assertEqual(first.feedback, "talked")

    def test_twice_in_one_call(self):
        both = self._schedule(self._vals(self.member), self._vals(self.member))
        self.assertEqual(both[0], both[1])
        self.assertEqual(len(self.member.activity_ids), 1)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second(self):
        first = self._schedule(self._vals(self.member))
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            twin = first.copy({"club_reason": "quiet"})
            twin.flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_a_race_is_run_again(self):
        """What a second transaction meets: the row is there, its snapshot is older."""
        self._schedule(self._vals(self.member))
        Activity = type(self.env["mail.activity"])
        self.patch(Activity, "search_fetch", lambda self, *args, **kw: self.browse())
        with self.assertRaises(ConcurrencyError):
            self._schedule(self._vals(self.member))

    def test_queries_do_not_grow(self):
        counts = []
        for number in (3, 30):
            vals_list = [self._vals(person) for person in self._people(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._schedule(*vals_list)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
