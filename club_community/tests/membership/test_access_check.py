from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.tests import tagged

from .test_access import AccessCommon


@tagged("post_install", "-at_install")
class TestCheck(AccessCommon):
    def _check(self):
        self._nightly_check()
        return self.env["club.entitlement.check"].sudo().search([], limit=1)

    def _break(self):
        """Everything that can be changed behind the ledger's back."""
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            "DELETE FROM discuss_channel_member WHERE partner_id = %s", [self.member.id]
        )
        cr.execute(
            "DELETE FROM res_groups_users_rel WHERE gid = %s AND uid = %s",
            [self.group.id, self.user.id],
        )
        cr.execute(
            "UPDATE res_partner SET grade_id = NULL WHERE id = %s", [self.member.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def test_what_is_missing_is_given_again(self):
        self._sell_and_pay()
        self._break()
        self.assertEqual(self._real(), {"service"})
        run = self._check()
        self._assert_all_open()
        self.assertEqual((run.given, run.taken, run.failed), (3, 0, 0))
        self.assertTrue(run.finished_on)
        for kind in ("level", "channel", "group"):
            self.assertIn("gave it again", self._row(kind).note)

    def test_what_is_left_over_is_taken(self):
        membership = self._sell_and_pay()
        self._refund(membership)
        self.channel.sudo()._add_members(partners=self.member)
        self.user.with_context(club_drives=True).group_ids = [
            Command.link(self.group.id)
        ]
        run = self._check()
        self.assertEqual(self._real(), set())
        self.assertEqual((run.given, run.taken), (0, 2))
        self.assertIn("took it back", self._row("channel").note)

    def test_period_changed_behind_the_ledger(self):
        membership = self._sell_and_pay()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE club_membership SET state = 'cancelled' WHERE id = %s",
            [membership.id],
        )
        self.env.invalidate_all()
        self.member.modified(["club_membership_ids"])
        run = self._check()
        self._assert_all_closed("check")
        self.assertEqual(run.taken, 4)

    def test_second_run_changes_nothing(self):
        self._sell_and_pay()
        self._break()
        self._check()
        before = self._read_rows()
        run = self._check()
        self.assertEqual((run.given, run.taken, run.failed), (0, 0, 0))
        self.assertGreater(run.people, 0)
        self.assertEqual(self._read_rows(), before)

    def test_goes_on_after_a_kill(self):
        """A run that did not finish is taken up after the last person it noted."""
        self._sell_and_pay()
        other = self.env["res.partner"].create({"name": "Zoe"})
        self._create_period(other, self.today)
        self._break()
        self.channel.channel_member_ids.unlink()
        killed = (
            self.env["club.entitlement.check"]
            .sudo()
            .create({"last_partner_id": self.member.id, "people": 7})
        )
        self.assertEqual(self._check(), killed)
        self.assertTrue(killed.finished_on)
        self.assertEqual(killed.people, 8)
        self.assertTrue(self._is_in(other))
        self.assertFalse(self._is_in())

    def test_guest_of_the_channel_is_left_alone(self):
        guest = self.env["res.partner"].create({"name": "Guest"})
        self.channel._add_members(partners=guest)
        self._check()
        self.assertTrue(self._is_in(guest))


@tagged("post_install", "-at_install")
class TestAccessQueries(AccessCommon):
    """What is given to many costs the queries of a few."""

    # Odoo writes new rows by the hundred, and twenty newcomers have a hundred steps.
    FEW, MANY = 2, 20

    def _people(self, count):
        people = self.env["res.partner"].create(
            [{"name": f"Person {number}"} for number in range(count)]
        )
        portal = self.env.ref("base.group_portal")
        self.env["res.users"].with_context(no_reset_password=True).create(
            [
                {
                    "login": f"person_{person.id}",
                    "partner_id": person.id,
                    "group_ids": [Command.set(portal.ids)],
                }
                for person in people
            ]
        )
        return people

    def _queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _periods(self, people):
        return self.env["club.membership"].create(
            [
                {"partner_id": p.id, "plan_id": self.plan.id, "date_start": self.today}
                for p in people
            ]
        )

    def _assert_flat(self, prepare, function):
        def queries(count):
            prepared = prepare(self._people(count))
            return self._queries(lambda: function(prepared))

        queries(self.FEW)  # fills the caches
        self.assertEqual(queries(self.FEW), queries(self.MANY))

    def test_giving(self):
        self._assert_flat(lambda people: people, self._periods)

    def test_expiring(self):
        late = self.today + relativedelta(years=3)
        self._assert_flat(self._periods, lambda periods: periods.sudo()._advance(late))

    def test_checking(self):
        def check(periods):
            run = self.env["club.entitlement.check"].sudo().create({})
            run._check_people(periods.partner_id)

        self._assert_flat(self._periods, check)

    def test_mending(self):
        def breaks(people):
            periods = self._periods(people)
            self.env.flush_all()
            self.env.cr.execute(
                "DELETE FROM discuss_channel_member WHERE partner_id = ANY(%s)",
                [people.ids],
            )
            return periods

        def check(periods):
            run = self.env["club.entitlement.check"].sudo().create({})
            run._check_people(periods.partner_id)
            self.assertEqual(run.given, len(periods))

        self._assert_flat(breaks, check)
