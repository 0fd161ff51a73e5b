from odoo import Command
from odoo.tests import tagged

from odoo.addons.club_community.tests.event.common import EventCommon

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestEventsTour(ToursCommon):
    """Two places, a guest, a card; sold out, the queue, an offer. On a phone, twice."""

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
        cls.event = cls._make_event(5, 100, company_id=cls.company.id)

    @classmethod
    def _make_event(cls, *args, **values):
        return EventCommon._make_event.__func__(cls, *args, **values)

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

    def _wait_in(self, language):
        self.portal_user.lang = language
        prefix = f"/{language[:2]}" if language != "en_US" else ""
        event = self._make_event(1, 100, company_id=self.company.id)
        taken = self.env["event.registration"].create(
            {
                "event_id": event.id,
                "event_ticket_id": event.event_ticket_ids.id,
                "name": "Somebody",
            }
        )
        self.event.active = False
        self.start_tour(
            f"{prefix}/my/club/events",
            f"club_event_wait_{language[:2]}",
            login="anna",
        )
        entry = event.sudo().club_waiting_ids
        self.assertEqual((entry.partner_id, entry.state), (self.member, "waiting"))
        taken.action_cancel()
        self.env.flush_all()
        self.env.ref(
            "club_community.ir_cron_club_event_waiting"
        ).sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(entry.state, "offered")
        self.start_tour(
            f"{prefix}{entry._path()}", f"club_event_offer_{language[:2]}", login="anna"
        )
        place = entry.registration_ids
        self.assertEqual((entry.state, place.state), ("accepted", "open"))
        self.assertEqual(place.sale_order_id.transaction_ids.state, "done")
        self.assertEqual(event.seats_available, 0)

    def test_waits_and_pays_in_english(self):
        self._wait_in("en_US")

    def test_waits_and_pays_in_russian(self):
        self._wait_in("ru_RU")

    def test_books_two_places_and_pays_in_english(self):
        self._book_in("en_US")

    def test_books_two_places_and_pays_in_russian(self):
        self._book_in("ru_RU")
