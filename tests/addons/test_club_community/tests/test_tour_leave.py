from odoo.tests import tagged

from .test_tours import ToursCommon


class LeaveTour(ToursCommon):
    """A member leaves with a reason, takes it back, and leaves after all."""

    def _leave_in(self, language):
        membership = self._sell_and_pay()
        self.portal_user.lang = language
        self.start_tour(
            f"/{language[:2]}/my/club" if language != "en_US" else "/my/club",
            f"club_leave_{language[:2]}",
            login="anna",
        )
        requests = self.env["club.leave"].search([("partner_id", "=", self.member.id)])
        self.assertEqual(set(requests.mapped("state")), {"requested", "undone"})
        self.assertEqual(len(requests), 2, "the first one stays in the history")
        self.assertEqual(set(requests.mapped("note")), {"A sauna"})
        self.assertTrue(all(request.reason_ids for request in requests))
        self.assertEqual(membership.leave_date, membership.date_end)
        self.assertEqual(self.member.grade_id, self.level)


@tagged("post_install", "-at_install")
class TestLeaveTour(LeaveTour):
    def test_in_english(self):
        self._leave_in("en_US")

    def test_in_russian(self):
        self._leave_in("ru_RU")


@tagged("post_install", "-at_install")
class TestLeaveTourOnAPhone(LeaveTour):
    browser_size = "390x844"
    touch_enabled = True

    def test_in_russian(self):
        self._leave_in("ru_RU")
