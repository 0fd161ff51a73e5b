from odoo import api, fields, models
from odoo.tools import SQL


class ClubDate(models.Model):
    _inherit = "club.date"
    _depends = {"res.partner": ["club_manager_id"]}

    club_manager_id = fields.Many2one(
        "res.users", string="Personal Manager", readonly=True
    )

    @api.model
    def _date_columns(self):
        columns = super()._date_columns()
        return {**columns, "club_manager_id": SQL("person.club_manager_id")}


class ClubDateReminder(models.Model):
    _inherit = "club.date.reminder"

    @api.model
    def _fact_columns(self):
        """The personal managers as well: they greet."""
        return [*super()._fact_columns(), "club_manager_id"]
