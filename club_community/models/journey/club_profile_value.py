from odoo import api, models


class ClubProfileValue(models.Model):
    """What a newcomer says of himself may be a step of his first thirty days."""

    _inherit = "club.profile.value"

    @api.model
    def _record(self, facts, capture):
        res = super()._record(facts, capture)
        people = {fact[0] for fact in facts}
        # sudo: whoever writes a card need not see how its person has begun
        newcomers = (
            self.env["club.onboarding"]
            .sudo()
            .search([("state", "=", "running"), ("partner_id", "in", list(people))])
        )
        if newcomers:
            newcomers.partner_id._club_journey_now()
        return res
