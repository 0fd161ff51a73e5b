from odoo import models
from odoo.tools import float_compare


class AccountMove(models.Model):
    """What invoices and credit notes over tickets mean for their places."""

    _inherit = "account.move"

    def _invoice_paid_hook(self):
        """Tickets that were paid by bank transfer are confirmed like those by card."""
        res = super()._invoice_paid_hook()
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        # sudo: accountants have no rights on orders and registrations
        lines_sudo = invoices.sudo().line_ids.sale_line_ids
        for order, lines in lines_sudo.grouped("order_id").items():
            tickets = lines & order._club_event_lines()
            if tickets:
                with order._club_never_raise(
                    self.env._("It was paid, but its places could not be confirmed.")
                ):
                    tickets._club_open_paid()
        return res

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        if not self.env.context.get("club_is_replaced"):
            credited = posted.filtered(lambda move: move.move_type == "out_refund")
            # sudo: as above
            lines_sudo = credited.sudo().line_ids.sale_line_ids
            lines_sudo.order_id._club_event_lines().filtered(
                lambda line: line in lines_sudo
            )._club_cancel_credited()
        return posted


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """An invoice that is replaced by another takes nobody's place."""
        wizard = self.with_context(club_is_replaced=True) if is_modify else self
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _club_cancel_credited(self):
        """Cancel as many tickets as credit notes give back whole, the newest first.

        A credit of a part of the price cancels none.
        """
        for line in self:
            living = line.registration_ids.filtered(
                lambda r: r.state in ("draft", "open")
            ).sorted("id", reverse=True)
            keep = int(line.product_uom_qty) - line._club_credited_tickets()
            if len(living) > keep:
                living[: len(living) - max(keep, 0)].action_cancel()

    def _club_credited_tickets(self):
        """Number of tickets of this line that posted credit notes give back whole."""
        self.ensure_one()
        credits = self.invoice_lines.filtered(
            lambda line: (
                line.move_id.move_type == "out_refund" and line.parent_state == "posted"
            )
        )
        replaced = self.invoice_lines.filtered(
            lambda line: (
                line.move_id.move_type == "out_invoice"
                and line.parent_state != "cancel"
            )
        )
        quantity = sum(credits.mapped("quantity"))
        # invoiced more than once: a credited invoice was replaced by another
        quantity -= max(sum(replaced.mapped("quantity")) - self.product_uom_qty, 0)
        if not self.product_uom_qty or quantity <= 0:
            return 0
        if price := self.price_subtotal / self.product_uom_qty:
            amount = sum(credits.mapped("price_subtotal"))
            if float_compare(amount, price * quantity, precision_digits=2) < 0:
                quantity = min(quantity, amount / price + 1e-6)
        return int(quantity)
