from collections.abc import Collection

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ClubInterest(models.Model):
    """A circle of people: what they like, do or care about (S0.04). A tree.

    Circles, sports and ways to travel are branches of one tree, so that a club can
    add and move them without code.
    """

    _name = "club.interest"
    _description = "Interest"
    _parent_store = True
    _order = "kind, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    icon = fields.Char(size=8, help="One sign shown before the name, as ⛳.")
    parent_id = fields.Many2one(
        "club.interest", string="Belongs To", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("club.interest", "parent_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("circle", "Circle"), ("sport", "Sport"), ("travel", "Travel")],
        required=True,
        default="circle",
        help="The list of the person's card in which it can be chosen.",
    )
    active = fields.Boolean(default=True)
    partner_ids = fields.Many2many(
        "res.partner",
        "club_interest_partner_rel",
        "interest_id",
        "partner_id",
        string="People",
    )

    _name_uniq = models.UniqueIndex(
        "(COALESCE(parent_id, 0), (name->>'en_US'))",
        "There is such an interest already.",
    )

    @api.depends("name", "icon")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for interest in self:
            interest.display_name = f"{interest.icon or ''} {interest.name}".strip()

    @api.model
    def _search_display_name(self, operator, value):
        """“⛳ Golf”, as it is shown and exported, finds what is called “Golf”."""
        if isinstance(value, str):
            value = _without_icon(value)
        elif isinstance(value, Collection):
            value = [_without_icon(v) if isinstance(v, str) else v for v in value]
        return super()._search_display_name(operator, value)

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("An interest cannot belong to itself or to one below it.")
            )


def _without_icon(text):
    icon, _space, name = text.strip().partition(" ")
    return text if not name or any(sign.isalnum() for sign in icon) else name.strip()
