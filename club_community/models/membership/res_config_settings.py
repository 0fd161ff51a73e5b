from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    club_number_prefix = fields.Char(
        string="Member Number Prefix",
        compute="_compute_club_number_prefix",
        inverse="_inverse_club_number_prefix",
    )

    def _compute_club_number_prefix(self):
        self.club_number_prefix = self._club_number_sequence().prefix

    def _inverse_club_number_prefix(self):
        for settings in self:
            self._club_number_sequence().prefix = settings.club_number_prefix

    def _club_number_sequence(self):
        # sudo: the settings are the club administrator's way to this one sequence
        return self.env.ref("club_community.sequence_club_number").sudo()
