from odoo import models


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _responsible_user(self):
        """The personal manager while he works here; his deputy while he is away."""
        # sudo: a salesperson need not see the club's columns
        manager = self.partner_id.sudo().club_manager_id
        if not manager.active:
            return super()._responsible_user()
        user, _words = manager._club_stand_ins()[manager.id]
        return user
