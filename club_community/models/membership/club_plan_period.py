from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import period

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class ClubPlan(models.Model):
    """How long a fee is good for: rolling, a fixed year, or a life (S0.09)."""

    _inherit = "club.plan"

    period_type = fields.Selection(
        [
            ("months", "Months from the start"),
            ("days", "Days from the start"),
            ("year", "Fixed year"),
            ("lifetime", "For life"),
        ],
        string="Period",
        required=True,
        default="months",
        tracking=True,
    )
    period_days = fields.Integer(
        string="Period (days)", default=30, required=True, tracking=True
    )
    year_month = fields.Selection(
        MONTHS, string="Year Starts in", required=True, default="1", tracking=True
    )
    year_day = fields.Integer(string="Year Starts on", required=True, default=1)
    rollover_month = fields.Selection(
        MONTHS,
        string="Roll-over Month",
        help="From this day on a new member gets the rest of this year and the whole "
        "next. Empty: the membership always ends with the year.",
    )
    rollover_day = fields.Integer(string="Roll-over Day", required=True, default=1)
    is_trial = fields.Boolean(
        string="Trial",
        tracking=True,
        help="A person may have it once in his life, and only before he is a member.",
    )

    _days_positive = models.Constraint(
        "CHECK(period_days > 0)", "A plan's period is at least one day."
    )
    _days_of_year = models.Constraint(
        "CHECK(year_day BETWEEN 1 AND 31 AND rollover_day BETWEEN 1 AND 31)",
        "A day of a month is between 1 and 31.",
    )

    @api.constrains("rollover_month", "rollover_day", "year_month", "year_day")
    def _check_rollover(self):
        for plan in self.filtered("rollover_month"):
            rule = plan._period_rule()
            if rule.rollover == rule.first_day:
                raise ValidationError(
                    self.env._(
                        "The roll-over day of “%(plan)s” is the first day of its "
                        "year, so everybody would always get two years. Choose a "
                        "later day.",
                        plan=plan.name,
                    )
                )

    def _period_rule(self):
        """The plan's period as plain arithmetic.

        :return: a ``tools.period.Rule``
        """
        self.ensure_one()
        return period.Rule(
            self.period_type,
            self.period_days if self.period_type == "days" else self.period_months,
            (int(self.year_month), self.year_day),
            self.rollover_month and (int(self.rollover_month), self.rollover_day),
        )

    def _period_label(self):
        """The plan's period in words: what a fee is paid for."""
        self.ensure_one()
        if self.period_type == "lifetime":
            return self.env._("life")
        if self.period_type == "days":
            return self.env._("%(days)s days", days=self.period_days)
        if self.period_type == "year" or self.period_months == 12:
            return self.env._("year")
        if self.period_months == 1:
            return self.env._("month")
        return self.env._("%(months)s months", months=self.period_months)

    def _trial_was_used(self, partner, but=None):
        """Whether a person is, or was, a member in the family of this trial.

        :param partner: a ``res.partner``
        :param but: a ``club.membership`` to leave out
        """
        self.ensure_one()
        # sudo: a salesperson need not have rights on memberships
        return bool(
            self.env["club.membership"]
            .sudo()
            .search_count(
                [
                    ("partner_id", "=", partner.id),
                    ("family_id", "=", self.family_id.id),
                    ("state", "in", period.PAID_STATES),
                    ("id", "not in", but.ids if but else []),
                ],
                limit=1,
            )
        )
