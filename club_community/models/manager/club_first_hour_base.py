"""Last year's base: who bought how much, how often, how long ago, in one statement."""

from odoo import api, fields, models
from odoo.tools import SQL

# In the order in which people are called; a person stands in the first that fits.
GROUPS = [
    ("forgotten", "Bought, and nobody talked to them"),
    ("slipping", "Were good customers, and buy no more"),
    ("best", "The best"),
    ("new", "Bought for the first time"),
    ("loyal", "Buy often"),
    ("now_and_then", "Buy now and then"),
    ("earlier", "Bought before that time"),
    ("never", "Never bought"),
]
_TICKED = ("forgotten", "slipping")
_FORGOTTEN_WITHIN_DAYS = 365


class ClubFirstHourGroup(models.Model):
    """A group of a first hour, with its figures; the club manager ticks it."""

    _name = "club.first.hour.group"
    _description = "Group of a First Hour"
    _order = "hour_id, sequence, id"

    hour_id = fields.Many2one(
        "club.first.hour", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="hour_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="hour_id.currency_id")
    sequence = fields.Integer(readonly=True)
    code = fields.Selection(GROUPS, string="Group", required=True, readonly=True)
    is_chosen = fields.Boolean(string="Get in Touch")
    count = fields.Integer(string="People", readonly=True)
    amount = fields.Monetary(string="Bought For", readonly=True)
    never_talked_count = fields.Integer(
        string="Never Talked To", readonly=True, help="No contact with them is known."
    )
    oldest_contact = fields.Date(
        readonly=True, help="When the one who waits longest was talked to last."
    )
    advice = fields.Char(string="What to Do", compute="_compute_advice")

    _once = models.UniqueIndex("(hour_id, code)", "This group is in it already.")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_advice(self):
        words = {
            "forgotten": self.env._(
                "Call first: they paid, and nobody asked how it was."
            ),
            "slipping": self.env._(
                "Ask what has changed, and invite them to the next event."
            ),
            "best": self.env._("Thank them, and ask whom they would recommend us to."),
            "new": self.env._("Ask for the first impression; offer the next step."),
            "loyal": self.env._("Offer the membership: it pays for them."),
            "now_and_then": self.env._("Ask what is missing, and offer one thing."),
            "earlier": self.env._("One friendly call; who does not want to is left."),
            "never": self.env._("Find out where they know us from; invite as guests."),
        }
        for group in self:
            group.advice = words.get(group.code)

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = dict(self._fields["code"]._description_selection(self.env))
        for group in self:
            group.display_name = names.get(group.code)

    def write(self, vals):
        """:raise UserError: the plan is carried out already"""
        if not self.env.su:
            self.hour_id._check_is_open()
        return super().write(vals)

    def action_people(self):
        """The people of the group."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_first_hour_person_action"
        )
        return {
            **action,
            "display_name": self.display_name,
            "domain": [("group_id", "=", self.id)],
            "context": {},
        }


class ClubFirstHourPerson(models.Model):
    """One person of a first hour: what he bought, and who is to call him when."""

    _name = "club.first.hour.person"
    _description = "Person of a First Hour"
    _order = "date, group_sequence, amount desc, id"
    _rec_name = "partner_id"

    hour_id = fields.Many2one(
        "club.first.hour", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="hour_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="hour_id.currency_id")
    group_id = fields.Many2one(
        "club.first.hour.group",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    group_sequence = fields.Integer(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    phone = fields.Char(related="partner_id.phone")
    amount = fields.Monetary(string="Bought For", readonly=True)
    orders = fields.Integer(string="How Often", readonly=True)
    last_on = fields.Date(string="Last Purchase", readonly=True)
    recency = fields.Integer(
        readonly=True,
        aggregator=None,
        help="How lately, from 1 to 5: in which fifth of all who bought.",
    )
    frequency = fields.Integer(
        readonly=True, aggregator=None, help="How often, from 1 to 5."
    )
    money = fields.Integer(
        readonly=True, aggregator=None, help="For how much, from 1 to 5."
    )
    last_contact = fields.Date(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Who Calls", index="btree_not_null", readonly=True
    )
    date = fields.Date(string="Day", readonly=True)
    state = fields.Selection(
        [("waiting", "No day yet"), ("planned", "Has a day"), ("made", "Made")],
        required=True,
        default="waiting",
        readonly=True,
    )

    _once = models.UniqueIndex("(hour_id, partner_id)", "This person is in it already.")
    _due_idx = models.Index("(hour_id, id) WHERE state = 'planned'")

    def action_open_person(self):
        """Open the person."""
        self.ensure_one()
        return self.partner_id._get_records_action()


class ClubFirstHour(models.Model):
    _inherit = "club.first.hour"

    def _read_base(self):
        """Read who bought what and put everybody into a group, in three statements.

        Run again, it reads anew: ticks stay with their groups.
        """
        self.ensure_one()
        ticked = self.group_ids.filtered("is_chosen").mapped("code")
        ticked = ticked if self.group_ids else _TICKED
        self.env.flush_all()
        # by SQL: a hundred thousand rows need no record each
        self.env.cr.execute(
            SQL("DELETE FROM club_first_hour_person WHERE hour_id = %s", self.id)
        )
        self.env.cr.execute(
            SQL("DELETE FROM club_first_hour_group WHERE hour_id = %s", self.id)
        )
        self.env.invalidate_all(flush=False)
        groups = self.env["club.first.hour.group"].create(
            [
                {
                    "hour_id": self.id,
                    "sequence": place,
                    "code": code,
                    "is_chosen": code in ticked,
                }
                for place, (code, _words) in enumerate(GROUPS)
            ]
        )
        groups.flush_recordset()
        self.env.cr.execute(self._sql_fill())
        self.env.cr.execute(
            SQL(
                """
                UPDATE club_first_hour_group g
                   SET count = of.count, amount = of.amount,
                       never_talked_count = of.never, oldest_contact = of.oldest
                  FROM (SELECT group_id, count(*), sum(amount) AS amount,
                               count(*) FILTER (WHERE last_contact IS NULL) AS never,
                               min(last_contact) AS oldest
                          FROM club_first_hour_person
                         WHERE hour_id = %s GROUP BY group_id) of
                 WHERE g.id = of.group_id
                """,
                self.id,
            )
        )
        self.env.invalidate_all(flush=False)
        groups.filtered(lambda group: not group.count).unlink()
        self.company_purchases = self.env.execute_query(self._sql_companies())[0][0]

    def _sql_fill(self):
        """One row per person: sums, fifths and the first group that fits."""
        today = fields.Date.context_today(self)
        return SQL(
            """
            WITH sale AS (%(sales)s),
            bought AS (
                SELECT buyer.id AS partner_id,
                       max(sale.day) FILTER (WHERE orders = 1) AS last_on,
                       COALESCE(sum(sale.amount) FILTER (WHERE in_time), 0) AS amount,
                       COALESCE(sum(sale.orders) FILTER (WHERE in_time), 0) AS orders
                  FROM sale
                  JOIN res_partner p ON p.id = sale.partner_id
                  LEFT JOIN res_partner parent ON parent.id = p.parent_id
                       AND p.type <> 'contact' AND parent.is_company IS NOT TRUE
                 CROSS JOIN LATERAL (SELECT COALESCE(parent.id, p.id) AS id) buyer
                 CROSS JOIN LATERAL (SELECT sale.day >= %(first)s AS in_time) t
                 GROUP BY buyer.id
            ), people AS (
                SELECT p.id AS partner_id, p.club_last_contact_on::date AS last_contact,
                       bought.last_on, COALESCE(bought.amount, 0) AS amount,
                       COALESCE(bought.orders, 0)::int AS orders
                  FROM res_partner p
                  LEFT JOIN bought ON bought.partner_id = p.id
                 WHERE %(where)s
            ), fifths AS (
                SELECT partner_id,
                       %(last)s AS recency, %(often)s AS frequency, %(much)s AS money
                  FROM people WHERE orders > 0
            )
            INSERT INTO club_first_hour_person
                   (hour_id, company_id, partner_id, group_id, group_sequence, amount,
                    orders, last_on, recency, frequency, money, last_contact, state,
                    create_uid, create_date, write_uid, write_date)
            SELECT %(hour)s, %(company)s, p.partner_id, g.id, g.sequence, p.amount,
                   p.orders, p.last_on, f.recency, f.frequency, f.money,
                   p.last_contact, 'waiting',
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM people p
              LEFT JOIN fifths f ON f.partner_id = p.partner_id
              JOIN club_first_hour_group g ON g.hour_id = %(hour)s
               AND g.code = %(group)s
            """,
            sales=self._sql_sales(),
            first=fields.Date.subtract(today, months=self.months),
            where=SQL(" AND ").join(self._sql_who()),
            last=_fifth(SQL("last_on")),
            often=_fifth(SQL("orders")),
            much=_fifth(SQL("amount")),
            hour=self.id,
            company=self.company_id.id,
            uid=self.env.uid,
            group=self._sql_group(today),
        )

    def _sql_group(self, today):
        return SQL(
            """
            CASE WHEN p.orders > 0 AND p.last_on >= %(year)s
                      AND (p.last_contact IS NULL OR p.last_contact < %(quiet)s)
                 THEN 'forgotten'
                 WHEN f.recency <= 2 AND (f.frequency >= 4 OR f.money >= 4)
                 THEN 'slipping'
                 WHEN f.recency >= 4 AND f.frequency >= 4 AND f.money >= 4 THEN 'best'
                 WHEN f.recency >= 4 AND p.orders = 1 THEN 'new'
                 WHEN f.frequency >= 4 THEN 'loyal'
                 WHEN p.orders > 0 THEN 'now_and_then'
                 WHEN p.last_on IS NOT NULL THEN 'earlier'
                 ELSE 'never' END
            """,
            year=fields.Date.subtract(today, days=_FORGOTTEN_WITHIN_DAYS),
            quiet=fields.Date.subtract(today, days=self.quiet_days),
        )

    def _sql_who(self):
        """Which contacts ``p`` are of the base: people, and not our own."""
        return [
            SQL("p.active"),
            SQL("p.is_company IS NOT TRUE"),
            SQL("p.type = 'contact'"),
            SQL("(p.company_id IS NULL OR p.company_id = %s)", self.company_id.id),
            SQL(
                """NOT EXISTS (SELECT FROM res_users u
                    WHERE u.partner_id = p.id AND u.share IS NOT TRUE)"""
            ),
        ]

    def _sql_sales(self):
        """``partner_id, day, amount, orders`` of the books, in the company's currency.

        Posted invoices, less what was credited, and confirmed orders of which nothing
        is invoiced yet.
        """
        return SQL(
            """
            SELECT m.partner_id, m.invoice_date AS day,
                   m.amount_untaxed_signed AS amount,
                   CASE WHEN m.move_type = 'out_invoice' THEN 1 ELSE 0 END AS orders
              FROM account_move m
             WHERE m.company_id = %(company)s AND m.state = 'posted'
               AND m.move_type IN ('out_invoice', 'out_refund')
             UNION ALL
            SELECT o.partner_id, o.date_order::date,
                   o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1), 1
              FROM sale_order o
             WHERE o.company_id = %(company)s AND o.state = 'sale'
               AND NOT EXISTS (
                   SELECT FROM sale_order_line l
                     JOIN sale_order_line_invoice_rel r ON r.order_line_id = l.id
                     JOIN account_move_line i ON i.id = r.invoice_line_id
                    WHERE l.order_id = o.id AND i.parent_state = 'posted')
            """,
            company=self.company_id.id,
        )

    def _sql_companies(self):
        return SQL(
            """
            SELECT count(DISTINCT p.id) FROM (%(sales)s) sale
              JOIN res_partner p ON p.id = sale.partner_id AND p.is_company
             WHERE sale.day >= %(first)s
            """,
            sales=self._sql_sales(),
            first=fields.Date.subtract(
                fields.Date.context_today(self), months=self.months
            ),
        )


def _fifth(column):
    """From 1 to 5: the fifth in which somebody stands; equal ones stand together."""
    return SQL(
        "LEAST(5, 1 + floor(5 * percent_rank() OVER (ORDER BY %s)))::int", column
    )
