from odoo.exceptions import UserError
from odoo.http import request, route

from ...models.profile.club_profile_form import MAX_ROWS
from .profile import ClubPortalProfile, _clean


class ClubPortalProfileSection(ClubPortalProfile):
    """A section of the profile, short, saved on its own."""

    @route(
        "/my/club/profile/<string:code>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def my_club_profile_section(self, code, saved=None, **_query):
        person_sudo, points_sudo = self._profile_person(), self._section_points(code)
        if not person_sudo or not points_sudo:
            return request.redirect("/my/club/profile")
        return self._render_section(person_sudo, points_sudo, is_saved=bool(saved))

    @route(
        "/my/club/profile/<string:code>/save",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def my_club_profile_section_save(self, code, again=None, **_form):
        person_sudo, points_sudo = self._profile_person(), self._section_points(code)
        if not person_sudo or not points_sudo:
            return request.redirect("/my/club/profile")
        may_set = points_sudo.filtered(lambda p: p.member_access == "write")
        typed = self._profile_typed(may_set)
        rows = self._typed_rows(person_sudo, may_set)
        lists, errors = self._parse_rows(rows)
        if not errors:
            errors = self._profile_save(person_sudo, typed, lists)
        if errors:
            return self._render_section(person_sudo, points_sudo, typed, rows, errors)
        back = f"/my/club/profile/{points_sudo.section_id.code}" if again else ""
        return request.redirect(f"{back or '/my/club/profile'}?saved=1")

    def _section_points(self, code):
        """The points that the member sees in a section; none of an unknown one."""
        return self._profile_points().filtered(
            lambda p: p.section_id.code == code and not p.is_derived
        )

    def _render_section(
        self, person_sudo, points_sudo, typed=None, rows=None, errors=None, **more
    ):
        known = self._profile_known(person_sudo, points_sudo)
        shown = {point: point._typed(value) for point, value in known.items()}
        groups = self._profile_groups(
            person_sudo, known, shown | (typed or {}), errors or {}
        )
        rows = {**self._kept_rows(person_sudo, points_sudo), **(rows or {})}
        for field in (field for group in groups for field in group["fields"]):
            if field["point"] in rows:
                self._list_field(field, rows[field["point"]])
        return request.render(
            "club_community.portal_club_profile_section",
            {
                "page_name": "club_profile_section",
                "section": points_sudo.section_id,
                "groups": groups,
                "has_errors": bool(errors),
                "is_saved": more.get("is_saved"),
            },
            status=422 if errors else 200,
        )

    # --- Lists: children, goals -----------------------------------------------------

    def _list_field(self, field, rows):
        """Add to a field what the template needs to show its rows, and an empty one."""
        columns = field["point"]._rows_model()._club_row_fields()
        # free among the rows that are kept and those that were typed before
        key = f"new{sum(not row['id'] for row in rows)}"
        empty = {"id": None, "key": key, "texts": {}, "error": "", "is_gone": False}
        has_empty = rows and not rows[-1]["id"] and not any(rows[-1]["texts"].values())
        field["columns"] = columns
        field["rows"] = rows if has_empty or len(rows) >= MAX_ROWS else [*rows, empty]

    def _kept_rows(self, person_sudo, points_sudo):
        return {
            point: [
                {
                    "id": row.id,
                    "key": str(row.id),
                    "texts": row._club_typed_row(),
                    "error": "",
                    "is_gone": False,
                }
                for row in person_sudo[point.key]
            ]
            for point in points_sudo
            if point._is_list()
        }

    def _typed_rows(self, person_sudo, points_sudo):
        """``{point: rows}`` as the person has typed them.

        A row's number that is not his own is that of nobody: what is typed in it is
        not taken. A row that the form has not shown stays.
        """
        form = request.httprequest.form
        shown = {*form.getlist("shown")}
        kept = self._kept_rows(person_sudo, points_sudo)
        typed = {}
        for point in kept:
            if str(point.id) not in shown:
                continue
            names = point._rows_model()._club_fact_fields
            new = [f"new{number}" for number in range(MAX_ROWS)]
            mine = {row["key"]: row for row in kept[point]}
            for key in [*mine, *new]:
                prefix = f"r{point.id}-{key}-"
                texts = {n: _clean(form.get(prefix + n, "")) for n in names}
                if f"{prefix}{names[0]}" not in form:
                    if key not in mine:
                        continue
                    texts = mine[key]["texts"]
                typed.setdefault(point, []).append(
                    {
                        "id": mine[key]["id"] if key in mine else None,
                        "key": key,
                        "texts": texts,
                        "error": "",
                        "is_gone": form.get(f"{prefix}gone") == "yes",
                    }
                )
            typed.setdefault(point, [])
        return typed

    def _parse_rows(self, rows):
        """Values of typed rows; a row that cannot be understood gets its sentence.

        :return: ``{point: [(id, values)]}`` and ``{point: sentence}``
        """
        lists, errors = {}, {}
        for point, typed in rows.items():
            lists[point] = []
            for row in typed:
                if row["is_gone"]:
                    continue
                try:
                    values = point._rows_model()._club_parse_row(row["texts"])
                except UserError as error:
                    row["error"] = str(error)
                    errors[point] = request.env._("Please look at the rows below.")
                    continue
                if values:
                    lists[point].append((row["id"], values))
            if len(lists[point]) > MAX_ROWS:
                errors[point] = request.env._("%(max)s rows are enough.", max=MAX_ROWS)
        return lists, errors
