from odoo import api, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """The personal manager in duplicates and on the watch-list."""

    _inherit = "res.partner"

    def _club_watch_responsible(self):
        """The personal manager first, as long as he works here."""
        # sudo: the finder runs for whoever saves a contact
        manager = self.sudo().club_manager_id
        if manager.active:
            user, _words = manager._club_stand_ins()[manager.id]
            return user
        return super()._club_watch_responsible()

    @api.model
    def _club_sql_people(self, alias):
        """Whoever has a personal manager is of the club."""
        return SQL(
            "(%s OR %s.club_manager_id IS NOT NULL)",
            super()._club_sql_people(alias),
            SQL.identifier(alias),
        )

    def _club_shows_likeness(self):
        return super()._club_shows_likeness() or bool(self.id and self.club_manager_id)
