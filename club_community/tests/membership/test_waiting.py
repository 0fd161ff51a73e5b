from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_application import ApplicationCommon

LOGGER = "odoo.addons.club_community.models.membership.club_plan_capacity"


class WaitingCommon(ApplicationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.capacity = 2
        cls.people = cls.env["res.partner"].create(
            [
                {"name": f"Person {number}", "email": f"p{number}@example.com"}
                for number in range(5)
            ]
        )
        cls.Waiting = cls.env["club.waiting"].sudo()

    def _places(self, plan=None):
        return (
            self.env["club.place"]
            .sudo()
            .search([("plan_id", "=", (plan or self.plan).id)])
        )

    def _holders(self):
        return self._places().partner_id

    def _fill(self):
        return [self._sell_and_pay(person) for person in self.people[:2]]

    def _turn(self):
        """The job runs, as often as it must."""
        with self.enter_registry_test_mode():
            self.env.ref("club_community.ir_cron_club_waiting").method_direct_trigger()
        self.env.invalidate_all()

    def _wait(self, *people):
        return self.Waiting.union(
            *(self.Waiting._join(self.plan, person) for person in people)
        )

    def _later(self, **delta):
        """Everything that is held has been held so long already."""
        self.env.flush_all()
        seconds = timedelta(**delta).total_seconds()
        for table, column in (
            ("club_place", "held_until"),
            ("club_waiting", "offer_until"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = {column} - {seconds} * interval '1s'"
            )
        self.env.invalidate_all()

    def _refund(self, membership):
        membership.sale_order_id.invoice_ids._reverse_moves().action_post()

    def _pay_late(self, person, order=None):
        """Money for an order that was confirmed when there was a place."""
        self._pay(self._invoice(order))
        return order.order_line.club_membership_ids


@tagged("post_install", "-at_install")
class TestPlaces(WaitingCommon):
    def test_members_take_places(self):
        self._fill()
        self.assertEqual(self._holders(), self.people[:2])
        self.assertFalse(any(self._places().mapped("held_until")))
        with self.assertRaisesRegex(UserError, "nothing was charged"):
            self._sell(self.people[2])
        self.assertEqual(self.plan.place_taken, 2)

    def test_no_limit(self):
        self.plan.capacity = 0
        for person in self.people:
            self._sell(person)
        self.assertFalse(self._places())

    def test_confirmed_order_keeps_a_place_for_a_time(self):
        self._sell(self.people[0])
        self._sell(self.people[1])
        with self.assertRaises(UserError):
            self._sell(self.people[2])
        self._turn()
        self.assertEqual(len(self._holders()), 2)
        self._later(days=4)
        self._turn()
        self.assertFalse(self._holders())
        self._sell(self.people[2])

    def test_renewal_takes_no_second_place(self):
        self._fill()
        self._sell_and_pay(self.people[0])
        self.assertEqual(len(self._holders()), 2)
        self.assertEqual(len(self._places()), 2)

    def test_given_back(self):
        first, second = self._fill()
        self._refund(first)
        self.assertEqual(self._holders(), self.people[1])
        second.sudo()._advance(second.date_end + timedelta(days=1))
        self.assertEqual(self._holders(), self.people[1], "grace keeps the place")
        second.sudo()._advance(second.date_grace_end + timedelta(days=1))
        self.assertFalse(self._holders())

    def test_cancelled_order_gives_back_at_once(self):
        order = self._sell(self.people[0])
        order._action_cancel()
        self.assertFalse(self._holders())
        member = self._sell_and_pay(self.people[1])
        self._sell(self.people[1], confirm=False)._action_cancel()
        self.assertEqual(self._holders(), member.partner_id)

    def test_recorded_and_imported_periods_need_a_place(self):
        self._fill()
        with self.assertRaisesRegex(UserError, "Raise the number of places"):
            self._create_period(self.people[2], self.today)
        self._create_period(self.people[2], "2020-01-01")  # history needs none
        result = (
            self.env["club.membership"]
            .with_user(self.club_manager)
            .load(
                ["partner_id/.id", "plan_id/.id", "date_start"],
                [[str(self.people[3].id), str(self.plan.id), str(self.today)]],
            )
        )
        self.assertIn("has 2 places", result["messages"][0]["message"])

    def test_conscious_override_is_recorded(self):
        self._fill()
        Extra = self.env["club.place.extra"]
        values = {"plan_id": self.plan.id, "partner_id": self.people[2].id}
        with self.assertRaises(AccessError):
            Extra.with_user(self.personal_manager).create({**values, "reason": "x"})
        with self.assertRaisesRegex(UserError, "Say why"):
            Extra.with_user(self.club_manager).create(
                {**values, "reason": " "}
            ).action_give()
        give = Extra.with_user(self.club_manager).create(
            {**values, "reason": "Founder"}
        )
        give.action_give()
        self.assertIn("Founder", "".join(self.plan.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "has a place"):
            give.action_give()
        membership = self._sell_and_pay(self.people[2])
        self.assertEqual(membership.state, "active")
        self.assertEqual(len(self._places()), 3)
        self._refund(membership)
        self.assertEqual(len(self._places()), 2, "it went with its holder")

    def test_limit_set_later(self):
        self.plan.capacity = 0
        for person in self.people[:3]:
            self._sell_and_pay(person)
        self.plan.capacity = 2
        self.assertEqual(self._holders(), self.people[:3])
        self.assertEqual(len(self._places().filtered("is_extra")), 1)
        self.plan.capacity = 4
        self.assertEqual(len(self._places()), 4)
        self.assertFalse(self._places().filtered("is_extra"))
        self.plan.capacity = 1
        self.assertEqual(self._holders(), self.people[:3])
        self.assertEqual(len(self._places().filtered("is_extra")), 2)

    def test_lost_rows_are_made_again(self):
        self._places()[0].unlink()
        self._turn()
        self.assertEqual(len(self._places()), 2)

    def test_recorded_in_a_batch_without_a_query_each(self):
        def count(number):
            plan = self._create_plan(name=f"Plan {number}", capacity=100)
            people = self.env["res.partner"].create(
                [{"name": f"B {number} {index}"} for index in range(number)]
            )
            vals = [
                {"partner_id": p.id, "plan_id": plan.id, "date_start": self.today}
                for p in people
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.env["club.membership"].create(vals)
            self.env.flush_all()
            taken = self._places(plan).filtered("partner_id")
            self.assertEqual(len(taken), number)
            return self.env.cr.sql_log_count - start

        count(2)
        few = count(4)
        self.assertLessEqual(count(40), few)

    def test_trouble_in_the_queue_does_not_undo_a_payment(self):
        order = self._sell(self.people[2])
        self._later(days=4)
        self._turn()
        self._fill()

        def fail(*_args):
            raise ValueError("queue")

        self.patch(self.registry["club.waiting"], "_put_first", fail)
        with mute_logger(
            "odoo.addons.club_community.models.membership.club_plan_capacity"
        ):
            membership = self._pay_late(self.people[2], order)
        self.assertEqual(membership.state, "waiting")
        self.assertTrue(membership.obstacle)


@tagged("post_install", "-at_install")
class TestQueue(WaitingCommon):
    def test_place_freed_is_offered_to_the_next_then_to_the_one_after(self):
        first, _second = self._fill()
        two, three = self._wait(self.people[2], self.people[3])
        self.assertEqual((two | three).mapped("position"), [1, 2])
        self._turn()
        self.assertEqual(two.state, "waiting")
        self._refund(first)
        self._turn()
        self.assertEqual((two.state, three.state), ("offered", "waiting"))
        self.assertEqual(three.position, 1)
        self.assertEqual(two.order_id.state, "sent")
        mail = self.env["mail.mail"].search(
            [("model", "=", "club.waiting"), ("res_id", "=", two.id)]
        )[0]
        self.assertIn(two.order_id.access_token, mail.body_html)
        self._turn()
        self.assertEqual(len(self.Waiting.search([("state", "=", "offered")])), 1)
        self._later(days=4)
        self._turn()
        self.assertEqual((two.state, three.state), ("expired", "offered"))
        self.assertEqual(two.order_id.state, "cancel")
        order = three.order_id
        order.action_confirm()
        self._pay(self._invoice(order))
        self.assertEqual(three.state, "accepted")
        self.assertEqual(self._holders(), self.people[1] | self.people[3])

    def test_newcomers_do_not_pass_the_queue(self):
        first, _second = self._fill()
        self._wait(self.people[2])
        self._refund(first)
        with self.assertRaisesRegex(UserError, "taken or promised"):
            self._sell(self.people[4])
        self._sell_and_pay(self.people[1])  # a renewal may
        self._turn()
        self._sell(self.people[2])

    def test_raised_limit_calls_the_queue(self):
        self._fill()
        entries = self._wait(*self.people[2:5])
        self.plan.capacity = 4
        self._turn()
        self.assertEqual(entries.mapped("state"), ["offered", "offered", "waiting"])

    def test_leaving(self):
        first, _second = self._fill()
        two, three = self._wait(self.people[2], self.people[3])
        self._refund(first)
        self._turn()
        two.with_user(self.club_manager).action_leave()
        self.assertEqual(two.state, "left")
        self.assertEqual(two.order_id.state, "cancel")
        self._turn()
        self.assertEqual(three.state, "offered")

    def test_paid_too_late_is_first_and_starts_when_there_is_room(self):
        order = self._sell(self.people[2])
        self._later(days=4)
        self._turn()
        first, _second = self._fill()
        other = self._wait(self.people[3])
        membership = self._pay_late(self.people[2], order)
        self.assertEqual(membership.state, "waiting")
        self.assertIn("first in the queue", membership.obstacle)
        entry = self.Waiting.search([("partner_id", "=", self.people[2].id)])
        self.assertTrue(entry.is_paid)
        other.invalidate_recordset()
        self.assertEqual((entry.position, other.position), (1, 2))
        self.assertEqual(entry.activity_ids.user_id, self.club_manager)
        self.assertEqual(order.invoice_ids.payment_state, "paid")
        with self.assertRaisesRegex(UserError, "has paid"):
            entry.action_leave()
        self._refund(first)
        self._turn()
        self.assertEqual(membership.state, "active")
        self.assertFalse(membership.obstacle)
        self.assertEqual((entry.state, other.state), ("accepted", "waiting"))
        self.assertEqual(len(self._places()), 2)

    def test_paid_too_late_with_a_place_left_is_a_member(self):
        order = self._sell(self.people[2])
        self._later(days=4)
        self._turn()
        self._sell_and_pay(self.people[0])
        self.assertEqual(self._pay_late(self.people[2], order).state, "active")

    def test_paid_too_late_then_refunded(self):
        order = self._sell(self.people[2])
        self._later(days=4)
        self._turn()
        first, _second = self._fill()
        membership = self._pay_late(self.people[2], order)
        self._refund(membership)
        self._refund(first)
        self._turn()
        entry = self.Waiting.search([("partner_id", "=", self.people[2].id)])
        self.assertEqual((membership.state, entry.state), ("cancelled", "left"))
        self.assertEqual(self._holders(), self.people[1])

    def test_order_changes_with_a_reason_only(self):
        self._fill()
        two, three, four = self._wait(*self.people[2:5])
        Move = self.env["club.waiting.move"]
        for user in (self.club_manager, self.club_admin):
            for values in ({"sequence": 1}, {"is_paid": True}, {"state": "offered"}):
                with self.assertRaises(AccessError):
                    four.with_user(user).write(values)
        values = {"waiting_id": four.id, "position": 1}
        with self.assertRaises(AccessError):
            Move.with_user(self.personal_manager).create({**values, "reason": "x"})
        for vals, sentence in (
            ({"reason": "  "}, "Say why"),
            ({"reason": "x", "position": 0}, "number 1"),
        ):
            with self.assertRaisesRegex(UserError, sentence):
                Move.with_user(self.club_manager).create(
                    {**values, **vals}
                ).action_move()
        Move.with_user(self.club_manager).create(
            {**values, "reason": "Founder"}
        ).action_move()
        entries = two | three | four
        self.assertEqual(entries.mapped("position"), [2, 3, 1])
        self.assertIn("Founder", "".join(four.message_ids.mapped("body")))
        Move.with_user(self.club_manager).create(
            {**values, "reason": "Mistake", "position": 99}
        ).action_move()
        entries.invalidate_recordset()
        self.assertEqual(entries.mapped("position"), [1, 2, 3])

    def test_created_by_rpc_is_at_the_end(self):
        self._fill()
        self._wait(self.people[2])
        entry = (
            self.env["club.waiting"]
            .with_user(self.club_manager)
            .create(
                {
                    "plan_id": self.plan.id,
                    "partner_id": self.people[3].id,
                    "sequence": -5,
                    "is_paid": True,
                    "state": "offered",
                }
            )
        )
        self.assertEqual((entry.state, entry.position), ("waiting", 2))
        self.assertFalse(entry.is_paid)

    def test_offer_that_cannot_be_made_goes_to_the_next(self):
        first, _second = self._fill()
        two, three = self._wait(self.people[2], self.people[3])
        life = self._create_plan(name="Life", period_type="lifetime")
        self._create_period(self.people[2], self.today, plan=life)
        self._refund(first)
        self._turn()
        self.assertEqual((two.state, three.state), ("left", "offered"))
        self.assertIn("for life", "".join(two.message_ids.mapped("body")))

    def test_approved_on_a_full_plan_waits_and_is_offered_in_turn(self):
        first, _second = self._fill()
        lead = self._apply()
        self._approve(lead)
        self.assertEqual(lead.club_application_state, "approved")
        self.assertFalse(lead.order_ids)
        entry = self.Waiting.search([("lead_id", "=", lead.id)])
        self.assertEqual(entry.position, 1)
        self._refund(first)
        self._turn()
        self.assertEqual(lead.order_ids, entry.order_id)
        entry.order_id.action_confirm()
        self._pay(self._invoice(entry.order_id))
        self.assertEqual(lead.club_application_state, "joined")

    def test_approval_keeps_a_place(self):
        lead = self._apply()
        order = self._approve(lead)
        self.assertEqual(self._holders(), lead.partner_id)
        self.assertTrue(order.validity_date)
        self._answer(lead, "refused", reason_id=self.reason.id, send_mail=False)
        self.assertFalse(self._holders())

    def test_views_open(self):
        entry = self._wait(self.people[0])
        Form(entry.with_user(self.club_manager))
        Form(self.plan.with_user(self.club_admin))
        self.env["club.waiting"].with_user(self.personal_manager).get_view(
            self.env.ref("club_community.club_waiting_view_list").id, "list"
        )

    def test_no_query_per_entry(self):
        def count(number):
            plan = self._create_plan(name=f"Plan {number}", capacity=1)
            people = self.env["res.partner"].create(
                [{"name": f"Q {number} {index}"} for index in range(number)]
            )
            self.Waiting.create(
                [{"plan_id": plan.id, "partner_id": p.id} for p in people]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Waiting.search([("plan_id", "=", plan.id)]).read(
                ["position", "partner_id", "state"]
            )
            return self.env.cr.sql_log_count - start

        count(1)
        few = count(3)
        self.assertLessEqual(count(30), few)

    def test_transaction_before_a_charge(self):
        """No transaction is made, so nothing is charged, where no place is left."""
        order = self._sell(self.people[2], confirm=False)
        order.action_quotation_sent()
        self._fill()
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        Method = self.env["payment.method"].sudo().with_context(active_test=False)
        method = Method.search([], limit=1)
        values = {
            "provider_id": provider.id,
            "payment_method_id": method.id,
            "amount": order.amount_total,
            "currency_id": order.currency_id.id,
            "partner_id": self.people[2].id,
            "operation": "online_redirect",
            "sale_order_ids": [(6, 0, order.ids)],
        }
        Transaction = self.env["payment.transaction"].sudo()
        with self.assertRaisesRegex(UserError, "nothing was charged"):
            Transaction.create({**values, "reference": "T1"})
        self.plan.capacity = 3
        Transaction.create({**values, "reference": "T2"})
        place = self._places().filtered(lambda p: p.partner_id == self.people[2])
        self.assertGreater(place.held_until, fields.Datetime.now())
