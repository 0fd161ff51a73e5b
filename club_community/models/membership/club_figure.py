from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import PAID_STATES
from .club_membership import STATES

EARLY_DAYS = 60


class ClubFigure(models.AbstractModel):
    """What the figures of the club have in common: paid periods, in one currency.

    Each figure is a SQL view of stock's graph, pivot and list, whose rows are periods
    of people: behind every number there are names. Refunded periods are in none.

    A fee a month (MRR) is the fee of a period divided by its months; a calendar month
    counts as one month, whatever its length. For life there is none. Fees are in the
    company's currency, at the rate of the period's first day. Of a company's seats the
    people are counted, and the fee is the company's.
    """

    _name = "club.figure"
    _description = "Figures of the Club"
    _auto = False
    _rec_name = "partner_id"
    _depends = {
        "club.membership": [
            "partner_id",
            "plan_id",
            "family_id",
            "company_id",
            "state",
            "date_start",
            "date_end",
            "date_grace_end",
            "amount",
            "currency_id",
            "kind",
            "previous_id",
        ],
    }

    membership_id = fields.Many2one("club.membership", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Member", readonly=True)
    plan_id = fields.Many2one("club.plan", readonly=True)
    family_id = fields.Many2one("club.plan.family", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    def action_open_person(self):
        """From a row of any figure to the person behind it."""
        self.ensure_one()
        return self.partner_id._get_records_action()

    # --- What rooms extend ------------------------------------------------------------

    @api.model
    def _figure_columns(self):
        """Columns of the person that every figure may be grouped by.

        Rooms add theirs: the field on ``club.figure``, and here its SQL, where
        ``person`` is ``res_partner``.

        :return: ``{field name: SQL}``
        """
        return {}

    # --- SQL ----------------------------------------------------------------------

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        columns = SQL(
            "".join(", %s AS %s" for _column in self._figure_columns()),
            *(
                part
                for name, column in self._figure_columns().items()
                for part in (column, SQL.identifier(name))
            ),
        )
        return SQL(
            """
            WITH paid AS (%(paid)s), figure AS (%(figure)s)
            SELECT figure.* %(columns)s
              FROM figure JOIN res_partner person ON person.id = figure.partner_id
            """,
            paid=self._sql_paid(),
            figure=self._sql_figure(today),
            columns=columns,
        )

    @api.model
    def _sql_figure(self, today):
        """SELECT of one figure over ``paid``; the column ``id`` is needed."""
        raise NotImplementedError

    @api.model
    def _sql_paid(self):
        """Paid periods with fee and fee a month in the company's currency, and the
        start of the period that continues them."""
        return SQL(
            """
            SELECT m.id, m.id AS membership_id, m.partner_id, m.plan_id, m.family_id,
                   m.company_id, company.currency_id, m.state, m.kind, m.previous_id,
                   m.date_start, m.date_end, m.date_grace_end, money.fee,
                   CASE WHEN m.date_end IS NULL THEN 0
                        ELSE money.fee / span.months END AS mrr,
                   next.date_start AS next_start, holder.is_company
              FROM club_membership m
              JOIN res_partner holder ON holder.id = m.partner_id
              JOIN res_company company ON company.id = m.company_id
         LEFT JOIN club_membership next
                ON next.previous_id = m.id AND next.kind = 'renewal'
               AND next.state IN %(paid)s
        CROSS JOIN LATERAL (
                SELECT m.amount * CASE WHEN m.currency_id = company.currency_id THEN 1
                       ELSE %(to_rate)s / %(from_rate)s END AS fee
              ) money
        CROSS JOIN LATERAL (
                SELECT (m.date_end - m.date_start + 1) * 12 / 365.25 AS months
              ) exact
        CROSS JOIN LATERAL (
                SELECT CASE WHEN round(exact.months) >= 1
                             AND abs(exact.months - round(exact.months)) <= 0.1
                       THEN round(exact.months) ELSE exact.months END AS months
              ) span
             WHERE m.state IN %(paid)s
            """,
            paid=PAID_STATES,
            to_rate=self._sql_rate(SQL("company.currency_id")),
            from_rate=self._sql_rate(SQL("m.currency_id")),
        )

    @api.model
    def _sql_rate(self, currency):
        """Rate of a currency on the first day of a period, as stock would find it."""
        return SQL(
            """
            COALESCE((
                SELECT r.rate FROM res_currency_rate r
                 WHERE r.currency_id = %(currency)s
                   AND (r.company_id IS NULL OR r.company_id
                        = split_part(company.parent_path, '/', 1)::int)
              ORDER BY (r.name <= m.date_start) DESC, r.company_id,
                       CASE WHEN r.name <= m.date_start THEN r.name END DESC, r.name
                 LIMIT 1
            ), 1)
            """,
            currency=currency,
        )


class ClubFigureMonth(models.Model):
    """Members and fees a month, as they stood on the last day of each month."""

    _name = "club.figure.month"
    _description = "Members by Month"
    _inherit = ["club.figure"]
    _auto = False
    _order = "month desc, id desc"

    month = fields.Date(readonly=True)
    state = fields.Selection(STATES, readonly=True)
    is_for_life = fields.Boolean(string="For Life", readonly=True)
    members = fields.Integer(
        readonly=True,
        aggregator="count_distinct",
        help="People, each counted once, whose access was open on the month's last "
        "day. In a total over months a person is counted once, too.",
    )
    mrr = fields.Monetary(
        string="Fees a Month (MRR)",
        readonly=True,
        help="Fees of the active periods, divided by their months. Look at one month.",
    )
    arr = fields.Monetary(
        string="Fees a Year (ARR)", readonly=True, help="Twelve times the MRR."
    )

    @api.model
    def _sql_figure(self, today):
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY paid.id, calendar.month) AS id,
                   paid.membership_id, paid.partner_id, paid.plan_id, paid.family_id,
                   paid.company_id, paid.currency_id,
                   CASE WHEN NOT paid.is_company THEN paid.partner_id END AS members,
                   calendar.month, standing.state, paid.date_end IS NULL AS is_for_life,
                   CASE WHEN standing.state = 'active' THEN paid.mrr ELSE 0 END AS mrr,
                   CASE WHEN standing.state = 'active' THEN paid.mrr * 12 ELSE 0
                        END AS arr
              FROM paid
        CROSS JOIN LATERAL (
                SELECT month::date,
                       LEAST((month + interval '1 month - 1 day')::date, %(today)s)
                           AS day
                  FROM generate_series(
                      date_trunc('month', paid.date_start::timestamp),
                      LEAST(COALESCE(paid.date_grace_end, %(today)s), %(today)s),
                      interval '1 month'
                  ) AS month
              ) calendar
        CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN calendar.day = %(today)s AND paid.state = 'paused'
                        THEN 'paused'
                    WHEN paid.date_end IS NULL OR calendar.day <= paid.date_end
                        THEN 'active'
                    ELSE 'grace' END AS state
              ) standing
             WHERE calendar.day >= paid.date_start
               AND (paid.date_grace_end IS NULL OR calendar.day <= paid.date_grace_end)
               AND (paid.next_start IS NULL OR calendar.day < paid.next_start)
            """,
            today=today,
        )


class ClubFigureMovement(models.Model):
    """Who came, stayed, for more or for less, and went; what that did to the fees."""

    _name = "club.figure.movement"
    _description = "Movements of Members"
    _inherit = ["club.figure"]
    _auto = False
    _order = "date desc, id desc"

    date = fields.Date(readonly=True)
    kind = fields.Selection(
        [
            ("new", "New members"),
            ("return", "Returned"),
            ("renewal", "Renewed"),
            ("expansion", "Renewed for more"),
            ("contraction", "Renewed for less"),
            ("churn", "Left the club"),
        ],
        readonly=True,
    )
    count = fields.Integer(string="Movements", readonly=True, aggregator="sum")
    mrr_change = fields.Monetary(
        string="Change of MRR",
        readonly=True,
        help="What came to, or went from, the fees a month. Fees for life are no MRR.",
    )

    @api.model
    def _sql_figure(self, today):
        return SQL(
            """
            SELECT paid.id * 2 AS id, paid.membership_id, paid.partner_id, paid.plan_id,
                   paid.family_id, paid.company_id, paid.currency_id,
                   (NOT paid.is_company)::int AS count, paid.date_start AS date,
                   CASE WHEN paid.kind IN ('new', 'return') THEN paid.kind
                        WHEN paid.mrr > before.mrr + 0.005 THEN 'expansion'
                        WHEN paid.mrr < before.mrr - 0.005 THEN 'contraction'
                        ELSE 'renewal' END AS kind,
                   paid.mrr - CASE WHEN paid.kind = 'renewal'
                       THEN COALESCE(before.mrr, 0) ELSE 0 END AS mrr_change
              FROM paid LEFT JOIN paid before ON before.id = paid.previous_id
             WHERE paid.date_start <= %(today)s
             UNION ALL
            SELECT paid.id * 2 + 1, paid.membership_id, paid.partner_id, paid.plan_id,
                   paid.family_id, paid.company_id, paid.currency_id,
                   (NOT paid.is_company)::int, paid.date_end + 1, 'churn', -paid.mrr
              FROM paid
             WHERE paid.date_grace_end < %(today)s AND paid.next_start IS NULL
               AND paid.state <> 'paused'
            """,
            today=today,
        )


class ClubFigureEnding(models.Model):
    """Paid periods that ended, grace over: which were continued, and who left soon."""

    _name = "club.figure.ending"
    _description = "Renewals"
    _inherit = ["club.figure"]
    _auto = False
    _order = "date desc, id desc"

    date = fields.Date(string="Ended on", readonly=True)
    count = fields.Integer(string="Periods Ended", readonly=True)
    renewed = fields.Integer(readonly=True, help="Continued without a gap.")
    renewal_rate = fields.Float(
        string="Renewal Rate (%)",
        readonly=True,
        aggregator="avg",
        help="Of the periods that ended: how many were continued within grace.",
    )
    early_churn = fields.Integer(
        string="Left Early",
        readonly=True,
        help="People who left within 60 days of joining.",
    )

    @api.model
    def _sql_figure(self, today):
        return SQL(
            """
            SELECT paid.id, paid.membership_id, paid.partner_id, paid.plan_id,
                   paid.family_id, paid.company_id, paid.currency_id,
                   paid.date_end AS date, 1 AS count,
                   (paid.next_start IS NOT NULL)::int AS renewed,
                   CASE WHEN paid.next_start IS NULL THEN 0.0 ELSE 100.0 END
                       AS renewal_rate,
                   (paid.next_start IS NULL
                    AND paid.date_end + 1 - joined.date <= %(early)s)::int
                       AS early_churn
              FROM paid
              JOIN (SELECT partner_id, min(date_start) AS date
                      FROM paid GROUP BY partner_id) joined
                ON joined.partner_id = paid.partner_id
             WHERE paid.date_end < %(today)s AND paid.state <> 'paused'
               AND NOT paid.is_company
               AND (paid.next_start IS NOT NULL OR paid.date_grace_end < %(today)s)
            """,
            today=today,
            early=EARLY_DAYS,
        )


class ClubFigurePerson(models.Model):
    """How long people stay, and what they have paid (S3.11)."""

    _name = "club.figure.person"
    _description = "Tenure and Value"
    _inherit = ["club.figure"]
    _auto = False
    _order = "value desc, id"

    joined = fields.Date(readonly=True)
    is_live = fields.Boolean(string="Member Now", readonly=True)
    people = fields.Integer(readonly=True)
    tenure = fields.Float(
        string="Months as a Member",
        readonly=True,
        aggregator="avg",
        help="Days paid for until today, in months of 30.44 days; gaps left out.",
    )
    value = fields.Monetary(
        string="Fees Paid (LTV)",
        readonly=True,
        aggregator="avg",
        help="All fees that were paid, without taxes and refunded periods.",
    )

    @api.model
    def _sql_figure(self, today):
        return SQL(
            """
            SELECT max(paid.id) AS id, paid.partner_id, paid.company_id,
                   paid.currency_id, min(paid.date_start) AS joined,
                   (NOT bool_or(paid.is_company))::int AS people,
                   (array_agg(paid.id ORDER BY paid.date_start DESC))[1]
                       AS membership_id,
                   (array_agg(paid.plan_id ORDER BY paid.date_start DESC))[1]
                       AS plan_id,
                   (array_agg(paid.family_id ORDER BY paid.date_start DESC))[1]
                       AS family_id,
                   bool_or(paid.state IN ('active', 'grace')) AS is_live,
                   sum(GREATEST(LEAST(COALESCE(paid.date_end, %(today)s), %(today)s)
                       - paid.date_start + 1, 0)) / 30.4375 AS tenure,
                   sum(paid.fee) AS value
              FROM paid
          GROUP BY paid.partner_id, paid.company_id, paid.currency_id
            """,
            today=today,
        )
