import contextlib
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ...models.event.event_booking import Seat
from .common import EventCommon


@tagged("post_install", "-at_install")
class TestPlaces(EventCommon):
    def _fill(self, count=3):
        return self.env["event.registration"].union(
            *(self._register(self.vera) for _one in range(count))
        )

    def _quota(self, seats, tickets):
        return self.env["club.event.quota"].create(
            {
                "name": "Shared",
                "event_id": tickets.event_id.id,
                "seats": seats,
                "ticket_ids": [Command.set(tickets.ids)],
            }
        )

    def _ticket(self, name, seats=0):
        return self.env["event.event.ticket"].create(
            {
                "name": name,
                "event_id": self.event.id,
                "product_id": self.product.id,
                "seats_max": seats,
            }
        )

    def _morning_and_evening(self, event):
        date = event.date_begin.date()
        event.write(
            {
                "date_begin": fields.Datetime.to_datetime(date),
                "date_end": fields.Datetime.to_datetime(date) + timedelta(hours=23),
            }
        )
        return self.env["event.slot"].create(
            [
                {
                    "event_id": event.id,
                    "date": date,
                    "start_hour": hour,
                    "end_hour": hour + 1,
                }
                for hour in (9, 18)
            ]
        )

    def test_no_place_beyond_the_limit_of_the_event(self):
        self._fill()
        with self.assertRaisesRegex(ValidationError, "1 wanted, 0 left"):
            self._register(self.ivan)

    def test_many_at_once_get_all_or_nothing(self):
        self._fill(2)
        vals = {"event_id": self.event.id, "partner_id": self.ivan.id}
        with self.assertRaisesRegex(ValidationError, "2 wanted, 1 left"):
            self.env["event.registration"].create([vals, vals])
        self.assertEqual(self.event.seats_available, 1)

    def test_cancelled_gives_back_and_cannot_come_back_to_a_full_event(self):
        first, *_others = self._fill()
        first.action_cancel()
        self._register(self.ivan)
        with self.assertRaises(ValidationError):
            first.action_confirm()

    def test_archived_gives_back(self):
        first, *_others = self._fill()
        first.active = False
        self._register(self.ivan)
        with self.assertRaises(ValidationError):
            first.active = True

    def test_a_claim_that_was_rolled_back_takes_nothing(self):
        self._fill(2)
        with contextlib.suppress(KeyError), self.env.cr.savepoint():
            self._register(self.ivan)
            raise KeyError("something else failed")
        self._register(self.ivan)

    def test_moving_to_a_full_ticket_is_refused(self):
        few = self._ticket("Few", 1)
        self._register(self.vera, event_ticket_id=few.id)
        other = self._register(self.ivan, event_ticket_id=self.ticket.id)
        with self.assertRaisesRegex(ValidationError, "Few"):
            other.event_ticket_id = few

    def test_moving_to_a_full_event_is_refused(self):
        full = self._make_event(1)
        self._register(self.vera, full)
        other = self._register(self.ivan)
        with self.assertRaises(ValidationError):
            other.write(
                {"event_id": full.id, "event_ticket_id": full.event_ticket_ids.id}
            )

    def test_who_may_not_register_learns_nothing(self):
        self._fill()
        visitor = new_test_user(self.env, "visitor", groups="base.group_portal")
        vals = {"event_id": self.event.id, "partner_id": self.ivan.id}
        with self.assertRaises(AccessError):
            self.env["event.registration"].with_user(visitor).create(vals)

    def test_the_sender_is_called_when_letters_are_written(self):
        template = self.env.ref("event.event_subscription")
        letter = {"interval_unit": "now", "interval_type": "after_sub"}
        letter["template_ref"] = f"mail.template,{template.id}"
        event = self._make_event(event_mail_ids=[Command.create(letter)])
        sender = self.env.ref("mail.ir_cron_mail_scheduler_action")
        calls = Domain("cron_id", "=", sender.id)
        before = self.env["ir.cron.trigger"].search_count(calls)
        self._register(self.vera, event)
        self.assertGreater(self.env["ir.cron.trigger"].search_count(calls), before)

    def test_quota_over_two_tickets(self):
        guests = self._ticket("Guests")
        quota = self._quota(2, self.ticket + guests)
        self._register(self.vera)
        self.assertEqual((quota.seats_left, guests.seats_available), (1, 1))
        self._register(self.ivan, event_ticket_id=guests.id)
        with self.assertRaisesRegex(ValidationError, "Shared: 1 wanted, 0 left"):
            self._register(self.olga)
        self.assertTrue(guests.is_sold_out)
        [left] = self.event._get_seats_availability([(False, guests)])
        self.assertEqual(left, 0)

    def test_quota_of_another_events_ticket(self):
        with self.assertRaisesRegex(ValidationError, "choose its tickets"):
            self._quota(2, self.ticket).event_id = self._make_event()

    def test_limits_count_per_slot(self):
        event = self._make_event(1, is_multi_slots=True)
        morning, evening = self._morning_and_evening(event)
        self._register(self.vera, event, event_slot_id=morning.id)
        with self.assertRaises(ValidationError):
            self._register(self.ivan, event, event_slot_id=morning.id)
        self._register(self.ivan, event, event_slot_id=evening.id)
        self.assertEqual((morning.seats_available, evening.seats_available), (0, 0))

    def test_slots_of_an_event_that_is_said_to_have_none(self):
        """As in stock, a limit is one of each slot for whoever has one."""
        event = self._make_event(2)
        morning, evening = self._morning_and_evening(event)
        for slot in (morning, morning, evening):
            self._register(self.vera, event, event_slot_id=slot.id)
        self.assertEqual(
            event._get_seats_availability(
                [(morning, event.event_ticket_ids), (evening, event.event_ticket_ids)]
            ),
            [0, 1],
        )
        with self.assertRaisesRegex(ValidationError, "1 wanted, 0 left"):
            self._register(self.ivan, event, event_slot_id=morning.id)
        self._register(self.ivan, event, event_slot_id=evening.id)
        with self.assertRaises(ValidationError):
            self._register(self.ivan, event)

    def test_a_place_given_up_is_taken_anew(self):
        """In one transaction; the limit was lowered before it came back."""
        first, *_others = self._fill()
        first.active = False
        self.event.seats_max = 2
        with self.assertRaises(ValidationError):
            first.active = True
        with self.assertRaises(ValidationError):
            first.write({"active": True, "state": "done"})
        self.event.seats_max = 3
        first.active = True
        self.assertEqual(self.event.seats_available, 0)

    def test_limit_set_after_people_have_registered(self):
        """In one transaction, which nobody else sees."""
        event = self._make_event(0)
        self._register(self.vera, event)
        event.write({"seats_limited": True, "seats_max": 1})
        with self.assertRaises(ValidationError):
            self._register(self.ivan, event)

    def test_lower_limit_takes_nobodys_place(self):
        first, *_others = self._fill()
        self.event.seats_max = 1
        first.action_set_done()
        self.assertEqual(first.state, "done")
        with self.assertRaises(ValidationError):
            self._register(self.ivan)

    # --- Holds --------------------------------------------------------------------

    def test_held_place_is_taken_until_it_ends(self):
        self._fill(2)
        draft = self._register(self.ivan, state="draft")
        draft._club_hold()
        self.assertEqual(
            (self.event.seats_available, self.event.club_seats_held), (0, 1)
        )
        with self.assertRaises(ValidationError):
            self._register(self.olga)
        draft.club_held_until = fields.Datetime.now() - timedelta(seconds=1)
        self._register(self.olga)
        with self.assertRaises(ValidationError):
            draft.action_confirm()

    def test_booking_free_places(self):
        guest = Seat(
            self.ticket,
            name="Guest of Vera",
            email="g@example.com",
            values=self.event._club_guest_consent(),
        )
        registrations, order = self.event._club_book(
            self.vera, [Seat(self.ticket, self.vera), guest]
        )
        self.assertFalse(order)
        self.assertEqual(registrations.mapped("state"), ["open", "open"])
        self.assertEqual(registrations.partner_id, self.vera)
        self.assertEqual(registrations.club_attendee_id, self.vera)

    def test_booking_paid_places_holds_them(self):
        event = self._make_event(2, price=50)
        registrations, order = event._club_book(
            self.vera, [Seat(event.event_ticket_ids, self.vera)] * 2
        )
        self.assertEqual((order.amount_untaxed, order.state), (100, "draft"))
        self.assertEqual(set(registrations.mapped("state")), {"draft"})
        self.assertEqual(event.seats_available, 0)
        with self.assertRaises(ValidationError):
            event._club_book(self.ivan, [Seat(event.event_ticket_ids, self.ivan)])
        order.action_confirm()
        self.assertEqual(set(registrations.mapped("state")), {"open"})
        self.assertEqual(order.order_line.registration_ids, registrations)

    def test_lapsed_order_gets_a_place_if_there_still_is_one(self):
        event = self._make_event(1, price=50)
        registration, order = event._club_book(
            self.vera, [Seat(event.event_ticket_ids, self.vera)]
        )
        registration.club_held_until = fields.Datetime.now() - timedelta(seconds=1)
        order._club_hold_seats()
        self.assertTrue(registration.club_has_place)
        registration.club_held_until = fields.Datetime.now() - timedelta(seconds=1)
        self._register(self.ivan, event)
        with self.assertRaisesRegex(UserError, "nothing was charged"):
            order._club_hold_seats()

    def test_order_confirmed_by_hand_keeps_its_places(self):
        """Also before anybody has named the attendees."""
        event = self._make_event(1, price=50)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.vera.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "event_id": event.id,
                            "event_ticket_id": event.event_ticket_ids.id,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        self.assertEqual(event.seats_available, 0)
        with self.assertRaises(ValidationError):
            self._register(self.ivan, event)

    def test_closed_event_and_ticket_cannot_be_booked(self):
        seats = [Seat(self.ticket, self.vera)]
        self.ticket.start_sale_datetime = fields.Datetime.now() + timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "not on sale"):
            self.event._club_book(self.vera, seats)
        self.event.kanban_state = "cancel"
        with self.assertRaisesRegex(UserError, "not open for booking"):
            self.event._club_book(self.vera, seats)
