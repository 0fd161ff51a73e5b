from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_guest import GuestCommon

WORDS = "The club may keep my contact."


class TransferCommon(GuestCommon):
    def _offer(self, place=None, email="ivan@example.com", giver=None):
        place = place or self._register(self.vera, club_attendee_id=self.vera.id)
        return self.env["club.event.transfer"]._offer(
            place, giver or self.vera, email, "See you"
        )

    def _guest_accepts(self, offer, **values):
        return offer._accept(
            **{
                "name": "Gleb",
                "email": "gleb@example.com",
                "consent": WORDS,
                **values,
            }
        )

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            job = self.env.ref("club_community.ir_cron_club_event_transfer")
            job.method_direct_trigger()
        self.env.invalidate_all()

    def _mails_to(self, address):
        return self.env["mail.mail"].search([("email_to", "ilike", address)])


@tagged("post_install", "-at_install")
class TestTransfer(TransferCommon):
    def test_member_accepts(self):
        offer = self._offer()
        place = offer.registration_id
        old = place.barcode
        self.assertEqual((offer.state, place.barcode), ("offered", old))
        offer._accept(self.ivan)
        self.assertEqual((offer.state, offer.receiver_id), ("accepted", self.ivan))
        self.assertNotEqual(place.barcode, old)
        self.assertEqual(place.club_attendee_id, self.ivan)
        self.assertEqual((place.name, place.email), ("Ivan", "Ivan@example.com"))
        self.assertEqual(place.partner_id, self.vera, "who has paid stays")
        self.assertEqual(place.club_given_by_id, self.vera)

    def test_old_code_is_dead_at_the_door(self):
        offer = self._offer()
        place = offer.registration_id
        old = place.barcode
        offer._accept(self.ivan)
        self.event.date_begin = fields.Datetime.now()
        answer = place.register_attendee(old, self.event.id)
        self.assertNotIn(answer.get("status"), ("confirmed_registration", None))
        self.assertEqual(place.state, "open", "the old code lets nobody in")
        answer = place.register_attendee(place.barcode, self.event.id)
        self.assertEqual(answer["status"], "confirmed_registration")

    def test_old_link_of_the_ticket_is_dead(self):
        """Stock's link holds numbers only: the giver would see the new code."""
        offer = self._offer()
        ids = offer.registration_id.ids
        old = self.event._get_tickets_access_hash(ids)
        self.assertEqual(old, self.event._get_tickets_access_hash(ids))
        offer._accept(self.ivan)
        self.assertNotEqual(old, self.event._get_tickets_access_hash(ids))
        self.assertIn(self.event._get_tickets_access_hash(ids), offer._ticket_url())

    def test_guest_accepts(self):
        offer = self._offer(email="gleb@example.com")
        place = self._guest_accepts(offer)
        self.assertEqual((place.name, place.email), ("Gleb", "gleb@example.com"))
        self.assertFalse(place.club_attendee_id)
        self.assertEqual(place.club_brought_by_id, self.vera)
        self.assertEqual(place.club_guest_consent_words, WORDS)

    def test_guest_says_who_he_is(self):
        offer = self._offer(email="gleb@example.com")
        for missing, words in (
            ({"name": " "}, "Write your name"),
            ({"email": "", "phone": ""}, "Write your name"),
            ({"consent": ""}, "agree first"),
        ):
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                self._guest_accepts(offer, **missing)
        self.assertEqual(offer.state, "offered")

    def test_no_guests_with_this_ticket(self):
        self.ticket.club_guests_max = 0
        offer = self._offer(email="gleb@example.com")
        with self.assertRaisesRegex(ValidationError, "Guests cannot be brought"):
            self._guest_accepts(offer)

    def test_place_of_a_guest(self):
        host, guest = self._book("Gleb")
        offer = self._offer(guest, "dina@example.com")
        self._guest_accepts(offer, name="Dina", email="dina@example.com")
        self.assertEqual((guest.name, guest.club_host_id), ("Dina", host))
        self.assertEqual(guest.club_brought_by_id, self.vera)
        self._offer(guest)._accept(self.ivan)
        self.assertFalse(guest._club_is_guest(), "a person of the club comes himself")

    def test_receiver_gives_it_on(self):
        first = self._offer()
        place = first._accept(self.ivan)
        second = self._offer(place, "olga@example.com", self.ivan)
        second._accept(self.olga)
        self.assertEqual(place.club_attendee_id, self.olga)
        self.assertFalse(first._ticket_url(), "the first link shows nothing any more")
        self.assertTrue(second._ticket_url())

    def test_answers_but_once(self):
        accepted, declined, withdrawn = (self._offer() for _one in range(3))
        accepted._accept(self.ivan)
        declined._decline()
        withdrawn._withdraw()
        for offer, words in (
            (accepted, "accepted already"),
            (declined, "was declined"),
            (withdrawn, "taken the offer back"),
        ):
            for step in (lambda o=offer: o._accept(self.olga), offer._decline):
                with self.assertRaisesRegex(UserError, words):
                    step()
        self.assertEqual(declined.registration_id.club_attendee_id, self.vera)

    def test_one_offer_at_a_time(self):
        place = self._offer().registration_id
        with self.assertRaisesRegex(UserError, "offered to somebody already"):
            self._offer(place)
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env["club.event.transfer"].create(
                {
                    "registration_id": place.id,
                    "email": "x@example.com",
                    "expires_on": fields.Datetime.now(),
                }
            )

    def test_one_person_has_one_ticket(self):
        self._register(self.ivan, club_attendee_id=self.ivan.id)
        with self.assertRaisesRegex(UserError, "has a ticket"):
            self._offer()._accept(self.ivan)

    def test_addresses(self):
        for email in ("", "nobody", "Vera@example.com"):
            with self.assertRaises(UserError):
                self._offer(email=email)

    def test_not_after_check_in(self):
        offer = self._offer()
        place = offer.registration_id
        place.action_set_done()
        self.assertEqual(offer.state, "withdrawn")
        with self.assertRaises(UserError):
            offer._accept(self.ivan)
        with self.assertRaisesRegex(UserError, "used at the door"):
            self._offer(place)

    def test_cancelled_place_is_not_offered_any_more(self):
        offer = self._offer()
        offer.registration_id._club_cancel()
        self.assertEqual(offer.state, "withdrawn")

    def test_unpaid_ticket(self):
        held = self._register(self.vera, state="draft")
        with self.assertRaisesRegex(UserError, "not paid yet"):
            self._offer(held)

    def test_not_after_the_hour(self):
        offer = self._offer()
        start = fields.Datetime.now() + timedelta(hours=1)
        self.event.write({"date_begin": start, "date_end": start + timedelta(hours=3)})
        with self.assertRaisesRegex(UserError, "until"):
            offer._accept(self.ivan)
        with self.assertRaisesRegex(UserError, "until"):
            self._offer()
        self.event.club_can_transfer = False
        with self.assertRaisesRegex(UserError, "cannot be given"):
            self._offer()

    def test_offers_end(self):
        offer, other = self._offer(), self._offer()
        offer.expires_on = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRaisesRegex(UserError, "is over"):
            offer._accept(self.ivan)
        self._run_cron()
        self._run_cron()
        self.assertEqual((offer.state, other.state), ("expired", "offered"))
        told = self._mails_to("Vera@example.com").filtered(
            lambda mail: "in time" in mail.body_html
        )
        self.assertEqual(len(told), 1)
        self.assertEqual(self._offer(offer.registration_id).state, "offered")

    def test_letters_to_both_are_queued(self):
        offer = self._offer()
        [letter] = self._mails_to("ivan@example.com")
        self.assertIn(offer.sudo().token, letter.body_html)
        self.assertEqual(letter.state, "outgoing")
        self.assertTrue(self._mails_to("Vera@example.com"))
        offer._accept(self.ivan)
        letters = self._mails_to("ivan@example.com") - letter
        self.assertIn(offer.registration_id.barcode, letters.body_html)
        self.assertNotIn(
            offer.registration_id.barcode,
            "".join(self._mails_to("Vera@example.com").mapped("body_html")),
        )

    def test_noted_in_the_chatter(self):
        offer = self._offer()
        offer._accept(self.ivan)
        notes = "".join(offer.registration_id.message_ids.mapped("body"))
        self.assertIn("Given by Vera to Ivan", notes)
        self.assertNotIn(offer.sudo().token, notes)

    def test_staff_gives_it_at_any_hour(self):
        offer = self._offer()
        place = offer.registration_id
        self.event.club_can_transfer = False
        wizard = self.env["club.event.transfer.wizard"].create(
            {"registration_id": place.id, "partner_id": self.olga.id}
        )
        old = place.barcode
        wizard.action_transfer()
        self.assertEqual(place.club_attendee_id, self.olga)
        self.assertNotEqual(place.barcode, old)
        states = place.club_transfer_ids.sorted("id").mapped("state")
        self.assertEqual(states, ["withdrawn", "accepted"])

    def test_staff_names_a_guest(self):
        place = self._register(self.vera)
        wizard = self.env["club.event.transfer.wizard"].create(
            {
                "registration_id": place.id,
                "is_guest": True,
                "name": "Gleb",
                "phone": "1",
            }
        )
        with self.assertRaisesRegex(UserError, "agree first"):
            wizard.action_transfer()
        wizard.agreed = True
        wizard.action_transfer()
        self.assertEqual((place.name, place.phone), ("Gleb", "1"))
