from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..membership.res_partner import CLUB_USER
from .people_filter import people_filter

# Segments are counted one after the other: none may ask for another.
_OWN = ("club_segment_",)


class ClubSegment(models.Model):
    """People who are alike in something, as a filter over real facts (S0.02, S4.10).

    Nobody is put into a segment by hand or called names: who is in it follows from the
    facts, and the facts stand beside each person. A person can be in several. See
    club_segment_count.py for how people get in, club_segment_figure.py for the
    figures.
    """

    _name = "club.segment"
    _description = "Segment of People"
    _inherit = ["club.in.use"]
    _used_by = (("club.playbook", "segment_id"),)
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    persona = fields.Text(
        string="How to Keep Them",
        translate=True,
        help="Who these people are, what matters to them, and how to keep such a "
        "member for years.",
    )
    sequence = fields.Integer(
        default=10,
        help="Of several segments of a person the first one decides which cell of the "
        "matrix is his.",
    )
    active = fields.Boolean(default=True)
    domain = fields.Char(
        string="Facts",
        required=True,
        default="[]",
        help="Which people: a filter over contacts. Days may be relative, as "
        "'today -90d'. Only facts that every personal manager may read.",
    )
    fact_field_ids = fields.Many2many(
        "ir.model.fields",
        string="Facts to Show",
        domain=[("model", "=", "res.partner"), ("name", "=like", "club_%")],
        help="What stands beside each person of the segment: why he is in it.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "club_segment_partner_rel",
        "segment_id",
        "partner_id",
        string="People",
        readonly=True,
        copy=False,
        groups=CLUB_USER,
    )

    # --- What may be asked -----------------------------------------------------------

    @api.constrains("domain")
    def _check_domain(self):
        """A filter that cannot be asked is refused while somebody is there to mend it.

        :raise ValidationError: it is no filter over contacts, or asks for what personal
            managers may not read
        """
        for segment in self:
            segment._conditions()

    @api.constrains("fact_field_ids")
    def _check_facts(self):
        """:raise ValidationError: a fact to show is not for every personal manager"""
        for segment in self:
            # sudo: the names of columns are no secret
            for name in segment.fact_field_ids.sudo().mapped("name"):
                segment._check_path(name)

    def _conditions(self):
        """The segment's filter over people.

        :return: ``Domain``, checked against the contact
        :raise ValidationError: with the reason
        """
        self.ensure_one()
        domain, ready = people_filter(self)
        self._check_readable(domain, self.env["res.partner"])
        return ready

    def _check_readable(self, domain, model):
        """Whoever is in a segment is seen by all: so it asks for what all may know.

        :raise ValidationError: a condition is over something that a personal manager
            may not read of everybody
        """
        for condition in domain.iter_conditions():
            last = self._check_path(condition.field_expr, model)
            if isinstance(condition.value, Domain):
                self._check_readable(condition.value, last)
            elif "any" in condition.operator:
                self._check_readable(Domain(condition.value), last)

    def _check_path(self, path, model=None):
        """Check each step of a path of columns from the contact on.

        :return: the model at the end of the path
        :raise ValidationError: a step is not for every personal manager
        """
        model = self.env["res.partner"] if model is None else model
        groups = self.env["res.groups"]._get_group_definitions()
        manager = groups.parse(CLUB_USER)
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:  # a property, or a part of a date
                return model
            is_open = not field.groups or manager <= groups.parse(field.groups)
            if name.startswith(_OWN) or not is_open:
                self._refuse(path)
            if field.relational:
                model = self.env[field.comodel_name]
                if not self._is_open_to_managers(model, manager):
                    self._refuse(path)
        return model

    @api.model
    def _is_open_to_managers(self, model, manager):
        """Whether every personal manager may read all rows of a model (bar companies).

        :param manager: the group of personal managers, of stock's algebra of groups
        """
        if model._name == "res.partner":
            return True
        if not manager <= self.env["ir.model.access"]._get_access_groups(model._name):
            return False
        group = self.env.ref(CLUB_USER)
        # sudo: rules are not everybody's to read
        rules = (
            self.env["ir.rule"]
            .sudo()
            .search(
                [
                    ("model_id.model", "=", model._name),
                    ("groups", "in", group.sudo().all_implied_ids.ids),
                    ("perm_read", "=", True),
                ]
            )
        )
        return not rules or any(
            (rule.domain_force or "[]").replace("'", '"')
            in ("[]", '[(1, "=", 1)]', '[(1,"=",1)]')
            for rule in rules
        )

    def _refuse(self, path):
        raise ValidationError(
            self.env._(
                "“%(segment)s” asks for %(field)s, which not every personal manager "
                "may read. Who is in a segment is seen by all of them, so it would "
                "tell.",
                segment=self.name,
                field=path,
            )
        )

    # --- Who is in it follows --------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_nobody_typed(vals_list)
        segments = super().create(vals_list)
        segments._count()
        return segments

    def write(self, vals):
        self._check_nobody_typed([vals])
        res = super().write(vals)
        if {"domain", "active"} & vals.keys():
            self._count()
        return res

    @api.model
    def _check_nobody_typed(self, vals_list):
        """:raise AccessError: somebody puts people into a segment by hand"""
        if not self.env.su and any("partner_ids" in vals for vals in vals_list):
            raise AccessError(
                self.env._(
                    "Who is in a segment follows from its facts: change the facts "
                    "instead of the people."
                )
            )

    def action_people(self):
        """Open the people of the segment, each with the facts that matched."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_segment_people_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("club_segment_ids", "in", self.ids)],
            "context": {"club_segment_id": self.id},
        }
