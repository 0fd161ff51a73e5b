from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_refund_seats(self, registrations, amount):
        """What was paid by card goes back to the card, by the job of refunds.

        The draft credit note is made all the same: the books want it.
        """
        Refund = self.env["club.event.refund"]
        rows = Refund._club_owe(
            self, amount, "rule", registrations.event_id[:1], places=len(registrations)
        )
        if rows and not self.invoice_ids.filtered(lambda move: move.state == "posted"):
            return self.env["account.move"]  # no task by hand beside the refund
        return super()._club_refund_seats(registrations, amount)
