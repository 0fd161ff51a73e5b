from odoo import api, fields, models
from odoo.tools import SQL


class ClubContact(models.Model):
    _inherit = "club.contact"
    _depends = {"res.partner": ["club_manager_id"]}

    club_manager_id = fields.Many2one(
        "res.users", string="Personal Manager", readonly=True
    )

    @api.model
    def _contact_columns(self):
        columns = super()._contact_columns()
        return {**columns, "club_manager_id": SQL("person.club_manager_id")}


class ClubResponse(models.Model):
    _inherit = "club.response"
    _depends = {"res.partner": ["club_manager_id"]}

    club_manager_id = fields.Many2one(
        "res.users", string="Personal Manager", readonly=True
    )
