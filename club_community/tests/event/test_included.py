from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.event.event_booking import Seat
from .who_common import WhoCommon


@tagged("post_install", "-at_install")
class TestIncluded(WhoCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event.seats_max = 20
        cls.ticket.price = 100
        cls.benefit = cls.env["club.benefit"].create({"name": "Dinners of tests"})
        cls.line = cls.env["club.plan.entitlement"].create(
            {
                "plan_id": cls.plan.id,
                "kind": "service",
                "benefit_id": cls.benefit.id,
                "quantity": 3,
            }
        )
        cls.ticket.club_benefit_id = cls.benefit
        cls._make_member(cls.vera)
        cls._make_member(cls.olga)
        cls.row = cls._row(cls.vera)

    @classmethod
    def _row(cls, partner):
        return cls.env["club.entitlement"].search(
            [("partner_id", "=", partner.id), ("res_id", "=", cls.benefit.id)]
        )

    def _left(self, partner=None, ticket=None):
        ticket = ticket or self.ticket
        found = ticket._club_included_left(partner or self.vera)
        return found[ticket].left if ticket in found else None

    def _book(self, count=1, booker=None, event=None, **values):
        event = event or self.event
        booker = booker or self.vera
        ticket = event.event_ticket_ids[:1]
        return event._club_book(booker, [Seat(ticket, booker, values=values)] * count)

    def test_shown_and_used_up(self):
        included = self.ticket._club_included_left(self.vera)[self.ticket]
        self.assertEqual(included, (3, 3, "Dinners of tests"))
        self.assertIsNone(self._left(self.ivan))
        registration, order = self._book()
        self.assertFalse(order)
        self.assertEqual(
            (registration.state, registration.club_included), ("open", True)
        )
        self.assertEqual((self.row.used, self._left()), (1, 2))
        self.assertEqual(registration.club_use_ids.entitlement_id, self.row)

    def test_what_is_not_included_is_paid_on_a_line_of_its_own(self):
        registrations, order = self._book(4)
        self.assertEqual(registrations.mapped("club_included"), [True] * 3 + [False])
        self.assertEqual(order.amount_untaxed, 100)
        prices = [(line.product_uom_qty, line.price_unit) for line in order.order_line]
        self.assertEqual(prices, [(3, 0), (1, 100)])
        self.assertIn("Included in your membership", order.order_line[0].name)
        self.assertEqual((self.row.used, self._left()), (3, 0))
        order.action_update_prices()
        self.assertEqual(order.amount_untaxed, 100)
        order.action_confirm()
        self.assertEqual(set(registrations.mapped("state")), {"open"})
        self.assertEqual(self.row.used, 3)
        paid = self._book()
        self.assertEqual(paid[1].amount_untaxed, 100)

    def test_guests_use_those_of_their_host(self):
        guest = self._guest_seat("Guest of hers")
        self.event._club_book(self.vera, [Seat(self.ticket, self.vera), guest])
        self.assertEqual(self.row.used, 2)

    def test_wished_and_not_wished(self):
        _registration, order = self._book(club_included=False)
        self.assertEqual((order.amount_untaxed, self.row.used), (100, 0))
        self._book(3, club_included=True)
        with self.assertRaisesRegex(UserError, "No included place of Vera is left"):
            self._book(club_included=True)
        with self.assertRaisesRegex(UserError, "No included place of Ivan is left"):
            self._book(booker=self.ivan, club_included=True)

    def test_free_event_uses_none(self):
        self.ticket.price = 0
        self._book()
        self.assertEqual(self.row.used, 0)

    def test_at_one_event(self):
        self.line.event_quantity = 1
        self.assertEqual(self._left(), 1)
        registrations, order = self._book(2)
        self.assertEqual(order.amount_untaxed, 100)
        self.assertEqual((self.row.used, self._left()), (1, 0))
        other = self._make_event(5, price=100).event_ticket_ids
        other.club_benefit_id = self.benefit
        self.assertEqual(self._left(ticket=other), 1)
        with self.assertRaisesRegex(UserError, "No included place"):
            self._register(self.vera, club_included=True)

    def test_as_often_as_he_likes(self):
        self.row.sudo().quantity = 0
        self.line.quantity = 0
        self.assertEqual(self._left(), -1)
        self._book(5)
        self.assertEqual((self.row.used, self._left()), (5, -1))

    # --- Given back, once -----------------------------------------------------------

    def test_cancelled_twice_is_given_back_once(self):
        first, _order = self._book()
        self._book()
        first.action_cancel()
        self.assertEqual(self.row.used, 1)
        first.action_cancel()
        first._club_give_uses_back()
        first.active = False
        first.unlink()
        self.assertEqual(self.row.used, 1)

    def test_confirmed_again_uses_one_again(self):
        first, _order = self._book()
        first.action_cancel()
        first.action_confirm()
        self.assertEqual(self.row.used, 1)
        first.action_cancel()
        self._book(3)
        with self.assertRaisesRegex(UserError, "No included place"):
            first.action_confirm()

    def test_deleted(self):
        first, _order = self._book()
        first.unlink()
        self.assertEqual(self.row.used, 0)

    def test_order_cancelled_or_deleted(self):
        _registrations, order = self._book(4)
        order._action_cancel()
        self.assertEqual(self.row.used, 0)
        _registrations, order = self._book(4)
        self.assertEqual(self.row.used, 3)
        order.unlink()
        self.assertEqual(self.row.used, 0)

    def test_hold_given_up(self):
        registrations, _order = self._book(4)
        registrations._club_give_up_hold()
        self.assertEqual(self.row.used, 0)

    def _lapse(self, registrations):
        registrations.club_held_until = fields.Datetime.now() - timedelta(seconds=2)

    def test_hold_that_ended_keeps_nothing(self):
        registrations, order = self._book(4)
        self._lapse(registrations)
        self.assertEqual(self._left(), 3)
        again, _order = self._book(3)
        self.assertEqual(set(again.mapped("state")), {"open"})
        self.assertEqual((self.row.used, self._left()), (3, 0))
        with self.assertRaisesRegex(UserError, "No included place"):
            order._club_hold_seats()  # before anything is charged

    def test_hold_that_ended_goes_on(self):
        registrations, order = self._book(4)
        self._lapse(registrations)
        registrations._club_give_uses_back()
        order._club_hold_seats()
        self.assertEqual((self.row.used, self._left()), (3, 0))

    def test_paid_late(self):
        """Money that was taken is not refused: the club is told instead."""
        registrations, order = self._book(4)
        self._lapse(registrations)
        self._book(3)
        order.action_confirm()
        self.assertEqual(self.row.used, 3)
        said = registrations.message_ids.mapped("body")
        self.assertTrue(any("No included place of Vera" in body for body in said))

    def test_another_member_comes(self):
        first, _order = self._book()
        first.club_attendee_id = self.olga
        self.assertEqual((self.row.used, self._row(self.olga).used), (0, 1))
        with (
            self.assertRaisesRegex(UserError, "No included place of Ivan"),
            self.env.cr.savepoint(),
        ):
            first.club_attendee_id = self.ivan
        self.assertEqual(self._row(self.olga).used, 1)

    def test_staff_lets_somebody_else_come(self):
        first, _order = self._book()
        first.club_access_reason = "In her place"
        first.club_attendee_id = self.ivan
        self.assertEqual((self.row.used, first.club_included), (0, False))

    def test_moved_to_another_event(self):
        first, _order = self._book()
        other = self._make_event(5, price=100)
        values = {"event_id": other.id, "event_ticket_id": other.event_ticket_ids.id}
        with (
            self.assertRaisesRegex(UserError, "No included place"),
            self.env.cr.savepoint(),
        ):
            first.write(values)
        other.event_ticket_ids.club_benefit_id = self.benefit
        first.write(values)
        self.assertEqual(self.row.used, 1)

    def test_taken_back_by_a_manager(self):
        first, _order = self._book()
        with self.assertRaisesRegex(UserError, "cancel the registration"):
            first.club_use_ids.action_undo()
        use = self.row._use(self.env.user)
        use.action_undo()
        self.assertEqual(self.row.used, 1)

    def test_membership_that_is_over_includes_nothing(self):
        period = self.row.membership_id
        period.sudo()._take_back("cancelled", "refund", "Refunded")
        self.assertIsNone(self._left())

    def test_left_in_a_constant_number_of_queries(self):
        def queries(tickets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(tickets._club_included_left(self.vera)), len(tickets))
            return self.env.cr.sql_log_count - before

        tickets = self.env["event.event.ticket"]
        for _number in range(33):
            ticket = self._make_event(3, price=100).event_ticket_ids
            ticket.club_benefit_id = self.benefit
            tickets |= ticket
            self._book(event=ticket.event_id, club_included=_number < 3)
        queries(tickets[:3])
        self.assertEqual(queries(tickets[:3]), queries(tickets[3:]))

    def test_template_carries_it_along(self):
        template = self.env["event.type"].create(
            {
                "name": "Dinner",
                "event_type_ticket_ids": [
                    Command.create(
                        {
                            "name": "Dinner",
                            "product_id": self.product.id,
                            "club_benefit_id": self.benefit.id,
                        }
                    )
                ],
            }
        )
        event = self.env["event.event"].create(
            {
                "name": "By template",
                "event_type_id": template.id,
                "date_begin": self.event.date_begin,
                "date_end": self.event.date_end,
            }
        )
        self.assertEqual(event.event_ticket_ids.club_benefit_id, self.benefit)
