from odoo import models


class ResPartner(models.Model):
    """The personal manager is the first who is charged with anything for a person."""

    _inherit = "res.partner"

    def _club_looked_after_by(self):
        """The manager; while he is away his deputy, who is told for whom and why."""
        # sudo: asked by jobs and for members
        people_sudo = self.sudo()
        managers = {
            person.id: user
            for person in people_sudo
            if (user := person.club_manager_id).active
        }
        others = self.filtered(lambda person: person.id not in managers)
        found = super(ResPartner, others)._club_looked_after_by() if others else {}
        today = people_sudo.club_manager_id._club_stand_ins()
        return found | {
            person_id: today[user.id] for person_id, user in managers.items()
        }
