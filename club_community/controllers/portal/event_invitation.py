from odoo.exceptions import LockError, UserError
from odoo.http import request, route
from odoo.tools.misc import format_datetime

from ...models.event.club_event_invitation import ANSWERS
from .club import ClubPortal


class ClubEventInvitationPortal(ClubPortal):
    """Answer an invitation, also without a login: who has the letter, has the link.

    A GET only shows the page: programs that look at the links of letters, and there
    are many, answer nothing.
    """

    @route(
        "/club/invitation/<int:invitation_id>/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=True,
        sitemap=False,
    )
    def club_invitation(self, invitation_id, token, answer="", **_query):
        invitation_sudo = self._invitation_sudo(invitation_id, token)
        return self._invitation_page(invitation_sudo, token, answer)

    @route(
        "/club/invitation/<int:invitation_id>/<string:token>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def club_invitation_answer(
        self, invitation_id, token, answer="", reason="", **_values
    ):
        invitation_sudo = self._invitation_sudo(invitation_id, token)
        error = obstacle = ""
        if invitation_sudo:
            try:
                obstacle = invitation_sudo._answer(answer, reason)
            except LockError:
                error = request.env._("That went too fast: please press once more.")
            except UserError as refused:
                error = str(refused)
        return self._invitation_page(
            invitation_sudo, token, obstacle=obstacle, error=error, answered=not error
        )

    def _invitation_sudo(self, invitation_id, token):
        found_sudo = request.env["club.event.invitation"]._by_token(
            invitation_id, token
        )
        return self._in_language_of_letter(found_sudo, found_sudo.partner_id.lang)

    def _invitation_page(self, invitation_sudo, token, answer="", **values):
        event_sudo = invitation_sudo.event_id
        page = {
            "invitation": invitation_sudo,
            "event": event_sudo,
            "token": token,
            "answer": answer if answer in ANSWERS else "",
            "when": event_sudo
            and format_datetime(
                request.env,
                event_sudo.date_begin,
                event_sudo.date_tz,
                "d MMMM yyyy, HH:mm",
            ),
            "book_url": f"/my/club/events/{event_sudo.id}",
            "obstacle": "",
            "error": "",
            "answered": False,
            **values,
        }
        response = request.render(
            "club_community.event_invitation_page",
            page,
            status=200 if invitation_sudo else 404,
        )
        response.headers["Referrer-Policy"] = "no-referrer"  # the link is the key
        return response

    def _prepare_my_club_values(self, member_sudo):
        return {
            **super()._prepare_my_club_values(member_sudo),
            "invitations": member_sudo._club_open_invitations(),
        }
