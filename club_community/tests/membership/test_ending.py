from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestEnding(ClubCommon):
    def _advance_on(self, day):
        """What the daily job does with everything due on a day, without commits."""
        with freeze_time(fields.Datetime.to_datetime(day)):
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(day))._advance(day)

    def test_active_grace_expired(self):
        membership = self._sell_and_pay()
        end = membership.date_end
        self._advance_on(end)
        self.assertEqual(membership.state, "active")
        self._advance_on(end + relativedelta(days=1))
        self.assertEqual(membership.state, "grace")
        self.assertEqual(self.member.grade_id, self.level, "grace keeps access")
        self._advance_on(end + relativedelta(days=14))
        self.assertEqual(membership.state, "grace")
        self._advance_on(end + relativedelta(days=15))
        self.assertEqual(membership.state, "expired")
        self.assertEqual(self.member.club_state, "former")
        self.assertFalse(self.member.grade_id)
        self.assertNotEqual(self.member.property_product_pricelist, self.pricelist)

    def test_next_period_chains_to_the_day_after_the_end(self):
        first = self._sell_and_pay()
        second = self._sell_and_pay()
        self.assertEqual(second.state, "upcoming")
        self.assertEqual(second.date_start, first.date_end + relativedelta(days=1))
        self.assertEqual(self.member.club_membership_id, first)
        self.assertEqual(self.member.club_valid_until, second.date_end)
        self._advance_on(second.date_start)
        self.assertEqual((first.state, second.state), ("expired", "active"))
        self.assertEqual(self.member.club_membership_id, second)
        self.assertEqual(self.member.club_since, first.date_start)
        self.assertEqual(self.member.grade_id, self.level)

    def test_renewal_in_grace_continues_and_after_grace_starts_anew(self):
        start = self.today - relativedelta(years=1, days=5)
        first = self._create_period(self.member, start)
        self.assertEqual(first.state, "grace")
        second = self._sell_and_pay()
        self.assertEqual(second.date_start, first.date_end + relativedelta(days=1))
        self.assertEqual(second.state, "active")
        self.assertEqual(first.state, "expired", "it is continued: no grace is needed")
        self.assertEqual(self.member.club_since, start)

        late = self.env["res.partner"].create({"name": "Late"})
        long_ago = self.today - relativedelta(years=3)
        old = self._create_period(late, long_ago)
        self.assertEqual(old.state, "expired")
        new = self._sell_and_pay(late)
        self.assertEqual(new.date_start, self.today)
        self.assertEqual(late.club_joined, long_ago)
        self.assertEqual(late.club_since, self.today)

    def test_renewal_with_a_wished_gap_leaves_the_grace_days(self):
        first = self._sell_and_pay()
        start = first.date_end + relativedelta(months=3)
        second = self._sell_and_pay(start=start)
        self.assertEqual(second.date_start, start)
        self._advance_on(first.date_end + relativedelta(days=1))
        self.assertEqual(first.state, "grace")
        self._advance_on(start)
        self.assertEqual((first.state, second.state), ("expired", "active"))
        self.assertEqual(self.member.club_since, start)

    def test_running_again_changes_nothing(self):
        membership = self._sell_and_pay()
        day = membership.date_end + relativedelta(days=1)
        self._advance_on(day)
        self.env.flush_all()
        domain = self.env["club.membership"]._due_domain(day)
        self.assertFalse(self.env["club.membership"].search(domain))

    def test_missed_for_months_ends_right(self):
        first = self._sell_and_pay()
        second = self._sell_and_pay()
        self._advance_on(second.date_end + relativedelta(years=1))
        self.assertEqual((first.state, second.state), ("expired", "expired"))

    def test_queries_do_not_grow_with_the_batch(self):
        def people(count):
            partners = self.env["res.partner"].create(
                [{"name": f"Person {index}"} for index in range(count)]
            )
            periods = self.env["club.membership"].create(
                [
                    {
                        "partner_id": partner.id,
                        "plan_id": self.plan.id,
                        "date_start": self.today - relativedelta(months=6),
                    }
                    for partner in partners
                ]
            )
            self.env.flush_all()
            return periods

        day = self.today + relativedelta(months=7)
        counts = []
        for size in (10, 100):
            periods = people(size)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            periods.sudo()._advance(day)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(periods.mapped("state")), {"expired"})
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
