from odoo import Command, fields, models


class ClubPlan(models.Model):
    """A fee in parts: stock payment terms, and from which part on access is open."""

    _inherit = "club.plan"

    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Instalments",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Payment terms of several parts. Empty: the fee is paid at once, or by "
        "the terms of the customer.",
    )
    access_policy = fields.Selection(
        [
            ("first", "The first instalment is paid"),
            ("last", "The last instalment is paid"),
        ],
        string="Access Opens When",
        required=True,
        default="last",
        tracking=True,
    )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_ask_payment(self):
        """The payment terms of the plan; on-line the first part confirms the order."""
        res = super()._club_ask_payment()
        for order in self:
            terms = order.order_line._club_plan().payment_term_id
            if len(terms.line_ids) > 1:
                order.payment_term_id = terms[:1]
                share = order._club_first_instalment() / (order.amount_total or 1)
                if 0 < share <= 1:  # shown to the customer as a percentage
                    order.prepayment_percent = round(share, 4)
        return res

    def _club_is_in_parts(self):
        """Whether a membership is paid by instalments here."""
        self.ensure_one()
        is_for_a_plan = self.order_line._club_plan().payment_term_id
        return bool(is_for_a_plan) and len(self.payment_term_id.line_ids) > 1

    def _club_first_instalment(self):
        """Amount of the part that is due first, taxes included."""
        self.ensure_one()
        day = fields.Date.context_today(self)
        currency, untaxed, tax = self.currency_id, self.amount_untaxed, self.amount_tax
        parts = self.payment_term_id._compute_terms(
            date_ref=day,
            currency=currency,
            company=self.company_id,
            tax_amount=tax,
            tax_amount_currency=tax,
            sign=1,
            untaxed_amount=untaxed,
            untaxed_amount_currency=untaxed,
        )["line_ids"]
        first_day = min(part["date"] for part in parts)
        return currency.round(
            sum(p["foreign_amount"] for p in parts if p["date"] == first_day)
        )

    def _get_prepayment_required_amount(self):
        """To the cent what the invoice will ask first, not a rounded percentage."""
        if self.require_payment and self._club_is_in_parts():
            return self._club_first_instalment()
        return super()._get_prepayment_required_amount()


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _invoice_sale_orders(self):
        """The invoice of a fee in parts is the whole one, with its parts on it.

        Stock makes a down payment invoice of what was paid, and later another one of
        the rest: the invoice of the membership would not know its first part.
        """
        in_parts = self.filtered(
            lambda tx: any(order._club_is_in_parts() for order in tx._club_orders())
        )
        for transaction in in_parts:
            orders = transaction._club_orders().with_company(transaction.company_id)
            orders._force_lines_to_invoice_policy_order()
            # the second part, paid on the order's page, settles the same invoice
            quiet = orders.with_context(raise_if_nothing_to_invoice=False)
            invoices = quiet._create_invoices(final=True)
            for invoice in invoices:
                invoice._portal_ensure_token()
            invoices |= orders.invoice_ids.filtered(lambda i: i.state != "cancel")
            transaction.invoice_ids = [Command.set(invoices.ids)]
        return super(PaymentTransaction, self - in_parts)._invoice_sale_orders()


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _is_settled(self, invoices):
        """With the first instalment already, where the plan says so."""
        if super()._is_settled(invoices):
            return True
        if self.plan_id.access_policy != "first":
            return False
        return all(invoice._club_first_part_is_paid() for invoice in invoices)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _club_first_part_is_paid(self):
        """Whether the parts of an invoice that are due first are paid."""
        self.ensure_one()
        if self.payment_state in ("paid", "in_payment", "reversed"):
            return True
        parts = self.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).grouped("date_maturity")
        if self.payment_state != "partial" or len(parts) < 2:
            return False
        first = sum(parts[min(parts)].mapped("amount_currency"))
        paid = self.amount_total - self.amount_residual
        return self.currency_id.compare_amounts(paid, first) >= 0
