from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ...tools.period import LIVE_STATES

MAX_WORDS = 4000


class ClubPortalLeave(CustomerPortal):
    """A member leaves, or stays after all. He only ever reaches his own periods."""

    @route("/my/club/leave", type="http", auth="user", website=True, methods=["GET"])
    def my_club_leave(self, membership_id=None, **_query):
        membership_sudo = self._my_live_membership(membership_id)
        if not membership_sudo:
            return request.redirect("/my/club")
        return self._render_leave(membership_sudo)

    @route(
        "/my/club/leave/confirm",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_leave_confirm(self, membership_id=None, when="end", note="", **form):
        membership_sudo = self._my_live_membership(membership_id)
        if not membership_sudo:
            return request.redirect("/my/club")
        chosen = self._chosen_reasons(request.httprequest.form.getlist("reason_id"))
        day = membership_sudo._leave_end() if when == "end" else False
        try:
            with request.env.cr.savepoint():
                membership_sudo._leave(
                    day or fields.Date.context_today(membership_sudo),
                    chosen,
                    note=note.strip()[:MAX_WORDS],
                    by_member=True,
                )
        except (UserError, ValidationError) as error:
            return self._render_leave(
                membership_sudo,
                error=str(error),
                chosen=chosen,
                note=note[:MAX_WORDS],
                when=when,
            )
        return request.redirect("/my/club/leave")

    @route(
        "/my/club/leave/undo", type="http", auth="user", website=True, methods=["POST"]
    )
    def my_club_leave_undo(self, leave_id=None, **_form):
        leave_sudo = self._my_leaves().filtered(lambda leave: str(leave.id) == leave_id)
        if leave_sudo:
            try:
                with request.env.cr.savepoint():
                    leave_sudo._undo()
            except UserError as error:
                return self._render_leave(leave_sudo.membership_id, error=str(error))
        return request.redirect("/my/club")

    def _my_live_membership(self, membership_id=None):
        """A period of the user who is logged in, by default his present one.

        :param membership_id: what the address says; another member's finds nothing
        """
        me_sudo = request.env.user.partner_id.sudo()
        mine_sudo = me_sudo.club_membership_ids.filtered(
            lambda m: m.state in LIVE_STATES or m.leave_id
        )
        if membership_id:
            return mine_sudo.filtered(lambda m: str(m.id) == membership_id)
        return mine_sudo & me_sudo.club_membership_id

    def _my_leaves(self):
        member_sudo = request.env.user.partner_id.sudo()
        return self._my_club_leaves(member_sudo)

    def _my_club_leaves(self, member_sudo):
        """What this member asked for, where he may still take it back."""
        today = fields.Date.context_today(member_sudo)
        leaves_sudo = (
            request.env["club.leave"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", member_sudo.id),
                    ("state", "in", ("requested", "done")),
                ]
            )
        )
        return leaves_sudo.filtered(
            lambda leave: (until := leave._undo_until()) and until >= today
        )

    def _chosen_reasons(self, ids):
        """Reasons by what the form says; what is no reason of the club is left out."""
        return self._club_leaving_reasons().filtered(
            lambda reason: str(reason.id) in ids
        )

    def _render_leave(self, membership_sudo, error="", **form):
        today = fields.Date.context_today(membership_sudo)
        leave_sudo = membership_sudo.leave_id
        is_asked = leave_sudo.state in ("requested", "done")
        until = is_asked and leave_sudo._undo_until()
        end = membership_sudo._leave_end()
        sentences = membership_sudo._leave_sentences
        return request.render(
            "club_community.portal_club_leave",
            {
                "page_name": "club_leave",
                "membership": membership_sudo,
                "plan": membership_sudo.plan_id,
                "leave": is_asked and leave_sudo,
                "undo_until": until and until >= today and until,
                "reasons": self._club_leaving_reasons(),
                # "Not told" is what others say of him
                "not_told": request.env.ref(
                    "club_community.leaving_reason_not_told", False
                ),
                "at_end": end and sentences(end),
                "at_once": not is_asked and sentences(today),
                "end": end,
                "today": today,
                "error": error,
                "chosen": form.get("chosen", request.env["club.leaving.reason"]).ids,
                "note": form.get("note", ""),
                "when": form.get("when", "end" if end else "now"),
            },
            status=422 if error else 200,
        )

    def _club_leaving_reasons(self):
        # sudo: a portal user has no rights on reasons
        return request.env["club.leaving.reason"].sudo().search([("active", "=", True)])
