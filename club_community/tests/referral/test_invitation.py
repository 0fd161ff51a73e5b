from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ReferralCommon


class InvitationCommon(ReferralCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Invitation = cls.env["club.referral.invitation"]
        cls.Optout = cls.env["club.referral.optout"].sudo()

    def _invite(self, contact="vera@example.com", inviter=None, **values):
        """What the form of the portal does with a name."""
        inviter = inviter or self.member
        clean, errors = self.Invitation._clean(
            {"name": "Vera Kim", "contact": contact, "note": "Chess", **values}
        )
        self.assertFalse(errors)
        self.assertFalse(self.Invitation._obstacle(inviter, clean))
        invitation = self.Invitation._invite(inviter, clean)
        self._settle()
        return invitation

    def _letters(self, invitation=None):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "club.referral.invitation"),
                *([("res_id", "=", invitation.id)] if invitation else []),
            ]
        )

    def _agreed(self, days_ago=0, **values):
        invitation = self._invite(**values)
        invitation._answer("yes")
        invitation.answered_on = fields.Datetime.now() - timedelta(days_ago)
        self._settle()
        return invitation


@tagged("post_install", "-at_install")
class TestInvitation(InvitationCommon):
    def test_one_letter(self):
        invitation = self._invite()
        self.assertEqual(invitation.state, "sent")
        referral = invitation.referral_id
        self.assertEqual(referral.referrer_id, self.member)
        self.assertEqual((referral.way, referral.stage), ("invitation", "invited"))
        self.assertEqual((referral.name, referral.note), ("Vera Kim", "Chess"))
        letter = self._letters(invitation)
        self.assertEqual(letter.state, "outgoing")
        self.assertEqual(letter.email_to, "vera@example.com")
        self.assertIn(self.member.name, letter.subject)
        self.assertIn("Chess", letter.body_html)
        self.assertIn(invitation._token(), letter.body_html)
        self.assertNotIn("/answer", letter.body_html, "a letter changes nothing")

    def test_script_in_the_letter_is_text(self):
        self.member.name = "<script>alert(1)</script>"
        invitation = self._invite()
        self.assertNotIn("<script>alert(1)", self._letters(invitation).body_html)

    def test_errors(self):
        for values, name in (
            ({"name": ""}, "name"),
            ({"name": "https://spam.example"}, "name"),
            ({"name": ["x"]}, "name"),
            ({"contact": ""}, "contact"),
            ({"contact": "vera"}, "contact"),
            ({"contact": "a@example.com, b@example.com"}, "contact"),
            ({"contact": "a@example.com\r\nBcc: all@example.com"}, "contact"),
            ({"note": "Buy at https://spam.example"}, "note"),
            ({"note": "<script>alert(1)</script>"}, "note"),
        ):
            with self.subTest(values):
                values = {"name": "Vera", "contact": "v@example.com", **values}
                _clean, errors = self.Invitation._clean(values)
                self.assertEqual(set(errors), {name})
        clean, _errors = self.Invitation._clean(
            {"name": "Ve\x00ra" + "x" * 1000, "contact": "+7 912 3456789"}
        )
        self.assertEqual(len(clean["name"]), 100)
        self.assertNotIn("\x00", clean["name"])

    def _obstacle(self, contact):
        clean, errors = self.Invitation._clean({"name": "Vera", "contact": contact})
        self.assertFalse(errors)
        return self.Invitation._obstacle(self.member, clean)

    def test_obstacles(self):
        self.assertIn("your own", self._obstacle("Anna@Example.com"))
        cannot = self._obstacle(self.other.email)
        self.assertIn("cannot be invited", cannot)
        self.Optout._add("No@Example.com")
        self.Optout._add("no@example.com")
        self.assertEqual(self._obstacle("no@example.com"), cannot, "tells nothing")
        self.env["mail.blacklist"]._add("listed@example.com")
        self.assertEqual(self._obstacle("listed@example.com"), cannot)
        self._invite()
        self.assertIn("already", self._obstacle("VERA@example.com"))

    def test_a_second_inviter_is_noted_and_nobody_is_written_to_twice(self):
        first = self._invite()
        second = self._invite(inviter=self.other)
        self.assertEqual(second.state, "beside")
        self.assertEqual(second.referral_id, first.referral_id)
        self.assertEqual(first.referral_id.referrer_id, self.member)
        self.assertEqual(first.referral_id.last_referrer_id, self.other)
        self.assertEqual(len(self._letters()), 1)
        self.assertFalse(
            self.Invitation._by_token(second.id, second._token()), "no letter, no link"
        )

    def test_after_the_first_has_lapsed_there_is_no_second_letter_either(self):
        first = self._invite()
        first.referral_id.invited_on -= timedelta(181)
        second = self._invite(inviter=self.other)
        self.assertEqual(second.state, "own")
        self.assertEqual(second.referral_id.referrer_id, self.other)
        self.assertEqual(first.referral_id.status, "lapsed")
        self.assertEqual(len(self._letters()), 1)

    def test_phones(self):
        first = self._invite("+7 912 345-67-89")
        self.assertEqual(first.state, "own")
        self.assertFalse(self._letters())
        second = self._invite("8 (912) 3456789", inviter=self.other)
        self.assertEqual(second.state, "beside")
        self.assertEqual(second.referral_id, first.referral_id)
        self.assertEqual(first.referral_id.last_referrer_id, self.other)

    def test_a_contact_whom_somebody_has_brought(self):
        vera = self._person(email="vera@example.com")
        held = self._bind(vera)
        invitation = self._invite(inviter=self.other)
        self.assertEqual(invitation.referral_id, held)
        self.assertEqual(invitation.state, "beside")
        self.assertEqual(held.last_referrer_id, self.other)

    def test_without_a_programme(self):
        self.program.active = False
        self.assertFalse(self._invite())
        self.assertFalse(self._letters())
        self.assertFalse(self.member._club_may_bring())

    @mute_logger("odoo.sql_db")
    def test_the_database_sends_one_letter(self):
        first = self._invite()
        twin = first.copy_data()[0] | {
            "partner_id": self.other.id,
            "sent_on": fields.Datetime.now(),
            "email": "VERA@example.com",
            "state": "sent",
            "referral_id": first.referral_id.id,
            "company_id": self.company.id,
        }
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            with self.env.cr.savepoint():
                self.Invitation.sudo().create(twin).flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_two_at_the_same_moment_are_run_again(self):
        self._invite()

        def blind(invitations, *args):
            return {"state": "sent", "sent_on": fields.Datetime.now()}

        self.patch(self.registry["club.referral.invitation"], "_letter_vals", blind)
        with self.assertRaises(ConcurrencyError):
            self._invite(inviter=self.other)
        self.assertEqual(len(self._letters()), 1)


@tagged("post_install", "-at_install")
class TestAnswer(InvitationCommon):
    def test_yes(self):
        self.member.club_manager_id = self.personal_manager
        invitation = self._agreed()
        referral = invitation.referral_id
        self.assertEqual((invitation.state, referral.stage), ("yes", "visited"))
        lead = referral.lead_ids
        self.assertEqual(lead.user_id, self.personal_manager)
        self.assertEqual(lead.email_from, "vera@example.com")
        self.assertEqual(lead.referred, self.member.name)
        self.assertFalse(lead.club_plan_id, "no application yet")
        self.assertFalse(referral.applied_on)
        invitation._answer("yes")
        self.assertEqual(len(referral.lead_ids), 1, "a second click is no news")
        self.assertIn(f"ref={self.code}", invitation._join_url())

    def test_yes_then_member(self):
        invitation = self._agreed()
        lead = self._apply(self.code)
        self._settle()
        self.assertEqual(lead.club_referral_id, invitation.referral_id)
        vera = self._person(email="vera@example.com")
        lead.partner_id = vera
        self._paid(vera)
        self._settle()
        self.assertEqual(invitation.referral_id.stage, "joined")
        self.assertEqual(vera.club_referrer_id, self.member)

    def test_no(self):
        invitation = self._invite()
        invitation._answer("no")
        referral = invitation.referral_id
        self.assertEqual((invitation.state, referral.status), ("no", "lapsed"))
        self.assertFalse(invitation.email or referral.email or invitation.note)
        self.assertFalse(referral.lead_ids)
        self.assertTrue(self.Optout._refusing(["vera@example.com"]))
        clean, _errors = self.Invitation._clean(
            {"name": "Vera", "contact": "vera@example.com"}
        )
        for inviter in (self.member, self.other):
            told = self.Invitation._obstacle(inviter, clean)
            self.assertIn("cannot be invited", told)
        self.assertIn("asked us not to", invitation._answer_obstacle("yes"))
        self.assertIn("yes or no", invitation._answer_obstacle("maybe"))

    def test_no_after_a_yes(self):
        invitation = self._agreed(days_ago=30)
        lead = invitation.referral_id.lead_ids
        invitation._answer("no")
        self.assertFalse(lead.active)
        self.assertIn("do not call", lead.message_ids[:2].mapped("body").__str__())
        self._nightly("ir_cron_referral_invitation")
        self.assertEqual(len(self._letters()), 1)

    def test_the_lead_of_another_binding(self):
        invitation = self._invite()
        (other,) = invitation.referral_id._rebind(self.other, "Knows her better")
        invitation._answer("yes")
        self.assertEqual(other.visited_on, self.today)
        self.assertEqual(other.lead_ids.referred, self.member.name)

    def test_second_letter_after_a_yes_only(self):
        silent = self._invite()
        silent.sent_on -= timedelta(30)
        agreed = self._agreed(days_ago=8, contact="b@example.com")
        fresh = self._agreed(days_ago=6, contact="c@example.com")
        applied = self._agreed(days_ago=8, contact="d@example.com")
        self._apply(self.code, email="d@example.com")
        self._settle()
        for _night in range(2):
            self._nightly("ir_cron_referral_invitation")
        letters = [
            len(self._letters(invitation))
            for invitation in (silent, agreed, fresh, applied)
        ]
        self.assertEqual(letters, [1, 2, 1, 1])
        self.assertTrue(agreed.reminded_on)
        again = self._letters(agreed).sorted("id")[-1]
        self.assertIn(f"/club/join?ref={self.code}", again.body_html)

    def test_no_second_letter_where_the_programme_wants_none(self):
        agreed = self._agreed(days_ago=30)
        self.program.remind_days = 0
        self._nightly("ir_cron_referral_invitation")
        self.assertFalse(agreed.reminded_on)

    def test_no_second_letter_to_who_refuses_all(self):
        agreed = self._agreed(days_ago=30)
        self.Optout._add("vera@example.com")
        self._nightly("ir_cron_referral_invitation")
        self.assertFalse(agreed.reminded_on)

    def test_queries_do_not_grow(self):
        counts = []
        for number in (1, 10):
            for index in range(number):
                self._agreed(days_ago=8, contact=f"{number}-{index}@example.com")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Invitation._due_ids()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_visits(self):
        Visit = self.env["club.referral.visit"].sudo()
        for _visitor in range(3):
            Visit._count(self.member)
        rows = Visit.search([("partner_id", "=", self.member.id)])
        self.assertEqual((len(rows), rows.visits), (1, 3))
        self.assertEqual(self.member.club_link_visits, 3)
        self.assertEqual(self.other.club_link_visits, 0)

    def test_erased(self):
        invitation = self._agreed()
        vera = self._person(email="vera@example.com")
        invitation.referral_id._know(vera)
        vera.sudo()._club_erase_records()
        self.assertFalse(invitation.name or invitation.email or invitation.phone)
