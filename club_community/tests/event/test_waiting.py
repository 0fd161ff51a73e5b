from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ...models.event.event_booking import Seat
from .common import EventCommon


class WaitingCommon(EventCommon):
    """An event of two places, which Vera has; others wait."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event = cls._make_event(2)
        cls.ticket = cls.event.event_ticket_ids
        cls.taken = cls._register(cls.vera) | cls._register(cls.vera)
        cls.Waiting = cls.env["club.event.waiting"]

    def _wait(self, partner, quantity=1, ticket=None, **options):
        return self.Waiting._join(ticket or self.ticket, partner, quantity, **options)

    def _call(self, event=None):
        """As the job does, for one event; how many were called."""
        count = 0
        while (event or self.event)._club_offer_next():
            count += 1
        return count

    def _positions(self, *entries):
        self.Waiting.invalidate_model(["position"])
        return [entry.position for entry in entries]

    def _run_job(self):
        """The job itself, within the test's transaction."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "club_community.ir_cron_club_event_waiting"
            ).sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _person(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "email": f"{name}@example.com", **values}
        )

    def _ticket(self, name, **values):
        return self.env["event.event.ticket"].create(
            {
                "name": name,
                "event_id": self.event.id,
                "product_id": self.product.id,
                **values,
            }
        )

    def _mails(self, entry):
        return self.env["mail.mail"].search(
            [("model", "=", entry._name), ("res_id", "=", entry.id)]
        )


@tagged("post_install", "-at_install")
class TestWaiting(WaitingCommon):
    def test_offer_holds_a_place_and_is_accepted(self):
        entry = self._wait(self.ivan)
        self.assertEqual((entry.state, entry.position), ("waiting", 1))
        self.assertEqual(self._call(), 0)
        self.taken[0].action_cancel()
        self.assertEqual(self._call(), 1)
        self.assertEqual(entry.state, "offered")
        self.assertEqual(entry.registration_ids.state, "draft")
        self.assertTrue(entry.registration_ids.club_has_place)
        self.assertEqual(self.event.seats_available, 0)
        self.assertIn("A place is free for you", self._mails(entry)[:1].subject)
        self.assertFalse(entry._accept())
        self.assertEqual(entry.state, "accepted")
        self.assertEqual(entry.registration_ids.state, "open")
        self.assertEqual(entry.registration_ids.club_attendee_id, self.ivan)

    def test_all_or_nothing(self):
        """pretix #1404: a family waits for two places together."""
        family = self._wait(self.ivan, 2)
        self.taken[0].action_cancel()
        self.assertEqual(self._call(), 0)
        self.taken[1].action_cancel()
        self.assertEqual(self._call(), 1)
        self.assertEqual(len(family.registration_ids.filtered("club_has_place")), 2)
        guest = {"name": "Guest", "phone": "+1 555 0100"}
        family._accept(guests=[guest], agreed=True)
        self.assertEqual(family.registration_ids.mapped("state"), ["open"] * 2)

    def test_whoever_fits_behind_a_family_is_called(self):
        family, single = self._wait(self.ivan, 2), self._wait(self.olga)
        self.taken[0].action_cancel()
        self._call()
        self.assertEqual((family.state, single.state), ("waiting", "offered"))

    def test_level_before_time(self):
        gold, silver = self.env["res.partner.grade"].create(
            [
                {"name": "Gold", "club_waiting_priority": 20},
                {"name": "Silver", "club_waiting_priority": 10},
            ]
        )
        entries = [
            self._wait(self._person(name, grade_id=grade.id))
            for name, grade in (
                ("None", gold.browse()),
                ("Silver", silver),
                ("Gold", gold),
                ("Gold later", gold),
            )
        ]
        self.assertEqual(self._positions(*entries), [4, 3, 1, 2])
        entries[0].partner_id.grade_id = gold
        self.Waiting.union(*entries)._compute_priority()  # as the job does
        self.env.flush_all()
        self.Waiting.invalidate_model()
        self.assertEqual(self._positions(*entries), [1, 4, 2, 3])

    def test_order_by_hand_needs_a_reason(self):
        """pretix #1236."""
        first, second, third = (
            self._wait(p) for p in (self.ivan, self.olga, self._person("Pavel"))
        )
        move = self.env["club.event.waiting.move"].create(
            {"waiting_id": third.id, "position": 1, "reason": "  "}
        )
        with self.assertRaisesRegex(UserError, "Say why"):
            move.action_move()
        move.reason = "Speaks at the event"
        move.action_move()
        self.assertEqual(self._positions(first, second, third), [2, 3, 1])
        self.assertIn("Speaks at the event", third.message_ids[0].body)
        later = self._wait(self._person("Nina"))
        self.assertEqual(later.position, 4)
        third._move_to(3, "Asked for it")
        self.assertEqual(self._positions(first, second, third), [1, 2, 3])
        with self.assertRaises(AccessError):
            user = new_test_user(
                self.env, "organizer", groups="event.group_event_manager"
            )
            third.with_user(user).write({"sequence": 1})

    def test_expired_goes_to_the_next(self):
        first, second = self._wait(self.ivan), self._wait(self.olga)
        self.taken[0].action_cancel()
        self._call()
        over = fields.Datetime.now() - timedelta(minutes=1)
        first.registration_ids.club_held_until = over
        first.offer_until = over
        self._run_job()
        self.assertEqual((first.state, second.state), ("expired", "offered"))
        self.assertEqual(first.registration_ids.state, "cancel")
        self.assertIn("offer has ended", self._mails(first)[:1].subject)
        with self.assertRaisesRegex(UserError, "has ended"):
            first._accept()
        self.assertEqual(self._wait(self.ivan).state, "waiting")

    def test_decline_goes_to_the_next(self):
        first, second = self._wait(self.ivan), self._wait(self.olga)
        self.taken[0].action_cancel()
        self._call()
        first._leave()
        self._call()
        self.assertEqual((first.state, second.state), ("left", "offered"))

    def test_holds_that_lapse_by_themselves_are_noticed(self):
        draft = self.taken[0]
        draft.action_set_draft()
        draft._club_hold()
        entry = self._wait(self.ivan)
        self._run_job()
        self.assertEqual(entry.state, "waiting")
        draft.club_held_until = fields.Datetime.now() - timedelta(seconds=1)
        self._run_job()
        self.assertEqual(entry.state, "offered")

    def test_hours_of_an_offer(self):
        event = self._make_event(
            2,
            date_begin=fields.Datetime.now() + timedelta(days=30),
            date_end=fields.Datetime.now() + timedelta(days=31),
        )
        slot, ticket = self.env["event.slot"], event.event_ticket_ids
        until = event._club_offer_until(slot, ticket) - fields.Datetime.now()
        self.assertAlmostEqual(until.total_seconds(), 24 * 3600, delta=60)
        event.date_begin = fields.Datetime.now() + timedelta(hours=4)
        until = event._club_offer_until(slot, ticket) - fields.Datetime.now()
        self.assertAlmostEqual(until.total_seconds(), 2 * 3600, delta=60)
        ticket.end_sale_datetime = fields.Datetime.now() + timedelta(minutes=20)
        until = event._club_offer_until(slot, ticket) - fields.Datetime.now()
        self.assertAlmostEqual(until.total_seconds(), 20 * 60, delta=60)

    def test_asking_again_changes_the_entry(self):
        entry = self._wait(self.ivan)
        self.assertEqual(self._wait(self.ivan, 2), entry)
        self.assertEqual(entry.quantity, 2)
        with self.assertRaisesRegex(UserError, "2 places in all"):
            self._wait(self.ivan, 3)
        with self.assertRaisesRegex(UserError, "At least one"):
            self._wait(self.olga, 0)

    def test_one_need_not_wait_where_there_is_room(self):
        self.taken[0].action_cancel()
        with self.assertRaisesRegex(UserError, "need not wait"):
            self._wait(self.ivan)
        self.assertTrue(self._wait(self.ivan, 2), "for two places he must")

    def test_figures_of_the_event(self):
        self.event = self._make_event(1, price=50)
        self.ticket = self.event.event_ticket_ids
        self._register(self.vera, self.event)
        self._wait(self.ivan)
        self._wait(self.olga)
        self.assertEqual(
            (
                self.event.club_waiting_count,
                self.event.club_waiting_places,
                self.event.club_waiting_revenue,
            ),
            (2, 2, 100),
        )

    def test_closed_list_says_so(self):
        """pretix #5188: the list is never hidden without a word."""
        self.event.club_has_waiting_list = False
        with self.assertRaisesRegex(UserError, "has no waiting list"):
            self._wait(self.ivan)

    def test_event_that_is_over_calls_nobody(self):
        entry = self._wait(self.ivan)
        self.taken[0].action_cancel()
        self.event.kanban_state = "cancel"
        self._run_job()
        self.assertEqual(entry.state, "expired")
        self.assertFalse(entry.registration_ids)

    def test_early_bird(self):
        """pretix #2119: who waits for a ticket that ends is not forgotten."""
        early = self.ticket
        early.end_sale_datetime = fields.Datetime.now() + timedelta(hours=1)
        follows, stays = self._wait(self.ivan, any_ticket=True), self._wait(self.olga)
        later = self._ticket("Later", price=10)
        early.write(
            {
                "start_sale_datetime": fields.Datetime.now() - timedelta(days=2),
                "end_sale_datetime": fields.Datetime.now() - timedelta(hours=1),
            }
        )
        self.taken[0].action_cancel()
        self._run_job()
        self.assertEqual((follows.state, follows.ticket_id), ("offered", later))
        self.assertEqual(follows.order_id.amount_untaxed, 10)
        self.assertEqual(stays.state, "expired")
        self.assertIn("No longer on the waiting list", self._mails(stays)[:1].subject)

    # --- Paid ---------------------------------------------------------------------

    def _paid_event(self):
        self.event = self._make_event(1, price=50)
        self.ticket = self.event.event_ticket_ids
        self.taken = self._register(self.vera, self.event)

    def test_paid_offer_is_an_order(self):
        self._paid_event()
        entry = self._wait(self.ivan)
        self.taken.action_cancel()
        self._call()
        order = entry.order_id
        self.assertEqual((order.amount_untaxed, order.state), (50, "sent"))
        self.assertEqual(entry._accept(), order)
        self.assertEqual(entry.state, "offered", "until it is paid")
        order.action_confirm()
        self.assertEqual(entry.state, "accepted")
        self.assertEqual(entry.registration_ids.state, "open")

    def test_offer_lasts_while_somebody_pays(self):
        self._paid_event()
        entry = self._wait(self.ivan)
        self.taken.action_cancel()
        self._call()
        soon = fields.Datetime.now() + timedelta(minutes=1)
        entry.registration_ids.club_held_until = soon
        entry.offer_until = soon
        entry.order_id._club_hold_seats()
        self.assertGreater(entry.offer_until, soon)
        self.assertEqual(entry.offer_until, entry.registration_ids.club_held_until)

    def test_expired_paid_offer_cancels_the_order(self):
        self._paid_event()
        entry = self._wait(self.ivan)
        self.taken.action_cancel()
        self._call()
        over = fields.Datetime.now() - timedelta(minutes=1)
        entry.registration_ids.club_held_until = over
        entry.offer_until = over
        self._run_job()
        self.assertEqual((entry.state, entry.order_id.state), ("expired", "cancel"))
        self.assertEqual(self.event.seats_available, 1)

    def test_order_cancelled_by_the_buyer_ends_the_offer(self):
        self._paid_event()
        entry = self._wait(self.ivan)
        self.taken.action_cancel()
        self._call()
        entry.order_id._action_cancel()
        self.assertEqual(entry.state, "left")

    def _late(self):
        """Ivan has paid when Vera had taken the last place."""
        self._paid_event()
        self.taken.action_cancel()
        places, order = self.event._club_book(self.ivan, [Seat(self.ticket, self.ivan)])
        places.club_held_until = fields.Datetime.now() - timedelta(minutes=1)
        self.taken = self._register(self.vera, self.event)
        self._wait(self.olga)
        return self.event._club_late_on_waiting_list(order, places, 50)

    def test_paid_too_late_comes_first(self):
        entry = self._late()
        self.assertEqual((entry.position, entry.is_paid), (1, True))
        self.assertTrue(entry.activity_ids)
        self.taken.action_cancel()
        self._call()
        self.assertEqual(entry.state, "accepted")
        self.assertEqual(entry.registration_ids.state, "open")
        self.assertEqual(entry.order_id.state, "sale")
        self.assertFalse(entry.activity_ids)
        self.assertEqual(self.event.seats_available, 0)

    def test_paid_too_late_may_leave(self):
        """CiviCRM #23164: who waits can cancel by himself, also when he has paid."""
        entry = self._late()
        entry._leave()
        self.assertEqual(entry.state, "left")
        self.assertIn("give it back", " ".join(entry.activity_ids.mapped("summary")))


@tagged("post_install", "-at_install")
class TestNobodyPasses(WaitingCommon):
    """Newcomers do not take what others wait for, by any way in."""

    def setUp(self):
        super().setUp()
        self.entry = self._wait(self.ivan)
        self.taken[0].action_cancel()

    def test_portal_and_offers(self):
        with self.assertRaisesRegex(ValidationError, "join the waiting list"):
            self.event._club_book(self.olga, [Seat(self.ticket, self.olga)])

    def test_create(self):
        """Moves, orders, holds and the rest: ``tests/test_event_waiting.py``."""
        with self.assertRaises(ValidationError):
            self._register(self.olga)

    def test_shown_as_sold_out(self):
        self.assertTrue(self.ticket.is_sold_out)
        [left] = self.event._get_seats_availability([(False, self.ticket)])
        self.assertEqual(left, 0)
        self.assertEqual(self.event.seats_available, 1, "staff sees the free place")
        self.entry._leave()
        self.assertFalse(self.ticket.is_sold_out)
        self._register(self.olga)

    def test_the_mark_cannot_be_typed(self):
        """By nobody: a field that lets pass is set by offers alone."""
        user = new_test_user(self.env, "organizer", groups="event.group_event_manager")
        Registration = self.env["event.registration"].with_user(user)
        values = {
            "event_id": self.event.id,
            "event_ticket_id": self.ticket.id,
            "partner_id": self.olga.id,
            "club_waiting_id": self.entry.id,
        }
        with self.assertRaises(AccessError):
            Registration.create(values)
        with self.assertRaises(AccessError):
            self.taken[1].with_user(user).club_waiting_id = self.entry

    def test_offered_place_is_of_its_ticket_alone(self):
        self._call()
        other = self._ticket("Other", seats_max=1)
        self.entry.registration_ids.event_ticket_id = other
        self.assertFalse(self.entry.registration_ids._club_is_called())

    def test_who_shares_the_scarce_places(self):
        """An entry waits for the event's last place: other tickets must not take it."""
        other = self._ticket("Other")
        with self.assertRaises(ValidationError):
            self._register(self.olga, event_ticket_id=other.id)
        self.assertTrue(other.is_sold_out)

    def test_sold_out_ticket_does_not_close_the_event(self):
        self.entry._leave()
        few = self._ticket("Few", seats_max=1)
        big = self.event
        big.seats_max = 10
        self._register(self.vera, event_ticket_id=few.id)
        self._wait(self.ivan, ticket=few)
        for _one in range(8):  # down to the last place of the event
            self._register(self.olga, event_ticket_id=self.ticket.id)
        self.assertEqual(big.seats_available, 0)

    def test_the_gate_and_the_pages_agree(self):
        """One rule in SQL and in Python, over many mixtures."""
        few = self._ticket("Few", seats_max=2)
        quota = self.env["club.event.quota"].create(
            {
                "name": "Shared",
                "event_id": self.event.id,
                "seats": 3,
                "ticket_ids": [Command.set((few | self.ticket).ids)],
            }
        )
        Claim = self.env["club.event.claim"]
        no_slot = self.env["event.slot"]
        compared = set()
        for seats, of_few, of_both, waits_few, waits in (
            (3, 2, 3, 1, 1),
            (4, 1, 3, 1, 2),
            (6, 2, 5, 2, 0),
            (9, 2, 9, 1, 3),
            (20, 2, 7, 2, 0),
            (20, 5, 18, 3, 3),
        ):
            self.Waiting.search([("event_id", "=", self.event.id)]).unlink()
            self.event.seats_max, few.seats_max, quota.seats = seats, of_few, of_both
            for ticket, quantity in ((few, waits_few), (self.ticket, waits)):
                if quantity:
                    self.Waiting.create(
                        {
                            "event_id": self.event.id,
                            "ticket_id": ticket.id,
                            "partner_id": self.ivan.id,
                            "quantity": quantity,
                        }
                    )
            pools = self.event._club_pools(no_slot)
            for ticket in few | self.ticket:
                taken = self.event._club_taken()
                left = self.event._club_left(pools, taken, False, ticket)
                for count in range(1, 20):
                    rows = [(-n, 0, ticket.id) for n in range(1, count + 1)]
                    lacking = Claim._lacking(self.event, rows, pools)
                    self.assertEqual(bool(lacking), count > left, (seats, count))
                compared.add(left)
        self.assertGreater(len(compared), 3)

    def test_staff_gives_a_place_with_a_reason(self):
        """Past the queue on purpose, never past the limit (Eventbrite)."""
        user = new_test_user(self.env, "organizer", groups="event.group_event_manager")
        wizard = self.env["club.event.waiting.give"].with_user(user)
        values = {
            "event_id": self.event.id,
            "partner_id": self.olga.id,
            "ticket_id": self.ticket.id,
            "quantity": 1,
            "reason": " ",
        }
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.create(values).action_give()
        wizard.create({**values, "reason": "Speaks"}).action_give()
        given = self.Waiting.search([("partner_id", "=", self.olga.id)])
        self.assertEqual((given.state, self.entry.state), ("offered", "waiting"))
        self.assertIn("Speaks", given.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "not enough free places"):
            wizard.create(
                {**values, "partner_id": self._person("Pavel").id, "reason": "Too"}
            ).action_give()
        desk = new_test_user(
            self.env, "desk", groups="event.group_event_registration_desk"
        )
        with self.assertRaises(AccessError):
            self.env["club.event.waiting.give"].with_user(desk).create(values)

    def test_slots(self):
        event = self._make_event(1, is_multi_slots=True)
        date = event.date_begin.date()
        event.write(
            {
                "date_begin": fields.Datetime.to_datetime(date),
                "date_end": fields.Datetime.to_datetime(date) + timedelta(hours=23),
            }
        )
        morning, evening = self.env["event.slot"].create(
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
        ticket = event.event_ticket_ids
        first = self._register(self.vera, event, event_slot_id=morning.id)
        with self.assertRaisesRegex(UserError, "Choose a time"):
            self._wait(self.ivan, ticket=ticket)
        entry = self._wait(self.ivan, ticket=ticket, slot=morning)
        first.action_cancel()
        with self.assertRaises(ValidationError):
            self._register(self.olga, event, event_slot_id=morning.id)
        self._register(self.olga, event, event_slot_id=evening.id)
        self._call(event)
        self.assertEqual(entry.state, "offered")
        self.assertEqual(entry.registration_ids.event_slot_id, morning)

    def test_no_query_per_event_or_entry(self):
        """A list of events, and a queue, of any length."""

        def queries(events):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            events.mapped("club_waiting_count")
            events.club_waiting_ids.mapped("position")
            return self.env.cr.sql_log_count - start

        events = self.event
        few = queries(events)
        for _number in range(9):
            event = self._make_event(1)
            self._register(self.vera, event)
            events |= event
            for person in (self.ivan, self.olga):
                self._wait(person, ticket=event.event_ticket_ids)
        self.assertLessEqual(queries(events), few)
