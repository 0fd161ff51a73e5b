import logging

import psycopg2

from odoo import models

_logger = logging.getLogger(__name__)


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _create_payment(self, **extra_create_values):
        """Invoice a paid membership order at once, whatever the sales settings say.

        Stock makes the invoice of an order that was paid on-line only where
        "automatic invoice" is on; without an invoice nobody would become a member.
        The payment made by ``super`` posts the invoice and settles it.
        """
        if not self.invoice_ids and self._club_orders():
            self._invoice_sale_orders()
        return super()._create_payment(**extra_create_values)

    def _send_invoice(self):
        """An invoice that cannot be mailed, or made a PDF of, undoes no payment.

        It stays marked as not sent: stock's job tries again for two days.
        """
        for transaction in self:
            try:
                with self.env.cr.savepoint():
                    super(PaymentTransaction, transaction)._send_invoice()
            except psycopg2.OperationalError:
                raise  # Odoo runs the whole request again
            except Exception as error:
                _logger.exception("Invoice of %s not sent", transaction.reference)
                transaction._log_message_on_linked_documents(
                    self.env._("The invoice could not be sent: %(error)s", error=error)
                )
        return None

    def _club_orders(self):
        """Confirmed orders of this transaction that sell a plan."""
        return self.sale_order_ids.filtered(
            lambda order: order.state == "sale" and order.order_line._club_plans()
        )
