"""Doubts that lie in other tables: cards, payers, links, older purchases, the rate."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import PAID_STATES


class ClubReferral(models.Model):
    _inherit = "club.referral"

    @api.model
    def _doubts_in_tables(self, pairs):
        """One statement for all kinds.

        :return: rows ``(key, kind, detail)``
        """
        for model, names in self._doubts_depend().items():
            self.env[model].flush_model(names)
        rows = [(pair, person.id) for pair in pairs for person in pair.people]
        rows += [(pair, None) for pair in pairs if not pair.people]
        query = SQL(
            "WITH pair AS (%s) %s",
            SQL(
                """SELECT * FROM unnest(
                       %s::int[], %s::int[], %s::int[], %s::date[], %s::date[],
                       %s::int[], %s::int[], %s::int[]
                   ) p(key, referrer, person, day, until, people, days, company)""",
                [pair.key for pair, _person in rows],
                [pair.referrer.id for pair, _person in rows],
                [person for _pair, person in rows],
                [pair.on for pair, _person in rows],
                [pair.until for pair, _person in rows],
                [pair.program.rate_people or 0 for pair, _person in rows],
                [pair.program.rate_days or 0 for pair, _person in rows],
                [pair.company.id for pair, _person in rows],
            ),
            SQL(" UNION ALL ").join(self._sql_doubts().values()),
        )
        return self.env.execute_query(query)

    @api.model
    def _doubts_depend(self):
        """``{model: fields}`` that ``_sql_doubts`` reads."""
        return {
            "club.referral": ["referrer_id", "invited_on", "way", "company_id"],
            "club.membership": ["partner_id", "state", "date_start", "sale_line_id"],
            "club.link": ["from_id", "to_id", "kind_id", "active", "date_to"],
            "club.duplicate": ["partner_id", "other_id", "state"],
            "sale.order": ["partner_id", "state", "amount_total", "date_order"],
            "sale.order.line": ["order_id"],
            "account.move": None,
            "payment.token": ["partner_id", "provider_id", "provider_ref"],
            "payment.transaction": ["partner_id", "token_id", "state"],
        }

    @api.model
    def _sql_doubts(self):
        """``{kind: SELECT key, kind, detail FROM pair p}``; rooms may add theirs."""
        return {
            "card": self._sql_same_card(),
            "payer": self._sql_same_payer(),
            "family": self._sql_family(),
            "twin": SQL(
                """SELECT p.key, 'twin', NULL FROM pair p JOIN club_duplicate d
                       ON d.partner_id = LEAST(p.person, p.referrer)
                      AND d.other_id = GREATEST(p.person, p.referrer)
                    WHERE d.state = 'open'"""
            ),
            "member": SQL(
                """SELECT p.key, 'member', min(m.date_start)::text
                     FROM pair p JOIN club_membership m ON m.partner_id = p.person
                    WHERE m.state IN %s
                      AND (m.date_start < p.until
                           OR m.state = 'upcoming' AND p.until > p.day)
                    GROUP BY p.key""",
                PAID_STATES,
            ),
            "client": self._sql_client(),
            "rate": SQL(
                """SELECT p.key, 'rate', count(*) || '/' || p.days
                     FROM (SELECT DISTINCT key, referrer, day, people, days, company
                             FROM pair WHERE people > 0) p
                     JOIN club_referral o
                       ON o.referrer_id = p.referrer AND o.company_id = p.company
                      AND o.way <> 'import' AND o.status <> 'replaced'
                      AND o.invited_on > p.day - p.days AND o.invited_on <= p.day
                    GROUP BY p.key, p.people, p.days
                   HAVING count(*) > p.people"""
            ),
        }

    @api.model
    def _sql_same_card(self):
        """A saved card of both, or a payment with the other's card."""
        return SQL(
            """
            SELECT p.key, 'card', a.payment_details
              FROM pair p
              JOIN payment_token a ON a.partner_id = p.person
              JOIN payment_token b ON b.partner_id = p.referrer
               AND b.provider_id = a.provider_id AND b.provider_ref = a.provider_ref
             UNION ALL
            SELECT p.key, 'card', k.payment_details
              FROM pair p
              JOIN payment_transaction t ON t.partner_id = p.person
               AND t.state IN ('authorized', 'done')
              JOIN payment_token k ON k.id = t.token_id AND k.partner_id = p.referrer
            """
        )

    @api.model
    def _sql_same_payer(self):
        """The order, or the contract of the seat, is the referrer's."""
        return SQL(
            """
            SELECT p.key, 'payer', o.name
              FROM pair p
              JOIN club_membership m ON m.partner_id = p.person
               AND m.state <> 'cancelled'
              JOIN sale_order_line l ON l.id = m.sale_line_id
              JOIN sale_order o ON o.id = l.order_id AND o.partner_id = p.referrer
             UNION ALL
            SELECT p.key, 'payer', NULL
              FROM pair p
              JOIN club_membership m ON m.partner_id = p.person
               AND m.state <> 'cancelled'
              JOIN club_membership c ON c.id = m.seat_of_id
               AND c.partner_id = p.referrer
            """
        )

    @api.model
    def _sql_family(self):
        """A link of the profile that says so, today."""
        kind = self.env.ref("club_community.club_link_kind_family", False)
        return SQL(
            """
            SELECT p.key, 'family', l.note
              FROM pair p
              JOIN club_link l
                ON (l.from_id, l.to_id) IN ((p.person, p.referrer),
                                            (p.referrer, p.person))
             WHERE l.active AND l.kind_id = %s
               AND (l.date_to IS NULL OR l.date_to >= %s)
            """,
            kind.id if kind else 0,
            fields.Date.context_today(self),
        )

    @api.model
    def _sql_client(self):
        """A paid invoice, or a confirmed order, of before the binding."""
        return SQL(
            """
            SELECT p.key, 'client', min(i.name)
              FROM pair p JOIN account_move i ON i.partner_id = p.person
             WHERE i.move_type = 'out_invoice' AND i.state = 'posted'
               AND i.payment_state IN ('paid', 'in_payment') AND i.amount_total > 0
               AND i.invoice_date < p.until
             GROUP BY p.key
             UNION ALL
            SELECT p.key, 'client', min(o.name)
              FROM pair p JOIN sale_order o ON o.partner_id = p.person
             WHERE o.state = 'sale' AND o.amount_total > 0
               AND o.date_order < p.until
             GROUP BY p.key
            """
        )
