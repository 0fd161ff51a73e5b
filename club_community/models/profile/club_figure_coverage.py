from odoo import api, fields, models
from odoo.tools import SQL


class ClubFigureCoverage(models.Model):
    """How much the club knew of its members, month by month and section by section.

    A row is a member of a month and a section: the weight of the points that were on
    the card on the month's last day, of all that count. What was withdrawn later was
    known then; what it was is gone. Who is a member of a month ``club.figure.month``
    says. The catalogue is that of today: a point that is added today lowers the past.
    """

    _name = "club.figure.coverage"
    _description = "Coverage of Profiles"
    _inherit = ["club.figure"]
    _auto = False
    _order = "month desc, id desc"
    _depends = {
        "club.profile.value": [
            "partner_id",
            "point_id",
            "state",
            "recorded_at",
            "replaced_at",
        ],
        "club.profile.point": ["section_id", "weight", "active", "is_derived"],
    }

    month = fields.Date(readonly=True)
    section_id = fields.Many2one("club.profile.section", readonly=True)
    members = fields.Integer(
        readonly=True,
        aggregator="count_distinct",
        help="People, each counted once.",
    )
    known_weight = fields.Integer(string="Known", readonly=True)
    full_weight = fields.Integer(string="Of All", readonly=True)
    share = fields.Float(
        string="Known, %",
        readonly=True,
        aggregator="avg",
        help="The weight of what was known, of all that the club wants to know.",
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """A share of several rows is that of their sums, not the mean of shares."""
        if aggregate_spec != "share:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100.0 * SUM(%(known)s) / NULLIF(SUM(%(full)s), 0)",
            known=self._field_to_sql(self._table, "known_weight", query),
            full=self._field_to_sql(self._table, "full_weight", query),
        )

    @api.model
    def _sql_figure(self, today):
        return SQL(
            """
            SELECT row_number() OVER (
                       ORDER BY member.partner_id, member.month, section.section_id
                   ) AS id,
                   member.membership_id, member.partner_id, member.plan_id,
                   member.family_id, member.company_id, member.currency_id,
                   member.partner_id AS members, member.month, section.section_id,
                   COALESCE(known.weight, 0) AS known_weight,
                   section.weight AS full_weight,
                   100.0 * COALESCE(known.weight, 0) / section.weight AS share
              FROM (%(members)s) member
        CROSS JOIN (
                SELECT point.section_id, sum(point.weight) AS weight
                  FROM club_profile_point point
                 WHERE %(counts)s
              GROUP BY point.section_id
              ) section
         LEFT JOIN (
                SELECT day.partner_id, day.last, point.section_id,
                       sum(point.weight) AS weight
                  FROM (SELECT DISTINCT partner_id, last FROM (%(members)s) m) day
                  JOIN club_profile_value value
                    ON value.partner_id = day.partner_id
                   AND value.recorded_at < day.last + 1
                   AND (value.state = 'current' OR value.state = 'replaced'
                        AND value.replaced_at >= day.last + 1)
                  JOIN club_profile_point point
                    ON point.id = value.point_id AND %(counts)s
              GROUP BY day.partner_id, day.last, point.section_id
              ) known
                ON known.partner_id = member.partner_id
               AND known.last = member.last
               AND known.section_id = section.section_id
            """,
            members=self._sql_members(today),
            # a box that was never touched is NULL
            counts=SQL(
                "point.active AND point.is_derived IS NOT TRUE AND point.weight > 0"
            ),
        )

    @api.model
    def _sql_members(self, today):
        """People of each month and company, once, with the day they are looked at."""
        months = self.env["club.figure.month"]._sql_figure(today)
        return SQL(
            """
            SELECT DISTINCT ON (partner_id, company_id, month)
                   membership_id, partner_id, plan_id, family_id, company_id,
                   currency_id, month, LEAST(
                       (month + interval '1 month - 1 day')::date, %(today)s) AS last
              FROM (%(months)s) months
             WHERE members IS NOT NULL
          ORDER BY partner_id, company_id, month, membership_id
            """,
            months=months,
            today=today,
        )
