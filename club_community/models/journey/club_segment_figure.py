from odoo import api, fields, models
from odoo.tools import SQL

from .club_stage import DIRECTIONS

# What a direction of work is for: to which stages it should bring people.
_GOALS = SQL(
    """CASE began.direction
       WHEN 'attract' THEN s.phase IN ('onboarding', 'development', 'positive')
       WHEN 'activate' THEN s.phase IN ('development', 'positive')
       WHEN 'develop' THEN s.direction = 'develop'
       ELSE s.phase IN ('development', 'positive') OR s.path = 'returned' END"""
)
DAYS_OF_A_MONTH = 30.4375


class ClubSegment(models.Model):
    """Figures of segments, for all that are on a screen in a handful of queries.

    People are those whom the reader may see; fees and renewals are those of members
    whose memberships he may see: of a personal manager his own portfolio.
    """

    _inherit = "club.segment"

    person_count = fields.Integer(string="Size", compute="_compute_person_count")
    member_count = fields.Integer(
        string="Members",
        compute="_compute_figures",
        help="How many of the people are members now, grace included.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_figures")
    average_fee = fields.Monetary(
        string="Average Fee a Year",
        compute="_compute_figures",
        help="Of members who pay a fee now: what they pay for a year, in the company's "
        "currency. Fees for life are left out. Personal managers see their own "
        "portfolio's.",
    )
    ended_count = fields.Integer(
        string="Periods Ended",
        compute="_compute_figures",
        help="Paid periods of these people that ended in the last 12 months.",
    )
    retention = fields.Float(
        string="Retention (%)",
        compute="_compute_figures",
        help="Of the periods that ended in the last 12 months: how many were renewed "
        "without a gap. Empty where none ended.",
    )
    average_tenure = fields.Float(
        string="Months as a Member",
        compute="_compute_figures",
        help="How long the members have been in the club without a gap, on average.",
    )
    attract_rate = fields.Float(
        string="Attract (%)",
        compute="_compute_rates",
        help="Of the people whom we began to attract in the last 12 months: how many "
        "became members.",
    )
    activate_rate = fields.Float(
        string="Activate (%)",
        compute="_compute_rates",
        help="Of the people whom we began to activate in the last 12 months: how many "
        "have settled in.",
    )
    develop_rate = fields.Float(
        string="Develop (%)",
        compute="_compute_rates",
        help="Of the people who came to a stage of development in the last 12 months: "
        "how many went on to another one.",
    )
    retain_rate = fields.Float(
        string="Retain (%)",
        compute="_compute_rates",
        help="Of the people whom we began to win back in the last 12 months: how many "
        "are regular members again.",
    )

    @api.depends("partner_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_person_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("club_segment_ids", "in", self.ids)],
                ["club_segment_ids"],
                ["__count"],
            )
        )
        for segment in self:
            segment.person_count = counts.get(segment._origin, 0)

    @api.depends("partner_ids")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_figures(self):
        living, ended = self._figures_of_the_living(), self._figures_of_the_ended()
        for segment in self:
            members, fee, tenure = living.get(segment._origin.id, (0, 0, 0))
            count, renewed = ended.get(segment._origin.id, (0, 0))
            segment.currency_id = self.env.company.currency_id
            segment.member_count = members
            segment.average_fee = fee
            segment.average_tenure = tenure
            segment.ended_count = count
            segment.retention = 100 * renewed / count if count else 0

    def _figures_of_the_living(self):
        """``{segment id: (members, fee a year, months as a member)}``."""
        self.env.flush_all()
        periods = self.env["club.membership"]._search(
            [
                ("state", "in", ("active", "grace")),
                ("company_id", "=", self.env.company.id),
                ("partner_id.is_company", "=", False),
            ]
        )
        found = self.env.execute_query(
            SQL(
                """
                WITH paid AS (%(paid)s)
                SELECT r.segment_id, count(DISTINCT p.id),
                       (avg(paid.mrr * 12) FILTER (WHERE paid.mrr > 0))::float8,
                       (avg(GREATEST(LEAST(%(today)s, p.club_valid_until)
                                     - p.club_since, 0)) / %(month)s)::float8
                  FROM club_segment_partner_rel r
                  JOIN res_partner p ON p.id = r.partner_id AND p.active
                  JOIN paid ON paid.partner_id = p.id
                 WHERE r.segment_id = ANY(%(segments)s) AND paid.id IN %(periods)s
              GROUP BY r.segment_id
                """,
                paid=self.env["club.figure.person"]._sql_paid(),
                today=fields.Date.context_today(self),
                month=DAYS_OF_A_MONTH,
                segments=self.ids,
                periods=periods.subselect(),
            )
        )
        return {row[0]: (row[1], row[2] or 0, row[3] or 0) for row in found}

    def _figures_of_the_ended(self):
        """``{segment id: (periods that ended in a year, renewed)}`` (club.figure)."""
        today = fields.Date.context_today(self)
        ended = self.env["club.figure.ending"]._search(
            [
                ("date", ">=", fields.Date.subtract(today, months=12)),
                ("company_id", "=", self.env.company.id),
            ]
        )
        columns = [
            SQL.identifier(ended.table, name)
            for name in ("partner_id", "count", "renewed")
        ]
        found = self.env.execute_query(
            SQL(
                """
                SELECT r.segment_id, sum(e.count), sum(e.renewed)
                  FROM %(ended)s e
                  JOIN club_segment_partner_rel r ON r.partner_id = e.partner_id
                 WHERE r.segment_id = ANY(%(segments)s)
              GROUP BY r.segment_id
                """,
                ended=ended.subselect(*columns),
                segments=self.ids,
            )
        )
        return {row[0]: row[1:] for row in found}

    @api.depends("partner_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_rates(self):
        """Four conversions of a segment, one for each direction of work (S3.05)."""
        self.env.flush_all()
        seen = self.env["club.stage.move"]._search([])
        found = self.env.execute_query(
            SQL(
                """
                WITH began AS (
                    SELECT m.partner_id, s.direction, min(m.id) AS id
                      FROM club_stage_move m
                      JOIN club_stage s ON s.id = m.to_stage_id
                     WHERE m.date >= now() AT TIME ZONE 'UTC' - interval '12 months'
                       AND s.direction IS NOT NULL AND m.id IN %(seen)s
                  GROUP BY m.partner_id, s.direction
                )
                SELECT r.segment_id, began.direction, 100.0 * count(*) FILTER (
                       WHERE EXISTS (
                             SELECT FROM club_stage_move m
                               JOIN club_stage s ON s.id = m.to_stage_id
                              WHERE m.partner_id = began.partner_id
                                AND m.id > began.id AND %(goal)s)) / count(*)
                  FROM began
                  JOIN club_segment_partner_rel r ON r.partner_id = began.partner_id
                 WHERE r.segment_id = ANY(%(segments)s)
              GROUP BY r.segment_id, began.direction
                """,
                seen=seen.subselect(),
                goal=_GOALS,
                segments=self.ids,
            )
        )
        rates = {
            (segment, direction): float(rate) for segment, direction, rate in found
        }
        for segment in self:
            for direction, _label in DIRECTIONS:
                rate = rates.get((segment._origin.id, direction), 0)
                segment[f"{direction}_rate"] = rate
