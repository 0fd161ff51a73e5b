import psycopg2.errors
from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ClubCommon

DRIVERS = "odoo.addons.club_community.models.membership.club_entitlement_sync"


class AccessCommon(ClubCommon):
    """A plan that opens its level, a channel, the member group and four visits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env.ref("club_community.group_club_member")
        circle = cls.env.ref("club_community.group_club_circle")
        cls.channel = cls.env["discuss.channel"].create(
            {"name": "Gold circle", "group_public_id": circle.id}
        )
        cls.benefit = cls.env["club.benefit"].create({"name": "Lounge visit"})
        cls._open_by(
            cls.plan,
            {"kind": "channel", "channel_id": cls.channel.id},
            {"kind": "group", "group_id": cls.group.id},
            {"kind": "service", "benefit_id": cls.benefit.id, "quantity": 4},
        )
        cls.user = new_test_user(
            cls.env,
            "club_anna",
            "base.group_portal",
            partner_id=cls.member.id,
            name="Anna",
        )

    @classmethod
    def _open_by(cls, plan, *lines):
        cls.env["club.plan.entitlement"].create(
            [{"plan_id": plan.id, **line} for line in lines]
        )

    def _rows(self, partner=None, **vals):
        partner = partner or self.member
        domain = [("partner_id", "=", partner.id)]
        domain += [(name, "=", value) for name, value in vals.items()]
        return self.env["club.entitlement"].sudo().search(domain, order="id")

    def _read_rows(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self._rows().read()

    def _row(self, kind, partner=None):
        """The latest row of a kind."""
        return self._rows(partner, kind=kind)[-1:]

    def _is_in(self, partner=None, channel=None):
        partner = partner or self.member
        return partner in (channel or self.channel).sudo().channel_partner_ids

    def _real(self, partner=None, user=None):
        """What a person really has, whatever the ledger says."""
        partner, user = partner or self.member, user or self.user
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            kind
            for kind, has in (
                ("level", partner.grade_id == self.level),
                ("prices", partner.property_product_pricelist == self.pricelist),
                ("channel", self._is_in(partner)),
                ("group", self.group in user.group_ids),
                ("service", self._rows(partner, kind="service", state="given")),
            )
            if has
        }

    ALL = {"level", "prices", "channel", "group", "service"}

    def _assert_all_open(self):
        self.assertEqual(self._real(), self.ALL)
        self.assertEqual(
            sorted(self._rows(state="given").mapped("kind")),
            ["channel", "group", "level", "service"],
        )

    def _assert_all_closed(self, because):
        self.assertEqual(self._real(), set())
        self.assertFalse(self._rows(state="given"))
        self.assertEqual(
            self._rows(state="taken").mapped("taken_because"), [because] * 4
        )

    def _nightly_check(self):
        """As Odoo runs it, commits included."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "club_community.ir_cron_club_check_entitlements"
            ).sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _refund(self, membership):
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()

    def _after_grace(self, membership):
        membership.sudo()._advance(membership.date_grace_end + relativedelta(days=1))


@tagged("post_install", "-at_install")
class TestAccess(AccessCommon):
    def test_payment_opens_everything_at_once(self):
        invoice = self._invoice(self._sell())
        self.assertEqual(self._real(), set())
        self.assertFalse(self._rows())
        self._pay(invoice)
        self._assert_all_open()
        self.assertEqual(set(self._rows().mapped("given_because")), {"start"})

    def test_refund_takes_everything(self):
        membership = self._sell_and_pay()
        self._refund(membership)
        self._assert_all_closed("refund")

    def test_paid_again_after_the_payment_was_lost_keeps_what_was_used(self):
        membership = self._sell_and_pay()
        self._row("service").action_use()
        membership.sudo()._take_back("waiting", False, "Bounced")
        self._assert_all_closed("refund")
        membership.sudo()._activate()
        self._assert_all_open()
        self.assertEqual(self._row("service").used, 1)
        self.assertEqual(len(self._rows(kind="service")), 1)

    def test_end_keeps_access_in_grace_and_takes_it_after(self):
        membership = self._create_period(
            self.member, self.today - relativedelta(months=11)
        )
        membership.sudo()._advance(membership.date_end + relativedelta(days=1))
        self.assertEqual(membership.state, "grace")
        self._assert_all_open()
        self._after_grace(membership)
        self._assert_all_closed("end")

    def test_pause_takes_and_resuming_gives_again(self):
        membership = self._sell_and_pay().sudo()
        self._row("service").action_use()
        membership.state = "paused"
        membership._on_paused()
        self._assert_all_closed("pause")
        membership.state = "active"
        membership._on_resumed()
        self._assert_all_open()
        self.assertEqual(self._row("service").used, 1)
        self.assertEqual(self._row("channel").given_because, "resume")

    def test_upcoming_opens_nothing_until_the_daily_job_starts_it(self):
        start = self.today + relativedelta(months=1)
        membership = self._sell_and_pay(start=start)
        self.assertEqual(membership.state, "upcoming")
        self.assertFalse(self._rows())
        membership.sudo()._advance(start)
        self._assert_all_open()

    def test_renewal_goes_on_without_a_flicker(self):
        first = self._create_period(self.member, self.today - relativedelta(months=11))
        rows = self._rows() - self._row("service")
        seat = self.env["discuss.channel.member"].search(
            [("channel_id", "=", self.channel.id), ("partner_id", "=", self.member.id)]
        )
        self._row("service").action_use()
        second = self._sell_and_pay()
        (first | second).sudo()._advance(second.date_start)
        self.assertEqual((first.state, second.state), ("expired", "active"))
        self._assert_all_open()
        self.assertEqual(self._rows(state="given") - self._row("service"), rows)
        self.assertEqual(rows.membership_id, second)
        self.assertTrue(seat.exists())
        # what is counted in a period begins anew
        self.assertEqual(self._row("service").used, 0)
        self.assertEqual(len(self._rows(kind="service")), 2)

    def test_renewal_paid_in_grace(self):
        first = self._create_period(
            self.member,
            self.today - relativedelta(months=12, days=3),
            self.today - relativedelta(days=3),
        )
        self.assertEqual(first.state, "grace")
        rows = self._rows() - self._row("service")
        self._sell_and_pay()
        self.assertEqual(first.state, "expired")
        self.assertEqual(self._rows(state="given") - self._row("service"), rows)

    def test_change_of_plan_takes_the_difference(self):
        other = self.env["discuss.channel"].create(
            {"name": "Silver", "group_public_id": self.channel.group_public_id.id}
        )
        silver = self._create_plan(name="Silver")
        self._open_by(
            silver,
            {"kind": "channel", "channel_id": other.id},
            {"kind": "group", "group_id": self.group.id},
        )
        first = self._create_period(self.member, self.today - relativedelta(months=11))
        in_group = self._row("group")
        second = self._sell_and_pay(plan=silver)
        (first | second).sudo()._advance(second.date_start)
        self.assertEqual(self._real(), {"group"})
        self.assertTrue(self._is_in(channel=other))
        self.assertEqual(self._row("group"), in_group)
        self.assertEqual(in_group.line_id.plan_id, silver)

    def test_second_membership_still_opens_it(self):
        family = self.env["club.plan.family"].create({"name": "Guests"})
        guest = self._create_plan(name="Guest", family_id=family.id)
        self._open_by(guest, {"kind": "channel", "channel_id": self.channel.id})
        first = self._sell_and_pay()
        second = self._sell_and_pay(plan=guest)
        row = self._row("channel")
        self._refund(first)
        self.assertEqual(self._real(), {"channel"})
        self.assertEqual(row.state, "given")
        self.assertEqual(row.membership_id, second)
        self._refund(second)
        self.assertEqual(self._real(), set())

    def test_row_stays_with_its_period_while_that_gives_it(self):
        family = self.env["club.plan.family"].create({"name": "Guests"})
        guest = self._create_plan(name="Guest", family_id=family.id, period_months=60)
        self._open_by(guest, {"kind": "channel", "channel_id": self.channel.id})
        first = self._sell_and_pay()
        self._sell_and_pay(plan=guest)
        self.assertEqual(self._row("channel").membership_id, first)

    def test_level_of_one_membership_beside_another_without(self):
        family = self.env["club.plan.family"].create({"name": "Guests"})
        guest = self._create_plan(name="Guest", family_id=family.id, period_months=60)
        self._sell_and_pay()
        self._sell_and_pay(plan=guest)
        self._nightly_check()
        self.assertEqual(self._real(), self.ALL)
        self.assertEqual(self._row("level").state, "given")

    def test_open_twice_is_impossible(self):
        self._sell_and_pay()
        row = self._row("channel")
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            row.copy({"state": "given"})
            self.env.flush_all()

    def test_reconciling_again_changes_nothing(self):
        self._sell_and_pay()
        before = self._read_rows()
        opened, closed = (
            self.env["club.entitlement"].sudo()._reconcile(self.member, "start", "end")
        )
        self.assertFalse(opened | closed)
        self.assertEqual(self._read_rows(), before)


@tagged("post_install", "-at_install")
class TestChannel(AccessCommon):
    def _leave(self):
        channel = self.channel.with_user(self.user)
        channel.action_unfollow()
        self.assertFalse(self._is_in())

    def test_who_left_is_not_put_back(self):
        first = self._create_period(self.member, self.today - relativedelta(months=11))
        self._leave()
        row = self._row("channel")
        self.assertEqual(row.state, "left")
        second = self._sell_and_pay()
        (first | second).sudo()._advance(second.date_start)
        self._nightly_check()
        self.assertFalse(self._is_in())
        self.assertEqual(self._row("channel"), row)
        self.assertEqual(row.membership_id, second)

    def test_nor_after_a_gap(self):
        membership = self._sell_and_pay()
        self._leave()
        self._refund(membership)
        self._sell_and_pay()
        self.assertFalse(self._is_in())
        self.assertEqual(self._real(), self.ALL - {"channel"})

    def test_nor_by_the_auto_subscription_of_stock(self):
        self.channel.group_ids = self.group
        self._sell_and_pay()
        self._leave()
        other = self.env["res.partner"].create({"name": "Boris"})
        user = new_test_user(
            self.env, "club_boris", "base.group_portal", partner_id=other.id
        )
        self._sell_and_pay(other)
        self.assertIn(self.group, user.group_ids)
        self.assertTrue(self._is_in(other))
        self.assertFalse(self._is_in())

    def test_he_may_come_back(self):
        self._sell_and_pay()
        self._leave()
        self._row("channel")._rejoin()
        self.assertTrue(self._is_in())
        self.assertEqual(self._row("channel").given_because, "rejoin")

    def test_but_not_when_his_membership_is_over(self):
        membership = self._sell_and_pay()
        self._leave()
        self._refund(membership)
        self._row("channel")._rejoin()
        self.assertFalse(self._is_in())

    def test_member_can_open_the_channel_and_then_cannot(self):
        membership = self._sell_and_pay()
        seen = self.channel.with_user(self.user)
        self.assertEqual(seen.search([("id", "=", seen.id)]), seen)
        self._refund(membership)
        self.assertFalse(seen.search([("id", "=", seen.id)]))

    def test_deleted_channel_undoes_no_payment(self):
        invoice = self._invoice(self._sell())
        self.channel.unlink()
        self._pay(invoice)
        self.assertEqual(self.member.club_state, "active")
        row = self._row("channel")
        self.assertEqual(row.state, "failed")
        self.assertIn("does not exist any more", row.note)
        self.assertEqual(self._real(), self.ALL - {"channel"})

    def test_deleted_channel_is_found_by_the_check(self):
        self._sell_and_pay()
        self.channel.unlink()
        self._nightly_check()
        self.assertEqual(self._row("channel").state, "failed")

    @mute_logger(DRIVERS)
    def test_error_of_a_driver_costs_nobody_else_his_access(self):
        others = self.env["res.partner"].create([{"name": "Boris"}, {"name": "Vera"}])
        ledger_class = self.registry["club.entitlement"]

        def give_channel(rows):
            if self.member in rows.partner_id:
                raise ZeroDivisionError("no such person")
            return original(rows)

        original = ledger_class._give_channel
        self.patch(ledger_class, "_give_channel", give_channel)
        self.env["club.membership"].create(
            [
                {"partner_id": p.id, "plan_id": self.plan.id, "date_start": self.today}
                for p in others | self.member
            ]
        )
        self.assertEqual(self._row("channel").state, "failed")
        self.assertIn("no such person", self._row("channel").note)
        self.assertEqual(self._real(), self.ALL - {"channel"})
        for other in others:
            self.assertTrue(self._is_in(other))
        self.patch(ledger_class, "_give_channel", original)
        self._nightly_check()
        self._assert_all_open()

    def test_employee_stays_in_the_channel_of_his_work(self):
        self.channel._add_members(users=self.personal_manager)
        colleague = self.personal_manager.partner_id
        membership = self._sell_and_pay(colleague)
        self._refund(membership)
        self.assertTrue(self._is_in(colleague))

    def test_channel_for_employees_is_refused(self):
        staff = self.env["discuss.channel"].create({"name": "Staff"})
        staff.group_public_id = self.env.ref("base.group_user")
        with self.assertRaisesRegex(ValidationError, "open to employees only"):
            self._open_by(self.plan, {"kind": "channel", "channel_id": staff.id})


@tagged("post_install", "-at_install")
class TestGroup(AccessCommon):
    def test_login_that_comes_later(self):
        person = self.env["res.partner"].create({"name": "Boris"})
        self._sell_and_pay(person)
        row = self._row("group", person)
        self.assertEqual(row.state, "pending")
        self.assertIn("no portal login yet", row.note)
        user = new_test_user(
            self.env, "club_boris", "base.group_portal", partner_id=person.id
        )
        self.assertEqual(row.state, "given")
        self.assertFalse(row.note)
        self.assertIn(self.group, user.group_ids)

    def test_portal_access_is_revoked_and_granted_by_stock(self):
        self._sell_and_pay()
        self.user.email = self.member.email
        wizard = (
            self.env["portal.wizard"]
            .with_context(active_ids=self.member.ids)
            .create({"partner_ids": [Command.set(self.member.ids)]})
        )
        wizard.user_ids.action_revoke_access()
        self.assertFalse(self.user.active)
        self.assertNotIn(self.group, self.user.group_ids)
        self.assertEqual(self._row("group").state, "pending")
        wizard.user_ids.action_grant_access()
        self.assertTrue(self.user.active)
        self.assertIn(self.group, self.user.group_ids)
        self.assertEqual(self._row("group").state, "given")

    def test_employee_gets_no_group_of_members(self):
        employee = self.employee.partner_id
        self._sell_and_pay(employee)
        row = self._row("group", employee)
        self.assertEqual(row.state, "pending")
        self.assertIn("employee's login", row.note)
        self.assertTrue(self.employee._is_internal())
        self.assertTrue(self._is_in(employee))

    def test_member_becomes_an_employee(self):
        self._sell_and_pay()
        portal, internal = (
            self.env.ref(f"base.group_{name}") for name in ("portal", "user")
        )
        self.user.write(
            {"group_ids": [Command.unlink(portal.id), Command.link(internal.id)]}
        )
        self.assertTrue(self.user._is_internal())
        self.assertEqual(self._row("group").state, "pending")

    def test_channels_of_the_group_go_with_it(self):
        """Stock puts people into channels with a group, and never out with it."""
        closed = self.env["discuss.channel"].create(
            {
                "name": "By group",
                "group_public_id": self.group.id,
                "group_ids": [Command.link(self.group.id)],
            }
        )
        membership = self._sell_and_pay()
        self.assertTrue(self._is_in(channel=closed))
        self._refund(membership)
        self.assertFalse(self._is_in(channel=closed))

    def test_only_groups_of_portal_users(self):
        for xmlid in ("base.group_user", "base.group_system", "base.group_portal"):
            with self.assertRaisesRegex(ValidationError, "not one of portal users"):
                self._open_by(
                    self.plan, {"kind": "group", "group_id": self.env.ref(xmlid).id}
                )


@tagged("post_install", "-at_install")
class TestBenefit(AccessCommon):
    def test_four_visits_and_no_fifth(self):
        self._sell_and_pay()
        row = self._row("service")
        for left in (3, 2, 1, 0):
            row.action_use()
            self.assertEqual(row.left, left)
        with self.assertRaisesRegex(UserError, "used up"):
            row.action_use()
        self.assertEqual(len(row.use_ids), 4)

    def test_not_after_the_end(self):
        membership = self._sell_and_pay()
        self._refund(membership)
        with self.assertRaisesRegex(UserError, "not open any more"):
            self._row("service").action_use()

    def test_no_limit(self):
        self.plan.entitlement_ids.filtered("benefit_id").quantity = 0
        self._sell_and_pay()
        row = self._row("service")
        for _visit in range(6):
            row.action_use()
        self.assertEqual(row.used, 6)

    def test_mistake_is_taken_back_once(self):
        self._sell_and_pay()
        row = self._row("service")
        row.action_use()
        use = row.use_ids
        use.with_user(self.club_manager).action_undo()
        self.assertEqual((row.used, len(row.use_ids)), (0, 0))
        self.env["club.entitlement.use"].browse(use.ids)._undo()
        self.assertEqual(row.used, 0)

    def test_database_refuses_more_than_there_is(self):
        self._sell_and_pay()
        row = self._row("service")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            row.used = 5
            self.env.flush_all()

    def test_smaller_plan_does_not_break_on_what_was_used(self):
        self._sell_and_pay()
        row = self._row("service")
        row.action_use()
        row.action_use()
        self.plan.entitlement_ids.filtered("benefit_id").quantity = 1
        self._nightly_check()
        self.assertEqual((row.quantity, row.left), (2, 0))


@tagged("post_install", "-at_install")
class TestPlanLines(AccessCommon):
    def test_level_is_the_first_line(self):
        self.assertEqual(self.plan.entitlement_ids[0].kind, "level")
        self.plan.grade_id = False
        self.assertNotIn("level", self.plan.entitlement_ids.mapped("kind"))
        self.plan.grade_id = self.level
        line = self.plan.entitlement_ids.filtered(lambda entry: entry.kind == "level")
        self.assertEqual(line.res_id, self.level.id)

    def test_copy_opens_the_same(self):
        kinds = self.plan.copy().entitlement_ids.mapped("kind")
        self.assertEqual(kinds, self.plan.entitlement_ids.mapped("kind"))

    def test_line_that_was_had_is_archived(self):
        self._sell_and_pay()
        line = self.plan.entitlement_ids.filtered("channel_id")
        line.unlink()
        self.assertTrue(line.exists())
        self.assertFalse(line.active)
        self._nightly_check()
        self.assertEqual(self._real(), self.ALL - {"channel"})
        self.assertEqual(self._row("channel").taken_because, "check")

    def test_new_line_reaches_the_members(self):
        self._sell_and_pay()
        other = self.env["discuss.channel"].create(
            {"name": "New", "group_public_id": self.channel.group_public_id.id}
        )
        self._open_by(self.plan, {"kind": "channel", "channel_id": other.id})
        self._nightly_check()
        self.assertTrue(self._is_in(channel=other))
        self.assertEqual(self._row("channel").given_because, "check")

    def test_nothing_chosen_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Say what"):
            self._open_by(self.plan, {"kind": "channel"})


@tagged("post_install", "-at_install")
class TestMergedPeople(AccessCommon):
    def test_one_person_one_access(self):
        twin = self.env["res.partner"].create({"name": "A. Petrova"})
        self._create_period(self.member, self.today)
        self._create_period(twin, self.today - relativedelta(years=3), plan=self.plan)
        family = self.env["club.plan.family"].create({"name": "Guests"})
        guest = self._create_plan(name="Guest", family_id=family.id, period_months=1)
        self._open_by(guest, {"kind": "channel", "channel_id": self.channel.id})
        self._create_period(twin, self.today, plan=guest)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (twin | self.member).ids, self.member
        )
        self._assert_all_open()
        self.assertEqual(len(self._rows(kind="channel", state="given")), 1)
        self.assertEqual(self._rows(state="taken").taken_because, "merge")
