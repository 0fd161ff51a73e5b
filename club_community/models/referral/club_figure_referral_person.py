"""Where members come from, and branches of the tree: figures with a row per person."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import LIVE_STATES
from .club_referral import WAYS

CHANNELS = [
    *WAYS,
    ("application", "Application or enquiry"),
    ("recorded", "Recorded by the club"),
]


class ClubFigureAcquired(models.Model):
    """By whom and by which channel members came: the first touch (S0.08).

    A row is a person who is, or was, a member, or was brought by somebody. "Members"
    is 1 for whoever has a living membership today: the rows of any grouping add up to
    the number of members.

    * Channel: the way of the referral that counts; else his first application or
      enquiry (a lead), with its source and medium; else he was recorded by the club.
    * Acquired by: the salesperson of this first lead; else the manager whom he was
      first given to; else nobody.
    * Brought per person = people who were brought / people whom nobody brought: how
      many came after each one who came by himself.
    """

    _name = "club.figure.acquired"
    _description = "Where Members Come From"
    _inherit = ["club.figure.ratio"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _ratios = {"per_person": ("brought", "alone", 1)}
    _depends = {
        "club.referral": ["referred_id", "way", "status"],
        "club.membership": ["company_id"],
        "club.portfolio.assignment": ["partner_id", "manager_id", "date_from"],
        "crm.lead": [
            "create_date",
            "partner_id",
            "user_id",
            "source_id",
            "medium_id",
        ],
        "res.partner": [
            "club_joined",
            "club_referrer_id",
            "club_state",
            "club_membership_id",
            "club_chapter_id",
            "club_manager_id",
            "is_company",
            "company_id",
        ],
    }

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    referrer_id = fields.Many2one("res.partner", string="Brought By", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    acquired_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="The salesperson of the first application or enquiry, else the manager "
        "whom the person was first given to.",
    )
    date = fields.Date(string="Member Since", readonly=True)
    people = fields.Integer(readonly=True)
    members = fields.Integer(readonly=True, help="With a living membership today.")
    ever = fields.Integer(
        string="Ever Members", readonly=True, help="Who are, or were, members."
    )
    brought = fields.Integer(string="Were Brought", readonly=True)
    alone = fields.Integer(string="Came by Themselves", readonly=True)
    per_person = fields.Float(
        string="Brought per Person",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="People who were brought / people who came by themselves. Group by "
        "nothing that separates the ones from the others.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT p.id, p.id AS partner_id, p.club_referrer_id AS referrer_id,
                   p.club_chapter_id, p.club_manager_id, p.club_joined AS date,
                   COALESCE(m.company_id, r.company_id, p.company_id) AS company_id,
                   COALESCE(r.way,
                            CASE WHEN p.club_referrer_id IS NOT NULL THEN 'import' END,
                            CASE WHEN asked.id IS NOT NULL THEN 'application' END,
                            'recorded') AS channel,
                   asked.source_id, asked.medium_id,
                   COALESCE(asked.user_id, given.manager_id) AS acquired_by_id,
                   1 AS people, (p.club_state IN %(live)s)::int AS members,
                   (p.club_joined IS NOT NULL)::int AS ever,
                   (p.club_referrer_id IS NOT NULL)::int AS brought,
                   (p.club_referrer_id IS NULL)::int AS alone,
                   CASE WHEN p.club_referrer_id IS NULL THEN 0.0 END AS per_person
              FROM res_partner p
         LEFT JOIN club_membership m ON m.id = p.club_membership_id
         LEFT JOIN club_referral r
                ON r.referred_id = p.id AND r.status = 'bound'
         LEFT JOIN LATERAL (
                SELECT l.id, l.user_id, l.source_id, l.medium_id FROM crm_lead l
                 WHERE l.partner_id = p.id ORDER BY l.create_date, l.id LIMIT 1
              ) asked ON TRUE
         LEFT JOIN LATERAL (
                SELECT a.manager_id FROM club_portfolio_assignment a
                 WHERE a.partner_id = p.id ORDER BY a.date_from, a.id LIMIT 1
              ) given ON TRUE
             WHERE p.is_company IS NOT TRUE AND (
                       p.club_joined IS NOT NULL OR p.club_state IN %(live)s
                       OR p.club_referrer_id IS NOT NULL)
            """,
            live=LIVE_STATES,
        )


class ClubFigureBranch(models.Model):
    """Everybody below a member, level by level, with what they have brought in.

    A row is a person. Of whom the branch is, the action says in the context
    (``club_tree_root``, a contact's id); without it, it is the whole club below those
    whom nobody has brought. Money is that of the current company, see
    ``club.referral._sql_revenue``.
    """

    _name = "club.figure.branch"
    _description = "Branch of the Tree"
    _inherit = ["club.figure.ratio"]
    _auto = False
    _order = "level, id"
    _rec_name = "partner_id"
    _ratios = {"share_joined": ("joined", "people", 100)}

    root_id = fields.Many2one("res.partner", string="Branch Of", readonly=True)
    level = fields.Integer(
        readonly=True, aggregator=None, help="1: brought by the member himself."
    )
    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    referrer_id = fields.Many2one("res.partner", string="Brought By", readonly=True)
    stage_id = fields.Many2one("club.stage", readonly=True)
    joined_on = fields.Date(readonly=True)
    people = fields.Integer(readonly=True)
    joined = fields.Integer(readonly=True, help="Have paid for a membership.")
    share_joined = fields.Float(string="Joined, %", readonly=True, aggregator="avg")
    currency_id = fields.Many2one("res.currency", readonly=True)
    fees = fields.Monetary(string="Membership Fees", readonly=True)
    other = fields.Monetary(string="Other Sales", readonly=True)
    revenue = fields.Monetary(readonly=True, help="Invoiced, without taxes.")
    paid = fields.Monetary(readonly=True, help="The paid part of it.")

    @property
    def _table_query(self):
        referrals = self.env["club.referral"]
        referrals.sudo()._flush_revenue()  # sudo: what is written only
        root = self.env.context.get("club_tree_root")
        people = self.env["res.partner"]
        return SQL(
            """
            WITH RECURSIVE tree AS (%(tree)s), money AS (
                SELECT partner_id, sum(invoiced) AS revenue, sum(paid) AS paid,
                       %(by_stream)s
                  FROM (%(lines)s) line GROUP BY partner_id
            )
            SELECT p.id, tree.root_id, tree.level, p.id AS partner_id,
                   p.club_referrer_id AS referrer_id, p.club_stage_id AS stage_id,
                   p.club_joined AS joined_on, p.club_chapter_id, p.club_manager_id,
                   COALESCE(r.company_id, p.company_id) AS company_id, 1 AS people,
                   (p.club_joined IS NOT NULL)::int AS joined,
                   CASE WHEN p.club_joined IS NULL THEN 0.0 ELSE 100.0 END
                       AS share_joined,
                   %(currency)s AS currency_id, COALESCE(money.revenue, 0) AS revenue,
                   COALESCE(money.paid, 0) AS paid, %(streams)s
              FROM tree
              JOIN res_partner p ON p.id = tree.person_id
         LEFT JOIN club_referral r ON r.referred_id = p.id AND r.status = 'bound'
         LEFT JOIN money ON money.partner_id = p.id
            """,
            tree=people._club_sql_tree(self._tops(root)),
            by_stream=people._club_sql_by_stream(),
            lines=referrals._sql_revenue(
                SQL(
                    "i.company_id = %s"
                    " AND i.partner_id IN (SELECT person_id FROM tree)",
                    self.env.company.id,
                )
            ),
            currency=self.env.company.currency_id.id,
            streams=SQL(", ").join(
                SQL(
                    "COALESCE(money.%(name)s, 0) AS %(name)s", name=SQL.identifier(name)
                )
                for name in referrals._stream_names()
            ),
        )

    @api.model
    def _tops(self, root):
        """People of level 1, as a condition on ``top``."""
        if root:
            return SQL("top.club_referrer_id = %s", int(root))
        return SQL(
            "EXISTS (SELECT FROM res_partner root WHERE root.id = top.club_referrer_id"
            " AND root.club_referrer_id IS NULL)"
        )
