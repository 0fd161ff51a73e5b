from odoo.http import Controller, request, route

from ...models.membership.res_partner import STATES_WITH_LEVEL


class ClubCardCheck(Controller):
    """Where the QR code of a card leads: for the club's staff only."""

    @route(
        "/club/check/<string:token>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
        sitemap=False,
    )
    def check_card(self, token, **_query):
        if not request.env.user.has_group("club_community.group_club_user"):
            return request.render("club_community.card_check_staff_only", status=403)
        # sudo: at the door a personal manager meets members of other portfolios
        member_sudo = (
            request.env["res.partner"].sudo().search([("club_card_token", "=", token)])
        )
        return request.render(
            "club_community.card_check",
            {"member": member_sudo, "is_valid": self._is_valid(member_sudo)},
            status=200 if member_sudo else 404,
        )

    def _is_valid(self, member_sudo):
        return member_sudo.club_state in STATES_WITH_LEVEL
