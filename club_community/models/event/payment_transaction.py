from odoo import api, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        """No money is taken for a place that is not there: it is held before.

        :raise UserError: there is none; nothing was charged
        """
        transactions = super().create(vals_list)
        for transaction in transactions.filtered(lambda t: t._club_takes_money()):
            slow = transaction.provider_code in ("custom", "none")  # bank transfer
            # sudo: whoever pays has no rights on orders
            transaction.sudo().sale_order_ids._club_hold_seats(days=slow)
        return transactions

    def _club_takes_money(self):
        return (
            self.operation not in ("refund", "validation")
            and not self.source_transaction_id
        )
