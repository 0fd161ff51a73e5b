from odoo import fields, models


class ClubPlanFamily(models.Model):
    """Plans that exclude each other: one live period per person and family."""

    _name = "club.plan.family"
    _description = "Plan Family"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    plan_ids = fields.One2many("club.plan", "family_id", string="Plans")

    _name_uniq = models.Constraint(
        "unique(name)", "A plan family with this name exists already."
    )
