from odoo.exceptions import UserError
from odoo.http import request, route

from ...tools.period import LIVE_STATES
from .club import ClubPortal


class ClubStartPortal(ClubPortal):
    """The next step, and the checklist of the first thirty days (S4.03).

    Every record is found by the member's own contact: another's number gets nothing.
    """

    @route(
        "/my/club/start",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_start(self, done=None, **_query):
        return self._render_start(is_saved=bool(done))

    @route(
        "/my/club/start/<int:line_id>/done",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_start_done(self, line_id, note="", **_form):
        """The member ticks a step that is his to tick."""
        line_sudo = self._my_start_sudo().line_ids.filtered(lambda x: x.id == line_id)
        if not line_sudo:
            raise request.not_found()
        try:
            line_sudo._tick("member", note)
        except UserError as error:
            return self._render_start(error=str(error), typed=note)
        return request.redirect("/my/club/start?done=1")

    @route(
        "/my/club/start/met/<int:row_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_start_met(self, row_id, **_form):
        """The member has met whom he was introduced to."""
        person_sudo = request.env.user.partner_id.sudo()
        row_sudo = person_sudo._club_introductions().filtered(lambda r: r.id == row_id)
        if not row_sudo:
            raise request.not_found()
        row_sudo._met(person_sudo)
        return request.redirect("/my/club/start?done=1#people")

    # --- Pages ----------------------------------------------------------------------

    def _my_start_sudo(self):
        """The first thirty days of who is logged in, the last ones; none of others."""
        person_sudo = request.env.user.partner_id.sudo()
        return (
            request.env["club.onboarding"]
            .sudo()
            .search_fetch(
                [("partner_id", "=", person_sudo.id), ("state", "!=", "stopped")],
                ["state"],
                limit=1,
            )
        )

    def _render_start(self, error="", typed="", is_saved=False):
        person_sudo = request.env.user.partner_id.sudo()
        start_sudo = self._my_start_sudo()
        if not start_sudo:
            return request.redirect("/my/club")
        return request.render(
            "club_community.portal_club_start",
            {
                "page_name": "club_start",
                "start": start_sudo,
                "people": request.env["club.introduction"]._for_member(person_sudo),
                "manager": self._club_manager(person_sudo),
                "error": error,
                "typed": typed,
                "is_saved": is_saved,
            },
            status=422 if error else 200,
        )

    def _prepare_my_club_values(self, member_sudo):
        start_sudo = self._my_start_sudo()
        stage_sudo = member_sudo.club_stage_id
        url = stage_sudo.member_url
        return {
            **super()._prepare_my_club_values(member_sudo),
            "start": start_sudo if start_sudo.state == "running" else None,
            "stage": stage_sudo if stage_sudo.member_step else None,
            "stage_url": url if self._is_step_link(url, member_sudo) else "",
        }

    def _is_step_link(self, url, member_sudo):
        """Whether a stage's link leads somewhere else, and there is such a page."""
        if not url or url == "/my/club":
            return False
        if url.startswith("/my/club/meeting"):
            return member_sudo.club_state in LIVE_STATES
        if url.startswith("/my/club/start"):
            return bool(self._my_start_sudo())
        return True
