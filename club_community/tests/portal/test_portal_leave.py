from odoo import http
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import PortalCommon


class LeavePages(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("club_community.leaving_reason_time")
        cls.membership = cls._sell_and_pay()

    def _post(self, url, user=None, **data):
        """Send a form as a user; returns the response that he ends at."""
        user = user or self.member_user
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        return self.url_open(
            url, data={"csrf_token": http.Request.csrf_token(self), **data}
        )

    def _leave(self, user=None, **data):
        values = {"membership_id": self.membership.id, "reason_id": self.reason.id}
        return self._post("/my/club/leave/confirm", user, **values | data)


@tagged("post_install", "-at_install")
class TestPortalLeave(LeavePages):
    def test_public_is_asked_to_log_in(self):
        self.assertIn("/web/login", self._get("/my/club/leave").url)

    def test_page_says_what_it_means(self):
        self.assertIn("Leave the club", self._page())
        page = self._page(url="/my/club/leave")
        for words in (
            "Why do you leave?",
            "No time",
            "I would rather not say",
            "What could we do better?",
            "Everything stays open until",
            "Nothing is given back",
        ):
            self.assertIn(words, page)

    def test_leaves_at_the_end(self):
        end = self.membership.date_end
        response = self._leave(when="end", note="A sauna")
        self.assertIn("Thank you for the time with us", response.text)
        leave = self.membership.leave_id
        self.assertEqual((leave.note, leave.by_member), ("A sauna", True))
        self.assertEqual(self.membership.leave_date, end)
        self.assertIn("You leave the club on", self._page())

    def test_leaves_at_once(self):
        self._leave(when="now")
        self.assertEqual(self.membership.date_end, self.today)

    def test_without_a_reason_the_words_are_kept(self):
        response = self._post(
            "/my/club/leave/confirm", membership_id=self.membership.id, note="A sauna"
        )
        self.assertEqual(response.status_code, 422)
        self.assertIn("say why you leave, or that you would rather not", response.text)
        self.assertIn("A sauna", response.text)
        self.assertFalse(self.membership.leave_id)

    def test_stays_after_all(self):
        self._leave(when="now")
        leave = self.membership.leave_id
        self._post("/my/club/leave/undo", leave_id=leave.id)
        self.assertEqual(leave.state, "undone")
        self.assertFalse(self.membership.leave_date)

    def test_too_late_is_told(self):
        self._leave(when="now")
        self.membership.leave_id.sudo().date_requested = self._months(-2)
        self.assertNotIn("Stay in the club", self._page(url="/my/club/leave"))
        self._post("/my/club/leave/undo", leave_id=self.membership.leave_id.id)
        self.assertEqual(self.membership.leave_id.state, "requested")

    def test_bad_input(self):
        for data in (
            {"membership_id": "x"},
            {"membership_id": "-1"},
            {"reason_id": "x", "membership_id": self.membership.id},
            {"reason_id": "999999999", "membership_id": self.membership.id},
            {"when": "yesterday", "membership_id": "0"},
        ):
            with self.subTest(data):
                response = self._post("/my/club/leave/confirm", **data)
                self.assertIn(response.status_code, (200, 422))
                self.assertNotIn("Traceback", response.text)
                self.assertFalse(self.membership.leave_id)
        self.assertEqual(
            self._post("/my/club/leave/undo", leave_id="x").status_code, 200
        )

    def test_without_a_membership_back_to_the_club(self):
        response = self._get("/my/club/leave", self.stranger_user)
        self.assertTrue(response.url.endswith("/my/club"))


@tagged("post_install", "-at_install", "security")
class TestPortalLeaveAttacks(LeavePages):
    """A stranger with somebody's numbers in address and form gets nothing."""

    def test_another_members_period(self):
        theirs = self._create_period(self.stranger, self.today)
        url = f"/my/club/leave?membership_id={self.membership.id}"
        self.assertTrue(self._get(url, self.stranger_user).url.endswith("/my/club"))
        self._leave(self.stranger_user, when="now")
        self.assertFalse(self.membership.leave_id)
        self.assertFalse(theirs.leave_id)

    def test_another_members_request(self):
        self._leave(when="now")
        leave = self.membership.leave_id
        self._post("/my/club/leave/undo", self.stranger_user, leave_id=leave.id)
        self.assertEqual(leave.state, "requested")

    @mute_logger("odoo.http")
    def test_without_a_token_nothing_is_done(self):
        self.env.flush_all()
        self.authenticate("club_anna", "club_anna")
        data = {"membership_id": self.membership.id, "reason_id": self.reason.id}
        response = self.url_open("/my/club/leave/confirm", data=data)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.membership.leave_id)
        response = self.url_open("/my/club/leave/confirm")
        self.assertEqual(response.status_code, 405)
