from datetime import timedelta

from odoo import Command, fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import EventCommon


class InvitationCommon(EventCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.vera | cls.ivan | cls.olga
        cls.Invitation = cls.env["club.event.invitation"]
        cls.company = cls.env.company
        cls.company.write({"club_invite_quiet_days": 7, "club_invite_remind_days": 3})

    def _invite(self, people=None, event=None, **values):
        return (event or self.event)._club_invite(people or self.people, **values)

    def _send(self):
        self.Invitation._send_batch(self.Invitation._due_ids())

    def _letters(self, *people):
        self.env.flush_all()
        return self.env["mail.mail"].search(
            [
                ("model", "=", "club.event.invitation"),
                ("email_to", "ilike", people[0].email if people else "@example.com"),
            ]
        )

    def _later(self, **time):
        """As if all that was sent had been sent so much earlier."""
        before = timedelta(**time)
        for invitation in self.Invitation.search([("sent_on", "!=", False)]):
            invitation.sent_on -= before
            if invitation.answered_on:
                invitation.answered_on -= before
        for person in self.people.filtered("club_invited_on"):
            person.club_invited_on -= before


@tagged("post_install", "-at_install")
class TestInvitation(InvitationCommon):
    def test_a_letter_each_and_only_one(self):
        made = self._invite()
        self._send()
        self._send()
        self.assertEqual(set(made.mapped("state")), {"sent"})
        self.assertEqual(len(self._letters()), 3)
        letter = self._letters(self.vera)
        self.assertIn(f"/club/invitation/{made.ids[0]}/", letter.body_html)
        self.assertIn("answer=maybe", letter.body_html)
        self.assertEqual(self._invite(), self.Invitation, "invited before")

    def test_the_letter_is_in_the_persons_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("club_community.mail_template_event_invitation")
        template.with_context(
            lang="fr_FR"
        ).subject = "Venez : {{ object.event_id.name }}"
        self.vera.lang = "fr_FR"
        self._invite()
        self._send()
        self.assertEqual(self._letters(self.vera).subject, "Venez : Evening")
        self.assertEqual(self._letters(self.ivan).subject, "You are invited: Evening")

    def test_who_is_not_written_to(self):
        event = self.event
        plan = self.env["club.plan"].create({"name": "Gold", "price": 1})
        period = {"plan_id": plan.id, "date_start": fields.Date.today()}
        leaving, paused = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@example.com"} for name in ("Lev", "Pia")]
        )
        memberships = self.env["club.membership"].create(
            [{"partner_id": p.id, **period} for p in leaving | paused]
        )
        memberships.sudo()[0].write({"state": "active", "leave_date": "2030-01-01"})
        memberships.sudo()[1].write({"state": "paused"})
        self.env["mail.blacklist"]._add("Ivan@example.com")
        self.olga.email = False
        self._register(self.vera)
        found = event._club_invite_preview(self.people | leaving | paused, self.company)
        self.assertEqual(
            {person.name: code for person, code in found.items()},
            {
                "Vera": "coming",
                "Ivan": "optout",
                "Olga": "no_email",
                "Lev": "resting",
                "Pia": "resting",
            },
        )
        self.assertFalse(self._invite(self.people | leaving | paused))

    def test_asked_not_to_be_written_to_after_he_was_invited(self):
        made = self._invite(self.ivan)
        self.env["mail.blacklist"]._add("ivan@example.com")
        self._send()
        self.assertEqual((made.state, made.obstacle), ("dropped", "optout"))
        self.assertFalse(self._letters(self.ivan))

    def test_one_letter_in_the_quiet_days(self):
        """Also where both events invite in the same minute."""
        second = self._make_event(name="Second")
        self._invite(self.vera)
        self._invite(self.vera, second)
        self._send()
        self.assertEqual(len(self._letters(self.vera)), 1)
        preview = self._make_event()._club_invite_preview(self.vera, self.company)
        self.assertEqual(preview[self.vera], "quiet")
        (self.event | second).write(
            {"date_end": "2040-01-02", "date_begin": "2040-01-01"}
        )
        self._later(days=6)
        self._send()
        self.assertEqual(len(self._letters(self.vera)), 1)
        self._later(days=1, hours=1)
        self._send()
        self.assertEqual(len(self._letters(self.vera)), 2)

    def test_asked_again_once(self):
        self.company.club_invite_quiet_days = 2
        self.event.write({"date_end": "2040-01-02", "date_begin": "2040-01-01"})
        self._invite()
        self._send()
        vera, ivan, olga = self.Invitation.search([], order="id")
        vera._answer("no", "I am away")
        ivan._answer("maybe")
        self._later(days=2, hours=1)
        self._send()
        self.assertEqual(len(self._letters()), 3, "not yet")
        self._later(days=1)
        self._send()
        self.assertEqual(len(self._letters()), 5)
        self.assertEqual(len(self._letters(self.vera)), 1, "who said no is left alone")
        self.assertTrue(ivan.reminded_on and olga.reminded_on)
        self._later(days=30)
        self._send()
        self.assertEqual(len(self._letters()), 5)

    def test_who_has_a_place_is_not_asked_again(self):
        self.event.write({"date_end": "2040-01-02", "date_begin": "2040-01-01"})
        self._invite(self.vera)
        self._send()
        self._register(self.vera)
        self._later(days=30)
        self._send()
        self.assertEqual(len(self._letters(self.vera)), 1)

    def test_nobody_is_invited_to_what_is_over(self):
        self._invite(self.vera)
        self.event.write({"date_begin": "2020-01-01", "date_end": "2020-01-02"})
        self._send()
        self.assertFalse(self._letters(self.vera))

    # --- Answers --------------------------------------------------------------------

    def test_yes_books_the_free_place(self):
        made = self._invite(self.vera)
        self.assertEqual(made._answer("yes"), "")
        place = made.registration_id
        self.assertEqual((place.state, place.club_attendee_id), ("open", self.vera))
        self.assertEqual(made._answer("yes"), "", "once more: no second place")
        self.assertEqual(len(self.event.registration_ids), 1)
        self.assertTrue(self.vera.club_last_contact_on)

    def test_no_after_a_yes_gives_the_place_back(self):
        made = self._invite(self.vera)
        made._answer("yes")
        made._answer("no", " Ill ")
        self.assertEqual((made.state, made.reason), ("no", "Ill"))
        self.assertEqual(made.registration_id.state, "cancel")

    def test_yes_where_no_place_is_left_says_so(self):
        event = self._make_event(1)
        made = self._invite(self.vera, event)
        self._register(self.ivan, event)
        self.assertTrue(made._answer("yes"))
        self.assertEqual((made.state, made.registration_id.id), ("yes", False))

    def test_yes_to_what_is_paid_leads_to_booking(self):
        event = self._make_event(5, price=10)
        made = self._invite(self.vera, event)
        self.assertIn("book your place", made._answer("yes"))
        self.assertFalse(event.registration_ids)

    def test_late_and_odd_answers(self):
        made = self._invite(self.vera)
        with self.assertRaisesRegex(UserError, "yes, maybe or no"):
            made._answer("perhaps")
        self.event.kanban_state = "cancel"
        with self.assertRaisesRegex(UserError, "called off"):
            made._answer("yes")

    def test_invited_people_may_have_what_is_by_invitation(self):
        self.assertFalse(self.ticket._club_is_invited(self.vera))
        made = self._invite(self.vera)
        self.assertTrue(self.ticket._club_is_invited(self.vera))
        self.assertFalse(self.ticket._club_is_invited(self.ivan))
        made.action_withdraw()
        self.assertFalse(self.ticket._club_is_invited(self.vera))
        self.assertEqual(self._invite(self.vera), made)

    # --- Who invites -----------------------------------------------------------------

    def test_managers_invite_their_own_people(self):
        manager = new_test_user(
            self.env, "inviter", "club_community.group_club_user", name="Max"
        )
        self.vera.club_manager_id = manager
        as_manager = self.event.with_user(manager)
        with self.assertRaisesRegex(AccessError, "another manager"):
            as_manager._club_invite(self.ivan.with_user(manager))
        wizard = (
            self.env["club.event.invite"]
            .with_user(manager)
            .create(
                {
                    "event_id": self.event.id,
                    "partner_ids": [Command.set(self.vera.ids)],
                    "note": "Come <b>soon</b>",
                }
            )
        )
        self.assertEqual(wizard.count_ok, 1)
        wizard.action_invite()
        made = self.Invitation.search([("partner_id", "=", self.vera.id)])
        self.assertTrue(made.is_personal)
        self._send()
        self.assertIn(
            "Come &lt;b&gt;soon&lt;/b&gt;", self._letters(self.vera).body_html
        )
        self.assertEqual(self.vera.club_last_contact_user_id, manager)
        made.with_user(manager).action_answer_no()
        self.assertEqual(made.state, "no")

    def test_the_deputy_invites_and_signs(self):
        """He may invite the people he stands in for, and signs what is sent then."""
        manager, deputy = (
            new_test_user(
                self.env, login, "club_community.group_club_user", name=login.title()
            )
            for login in ("max", "dina")
        )
        (self.vera | self.olga).club_manager_id = manager
        self._invite_personally(manager, self.vera)
        self.env["club.absence"].create(
            {
                "user_id": manager.id,
                "deputy_id": deputy.id,
                "date_until": fields.Date.add(fields.Date.today(), days=3),
            }
        )
        self._invite_personally(deputy, self.olga)
        self._send()
        letter = self._letters(self.vera)
        self.assertIn("Dina", letter.email_from)
        self.assertIn("For Max, who is away until", letter.body_html)
        self.assertNotIn("away until", self._letters(self.olga).body_html)
        self.assertEqual(self.vera.club_last_contact_user_id, deputy)

    def _invite_personally(self, user, person):
        wizard = self.env["club.event.invite"].with_user(user)
        wizard.create(
            {"event_id": self.event.id, "partner_ids": [Command.set(person.ids)]}
        ).action_invite()

    def test_wizard_finds_members_and_counts(self):
        plan = self.env["club.plan"].create({"name": "Gold", "price": 1})
        start = {"plan_id": plan.id, "date_start": fields.Date.today()}
        members = self.vera | self.ivan
        self.env["club.membership"].sudo().create(
            [{"partner_id": p.id, **start} for p in members]
        ).write({"state": "active"})
        self.vera.city = "Kazan"
        wizard = self.env["club.event.invite"].create(
            {"event_id": self.event.id, "plan_ids": [Command.set(plan.ids)]}
        )
        self.assertEqual(wizard._people(), members)
        wizard.city = "kazan"
        self.assertEqual(wizard._people(), self.vera)
        wizard.write({"city": False, "domain": "[('name', '=', 'Ivan')]"})
        self.assertEqual(wizard._people(), self.ivan)
        wizard.domain = "__import__('os')"
        with self.assertRaisesRegex(UserError, "cannot be read"):
            wizard._people()
        wizard.write({"domain": False, "plan_ids": False})
        with self.assertRaisesRegex(UserError, "nobody to invite"):
            wizard.action_invite()
        wizard.all_members = True
        self.assertLessEqual(members, wizard._people())
        self.assertNotIn(self.olga, wizard._people())

    def test_queries_do_not_grow_with_the_people(self):
        def cost(count):
            people = self.env["res.partner"].create(
                [
                    {"name": f"P{n}", "email": f"p{n}.{count}@example.com"}
                    for n in range(count)
                ]
            )
            event = self._make_event(0)
            event._club_invite_preview(people[:1], self.company)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            event._club_invite_preview(people, self.company)
            return self.env.cr.sql_log_count - before

        cost(2)
        self.assertEqual(cost(5), cost(50))


@tagged("post_install", "-at_install")
class TestInvitationPages(InvitationCommon, HttpCase):
    def _post(self, url, **values):
        values["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(url, data=values)

    def test_a_scanner_of_links_answers_nothing(self):
        made = self._invite(self.vera)
        self._send()
        for answer in ("", "yes", "no"):
            page = self.url_open(made._url(answer))
            self.assertEqual(page.status_code, 200)
        self.assertEqual(made.state, "sent")
        self.assertIn("Evening", page.text)

    def test_answer_without_login(self):
        made = self._invite(self.vera)
        self.authenticate(None, None)
        page = self._post(f"{made._url()}/answer", answer="no", reason="Away <b>")
        self.assertEqual(page.status_code, 200)
        self.assertEqual((made.state, made.reason), ("no", "Away <b>"))
        self.assertNotIn("Away <b>", page.text)
        page = self._post(f"{made._url()}/answer", answer="yes")
        self.assertIn("Your place is booked", page.text)
        self.assertEqual(made.registration_id.state, "open")

    @mute_logger("odoo.http")
    def test_wrong_links(self):
        made = self._invite(self.vera)
        other = self._invite(self.ivan)
        self.authenticate(None, None)
        for number, token in (
            (made.id, other._token()),
            (made.id, "x"),
            (made.id, "é"),
            (10**9, made._token()),
        ):
            url = f"/club/invitation/{number}/{token}"
            self.assertEqual(self.url_open(url).status_code, 404)
            page = self._post(f"{url}/answer", answer="yes")
            self.assertEqual(page.status_code, 404)
        self.assertEqual(set((made | other).mapped("state")), {"queued"})
        page = self._post(f"{made._url()}/answer", answer="perhaps")
        self.assertIn("Answer yes, maybe or no", page.text)

    def test_shown_in_the_portal(self):
        made = self._invite(self.vera)
        new_test_user(
            self.env, "vera_portal", "base.group_portal", partner_id=self.vera.id
        )
        self.authenticate("vera_portal", "vera_portal")
        self.assertIn(made._url(), self.url_open("/my/club").text)
        made._answer("yes")
        self.assertNotIn(made._url(), self.url_open("/my/club").text)
