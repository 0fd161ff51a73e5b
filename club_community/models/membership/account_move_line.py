from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _reconcile_post_hook(self, data):
        """Also when an invoice was paid before and is not any more."""
        res = super()._reconcile_post_hook(data)
        (
            data["not_paid_invoices"] | data["in_payment_invoices"]
        )._club_sync_memberships()
        return res
