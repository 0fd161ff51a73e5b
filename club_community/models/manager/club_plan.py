from odoo import fields, models


class ClubPlan(models.Model):
    """How long people of a plan may hear nothing from the club (S2.07)."""

    _inherit = "club.plan"

    quiet_days = fields.Integer(
        default=60,
        required=True,
        tracking=True,
        help="After so many days without a letter, call or meeting a member of this "
        "plan is on the day of his personal manager. 0: never.",
    )

    _quiet_days_not_negative = models.Constraint(
        "CHECK(quiet_days >= 0)", "The quiet days of a plan cannot be negative."
    )
