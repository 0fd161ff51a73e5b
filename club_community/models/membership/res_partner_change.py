from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_club_change(self):
        """Open “Change plan” for the membership that this person has."""
        return self._club_present_membership().action_change()
