from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestPausing(ClubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.pause_max_days = 60

    def _in(self, days):
        return self.today + relativedelta(days=days)

    def _on(self, days):
        return freeze_time(fields.Datetime.to_datetime(self._in(days)))

    def _pause(self, membership, start=0, days=30):
        return membership._pause(self._in(start), self._in(start + days), "ill")

    def _daily_job(self, days):
        with self._on(days):
            Pause = self.env["club.membership.pause"].sudo()
            day = self._in(days)
            Pause.search(
                [("state", "=", "running"), ("date_until", "<=", day)]
            )._finish()
            Pause.search([("state", "=", "planned"), ("date_from", "<=", day)])._begin()
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(day))._advance(day)

    def test_access_is_closed_and_the_end_moves(self):
        first, second = self._sell_and_pay(), self._sell_and_pay()
        end, start, second_end = first.date_end, second.date_start, second.date_end
        moved = relativedelta(days=30)
        self._pause(first)
        self.assertEqual(first.state, "paused")
        self.assertEqual(self.member.club_state, "paused")
        self.assertFalse(self.member.grade_id)
        self.assertEqual(first.date_end, end + moved)
        self.assertEqual(
            (second.date_start, second.date_end), (start + moved, second_end + moved)
        )
        self._daily_job(29)
        self.assertEqual(first.state, "paused")
        self._daily_job(30)
        self.assertEqual(first.state, "active")
        self.assertEqual(self.member.grade_id, self.level)
        self.assertEqual(first.date_end, end + moved)
        self.assertEqual(self.member.club_joined, self.today)

    def test_back_early_takes_the_actual_days(self):
        first, second = self._sell_and_pay(), self._sell_and_pay()
        end, start = first.date_end, second.date_start
        pause = self._pause(first)
        with self._on(10):
            first.action_return()
        self.assertEqual((pause.state, pause.date_returned), ("done", self._in(10)))
        self.assertEqual(first.state, "active")
        self.assertEqual(first.date_end, end + relativedelta(days=10))
        self.assertEqual(second.date_start, start + relativedelta(days=10))

    def test_planned_begins_by_the_daily_job(self):
        membership = self._sell_and_pay()
        end = membership.date_end
        self._pause(membership, 5)
        self.assertEqual((membership.state, membership.date_end), ("active", end))
        self._daily_job(5)
        self.assertEqual(membership.state, "paused")
        self.assertEqual(membership.date_end, end + relativedelta(days=30))

    def test_planned_is_taken_back(self):
        membership = self._sell_and_pay()
        end = membership.date_end
        pause = self._pause(membership, 5)
        membership.action_return()
        self.assertEqual(pause.state, "cancelled")
        self._daily_job(5)
        self.assertEqual((membership.state, membership.date_end), ("active", end))
        with self.assertRaisesRegex(UserError, "no pause to end"):
            membership.action_return()

    def test_taken_back_the_same_day_is_as_before(self):
        membership = self._sell_and_pay()
        end = membership.date_end
        self._pause(membership)
        membership.action_return()
        self.assertEqual((membership.state, membership.date_end), ("active", end))

    def test_so_many_days_in_a_year(self):
        membership = self._sell_and_pay()
        with self.assertRaisesRegex(UserError, "allows 60 days"):
            self._pause(membership, 0, 61)
        self._pause(membership, 10, 40)
        with self.assertRaisesRegex(UserError, "would make 61"):
            self._pause(membership, 100, 21)
        with self.assertRaisesRegex(UserError, "in these days already"):
            self._pause(membership, 20, 5)

    def test_what_cannot_be_paused(self):
        membership = self._sell_and_pay()
        with self.assertRaisesRegex(UserError, "today or later"):
            self._pause(membership, -1)
        with self.assertRaisesRegex(UserError, "comes after it"):
            self._pause(membership, 0, 0)
        self.plan.pause_max_days = 0
        with self.assertRaisesRegex(UserError, "knows no pause"):
            self._pause(membership)
        life = self._create_plan(name="Life", period_type="lifetime", pause_max_days=9)
        other = self.env["res.partner"].create({"name": "Vera"})
        with self.assertRaisesRegex(UserError, "Only a running membership"):
            self._pause(self._sell_and_pay(other, life))

    def test_leaving_ends_the_pause(self):
        membership = self._sell_and_pay()
        end = membership.date_end
        self._pause(membership)
        reason = self.env.ref("club_community.leaving_reason_time")
        with self._on(10):
            membership._leave(self._in(10), reason)
        self.assertEqual(membership.date_end, self._in(10))
        self.assertEqual(membership.date_end_paid, end + relativedelta(days=10))

    def test_rested_days_are_not_used_days(self):
        membership = self._sell_and_pay()
        days = (membership.date_end - membership.date_start).days + 1
        self._pause(membership)
        self._daily_job(30)
        share = membership._unused_share(self._in(30))
        self.assertEqual(share, 1)
        self.assertEqual(membership._unused_share(self._in(31)) * days, days - 1)

    def test_queries_do_not_grow_with_the_batch(self):
        counts = []
        for size in (10, 100):
            people = self.env["res.partner"].create(
                [{"name": f"P {index}"} for index in range(size)]
            )
            periods = self.env["club.membership"].create(
                [
                    {
                        "partner_id": person.id,
                        "plan_id": self.plan.id,
                        "date_start": self._in(-10),
                    }
                    for person in people
                ]
            )
            pauses = (
                self.env["club.membership.pause"]
                .sudo()
                .create(
                    [
                        {
                            "membership_id": period.id,
                            "date_from": self.today,
                            "date_until": self._in(20),
                        }
                        for period in periods
                    ]
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            pauses = pauses.with_context(tracking_disable=True)
            pauses._begin()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(periods.mapped("state")), {"paused"})
        self.assertLessEqual(counts[1], counts[0] + 5, counts)
