from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from ..event.common import EventCommon


@tagged("post_install", "-at_install")
class TestMyEventWaiting(EventCommon, HttpCase):
    """Join, see, accept and leave; with a login, and by the link of a letter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event = cls._make_event(1)
        cls.ticket = cls.event.event_ticket_ids
        cls.taken = cls._register(cls.vera)
        for partner in (cls.ivan, cls.olga):
            new_test_user(
                cls.env,
                partner.name.lower(),
                groups="base.group_portal",
                partner_id=partner.id,
            )
        cls.url = f"/my/club/events/{cls.event.id}/wait"

    def _text(self, response):
        body = html.fromstring(response.text).find(".//main")
        return " ".join((body if body is not None else []).text_content().split())

    def _open(self, url, **options):
        self.env.flush_all()
        response = self.url_open(url, **options)
        self.env.invalidate_all()
        return response

    def _post(self, url, **values):
        token = Request.csrf_token(self)
        return self._open(url, data={"csrf_token": token, **values})

    def _entry(self, partner=None):
        return self.env["club.event.waiting"].search(
            [("partner_id", "=", (partner or self.ivan).id)], order="id desc", limit=1
        )

    def _join(self, **values):
        self.authenticate("ivan", "ivan")
        return self._post(self.url, ticket_id=self.ticket.id, quantity="1", **values)

    def _offer(self):
        self.taken.action_cancel()
        self.event._club_offer_next()
        self.env.flush_all()

    def test_join_and_leave(self):
        self.authenticate("ivan", "ivan")
        self.assertIn("Join the waiting list", self._text(self._open(self.url)))
        text = self._text(self._join())
        self.assertIn("Your place in the queue: 1", text)
        self.assertIn("see your place", self._text(self._open(self.url)))
        entry = self._entry()
        answer = self._post(f"{self.url}/{entry.id}/leave")
        self.assertIn("not on the waiting list any more", self._text(answer))
        self.assertEqual(entry.state, "left")

    def test_several_places(self):
        self.event.seats_max = 3
        self.event.club_waiting_ids.invalidate_recordset()
        self._join()
        self.assertFalse(self._entry(), "two are free")
        self._post(self.url, ticket_id=self.ticket.id, quantity="3")
        self.assertEqual(self._entry().quantity, 3)

    def test_leave_by_link_without_login(self):
        """pretix #837; a mail program that opens links changes nothing."""
        self._join()
        entry = self._entry()
        link = entry.wait_url.replace(entry.get_base_url(), "")
        self.authenticate(None, None)
        self.assertIn("Leave the queue", self._text(self._open(link)))
        self.assertEqual(entry.state, "waiting")
        self._post(f"{self.url}/{entry.id}/leave", token=entry._token())
        self.assertEqual(entry.state, "left")

    def test_offer_is_accepted_and_declined(self):
        self._join()
        self._offer()
        entry = self._entry()
        text = self._text(self._open(f"{self.url}/{entry.id}"))
        self.assertIn("It is your turn", text)
        self.assertIn("hours left", text)
        answer = self._post(f"{self.url}/{entry.id}/accept")
        self.assertIn("The place is yours", self._text(answer))
        self.assertEqual(entry.registration_ids.state, "open")
        self.authenticate("olga", "olga")
        self._post(self.url, ticket_id=self.ticket.id, quantity="1")
        entry.registration_ids.action_cancel()
        self.event._club_offer_next()
        other = self._entry(self.olga)
        self.assertEqual(other.state, "offered")
        self._post(f"{self.url}/{other.id}/leave")
        self.assertEqual((other.state, self.event.seats_available), ("left", 1))

    def test_paid_offer_leads_to_the_order(self):
        self.ticket.price = 50
        self._join()
        self._offer()
        entry = self._entry()
        answer = self._post(f"{self.url}/{entry.id}/accept")
        self.assertIn(f"/my/orders/{entry.order_id.id}", answer.url)
        self.assertEqual(entry.state, "offered")

    def test_guests_are_named_on_the_page(self):
        self.event.seats_max = 2
        self.event.question_ids.is_mandatory_answer = False
        self._register(self.vera)
        self.authenticate("ivan", "ivan")
        self._post(self.url, ticket_id=self.ticket.id, quantity="2")
        self.event.registration_ids.action_cancel()
        self.event._club_offer_next()
        entry = self._entry()
        page = self._text(self._open(f"{self.url}/{entry.id}"))
        self.assertIn("places are kept for you", page)
        self.assertIn("Who comes with you", page)
        accept = f"{self.url}/{entry.id}/accept"
        for form, said in (
            ({}, "Please write the name"),
            ({"g0_name": "Oleg"}, "an e-mail or a phone"),
            ({"g0_name": "Oleg", "g0_email": "x"}, "check the e-mail"),
            ({"g0_name": "Oleg", "g0_phone": "+1 555 0100"}, "whether they agree"),
        ):
            answer = self._post(accept, **form)
            self.assertIn(said, self._text(answer))
            self.assertIn(form.get("g0_name", ""), answer.text)
        self.assertEqual(entry.state, "offered")
        form = {"g0_name": "Oleg", "g0_phone": "+1 555 0100", "agreed": "1"}
        self.assertIn("The place is yours", self._text(self._post(accept, **form)))
        guest = entry.registration_ids.sorted("id")[1]
        self.assertEqual((guest.name, guest.club_brought_by_id), ("Oleg", self.ivan))

    def test_an_offer_is_not_a_place_yet(self):
        """The page of the event asks for an answer; it does not promise a place."""
        page = f"/my/club/events/{self.event.id}"
        self._join()
        self._offer()
        text = self._text(self._open(page))
        self.assertIn("A place is kept for you: answer", text)
        self.assertNotIn("You have a place", text)
        self.assertNotIn("Join the waiting list", text)
        self._entry()._accept()
        text = self._text(self._open(page))
        self.assertNotIn("A place is kept for you", text)
        self.assertIn("You have a place", text)

    def test_offer_that_is_over(self):
        self._join()
        self._offer()
        entry = self._entry()
        entry.registration_ids.club_held_until = fields.Datetime.now() - timedelta(
            minutes=1
        )
        answer = self._post(f"{self.url}/{entry.id}/accept")
        self.assertIn("This offer has ended", self._text(answer))
        self.assertEqual(entry.registration_ids.state, "draft")

    def test_nothing_of_another(self):
        self._join()
        entry = self._entry()
        page = f"{self.url}/{entry.id}"
        self.authenticate("olga", "olga")
        self.assertEqual(self._open(page).status_code, 404)
        wrong = self.env["club.event.waiting"].create(
            {
                "event_id": self.event.id,
                "ticket_id": self.ticket.id,
                "partner_id": self.olga.id,
            }
        )
        for token in ("", "x", "é", wrong._token()):
            answer = self._post(f"{page}/leave", token=token)
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._post(f"{page}/leave0").status_code, 404)
        self.assertEqual(
            self._post(f"/my/club/events/0/wait/{entry.id}/leave").status_code, 404
        )
        self.authenticate(None, None)
        self.assertIn("/web/login", self._open(page).url)
        self.assertEqual(entry.state, "waiting")

    def test_the_list_is_never_hidden(self):
        """pretix #5188: a page that says why one cannot wait."""
        self.authenticate("ivan", "ivan")
        self.event.club_has_waiting_list = False
        self.assertIn("has no waiting list", self._text(self._open(self.url)))
        self.event.club_has_waiting_list = True
        self.ticket.write(
            {
                "start_sale_datetime": fields.Datetime.now() - timedelta(days=2),
                "end_sale_datetime": fields.Datetime.now() - timedelta(days=1),
            }
        )
        self.assertIn("is not sold any more", self._text(self._open(self.url)))

    def test_garbage(self):
        self.authenticate("ivan", "ivan")
        for values, said in (
            ({}, "Choose a ticket first"),
            ({"ticket_id": "x"}, "Choose a ticket first"),
            ({"ticket_id": self.ticket.id, "quantity": "-1"}, "How many places"),
            ({"ticket_id": self.ticket.id, "quantity": "²"}, "How many places"),
            ({"ticket_id": self.ticket.id, "quantity": "0"}, "How many places"),
            ({"ticket_id": self.ticket.id, "quantity": "9"}, "1 places in all"),
        ):
            self.assertIn(said, self._text(self._post(self.url, **values)))
        self.assertEqual(
            self._post("/my/club/events/999999/wait", ticket_id="1").status_code, 404
        )
        self.assertFalse(self._entry())

    def test_event_of_another_company(self):
        self.event.company_id = self.env["res.company"].create({"name": "Other"})
        self.authenticate("ivan", "ivan")
        self.assertEqual(self._open(self.url).status_code, 404)

    def test_estimate_with_enough_data_only(self):
        self.authenticate("ivan", "ivan")
        self.assertNotIn("have given back", self._text(self._open(self.url)))
        past = self._make_event(0, event_ticket_ids=False)
        places = self.env["event.registration"].create(
            [{"event_id": past.id, "name": f"{n}"} for n in range(40)]
        )
        places[:4].action_cancel()
        past.write(
            {
                "date_begin": fields.Datetime.now() - timedelta(days=3),
                "date_end": fields.Datetime.now() - timedelta(days=2),
            }
        )
        self.assertIn(
            "have given back 4 of 41 places so far", self._text(self._open(self.url))
        )
