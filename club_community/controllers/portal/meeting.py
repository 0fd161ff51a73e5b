from pytz import timezone, utc

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools import groupby
from odoo.tools.misc import format_date, format_time

from ...tools.period import LIVE_STATES
from .start import ClubStartPortal


class ClubMeetingPortal(ClubStartPortal):
    """Choose, move or call off the welcome meeting (S2.04 item 3)."""

    @route(
        "/my/club/meeting",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_meeting(self, move=None, done=None, **_query):
        if not self._may_meet():
            return request.redirect("/my/club")
        return self._render_meeting(is_moving=bool(move), done=done)

    @route(
        "/my/club/meeting/book",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_meeting_book(self, start="", **_form):
        """Take a time, or move the meeting to it."""
        if not self._may_meet():
            return request.redirect("/my/club")
        person_sudo = request.env.user.partner_id.sudo()
        meeting_model = request.env["club.meeting"]
        was_agreed = bool(self._my_meeting_sudo())
        try:
            when = fields.Datetime.to_datetime(start)
        except ValueError:
            when = None
        if not when:
            return self._render_meeting(
                is_moving=True, error=request.env._("Please choose a time.")
            )
        try:
            meeting_model._agree(person_sudo, when)
        except UserError as error:
            return self._render_meeting(is_moving=True, error=str(error), but=when)
        done = "moved" if was_agreed else "booked"
        return request.redirect(f"/my/club/meeting?done={done}")

    @route(
        "/my/club/meeting/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_meeting_cancel(self, reason="", **_form):
        self._my_meeting_sudo()._call_off(reason)
        return request.redirect("/my/club/meeting?done=cancelled")

    # --- The page -------------------------------------------------------------------

    def _may_meet(self):
        person_sudo = request.env.user.partner_id.sudo()
        return not person_sudo.is_company and person_sudo.club_state in LIVE_STATES

    def _my_meeting_sudo(self):
        """What the member has agreed on; it stays his until the job has closed it."""
        return (
            request.env["club.meeting"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", request.env.user.partner_id.id),
                    ("state", "=", "agreed"),
                ]
            )
        )

    def _render_meeting(self, is_moving=False, error="", done=None, but=None):
        person_sudo = request.env.user.partner_id.sudo()
        meeting_sudo = self._my_meeting_sudo()
        meeting_model = request.env["club.meeting"]
        user, free = meeting_model._free_times(person_sudo)
        user_sudo = user.sudo()  # sudo: name and picture of who looks after the member
        company_sudo = meeting_model._company_of(person_sudo).sudo()
        zone = request.env.user.tz or user_sudo._club_zone(company_sudo)
        is_choosing = is_moving or not meeting_sudo
        return request.render(
            "club_community.portal_club_meeting",
            {
                "page_name": "club_meeting",
                "meeting": meeting_sudo,
                "when": meeting_sudo and self._in_words(meeting_sudo.start, zone),
                "user": user_sudo,
                "minutes": company_sudo.club_meeting_minutes,
                "days": self._by_day([t for t in free if t != but], zone)
                if is_choosing
                else [],
                "is_choosing": is_choosing,
                "zone": zone.replace("_", " "),
                "error": error,
                "done": done,
            },
            status=422 if error else 200,
        )

    def _by_day(self, times, zone):
        """``[{"name", "times": [{"value", "name"}]}]``, in the member's language."""
        env = request.env
        local = timezone(zone)

        def day(moment):
            return utc.localize(moment).astimezone(local).date()

        return [
            {
                "name": format_date(env, date, date_format="EEEE, d MMMM"),
                "times": [
                    {
                        "value": fields.Datetime.to_string(moment),
                        "name": format_time(env, moment, tz=zone, time_format="short"),
                    }
                    for moment in moments
                ],
            }
            for date, moments in groupby(times, day)
        ]

    def _in_words(self, moment, zone):
        date = utc.localize(moment).astimezone(timezone(zone)).date()
        return ", ".join(
            (
                format_date(request.env, date, date_format="EEEE, d MMMM yyyy"),
                format_time(request.env, moment, tz=zone, time_format="short"),
            )
        )

    def _render_start(self, error="", typed="", is_saved=False):
        response = super()._render_start(error, typed, is_saved)
        if getattr(response, "qcontext", None) is not None:
            meeting_sudo = self._my_meeting_sudo()
            person_sudo = request.env.user.partner_id.sudo()
            if meeting_sudo:
                company_sudo = meeting_sudo.company_id
                zone = request.env.user.tz or meeting_sudo.user_id._club_zone(
                    company_sudo
                )
                response.qcontext["meeting_when"] = self._in_words(
                    meeting_sudo.start, zone
                )
            response.qcontext["may_meet"] = person_sudo.club_state in LIVE_STATES
        return response
