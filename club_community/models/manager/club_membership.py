from odoo import models


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _responsible_user(self):
        """The personal manager, as long as he works here."""
        # sudo: a salesperson need not see the club's columns
        manager = self.partner_id.sudo().club_manager_id
        return manager.sudo(False) if manager.active else super()._responsible_user()
