from odoo import api, fields, models

from ..membership.res_partner import CLUB_USER


class ClubWaiting(models.Model):
    _inherit = "club.waiting"

    @api.model_create_multi
    def create(self, vals_list):
        waiting = super().create(vals_list)
        waiting.partner_id._club_journey_now()
        return waiting

    def write(self, vals):
        res = super().write(vals)
        if "state" in vals:
            self.partner_id._club_journey_now()
        return res


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_waiting_ids = fields.One2many(
        "club.waiting", "partner_id", string="Waits For", groups=CLUB_USER
    )
