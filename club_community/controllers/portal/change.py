from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ...tools.period import LIVE_STATES


class ClubPortalChange(CustomerPortal):
    """A member changes his plan, and takes a change back that has not begun."""

    @route("/my/club/change", type="http", auth="user", website=True, methods=["GET"])
    def my_club_change(self, **_query):
        membership_sudo = self._my_changeable_membership()
        if not membership_sudo:
            return request.redirect("/my/club")
        return self._render_change(membership_sudo)

    @route(
        "/my/club/change/confirm",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_change_confirm(self, plan_id=None, when=None, **_form):
        membership_sudo = self._my_changeable_membership()
        if not membership_sudo:
            return request.redirect("/my/club")
        plan = membership_sudo._plans_to_change_to().filtered(
            lambda plan: str(plan.id) == plan_id
        )
        try:
            with request.env.cr.savepoint():
                order_sudo = membership_sudo._make_change(plan, when)
                self._settle_or_send(order_sudo)
        except UserError as error:
            return self._render_change(membership_sudo, error=str(error))
        return request.redirect(order_sudo.get_portal_url())

    @route(
        "/my/club/change/undo", type="http", auth="user", website=True, methods=["POST"]
    )
    def my_club_change_undo(self, membership_id=None, **_form):
        mine_sudo = self._my_changes_to_come().filtered(
            lambda membership: str(membership.id) == membership_id
        )
        if mine_sudo:
            try:
                with request.env.cr.savepoint():
                    mine_sudo._undo_change()
            except UserError as error:
                return self._render_change(
                    self._my_changeable_membership(), error=str(error)
                )
        return request.redirect("/my/club")

    def _settle_or_send(self, order_sudo):
        """Ask for the money; where the credit is worth it all, there is none to ask."""
        if not order_sudo.currency_id.is_zero(order_sudo.amount_total):
            order_sudo.write({"state": "sent"})
            return
        order_sudo.action_confirm()
        order_sudo._create_invoices().action_post()

    def _my_changeable_membership(self):
        """The present period of the user who is logged in, if he may change it."""
        member_sudo = request.env.user.partner_id.sudo()
        membership_sudo = member_sudo.club_membership_id
        may_change = (
            membership_sudo.state in LIVE_STATES
            and membership_sudo.date_end
            and not membership_sudo.leave_date
        )
        return membership_sudo if may_change else membership_sudo.browse()

    def _my_changes_to_come(self):
        member_sudo = request.env.user.partner_id.sudo()
        return member_sudo.club_membership_ids.filtered(
            lambda m: m.change == "end" and m.state in ("draft", "waiting", "upcoming")
        )

    def _render_change(self, membership_sudo, error=""):
        if not membership_sudo:
            return request.redirect("/my/club")
        try:
            membership_sudo._check_may_change()
            offers = [
                membership_sudo._change_terms(plan)
                for plan in membership_sudo._plans_to_change_to()
            ]
        except UserError as refusal:
            offers, error = [], error or str(refusal)
        return request.render(
            "club_community.portal_club_change",
            {
                "page_name": "club_change",
                "membership": membership_sudo,
                "offers": offers,
                "coming": self._my_changes_to_come(),
                "error": error,
            },
            status=422 if error else 200,
        )
