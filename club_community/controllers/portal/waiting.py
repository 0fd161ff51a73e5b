from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route

from .apply import ClubApply

# So long a place is kept for somebody who has just pressed "Join".
DECIDING = timedelta(hours=1)


class ClubWaitingPortal(ClubApply):
    """Buy a plan at once, or wait for a place. Own entries by own contact."""

    @route(
        "/my/club/buy/<string:plan>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_buy(self, plan, **_values):
        """Make the quotation and lead to its payment; the place is kept meanwhile."""
        plan_sudo = self._club_plan_by_slug(plan)
        if not plan_sudo or plan_sudo.needs_application:
            return request.redirect("/my/club/apply")
        person_sudo = request.env.user.partner_id.sudo()
        try:
            order_sudo = self._buy_sudo(plan_sudo, person_sudo)
        except UserError as error:
            return self._render_choice(str(error))
        return request.redirect(self._club_pay_url(order_sudo))

    def _buy_sudo(self, plan_sudo, person_sudo):
        """The open quotation of this plan, else a new one."""
        # sudo: a member has no rights on orders' lines and places
        Order = request.env["sale.order"].sudo()
        order_sudo = Order.search(
            [
                ("partner_id", "=", person_sudo.id),
                ("state", "=", "sent"),
                ("company_id", "=", request.env.company.id),
                ("order_line.club_membership_ids.plan_id", "=", plan_sudo.id),
            ],
            limit=1,
        )
        until = fields.Datetime.now() + DECIDING
        plan_sudo._check_place(person_sudo, until)
        if not order_sudo or order_sudo.is_expired:
            order_sudo = plan_sudo._make_offer(person_sudo, company=request.env.company)
            order_sudo.action_quotation_sent()
        return order_sudo

    @route(
        "/my/club/wait/<string:plan>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_wait(self, plan, **_values):
        """Wait for a place, if there is none."""
        plan_sudo = self._club_plan_by_slug(plan)
        person_sudo = request.env.user.partner_id.sudo()
        offered_sudo = self._club_plans_to_pay(self._club_orders_to_pay(person_sudo))
        if not plan_sudo or (plan_sudo - offered_sudo).needs_application:
            return request.redirect("/my/club/apply")
        if plan_sudo._with_free_place(person_sudo):
            return self._render_choice(
                request.env._("A place is free now: you need not wait.")
            )
        request.env["club.waiting"]._join(plan_sudo, person_sudo)
        return request.redirect("/my/club#waiting")

    @route(
        "/my/club/wait/<int:entry_id>/leave",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_wait_leave(self, entry_id, **_values):
        # sudo: found by the member's own contact
        entry_sudo = self._my_waiting_sudo().filtered(lambda e: e.id == entry_id)
        try:
            entry_sudo._leave()
        except UserError as error:
            return self._render_choice(str(error))
        return request.redirect("/my/club")

    def _my_waiting_sudo(self):
        return (
            request.env["club.waiting"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", request.env.user.partner_id.id),
                    ("state", "in", ("waiting", "offered")),
                ]
            )
        )

    def _club_plans_to_pay(self, orders_sudo):
        return orders_sudo.order_line.club_membership_ids.plan_id

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        waiting_sudo = self._my_waiting_sudo()
        to_pay_sudo = self._club_plans_to_pay(values["orders_to_pay"])
        return {
            **values,
            "waiting": waiting_sudo,
            # who has a quotation already chooses no plan, but he may wait for it
            "full": to_pay_sudo
            - waiting_sudo.plan_id
            - to_pay_sudo._with_free_place(member_sudo),
            "free": values["plans"] and values["plans"]._with_free_place(member_sudo),
        }

    def _choice_values(self):
        values = super()._choice_values()
        person_sudo = self._club_person().sudo()
        return {
            **values,
            "person": person_sudo,
            "free": values["plans"]._with_free_place(person_sudo),
        }
