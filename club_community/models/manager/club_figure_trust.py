from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.period import PAID_STATES

GROUPS = [("member", "Members"), ("client", "Other clients")]
SIDES = [("before", "Before"), ("after", "After")]


class ClubFigureTrust(models.Model):
    """Time to trust (S0.15): from being given to a manager to the level of trust.

    A row is the time of one manager with one person. Reached is the first day with a
    level of at least the trusted one while he looked after the person; the days are
    that day less the day on which the person was given to him. Whoever has not reached
    it counts in people and not in days. A member is who had a paid membership on the
    day it was reached, or has one today where it was not.
    """

    _name = "club.figure.trust"
    _description = "Time to Trust"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "club.portfolio.assignment": [
            "partner_id",
            "manager_id",
            "date_from",
            "date_until",
        ],
        "club.trust": ["partner_id", "level_id", "date"],
        "club.trust.level": ["value", "is_trusted", "compare_on"],
        "club.membership": ["partner_id", "state", "date_start", "date_end"],
        "res.partner": ["club_chapter_id", "is_company"],
    }

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    manager_id = fields.Many2one("res.users", readonly=True)
    club_chapter_id = fields.Many2one("club.chapter", string="City", readonly=True)
    date = fields.Date(string="Given to the Manager", readonly=True)
    date_reached = fields.Date(string="Trust Reached", readonly=True)
    group = fields.Selection(GROUPS, readonly=True)
    side = fields.Selection(
        SIDES,
        string="Before or After",
        readonly=True,
        help="Given to the manager before, or on and after, the day that is kept with "
        "the levels of trust.",
    )
    people = fields.Integer(readonly=True)
    reached = fields.Integer(string="Trust Us", readonly=True)
    days = fields.Float(
        string="Days to Trust (Median)",
        readonly=True,
        aggregator="avg",
        help="Half of those who trust us took no longer than that.",
    )
    share = fields.Float(
        string="Trust Us, %",
        readonly=True,
        aggregator="avg",
        help="Of the people who were given to a manager.",
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Of several rows the median of days, and the share of their sums."""
        if aggregate_spec == "days:avg":
            return SQL(
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)",
                self._field_to_sql(self._table, "days", query),
            )
        if aggregate_spec == "share:avg":
            return SQL(
                "100.0 * SUM(%(reached)s) / NULLIF(SUM(%(people)s), 0)",
                reached=self._field_to_sql(self._table, "reached", query),
                people=self._field_to_sql(self._table, "people", query),
            )
        return super()._read_group_select(aggregate_spec, query)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT term.id, term.partner_id, term.manager_id, person.club_chapter_id,
                   term.date_from::date AS date, trust.date AS date_reached,
                   trust.date - term.date_from::date AS days,
                   CASE WHEN EXISTS (
                            SELECT FROM club_membership paid
                             WHERE paid.partner_id = term.partner_id
                               AND paid.state IN %(paid)s
                               AND paid.date_start <= COALESCE(trust.date, %(today)s)
                               AND COALESCE(paid.date_end, 'infinity')
                                   >= COALESCE(trust.date, %(today)s))
                        THEN 'member' ELSE 'client' END AS "group",
                   CASE WHEN level.compare_on IS NULL THEN NULL
                        WHEN term.date_from < level.compare_on THEN 'before'
                        ELSE 'after' END AS side,
                   1 AS people, (trust.date IS NOT NULL)::int AS reached,
                   CASE WHEN trust.date IS NULL THEN 0.0 ELSE 100.0 END AS share
              FROM club_portfolio_assignment term
              JOIN res_partner person
                ON person.id = term.partner_id AND person.is_company IS NOT TRUE
         LEFT JOIN club_trust_level level ON level.is_trusted
         LEFT JOIN LATERAL (
                SELECT min(noted.date) AS date
                  FROM club_trust noted
                  JOIN club_trust_level l
                    ON l.id = noted.level_id AND l.value >= level.value
                 WHERE noted.partner_id = term.partner_id
                   AND noted.date >= term.date_from::date
                   AND (term.date_until IS NULL
                        OR noted.date <= term.date_until::date)
              ) trust ON TRUE
            """,
            paid=PAID_STATES,
            today=fields.Date.context_today(self),
        )

    def action_open_person(self):
        """From a row of the figure to the person behind it."""
        self.ensure_one()
        return self.partner_id._get_records_action()
