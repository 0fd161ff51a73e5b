from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    club_team_id = fields.Many2one(related="company_id.club_team_id", readonly=False)
    club_answer_time = fields.Integer(
        related="company_id.club_answer_time", readonly=False
    )
    club_answer_unit = fields.Selection(
        related="company_id.club_answer_unit", readonly=False
    )
