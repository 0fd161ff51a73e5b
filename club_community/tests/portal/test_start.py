from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import PortalCommon


class StartCommon(PortalCommon):
    """Anna has just paid; Boris is a newcomer, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.personal_manager.write({"name": "Maria Manager", "tz": "Europe/Moscow"})
        (cls.member | cls.stranger).club_manager_id = cls.personal_manager
        cls.company.resource_calendar_id.tz = "Europe/Moscow"
        for person in cls.member | cls.stranger:
            cls._create_period(person, cls.today)
        cls.start = cls.member.club_onboarding_ids
        (cls.member_user | cls.stranger_user).company_ids = cls.company
        (cls.member_user | cls.stranger_user).company_id = cls.company

    def _post(self, url, code=200, **values):
        self.env.flush_all()
        token = Request.csrf_token(self)
        response = self.url_open(url, data={"csrf_token": token, **values})
        self.env.invalidate_all()
        self.assertEqual(response.status_code, code, response.text[:300])
        (wrap,) = html.fromstring(response.text).xpath("//div[@id='wrap']")
        return " ".join(wrap.text_content().split())

    def _line(self, fact, start=None):
        return (start or self.start).line_ids.filtered(
            lambda line: line.step_id.fact == fact
        )

    def _free(self):
        return self.personal_manager._club_free_times(self.company)


@tagged("post_install", "-at_install")
class TestMyStart(StartCommon):
    def test_next_step_on_the_first_page(self):
        stage = self.env.ref("club_community.club_stage_welcome")
        self.assertEqual(self.member.club_stage_id, stage)
        page = self._page()
        self.assertIn("Your next step", page)
        self.assertIn(stage.member_step, page)
        self.assertIn("Your first 30 days", page)
        self.assertIn("0 / 5", page)
        self.assertIn("/my/club/meeting", self.url_open("/my/club").text)

    def test_checklist(self):
        self._line("goal").action_done()
        page = self._page(url="/my/club/start")
        self.assertIn("1 of 5 done", page)
        self.assertIn("20 %", page)
        for line in self.start.line_ids:
            self.assertIn(line.step_id.name, page)
        self.assertEqual(page.count("Done on"), 1)

    def test_nobody_without_a_start_sees_it(self):
        guest = self.env["res.partner"].create({"name": "Guest"})
        user = self._portal_user("club_guest", guest)
        for url in ("/my/club/start", "/my/club/meeting"):
            response = self._get(url, user)
            self.assertTrue(response.url.endswith("/my/club"), response.url)
        self.assertIn("/web/login", self._get("/my/club/start").url)

    def test_tick(self):
        self._page()
        line = self._line("people")
        url = f"/my/club/start/{line.id}/done"
        text = self._post(url, 422, note="Vera")
        self.assertIn("Please name 3 people", text)
        self.assertIn("it is noted", self._post(url, note="Vera, Gleb, Zoya"))
        self.assertEqual((line.source, line.note), ("member", "Vera, Gleb, Zoya"))
        self.assertEqual(line.user_id, self.member_user)

    def test_facts_are_not_his_to_tick(self):
        self._page()
        line = self._line("meeting")
        self.assertIn(
            "noted by itself", self._post(f"/my/club/start/{line.id}/done", 422)
        )
        self.assertFalse(line.done_on)

    def test_of_others_he_gets_nothing(self):
        other = self.env["res.partner"].create({"name": "Olga Other"})
        row = self.env["club.introduction"].create(
            {"partner_id": self.stranger.id, "other_id": other.id}
        )
        self._page()
        line = self._line("people", self.stranger.club_onboarding_ids)
        self._post(f"/my/club/start/{line.id}/done", 404, note="Vera, Gleb, Zoya")
        self._post(f"/my/club/start/met/{row.id}", 404)
        self._post("/my/club/start/999999999/done", 404)
        self.assertFalse(line.done_on or row.met_on)

    @mute_logger("odoo.http")
    def test_without_a_token_nothing_is_done(self):
        self._page()
        line = self._line("people")
        response = self.url_open(
            f"/my/club/start/{line.id}/done", data={"note": "Vera, Gleb, Zoya"}
        )
        self.assertEqual(response.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(line.done_on)

    def test_people_to_meet(self):
        shown, hidden = self.env["res.partner"].create(
            [
                {"name": "Vera Shown", "email": "vera@example.com"},
                {"name": "Gleb Hidden"},
            ]
        )
        purpose = self.env["club.consent.purpose"]._get("directory")
        shown._club_answer_consent(purpose, True, "member")
        rows = self.env["club.introduction"].create(
            [
                {"partner_id": self.member.id, "other_id": person.id}
                for person in (shown, hidden)
            ]
        )
        page = self._page(url="/my/club/start")
        self.assertIn("Vera Shown", page)
        self.assertNotIn("vera@example.com", page)
        self.assertNotIn("Gleb Hidden", page)
        self.assertIn("Somebody of your circles", page)
        self._post(f"/my/club/start/met/{rows[0].id}")
        self.assertEqual(rows[0].met_on, self.today)

    def test_queries_do_not_grow(self):
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(11)])
        counts = []
        for some in (people[:1], people[1:]):
            self.env["club.introduction"].create(
                [
                    {"partner_id": self.member.id, "other_id": person.id}
                    for person in some
                ]
            )
            self._get("/my/club/start", self.member_user)
            before = self.env.cr.sql_log_count
            self.url_open("/my/club/start")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1, counts)


@tagged("post_install", "-at_install")
class TestMyMeeting(StartCommon):
    def _meeting(self):
        return self.member.club_meeting_ids.filtered(lambda m: m.state == "agreed")

    def _when(self, number):
        return fields.Datetime.to_string(self._free()[number])

    def test_book_move_and_call_off(self):
        page = self._page(url="/my/club/meeting")
        self.assertIn("Choose a time", page)
        self.assertIn("Maria Manager", page)
        self.assertIn("Europe/Moscow", page)
        text = self._post("/my/club/meeting/book", start=self._when(0))
        self.assertIn("It is agreed", text)
        meeting = self._meeting()
        self.assertEqual(meeting.user_id, self.personal_manager)
        local = fields.Datetime.context_timestamp(
            meeting.with_context(tz="Europe/Moscow"), meeting.start
        )
        self.assertIn(f"{local.day} {local:%B}", text.replace("\xa0", " "))
        self.assertNotIn("Choose another time", text)
        self.assertIn("Choose another time", self._page(url="/my/club/meeting?move=1"))
        moved = self._when(20)
        text = self._post("/my/club/meeting/book", start=moved)
        self.assertIn("The meeting is moved", text)
        self.assertEqual(fields.Datetime.to_string(self._meeting().start), moved)
        self.assertEqual(meeting.event_id.start, meeting.start)
        text = self._post("/my/club/meeting/cancel", reason="A cold")
        self.assertIn("called off", text)
        self.assertEqual(
            (meeting.state, meeting.cancel_reason), ("cancelled", "A cold")
        )
        self.assertIn("called off", self._post("/my/club/meeting/cancel"))

    def test_a_time_that_was_taken_meanwhile(self):
        self._page(url="/my/club/meeting")
        start = self._free()[3]
        self.env["club.meeting"]._agree(self.stranger, start)
        text = self._post(
            "/my/club/meeting/book", 422, start=fields.Datetime.to_string(start)
        )
        self.assertIn("has just been taken", text)
        self.assertIn("Choose a time", text)
        self.assertFalse(self._meeting())

    def test_bad_times(self):
        self._page(url="/my/club/meeting")
        soon = fields.Datetime.now() + timedelta(minutes=1)
        for start in ("", "x", "2026-99-99 10:00:00", "1999-01-01 10:00:00"):
            self._post("/my/club/meeting/book", 422, start=start)
        self._post("/my/club/meeting/book", 422, start=fields.Datetime.to_string(soon))
        self.assertFalse(self.member.club_meeting_ids)

    def test_calling_off_touches_nobody_elses(self):
        other = self.env["club.meeting"]._agree(self.stranger, self._free()[0])
        self._page()
        self._post("/my/club/meeting/cancel")
        self.assertEqual(other.state, "agreed")

    def test_no_free_time(self):
        self.env["calendar.event"].create(
            {
                "name": "Away",
                "start": fields.Datetime.now() - timedelta(days=1),
                "stop": fields.Datetime.now() + timedelta(days=60),
                "user_id": self.personal_manager.id,
                "partner_ids": [(6, 0, self.personal_manager.partner_id.ids)],
            }
        )
        self.assertIn("No time is free", self._page(url="/my/club/meeting"))
