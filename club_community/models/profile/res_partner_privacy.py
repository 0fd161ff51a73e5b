from odoo import api, fields, models
from odoo.exceptions import UserError

from ..membership.res_partner import CLUB_USER
from .club_profile_point import CONFIDENTIAL, PERSON

# What stock keeps of a person on the contact: exported, and emptied by an erasure.
STOCK_PERSONAL = (
    "name",
    "email",
    "phone",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
    "parent_id",
    "company_name",
    "function",
    "website",
    "vat",
    "ref",
    "lang",
    "tz",
    "comment",
    "category_id",
    "industry_id",
    "bank_ids",
)

# Tables with a list of their own in the export.
_LISTED = {
    "club.profile.value",
    "club.consent",
    "club.goal",
    "club.relative",
    "club.profile.access",
    "club.profile.skip",
    "club.membership",
    CONFIDENTIAL,
    # these name other people; what there is of links is in _club_export_more
    "club.duplicate",
    "club.link",
    "club.watch.hit",
}


class ResPartner(models.Model):
    """What a person may ask of the club: all that it knows, and to be forgotten."""

    _inherit = "res.partner"

    club_erasure_ids = fields.One2many(
        "club.erasure", "partner_id", string="Requests for Erasure", groups=CLUB_USER
    )

    # Points that a club adds itself: stock lets portal users of the same company read
    # them over RPC.
    properties = fields.Properties(groups="base.group_user")

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        """Nobody groups by a column that he may not read.

        Stock looks at the groups of a column everywhere but here, for many2many: a
        colleague in the portal could count by the languages that a member speaks.
        """
        _check_grouped(self, groupby_spec)
        return super()._read_group_groupby(alias, groupby_spec, query)

    # --- All that is known (GDPR art. 15 and 20) -------------------------------------

    def _club_export_data(self):
        """All that the club knows of one person, for himself: JSON-able.

        The confidential sheet and points that the portal does not show included. In
        the user's language; days and moments as ISO 8601 text. The number of queries
        depends on the catalogue, not on how much is known.

        :return: a dict of ``person`` and ``club`` (label: value), ``facts`` (section,
            point, key, value, source, since, confirmed, purpose, consent, history),
            ``consents``, ``family``, ``goals``, ``memberships``, ``applications``,
            ``readings``, ``put_off``, ``erasures`` ..., each a list of dicts, and
            ``records``: ``{title: rows}`` of every other table of ours. Lower rooms
            add keys by extending ``_club_export_more``.
        """
        self.ensure_one()
        # sudo: it is the person's own, and he has no rights on club models
        person = self.sudo().with_context(active_test=False)
        return {
            "person": person._club_export_columns(STOCK_PERSONAL),
            "club": person._club_export_columns(person._club_own_columns()),
            "facts": person._club_export_facts(),
            **person._club_export_lists(),
            "records": person._club_export_records(),
            **person._club_export_more(),
        }

    def _club_export_more(self):
        """Hook: what a lower room knows besides, ``{key: JSON-able}``.

        Tables of the addon with a link to the contact need nothing: they are found.
        Called with sudo on one person.
        """
        return {}

    @api.model
    def _club_own_columns(self):
        """Our columns of the contact that are no points: number, state, city..."""
        points = {name.split(".")[0] for name in self._club_points_by_column()}
        return [
            name
            for name, field in self._fields.items()
            if name.startswith("club_")
            and field.store
            and not field.type.endswith("2many")
            and name not in points
            and name != "club_card_token"  # a secret, it says nothing of the person
        ]

    @api.model
    def _club_points_by_column(self):
        """``{column: point}`` of all points on the contact, archived ones as well."""
        points = (
            self.env["club.profile.point"]
            .with_context(active_test=False)
            .search([("model", "=", PERSON)])
        )
        return {point._column(): point for point in points}

    def _club_export_columns(self, names):
        """``{label: value}`` of columns that are filled in."""
        self.fetch([name for name in names if name in self._fields])
        filled = {}
        for name in names:
            if name in self._fields and (value := said(self, name)) not in (None, ""):
                filled[self._fields[name]._description_string(self.env)] = value
        return filled

    def _club_export_facts(self):
        """Every point of which something is known or was known, with its history."""
        rows = self.env["club.profile.value"].search(
            [("partner_id", "=", self.id)], order="id"
        )
        by_point = rows.grouped("point_id")
        points = self.env["club.profile.point"].search([("key", "!=", False)])
        consents = self._club_consents(points.purpose_id)
        facts = []
        for point in points:
            history = by_point.get(point, rows.browse())
            value = self._club_value_on_card(point)
            if not history and value is None:
                continue
            current = history.filtered(lambda row: row.state == "current")
            labels = point._labels([value, *history.mapped("value")])
            consent = consents.get((self.id, point.purpose_id.id))
            facts.append(
                {
                    "section": point.section_id.name,
                    "point": point.name,
                    "key": point.key,
                    "value": told(point, labels, value),
                    "source": current and said(current, "source") or "",
                    "since": current and said(current, "recorded_at") or "",
                    "confirmed": current and said(current, "confirmed_at") or "",
                    "purpose": point.purpose_id.name,
                    "consent": said(consent, "answer") if consent else "",
                    "history": [
                        {
                            "value": told(point, labels, row.value),
                            "state": said(row, "state"),
                            "source": said(row, "source"),
                            "document": row.source_ref or "",
                            "on": said(row, "recorded_at"),
                            "until": said(row, "replaced_at") or "",
                            "by": row.user_id.name or "",
                            "sure": row.confidence,
                        }
                        for row in history
                    ],
                }
            )
        return facts

    def _club_value_on_card(self, point):
        """What the card has, as the ledger keeps it; None where nothing is known."""
        holder = self if point.model == PERSON else self.club_private_ids
        if not holder or point._column().split(".")[0] not in holder._fields:
            return None
        return holder._club_plain(point._column())

    def _club_export_lists(self):
        """The lists that a reader looks for first, by name."""
        own = [("partner_id", "=", self.id)]
        return {
            name: self._club_export_rows(self.env[model], own, columns)
            for name, model, columns in (
                (
                    "consents",
                    "club.consent",
                    "purpose_id answer answered_at closed_at source way wording",
                ),
                ("family", "club.relative", "name relation birthday note"),
                ("goals", "club.goal", "name progress due note"),
                (
                    "memberships",
                    "club.membership",
                    "display_name plan_id state date_start date_end amount origin",
                ),
                ("applications", "crm.lead", "name club_plan_id create_date"),
                ("readings", "club.profile.access", "user_id read_at"),
                ("put_off", "club.profile.skip", "point_id until"),
            )
        }

    def _club_export_records(self):
        """``{title: rows}`` of all other tables of ours that point to the person."""
        found = {}
        for model, paths in self._club_tables_of_people().items():
            if model._name in _LISTED:
                continue
            domain = fields.Domain.OR([(path, "=", self.id)] for path in paths)
            rows = self._club_export_rows(model, domain, " ".join(_columns(model)))
            if rows:
                found[model._description] = rows
        return found

    @api.model
    def _club_export_rows(self, model, domain, columns):
        rows = model.search(domain, order="id")
        names = columns.split()
        rows.fetch([name for name in names if model._fields[name].store])
        return [{name: said(row, name) for name in names} for row in rows]

    @api.model
    def _club_tables_of_people(self):
        """Our tables that say something of a person.

        Found by their fields, so that a table which somebody adds tomorrow is neither
        left out of an export nor left behind by an erasure.

        :return: ``{empty recordset: [path to the contact, ...]}``
        """
        found = {}
        for name in sorted(self.env.registry):
            model = self.env[name].sudo()  # sudo: which tables there are
            if (
                model._original_module != "club_community"
                or model._abstract
                or not model._auto
            ):
                continue
            paths = []
            for field in model._fields.values():
                if field.type == "many2one" and field.store:
                    if field.comodel_name == PERSON:
                        paths.append(field.name)
                    elif field.comodel_name == "club.membership" and (
                        name != "club.membership"
                    ):
                        paths.append(f"{field.name}.partner_id")
            if paths:
                found[model.with_context(active_test=False)] = paths
        return found

    # --- To be forgotten (GDPR art. 17) ----------------------------------------------

    def _club_ask_erasure(self):
        """The person asks to be forgotten: a manager's task with a deadline.

        Asked twice it is one request. Nothing goes yet: the club manager looks at it
        (wizard ``club.erase``), or refuses with a reason.

        :return: the open ``club.erasure``
        """
        self.ensure_one()
        # sudo: the person who asks has no rights on club models
        person_sudo = self.sudo()
        if person_sudo.is_company:
            raise UserError(self.env._("A company is no person that can be forgotten."))
        Erasure = person_sudo.env["club.erasure"]
        if request := Erasure._open_of(person_sudo):
            return request
        request = Erasure.create({"partner_id": self.id, "due": Erasure._due_day()})
        user = person_sudo._club_erasure_user()
        person_sudo.with_context(mail_activity_quick_update=True).activity_schedule(
            "club_community.mail_activity_erasure",
            date_deadline=request.due,
            user_id=user.id or self.env.ref("base.user_admin").id,
            automated=True,
        )
        return request

    def _club_erasure_user(self):
        """Who answers: a club manager of the person's company; he may erase.

        :return: a ``res.users``, empty if the club has nobody
        """
        self.ensure_one()
        # sudo: reading who is in a group
        group = self.env.ref("club_community.group_club_manager").sudo()
        company = self.club_membership_id.company_id or self.company_id
        managers = group.all_user_ids.filtered(
            lambda user: user.active
            and not user.share
            and (not company or company in user.company_ids)
        )
        return managers.sorted("id")[:1].sudo(False)

    def _club_erasure_activities(self):
        """The tasks that open requests have made."""
        kind = self.env.ref("club_community.mail_activity_erasure")
        # sudo: they may be somebody else's
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", PERSON),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", kind.id),
                ]
            )
        )


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        """As of contacts, whose columns users have as well."""
        _check_grouped(self, groupby_spec)
        return super()._read_group_groupby(alias, groupby_spec, query)


def _check_grouped(model, spec):
    field = model._fields.get(spec.split(":")[0].split(".")[0])
    if field is not None and field.type == "many2many":
        model._check_field_access(field, "read")


def _columns(model):
    """What is told of a row of any table: all but keys and who saved it."""
    return [
        name
        for name, field in model._fields.items()
        if field.store
        and name not in models.MAGIC_COLUMNS
        and not name.startswith(("message_", "activity_", "access_"))
        and not field.type.endswith("2many")
        and field.type != "binary"
    ]


def said(record, name):
    """A column's value for a person who reads it: text, number, or nothing."""
    field, value = record._fields[name], record[name]
    if field.type in ("many2one", "one2many", "many2many"):
        return ", ".join(row.display_name or "" for row in value)
    if field.type == "boolean":
        return value
    if field.type == "selection":
        choices = dict(field._description_selection(record.env))
        return choices.get(value, value) or ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value or field.type in ("integer", "float", "monetary") else ""


def told(point, labels, value):
    """A kept value of a point; of a list (family, goals) all that its rows say."""
    if point.value_type == "one2many":
        return "; ".join(
            ", ".join(str(part) for part in row if part is not None)
            for row in value or []
        )
    return labels(value)
