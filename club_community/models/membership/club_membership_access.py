from odoo import fields, models


class ClubMembership(models.Model):
    """Access follows the periods, in the transaction that changes them."""

    _inherit = "club.membership"

    entitlement_ids = fields.One2many("club.entitlement", "membership_id")

    def _on_started(self):
        res = super()._on_started()
        self._reconcile_access("start", "end")
        return res

    def _on_taken_back(self):
        res = super()._on_taken_back()
        self._reconcile_access("start", "refund")
        return res

    def _on_paused(self):
        res = super()._on_paused()
        self._reconcile_access("start", "pause")
        return res

    def _on_resumed(self):
        res = super()._on_resumed()
        self._reconcile_access("resume", "pause")
        return res

    def _on_expired(self, renewed):
        res = super()._on_expired(renewed)
        self._reconcile_access("start", "end")
        return res

    def _reconcile_access(self, given_because, taken_because):
        # sudo: whoever records a payment has no rights on the ledger
        ledger_sudo = self.env["club.entitlement"].sudo()
        ledger_sudo._reconcile(self.partner_id, given_because, taken_because)
