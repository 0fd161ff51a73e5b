from odoo import fields, models

from .res_partner import CLUB_USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_entitlement_ids = fields.One2many(
        "club.entitlement", "partner_id", string="Access", groups=CLUB_USER
    )

    def action_view_club_access(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_entitlement_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {}
        return action
