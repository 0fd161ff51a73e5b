from odoo import models

from ...models.membership.club_entitlement import OPEN_STATES


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """One person, one access: what the merged contacts had is taken, and the one
        that stays gets what all their periods open.

        Stock would trip over the ledger's unique index, or delete what is in its way.
        """
        # sudo: whoever may merge contacts need not have rights in the club
        Ledger = self.env["club.entitlement"].sudo()
        rows = Ledger.search(
            [
                ("partner_id", "in", (src_partners | dst_partner).ids),
                ("state", "in", OPEN_STATES),
            ]
        )
        kept = rows.filtered(lambda row: row.partner_id == dst_partner)
        known = {row._key()[1:] for row in kept}
        # what he left himself stays so, under his other name too
        rows = (rows - kept).filtered(
            lambda row: row.state != "left" or row._key()[1:] in known
        )
        if rows:
            rows._close("merge")
            self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        """Only now does the person have number, card and state of all his periods."""
        res = super()._update_values(src_partners, dst_partner)
        self.env["club.membership"].invalidate_model()
        # sudo: whoever may merge contacts need not have rights in the club
        ledger_sudo = self.env["club.entitlement"].sudo()
        ledger_sudo.invalidate_model()
        ledger_sudo._reconcile(dst_partner, "start", "merge")
        return res
