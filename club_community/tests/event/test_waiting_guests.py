from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_waiting import WaitingCommon

OLEG = {"name": "Oleg", "phone": "+1 555 0100"}
NINA = {"name": "Nina", "email": "nina@example.com"}


@tagged("post_install", "-at_install")
class TestWaitingGuests(WaitingCommon):
    """Several places are offered; he says who comes with him when he accepts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event.seats_max = 3
        cls.taken |= cls._register(cls.vera)

    def _offered(self, quantity=3, partner=None):
        entry = self._wait(partner or self.ivan, quantity)
        self.taken[:quantity].action_cancel()
        self.assertEqual(self._call(), 1)
        return entry

    def test_guests_are_named(self):
        entry = self._offered()
        self.assertEqual(len(entry._to_name()), 2)
        entry._accept(guests=[OLEG, NINA], agreed=True)
        own, *guests = entry.registration_ids.sorted("id")
        self.assertEqual((own.club_attendee_id, own.name), (self.ivan, "Ivan"))
        self.assertFalse(own.club_brought_by_id)
        for place, name in zip(guests, ("Oleg", "Nina"), strict=True):
            self.assertEqual((place.name, place.state), (name, "open"))
            self.assertEqual(place.club_brought_by_id, self.ivan)
            self.assertEqual(place.club_host_id, own)
            self.assertTrue(place.club_guest_consent_words)
        self.assertEqual(guests[0].phone, "+1 555 0100")
        self.assertFalse(guests[0].email, "not that of his host")
        self.assertEqual(guests[1].email, "nina@example.com")

    def test_not_without_names_and_consent(self):
        entry = self._offered()
        for guests, agreed, said in (
            ([], True, "each guest's name"),
            ([OLEG], True, "each guest's name"),
            ([OLEG, NINA, NINA], True, "each guest's name"),
            ([OLEG, NINA], False, "whether they agree"),
        ):
            with self.assertRaisesRegex(UserError, said):
                entry._accept(guests=guests, agreed=agreed)
        with self.assertRaisesRegex(ValidationError, "an e-mail or a phone"):
            entry._accept(guests=[OLEG, {"name": "Nina", "email": False}], agreed=True)

    def test_one_place_needs_no_names(self):
        entry = self._offered(1)
        self.assertFalse(entry._to_name())
        entry._accept()
        self.assertEqual(entry.registration_ids.club_attendee_id, self.ivan)

    def test_names_can_be_given_once(self):
        """Accepted twice, as by two clicks: the names stay."""
        entry = self._offered(2)
        entry._accept(guests=[OLEG], agreed=True)
        entry._accept(guests=[NINA], agreed=True)
        self.assertEqual(entry.registration_ids.sorted("id")[1].name, "Oleg")

    def test_whoever_comes_already_waits_for_guests(self):
        entry = self._wait(self.vera, 2)
        self.assertEqual(self.taken.mapped("partner_id"), self.vera)
        self.taken[:2].action_cancel()
        self._call()
        self.assertEqual(len(entry._to_name()), 2)
        entry._accept(guests=[OLEG, NINA], agreed=True)
        self.assertEqual(entry.registration_ids.club_host_id, self.taken[2])

    def test_nobody_waits_for_more_guests_than_he_may_bring(self):
        self.ticket.club_guests_max = 1
        with self.assertRaisesRegex(UserError, "may bring 1 guests"):
            self._wait(self.ivan, 3)
        self._wait(self.ivan, 2)
        self.ticket.club_guests_max = 0
        with self.assertRaisesRegex(UserError, "Guests cannot be brought"):
            self._wait(self.olga, 2)
        self._wait(self.olga, 1)

    def test_fewer_guests_are_allowed_since(self):
        """Refused when he accepts, in words; the places are not lost by it."""
        entry = self._offered()
        self.ticket.club_guests_max = 1
        with self.assertRaisesRegex(ValidationError, "may bring 1 guests"):
            with self.env.cr.savepoint():
                entry._accept(guests=[OLEG, NINA], agreed=True)
        self.assertEqual(entry.state, "offered")
        self.assertEqual(set(entry.registration_ids.mapped("state")), {"draft"})

    def test_paid_places(self):
        self.ticket.price = 50
        entry = self._offered(2)
        order = entry._accept(guests=[OLEG], agreed=True)
        self.assertEqual(order.amount_untaxed, 100)
        order.action_confirm()
        self.assertEqual(entry.state, "accepted")
        guest = entry.registration_ids.sorted("id")[1]
        self.assertEqual((guest.name, guest.state), ("Oleg", "open"))
        self.assertEqual(guest.club_brought_by_id, self.ivan)
