import base64

from odoo import fields
from odoo.http import request, route
from odoo.tools.misc import format_date

from odoo.addons.portal.controllers.portal import CustomerPortal

from ...tools.period import LIVE_STATES
from ...tools.qr import qr_svg


class ClubPortal(CustomerPortal):
    """What a member sees of his club. Every record is found by his own contact."""

    def _is_my_club_readonly(self, rule, args):
        """A read replica serves members; an employee's page may write a token."""
        return request.env.user.share

    @route(
        "/my/club",
        type="http",
        auth="user",
        website=True,
        readonly=_is_my_club_readonly,
    )
    def my_club(self, **_query):
        member_sudo = request.env.user.partner_id.sudo()
        return request.render(
            "club_community.portal_my_club", self._prepare_my_club_values(member_sudo)
        )

    def _prepare_my_club_values(self, member_sudo):
        """Values of the page; rooms add theirs.

        :param member_sudo: the ``res.partner`` of the user who is logged in
        """
        membership_sudo = member_sudo.club_membership_id
        is_member = member_sudo.club_state in LIVE_STATES
        orders_sudo = self._club_orders_to_pay(member_sudo)
        may_choose = not orders_sudo and member_sudo.club_state in (False, "former")
        return {
            "page_name": "club",
            "today": fields.Date.context_today(member_sudo),
            "member": member_sudo,
            "membership": membership_sudo,
            "plan": member_sudo.club_plan_id,
            "is_member": is_member,
            "grace_notice": self._club_grace_notice(member_sudo),
            "qr_code": is_member and self._club_card_qr(member_sudo),
            "manager": self._club_manager(member_sudo),
            "manager_words": self._club_manager_words(member_sudo),
            "orders_to_pay": orders_sudo,
            "invoices_to_pay": self._club_invoices_to_pay(member_sudo),
            "pay_url": self._club_pay_url,
            "plans": may_choose and self._club_plans_on_offer(),
        }

    def _in_language_of_letter(self, row_sudo, code):
        """A visitor reads the page of the answer in the language of the letter.

        :param row_sudo: the row that the letter was about, or an empty one
        :param code: the letter's language
        :return: the row in the language of the page
        """
        lang = request.env["res.lang"]._get_data(code=code)
        if lang and request.env.user._is_public():
            request.update_context(lang=lang.code)
        return row_sudo.with_context(lang=request.env.lang)

    def _club_grace_notice(self, member_sudo):
        """What a member whose period is over must know today, in one sentence."""
        if member_sudo.club_state != "grace":
            return ""
        env, membership_sudo = request.env, member_sudo.club_membership_id
        return env._(
            "Your membership ended on %(end)s. Everything stays open for you until "
            "%(last_day)s: renew by then and you lose nothing.",
            end=format_date(env, membership_sudo.date_end),
            last_day=format_date(env, membership_sudo.date_grace_end),
        )

    def _club_manager(self, member_sudo):
        """Who looks after this member: his manager, else the lead of his city.

        While the manager is away it is his deputy (``_club_manager_words`` says so).
        """
        manager = member_sudo.club_manager_id.club_stand_in_id
        if not manager.active:
            manager = member_sudo.club_chapter_id.lead_manager_id
        return manager if manager.active else manager.browse()

    def _club_manager_words(self, member_sudo):
        """For whom the deputy stands in, and until when; empty where nobody is away."""
        manager_sudo = member_sudo.club_manager_id
        stands_in_sudo = manager_sudo.club_stand_in_id
        if stands_in_sudo == manager_sudo or not stands_in_sudo.active:
            return ""
        return manager_sudo._club_stand_ins()[manager_sudo.id][1]

    def _club_card_qr(self, member_sudo):
        """Data URI of the card's QR code; it leads to the staff's check page."""
        url = f"{member_sudo.get_base_url()}/club/check/{member_sudo.club_card_token}"
        encoded = base64.b64encode(qr_svg(url).encode()).decode()
        return f"data:image/svg+xml;base64,{encoded}"

    def _club_orders_to_pay(self, member_sudo):
        return (
            request.env["sale.order"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", member_sudo.id),
                    ("state", "=", "sent"),
                    ("order_line.club_membership_ids", "!=", False),
                ]
            )
        )

    def _club_invoices_to_pay(self, member_sudo):
        return (
            request.env["account.move"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", member_sudo.id),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                    ("payment_state", "in", ("not_paid", "partial")),
                ],
                order="invoice_date_due, id",
            )
        )

    def _club_pay_url(self, document_sudo):
        """Where a member opens his own quotation or invoice.

        A portal user needs no token for what is his, and making one writes. An
        employee who is a member has no portal rights, so only a token lets him in.
        """
        is_portal = request.env.user.share
        return document_sudo.access_url if is_portal else document_sudo.get_portal_url()

    def _club_plans_on_offer(self):
        # sudo: visitors and portal users have no rights on plans
        return request.env["club.plan"].sudo()._on_offer(request.env.company)
