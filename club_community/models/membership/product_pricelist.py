from odoo import api, models

from .res_partner import STATES_WITH_LEVEL


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """Member prices come from the paid period of this very person.

        Stock keeps the pricelist in a property of the contact that is copied up to
        his company and down to his colleagues whenever it is written. A member's
        pricelist is derived instead, so it can neither spread nor stay behind.
        """
        result = super()._get_partner_pricelist_multi(partner_ids)
        members = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("id", "in", partner_ids),
                    ("club_state", "in", STATES_WITH_LEVEL),
                    ("club_plan_id.grade_id.default_pricelist_id", "!=", False),
                ],
                ["club_plan_id"],
            )
        )
        for member in members:
            pricelist = member.club_plan_id.grade_id.default_pricelist_id
            if pricelist.active and pricelist.company_id in (
                self.env.company,
                self.env["res.company"],
            ):
                result[member.id] = pricelist.sudo(self.env.su)
        return result
