from odoo import api, models


class ClubMembership(models.Model):
    """Whatever happens to a membership, the journey looks at its person at once."""

    _inherit = "club.membership"

    @api.model_create_multi
    def create(self, vals_list):
        memberships = super().create(vals_list)
        memberships.partner_id._club_journey_now()
        return memberships

    def write(self, vals):
        res = super().write(vals)
        if {"state", "leave_date", "date_end"} & vals.keys():
            self.partner_id._club_journey_now()
        return res
