from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.tests import freeze_time, tagged

from ..common import ClubCommon


class ComplaintsCommon(ClubCommon):
    """What users of other systems complain about; ``docs/complaints.md`` lists it."""

    def _on(self, day):
        return freeze_time(fields.Datetime.to_datetime(day))

    def _advance_on(self, day):
        """The daily job on a day, without its commits."""
        with self._on(day):
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(day))._advance(day)

    def _credit(self, membership):
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()

    def _person(self, name="Boris", **vals):
        return self.env["res.partner"].create({"name": name, **vals})


@tagged("post_install", "-at_install")
class TestComplaintsOdoo(ComplaintsCommon):
    """Of Odoo's own membership until 18, and of OCA's after it."""

    # --- The state --------------------------------------------------------------------

    def test_bought_again_after_a_credit_note(self):
        """odoo#43667, #39803: the cancelled one kept the person cancelled for ever."""
        first = self._sell_and_pay()
        self._credit(first)
        self.assertEqual(first.state, "cancelled")
        order = self._sell()
        self._invoice(order)
        self.assertEqual(self.member.club_state, "waiting", "invoiced again")
        self._pay(order.invoice_ids)
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(self.member.grade_id, self.level)
        self.assertEqual(
            self.member.club_valid_until, order.order_line.club_membership_ids.date_end
        )

    def test_old_cancellation_does_not_outlive_a_new_payment(self):
        """odoo#104178, #87321: a past date of cancelling won over a paid membership."""
        with self._on(self.today - relativedelta(months=14)):
            past = self._sell()
            self._invoice(past).button_cancel()
            past._action_cancel()
        self.assertEqual(past.order_line.club_membership_ids.state, "cancelled")
        paid = self._sell_and_pay()
        self.assertEqual(paid.state, "active")
        self.assertEqual(self.member.club_state, "active")
        # and the other way round: what is cancelled later leaves the paid one alone
        renewal = self._sell()
        renewal._action_cancel()
        self.assertEqual(self.member.club_state, "active")
        self.assertEqual(self.member.club_valid_until, paid.date_end)

    def test_never_paid_never_was_a_member(self):
        """odoo#54840: an invoice of last year that nobody paid made an old member."""
        with self._on(self.today - relativedelta(months=14)):
            order = self._sell()
            self._invoice(order)
        self._advance_on(self.today)
        self.assertEqual(order.order_line.club_membership_ids.state, "waiting")
        self.assertEqual(self.member.club_state, "waiting")
        self.assertFalse(self.member.club_joined)
        self.assertFalse(self.member.club_number)
        order._action_cancel()
        self.assertNotEqual(self.member.club_state, "former")

    def test_expiry_shows_on_person_and_period_the_next_morning(self):
        """odoo#11767, #91130: the state was computed on payment and then stayed."""
        membership = self._sell_and_pay()
        last = membership.date_grace_end
        self._advance_on(last)
        self.assertEqual(membership.state, "grace")
        self._advance_on(last + relativedelta(days=1))
        self.assertEqual(membership.state, "expired")
        self.assertEqual(self.member.club_state, "former")
        self.assertFalse(self.member.grade_id)

    def test_bought_ahead_begins_by_itself(self):
        """OCA PR 146, 147: whoever bought for a later day never became a member."""
        start = self.today + relativedelta(months=1)
        membership = self._sell_and_pay(start=start)
        self.assertEqual(self.member.club_state, "upcoming")
        self._advance_on(start - relativedelta(days=1))
        self.assertEqual(membership.state, "upcoming")
        self._advance_on(start)
        self.assertEqual(self.member.club_state, "active")

    def test_part_of_the_fee_credited_keeps_the_member(self):
        """OCA's module cancels on any credit note; a discount is no cancellation."""
        membership = self._sell_and_pay()
        credit = membership.sale_order_id.invoice_ids._reverse_moves()
        credit.invoice_line_ids.price_unit = 100
        credit.action_post()
        self.assertEqual(membership.state, "active")

    # --- The dates --------------------------------------------------------------------

    def test_start_after_a_gap_and_without_one(self):
        """OCA#126, #190: three dates, each with one meaning, gap or not."""
        for start in ("2020-01-01", "2023-12-17", "2024-12-17"):
            self._create_period(self.member, start)
        self.assertEqual(str(self.member.club_joined), "2020-01-01")
        self.assertEqual(str(self.member.club_since), "2023-12-17")
        kinds = self.member.club_membership_ids.sorted("date_start").mapped("kind")
        self.assertEqual(kinds, ["new", "return", "renewal"])

    def test_early_renewal_starts_the_day_after(self):
        """OCA#205, #234, erpnext/foundation#193: bought early, no day is lost."""
        first = self._sell_and_pay()
        early = first.date_end - relativedelta(months=2)
        with self._on(early):
            second = self._sell_and_pay()
        self.assertEqual(second.date_start, first.date_end + relativedelta(days=1))
        self.assertEqual(second.date_end, first.date_end + relativedelta(years=1))
        self.assertEqual(self.member.club_since, first.date_start)

    def test_renewals_pile_up_in_a_chain(self):
        """OCA#205: current and future periods both count."""
        periods = [self._sell_and_pay() for _time in range(3)]
        for before, after in zip(periods, periods[1:], strict=False):
            self.assertEqual(after.date_start, before.date_end + relativedelta(days=1))

    def test_a_period_has_a_duration(self):
        """odoo#197228, OCA#216: partnership knows no duration, so no end, no gap."""
        membership = self._sell_and_pay()
        self.assertTrue(membership.date_start and membership.date_end)
        self.assertEqual(self.member.club_valid_until, membership.date_end)
        self._advance_on(membership.date_grace_end + relativedelta(days=1))
        self.assertFalse(self.member.grade_id, "the level goes with the period")

    def test_confirmed_order_gives_no_level(self):
        """Table row 4: partnership gives the level when the order is confirmed."""
        order = self._sell()
        self.assertFalse(self.member.grade_id)
        self._pay(self._invoice(order))
        self.assertEqual(self.member.grade_id, self.level)

    def test_colleagues_and_company_keep_their_own_level(self):
        """Partnership writes the level on the whole company of the buyer."""
        firm = self._person("Firm", is_company=True)
        colleague = self._person("Colleague", parent_id=firm.id)
        self.member.parent_id = firm
        self._sell_and_pay()
        self.assertEqual(self.member.grade_id, self.level)
        self.assertFalse((firm | colleague).grade_id)

    # --- Many -------------------------------------------------------------------------

    def test_one_payer_for_several_members(self):
        """OCA#122, #150, #151, #207: one invoice, each person his own period."""
        firm = self._person("Firm", is_company=True)
        other = self._person()
        order = self._sell(self.member, payer=firm, confirm=False)
        order.order_line = [
            Command.create(
                {"product_id": self.plan.product_id.id, "club_member_id": other.id}
            )
        ]
        order.action_confirm()
        self._pay(self._invoice(order))
        self.assertEqual(order.invoice_ids.partner_id, firm)
        people = self.member | other
        self.assertEqual(people.mapped("club_state"), ["active", "active"])
        self.assertFalse(firm.club_state)

    def test_not_yet_paid_members_are_found(self):
        """OCA#221: those who have not paid yet are wanted in a list, and apart."""
        self._invoice(self._sell())
        paid = self._sell_and_pay(self._person()).partner_id
        find = self.env["res.partner"].with_user(self.club_manager).search
        self.assertEqual(find([("club_state", "=", "waiting")]), self.member)
        self.assertIn(paid, find([("club_state", "=", "active")]))

    def test_two_kinds_of_membership_at_once(self):
        """OCA#93, table row 14: several at a time, where the club wants it."""
        family = self.env["club.plan.family"].create({"name": "Golf"})
        golf = self._create_plan(name="Golf", family_id=family.id)
        both = self._sell_and_pay() | self._sell_and_pay(plan=golf)
        self.assertEqual(both.mapped("state"), ["active", "active"])

    def test_companies_do_not_see_each_others_members(self):
        """OCA#93: plans and memberships of one company are that company's."""
        other = self._create_company(name="Other club")
        foreign_plan = self._create_plan(name="Foreign", company_id=other.id)
        membership = self._sell_and_pay()
        manager = self.club_manager
        self.assertFalse(foreign_plan.with_user(manager).has_access("read"))
        manager.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertFalse(membership.with_user(manager).has_access("read"))

    def test_moving_the_invoice_to_another_contact_does_not_move_the_member(self):
        """Odoo's module rewrote the member with the partner of the invoice."""
        order = self._sell()
        invoice = order._create_invoices()
        invoice.partner_id = self._person("Accountant of the firm")
        invoice.action_post()
        self._pay(invoice)
        membership = order.order_line.club_membership_ids
        self.assertEqual(membership.partner_id, self.member)
        self.assertEqual(membership.state, "active")
