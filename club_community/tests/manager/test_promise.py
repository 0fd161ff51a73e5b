from datetime import timedelta

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ManagerCommon


@tagged("post_install", "-at_install")
class TestPromise(ManagerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._given(1, cls.anna)

    def _promise(self, due=3, made=-10, user=None, **vals):
        return self.env["club.promise"].create(
            {
                "name": "The list of lawyers",
                "partner_id": self.person.id,
                "user_id": (user or self.anna).id,
                "date": self.today + timedelta(days=made),
                "date_due": self.today + timedelta(days=due),
                **vals,
            }
        )

    def _activities(self):
        return self.person.activity_ids.filtered(
            lambda activity: (activity.club_reason or "").startswith("promise")
        )

    def test_kept_in_time_closes_the_activity(self):
        promise = self._promise().with_user(self.anna)
        activity = self._activities()
        self.assertEqual(activity.user_id, self.anna)
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=3))
        self.assertIn("lawyers", activity.summary)
        promise.words = "Sent it"
        promise.action_keep()
        self.assertEqual((promise.state, promise.kept_on), ("kept", self.today))
        self.assertFalse(self._activities())
        said = self.person.message_ids.filtered(lambda m: "Sent it" in (m.body or ""))
        self.assertEqual(len(said), 1)
        with self.assertRaisesRegex(UserError, "settled already"):
            promise.action_keep()

    def test_done_activity_keeps_the_promise(self):
        promise = self._promise(due=-1)
        self.assertEqual(promise.state, "overdue")
        self._activities().with_user(self.anna).action_feedback(feedback="By post")
        self.assertEqual((promise.state, promise.words), ("late", "By post"))

    def test_not_kept_says_why(self):
        promise = self._promise().with_user(self.anna)
        with self.assertRaisesRegex(UserError, "why"):
            promise.action_break()
        promise.words = "The lawyer is ill; told him"
        promise.action_break()
        self.assertEqual(promise.state, "broken")
        self.assertFalse(self._activities())
        promise.action_reopen()
        self.assertEqual(promise.state, "open")
        self.assertEqual(len(self._activities()), 1)

    def test_the_day_stays_as_it_was_said(self):
        promise = self._promise(due=-1).with_user(self.club_manager)
        for vals in (
            {"date_due": self.today},
            {"kept_on": self.today - timedelta(days=3)},
            {"user_id": self.boris.id},
        ):
            with self.assertRaises(AccessError):
                promise.write(vals)
        with self.assertRaisesRegex(AccessError, "first made"):
            promise.create({"kept_on": self.today, "name": "x"})

    def test_the_database_says_so_too(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self._promise(due=-20)

    def test_with_a_hand_over_the_activity_goes_along(self):
        promise = self._promise()
        handover = self.env["club.handover"].create(
            {
                "from_manager_id": self.anna.id,
                "to_manager_ids": self.boris.ids,
                "reason": "Leaves",
            }
        )
        handover.action_preview()
        handover.action_run()
        self._nightly("ir_cron_club_handover")
        self.assertEqual(self._activities().user_id, self.boris)
        self.assertEqual(promise.user_id, self.anna)

    def test_states_are_searched(self):
        rows = {
            "open": self._promise(),
            "overdue": self._promise(due=-1),
            "kept": self._promise(),
            "late": self._promise(due=-1),
            "broken": self._promise(words="No"),
        }
        rows["kept"].action_keep()
        rows["late"].action_keep()
        rows["broken"].action_break()
        everything = self.env["club.promise"].union(*rows.values())
        for state, promise in rows.items():
            self.assertEqual(promise.state, state)
            domain = [("id", "in", everything.ids)]
            self.assertEqual(
                everything.search([("state", "=", state), *domain]), promise
            )
            self.assertEqual(
                everything.search([("state", "!=", state), *domain]),
                (everything - promise).sorted(
                    lambda p: (p.date_due, p.id), reverse=True
                ),
            )

    def test_share_kept_in_time(self):
        kept, late = self._promise(user=self.clara), self._promise(-1, user=self.clara)
        (kept | late).action_keep()
        self._promise(-1, user=self.clara)
        self._promise(user=self.clara)
        ((count, share),) = self.env["club.figure.promise"]._read_group(
            [("user_id", "=", self.clara.id)], [], ["count:sum", "share:avg"]
        )
        self.assertEqual(count, 3)
        self.assertAlmostEqual(share, 33.33, 2)

    def test_removed_with_its_activity(self):
        self._promise().unlink()
        self.assertFalse(self._activities())

    def test_queries_do_not_grow(self):
        counts = []
        for number in (3, 30):
            values = [
                {
                    "name": "A book",
                    "partner_id": person.id,
                    "user_id": self.anna.id,
                    "date_due": self.today,
                }
                for person in self._given(number, self.anna)
            ]
            create = self.env["club.promise"].create
            counts.append(self._count_queries(lambda v=values, c=create: c(v)))
        self.assertLessEqual(counts[1], counts[0] + 2)
