from odoo import fields, models


class ResPartnerGrade(models.Model):
    _inherit = "res.partner.grade"

    club_plan_ids = fields.One2many(
        "club.plan",
        "grade_id",
        string="Plans",
        context={"active_test": False},
        help="The membership plans that give this level.",
        groups="base.group_user",
    )
