from odoo import api, models


class CrmLead(models.Model):
    """An application, and any other lead, says how near somebody has come."""

    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.partner_id._club_journey_now()
        return leads

    def write(self, vals):
        res = super().write(vals)
        if {"partner_id", "stage_id", "club_application_state", "active"} & vals.keys():
            self.partner_id._club_journey_now()
        return res
