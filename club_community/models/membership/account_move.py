from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _invoice_paid_hook(self):
        res = super()._invoice_paid_hook()
        self._club_sync_memberships()
        return res

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        # a credit note takes the membership back when it is posted, not when the
        # money is returned
        posted.filtered(lambda m: m.move_type == "out_refund")._club_sync_memberships()
        return posted

    def button_draft(self):
        res = super().button_draft()
        self._club_sync_memberships()
        return res

    def button_cancel(self):
        res = super().button_cancel()
        self._club_sync_memberships()
        return res

    def _club_sync_memberships(self):
        """Bring the memberships sold by these invoices in line with their payment.

        Safe to call at any time and any number of times: it compares facts.
        """
        # sudo: an accountant or a paying portal user has no rights on memberships
        invoices_sudo = self.sudo().filtered(lambda m: m.is_sale_document())
        sale_lines = invoices_sudo.line_ids.sale_line_ids
        if sale_lines:
            sale_lines.club_membership_ids._sync_payment()
