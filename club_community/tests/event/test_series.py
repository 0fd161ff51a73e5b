from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ...models.event.event_booking import Seat
from .common import EventCommon


@tagged("post_install", "-at_install")
class TestSeries(EventCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.series = cls.env["club.event.series"].create({"name": "Wine evenings"})
        values = {"club_series_id": cls.series.id}
        cls.first = cls._make_event(5, name="One", **values)
        cls.second = cls._make_event(5, name="Two", **values)
        cls.third = cls._make_event(2, name="Three", **values)
        cls.of_series = cls.first.event_ticket_ids
        cls.of_series.club_is_pass = True

    def _pass(self, person=None, **values):
        return self._register(person or self.vera, self.first, **values)

    def _taken(self):
        events = self.first | self.second | self.third
        return [event.seats_taken + event.club_seats_held for event in events]

    def test_a_pass_books_each_session(self):
        of_pass = self._pass()
        self.assertEqual(self._taken(), [1, 1, 1])
        places = of_pass.club_session_ids
        self.assertEqual(places.event_id, self.second | self.third)
        self.assertEqual(set(places.mapped("name")), {"Vera"})
        self.assertEqual(len(set((places | of_pass).mapped("barcode"))), 3)

    def test_all_or_nothing(self):
        for person in (self.ivan, self.olga):
            self._register(person, self.third)
        with self.assertRaisesRegex(ValidationError, "Three"), self.env.cr.savepoint():
            self._pass()
        self.assertEqual(self._taken(), [0, 0, 2])

    def test_cancelling_gives_back_what_is_to_come(self):
        of_pass = self._pass()
        self.second.write({"date_begin": "2020-01-01", "date_end": "2020-01-02"})
        of_pass.action_cancel()
        self.assertEqual(self._taken(), [0, 1, 0])
        place = of_pass.club_session_ids.filtered(lambda r: r.event_id == self.third)
        with self.assertRaisesRegex(UserError, "confirm the pass first"):
            place.action_confirm()
        of_pass.action_confirm()
        self.assertEqual(self._taken(), [1, 1, 1])

    def test_check_in_of_one_session_checks_in_none_of_the_others(self):
        of_pass = self._pass()
        of_pass.action_set_done()
        self.assertEqual(set(of_pass.club_session_ids.mapped("state")), {"open"})

    def test_paid_pass_holds_all_and_confirms_all(self):
        self.of_series.price = 300
        of_pass, order = self.first._club_book(
            self.vera, [Seat(self.of_series, self.vera)]
        )
        self.assertEqual(self._taken(), [1, 1, 1])
        self.assertEqual(set(of_pass.club_session_ids.mapped("state")), {"draft"})
        self.assertEqual(order.amount_untaxed, 300)
        order.action_confirm()
        self.env.flush_all()
        self.assertEqual(set(of_pass.club_session_ids.mapped("state")), {"open"})
        self.assertEqual(self._taken(), [1, 1, 1])
        order._action_cancel()
        self.env.flush_all()
        self.assertEqual(self._taken(), [0, 0, 0])

    def test_hold_that_is_given_up_gives_up_all(self):
        self.of_series.price = 300
        of_pass, _order = self.first._club_book(
            self.vera, [Seat(self.of_series, self.vera)]
        )
        of_pass._club_give_up_hold()
        self.assertEqual(self._taken(), [0, 0, 0])

    def test_another_attendee_goes_to_all(self):
        of_pass = self._pass()
        of_pass.write({"club_attendee_id": self.olga.id, "name": "Olga"})
        self.assertEqual(of_pass.club_session_ids.club_attendee_id, self.olga)
        self.assertEqual(set(of_pass.club_session_ids.mapped("name")), {"Olga"})

    def test_session_with_times_cannot_be_booked_by_a_pass(self):
        self.third.is_multi_slots = True
        with self.assertRaisesRegex(UserError, "several times"):
            self.first._club_book(self.vera, [Seat(self.of_series, self.vera)])

    def test_a_pass_needs_a_series(self):
        with self.assertRaisesRegex(ValidationError, "choose the series"):
            self.ticket.club_is_pass = True

    def test_instalments_and_deposit(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        self.of_series.write(
            {"price": 300, "club_payment_term_id": term.id, "club_prepayment": 0.3}
        )
        _place, order = self.first._club_book(
            self.vera, [Seat(self.of_series, self.vera)]
        )
        self.assertEqual(order.payment_term_id, term)
        self.assertAlmostEqual(order.prepayment_percent, 0.3)
        self.assertAlmostEqual(order._get_prepayment_required_amount(), 90)
