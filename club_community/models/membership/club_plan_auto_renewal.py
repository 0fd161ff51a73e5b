from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_amount, format_date


class ClubPlan(models.Model):
    """When a stored card is charged for this plan, and what the member agrees to."""

    _inherit = "club.plan"

    auto_renew_allowed = fields.Boolean(
        string="Automatic Renewal",
        tracking=True,
        help="Members may agree, in the portal, that their saved card is charged for "
        "this plan before their membership ends.",
    )
    auto_renew_days = fields.Integer(
        string="Card Is Charged (days before the end)", default=3, required=True
    )
    auto_renew_notice_days = fields.Integer(
        string="Letter before the Charge (days)",
        default=7,
        required=True,
        help="So many days before the charge the member is written how much will be "
        "taken, and how to stop it.",
    )
    auto_renew_retries = fields.Char(
        string="Tried again after (days)",
        default="2, 5",
        help="When the card is refused: days after the first try, with commas between. "
        "Empty: it is tried once.",
    )

    _auto_renew_days_in_reach = models.Constraint(
        "CHECK(auto_renew_days BETWEEN 0 AND 90 "
        "AND auto_renew_notice_days BETWEEN 1 AND 90)",
        "A card is charged at most 90 days before the end, and announced 1 to 90 days "
        "before.",
    )

    @api.constrains("auto_renew_retries")
    def _check_auto_renew_retries(self):
        for plan in self:
            try:
                days = plan._retry_days()
            except ValueError:
                days = [0]
            if days != sorted(set(days)) or any(not 0 < day <= 60 for day in days):
                raise ValidationError(
                    self.env._(
                        "“Tried again after” is a list of growing days between 1 and "
                        "60, such as “2, 5”."
                    )
                )
            if len(days) > 5:
                raise ValidationError(
                    self.env._("A card is tried again five times at most.")
                )

    def _retry_days(self):
        """Days after the first try on which a refused card is tried again.

        :raise ValueError: the text is not a list of numbers
        """
        self.ensure_one()
        return [int(day) for day in (self.auto_renew_retries or "").split(",") if day]

    def _auto_renewal_terms(self, membership):
        """What a member agrees to, word for word; it is kept with his consent.

        :param membership: the ``club.membership`` that is the first to be renewed
        """
        self.ensure_one()
        first = membership.date_end - timedelta(days=self.auto_renew_days)
        first = max(first, membership._today())
        return self.env._(
            "I agree that %(company)s charges my saved card for the membership "
            "“%(plan)s”: today its fee is %(price)s (before taxes and discounts) for a "
            "%(period)s. The first payment is due on %(first)s at the earliest, and "
            "then each time %(days)s days before my membership ends. %(notice)s days "
            "before each payment I am written the exact amount and the day. I can "
            "switch this off at any time under “My Club”.",
            company=membership.company_id.name,
            plan=self.name,
            price=format_amount(self.env, self.price, self.currency_id),
            period=self._period_label(),
            first=format_date(self.env, first),
            days=self.auto_renew_days,
            notice=self.auto_renew_notice_days,
        )
