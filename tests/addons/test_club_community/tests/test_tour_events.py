from odoo import Command
from odoo.tests import tagged

from odoo.addons.club_community.tests.event.common import EventCommon

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestEventsTour(ToursCommon):
    """Two places, a guest, a card, on a phone; in English and Russian."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create(
            {
                "name": "Place at an event",
                "type": "service",
                "service_tracking": "event",
                "list_price": 100,
                "taxes_id": [Command.clear()],
            }
        )
        cls.product = product
        make_event = EventCommon._make_event.__func__
        cls.event = make_event(cls, 5, 100, company_id=cls.company.id)

    def _book_in(self, language):
        self.portal_user.lang = language
        prefix = f"/{language[:2]}" if language != "en_US" else ""
        self.start_tour(
            f"{prefix}/my/club/events", f"club_events_{language[:2]}", login="anna"
        )
        registrations = self.event.registration_ids
        self.assertEqual(registrations.mapped("state"), ["open", "open"])
        self.assertEqual(
            set(registrations.mapped("name")), {"Anna Petrova", "Olga Guest"}
        )
        self.assertEqual(registrations.club_attendee_id, self.member)
        order = registrations.sale_order_id
        self.assertEqual((order.state, order.amount_total), ("sale", 200))
        self.assertEqual(order.transaction_ids.state, "done")
        guest = registrations.filtered(lambda r: not r.club_attendee_id)
        self.assertTrue(guest.club_guest_consent)

    def test_books_two_places_and_pays_in_english(self):
        self._book_in("en_US")

    def test_books_two_places_and_pays_in_russian(self):
        self._book_in("ru_RU")
