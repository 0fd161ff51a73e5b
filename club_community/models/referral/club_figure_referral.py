"""Figures of recommendations (S0.11, S0.12, S0.18): SQL views, a row for a fact.

Behind each number there are people. Formulas stand in the class that shows them, and
on its screen.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import PAID_STATES
from .club_referral import STAGES, STATUSES, WAYS

STREAMS = [("fees", "Membership fees"), ("other", "Other sales")]


class ClubFigureRatio(models.AbstractModel):
    """Columns whose total is the ratio of two sums, or a median, and no mean."""

    _name = "club.figure.ratio"
    _description = "Figures with Ratios"
    _auto = False
    # field -> (sum of this column, by the sum of that one, times)
    _ratios = {}
    _medians = ()

    company_id = fields.Many2one("res.company", readonly=True)
    club_chapter_id = fields.Many2one("club.chapter", string="City", readonly=True)
    club_manager_id = fields.Many2one(
        "res.users", string="Personal Manager", readonly=True
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        name, _colon, how = aggregate_spec.partition(":")
        if how == "avg" and name in self._ratios:
            above, below, times = self._ratios[name]
            return SQL(
                "%(times)s * SUM(%(above)s) / NULLIF(SUM(%(below)s), 0)",
                times=float(times),
                above=self._field_to_sql(self._table, above, query),
                below=self._field_to_sql(self._table, below, query),
            )
        if how == "avg" and name in self._medians:
            return SQL(
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)",
                self._field_to_sql(self._table, name, query),
            )
        return super()._read_group_select(aggregate_spec, query)

    def action_open_person(self):
        """From a row of the figure to the person behind it."""
        self.ensure_one()
        return self.partner_id._get_records_action()


class ClubFigureReferral(models.Model):
    """Who was brought, by which way, and how far he has come; a row is a referral.

    * Share joined = people who joined / people brought, in %. A cohort (the year or
      month of bringing) fills up as its people go on.
    * Days are medians: half of the people took no longer. Whoever had applied or
      joined before it was noted who had brought him, counts in no days.
    * City is the person's, else the referrer's; manager is the referrer's.
    """

    _name = "club.figure.referral"
    _description = "People Brought"
    _inherit = ["club.figure.ratio"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "referral_id"
    _ratios = {
        "share_applied": ("applied", "brought", 100),
        "share_joined": ("joined", "brought", 100),
        "share_client": ("clients", "joined", 100),
        "share_active": ("active_clients", "joined", 100),
    }
    _medians = ("days_to_apply", "days_to_join", "days_applied_to_joined")
    _depends = {
        "club.referral": [
            "referrer_id",
            "referred_id",
            "program_id",
            "company_id",
            "way",
            "status",
            "stage",
            "invited_on",
            "visited_on",
            "applied_on",
            "joined_on",
            "client_on",
            "active_on",
        ],
        "res.partner": ["club_chapter_id", "club_manager_id"],
    }

    referral_id = fields.Many2one("club.referral", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    referrer_id = fields.Many2one("res.partner", string="Brought By", readonly=True)
    program_id = fields.Many2one(
        "club.referral.program", string="Programme", readonly=True
    )
    way = fields.Selection(WAYS, string="By Which Way", readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    stage = fields.Selection(STAGES, readonly=True)
    date = fields.Date(string="Brought On", readonly=True)
    joined_on = fields.Date(readonly=True)
    active_on = fields.Date(string="Active Client Since", readonly=True)
    brought = fields.Integer(string="People Brought", readonly=True)
    visited = fields.Integer(readonly=True, help="Visited us, or came further.")
    applied = fields.Integer(readonly=True, help="Applied, or came further.")
    joined = fields.Integer(readonly=True, help="Have paid for a membership.")
    clients = fields.Integer(
        readonly=True, help="Members who have bought more than fees and tickets."
    )
    active_clients = fields.Integer(
        readonly=True, help="Members who buy as often as the programme asks for."
    )
    share_applied = fields.Float(string="Applied, %", readonly=True, aggregator="avg")
    share_joined = fields.Float(
        string="Joined, %",
        readonly=True,
        aggregator="avg",
        help="People who joined, of all who were brought.",
    )
    share_client = fields.Float(
        string="Became Clients, %",
        readonly=True,
        aggregator="avg",
        help="Of those who joined.",
    )
    share_active = fields.Float(
        string="Active Clients, %",
        readonly=True,
        aggregator="avg",
        help="Of those who joined.",
    )
    days_to_apply = fields.Float(
        string="Days: Brought to Applied",
        readonly=True,
        aggregator="avg",
        help="Half of those who applied took no longer than that.",
    )
    days_applied_to_joined = fields.Float(
        string="Days: Applied to Joined",
        readonly=True,
        aggregator="avg",
        help="Half of those who applied and joined took no longer than that.",
    )
    days_to_join = fields.Float(
        string="Days: Brought to Joined",
        readonly=True,
        aggregator="avg",
        help="Half of those who joined took no longer than that.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.*,
                   100.0 * applied AS share_applied, 100.0 * joined AS share_joined,
                   CASE WHEN joined = 1 THEN 100.0 * clients END AS share_client,
                   CASE WHEN joined = 1 THEN 100.0 * active_clients END AS share_active
              FROM (
                SELECT r.id, r.id AS referral_id, r.referred_id AS partner_id,
                       r.referrer_id, r.program_id, r.company_id, r.way, r.status,
                       r.stage, r.invited_on AS date, r.joined_on, r.active_on,
                       COALESCE(person.club_chapter_id, referrer.club_chapter_id)
                           AS club_chapter_id,
                       referrer.club_manager_id, 1 AS brought,
                       (COALESCE(r.visited_on, r.applied_on, r.joined_on)
                           IS NOT NULL)::int AS visited,
                       (COALESCE(r.applied_on, r.joined_on) IS NOT NULL)::int
                           AS applied,
                       (r.joined_on IS NOT NULL)::int AS joined,
                       (r.joined_on IS NOT NULL AND r.client_on IS NOT NULL)::int
                           AS clients,
                       (r.joined_on IS NOT NULL AND r.active_on IS NOT NULL)::int
                           AS active_clients,
                       CASE WHEN r.applied_on >= r.invited_on
                            THEN r.applied_on - r.invited_on END AS days_to_apply,
                       CASE WHEN r.joined_on >= r.applied_on
                            THEN r.joined_on - r.applied_on END
                            AS days_applied_to_joined,
                       CASE WHEN r.joined_on >= r.invited_on
                            THEN r.joined_on - r.invited_on END AS days_to_join
                  FROM club_referral r
                  JOIN res_partner referrer ON referrer.id = r.referrer_id
             LEFT JOIN res_partner person ON person.id = r.referred_id
              ) fact
            """
        )

    def action_open_person(self):
        """To the person, or to the referral of somebody who is a name only."""
        self.ensure_one()
        return (self.partner_id or self.referral_id)._get_records_action()


class ClubFigureK(models.Model):
    """How the club grows by itself, per calendar year: the K-factor.

    K = (people brought / members) x (people joined / people brought)
      = people joined / members, where of a year

    * members: people with a paid period on at least one day of the year up to today;
    * people brought: referrals that count, made in the year;
    * people joined: those of these who have joined since, in whichever year.

    Above 1 every member brings more than one further member. The last years grow, as
    people who were brought still join. Grouped by city or manager, members and the
    people whom they brought are those of the members of this city or manager.

    A row is a person and a year in which he was a member, or brought somebody.
    """

    _name = "club.figure.k"
    _description = "K-factor"
    _inherit = ["club.figure.ratio"]
    _auto = False
    _order = "year desc, id desc"
    _rec_name = "partner_id"
    _ratios = {
        "per_member": ("brought", "members", 1),
        "share_joined": ("joined", "brought", 100),
        "k_factor": ("joined", "members", 1),
    }
    _depends = {
        "club.referral": [
            "referrer_id",
            "company_id",
            "status",
            "invited_on",
            "joined_on",
        ],
        "club.membership": [
            "partner_id",
            "company_id",
            "state",
            "date_start",
            "date_end",
        ],
        "res.partner": ["club_chapter_id", "club_manager_id", "is_company"],
    }

    partner_id = fields.Many2one("res.partner", string="Member", readonly=True)
    year = fields.Date(readonly=True, help="Its first day.")
    members = fields.Integer(
        readonly=True,
        help="With a paid membership on at least one day of the year. Look at one "
        "year: a member of three years is three in their total.",
    )
    brought = fields.Integer(string="People Brought", readonly=True)
    joined = fields.Integer(
        string="Of Them Joined",
        readonly=True,
        help="Of the people who were brought in the year, whenever they joined.",
    )
    per_member = fields.Float(
        string="Brought per Member",
        readonly=True,
        aggregator="avg",
        digits=(16, 3),
        help="People brought / members.",
    )
    share_joined = fields.Float(
        string="Joined, %",
        readonly=True,
        aggregator="avg",
        help="People who joined, of all who were brought.",
    )
    k_factor = fields.Float(
        string="K-factor",
        readonly=True,
        aggregator="avg",
        digits=(16, 3),
        help="Brought per member x share of them who joined.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH live AS (
                SELECT DISTINCT m.company_id, m.partner_id, calendar.year,
                       TRUE AS is_live
                  FROM club_membership m
                  JOIN res_partner p ON p.id = m.partner_id AND p.is_company IS NOT TRUE
            CROSS JOIN LATERAL generate_series(
                       EXTRACT(YEAR FROM m.date_start)::int,
                       EXTRACT(YEAR FROM LEAST(m.date_end, %(today)s))::int
                   ) AS calendar(year)
                 WHERE m.state IN %(paid)s AND m.date_start <= %(today)s
            ), bringing AS (
                SELECT company_id, referrer_id AS partner_id,
                       EXTRACT(YEAR FROM invited_on)::int AS year,
                       count(*) AS brought, count(joined_on) AS joined
                  FROM club_referral WHERE status = 'bound' GROUP BY 1, 2, 3
            )
            SELECT (fact.partner_id::bigint * 256 + fact.year - 1900) * 4096
                       + fact.company_id AS id,
                   fact.company_id, fact.partner_id,
                   make_date(fact.year, 1, 1) AS year, person.club_chapter_id,
                   person.club_manager_id, fact.members, fact.brought, fact.joined,
                   fact.brought::float AS per_member,
                   100.0 * fact.joined / NULLIF(fact.brought, 0) AS share_joined,
                   fact.joined::float AS k_factor
              FROM (
                SELECT company_id, partner_id, year,
                       (live.is_live IS NOT NULL)::int AS members,
                       COALESCE(brought, 0) AS brought, COALESCE(joined, 0) AS joined
                  FROM live FULL JOIN bringing USING (company_id, partner_id, year)
              ) fact
              JOIN res_partner person ON person.id = fact.partner_id
            """,
            paid=PAID_STATES,
            today=fields.Date.context_today(self),
        )


class ClubFigureRevenue(models.Model):
    """Which revenue came by recommendation, per stream and year (S0.18).

    Share = revenue of people who were brought / all revenue, in %. Revenue is what
    posted invoices less credit notes say, without taxes, in the company's currency; a
    row is an invoice and a stream. The invoice's own customer counts: what a member's
    company buys is the company's.
    """

    _name = "club.figure.revenue"
    _description = "Revenue by Recommendation"
    _inherit = ["club.figure.ratio"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _ratios = {"share": ("recommended", "revenue", 100)}

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    referrer_id = fields.Many2one("res.partner", string="Brought By", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    stream = fields.Selection(STREAMS, readonly=True)
    revenue = fields.Monetary(readonly=True, help="Invoiced, without taxes.")
    paid = fields.Monetary(readonly=True, help="The paid part of it.")
    recommended = fields.Monetary(
        string="By Recommendation",
        readonly=True,
        help="Invoiced to people whom somebody has brought.",
    )
    share = fields.Float(
        string="By Recommendation, %",
        readonly=True,
        aggregator="avg",
        help="Revenue of people who were brought, of all revenue.",
    )

    @property
    def _table_query(self):
        referrals = self.env["club.referral"]
        referrals.sudo()._flush_revenue()  # sudo: what is written only
        return SQL(
            """
            SELECT line.*, company.currency_id, person.club_chapter_id,
                   person.club_manager_id, person.club_referrer_id AS referrer_id,
                   CASE WHEN person.club_referrer_id IS NULL THEN 0 ELSE line.revenue
                        END AS recommended,
                   CASE WHEN person.club_referrer_id IS NULL THEN 0.0 ELSE 100.0
                        END AS share
              FROM (
                SELECT min(id) AS id, move_id, partner_id, company_id, date, stream,
                       sum(invoiced) AS revenue, sum(paid) AS paid
                  FROM (%(lines)s) l
              GROUP BY move_id, partner_id, company_id, date, stream
              ) line
              JOIN res_partner person ON person.id = line.partner_id
              JOIN res_company company ON company.id = line.company_id
            """,
            lines=referrals._sql_revenue(SQL("TRUE")),
        )
