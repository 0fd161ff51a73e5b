from odoo import api, fields, models


class ClubPlan(models.Model):
    _inherit = "club.plan"

    needs_application = fields.Boolean(
        string="By Application Only",
        tracking=True,
        help="Nobody buys this plan directly: whoever wants it applies, "
        "and the club answers.",
    )

    @api.model
    def _on_offer(self, company):
        """Plans that any person may ask for; rooms and other parts leave theirs out.

        :param company: the ``res.company`` that offers
        """
        return self.search(
            [("company_id", "in", (company.id, False)), ("for_company", "=", False)]
        )
