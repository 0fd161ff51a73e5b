from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.event.event_booking import Seat
from .who_common import WhoCommon


@tagged("post_install", "-at_install")
class TestVoucher(WhoCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event.seats_max = 20
        cls.ticket.price = 100

    def _voucher(self, **values):
        return self.env["club.event.voucher"].create(
            {"event_id": self.event.id, "reason": "Partner of the evening", **values}
        )

    def _book(self, voucher, booker=None, count=1, attendee=None):
        booker = booker or self.vera
        values = {"club_voucher_id": voucher.id}
        seat = Seat(self.ticket, attendee or booker, values=values)
        return self.event._club_book(booker, [seat] * count)

    def test_free_place(self):
        voucher = self._voucher()
        registration, order = self._book(voucher)
        self.assertFalse(order)
        self.assertEqual((registration.state, voucher.used), ("open", 1))
        self.assertEqual(voucher.use_ids.registration_id, registration)
        self.assertEqual(voucher.use_ids.partner_id, self.vera)
        self.assertEqual(voucher.user_id, self.env.user)
        with self.assertRaisesRegex(UserError, "is used up"):
            self._book(voucher, self.ivan)

    def test_percent(self):
        voucher = self._voucher(kind="percent", percent=25, uses=2)
        both = [
            Seat(self.ticket, self.vera, values={"club_voucher_id": voucher.id}),
            self._guest_seat("Guest"),
        ]
        registrations, order = self.event._club_book(self.vera, both)
        self.assertEqual(order.order_line.mapped("price_unit"), [75, 100])
        self.assertIn(voucher.code, order.order_line[0].name)
        self.assertEqual(voucher.used, 1)
        order.action_update_prices()
        self.assertEqual(order.amount_untaxed, 175)
        order.action_confirm()
        self.assertEqual(
            (set(registrations.mapped("state")), voucher.used), ({"open"}, 1)
        )

    def test_percent_off_the_member_price(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Gold prices",
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 20})
                ],
            }
        )
        self.gold.default_pricelist_id = pricelist
        self._make_member(self.vera)
        _registration, order = self._book(self._voucher(kind="percent", percent=50))
        self.assertEqual(order.amount_untaxed, 40)

    def test_found_by_what_somebody_types(self):
        voucher = self._voucher(code="gala 2026")
        self.assertEqual(voucher.code, "GALA2026")
        found = self.event._club_find_voucher(" Gala2026 ", self.ticket, self.vera)
        self.assertEqual(found, voucher)
        for code in ("", "gala2027", "%"):
            with self.assertRaisesRegex(UserError, "is not a voucher for"):
                self.event._club_find_voucher(code, self.ticket, self.vera)

    def test_not_for_this(self):
        other = self._make_event(3, price=100)
        cases = (
            ({"event_id": other.id}, "is not a voucher for"),
            ({"ticket_id": self.ticket.copy({"name": "Other"}).id}, "Other.* only"),
            ({"date_end": fields.Date.today() - timedelta(2)}, "not valid any more"),
            ({"partner_id": self.ivan.id}, "for somebody else"),
            ({"active": False}, "is not a voucher for"),
        )
        for values, pattern in cases:
            voucher = self._voucher(**values)
            with self.subTest(pattern):
                with self.assertRaisesRegex(UserError, pattern):
                    self._book(voucher)
                with self.assertRaisesRegex(UserError, pattern):
                    self._register(
                        self.vera,
                        event_ticket_id=self.ticket.id,
                        club_voucher_id=voucher.id,
                    )
                self.assertEqual(voucher.used, 0)

    def test_for_a_person_who_is_the_attendee(self):
        voucher = self._voucher(partner_id=self.ivan.id)
        self._book(voucher, self.vera, attendee=self.ivan)
        self.assertEqual(voucher.used, 1)

    def test_given_back_once(self):
        voucher = self._voucher(uses=2)
        registration, _order = self._book(voucher)
        self._book(voucher)
        registration.action_cancel()
        registration.action_cancel()
        registration._club_give_uses_back()
        self.assertEqual(voucher.used, 1)
        registration.action_confirm()
        self.assertEqual(voucher.used, 2)
        registration.action_cancel()
        self._book(voucher)
        with self.assertRaisesRegex(UserError, "is used up"):
            registration.action_confirm()

    def test_order_cancelled(self):
        voucher = self._voucher(kind="percent")
        _registration, order = self._book(voucher)
        self.assertEqual(voucher.used, 1)
        order._action_cancel()
        self.assertEqual(voucher.used, 0)

    def test_hold_that_ended_gives_way(self):
        voucher = self._voucher(kind="percent")
        registration, order = self._book(voucher)
        registration.club_held_until = fields.Datetime.now() - timedelta(seconds=2)
        self._book(voucher, self.ivan)
        self.assertEqual(voucher.used, 1)
        with self.assertRaisesRegex(UserError, "is used up"):
            order._club_hold_seats()

    def test_all_or_nothing(self):
        voucher = self._voucher(uses=2)
        with self.assertRaisesRegex(UserError, "is used up"), self.env.cr.savepoint():
            self._book(voucher, count=3)
        voucher.invalidate_recordset()
        self.assertEqual((voucher.used, voucher.use_ids.ids), (0, []))

    def test_moved_to_another_event(self):
        voucher = self._voucher()
        registration, _order = self._book(voucher)
        other = self._make_event(3)
        registration.write(
            {"event_id": other.id, "event_ticket_id": other.event_ticket_ids.id}
        )
        self.assertEqual((voucher.used, registration.club_voucher_id.ids), (0, []))

    def test_who_gave_it_and_what_was_used_nobody_types(self):
        admin = self.env.ref("base.user_admin")
        voucher = (
            self.env["club.event.voucher"]
            .with_user(self.event_user)
            .create(
                {
                    "event_id": self.event.id,
                    "reason": "Friend",
                    "user_id": admin.id,
                    "used": -3,
                }
            )
        )
        voucher.write({"user_id": admin.id, "used": -3})
        self.assertEqual((voucher.user_id, voucher.used), (self.event_user, 0))
        with self.assertRaises(AccessError):
            voucher.with_user(self.desk).read(["code"])
        with self.assertRaises(AccessError):
            voucher.unlink()

    def test_bad_input(self):
        for values in ({"uses": 0}, {"kind": "percent", "percent": 120}):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._voucher(**values)
                self.env.flush_all()
        with self.assertRaises(ValidationError):
            self._voucher(ticket_id=self._make_event().event_ticket_ids.id)
        voucher = self._voucher()
        self._book(voucher)
        with self.assertRaisesRegex(UserError, "Archive it"):
            voucher.unlink()

    # --- Give a free place ------------------------------------------------------------

    def _wizard(self, partner, **values):
        return (
            self.env["club.event.free.place"]
            .with_user(self.event_user)
            .create(
                {
                    "event_id": self.event.id,
                    "partner_id": partner.id,
                    "reason": "Speaker of the evening",
                    **values,
                }
            )
        )

    def test_free_place_by_the_button(self):
        wizard = self._wizard(self.ivan)
        self.assertEqual(wizard.ticket_id, self.ticket)
        wizard.action_give()
        registration = self.event.registration_ids
        voucher = registration.club_voucher_id
        self.assertEqual(
            (registration.partner_id, registration.state), (self.ivan, "open")
        )
        self.assertEqual(
            (voucher.user_id, voucher.reason, voucher.left),
            (self.event_user, "Speaker of the evening", 0),
        )
        self.assertFalse(registration.club_access_reason)
        self.assertEqual(self.event.club_voucher_count, 1)

    def test_free_place_against_the_rule(self):
        self.ticket.club_who = "members"
        wizard = self._wizard(self.ivan)
        self.assertIn("for members", wizard.obstacle)
        wizard.action_give()
        registration = self.event.registration_ids
        self.assertEqual(registration.club_access_reason, "Speaker of the evening")

    def test_no_free_place_where_there_is_none(self):
        self.event.seats_max = 1
        self._register(self.vera)
        with self.assertRaisesRegex(ValidationError, "not enough places"):
            self._wizard(self.ivan).action_give()
        self.event.kanban_state = "cancel"
        with self.assertRaisesRegex(UserError, "not open for booking"):
            self._wizard(self.ivan).action_give()
