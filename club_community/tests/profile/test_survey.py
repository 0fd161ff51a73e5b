from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .survey_common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurvey(SurveyCommon):
    def test_answers_of_all_types_are_on_the_card(self):
        channel = self._question("club_channel", "simple_choice")
        sports = self._question("club_sport_ids", "multiple_choice")
        food = self._question("club_food", "char_box")
        gives = self._question("club_gives", "text_box")
        since = self._question("club_business_since", "numerical_box")
        birthday = self._question("club_birthday", "date")
        user_input = self._fill_in(
            {
                channel: "phone",
                sports: [self.golf.id, self.tennis.id],
                food: "No fish",
                gives: "Advice on wine",
                since: "1998",
                birthday: "1980-05-17",
            }
        )
        person = self.person
        self.assertEqual(person.club_channel, "phone")
        self.assertEqual(person.club_sport_ids, self.golf | self.tennis)
        self.assertEqual((person.club_food, person.club_gives)[0], "No fish")
        self.assertEqual(person.club_gives, "Advice on wine")
        self.assertEqual(person.club_business_since, 1998)
        self.assertEqual(str(person.club_birthday), "1980-05-17")
        row = self._rows("club_channel")
        self.assertEqual(row.source, "survey")
        self.assertEqual(row.source_ref, f"survey.user_input,{user_input.id}")
        self.assertFalse(self._notes())

    def test_twice_doubles_nothing_and_brings_nothing_back(self):
        food = self._question("club_food", "char_box")
        user_input = self._fill_in({food: "No fish"})
        user_input._mark_done()
        user_input._club_fill_cards()
        self.assertEqual(len(self._rows("club_food")), 1)
        self.person.with_user(self.manager).club_food = "Eats all"
        user_input._club_fill_cards()
        self.assertEqual(self.person.club_food, "Eats all")
        self.assertEqual(len(self._rows("club_food")), 2)

    def test_a_survey_again_replaces_the_answer(self):
        food = self._question("club_food", "char_box")
        self._fill_in({food: "No fish"})
        self._fill_in({food: "No meat"})
        self.assertEqual(self.person.club_food, "No meat")
        self.assertFalse(self._rows("club_food").filtered("is_conflict"))

    def test_a_typed_email_is_nobodys_identity(self):
        self.survey.access_mode = "public"
        food = self._question("club_food", "char_box")
        email = self._question(
            "club_messenger", "char_box", validation_email=True, save_as_email=True
        )
        stranger = self.survey._create_answer(
            user=self.env.ref("base.public_user"), email=self.person.email
        )
        for question, given in {food: "Poison", email: self.person.email}.items():
            stranger._save_lines(question, given)
        stranger._mark_done()
        self.assertEqual(stranger.email, self.person.email)
        self.assertFalse(self._rows("club_food"))

    def test_whoever_is_logged_in_fills_his_own_card(self):
        self.survey.access_mode = "public"
        food = self._question("club_food", "char_box")
        user = new_test_user(self.env, "survey_member", "base.group_portal")
        user_input = self.survey._create_answer(user=user, email=self.person.email)
        user_input._save_lines(food, "No fish")
        user_input.with_user(user).sudo()._mark_done()
        self.assertEqual(user.partner_id.club_food, "No fish")
        self.assertFalse(self._rows("club_food"))

    def test_tests_and_companies_fill_nothing(self):
        food = self._question("club_food", "char_box")
        user_input = self.survey._create_answer(
            partner=self.person, test_entry=True, user=self.env.user
        )
        user_input._save_lines(food, "No fish")
        user_input._mark_done()
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self._fill_in({food: "No fish"}, firm)
        self.assertFalse(self.Value.search([("source", "=", "survey")]))

    def test_what_is_not_understood_is_noted_and_loses_nothing(self):
        food = self._question("club_food", "char_box")
        birthday = self._question("club_birthday", "char_box")
        user_input = self._fill_in({birthday: "some day <b>soon</b>", food: "No fish"})
        self.assertEqual(user_input.state, "done")
        self.assertEqual(self.person.club_food, "No fish")
        (note,) = self._notes()
        self.assertIn("Birthday", note)
        self.assertNotIn("soon", note, "notes are read by people without the club")
        line = user_input.user_input_line_ids.filtered(
            lambda line: line.question_id == birthday
        )
        self.assertEqual(line.value_char_box, "some day <b>soon</b>")

    @mute_logger("odoo.sql_db")
    def test_what_the_database_refuses_costs_one_answer(self):
        since, pets = self._point("club_business_since"), self._point("club_pets")
        refused = self.person._club_capture_all(
            {self.person: {since: 2**40, pets: "A cat"}},
            "survey",
            {self.person.id: "s,1"},
        )
        self.assertEqual(refused, {self.person: since})
        self.assertEqual(self._rows("club_pets").value, "A cat")
        self.assertFalse(self.person.club_business_since)

    def test_a_choice_that_is_gone_is_noted(self):
        sport = self.env["club.interest"].create({"name": "Curling", "kind": "sport"})
        sports = self._question("club_sport_ids", "multiple_choice")
        sport.active = False
        self._fill_in({sports: [sport.id]})
        self.assertFalse(self.person.club_sport_ids)
        self.assertIn("Sports", self._notes()[0])

    def test_one_choice_of_several_is_added(self):
        sports = self._question("club_sport_ids", "simple_choice")
        self._fill_in({sports: self.golf.id})
        self._fill_in({sports: self.tennis.id})
        self.assertEqual(self.person.club_sport_ids, self.golf | self.tennis)

    def test_skipped_questions_take_nothing_off(self):
        self.person.club_food = "No fish"
        food = self._question("club_food", "char_box")
        channel = self._question("club_channel", "simple_choice")
        user_input = self.survey._create_answer(partner=self.person)
        user_input._save_lines(food, "")
        user_input._save_lines(channel, [])
        user_input._mark_done()
        self.assertEqual(self.person.club_food, "No fish")

    def test_a_live_session_that_ends_fills_cards(self):
        food = self._question("club_food", "char_box")
        self.survey.write(
            {
                "session_state": "in_progress",
                "session_start_time": "2020-01-01 00:00:00",
            }
        )
        user_input = self.survey._create_answer(partner=self.person)
        self.assertTrue(user_input.is_session_answer)
        user_input._save_lines(food, "No fish")
        self.survey.action_end_session()
        self.assertEqual(self._rows("club_food").source, "survey")


@tagged("post_install", "-at_install")
class TestSurveyConsent(SurveyCommon):
    def setUp(self):
        super().setUp()
        self.agree = self._consent_question("portrait")
        self.risk = self._question("risk", "simple_choice")

    def test_consents_come_first(self):
        user_input = self._fill_in({self.risk: "seek", self.agree: "yes"})
        self.assertEqual(self.person.club_private_ids.risk, "seek")
        consent = self.person.club_consent_ids
        self.assertEqual((consent.answer, consent.source), ("given", "survey"))
        self.assertEqual(consent.wording, self.agree.club_purpose_id.wording)
        self.assertEqual(self._rows("risk").consent_id, consent)
        self.assertFalse(self._notes())
        return user_input

    def test_the_words_are_those_that_were_shown(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        purpose = self.agree.club_purpose_id
        purpose.with_context(lang="ru_RU").wording = "Я согласен"
        russian = self.env["res.lang"]._get_data(code="ru_RU").id
        self._fill_in({self.agree: "yes"}, lang_id=russian)
        self.assertEqual(self.person.club_consent_ids.wording, "Я согласен")

    def test_a_no_keeps_nothing_and_takes_off_what_was_kept(self):
        self._fill_in({self.risk: "seek", self.agree: "yes"})
        user_input = self._fill_in({self.risk: "avoid", self.agree: "no"})
        self.assertFalse(self.person.club_private_ids.risk)
        self.assertFalse([row for row in self._rows("risk") if row.value])
        line = user_input.user_input_line_ids
        line = line.filtered(lambda line: line.question_id == self.risk)
        self.assertFalse(line.suggested_answer_id)
        self.assertFalse(self._notes(), "what was refused is not asked for again")

    def test_without_a_question_for_the_consent_nothing_is_kept(self):
        self._fill_in({self.risk: "seek"})
        self.assertFalse(self._rows("risk"))
        self.assertIn("Attitude to Risk", self._notes()[0])

    def test_the_survey_does_not_keep_what_is_for_few_eyes(self):
        user_input = self._fill_in({self.risk: "seek", self.agree: "yes"})
        lines = user_input.user_input_line_ids.grouped("question_id")
        self.assertTrue(lines[self.risk].skipped)
        self.assertFalse(lines[self.risk].suggested_answer_id)
        self.assertEqual(lines[self.agree].suggested_answer_id.club_value, "yes")

    def test_nor_are_open_answers_for_those_who_work_with_surveys(self):
        officer = new_test_user(self.env, "survey_officer", "survey.group_survey_user")
        user_input = self.survey._create_answer(partner=self.person)
        chosen = self._answer_of(self.risk, "seek")
        user_input._save_lines(self.risk, str(chosen.id))
        user_input._save_lines(self.agree, str(self._answer_of(self.agree, "yes").id))
        lines = self.env["survey.user_input.line"].with_user(officer)
        seen = lines.search([("user_input_id", "=", user_input.id)])
        self.assertEqual(seen.question_id, self.agree)
        with self.assertRaises(AccessError):
            (user_input.user_input_line_ids - seen).with_user(officer).read(
                ["value_date"]
            )

    def test_a_manager_cannot_finish_somebodys_survey_over_rpc(self):
        user_input = self.survey._create_answer(partner=self.person)
        for user in (self.manager, self.club_manager):
            with self.assertRaises(AccessError):
                user_input.with_user(user).read(["access_token"])


@tagged("post_install", "-at_install")
class TestSurveyQuestion(SurveyCommon):
    def test_a_point_fits_the_type_of_the_question(self):
        for key, question_type in (
            ("club_birthday", "simple_choice"),
            ("club_channel", "multiple_choice"),
            ("club_channel", "matrix"),
            ("club_food", "date"),
            ("club_food", "datetime"),
            ("club_sport_ids", "char_box"),
        ):
            with self.subTest(f"{key} {question_type}"):
                with self.assertRaisesRegex(ValidationError, "Choose one of"):
                    self._question(key, question_type)
        with self.assertRaisesRegex(ValidationError, "cannot be filled in"):
            self._question("club_relative_ids", "char_box")
        question = self._question("club_food", "char_box")
        with self.assertRaisesRegex(ValidationError, "Choose one of"):
            question.question_type = "date"

    def test_a_consent_is_a_question_of_its_own(self):
        question = self._question("club_channel", "simple_choice")
        purpose = self.env["club.consent.purpose"]._get("portrait")
        with self.assertRaisesRegex(ValidationError, "not both"):
            question.club_purpose_id = purpose
        with self.assertRaisesRegex(ValidationError, "yes or no"):
            question.write(
                {
                    "club_point_id": False,
                    "club_purpose_id": purpose.id,
                    "question_type": "char_box",
                }
            )

    def test_an_answer_stands_for_something_the_point_knows(self):
        question = self._question("club_channel", "simple_choice")
        with self.assertRaisesRegex(ValidationError, "not among the choices"):
            question.suggested_answer_ids[0].club_value = "pigeon"
        agree = self._consent_question("portrait")
        with self.assertRaisesRegex(ValidationError, "“yes” or “no”"):
            agree.suggested_answer_ids[0].club_value = "maybe"

    def test_answers_from_the_point_in_all_languages(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.golf.with_context(lang="ru_RU").name = "Гольф"
        question = self._question("club_sport_ids", "multiple_choice")
        answer = self._answer_of(question, self.golf.id)
        self.assertEqual(answer.with_context(lang="en_US").value, "⛳ Golf")
        self.assertEqual(answer.with_context(lang="ru_RU").value, "⛳ Гольф")
        count = len(question.suggested_answer_ids)
        answer.value = "Golf, of course"
        self._answer_of(question, self.tennis.id).unlink()
        question.action_club_fill_answers()
        self.assertEqual(len(question.suggested_answer_ids), count)
        self.assertEqual(answer.value, "Golf, of course")
        food = self._question("club_food", "char_box")
        with self.assertRaisesRegex(UserError, "no choices"):
            food.action_club_fill_answers()

    def test_the_survey_that_ships_fits_the_catalogue(self):
        survey = self.env.ref("club_community.survey_know_you")
        questions = survey.question_ids
        self.assertTrue(12 <= len(questions) <= 15)
        self.assertTrue(all(q.club_point_id or q.club_purpose_id for q in questions))
        questions._check_club_point()
        for answer in questions.suggested_answer_ids:
            self.assertTrue(answer.question_id._club_meaning(answer))
        for question in questions.filtered("club_point_id"):
            if question.suggested_answer_ids:
                self.assertEqual(
                    set(question.suggested_answer_ids.mapped("club_value")),
                    {str(value) for value, _label in question.club_point_id._choices()},
                )
        self.assertEqual(len(survey.page_ids), 5)
        survey.check_validity()

    def test_an_officer_without_the_club_copies_a_survey(self):
        self._question("club_food", "char_box")
        officer = new_test_user(
            self.env, "survey_officer", "base.group_user,survey.group_survey_user"
        )
        copied = self.survey.with_user(officer).copy()
        self.assertEqual(copied.sudo().question_ids.title, "club_food")


@tagged("post_install", "-at_install")
class TestSurveySend(SurveyCommon):
    def _send(self, people, **values):
        wizard = self.env["club.survey.send"].with_user(self.manager)
        action = people.with_user(self.manager).action_club_send_survey()
        wizard = wizard.with_context(**action["context"])
        return wizard.create({"survey": str(self.survey.id), **values})

    def _inputs(self):
        return self.env["survey.user_input"].search(
            [("survey_id", "=", self.survey.id)]
        )

    def test_a_manager_without_rights_on_surveys_sends_one(self):
        self._question("club_food", "char_box")
        self.env["res.lang"]._activate_lang("ru_RU")
        other = self.person.copy({"email": "boris@example.com", "lang": "ru_RU"})
        people = self.person | other
        before = self.env["mail.mail"].search([])
        self._send(people).action_send()
        self.assertEqual(self._inputs().partner_id, people)
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(mails.recipient_ids, people)
        for user_input in self._inputs():
            mail = mails.filtered(
                lambda m, i=user_input: i.partner_id in m.recipient_ids
            )
            self.assertIn(user_input.access_token, mail.body_html)
            self.assertEqual(
                user_input.lang_id.code or None, user_input.partner_id.lang or None
            )
        self._send(self.person).action_send()
        self.assertEqual(len(self._inputs()), 2, "the same link again")
        self._inputs().filtered(lambda i: i.partner_id == self.person)._mark_done()
        self._send(self.person).action_send()
        self.assertEqual(len(self._inputs()), 3)

    def test_what_is_said_to_the_manager(self):
        self._question("club_food", "char_box")
        with self.assertRaisesRegex(UserError, "Choose who"):
            self._send(self.person.browse()).action_send()
        mute = self.env["res.partner"].create({"name": "Vera"})
        with self.assertRaisesRegex(UserError, "no e-mail that we can write to: Vera"):
            self._send(mute).action_send()

    def test_only_surveys_that_fill_the_profile_and_ours_first(self):
        wizard = self.env["club.survey.send"].with_user(self.manager)
        titles = dict(wizard._surveys())
        self.assertNotIn(str(self.survey.id), titles)
        ours = self.env.ref("club_community.survey_know_you")
        self.assertEqual(wizard.create({}).survey, str(ours.id))
        forged = wizard.create(
            {
                "survey": str(self.survey.id),
                "partner_ids": [Command.link(self.person.id)],
            }
        )
        with self.assertRaisesRegex(UserError, "does not fill"):
            forged.action_send()

    def test_for_the_club_only(self):
        with self.assertRaises(AccessError):
            self.env["club.survey.send"].with_user(self.employee).create({})
