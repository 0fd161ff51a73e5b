from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

PERSON = "res.partner"
CONFIDENTIAL = "club.profile.private"


class ClubProfilePoint(models.Model):
    """One thing a club wants to know of a person: the catalogue of the profile (S0.20).

    The value itself is a real column: on the contact, on its confidential sheet
    (``club.profile.private``), or a property that a club has added to its contacts.
    The catalogue says how to ask for it, who may see and set it, how much it counts,
    how long it stays fresh and for which purpose it is kept.
    """

    _name = "club.profile.point"
    _description = "Point of the Profile"
    _order = "section_sequence, section_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    key = fields.Char(
        required=True,
        readonly=True,
        help="Technical name of the column, or of the property.",
    )
    model = fields.Selection(
        [(PERSON, "Contact"), (CONFIDENTIAL, "Confidential sheet")],
        required=True,
        readonly=True,
        default=PERSON,
    )
    is_property = fields.Boolean(
        string="Added by the Club",
        readonly=True,
        help="A property of contacts, which the club has added without code.",
    )
    section_id = fields.Many2one(
        "club.profile.section", required=True, index=True, ondelete="restrict"
    )
    section_sequence = fields.Integer(
        string="Order of the Section", related="section_id.sequence", store=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    question = fields.Char(
        translate=True, help="How to ask for it, in a sentence a grandmother gets."
    )
    hint = fields.Char(translate=True, help="Why the club asks, or an example.")
    weight = fields.Integer(
        default=1,
        required=True,
        help="How much it counts in the share of the profile that is filled in.",
    )
    days_fresh = fields.Integer(
        string="Fresh for (Days)",
        aggregator=None,
        help="After so many days the person is asked whether it is still so. "
        "0: it never gets old.",
    )
    purpose_id = fields.Many2one(
        "club.consent.purpose",
        required=True,
        index=True,
        ondelete="restrict",
        help="What the club keeps it for; some purposes need the person's consent.",
    )
    manager_access = fields.Selection(
        [("read", "Sees"), ("write", "Sees and sets")],
        string="Manager",
        required=True,
        default="write",
    )
    member_access = fields.Selection(
        [("none", "Not shown"), ("read", "Sees"), ("write", "Sees and sets")],
        string="Member",
        required=True,
        default="write",
        help="What the member can do with it in the portal. Whatever the club knows "
        "is in the member's download all the same.",
    )
    bot_access = fields.Selection(
        [("none", "Does not ask"), ("write", "Asks and sets")],
        string="Bot",
        required=True,
        default="write",
    )
    is_derived = fields.Boolean(
        string="Follows From Facts",
        readonly=True,
        help="Nobody types it, so nobody is asked and it does not count.",
    )
    own_words_only = fields.Boolean(
        help="Taken from the person's own answers alone: nobody else can set it."
    )
    is_confidential = fields.Boolean(compute="_compute_is_confidential")
    value_type = fields.Char(string="Type", compute="_compute_value_type")
    value_count = fields.Integer(
        string="People", compute="_compute_value_count", help="Of how many it is known."
    )

    _key_uniq = models.UniqueIndex("(model, key)", "This point exists already.")
    _weight_positive = models.Constraint(
        "CHECK(weight >= 0 AND days_fresh >= 0)",
        "The weight and the days are numbers from zero.",
    )

    @api.depends("model")
    def _compute_is_confidential(self):
        for point in self:
            point.is_confidential = point.model == CONFIDENTIAL

    @api.depends("model", "key", "is_property")
    def _compute_value_type(self):
        for point in self:
            if point.is_property:
                point.value_type = (point._property_definition() or {}).get("type")
            else:
                field = self.env[point.model]._fields.get(point.key)
                point.value_type = field and field.type

    def _compute_value_count(self):
        counted = dict(
            self.env["club.profile.value"]._read_group(
                [("point_id", "in", self.ids), ("state", "=", "current")],
                ["point_id"],
                ["__count"],
            )
        )
        for point in self:
            point.value_count = counted.get(point, 0)

    @api.constrains("model", "key", "is_property")
    def _check_column(self):
        for point in self:
            if not point.value_type and point.active:
                raise ValidationError(
                    self.env._(
                        "There is no column “%(key)s” to keep this point in.",
                        key=point.key,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        points = super().create(vals_list)
        points._catalogue_changed()
        return points

    def write(self, vals):
        res = super().write(vals)
        if {"active", "key", "model", "weight", "section_id"} & vals.keys():
            self._catalogue_changed()
        return res

    def unlink(self):
        res = super().unlink()
        if not self.env.context.get(MODULE_UNINSTALL_FLAG):  # the column goes first
            self._catalogue_changed()
        return res

    def _catalogue_changed(self):
        self.env.registry.clear_cache()
        self.env["res.partner"]._club_recount_completeness()

    # --- The catalogue as the flows read it ----------------------------------------

    @api.model
    @tools.ormcache("model")
    def _tracked(self, model):
        """Which columns of a model are points: ``{column: point id}``.

        Properties stand under ``properties.<name>``. Archived points are kept in the
        ledger no longer.
        """
        # sudo: whoever writes a contact, the catalogue is the same
        points_sudo = self.sudo().search(
            [("model", "=", model), ("is_derived", "=", False)]
        )
        return {point._column(): point.id for point in points_sudo}

    def _column(self):
        """Name under which flows know the value: column, or ``properties.<name>``."""
        self.ensure_one()
        return f"properties.{self.key}" if self.is_property else self.key

    def _holders(self, partners):
        """The records that hold this point of some people.

        :return: the people, or the confidential sheets that they have
        """
        self.ensure_one()
        if self.model == PERSON:
            return partners
        return self.env[CONFIDENTIAL].search([("partner_id", "in", partners.ids)])

    def _value_of(self, partner):
        """What is known of one person, as the column has it (sudo decides who asks)."""
        holder = self._holders(partner)
        if self.is_property:
            return (holder.properties or {}).get(self.key)
        return holder[self.key] if holder else False

    def _field(self):
        """The column's field; ``None`` for a property."""
        self.ensure_one()
        return None if self.is_property else self.env[self.model]._fields[self.key]

    def _choices(self):
        """``[(value, label)]`` of a point that is chosen from a list.

        Selections, tags of a property and the records of a relation; labels are in
        the user's language. Empty where the value is typed.
        """
        self.ensure_one()
        if self.is_property:
            definition = self._property_definition() or {}
            options = definition.get("selection") or definition.get("tags") or []
            return [(option[0], option[1]) for option in options]
        field = self._field()
        if field.type == "selection":
            return field._description_selection(self.env)
        if field.type in ("many2one", "many2many"):
            records = self.env[field.comodel_name].with_context(**field.context)
            domain = field.get_comodel_domain(self.env[self.model])
            return [(r.id, r.display_name) for r in records.search(domain)]
        return []

    def _labels(self, values):
        """A function that says a kept value of this point in the user's words.

        :param values: the values it will be asked for, so that records are read once
        """
        self.ensure_one()
        kind, field = self.value_type, None if self.is_property else self._field()
        if kind == "date":
            return lambda value: format_date(self.env, value) if value else ""
        if kind == "one2many":
            return lambda value: ", ".join(str(row[0]) for row in value or [])
        names = dict(self._choices()) if kind in ("selection", "tags") else {}
        if kind == "boolean":
            names = {True: self.env._("Yes")}
        if field is not None and kind in ("many2one", "many2many"):
            ids = {i for value in values for i in _as_list(value)}
            # sudo: names of catalogues, for whoever may read the fact
            records = self.env[field.comodel_name].sudo().browse(ids).exists()
            names = {record.id: record.display_name for record in records}
        return lambda value: ", ".join(str(names.get(v, v)) for v in _as_list(value))

    # --- Properties -----------------------------------------------------------------

    def _property_definition(self):
        """The definition of this property, ``{"name", "type", "string"...}``."""
        self.ensure_one()
        found = self._property_definitions()
        return next((d for d in found if d["name"] == self.key), None)

    @api.model
    def _property_definitions(self):
        # sudo: stock lets nobody but the system read the definitions directly
        base_sudo = self.env["properties.base.definition"].sudo()
        definition = base_sudo._get_definition_for_property_field(PERSON, "properties")
        return definition.properties_definition or []

    @api.model
    def _sync_properties(self):
        """Points for the properties of contacts as they are defined now.

        A new one gets a point, a renamed one its new name, one that is gone is
        archived with its history. Separators are no points.
        """
        defined = {
            d["name"]: d
            for d in self._property_definitions()
            if d["type"] != "separator"
        }
        # sudo: whoever may add a property to contacts need not be club administrator
        known = self.sudo().with_context(active_test=False)
        known = known.search([("is_property", "=", True)]).grouped("key")
        section = self.env.ref("club_community.club_profile_section_more")
        purpose = self.env.ref("club_community.club_consent_purpose_service")
        for name, definition in defined.items():
            values = {"name": definition.get("string") or name, "active": True}
            if name in known:
                if not known[name].active or known[name].name != values["name"]:
                    known[name].write(values)
                continue
            self.sudo().create(
                {
                    **values,
                    "key": name,
                    "is_property": True,
                    "section_id": section.id,
                    "purpose_id": purpose.id,
                    "member_access": "none",
                    "bot_access": "none",
                }
            )
        for name, point in known.items():
            if name not in defined and point.active:
                point.active = False


class PropertiesBaseDefinition(models.Model):
    _inherit = "properties.base.definition"

    def write(self, vals):
        """A property that is added to contacts, by whichever screen, is a point."""
        res = super().write(vals)
        if "properties_definition" in vals:
            base = self._get_definition_for_property_field(PERSON, "properties")
            if base in self:
                self.env["club.profile.point"]._sync_properties()
        return res


def _as_list(value):
    if isinstance(value, list):
        return value
    return [] if value is None or value is False else [value]
