from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def write(self, vals):
        """Payments without a journal entry change their invoices by state alone."""
        invoices = self.invoice_ids if "state" in vals else self.env["account.move"]
        res = super().write(vals)
        if "state" in vals:
            (invoices | self.invoice_ids)._club_sync_memberships()
        return res
