from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ...models.event.event_booking import Seat
from .common import EventCommon


class GuestCommon(EventCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event.seats_max = 20
        cls.manager = new_test_user(
            cls.env, "club_pm", "club_community.group_club_user"
        )
        cls.vera.club_manager_id = cls.manager

    def _guest(self, name="Gleb", **values):
        """A place for a guest who has agreed."""
        return Seat(
            self.ticket,
            name=name,
            email=f"{name.lower()}@example.com",
            values=self.event._club_guest_consent() | values,
        )

    def _book(self, *names, own=True):
        seats = [Seat(self.ticket, self.vera)] if own else []
        seats += [self._guest(name) for name in names]
        registrations, _order = self.event._club_book(self.vera, seats)
        return registrations

    def _fields_of(self, **values):
        consent = {"club_guest_consent": fields.Datetime.now()}
        return {"name": "Gleb", "email": "gleb@example.com", **consent, **values}


@tagged("post_install", "-at_install")
class TestGuest(GuestCommon):
    def test_guest_hangs_on_the_hosts_place(self):
        host, guest = self._book("Gleb")
        self.assertEqual(guest.club_host_id, host)
        self.assertEqual(guest.club_brought_by_id, self.vera)
        self.assertEqual((host.club_guest_ids, host.club_guest_count), (guest, 1))
        self.assertTrue(guest._club_is_guest())
        self.assertFalse(host._club_is_guest())
        self.assertTrue(guest.club_guest_consent)
        self.assertIn("keeps name and contact", guest.club_guest_consent_words)

    def test_guest_booked_later_hangs_on_the_same_place(self):
        """Indico #3512, #5857: those who come along are counted and shown."""
        host, _first = self._book("Gleb")
        second = self._book("Dina", own=False)
        self.assertEqual(second.club_host_id, host)
        self.assertEqual(host.club_guest_count, 2)

    def test_first_place_that_names_nobody_is_his_own(self):
        registrations, _order = self.event._club_book(
            self.vera, [Seat(self.ticket), self._guest()]
        )
        self.assertEqual(registrations.club_host_id, registrations[0])

    def test_guest_without_a_host(self):
        with self.assertRaisesRegex(ValidationError, "book a place for Vera first"):
            self._book("Gleb", own=False)

    def test_name_contact_and_consent_are_asked(self):
        seat = self._guest()
        for broken, words in (
            (seat._replace(name=" "), "name, and an e-mail"),
            (seat._replace(email=""), "name, and an e-mail"),
            (seat._replace(values={}), "has to agree"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.event._club_book(self.vera, [Seat(self.ticket, self.vera), broken])

    def test_the_desk_has_to_ask_as_well(self):
        host = self._book()
        with self.assertRaisesRegex(ValidationError, "has to agree"):
            self._register(
                self.vera,
                **self._fields_of(club_host_id=host.id, club_guest_consent=False),
            )
        guest = self._register(self.vera, **self._fields_of(club_host_id=host.id))
        self.assertEqual(guest.club_brought_by_id, self.vera)
        with self.assertRaises(ValidationError):
            guest.write({"email": False, "phone": False})

    def test_consent_may_be_taken_back(self):
        _host, guest = self._book("Gleb")
        guest.club_guest_consent = False
        guest.action_set_done()
        self.assertFalse(
            self.env["crm.lead"].search([("club_guest_of_id", "=", self.vera.id)])
        )

    # --- How many -----------------------------------------------------------------

    def test_limit_of_the_ticket_counts_all_orders(self):
        self.ticket.club_guests_max = 2
        self._book("Gleb", "Dina")
        with self.assertRaisesRegex(ValidationError, "may bring 2 guests"):
            self._book("Egor", own=False)
        self.assertEqual(self.event._club_guests_left(self.vera), 0)

    def test_no_guests(self):
        self.ticket.club_guests_max = 0
        with self.assertRaisesRegex(ValidationError, "Guests cannot be brought"):
            self._book("Gleb")

    def test_plan_raises_the_limit(self):
        plan = self.env["club.plan"].create(
            {"name": "Gold", "price": 10, "event_guests": 2}
        )
        self.ticket.club_guests_max = 1
        self.assertEqual(self.event._club_guests_allowed(self.vera, self.ticket), 1)
        self.env["club.membership"].create(
            {
                "partner_id": self.vera.id,
                "plan_id": plan.id,
                "date_start": fields.Date.today(),
            }
        )
        self.assertEqual(self.event._club_guests_allowed(self.vera, self.ticket), 2)
        self.ticket.club_guests_max = 0
        self.assertEqual(self.event._club_guests_allowed(self.vera, self.ticket), 0)

    def test_limit_holds_for_every_other_way_in(self):
        self.ticket.club_guests_max = 1
        host, guest = self._book("Gleb")
        vals = self._fields_of(club_host_id=host.id)
        with self.assertRaises(ValidationError):
            self._register(self.vera, **vals)
        other = self._register(self.ivan)
        with self.assertRaises(ValidationError):
            other.write(vals)
        guest.action_cancel()
        second = self._register(self.vera, **vals)
        self.assertEqual(second.state, "open")
        with self.assertRaises(ValidationError):
            guest.action_confirm()

    def test_lower_limit_sends_nobody_away(self):
        _host, guest, _other = self._book("Gleb", "Dina")
        self.ticket.club_guests_max = 1
        guest.action_set_done()
        self.assertEqual(guest.state, "done")

    def test_bad_hosts(self):
        host, guest = self._book("Gleb")
        elsewhere = self._register(self.vera, self._make_event())
        for other, words in ((guest, "guests of his own"), (elsewhere, "same event")):
            with self.assertRaisesRegex(ValidationError, words):
                self._register(self.vera, **self._fields_of(club_host_id=other.id))
        with self.assertRaises(ValidationError):
            host.club_host_id = host

    # --- The host goes ------------------------------------------------------------

    def test_guests_go_with_their_host(self):
        host, guest = self._book("Gleb")
        host.action_cancel()
        self.assertEqual(guest.state, "cancel")

    def test_guests_may_stay(self):
        self.event.club_guests_follow = "stay"
        host, guest = self._book("Gleb")
        host.action_cancel()
        self.assertEqual((guest.state, guest.club_brought_by_id), ("open", self.vera))

    def test_guests_stay_with_another_place_of_their_host(self):
        host, guest = self._book("Gleb")
        other = self._register(self.vera, club_attendee_id=self.vera.id)
        host.action_cancel()
        self.assertEqual((guest.state, guest.club_host_id), ("open", other))

    def test_guests_of_a_deleted_place(self):
        host, guest = self._book("Gleb")
        host.unlink()
        self.assertEqual(guest.state, "cancel")


@tagged("post_install", "-at_install")
class TestGuestAttended(GuestCommon):
    def _leads(self):
        return self.env["crm.lead"].search([("club_guest_of_id", "=", self.vera.id)])

    def test_lead_for_the_hosts_manager_once(self):
        _host, guest = self._book("Gleb")
        guest.action_set_done()
        lead = self._leads()
        self.assertEqual((len(lead), lead.user_id), (1, self.manager))
        self.assertEqual(lead.email_from, "gleb@example.com")
        self.assertEqual(lead.partner_id.club_referrer_id, self.vera)
        guest.action_confirm()
        guest.action_set_done()
        self.assertEqual(self._leads(), lead)

    def test_lead_for_the_deputy_while_the_manager_is_away(self):
        deputy = new_test_user(
            self.env, "club_deputy", "club_community.group_club_user"
        )
        self.env["club.absence"].create(
            {
                "user_id": self.manager.id,
                "deputy_id": deputy.id,
                "date_until": fields.Date.add(fields.Date.today(), days=3),
            }
        )
        _host, guest = self._book("Gleb")
        guest.action_set_done()
        lead = self._leads()
        self.assertEqual(lead.user_id, deputy)
        self.assertIn("who is away until", lead.description)

    def test_one_lead_for_a_guest_who_comes_again(self):
        _host, guest = self._book("Gleb")
        guest.action_set_done()
        event = self._make_event()
        place = self._register(self.vera, event)
        self._register(
            self.vera,
            event,
            **self._fields_of(club_host_id=place.id, email="GLEB@example.com"),
        ).action_set_done()
        self.assertEqual(len(self._leads()), 1)

    def test_checked_in_by_the_desk(self):
        """With the rights of the desk alone, by stock's barcode."""
        desk = new_test_user(self.env, "desk", "event.group_event_registration_desk")
        _host, guest = self._book("Gleb")
        self.event.date_begin = fields.Datetime.now()
        answer = guest.with_user(desk).register_attendee(guest.barcode, self.event.id)
        self.assertIn(answer["status"], ("confirmed_registration",))
        self.assertEqual(len(self._leads()), 1)

    def test_no_lead_for_a_member(self):
        plan = self.env["club.plan"].create({"name": "Gold", "price": 10})
        self.env["club.membership"].create(
            {
                "partner_id": self.ivan.id,
                "plan_id": plan.id,
                "date_start": fields.Date.today(),
            }
        )
        _host, guest = self._book("Ivan")
        guest.action_set_done()
        self.assertFalse(self._leads())

    def test_known_contact_keeps_who_brought_him(self):
        self.ivan.club_referrer_id = self.olga
        self.vera.club_referrer_id = self.ivan
        _host, guest = self._book("Ivan")
        guest.action_set_done()
        self.assertEqual(self._leads().partner_id, self.ivan)
        self.assertEqual(self.ivan.club_referrer_id, self.olga)
        _host, guest = (self._book("Olga", own=False), self.olga)
        _host.action_set_done()  # she stands above Vera: no circle
        self.assertFalse(self.olga.club_referrer_id)
