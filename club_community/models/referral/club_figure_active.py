from odoo import api, fields, models
from odoo.tools import SQL


class ClubFigureMonth(models.Model):
    """Which members are active clients of the company, month by month (S0.14).

    Whoever has as many paid invoices beside fees and tickets, within as many days
    before the end of the month, as the company's referral programme asks for: the rule
    by which people who were brought are called active clients.
    """

    _inherit = "club.figure.month"
    _depends = {
        "account.move": ["state", "payment_state", "invoice_date", "partner_id"],
        "account.move.line": ["sale_line_ids"],
        "club.referral.program": ["active_purchases", "active_days", "active"],
    }

    active_clients = fields.Integer(
        readonly=True,
        aggregator="count_distinct",
        help="Members with as many paid purchases, beside fees and tickets, as the "
        "referral programme asks of an active client. Look at one month.",
    )
    share_active = fields.Float(
        string="Active Clients, %",
        readonly=True,
        aggregator="avg",
        help="Active clients / members of the month.",
    )

    @api.model
    def _figure_columns(self):
        is_active = self._sql_is_active()
        return {
            **super()._figure_columns(),
            "active_clients": SQL("CASE WHEN %s THEN figure.members END", is_active),
            "share_active": SQL("CASE WHEN %s THEN 100.0 ELSE 0.0 END", is_active),
        }

    @api.model
    def _sql_is_active(self):
        """Condition of a row: its person was an active client when the month ended."""
        return SQL(
            """
            (SELECT count(i.id) >= min(rule.active_purchases)
               FROM (SELECT active_purchases, active_days FROM club_referral_program p
                      WHERE p.active
                        AND (p.company_id IS NULL OR p.company_id = figure.company_id)
                   ORDER BY p.company_id NULLS LAST, p.sequence, p.id LIMIT 1) rule
               JOIN account_move i
                 ON i.invoice_date < figure.month + interval '1 month'
                AND i.invoice_date >= figure.month + interval '1 month'
                                      - rule.active_days * interval '1 day'
              WHERE i.partner_id = figure.partner_id
                AND i.company_id = figure.company_id
                AND %s)
            """,
            self.env["club.referral"]._sql_is_purchase(),
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """A share's total is of the people, and not the mean of rows."""
        if aggregate_spec != "share_active:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100.0 * COUNT(DISTINCT %s) / NULLIF(COUNT(DISTINCT %s), 0)",
            self._field_to_sql(self._table, "active_clients", query),
            self._field_to_sql(self._table, "members", query),
        )
