from odoo import fields, models
from odoo.tools import SQL

from ..journey.club_onboarding_step import BEFORE_START


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
        since = SQL(BEFORE_START)
        return SQL(
            """EXISTS (SELECT FROM club_meeting m
                        WHERE m.partner_id = o.partner_id AND m.state = 'held'
                          AND m.stop >= %s)""",
            since,
        )
