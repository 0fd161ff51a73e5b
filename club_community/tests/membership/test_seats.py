from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..common import ClubCommon


@tagged("post_install", "-at_install")
class TestSeats(ClubCommon):
    """A company pays for three seats; a family's payer is a member himself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.people = cls.env["res.partner"].create(
            [
                {"name": f"Person {number}", "parent_id": cls.firm.id}
                for number in "1234"
            ]
        )
        cls.company_plan = cls._create_plan(
            name="Company",
            price=3000,
            seats=3,
            for_company=True,
            grade_id=cls.level.id,
        )

    def _contract(self, **kwargs):
        """As flows see it: state and dates of seats are not for users."""
        return self._sell_and_pay(self.firm, self.company_plan, **kwargs).sudo()

    def _fill(self, contract):
        for person in self.people[:3]:
            contract._give_seat(person)
        return contract.seat_ids.sorted("seat_number")

    def _advance_on(self, day):
        with freeze_time(day):
            Membership = self.env["club.membership"].sudo()
            Membership.search(Membership._due_domain(day))._advance(day)

    # --- Giving -------------------------------------------------------------------

    def test_each_has_a_card_and_access_of_his_own(self):
        seats = self._fill(self._contract())
        self.assertEqual(seats.mapped("seat_number"), [1, 2, 3])
        for person in self.people[:3]:
            self.assertEqual(person.club_state, "active")
            self.assertEqual(person.grade_id, self.level)
            self.assertEqual(person.property_product_pricelist, self.pricelist)
        self.assertEqual(len(set(self.people[:3].mapped("club_number"))), 3)
        self.assertFalse(self.firm.grade_id, "a company has no level")
        self.assertFalse(self.people[3].grade_id, "nor has a colleague")
        self.assertEqual(self.company_plan.member_count, 3)
        self.assertEqual(sum(seats.mapped("amount")), 0, "the fee is counted once")

    def test_over_capacity_is_refused(self):
        contract = self._contract()
        self._fill(contract)
        with self.assertRaisesRegex(UserError, "All 3 seats"):
            contract._give_seat(self.people[3])
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.env["club.membership"].sudo().create(
                {**contract._seat_vals(self.people[3], 4), "state": "active"}
            )
            self.env.flush_all()
        self.assertIn("seat_within_contract", str(caught.exception))

    def test_seat_taken_is_refused_by_the_database(self):
        contract = self._contract()
        self._fill(contract)
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            contract.create(contract._seat_vals(self.people[3], 2))
            self.env.flush_all()
        self.assertIn("seat_once", str(caught.exception))

    def test_who_cannot_have_a_seat(self):
        contract = self._contract()
        self._create_period(self.member, self.today)
        with self.assertRaisesRegex(UserError, "has a membership already"):
            contract._give_seat(self.member)
        with self.assertRaisesRegex(UserError, "belongs to a person"):
            contract._give_seat(self.firm)
        contract._give_seat(self.people[0])
        with self.assertRaisesRegex(UserError, "has a membership already"):
            contract._give_seat(self.people[0])
        unpaid = self._sell(self.firm, self.company_plan)
        waiting = unpaid.order_line.club_membership_ids.sudo()
        with self.assertRaisesRegex(UserError, "no seats to give"):
            waiting._give_seat(self.people[1])

    def test_who_may_hold_what(self):
        with self.assertRaisesRegex(UserError, "held by a company"):
            self.company_plan._make_offer(self.member)
        with self.assertRaisesRegex(UserError, "belongs to a person"):
            self.plan._make_offer(self.firm)
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self._create_plan(for_company=True)
            self.env.flush_all()
        self.assertIn("company_has_seats", str(caught.exception))

    def test_employee_orders_for_his_company(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.people[0].id,
                "order_line": [(0, 0, {"product_id": self.company_plan.product_id.id})],
            }
        )
        self.assertEqual(order.order_line.club_member_id, self.firm)

    def test_family(self):
        family = self._create_plan(name="Family", price=1500, seats=2)
        contract = self._sell_and_pay(plan=family).sudo()
        self.assertEqual(self.member.club_state, "active", "the payer is a member")
        contract._give_seat(self.people[0])
        self.assertEqual(self.people[0].club_state, "active")

    # --- Replacing ------------------------------------------------------------------

    def test_replaced_holder_keeps_his_history(self):
        contract = self._contract()
        self._fill(contract)
        day = self.today + relativedelta(months=2)
        old = contract.seat_ids.filtered(lambda s: s.partner_id == self.people[1])
        with freeze_time(day):
            new = old._replace_holder(self.people[3])
            self.assertEqual(old.state, "expired")
            self.assertEqual(old.date_end, day - relativedelta(days=1))
            self.assertEqual((new.date_start, new.seat_number), (day, old.seat_number))
            self.assertEqual(self.people[1].club_state, "former")
            self.assertFalse(self.people[1].grade_id)
            self.assertEqual(self.people[3].grade_id, self.level)
            self.assertEqual(contract.seats_taken, 3)

    def test_replaced_on_the_first_day(self):
        contract = self._contract()
        old = self._fill(contract)[0]
        old._replace_holder(self.people[3])
        self.assertEqual((old.state, old.closed_by), ("cancelled", "replaced"))
        self.assertEqual(contract.seats_taken, 3)

    def test_replaced_in_the_renewal_too(self):
        contract = self._contract()
        seats = self._fill(contract)
        renewal = self._contract()
        self.assertEqual(renewal.seat_ids.partner_id, self.people[:3])
        with freeze_time(self.today + relativedelta(months=1)):
            seats[0]._replace_holder(self.people[3])
        live = renewal.seat_ids.filtered(lambda s: s.state == "upcoming")
        self.assertEqual(live.partner_id, self.people[1:])
        self.assertEqual(sorted(live.mapped("seat_number")), [1, 2, 3])

    def test_freed_seat_can_be_given(self):
        contract = self._contract()
        self._fill(contract)[1].action_free_seat()
        self.assertEqual(contract.seats_taken, 2)
        self.assertEqual(contract._give_seat(self.people[3]).seat_number, 2)

    # --- The contract and its seats ---------------------------------------------------

    def test_payer_leaves_and_the_seats_end(self):
        order = self._sell(self.firm, self.company_plan)
        invoice = self._invoice(order)
        self._pay(invoice)
        contract = order.order_line.club_membership_ids.sudo()
        seats = self._fill(contract)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        action = wizard.refund_moves()
        self.env["account.move"].browse(action["res_id"]).action_post()
        self.assertEqual(contract.state, "cancelled")
        self.assertEqual(set(seats.mapped("state")), {"cancelled"})
        self.assertFalse(self.people.grade_id)

    def test_payment_taken_back_and_made_again(self):
        order = self._sell(self.firm, self.company_plan)
        invoice = self._invoice(order)
        payment = self._pay(invoice)
        seats = self._fill(order.order_line.club_membership_ids.sudo())
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(set(seats.mapped("state")), {"cancelled"})
        lines = (payment.move_id | invoice).line_ids.filtered(
            lambda li: li.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(set(seats.mapped("state")), {"active"})
        self.assertEqual(self.people[:3].grade_id, self.level)

    def test_grace_expiry_and_renewal_in_grace(self):
        contract = self._contract()
        seats = self._fill(contract)
        day = contract.date_end + relativedelta(days=3)
        self._advance_on(day)
        self.assertEqual({contract.state, *seats.mapped("state")}, {"grace"})
        with freeze_time(day):
            with self.assertRaisesRegex(UserError, "grace days"):
                contract._give_seat(self.people[3])
            renewal = self._contract()
        self.assertEqual(renewal.date_start, contract.date_end + relativedelta(days=1))
        self.assertEqual(renewal.seat_ids.partner_id, self.people[:3])
        self.assertEqual(set(renewal.seat_ids.mapped("state")), {"active"})
        self.assertEqual(set(seats.mapped("state")), {"expired"})
        self.assertEqual(self.people[:3].grade_id, self.level)
        self._advance_on(renewal.date_end + relativedelta(days=60))
        self.assertEqual(set(renewal.seat_ids.mapped("state")), {"expired"})
        self.assertEqual(set(self.people[:3].mapped("club_state")), {"former"})

    def test_fewer_seats_at_renewal(self):
        self._fill(self._contract())
        self.company_plan.seats = 2
        renewal = self._contract()
        self.assertEqual(renewal.seat_ids.partner_id, self.people[:2])

    def test_no_seats_no_queries(self):
        membership = self._sell_and_pay()
        self.env.flush_all()
        with self.assertQueryCount(0):
            membership._sync_seats()

    def test_pause_of_the_contract_pauses_its_people(self):
        self.company_plan.pause_max_days = 60
        contract = self._contract()
        seats = self._fill(contract)
        end = contract.date_end
        renewal = self._contract()
        ahead = renewal.seat_ids
        back = self.today + relativedelta(days=30)
        contract._pause(self.today, back)
        self.assertEqual({contract.state, *seats.mapped("state")}, {"paused"})
        self.assertFalse(self.people[0].grade_id)
        self.assertGreater(min(ahead.mapped("date_start")), contract.date_end)
        with freeze_time(self.today + relativedelta(days=10)):  # earlier than planned
            contract._return()
        self.assertEqual({contract.state, *seats.mapped("state")}, {"active"})
        self.assertEqual(self.people[0].grade_id, self.level)
        self.assertEqual(contract.date_end, end + relativedelta(days=10))
        self.assertEqual(set(seats.mapped("date_end")), {contract.date_end})
        self.assertEqual(set(ahead.mapped("date_start")), {renewal.date_start})
        self.assertEqual(renewal.date_start, contract.date_end + relativedelta(days=1))

    def test_payer_who_leaves_takes_his_people_along(self):
        contract = self._contract()
        seats = self._fill(contract)
        reason = self.env.ref("club_community.leaving_reason_time")
        day = self.today + relativedelta(months=3)
        with freeze_time(day):
            contract._leave(day, reason)
        self.assertEqual(set(seats.mapped("date_end")), {day})
        self._advance_on(day + relativedelta(days=1))
        self.assertFalse(set(seats.mapped("state")) & {"active", "grace"})
        self.assertFalse(self.people.grade_id)

    def test_seat_is_not_left_changed_paused_or_renewed(self):
        contract = self._contract()
        seat = self._fill(contract)[0]
        for check in (
            seat._check_may_leave,
            seat._check_may_change,
            seat._check_may_pause,
        ):
            with self.assertRaisesRegex(UserError, "has a seat of “Firm"):
                check()
        with freeze_time(contract.date_end - relativedelta(days=20)):
            self.assertTrue(contract._is_renewal_open())
            self.assertFalse(seat._is_renewal_open())
            both = contract | seat
            self.assertEqual(both._wants_reminders(), contract)
            self.assertEqual(both._wants_auto_renewal(), contract)

    # --- Rights -----------------------------------------------------------------------

    def test_manager_of_another_portfolio_gives_no_seat(self):
        contract = self._contract()
        self.firm.club_manager_id = self.club_manager
        wizard = (
            self.env["club.seat.assign"]
            .with_user(self.personal_manager)
            .create({"contract_id": contract.id, "partner_id": self.people[0].id})
        )
        with self.assertRaises(AccessError):
            wizard.action_assign()
        self.firm.club_manager_id = self.personal_manager
        wizard.action_assign()
        self.assertEqual(self.people[0].club_state, "active")
        seat = contract.seat_ids
        with self.assertRaises(AccessError):
            seat.with_user(self.personal_manager).sudo(False).action_free_seat()

    def test_seat_is_not_made_by_hand(self):
        contract = self._contract()
        vals = contract._seat_vals(self.people[0], 1)
        with self.assertRaises(AccessError):
            self.env["club.membership"].with_user(self.club_manager).create(vals)
        seat = self._fill(contract)[0].with_user(self.club_admin).sudo(False)
        with self.assertRaises(AccessError):
            seat.write({"seat_of_id": False})
