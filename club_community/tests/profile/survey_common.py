from odoo import Command

from .common import ProfileCommon


class SurveyCommon(ProfileCommon):
    """A survey of one page that fills the profile, and how somebody answers it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.golf = cls.env.ref("club_community.club_interest_golf")
        cls.tennis = cls.env.ref("club_community.club_interest_tennis")
        cls.survey = cls.env["survey.survey"].create(
            {"title": "About you", "access_mode": "token"}
        )

    @classmethod
    def _question(cls, key, question_type, title=None, **values):
        """A question that fills a point, with its ready answers."""
        question = cls.env["survey.question"].create(
            {
                "survey_id": cls.survey.id,
                "title": title or key,
                "question_type": question_type,
                "club_point_id": cls._point(key).id,
                "sequence": len(cls.survey.question_and_page_ids) + 1,
                **values,
            }
        )
        if question_type in ("simple_choice", "multiple_choice"):
            question.action_club_fill_answers()
        return question

    @classmethod
    def _consent_question(cls, code):
        question = cls.env["survey.question"].create(
            {
                "survey_id": cls.survey.id,
                "title": "Do you agree?",
                "question_type": "simple_choice",
                "club_purpose_id": cls.env["club.consent.purpose"]._get(code).id,
                "sequence": 0,
            }
        )
        question.action_club_fill_answers()
        return question

    @staticmethod
    def _answer_of(question, value):
        answers = question[question._club_answers_field]
        return answers.filtered(lambda answer: answer.club_value == str(value))

    def _fill_in(self, answers, partner=None, **values):
        """Answer the survey as the browser does, and finish it.

        :param answers: ``{question: text, or what the chosen answers stand for}``
        """
        user_input = self.survey._create_answer(
            partner=self.person if partner is None else partner, **values
        )
        for question, given in answers.items():
            if question.suggested_answer_ids:
                chosen = given if isinstance(given, list) else [given]
                given = [str(self._answer_of(question, v).id) for v in chosen]
                given = (
                    given if question.question_type == "multiple_choice" else given[0]
                )
            user_input._save_lines(question, given)
        user_input._mark_done()
        return user_input

    def _notes(self, person=None):
        messages = (person or self.person).message_ids.filtered("body")
        return [m.body for m in messages if "answered" in m.body]

    # --- Events

    @classmethod
    def _event(cls, *questions):
        return cls.env["event.event"].create(
            {
                "name": "Dinner",
                "date_begin": "2030-01-01 18:00:00",
                "date_end": "2030-01-01 22:00:00",
                "user_id": cls.manager.id,
                "event_mail_ids": [Command.clear()],
                "question_ids": [Command.set([q.id for q in questions])],
            }
        )

    @classmethod
    def _event_question(cls, key, question_type):
        question = cls.env["event.question"].create(
            {
                "title": key,
                "question_type": question_type,
                "club_point_id": cls._point(key).id,
            }
        )
        if question_type == "simple_choice":
            question.action_club_fill_answers()
        return question

    @classmethod
    def _event_answers(cls, answers):
        return [
            Command.create(
                {"question_id": question.id, "value_text_box": given}
                if question.question_type == "text_box"
                else {
                    "question_id": question.id,
                    "value_answer_id": cls._answer_of(question, given).id,
                }
            )
            for question, given in answers.items()
        ]

    @classmethod
    def _register(cls, event, answers, person=None, **values):
        person = person or cls.person
        return cls.env["event.registration"].create(
            {
                "event_id": event.id,
                "partner_id": person.id,
                "name": person.name,
                "email": person.email,
                "registration_answer_ids": cls._event_answers(answers),
                **values,
            }
        )
