from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import ProfileCommon


@tagged("post_install", "-at_install")
class TestConsentNote(ProfileCommon):
    """What a person says by word of mouth, noted by his manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dates = cls.env["club.consent.purpose"]._get("dates")
        cls.today = fields.Date.context_today(cls.person)

    def _note(self, answer="given", user=None, **more):
        person = more.pop("person", self.person)
        values = {
            "partner_id": person.id,
            "purpose_id": self.dates.id,
            "answer": answer,
            "way": "phone",
            **more,
        }
        Note = self.env["club.consent.note"].with_user(user or self.manager)
        return Note.create(values)

    def _consents(self):
        return self.env["club.consent"].search(
            [("partner_id", "=", self.person.id)], order="id"
        )

    def test_a_yes_by_phone_lets_the_manager_fill_in(self):
        as_manager = self.person.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "noted under “Consents”"):
            as_manager.club_wedding_day = "2000-05-01"
        day = self.today - timedelta(days=3)
        self._note(day=day, wording="May we greet your family?").action_note()
        consent = self._consents()
        self.assertEqual(len(consent), 1)
        self.assertEqual(
            (consent.answer, consent.source, consent.way, consent.user_id),
            ("given", "manager", "phone", self.manager),
        )
        self.assertEqual(consent.wording, "May we greet your family?")
        self.assertEqual(consent.answered_at.date(), day)
        as_manager.club_wedding_day = "2000-05-01"
        row = self._rows("club_wedding_day")
        self.assertEqual((row.source, row.consent_id), ("manager", consent))

    def test_the_words_are_those_of_the_purpose_in_the_persons_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.person.lang = "fr_FR"
        self.dates.with_context(lang="fr_FR").wording = "Je suis d'accord."
        Note = self.env["club.consent.note"].with_user(self.manager)
        with Form(Note.with_context(default_partner_id=self.person.id)) as form:
            form.purpose_id = self.dates
            self.assertEqual(form.wording, "Je suis d'accord.")
            self.assertEqual(form.known, "Nothing has been said yet")
            form.answer = "given"
            form.way = "talk"
        form.record.action_note()
        self.assertEqual(self._consents().wording, "Je suis d'accord.")

    def test_a_second_click_is_no_news(self):
        note = self._note()
        note.action_note()
        note.action_note()
        self._note(day=self.today - timedelta(days=9)).action_note()
        self.assertEqual(len(self._consents()), 1)

    def test_a_withdrawal_does_what_the_portals_does(self):
        self._give("dates")
        self.person.club_wedding_day = "2000-05-01"
        refusal = self._note("refused")
        self.assertEqual(refusal.goes, self._point("club_wedding_day").name)
        self.assertIn("Member, in the portal", refusal.known)
        refusal.action_note()
        self.assertFalse(self.person.club_wedding_day)
        first, second = self._consents()
        self.assertEqual(second.answer, "refused")
        self.assertEqual(first.closed_at, second.answered_at)
        rows = self._rows("club_wedding_day")
        self.assertFalse([row.value or row.previous for row in rows if row.value])
        self.assertEqual(rows[-1].state, "withdrawn")
        self.assertEqual(
            (rows[-1].source, rows[-1].user_id.id), ("manager", self.manager.id)
        )

    def test_bad_days_are_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "still to come"):
            self._note(day=self.today + timedelta(days=1)).action_note()
        self._give("dates", given=False)
        with self.assertRaisesRegex(UserError, "An older answer.*Refused"):
            self._note(day=self.today - timedelta(days=1)).action_note()
        self.assertEqual(self._consents().answer, "refused")
        # the same day: what comes later counts
        self._note().action_note()
        self.assertEqual(self._consents().mapped("answer"), ["refused", "given"])

    def test_what_else_is_refused(self):
        for words in (False, "  "):
            with self.assertRaisesRegex(UserError, "Write the words"):
                self._note(wording=words).action_note()
        service = self.env["club.consent.purpose"]._get("service")
        with self.assertRaisesRegex(UserError, "asks for no consent"):
            self._note(purpose_id=service.id).action_note()
        firm = self.person.create(
            {"name": "Firm", "is_company": True, "club_manager_id": self.manager.id}
        )
        with self.assertRaisesRegex(UserError, "companies do not"):
            self._note(person=firm).action_note()
        self.assertFalse(
            self.env["club.consent"].search_count(
                [("partner_id", "in", (firm | self.person).ids)]
            )
        )

    def test_only_for_ones_own_member(self):
        self._note("given", user=self.manager).action_note()
        self._note("refused", user=self.club_manager).action_note()
        other = self._note("given", user=self.other_manager)
        self.assertFalse(other.known)
        with self.assertRaisesRegex(AccessError, "personal manager"):
            other.action_note()
        portal = new_test_user(self.env, "profile_portal", "base.group_portal")
        for user in (self.employee, portal):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                self._note("given", user=user)
        self.assertEqual(self._consents().mapped("answer"), ["given", "refused"])

    def test_a_person_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.person.company_id = company
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self._note("given").action_note()

    def test_it_is_opened_from_the_persons_consents(self):
        action = self.person.with_user(self.manager).action_club_consents()
        consents = self.env["club.consent"].with_user(self.manager)
        opened = consents.with_context(**action["context"]).action_note()
        self.assertEqual(opened["res_model"], "club.consent.note")
        self.assertEqual(opened["context"], {"default_partner_id": self.person.id})

    def test_he_reads_it_in_his_export(self):
        self._note().action_note()
        (told,) = self.person._club_export_data()["consents"]
        self.assertEqual(told["way"], "By phone")
