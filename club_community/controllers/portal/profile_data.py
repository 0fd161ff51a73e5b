import json

from odoo import fields
from odoo.http import content_disposition, request, route
from odoo.tools.misc import format_date, format_datetime

from .profile import ClubPortalProfile

# The lists of the export, with the table that they are of.
_LISTS = {
    "family": "club.relative",
    "goals": "club.goal",
    "memberships": "club.membership",
    "applications": "crm.lead",
    "consents": "club.consent",
    "put_off": "club.profile.skip",
    "readings": "club.profile.access",
}


class ClubPortalProfileData(ClubPortalProfile):
    """All that the club knows, to take away, and the wish to be forgotten."""

    @route(
        "/my/club/profile/download.json",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def my_club_profile_json(self, **_query):
        person_sudo = self._profile_person()
        if not person_sudo:
            return request.redirect("/my/club")
        text = json.dumps(person_sudo._club_export_data(), ensure_ascii=False, indent=2)
        return request.make_response(
            text,
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", content_disposition("my-club-profile.json")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @route(
        "/my/club/profile/download",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_profile_download(self, **_query):
        """The same to read and to print."""
        person_sudo = self._profile_person()
        if not person_sudo:
            return request.redirect("/my/club")
        data = person_sudo._club_export_data()
        return request.render(
            "club_community.portal_club_profile_download",
            {
                "page_name": "club_profile_download",
                "person": person_sudo,
                "today": fields.Date.context_today(person_sudo),
                "data": data,
                "tables": self._export_tables(person_sudo, data),
                "told": self._export_told,
                "plainly": self._export_plainly,
            },
        )

    @route(
        "/my/club/profile/erasure",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_profile_erasure(self, **_query):
        person_sudo = self._profile_person()
        if not person_sudo:
            return request.redirect("/my/club")
        return request.render(
            "club_community.portal_club_profile_erasure",
            {
                "page_name": "club_profile_erasure",
                "request_sudo": self._my_erasure(person_sudo),
                "is_member": bool(person_sudo.club_membership_id),
            },
        )

    @route(
        "/my/club/profile/erasure/ask",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_profile_erasure_ask(self, sure=None, **_form):
        person_sudo = self._profile_person()
        if person_sudo and sure == "yes":
            person_sudo._club_ask_erasure()
        return request.redirect("/my/club/profile/erasure")

    def _my_erasure(self, person_sudo):
        """The person's last request to be forgotten; may be empty."""
        return person_sudo.env["club.erasure"].search(
            [("partner_id", "=", person_sudo.id)], limit=1
        )

    # --- The readable page ----------------------------------------------------------

    def _export_tables(self, person_sudo, data):
        """The lists of the export as tables: ``title``, ``heads`` and ``rows``."""
        models = {name: person_sudo.env[model] for name, model in _LISTS.items()}
        tables = [(model, data.get(name)) for name, model in models.items()]
        by_title = {
            model._description: model for model in person_sudo._club_tables_of_people()
        }
        tables += [
            (by_title.get(title), rows)
            for title, rows in (data.get("records") or {}).items()
        ]
        return [
            self._export_table(model, rows)
            for model, rows in tables
            if rows and model is not None
        ]

    def _export_table(self, model, rows):
        names = [
            name
            for name in rows[0]
            if name != "partner_id" and any(row[name] for row in rows)
        ]
        heads = [model._fields[name]._description_string(model.env) for name in names]
        return {
            "title": model.env["ir.model"]._get(model._name).name,
            "heads": heads,
            "rows": [
                [self._export_told(row[name], model._fields[name]) for name in names]
                for row in rows
            ],
        }

    def _export_plainly(self, value):
        """A value without its column: what looks like a day is said as one."""
        text = str(value)
        if len(text) in (10, 19) and text[4:5] == text[7:8] == "-":
            try:
                fields.Datetime.to_datetime(text.replace("T", " "))
            except ValueError:
                return text
            is_day = len(text) == 10
            return format_date(request.env, text) if is_day else self._export_told(text)
        return request.env._("Yes") if value is True else text

    def _export_told(self, value, field=None):
        """A value of the export as a person reads it: days in his own writing."""
        kind = field.type if field is not None else "datetime"
        if value is True:
            return request.env._("Yes")
        if not value and value != 0 or value is False:
            return ""
        if kind == "date":
            return format_date(request.env, value)
        if kind == "datetime":
            return format_datetime(
                request.env, value.replace("T", " ")[:19], dt_format="short"
            )
        return str(value)
