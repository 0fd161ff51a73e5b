from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .event_portal_common import EventPortalCommon


@tagged("post_install", "-at_install")
class TestVoucherOnThePage(EventPortalCommon):
    """A voucher is typed where the places are booked; the price is seen before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket.price = 100
        cls.voucher = cls._voucher(code="GALA", kind="percent", percent=25)

    @classmethod
    def _voucher(cls, **values):
        return cls.env["club.event.voucher"].create(
            {"event_id": cls.event.id, "reason": "Partner of the evening", **values}
        )

    def _apply(self, code, count=1, **data):
        return self._words(self._book(count, voucher=code, apply="1", **data))

    def _registrations(self):
        return self.event.registration_ids

    def test_price_is_seen_before(self):
        page = self._apply(" gala ")
        self.assertIn("your voucher counts", page)
        self.assertRegex(page, r"To pay \D*100.00\D+75.00")
        self.assertFalse(self._registrations())
        self.assertEqual(self.voucher.used, 0)
        self._book(1, voucher="gala", voucher_seen="gala")
        place = self._registrations()
        self.assertEqual(place.sale_order_id.amount_total, 75)
        self.assertEqual((place.club_voucher_id, self.voucher.used), (self.voucher, 1))

    def test_typed_and_booked_at_once_shows_the_price_first(self):
        page = self._words(self._book(1, voucher="GALA"))
        self.assertRegex(page, r"To pay \D*100.00\D+75.00")
        self.assertFalse(self._registrations())
        # taken out again: the full price is shown first, too
        page = self._words(self._book(1, voucher="", voucher_seen="GALA"))
        self.assertRegex(page, r"To pay \D*100.00")
        self.assertFalse(self._registrations())

    def test_free_place_needs_no_payment(self):
        self._voucher(code="FREE", kind="free")
        page = self._apply("free")
        self.assertIn("Free of charge", page)
        response = self._book(1, voucher="free", voucher_seen="free")
        self.assertIn("/my/club/tickets", response.url)
        self.assertEqual(self._registrations().state, "open")

    def test_pays_for_as_many_as_it_can(self):
        guest = {
            "p1_name": "Guest",
            "p1_email": "guest@example.com",
            "consent": "1",
            "voucher": "GALA",
        }
        page = self._apply("GALA", 2)
        self.assertRegex(page, r"To pay \D*200.00\D+175.00")
        self._book(2, voucher_seen="GALA", **guest)
        order = self._registrations().sale_order_id
        self.assertEqual((order.amount_total, self.voucher.used), (175, 1))

    def test_what_is_none(self):
        """A bad code, and somebody else's, are answered with the same words."""
        self._voucher(code="IVANS", partner_id=self.ivan.id)
        self._voucher(code="ARCHIVED", active=False)
        other = self._make_event(3, price=100)
        self._voucher(code="ELSEWHERE", event_id=other.id)
        for code in ("NOTHING", "IVANS", "ARCHIVED", "ELSEWHERE", "%", "<b>x</b>"):
            with self.subTest(code):
                page = self._apply(code)
                self.assertIn(f"“{code}” is not a voucher for “Evening”.", page)
                page = self._words(self._book(1, voucher=code, voucher_seen=code))
                self.assertIn(f"“{code}” is not a voucher for “Evening”.", page)
        self.assertFalse(self._registrations())

    def test_a_kind_sentence_for_each_other_reason(self):
        yesterday = fields.Date.today() - timedelta(days=2)
        self._voucher(code="OLD", date_end=yesterday)
        vip = self.ticket.copy({"name": "VIP"})
        self._voucher(code="VIP", ticket_id=vip.id)
        self.voucher.uses = 1
        self._register(self.ivan, club_voucher_id=self.voucher.id)
        for code, said in (
            ("OLD", "not valid any more"),
            ("VIP", "is for “VIP” only"),
            ("GALA", "is used up"),
        ):
            with self.subTest(code):
                self.assertIn(said, self._apply(code))
        self.assertEqual(len(self._registrations()), 1)

    def test_my_own(self):
        self._voucher(code="VERAS", partner_id=self.vera.id)
        self.assertIn("Free of charge", self._apply("veras"))

    def test_what_was_typed_is_kept(self):
        page = self._book(2, voucher="GALA", apply="1", p1_name="Half a guest").text
        self.assertIn("Half a guest", page)
        self.assertNotIn("o_club_error", page)

    def test_box_only_where_there_is_a_voucher_for_me(self):
        page = f"/my/club/events/{self.event.id}/book?t{self.ticket.id}=1"
        self.assertIn('name="voucher"', self._get(page).text)
        self.voucher.partner_id = self.ivan
        self.assertNotIn('name="voucher"', self._get(page).text)
        self.assertIn('name="voucher"', self._get(page, self.ivan_user).text)

    def test_garbage_and_long_codes(self):
        for code in ("x" * 5000, "\x00", "é" * 40, "  "):
            with self.subTest(code[:3]):
                self._book(1, voucher=code, apply="1", p0_name=code)
        self.assertFalse(self._registrations())

    def test_free_event_needs_no_voucher(self):
        self.ticket.price = 0
        self.assertIn("keep your voucher", self._apply("GALA"))
