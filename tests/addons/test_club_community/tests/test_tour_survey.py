from odoo.tests import tagged

from .test_tours import ToursCommon


class SurveyTour(ToursCommon):
    """A person fills in “Getting to know you”, and the manager has it on the card."""

    def _fill_in(self, language, login):
        self.member.write(
            {"lang": language, "club_manager_id": self.personal_manager.id}
        )
        survey = self.env.ref("club_community.survey_know_you")
        wizard = self.env["club.survey.send"].with_user(self.personal_manager)
        wizard.create({"partner_ids": self.member.ids}).action_send()
        invited = (
            self.env["survey.user_input"]
            .sudo()
            .search(
                [("survey_id", "=", survey.id), ("partner_id", "=", self.member.id)]
            )
        )
        self.start_tour(
            invited.get_start_url(), f"club_survey_{language[:2]}", login=login
        )
        self.assertEqual(invited.state, "done")
        card = self.member.with_user(self.personal_manager)
        self.assertEqual(card.club_channel, "phone")
        self.assertEqual(str(card.club_birthday), "1980-05-17")
        self.assertEqual(card.club_food, "No fish")
        self.assertEqual(len(card.club_interest_ids), 1)
        self.assertEqual(card.club_expects, "Good company")
        self.assertEqual(card.club_private_ids.decision_style, "fast")
        self.assertEqual(card.club_consent_ids.answer, "given")
        told = card.club_value_ids.filtered(lambda row: row.source == "survey")
        self.assertEqual(
            set(told.mapped("source_ref")), {f"survey.user_input,{invited.id}"}
        )
        self.assertEqual(len(told), 6)
        return card


@tagged("post_install", "-at_install")
class TestSurveyTour(SurveyTour):
    def test_a_member_in_english(self):
        self._fill_in("en_US", "anna")


@tagged("post_install", "-at_install")
class TestSurveyTourOnAPhone(SurveyTour):
    browser_size = "390x844"
    touch_enabled = True

    def test_an_invited_person_in_russian(self):
        card = self._fill_in("ru_RU", None)
        purpose = card.club_consent_ids.purpose_id.with_context(lang="ru_RU")
        self.assertEqual(card.club_consent_ids.wording, purpose.wording)
