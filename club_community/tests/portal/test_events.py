from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .event_portal_common import EventPortalCommon


@tagged("post_install", "-at_install")
class TestEventsPage(EventPortalCommon):
    def _list(self, **options):
        return self._page("/my/club/events", **options)

    def test_public_is_asked_to_log_in(self):
        self.authenticate(None, None)
        pages = (f"events/{self.event.id}", "events", "tickets", "tickets/1/print")
        for page in pages:
            response = self.url_open(f"/my/club/{page}")
            self.assertIn("/web/login", response.url)

    def test_shows_what_is_open(self):
        self._register(self.ivan)
        page = self._list()
        for word in ("Evening", "Standard", "Free of charge", "2 left", "(UTC)"):
            self.assertIn(word, page)

    def test_time_is_by_the_clock_of_the_event(self):
        self.event.write({"date_tz": "Asia/Tokyo"})
        begin = self.event.date_begin + timedelta(hours=9)
        self.assertIn(f"{begin:%H:%M} – ", self._list())
        self.assertIn("(Tokyo)", self._list())

    def test_sold_out(self):
        for _one in range(3):
            self._register(self.ivan)
        self.assertIn("Sold out", self._list())
        self.assertNotIn(">Book<", self._get(f"/my/club/events/{self.event.id}").text)

    def test_sale_has_not_begun_and_is_over(self):
        now = fields.Datetime.now()
        self.ticket.start_sale_datetime = now + timedelta(hours=2)
        self.assertIn("Opens on", self._list())
        self.ticket.write(
            {
                "start_sale_datetime": False,
                "end_sale_datetime": now - timedelta(hours=1),
            }
        )
        self.assertIn("Sales are over", self._list())

    def test_what_is_not_shown(self):
        past = fields.Datetime.now() - timedelta(days=3)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = [
            self._make_event(
                name="Hidden past", date_begin=past, date_end=past + timedelta(hours=1)
            ),
            self._make_event(name="Hidden archived", active=False),
            self._make_event(name="Hidden cancelled", kanban_state="cancel"),
            self._make_event(
                name="Hidden ended", stage_id=self.env.ref("event.event_stage_done").id
            ),
            self._make_event(name="Hidden foreign", company_id=elsewhere.id),
            self._make_event(name="Hidden bare", event_ticket_ids=[]),
        ]
        self.assertNotIn("Hidden", self._list())
        for event in hidden:
            with self.subTest(event.name):
                for page in (event.id, f"{event.id}/book"):
                    response = self._get(f"/my/club/events/{page}")
                    self.assertTrue(response.url.endswith("/my/club/events"))
        self.assertTrue(self._get("/my/club/events/99999999999").url.endswith("events"))

    def test_nothing_planned(self):
        self.env["event.event"].search([("id", "!=", 0)]).active = False
        self.assertIn("No events are planned now", self._list())

    def test_city(self):
        here, there = self.env["res.partner"].create(
            [{"name": city, "city": city} for city in ("Kazan", "Sochi")]
        )
        self.event.write({"address_id": here.id, "name": "Here"})
        self._make_event(name="There", address_id=there.id)
        self.assertIn("Here", self._list())
        page = self._page("/my/club/events?city=Sochi")
        self.assertIn("There", page)
        self.assertNotIn("Here", page)
        self.assertIn("Here", self._page("/my/club/events?city=Nowhere"))

    def test_member_price_is_shown(self):
        self.ticket.price = self.product.list_price = 1000
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Gold",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": 20,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        [offer] = self.event._club_portal_tickets(self.vera)[self.event]
        self.assertEqual(offer.price, 1000)
        self.vera.specific_property_product_pricelist = pricelist
        [offer] = self.event._club_portal_tickets(self.vera)[self.event]
        self.assertEqual(offer.price, 800)

    def test_pages(self):
        self._many(30)
        page = self._get("/my/club/events")
        self.assertEqual(page.text.count("o_club_event "), 20)
        self.assertEqual(
            self._get("/my/club/events/page/2").text.count("o_club_event "), 11
        )

    def _many(self, count):
        start = fields.Datetime.now() + timedelta(days=3)
        other = self.product.create(
            {"name": "Other", "type": "service", "service_tracking": "event"}
        )
        return self.env["event.event"].create(
            [
                {
                    "name": f"Event {number}",
                    "date_begin": start,
                    "date_end": start + timedelta(hours=2),
                    "seats_limited": True,
                    "seats_max": 10,
                    "event_mail_ids": False,
                    "event_ticket_ids": [
                        Command.create(
                            {"name": name, "product_id": product.id, "price": 10}
                        )
                        for name, product in (("A", self.product), ("B", other))
                    ],
                }
                for number in range(count)
            ]
        )

    def test_queries_do_not_grow_with_the_events(self):
        """Tickets, prices, places and the words of 10 and of 200 events."""

        def look(events):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = events._club_portal_tickets(self.vera)
            for event in found:
                event._club_when()
                event.address_inline  # noqa: B018
                for offer in found[event]:
                    offer.most  # noqa: B018
                    offer.ticket.name  # noqa: B018
            return self.env.cr.sql_log_count - before

        many = self._many(200)
        look(many[:1])
        self.assertEqual(look(many[:10]), look(many))


@tagged("post_install", "-at_install")
class TestBookingPage(EventPortalCommon):
    def _registrations(self, event=None):
        return (event or self.event).registration_ids.sorted("id")

    def test_for_myself(self):
        page = self._page(f"/my/club/events/{self.event.id}/book?t{self.ticket.id}=1")
        self.assertIn("Vera", page)
        response = self._book()
        self.assertIn("You are in.", self._words(response))
        registration = self._registrations()
        self.assertEqual(
            (registration.state, registration.partner_id), ("open", self.vera)
        )
        self.assertEqual(registration.club_attendee_id, self.vera)
        self.assertEqual(registration.email, "vera@example.com")
        self.assertFalse(registration.club_guest_consent)

    def test_with_a_guest(self):
        self._book(
            2,
            p1_name="Guest  One",
            p1_email="Guest@example.com",
            p1_phone="+7 000 1234567",
            consent="1",
        )
        mine, guest = self._registrations()
        self.assertEqual(mine.club_attendee_id, self.vera)
        self.assertEqual((guest.name, guest.email), ("Guest One", "Guest@example.com"))
        self.assertEqual(guest.partner_id, self.vera)
        self.assertFalse(guest.club_attendee_id)
        self.assertTrue(guest.club_guest_consent)

    def test_guests_only(self):
        guest = {"p0_name": "Guest", "p0_email": "g@example.com", "consent": "1"}
        said = self._words(self._book(1, me="", **guest))
        self.assertIn("A guest comes with his host", said)
        self._book(1)
        self._book(1, me="", **guest)
        self.assertEqual(len(self._registrations()), 2)
        self.assertIn("Guest", self._registrations().mapped("name"))
        self.assertFalse(self._registrations()[-1].club_attendee_id)

    def test_guest_without_contacts_gets_none_of_his_host(self):
        """Stock fills what is empty from whoever has booked."""
        self.vera.write({"phone": "+70001112233", "company_name": "Vera's firm"})
        self.event.question_ids = False
        self._book(1, me="", p0_name="Guest", consent="1")
        guest = self._registrations()
        self.assertFalse(guest.email or guest.phone or guest.company_name)

    def test_answers_are_saved(self):
        menu = self._question(
            "Menu",
            "simple_choice",
            answer_ids=[Command.create({"name": name}) for name in ("Fish", "Meat")],
        )
        car = self._question("Car", once_per_order=True)
        self._book(
            2,
            p1_name="Guest",
            p1_email="g@example.com",
            consent="1",
            **{
                f"p0_q{menu.id}": menu.answer_ids[0].id,
                f"p1_q{menu.id}": menu.answer_ids[1].id,
                f"q{car.id}": "A 123",
            },
        )
        said = [
            set(r.registration_answer_ids.mapped("display_name"))
            for r in self._registrations()
        ]
        self.assertEqual(said, [{"Fish", "A 123"}, {"Meat", "A 123"}])

    def test_what_is_wrong_is_said_and_what_was_typed_kept(self):
        menu = self._question("Menu", is_mandatory_answer=True)
        good = {
            "p1_name": "Olga",
            "p1_email": "o@example.com",
            "consent": "1",
            f"p0_q{menu.id}": "all",
            f"p1_q{menu.id}": "all",
        }
        for wrong, said in (
            ({"p1_name": ""}, "Please write the name."),
            ({"p1_name": "x" * 121}, "Please write the name."),
            ({"p1_email": "nobody"}, "Please check the e-mail address."),
            ({"p1_email": ""}, "Please write the e-mail address."),
            ({"p1_phone": "12"}, "Please check the phone number."),
            ({f"p1_q{menu.id}": " "}, "Please answer “Menu”."),
            ({"consent": ""}, "ask your guests"),
        ):
            with self.subTest(wrong):
                response = self._book(2, **{**good, "p1_phone": "+7 12345", **wrong})
                self.assertIn(said, self._words(response))
                kept = "p1_email" if "p1_name" in wrong else "p1_name"
                self.assertIn(f'value="{good[kept]}"', response.text)
                self.assertFalse(self._registrations())

    def test_bad_choices(self):
        other = self._make_event()
        for data, said in (
            ({f"t{self.ticket.id}": "0"}, "Choose a ticket first."),
            ({f"t{self.ticket.id}": "x"}, "Choose a ticket first."),
            ({f"t{self.ticket.id}": "-1"}, "Choose a ticket first."),
            (
                {
                    f"t{self.ticket.id}": "0",
                    f"t{other.event_ticket_ids.id}": "1",
                },
                "Choose a ticket first.",
            ),
            ({f"t{self.ticket.id}": "4"}, "only 3 left"),
        ):
            with self.subTest(data):
                response = self._post(f"/my/club/events/{self.event.id}/book", **data)
                self.assertIn(said, self._words(response))
        self.assertFalse(self._registrations() + other.registration_ids)

    def test_limit_of_an_order(self):
        self.ticket.limit_max_per_order = 1
        self.assertIn("1 in one order at most", self._words(self._book(2)))

    def test_sold_out_meanwhile(self):
        for _one in range(3):
            self._register(self.ivan)
        self.assertIn("“Standard” is sold out.", self._words(self._book()))

    def test_a_second_place_for_myself(self):
        self._book()
        said = self._words(self._book())
        self.assertIn("You have a place at this time already", said)
        self.assertEqual(len(self._registrations()), 1)

    def test_a_time_is_chosen(self):
        morning, noon = self._slots(self.event)
        self.assertIn("Choose a time first.", self._words(self._book()))
        self.assertIn("3 left", self._page(f"/my/club/events/{self.event.id}"))
        self._book(3, slot=morning.id, consent=1, **self._guests(3))
        self.assertEqual(self._registrations().event_slot_id, morning)
        said = self._words(self._book(slot=morning.id))
        self.assertIn("sold out", said)
        self._book(slot=noon.id)
        self.assertEqual(len(self._registrations()), 4)

    def _guests(self, count):
        return {
            key: value
            for number in range(count)
            for key, value in (
                (f"p{number}_name", f"Guest {number}"),
                (f"p{number}_email", f"guest{number}@example.com"),
            )
        }

    def test_paid_places_are_held_and_lead_to_the_order(self):
        event = self._make_event(price=100)
        response = self._book(2, event, consent=1, **self._guests(2))
        registrations = self._registrations(event)
        order = registrations.sale_order_id
        self.assertIn(f"/my/orders/{order.id}", response.url)
        self.assertEqual(order.partner_id, self.vera)
        self.assertEqual(order.amount_untaxed, 200)
        self.assertEqual(set(registrations.mapped("state")), {"draft"})
        self.assertIn("Your places are kept until", self._words(response))
        [offer] = event._club_portal_tickets(self.vera)[event]
        self.assertEqual(offer.left, 1)

    def test_pay_by_invoice_keeps_the_places_for_days(self):
        event = self._make_event(price=100, user_id=self.env.user.id)
        self._book(1, event)
        order = self._registrations(event).sale_order_id
        self._post(f"/my/club/tickets/invoice/{order.id}", user=self.ivan_user)
        self.assertEqual(order.state, "draft", "somebody else's order")
        response = self._post(f"/my/club/tickets/invoice/{order.id}")
        self.assertIn("You will get an invoice", self._words(response))
        self.assertEqual(order.state, "sent")
        until = self._registrations(event).club_held_until
        self.assertGreater(until, fields.Datetime.now() + timedelta(days=2))
        [task] = order.activity_ids
        self.assertEqual(task.user_id, event.user_id)
        self._post(f"/my/club/tickets/invoice/{order.id}")
        self.assertEqual(self._registrations(event).club_held_until, until, "once")
        self.assertEqual(len(order.activity_ids), 1)
