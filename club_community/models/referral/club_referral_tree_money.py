"""What people have brought in, by stream: posted invoices less credit notes (S0.18)."""

from odoo import api, models
from odoo.tools import SQL

FEES, OTHER = "fees", "other"


class ClubReferral(models.Model):
    _inherit = "club.referral"

    @api.model
    def _stream_names(self):
        """Names of all streams of revenue, in the order in which they are shown."""
        return list(dict.fromkeys([FEES, *self._streams(), OTHER]))

    @api.model
    def _sql_revenue(self, condition):
        """A row per line of a posted invoice or credit note of a person.

        Columns: ``id`` (the line), ``move_id``, ``partner_id``, ``company_id``,
        ``date``, ``stream``, ``invoiced`` and ``paid``: without taxes, in the company's
        currency, credit notes below zero. Paid is the invoice's paid share of it.

        The lines are those of which stock makes ``amount_untaxed_signed``, so that the
        streams add up to it. A line of several orders' lines belongs to the first.

        :param condition: SQL on ``i``, an ``account_move``
        """
        return SQL(
            """
            SELECT l.id, i.id AS move_id, i.partner_id, i.company_id,
                   i.invoice_date AS date, %(stream)s AS stream, -l.balance AS invoiced,
                   -l.balance * COALESCE(
                       1 - i.amount_residual / NULLIF(i.amount_total, 0), 1) AS paid
              FROM account_move i
              JOIN account_move_line l ON l.move_id = i.id AND (
                       l.display_type = 'product' OR l.display_type = 'rounding'
                       AND l.tax_repartition_line_id IS NULL)
         LEFT JOIN LATERAL (
                SELECT min(rel.order_line_id) AS id
                  FROM sale_order_line_invoice_rel rel
                 WHERE rel.invoice_line_id = l.id
              ) sold ON TRUE
         LEFT JOIN sale_order_line s ON s.id = sold.id
             WHERE i.state = 'posted' AND i.move_type IN ('out_invoice', 'out_refund')
               AND %(condition)s
            """,
            stream=self._sql_stream(),
            condition=condition,
        )

    @api.model
    def _flush_revenue(self):
        """What ``_sql_revenue`` and the tree read is in the database."""
        for model, names in self._stock_depends().items():
            self.env[model].flush_model(names)
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["sale.order.line"].flush_model()
        self.env["res.partner"].flush_model(["club_referrer_id", "club_joined"])
