from odoo.tests import tagged

from .test_tours import ToursCommon


class MeetingTour(ToursCommon):
    """A newcomer books and moves his welcome meeting."""

    def _book_in(self, language):
        self.portal_user.lang = language
        self.member.club_manager_id = self.club_manager
        self._sell_and_pay()
        prefix = "" if language == "en_US" else f"/{language[:2]}"
        self.start_tour(
            f"{prefix}/my/club", f"club_meeting_{language[:2]}", login="anna"
        )
        meeting = self.member.club_meeting_ids
        self.assertEqual((meeting.state, meeting.moved_count), ("agreed", 1))
        self.assertEqual(meeting.event_id.start, meeting.start)
        self.assertEqual(meeting.user_id, self.club_manager)


@tagged("post_install", "-at_install")
class TestMeetingTour(MeetingTour):
    def test_in_english(self):
        self._book_in("en_US")


@tagged("post_install", "-at_install")
class TestMeetingTourOnAPhone(MeetingTour):
    browser_size = "390x844"
    touch_enabled = True

    def test_in_english(self):
        self._book_in("en_US")

    def test_in_russian(self):
        self._book_in("ru_RU")
