from odoo import models
from odoo.exceptions import UserError

from .club_profile_asking import YES_NO


class SurveyUserInput(models.Model):
    """A finished survey fills the card of the person whom stock knows (S0.20).

    That is ``partner_id``: whoever is logged in, or was invited by a link of his own.
    An e-mail that somebody types into a public survey is a claim, and fills nothing.
    """

    _inherit = "survey.user_input"

    def _mark_done(self):
        """The card is filled once, when the survey is finished."""
        finished = self.filtered(lambda user_input: user_input.state != "done")
        res = super()._mark_done()
        finished._club_fill_cards()
        return res

    def _club_fill_cards(self):
        """Put the answers of people on their cards; consents count first.

        Nothing is raised to the participant: what cannot be understood, or needs a
        consent that nobody asked for, is noted on the person for the manager. Tests
        of a survey, companies and people nobody knows fill nothing.
        """
        # sudo: the participant has rights neither on the club nor on his survey
        inputs_sudo = self.sudo().filtered(
            lambda i: not i.test_entry
            and i.partner_id.active
            and not i.partner_id.is_company
        )
        for user_input in inputs_sudo:
            user_input._club_fill_card()

    def _club_fill_card(self):
        self.ensure_one()
        person, survey = self.partner_id, self.survey_id
        spoken = self.with_context(lang=self.lang_id.code or person.lang)
        lines = spoken.user_input_line_ids.filtered(lambda line: not line.skipped)
        by_question = lines.grouped("question_id")
        spoken._club_keep_consents(by_question)
        answers, added = {}, set()
        unread = spoken.env["club.profile.point"]
        for question, given in by_question.items():
            point = question.club_point_id
            if not point.active:
                continue
            try:
                value = question._club_understand(
                    given[0]._get_answer_value(), given.suggested_answer_id
                )
            except UserError:
                unread |= point
                continue
            if value is not None:
                answers[point] = value
            if question.question_type == "simple_choice":
                added.add((person.id, point.id))
        ref = f"survey.user_input,{self.id}"
        refused = person._club_capture_all(
            {person: answers}, "survey", {person.id: ref}, added
        )
        guarded = lines.filtered(
            lambda line: line.question_id.club_is_guarded
            and line.question_id.club_point_id not in unread
        )
        guarded._club_forget()
        unread |= refused.get(person, unread.browse())
        lang = survey.user_id.lang or self.env.company.partner_id.lang
        names = unread.with_context(lang=lang).mapped("name")
        title = survey.with_context(lang=lang).title
        person._club_note_unread(title, {person: names}, lang)

    def _club_keep_consents(self, by_question):
        """What the person has agreed to or refused, in the words that he was shown."""
        consents = [
            (
                self.partner_id,
                question.club_purpose_id,
                value == "yes",
                question._club_consent_words(),
            )
            for question, given in by_question.items()
            if question.club_purpose_id
            for value in given.suggested_answer_id.mapped("club_value")
            if value in YES_NO
        ]
        self.env["res.partner"]._club_answer_consents(consents, "survey")


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

    def _club_forget(self):
        """What is for few eyes is on the card: the survey keeps that it was asked.

        Whoever works with surveys reads all answers; a portrait and the like are for
        the person's own manager and the head of the club.
        """
        self.write(
            {
                "skipped": True,
                "answer_type": False,
                "suggested_answer_id": False,
                **{
                    name: False
                    for name in self._fields
                    if name.startswith("value_") and self._fields[name].store
                },
            }
        )


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    def action_end_session(self):
        """A live session ends for all at once, without ``_mark_done``."""
        # sudo: stock closes the session for whoever may run it
        open_sudo = self.sudo().user_input_ids.filtered(
            lambda i: i.is_session_answer and i.state != "done"
        )
        res = super().action_end_session()
        open_sudo._club_fill_cards()
        return res
