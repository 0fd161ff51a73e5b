from odoo import fields, models


class ClubPlan(models.Model):
    """What a plan promises to whoever changes his mind."""

    _inherit = "club.plan"

    refund_rule = fields.Selection(
        [
            ("none", "Nothing"),
            ("unused", "The days that are left"),
            ("whole", "The whole fee, within some days of the start"),
        ],
        string="Who Leaves Early Gets Back",
        required=True,
        default="none",
        tracking=True,
        help="A paid period that has not begun is always given back whole.",
    )
    refund_days = fields.Integer(
        string="Days for the Whole Fee", required=True, default=14, tracking=True
    )
    undo_days = fields.Integer(
        string="Days to Think Again",
        required=True,
        default=14,
        tracking=True,
        help="So many days long a member may take back that he leaves, pauses or "
        "changes to a smaller plan. 0: never.",
    )

    _refund_days_not_negative = models.Constraint(
        "CHECK(refund_days >= 0)", "Days for a refund cannot be negative."
    )
    _undo_days_not_negative = models.Constraint(
        "CHECK(undo_days >= 0)", "Days to think again cannot be negative."
    )
