from odoo import fields, models


class ClubMembership(models.Model):
    """Giving back a share of a fee, by stock's own credit notes.

    They are drafts: whoever pays out in the club looks at them and posts them. Until
    then the fee counts as paid.
    """

    _inherit = "club.membership"

    def _invoiced_lines(self):
        """Posted lines of the fee: (of invoices, of credit notes)."""
        self.ensure_one()
        return _posted_lines(self.sale_line_id)

    def _posted_of(self, sale_lines):
        return _posted_lines(sale_lines)

    def _share_left(self, share):
        """``share`` of the fee, less what credit notes gave back already."""
        invoiced, credited = (
            sum(lines.mapped("price_subtotal")) for lines in self._invoiced_lines()
        )
        return max(share - credited / invoiced, 0) if invoiced else 0

    def _fee_lines(self, share):
        """Order lines to give back from: of the whole, the joining fee as well."""
        line = self.sale_line_id
        if share < 1:
            return line
        return line | line.search([("club_joining_line_id", "in", line.ids)])

    def _refundable(self, share):
        """What a share of the fee is, taxes included: ``{currency: amount}``."""
        self.ensure_one()
        part = self._share_left(share) if self.sale_line_id else 0
        currency = self.sale_line_id.currency_id
        amount = 0
        for line in self._fee_lines(share) if part else ():
            invoiced = _posted_lines(line)[0]
            total = sum(invoiced.mapped("price_total"))
            amount += currency.round(total * float(part))
        return {currency: amount} if amount else {}

    def _draft_refunds(self, shares):
        """Draft credit notes over shares of fees.

        :param shares: ``{membership: share}``
        :return: ``account.move`` in draft; periods paid elsewhere have none
        """
        moves = self.env["account.move"]
        for membership, share in shares.items():
            part = membership.sale_line_id and membership._share_left(share)
            if part:
                moves |= membership._draft_refund(share, float(part))
        return moves

    def _draft_refund(self, share, part):
        """Credit notes, by stock's reversal, of this period's fee alone."""
        self.ensure_one()
        lines = self._fee_lines(share)
        # sudo: whoever lets a member go need not be an accountant
        invoices_sudo = self._invoiced_lines()[0].sudo().move_id
        refunds_sudo = invoices_sudo._reverse_moves(
            [
                {
                    "invoice_date": fields.Date.context_today(self),
                    "ref": self.env._("Refund: %(period)s", period=self.display_name),
                }
                for _invoice in invoices_sudo
            ]
        )
        for line in refunds_sudo.invoice_line_ids:
            if line.sale_line_ids & lines:
                line.price_unit = line.currency_id.round(line.price_unit * part)
            else:
                line.unlink()
        return refunds_sudo


def _posted_lines(sale_lines):
    """Posted lines of order lines: (of invoices, of credit notes)."""
    posted = sale_lines.invoice_lines.filtered(
        lambda line: line.parent_state == "posted"
    )
    return (
        posted.filtered(lambda line: line.move_id.move_type == "out_invoice"),
        posted.filtered(lambda line: line.move_id.move_type == "out_refund"),
    )
