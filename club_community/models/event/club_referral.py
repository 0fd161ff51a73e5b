from odoo import api, models
from odoo.tools import SQL


class ClubReferral(models.Model):
    _inherit = "club.referral"

    @api.model
    def _streams(self):
        """Tickets are neither fees nor what makes a client."""
        return {**super()._streams(), "tickets": SQL("s.event_id IS NOT NULL")}

    @api.model
    def _stock_depends(self):
        depends = super()._stock_depends()
        return {
            **depends,
            "sale.order.line": [*depends["sale.order.line"], "event_id"],
        }
