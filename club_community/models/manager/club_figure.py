from odoo import api, fields, models
from odoo.tools import SQL


class ClubFigure(models.AbstractModel):
    _inherit = "club.figure"
    _depends = {"res.partner": ["club_manager_id"]}

    club_manager_id = fields.Many2one(
        "res.users", string="Personal Manager", readonly=True
    )

    @api.model
    def _figure_columns(self):
        return {
            **super()._figure_columns(),
            "club_manager_id": SQL("person.club_manager_id"),
        }
