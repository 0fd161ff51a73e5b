from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.club_community.models.event.event_booking import Seat

from .test_tours import ToursCommon


class TicketChangeTour(ToursCommon):
    """A member gives his ticket to a guest; a member cancels his place."""

    def _places(self):
        start = fields.Datetime.now() + timedelta(days=10)
        product = self.env["product.product"].create(
            {
                "name": "Place",
                "type": "service",
                "service_tracking": "event",
                "list_price": 0,
                "taxes_id": False,
            }
        )
        event = self.env["event.event"].create(
            {
                "name": "Evening",
                "date_begin": start,
                "date_end": start + timedelta(hours=4),
                "company_id": self.company.id,
                "event_mail_ids": False,
                "event_ticket_ids": [
                    Command.create(
                        {"name": "Standard", "product_id": product.id, "price": 0}
                    )
                ],
            }
        )
        ticket = event.event_ticket_ids
        guest = Seat(
            ticket,
            name="Gleb",
            email="gleb@example.com",
            values=event._club_guest_consent(),
        )
        places, _order = event._club_book(
            self.member, [Seat(ticket, self.member), guest]
        )
        return places

    def _cancel_in(self, language):
        self.portal_user.lang = language
        places = self._places()
        self._start(language, "cancel", places[0], "anna")
        self.assertEqual(set(places.mapped("state")), {"cancel"})

    def _give_in(self, language):
        self.portal_user.lang = language
        place = self._places()[0]
        old = place.barcode
        self._start(language, "transfer", place, "anna", "give")
        offer = place.club_transfer_ids.filtered(lambda t: t.state == "offered")
        self.start_tour(
            f"{self._prefix(language)}/club/ticket/accept/{offer.sudo().token}",
            f"club_ticket_accept_{language[:2]}",
            login=None,
            cookies={"frontend_lang": language},
        )
        self.assertEqual((place.name, offer.state), ("Boris", "accepted"))
        self.assertNotEqual(place.barcode, old)

    def _prefix(self, language):
        return "" if language == "en_US" else f"/{language[:2]}"

    def _start(self, language, page, place, login, tour=None):
        self.start_tour(
            f"{self._prefix(language)}/my/club/tickets/{place.id}/{page}",
            f"club_ticket_{tour or page}_{language[:2]}",
            login=login,
        )


@tagged("post_install", "-at_install")
class TestTicketChangeTour(TicketChangeTour):
    def test_cancel_in_english(self):
        self._cancel_in("en_US")

    def test_cancel_in_russian(self):
        self._cancel_in("ru_RU")

    def test_give_in_english(self):
        self._give_in("en_US")


@tagged("post_install", "-at_install")
class TestTicketChangeTourOnAPhone(TicketChangeTour):
    browser_size = "390x844"
    touch_enabled = True

    def test_give_in_russian(self):
        self._give_in("ru_RU")
