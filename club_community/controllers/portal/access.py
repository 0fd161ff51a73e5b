from odoo import fields
from odoo.http import request, route
from odoo.tools.misc import format_date

from .club import ClubPortal


class ClubAccessPortal(ClubPortal):
    """“What my membership opens”: from the ledger of access, by the own contact."""

    def _prepare_my_club_values(self, member_sudo):
        values = super()._prepare_my_club_values(member_sudo)
        values["accesses"] = self._club_accesses(member_sudo)
        return values

    def _club_accesses(self, member_sudo):
        """What is open to the member, will be, or was until his membership ended.

        :return: list of dicts for the template
        """
        rows_sudo = member_sudo.club_entitlement_ids
        open_sudo = rows_sudo.filtered(
            lambda row: (
                row.state != "taken" and row.membership_id.state in ("active", "grace")
            )
        ).sorted(lambda row: (row.line_id.sequence, row.line_id.id))
        if open_sudo:
            return self._club_open_accesses(open_sudo)
        upcoming_sudo = member_sudo.club_membership_ids.filtered(
            lambda membership: membership.state == "upcoming"
        ).sorted("date_start")[:1]
        if upcoming_sudo:
            return self._club_upcoming_accesses(upcoming_sudo)
        return self._club_closed_accesses(member_sudo, rows_sudo)

    def _club_open_accesses(self, rows_sudo):
        links = self._club_channel_links(rows_sudo)
        return [
            {
                **self._club_access_line(row.line_id),
                "link": row.state == "given" and links.get(row.res_id)
                if row.kind == "channel"
                else False,
                "rejoin": row.id if row.state == "left" else False,
                "hint": self._club_access_hint(row),
                "used": row.used if row.kind == "service" else None,
                "quantity": row.quantity,
            }
            for row in rows_sudo
        ]

    def _club_access_hint(self, row_sudo):
        """One sentence on a row that is not simply open."""
        env = request.env
        if row_sudo.state == "left":
            return env._("You left. You can come back whenever you like.")
        if row_sudo.state == "failed":
            return env._("Being set up: your club has been told.")
        if row_sudo.state == "pending":
            return env._("Opens with a member's login of your own.")
        return ""

    def _club_upcoming_accesses(self, membership_sudo):
        hint = request.env._(
            "Opens on %(date)s",
            date=format_date(request.env, membership_sudo.date_start),
        )
        return [
            {**self._club_access_line(line), "hint": hint, "is_closed": True}
            for line in membership_sudo.plan_id.entitlement_ids
        ]

    def _club_closed_accesses(self, member_sudo, rows_sudo):
        """What went with the last membership that opened something."""
        taken_sudo = rows_sudo.filtered("taken_on")
        last = taken_sudo.sorted("taken_on")[-1:].membership_id
        if member_sudo.club_state not in ("former", "paused", "waiting"):
            return []
        closed_sudo = taken_sudo.filtered(lambda row: row.membership_id == last)
        latest = {row.line_id: row for row in closed_sudo.sorted("taken_on")}
        return [
            {
                **self._club_access_line(row.line_id),
                "is_closed": True,
                "hint": request.env._(
                    "Closed since %(date)s",
                    date=format_date(
                        request.env,
                        fields.Datetime.context_timestamp(row, row.taken_on).date(),
                    ),
                ),
            }
            for row in latest.values()
        ]

    def _club_access_line(self, line_sudo):
        return {
            "name": line_sudo.display_name,
            "icon": line_sudo._icons().get(line_sudo.kind, "fa-check"),
            "about": line_sudo.kind == "service" and line_sudo.benefit_id.description,
        }

    def _club_channel_links(self, rows_sudo):
        """Channels that this login can open, as stock itself decides.

        :return: ``{channel id: url}``
        """
        channel_ids = rows_sudo.filtered(lambda row: row.kind == "channel")
        found = request.env["discuss.channel"].search(
            [("id", "in", channel_ids.mapped("res_id"))]
        )
        employee = not request.env.user.share
        url = "/odoo/discuss?active_id=%d" if employee else "/discuss/channel/%d"
        return {channel.id: url % channel.id for channel in found}

    @route(
        "/my/club/access/<int:row_id>/rejoin",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_rejoin(self, row_id, **_form):
        """Come back into a channel that one has left; other people's rows are not
        found."""
        # sudo: a member has no rights on the ledger; found by his own contact
        row_sudo = (
            request.env["club.entitlement"]
            .sudo()
            .search(
                [
                    ("id", "=", row_id),
                    ("partner_id", "=", request.env.user.partner_id.id),
                ]
            )
        )
        row_sudo._rejoin()
        return request.redirect("/my/club#access")
