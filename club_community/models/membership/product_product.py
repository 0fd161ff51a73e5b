from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    club_plan_ids = fields.One2many(
        "club.plan",
        "product_id",
        string="Membership Plan",
        context={"active_test": False},
        help="The plan that this product sells; at most one.",
        groups="base.group_user",
    )
