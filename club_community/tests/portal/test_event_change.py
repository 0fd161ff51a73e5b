from datetime import timedelta

from odoo import Command, fields, http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.event.event_booking import Seat
from ..event.common import EventCommon


@tagged("post_install", "-at_install")
class TestEventChangePages(EventCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event.write({"seats_max": 10, "club_cancel_hours": 2})
        cls.users = {
            person: new_test_user(
                cls.env,
                person.name.lower(),
                "base.group_portal",
                partner_id=person.id,
                email=person.email,
            )
            for person in (cls.vera, cls.ivan, cls.olga)
        }
        guest = Seat(
            cls.ticket,
            name="Gleb",
            email="gleb@example.com",
            values=cls.event._club_guest_consent(),
        )
        places, _order = cls.event._club_book(
            cls.vera, [Seat(cls.ticket, cls.vera), guest]
        )
        cls.place, cls.guest = places

    def _open(self, url, person=None, **data):
        """Get a page, or send a form, as somebody; nobody is logged in without."""
        self.env.flush_all()
        login = self.users[person].login if person else None
        self.authenticate(login, login)
        if data:
            data = {"csrf_token": http.Request.csrf_token(self), **data}
        response = self.url_open(url, data=data or None)
        self.env.invalidate_all()
        return response

    def _url(self, what, place=None):
        return f"/my/club/tickets/{(place or self.place).id}/{what}"

    def _offer(self, email="ivan@example.com"):
        offer = self.env["club.event.transfer"]._offer(self.place, self.vera, email)
        return offer, f"/club/ticket/accept/{offer.sudo().token}"

    # --- Cancel -------------------------------------------------------------------

    def test_page_says_what_it_means_before(self):
        page = self._open(self._url("cancel"), self.vera)
        for words in (
            "What you get back",
            "Your guests",
            "Gleb",
            "together with yours",
        ):
            self.assertIn(words, page.text)
        self.assertEqual(self.place.state, "open")

    def test_cancels_with_guests(self):
        page = self._open(self._url("cancel/confirm"), self.vera, reason="Ill")
        self.assertIn("This place is cancelled", page.text)
        self.assertEqual((self.place.state, self.guest.state), ("cancel", "cancel"))
        self.assertEqual(self.place.club_cancel_reason, "Ill")

    def test_one_place_of_several(self):
        self._open(self._url("cancel/confirm", self.guest), self.vera, reason="")
        self.assertEqual((self.place.state, self.guest.state), ("open", "cancel"))

    def test_guests_stay_if_he_says_so(self):
        self.event.club_guests_follow = "stay"
        page = self._open(self._url("cancel"), self.vera)
        self.assertIn("They come without me", page.text)
        self._open(self._url("cancel/confirm"), self.vera, guests="stay")
        self.assertEqual((self.place.state, self.guest.state), ("cancel", "open"))

    def test_guests_go_if_he_says_so(self):
        self.event.club_guests_follow = "stay"
        self._open(self._url("cancel/confirm"), self.vera, guests="go")
        self.assertEqual(self.guest.state, "cancel")

    def test_too_late_is_asked(self):
        start = fields.Datetime.now() + timedelta(hours=1)
        self.event.write({"date_begin": start, "date_end": start + timedelta(hours=2)})
        page = self._open(self._url("cancel"), self.vera)
        self.assertIn("Ask the organiser", page.text)
        refused = self._open(self._url("cancel/confirm"), self.vera, reason="x")
        self.assertEqual((refused.status_code, self.place.state), (422, "open"))
        page = self._open(self._url("ask"), self.vera, words="I am ill")
        self.assertIn("We have told the organiser", page.text)
        self.assertIn("I am ill", str(self.place.activity_ids.note))

    def test_others_find_nothing(self):
        for what in ("cancel", "transfer"):
            self.assertEqual(self._open(self._url(what), self.ivan).status_code, 404)
        for what in (
            "cancel/confirm",
            "ask",
            "transfer/offer",
            "transfer/withdraw",
        ):
            answer = self._open(
                self._url(what), self.ivan, words="x", email="x@example.com"
            )
            self.assertEqual(answer.status_code, 404, what)
        self.assertEqual(self.place.state, "open")
        self.assertFalse(self.place.club_transfer_ids)
        self.assertIn("/web/login", self._open(self._url("cancel")).url)
        self.assertEqual(
            self._open("/my/club/tickets/999999999/cancel", self.vera).status_code, 404
        )

    def test_form_without_its_token(self):
        self.authenticate("vera", "vera")
        with mute_logger("odoo.http"):
            answer = self.url_open(self._url("cancel/confirm"), data={"reason": "x"})
        self.assertEqual((answer.status_code, self.place.state), (400, "open"))

    # --- Give away ----------------------------------------------------------------

    def test_offer_and_take_back(self):
        page = self._open(
            self._url("transfer/offer"), self.vera, email="ivan@example.com"
        )
        self.assertIn("You offer this ticket to", page.text)
        self.assertEqual(self.place.club_transfer_ids.state, "offered")
        self._open(self._url("transfer/withdraw"), self.vera, x="1")
        self.assertEqual(self.place.club_transfer_ids.state, "withdrawn")

    def test_bad_address_is_kept_in_the_form(self):
        page = self._open(
            self._url("transfer/offer"), self.vera, email="no<body", message="Hi"
        )
        self.assertEqual(page.status_code, 422)
        self.assertIn("Write one e-mail address", page.text)
        self.assertIn("no&lt;body", page.text)

    def test_page_tells_nobody_who_is_a_member(self):
        pages = []
        for email in ("ivan@example.com", "nobo@example.com"):
            page = self._open(self._url("transfer/offer"), self.vera, email=email)
            pages.append(page.text.replace(email, "X"))
            self.place.club_transfer_ids.filtered(
                lambda t: t.state == "offered"
            )._withdraw()
        self.assertEqual(*[p[p.index("You offer this") :][:200] for p in pages])

    # --- Accept -------------------------------------------------------------------

    def test_member_accepts_in_the_portal(self):
        offer, url = self._offer()
        old = self.place.barcode
        page = self._open(url, self.ivan)
        self.assertIn("You are logged in as", page.text)
        self.assertEqual(offer.state, "offered", "looking at it accepts nothing")
        page = self._open(f"{url}/answer", self.ivan, answer="accept")
        self.assertIn("The ticket is yours", page.text)
        self.assertEqual(self.place.club_attendee_id, self.ivan)
        self.assertNotEqual(self.place.barcode, old)
        self.assertEqual(self._open(self._url("cancel"), self.vera).status_code, 404)
        self.assertEqual(self._open(self._url("cancel"), self.ivan).status_code, 200)

    def test_guest_accepts_without_a_login(self):
        _offer, url = self._offer("dina@example.com")
        form = {"answer": "accept", "name": "Dina", "email": "dina@example.com"}
        page = self._open(f"{url}/answer", **form)
        self.assertEqual(page.status_code, 422)
        self.assertIn("agree first", page.text)
        page = self._open(f"{url}/answer", consent="1", **form)
        self.assertIn("The ticket is yours", page.text)
        self.assertEqual((self.place.name, self.place.email), ("Dina", form["email"]))
        self.assertIn("keep my name", self.place.club_guest_consent_words)
        self.assertEqual(self.place.club_brought_by_id, self.vera)

    def test_ticket_opens_from_the_page_and_the_old_link_does_not(self):
        offer, url = self._offer()
        old = (
            f"/event/{self.event.id}/my_tickets?registration_ids={self.place.ids}"
            f"&tickets_hash={self.event._get_tickets_access_hash(self.place.ids)}"
            "&responsive_html=1"
        )
        self.assertEqual(self._open(old).status_code, 200)
        self._open(f"{url}/answer", self.ivan, answer="accept")
        self.assertEqual(self._open(old).status_code, 404)
        self.assertIn(self.place.barcode, self._open(offer._ticket_url()).text)

    def test_decline(self):
        offer, url = self._offer()
        page = self._open(f"{url}/answer", answer="decline")
        self.assertIn("was declined", page.text)
        self.assertEqual(offer.state, "declined")
        self.assertEqual(self.place.club_attendee_id, self.vera)

    def test_no_such_link(self):
        for url in ("/club/ticket/accept/x", "/club/ticket/accept/0"):
            self.assertEqual(self._open(url).status_code, 404)
            self.assertEqual(
                self._open(f"{url}/answer", answer="accept").status_code, 404
            )

    def test_accepted_once(self):
        _offer, url = self._offer()
        self._open(f"{url}/answer", self.ivan, answer="accept")
        page = self._open(f"{url}/answer", self.olga, answer="accept")
        self.assertIn("accepted already", page.text)
        self.assertEqual(self.place.club_attendee_id, self.ivan)

    def test_second_ticket_of_somebody(self):
        self.env["event.registration"].create(
            {
                "event_id": self.event.id,
                "event_ticket_id": self.ticket.id,
                "partner_id": self.ivan.id,
                "club_attendee_id": self.ivan.id,
            }
        )
        _offer, url = self._offer()
        page = self._open(f"{url}/answer", self.ivan, answer="accept")
        self.assertEqual(page.status_code, 422)
        self.assertIn("has a ticket for this event already", page.text)

    def test_free_place_shows_no_shares(self):
        self.event.write(
            {
                "date_begin": fields.Datetime.now() + timedelta(days=20),
                "date_end": fields.Datetime.now() + timedelta(days=21),
                "club_cancel_rule_ids": [Command.create({"days": 3, "share": 50})],
            }
        )
        page = self._open(self._url("cancel"), self.vera)
        self.assertIn("Nothing was paid for this place", page.text)
        self.assertNotIn("50", page.text[page.text.index("What you get back") :][:300])
