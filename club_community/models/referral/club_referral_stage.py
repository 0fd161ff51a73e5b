"""What became of who was brought: dates out of leads and paid invoices (S0.12).

One statement compares what the rows say with the facts and writes the differences, so
it may run at any time and any number of times: at the end of each transaction in which
something happened to a person, and nightly for all.
"""

from odoo import api, models
from odoo.tools import SQL

from ...tools.period import PAID_STATES
from ..membership.club_at_end import taken, waiting
from ..membership.club_batches import run_list
from .club_referral import CURRENT, STAGE_DATES

BATCH = 5000
_WAITING = "club_community.referral"


class ClubReferral(models.Model):
    _inherit = "club.referral"

    def _take_stock_later(self):
        """Date the stages of these referrals when the transaction ends."""
        _waiting(self.env, "referrals").update(self.ids)

    @api.model
    def _take_stock(self, domain):
        """Write the dates of the stages, and the stage, where facts say otherwise.

        :param domain: SQL condition on ``r``, a row of ``club_referral``
        :return: the ``club.referral`` rows that were changed
        """
        for model, names in self._stock_depends().items():
            self.env[model].flush_model(names)
        rows = self.env.execute_query(
            SQL(
                """
                WITH fact AS (%(facts)s), dated AS (
                    SELECT fact.*, CASE
                        WHEN joined_on IS NOT NULL AND active_on IS NOT NULL
                        THEN 'active'
                        WHEN joined_on IS NOT NULL AND client_on IS NOT NULL
                        THEN 'client'
                        WHEN joined_on IS NOT NULL THEN 'joined'
                        WHEN applied_on IS NOT NULL THEN 'applied'
                        WHEN visited_on IS NOT NULL THEN 'visited'
                        ELSE 'invited' END AS stage
                      FROM fact
                )
                UPDATE club_referral r
                   SET applied_on = d.applied_on, joined_on = d.joined_on,
                       client_on = d.client_on, active_on = d.active_on,
                       stage = d.stage, write_date = now() AT TIME ZONE 'UTC'
                  FROM dated d
                 WHERE r.id = d.id
                   AND (r.applied_on, r.joined_on, r.client_on, r.active_on, r.stage)
                       IS DISTINCT FROM
                       (d.applied_on, d.joined_on, d.client_on, d.active_on, d.stage)
             RETURNING r.id
                """,
                facts=self._sql_facts(domain),
            )
        )
        changed = self.browse(row[0] for row in rows)
        changed.invalidate_recordset([*STAGE_DATES.values(), "stage"], flush=False)
        return changed

    @api.model
    def _stock_depends(self):
        """``{model: fields}`` that the facts are read from."""
        return {
            "club.referral": None,
            "club.referral.program": ["active_purchases", "active_days"],
            "crm.lead": ["club_asked_on", "club_referral_id", "partner_id"],
            "club.membership": ["partner_id", "state", "date_start", "sale_line_id"],
            "account.move": ["partner_id", "state", "payment_state", "invoice_date"],
            "account.move.line": ["move_id", "display_type", "sale_line_ids"],
            "sale.order.line": ["order_id", "is_downpayment"],
        }

    @api.model
    def _sql_facts(self, domain):
        """A row per referral with the dates that the facts give it.

        * applied: the first application of the person;
        * joined: the first day of the first paid period;
        * client: the first paid invoice with more on it than fees and tickets;
        * active: the paid invoice with which there were as many as the programme
          asks for within its days.
        """
        return SQL(
            """
            SELECT r.id, r.visited_on, lead.applied_on, paid.joined_on,
                   bought.client_on, CASE WHEN cardinality(days) >= wanted THEN (
                       SELECT min(days[n])
                         FROM generate_series(wanted, cardinality(days)) n
                        WHERE days[n] - days[n - wanted + 1] <= within
                   ) END AS active_on
              FROM club_referral r
         LEFT JOIN club_referral_program program ON program.id = r.program_id
        CROSS JOIN LATERAL (SELECT COALESCE(program.active_purchases, 2) AS wanted,
                                   COALESCE(program.active_days, 365) AS within) rule
         LEFT JOIN LATERAL (
                SELECT min(l.club_asked_on)::date AS applied_on FROM crm_lead l
                 WHERE l.club_referral_id = r.id OR l.partner_id = r.referred_id
              ) lead ON TRUE
         LEFT JOIN LATERAL (
                SELECT min(m.date_start) AS joined_on FROM club_membership m
                 WHERE m.partner_id = r.referred_id AND m.state IN %(paid)s
              ) paid ON TRUE
         LEFT JOIN LATERAL (
                SELECT array_agg(i.invoice_date ORDER BY i.invoice_date, i.id) AS days,
                       min(i.invoice_date) AS client_on
                  FROM account_move i
                 WHERE i.partner_id = r.referred_id AND %(purchase)s
              ) bought ON TRUE
             WHERE %(domain)s
            """,
            paid=PAID_STATES,
            purchase=self._sql_is_purchase(),
            domain=domain,
        )

    @api.model
    def _sql_is_purchase(self):
        """Condition on ``i``, an ``account_move``: a paid invoice with more on it than
        fees and tickets."""
        return SQL(
            """i.move_type = 'out_invoice' AND i.state = 'posted'
               AND i.payment_state IN ('paid', 'in_payment')
               AND EXISTS (
                   SELECT FROM account_move_line l
                LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = l.id
                LEFT JOIN sale_order_line s ON s.id = rel.order_line_id
                    WHERE l.move_id = i.id AND l.display_type = 'product'
                      AND %s = 'other')""",
            self._sql_stream(),
        )

    @api.model
    def _sql_stream(self):
        """Which stream of revenue an invoice line is: ``fees``, ``other``, and what
        rooms add (S0.18). ``s`` is its ``sale_order_line``, or all of it NULL."""
        return SQL(
            """CASE %s WHEN EXISTS (
                        SELECT FROM club_membership fee WHERE fee.sale_line_id = s.id
                    ) OR s.club_joining_line_id IS NOT NULL
                      OR s.club_credit_of_id IS NOT NULL
                    THEN 'fees' ELSE 'other' END""",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, name)
                for name, condition in self._streams().items()
            ),
        )

    @api.model
    def _streams(self):
        """Hook: streams of revenue beside fees and other sales.

        :return: ``{name: SQL condition on s, a sale_order_line}``
        """
        return {}

    # --- The night ------------------------------------------------------------------

    @api.model
    def _cron_take_stock(self):
        """Date whatever was not heard of in time: nightly, for all."""
        ids = self.search([("status", "in", CURRENT)]).ids
        run_list(self.env, ids, BATCH, self._take_stock_of)

    @api.model
    def _take_stock_of(self, ids):
        self._take_stock(SQL("r.id = ANY(%s)", ids))._stock_taken()

    @api.model
    def _look_at_waiting(self):
        """End of the transaction: one statement for all that were named."""
        ids = taken(self.env, _WAITING)
        if not ids:
            return
        # sudo: whoever pays or books has no rights on bindings
        self_sudo = self.sudo()
        self_sudo._take_stock(
            SQL(
                "(r.id = ANY(%s) OR r.referred_id = ANY(%s)) AND r.status IN %s",
                sorted(ids["referrals"]),
                sorted(ids["people"]),
                CURRENT,
            )
        )._stock_taken()

    def _stock_taken(self):
        """Hook: the stages of these referrals have changed. Empty here; batches."""


def _waiting(env, whose):
    """The ids that the end of this transaction looks at: ``referrals``, ``people``."""
    nothing = env["club.referral"].browse()
    return waiting(env, _WAITING, nothing._look_at_waiting)[whose]


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_referrals_changed(self):
        """Something happened to these people: date the stages of who was brought."""
        if self.ids:
            _waiting(self.env, "people").update(self.ids)


class ClubMembership(models.Model):
    _inherit = "club.membership"

    @api.model_create_multi
    def create(self, vals_list):
        memberships = super().create(vals_list)
        memberships.partner_id._club_referrals_changed()
        return memberships

    def write(self, vals):
        res = super().write(vals)
        if {"state", "date_start"} & vals.keys():
            self.partner_id._club_referrals_changed()
        return res


class AccountMove(models.Model):
    _inherit = "account.move"

    def _compute_payment_state(self):
        """Paid, reversed, paid again: whatever way money takes, stock computes this."""
        res = super()._compute_payment_state()
        people = self.filtered(lambda move: move.is_sale_document()).partner_id
        people._club_referrals_changed()
        return res
