import hashlib

from odoo.exceptions import UserError
from odoo.http import request, route

from .club import ClubPortal


class ClubRenewalPortal(ClubPortal):
    """Renewal by one press, and the member's consent to automatic renewal.

    Every record is found by the contact of who is logged in; the only number that a
    form sends is that of a card, and it is looked for among his own.
    """

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        membership_sudo = values["membership"]
        can_renew = bool(membership_sudo) and membership_sudo._is_renewal_open()
        if can_renew and values["orders_to_pay"]:
            product = membership_sudo.plan_id._renewal_plan().product_id
            # what he is asked to pay above is the renewal already
            can_renew = product not in values["orders_to_pay"].order_line.product_id
        return {
            **values,
            "can_renew": can_renew,
            "breaks": self._club_breaks(member_sudo),
            **self._auto_renewal_values(membership_sudo),
        }

    def _club_breaks(self, member_sudo):
        """The periods before which the member was away, latest first."""
        if not member_sudo.club_since or (
            member_sudo.club_since == member_sudo.club_joined
        ):
            return []
        return member_sudo.club_membership_ids.filtered("gap_days")

    def _auto_renewal_values(self, membership_sudo):
        """What the page says about the saved card; nothing where a plan has none."""
        plan_sudo = membership_sudo.plan_id
        plan_sudo = plan_sudo and plan_sudo._renewal_plan()
        is_live = membership_sudo.state in ("active", "grace", "upcoming", "paused")
        if not plan_sudo or not is_live or not membership_sudo.date_end:
            return {"auto_plan": False}
        if not plan_sudo.auto_renew_allowed:
            return {"auto_plan": False}
        consent_sudo = request.env["club.auto.renewal"]._of_slot_sudo(membership_sudo)
        terms = plan_sudo._auto_renewal_terms(membership_sudo)
        return {
            "auto_plan": plan_sudo,
            "consent": consent_sudo,
            "cards": self._my_cards(membership_sudo),
            "terms": terms,
            "terms_digest": _digest(terms),
        }

    def _my_cards(self, membership_sudo):
        """The saved cards of the member himself that the club can charge."""
        return (
            request.env["payment.token"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", request.env.user.partner_id.id),
                    ("company_id", "=", membership_sudo.company_id.id),
                    ("provider_id.state", "!=", "disabled"),
                    ("payment_method_id.active", "=", True),
                ]
            )
        )

    def _my_membership_sudo(self):
        return request.env.user.partner_id.sudo().club_membership_id

    def _my_club_page(self, problem):
        """The page again, with a sentence about what did not work."""
        member_sudo = request.env.user.partner_id.sudo()
        values = self._prepare_my_club_values(member_sudo)
        return request.render(
            "club_community.portal_my_club", {**values, "problem": problem}
        )

    # --- Routes ---------------------------------------------------------------------

    @route("/my/club/renew", type="http", auth="user", methods=["POST"], website=True)
    def renew(self, **_form):
        """Make, or find, the one quotation and go and pay it."""
        membership_sudo = self._my_membership_sudo()
        if not membership_sudo:
            return request.redirect("/my/club")
        try:
            order_sudo = membership_sudo._renewal_offer()
            if order_sudo.state == "draft" and (
                order_sudo.partner_id == membership_sudo.partner_id
            ):
                order_sudo.action_quotation_sent()
        except UserError as error:
            return self._my_club_page(str(error))
        if order_sudo.partner_id != membership_sudo.partner_id:
            return self._my_club_page(
                request.env._(
                    "A quotation for your renewal was sent to %(payer)s, who paid last "
                    "time. Please ask there, or ask your manager.",
                    payer=order_sudo.partner_id.name,
                )
            )
        return request.redirect(self._club_pay_url(_to_pay(order_sudo)))

    @route(
        "/my/club/auto_renewal",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def switch_on(self, card=None, terms=None, **_form):
        """The member agrees that one of his own cards is charged."""
        membership_sudo = self._my_membership_sudo()
        values = self._auto_renewal_values(membership_sudo) if membership_sudo else {}
        if not values.get("auto_plan"):
            return request.redirect("/my/club")
        chosen_sudo = values["cards"].filtered(lambda token: str(token.id) == card)
        if not chosen_sudo:
            return self._my_club_page(request.env._("Please choose one of your cards."))
        if terms != values["terms_digest"]:
            return self._my_club_page(
                request.env._(
                    "The conditions have changed meanwhile. Please read them again."
                )
            )
        request.env["club.auto.renewal"]._give_sudo(membership_sudo, chosen_sudo)
        return request.redirect("/my/club#auto_renewal")

    @route(
        "/my/club/auto_renewal/off",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def switch_off(self, **_form):
        membership_sudo = self._my_membership_sudo()
        if membership_sudo:
            membership_sudo.partner_id._club_take()
            Consent = request.env["club.auto.renewal"]
            Consent._of_slot_sudo(membership_sudo)._revoke_sudo()
        return request.redirect("/my/club#auto_renewal")


def _digest(text):
    """Tells whether a text is still the one that was read."""
    return hashlib.sha256(text.encode()).hexdigest()


def _to_pay(order_sudo):
    """What is to be paid of an order: its open invoice, else the order itself."""
    open_invoices = order_sudo.invoice_ids.filtered(
        lambda invoice: (
            invoice.state == "posted"
            and invoice.payment_state in ("not_paid", "partial")
        )
    )
    return open_invoices[:1] or order_sudo
