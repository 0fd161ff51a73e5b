from odoo import models


class ResPartner(models.Model):
    """The personal manager is the first who is charged with anything for a person."""

    _inherit = "res.partner"

    def _club_looked_after_by(self):
        # sudo: asked by jobs and for members
        managers = {
            person.id: user
            for person in self.sudo()
            if (user := person.club_manager_id).active
        }
        others = self.filtered(lambda person: person.id not in managers)
        found = super(ResPartner, others)._club_looked_after_by() if others else {}
        return found | {
            person_id: (user.sudo(False), "") for person_id, user in managers.items()
        }
