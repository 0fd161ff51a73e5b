from datetime import timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase

from ...models.event.event_booking import Seat


class EventCommon(TransactionCase):
    """An event of a few places, its tickets, and people. No accounting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(tracking_disable=True).env
        cls.product = cls.env["product.product"].create(
            {
                "name": "Place at an event",
                "type": "service",
                "service_tracking": "event",
                "list_price": 0,
                "taxes_id": False,
            }
        )
        cls.vera, cls.ivan, cls.olga = cls.env["res.partner"].create(
            [
                {"name": name, "email": f"{name}@example.com"}
                for name in ("Vera", "Ivan", "Olga")
            ]
        )
        cls.event = cls._make_event()
        cls.ticket = cls.event.event_ticket_ids

    @classmethod
    def _make_event(cls, seats=3, price=0, **values):
        """An event of so many places with one ticket, tomorrow."""
        start = fields.Datetime.now() + timedelta(days=1)
        return cls.env["event.event"].create(
            {
                "name": "Evening",
                "date_begin": start,
                "date_end": start + timedelta(hours=4),
                "date_tz": "UTC",
                "seats_limited": bool(seats),
                "seats_max": seats,
                "event_mail_ids": False,
                "event_ticket_ids": [
                    Command.create(
                        {
                            "name": "Standard",
                            "product_id": cls.product.id,
                            "price": price,
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _register(cls, partner, event=None, **values):
        event = event or cls.event
        return cls.env["event.registration"].create(
            {
                "event_id": event.id,
                "event_ticket_id": event.event_ticket_ids[:1].id,
                "partner_id": partner.id,
                **values,
            }
        )

    @classmethod
    def _guest_seat(cls, name):
        """A place for a guest who has agreed that the club keeps his name."""
        return Seat(
            cls.ticket,
            name=name,
            email="guest@example.com",
            values=cls.event._club_guest_consent(),
        )
