import re
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .event_portal_common import EventPortalCommon


@tagged("post_install", "-at_install")
class TestTickets(EventPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._register(
            cls.vera, name="Vera", email="v@example.com", club_attendee_id=cls.vera.id
        )
        cls.url = f"/my/club/tickets/{cls.mine.id}"

    def _edit(self, **data):
        good = {"name": "Olga", "email": "olga@example.com", "phone": ""}
        return self._post(f"{self.url}/edit", **{**good, **data})

    def _held(self, **values):
        """A place that waits for its payment."""
        event = self._make_event(price=100, name="Dinner")
        self._book(1, event)
        registration = event.registration_ids
        registration.write(values)
        return registration

    # --- Lists --------------------------------------------------------------------

    def test_mine_and_nobody_elses(self):
        theirs = self._register(self.ivan, name="Ivan's guest")
        for_me = self._register(
            self.ivan, name="Vera as a guest", club_attendee_id=self.vera.id
        )
        page = self._page("/my/club/tickets")
        self.assertIn("Vera as a guest", page)
        self.assertNotIn("Ivan's guest", page)
        for kind in ("", "/print", "/ics", "/pdf", "/pay"):
            with self.subTest(kind):
                response = self._get(f"/my/club/tickets/{theirs.id}{kind}")
                self.assertTrue(response.url.endswith("/my/club/tickets"))
        self.assertIn("Vera as a guest", self._page(f"/my/club/tickets/{for_me.id}"))
        response = self._post(
            f"/my/club/tickets/{theirs.id}/edit", name="Stolen", email="x@example.com"
        )
        self.assertTrue(response.url.endswith("/my/club/tickets"))
        self.assertEqual(theirs.name, "Ivan's guest")

    def test_a_colleague_sees_only_his_own(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        (self.vera + self.ivan).parent_id = firm
        response = self._get(self.url, self.ivan_user)
        self.assertTrue(response.url.endswith("/my/club/tickets"))
        self.assertIn("You have no tickets yet", self._words(response))

    def test_numbers_that_are_none(self):
        for number in ("0", "99999999999999"):
            response = self._get(f"/my/club/tickets/{number}")
            self.assertTrue(response.url.endswith("/my/club/tickets"))

    def test_states_in_words(self):
        held = self._held()
        page = self._page("/my/club/tickets")
        for word in ("To come", "Confirmed", "Kept for you until", "Pay now"):
            self.assertIn(word, page)
        held.club_held_until = fields.Datetime.now() - timedelta(minutes=1)
        self.mine.action_set_done()
        page = self._page("/my/club/tickets")
        self.assertIn("the place is not kept any more", page)
        self.assertIn("Attended", page)
        self.mine.action_cancel()
        page = self._page("/my/club/tickets")
        self.assertIn("Past and cancelled", page)
        self.assertIn("Cancelled", page)
        self.event.kanban_state = "cancel"
        self._register(self.vera)
        self.assertIn("The event is cancelled", self._page("/my/club/tickets"))

    def test_pay_now_leads_to_my_order(self):
        held = self._held()
        response = self._get(f"/my/club/tickets/{held.id}/pay")
        self.assertIn(f"/my/orders/{held.sale_order_id.id}", response.url)
        self.assertIn("Your places are kept until", self._words(response))

    def test_home_and_club(self):
        self.assertIn("Events and tickets", self._page("/my"))
        page = self._page("/my/club")
        self.assertIn("My next event", page)
        self.assertIn("Evening", page)
        answer = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["club_ticket_count"]}
        )
        self.assertEqual(answer["club_ticket_count"], 1)
        self.assertNotIn("My next event", self._page("/my/club", self.ivan_user))

    def test_queries_do_not_grow_with_the_tickets(self):
        many = self._make_event(0, name="Large")

        def look():
            self._get("/my/club/tickets")  # what is computed once
            before = self.env.cr.sql_log_count
            self.url_open("/my/club/tickets")
            return self.env.cr.sql_log_count - before

        for _one in range(2):
            self._register(self.vera, many)
        few = look()
        for _one in range(20):
            self._register(self.vera, many)
        self.assertEqual(look(), few)

    # --- One ticket -----------------------------------------------------------------

    def test_code_is_of_stock_s_desk(self):
        """The barcode desk of stock finds the ticket by what the code says."""
        text = self._get(self.url).text
        self.assertIn("<svg", text)
        self.assertIn(self.mine.barcode, text)
        self.event.date_begin = fields.Datetime.now()
        answer = self.env["event.registration"].register_attendee(
            self.mine.barcode, self.event.id
        )
        self.assertEqual(answer["status"], "confirmed_registration")

    def test_no_code_until_it_is_paid_nor_after_it_is_cancelled(self):
        held = self._held()
        self.mine.action_cancel()
        for ticket in (held, self.mine):
            response = self._get(f"/my/club/tickets/{ticket.id}")
            self.assertNotIn(ticket.barcode, response.text)
            response = self._get(f"/my/club/tickets/{ticket.id}/print")
            self.assertTrue(response.url.endswith("/my/club/tickets"))

    def test_page_to_print_needs_nothing_else(self):
        response = self._get(f"{self.url}/print")
        self.assertTrue(response.text.lstrip().startswith("<!DOCTYPE html>"))
        self.assertIn("<svg", response.text)
        self.assertIn(self.mine.barcode, response.text)
        outside = re.findall(
            r"""(?:src|href)=["']|url\(|<link|<script""", response.text
        )
        self.assertFalse(outside)

    def test_pdf_or_the_page_to_print(self):
        response = self._get(f"{self.url}/pdf")
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() in ("ok", "upgrade"):
            self.assertEqual(response.headers["Content-Type"], "application/pdf")
        else:
            self.assertTrue(response.url.endswith("/print"))

    def test_calendar(self):
        morning, _noon = self._slots(self.event)
        self.mine.event_slot_id = morning
        response = self._get(f"{self.url}/ics")
        self.assertIn("text/calendar", response.headers["Content-Type"])
        self.assertIn("SUMMARY:Evening", response.text)
        self.assertIn(f"DTSTART:{morning.start_datetime:%Y%m%dT%H%M%S}", response.text)
        self.assertIn("www.google.com/calendar", self._get(self.url).text)

    # --- Who comes --------------------------------------------------------------------

    def test_correct_who_comes_and_nothing_else(self):
        self.event.club_edit_until_hours = 1
        other = self._make_event(name="Other")
        was = self.mine.read(["event_id", "event_ticket_id", "state", "barcode"])
        self._edit(
            phone="+7 000 12345",
            event_id=other.id,
            event_ticket_id=other.event_ticket_ids.id,
            state="done",
            barcode="1",
            partner_id=self.ivan.id,
            club_attendee_id=self.ivan.id,
            active="",
        )
        self.assertEqual(
            (self.mine.name, self.mine.email), ("Olga", "olga@example.com")
        )
        self.assertEqual(
            self.mine.read(["event_id", "event_ticket_id", "state", "barcode"]), was
        )
        self.assertEqual(self.mine.partner_id, self.vera)
        self.assertEqual(self.mine.club_attendee_id, self.vera)
        self.assertTrue(self.mine.active)

    def test_too_late(self):
        """The event is tomorrow: a day before it is in a moment from now."""
        self.event.club_edit_until_hours = 25
        self.assertNotIn("Change who comes", self._page(self.url))
        self.assertIn("It is too late", self._words(self._edit()))
        self.assertEqual(self.mine.name, "Vera")

    def test_cancelled_is_not_changed(self):
        self.event.club_edit_until_hours = 0
        self.mine.action_cancel()
        self._edit()
        self.assertEqual(self.mine.name, "Vera")

    def test_bad_contacts(self):
        self.event.club_edit_until_hours = 0
        for wrong, said in (
            ({"name": " "}, "Please write the name."),
            ({"email": "nobody"}, "Please check the e-mail address."),
        ):
            with self.subTest(wrong):
                response = self._edit(**wrong)
                self.assertIn(said, self._words(response))
                self.assertEqual(self.mine.name, "Vera")

    def test_answers_can_be_changed(self):
        self.event.club_edit_until_hours = 0
        menu = self._question(
            "Menu",
            "simple_choice",
            answer_ids=[Command.create({"name": name}) for name in ("Fish", "Meat")],
        )
        note = self._question("Note")
        fish, meat = menu.answer_ids
        foreign = self._question("Foreign", event=self._make_event())
        self._edit(
            **{f"q{menu.id}": fish.id, f"q{note.id}": "x", f"q{foreign.id}": "no"}
        )
        answers = self.mine.registration_answer_ids
        self.assertEqual(set(answers.mapped("display_name")), {"Fish", "x"})
        self._edit(**{f"q{menu.id}": meat.id, f"q{note.id}": ""})
        self.assertEqual(
            self.mine.registration_answer_ids.mapped("display_name"), ["Meat"]
        )

    def test_negative_hours_are_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "club_edit_not_negative"),
        ):
            self.event.club_edit_until_hours = -1
            self.env.flush_all()
