from odoo import models

from ...tools import period

# An invoice that a credit note settled in part, and money the rest, is "reversed".
SETTLED = ("paid", "in_payment", "reversed")


class ClubMembership(models.Model):
    """Payment decides: what the invoices of the order line say is compared with the
    state, and the difference is carried out. Running it again changes nothing, so a
    payment may be notified twice."""

    _inherit = "club.membership"

    def _sync_payment(self):
        """Bring sold periods in line with their order, invoices and credit notes.

        Called by every event that can change a fact: confirmation, payment,
        reconciliation undone, credit note, cancellation.
        """
        sold = self.filtered("sale_line_id")
        by_fact = sold.grouped(lambda membership: membership._payment_fact())
        none = self.browse()

        by_fact.get("paid", none).filtered(
            lambda m: (
                m.state in ("draft", "waiting")
                or (m.state == "cancelled" and m.closed_by == "refund")
            )
        )._activate()
        by_fact.get("open", none).filtered(
            lambda m: m.state in period.LIVE_STATES
        )._take_back(
            "waiting",
            False,
            self.env._("The payment was taken back, so the fee is open again."),
        )
        by_fact.get("refunded", none).filtered(
            lambda m: m.state in ("waiting", *period.LIVE_STATES)
        )._take_back(
            "cancelled", "refund", self.env._("The fee was refunded by a credit note.")
        )
        by_fact.get("cancelled", none).filtered(
            lambda m: m.state in ("draft", "waiting")
        ).write({"state": "cancelled", "closed_by": "order"})

    def _payment_fact(self):
        """What the documents say of the fee.

        :return: ``paid`` (every invoice of the line is settled), ``refunded`` (credit
            notes cover the invoiced fee), ``cancelled`` (the order is, and nothing is
            invoiced) or ``open``
        """
        self.ensure_one()
        line = self.sale_line_id
        posted = line.invoice_lines.filtered(
            lambda invoice_line: invoice_line.parent_state == "posted"
        )
        invoiced = posted.filtered(lambda li: li.move_id.move_type == "out_invoice")
        credited = posted.filtered(lambda li: li.move_id.move_type == "out_refund")
        if not invoiced:
            is_cancelled = line.order_id.state == "cancel"
            return "cancelled" if is_cancelled else "open"
        left = sum(invoiced.mapped("price_total")) - sum(credited.mapped("price_total"))
        if credited and line.currency_id.compare_amounts(left, 0) <= 0:
            return "refunded"
        if credited and self._is_net_refunded():
            return "refunded"
        return "paid" if self._is_settled(invoiced.move_id) else "open"

    def _is_net_refunded(self):
        """Whether all that was paid on top of a credit was given back.

        Not asked where the member leaves: unused days may be worth more than that.
        """
        if not self.sale_line_id.club_credit_line_ids or self.leave_id:
            return False
        net, given_back = self._net_amounts()
        return self.currency_id.compare_amounts(given_back, net) >= 0

    def _is_settled(self, invoices):
        """Whether enough is paid of its invoices for a period to start.

        :param invoices: the posted ``account.move`` of the fee
        """
        self.ensure_one()
        return all(invoice.payment_state in SETTLED for invoice in invoices)
