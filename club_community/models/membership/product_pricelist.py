from odoo import api, models

from .res_partner import STATES_WITH_LEVEL


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _club_is_for_members(self):
        """Whether these prices belong to a level that a membership gives."""
        # sudo: whoever sells, of whichever company
        levels_sudo = (
            self.env["res.partner.grade"].sudo().with_context(active_test=False)
        )
        return bool(
            levels_sudo.search_count(
                [
                    ("club_plan_ids", "!=", False),
                    ("default_pricelist_id", "in", self.ids),
                ],
                limit=1,
            )
        )

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """Member prices come from the paid period of this very person.

        Stock keeps the pricelist in a property of the contact that is copied up to
        his company and down to his colleagues whenever it is written. A member's
        pricelist is derived instead, so it can neither spread nor stay behind.
        """
        own = {}
        # sudo: anybody may ask for a price, and it follows from the membership
        for partner in self.env["res.partner"].sudo().browse(partner_ids):
            # the level first: it is loaded with any contact, the club's columns are not
            if partner.is_company or not partner.grade_id:
                continue
            if partner.club_state not in STATES_WITH_LEVEL:
                continue
            # of any live membership: the one that stands for him may have no level
            pricelist = partner.grade_id.default_pricelist_id
            if pricelist.active and pricelist.company_id in (
                self.env.company,
                self.env["res.company"],
            ):
                own[partner.id] = pricelist.sudo(self.env.su)
        others = [partner_id for partner_id in partner_ids if partner_id not in own]
        result = super()._get_partner_pricelist_multi(others)
        result.update(own)
        return result

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        """Member prices are nobody's fallback.

        A customer without a pricelist of his own gets the first one that stock
        finds: in a club with no other pricelist everybody would pay as a member.
        """
        # sudo: whoever asks, of whichever company
        member_pricelists = (
            self.env["res.partner.grade"]
            .sudo()
            .with_context(active_test=False)
            ._search(
                [("club_plan_ids", "!=", False), ("default_pricelist_id", "!=", False)]
            )
        )
        return [
            *super()._get_partner_pricelist_multi_search_domain_hook(company_id),
            ("id", "not in", member_pricelists.subselect("default_pricelist_id")),
        ]
