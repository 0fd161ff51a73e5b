from odoo import api, fields, models
from odoo.tools import SQL


class ClubFigure(models.AbstractModel):
    _inherit = "club.figure"
    _depends = {"res.partner": ["club_chapter_id"]}

    club_chapter_id = fields.Many2one("club.chapter", string="City", readonly=True)

    @api.model
    def _figure_columns(self):
        return {
            **super()._figure_columns(),
            "club_chapter_id": SQL("person.club_chapter_id"),
        }
