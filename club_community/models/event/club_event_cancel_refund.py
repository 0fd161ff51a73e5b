from odoo import fields, models

from ..membership.club_membership_refund import _posted_lines


class SaleOrder(models.Model):
    """What becomes of the money when places of an order are cancelled.

    Written with raised rights: members cancel who have none on orders or invoices.
    """

    _inherit = "sale.order"

    def _club_is_paid(self):
        """Whether anything of this order was paid, on-line or against an invoice."""
        self.ensure_one()
        # sudo: members have no rights on invoices and transactions
        order_sudo = self.sudo()
        return bool(
            order_sudo.transaction_ids.filtered(
                lambda tx: tx.state in ("authorized", "done")
            )
            or order_sudo.invoice_ids.filtered(
                lambda move: move.payment_state in ("paid", "in_payment", "partial")
            )
        )

    def _club_give_back(self, registrations, amount, as_credit=False):
        """Give back what is due for cancelled places of this order.

        :param registrations: cancelled ``event.registration`` of one event
        :param amount: in the order's currency, taxes included; 0 for nothing
        :param as_credit: keep it for his next invoice instead of paying it back
        """
        self.ensure_one()
        # sudo: as the class says
        order_sudo, places_sudo = self.sudo(), registrations.sudo()
        if order_sudo.state in ("draft", "sent"):
            order_sudo._club_drop_seats(places_sudo)
        elif order_sudo.state == "sale" and not order_sudo.currency_id.is_zero(amount):
            invoiced = _posted_lines(places_sudo.sale_order_line_id)[0]
            if as_credit:
                order_sudo._club_credit_seats(places_sudo, amount)
            else:
                order_sudo._club_refund_seats(places_sudo, amount)
            whole = sum(place._club_seat_price() for place in places_sudo)
            if invoiced or order_sudo.currency_id.compare_amounts(amount, whole) >= 0:
                order_sudo._club_drop_seats(places_sudo)

    def _club_refund_seats(self, registrations, amount):
        """Pay back a part of the price of places; whoever takes cards extends this.

        Here: a draft credit note by stock's reversal, for the accountant to post and
        pay out, or, where nothing was invoiced, a task for the salesperson.

        :param registrations: places of this order, cancelled
        :param amount: what is given back for them together, taxes included
        :return: the credit notes, ``account.move`` in draft
        """
        return self._club_draft_credit(registrations, amount)

    def _club_draft_credit(self, registrations, amount):
        """Draft credit notes by stock's reversal; see ``_club_refund_seats``."""
        self.ensure_one()
        lines = registrations.sale_order_line_id
        invoices = _posted_lines(lines)[0].move_id
        if not invoices:
            if self._club_is_paid():
                self._club_refund_by_hand(amount)
            return invoices
        whole = sum(place._club_seat_price() for place in registrations)
        today = fields.Date.context_today(self)
        refunds = invoices._reverse_moves(
            [
                {
                    "invoice_date": today,
                    "ref": self.env._(
                        "Places cancelled: %(names)s",
                        names=", ".join(r.display_name for r in registrations),
                    ),
                }
                for _invoice in invoices
            ]
        )
        for line in refunds.invoice_line_ids:
            places = registrations.filtered(
                lambda r, line=line: r.sale_order_line_id in line.sale_line_ids
            )
            if not places:
                line.unlink()
                continue
            line.quantity = min(len(places), line.quantity)
            line.price_unit = line.price_unit * amount / whole
        return refunds

    def _club_credit_seats(self, registrations, amount):
        """Keep it as credit: the credit note is posted, and stock offers it to set
        off when the next invoice is paid.

        :return: the credit notes, ``account.move``
        """
        # not the way of whoever pays cards back: this is money that stays
        refunds = self._club_draft_credit(registrations, amount)
        refunds.filtered("invoice_line_ids").action_post()
        return refunds

    def _club_refund_by_hand(self, amount):
        """Tell the salesperson that money has to go back: it was never invoiced."""
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Money to give back"),
            note=self.env._(
                "Places were cancelled. Give back %(amount)s.",
                amount=f"{amount:.2f} {self.currency_id.name}",
            ),
            user_id=self.user_id.id or self.create_uid.id,
        )

    def _club_drop_seats(self, registrations):
        """Take cancelled places off an order, which nobody shall be asked to pay.

        A quotation without places is cancelled.
        """
        self.ensure_one()
        if self.locked:
            return
        for line, places in registrations.grouped("sale_order_line_id").items():
            if line:
                line.product_uom_qty = max(line.product_uom_qty - len(places), 0)
        if self.state in ("draft", "sent") and not any(
            line.product_uom_qty for line in self.order_line if not line.display_type
        ):
            self._action_cancel()
