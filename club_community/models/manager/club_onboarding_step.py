from odoo import fields, models
from odoo.tools import SQL


class ClubOnboardingStep(models.Model):
    """The welcome meeting is a fact that does a step."""

    _inherit = "club.onboarding.step"

    fact = fields.Selection(
        selection_add=[("meeting", "The welcome meeting was held")],
        ondelete={"meeting": "cascade"},
    )

    def _fact_condition(self):
        if self.fact != "meeting":
            return super()._fact_condition()
        return SQL(
            """EXISTS (SELECT FROM club_meeting m
                        WHERE m.partner_id = o.partner_id AND m.state = 'held'
                          AND m.stop >= o.create_date - interval '30 days')"""
        )
