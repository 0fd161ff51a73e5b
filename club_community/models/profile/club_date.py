from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

# Code, column of the person, place within the ids of his dates. The family's dates
# and the day of joining stand by themselves below.
OWN_DATES = (
    ("birthday", "club_birthday", 0),
    ("name_day", "club_name_day", 1),
    ("wedding", "club_wedding_day", 2),
    ("business", "club_business_day", 3),
)
CODES = [
    ("birthday", "Birthday"),
    ("name_day", "Name day"),
    ("wedding", "Wedding day"),
    ("business", "Company's birthday"),
    ("relative", "Birthday in the family"),
    ("joined", "Anniversary in the club"),
]
# Which date a point of the profile holds.
CODE_OF_POINT = {column: code for code, column, _place in OWN_DATES} | {
    "club_relative_ids": "relative"
}


class ClubDateKind(models.Model):
    """A kind of important date: how early to remind of it, and what to say (S3.06)."""

    _name = "club.date.kind"
    _description = "Kind of Important Date"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(CODES, required=True, readonly=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="An archived kind is neither listed nor reminded of."
    )
    is_reminded = fields.Boolean(
        string="Task for the Manager",
        default=True,
        help="Whoever looks after the member gets a task in time.",
    )
    days_before = fields.Integer(
        default=7,
        required=True,
        help="How many days ahead the task is made, so that there is time to prepare.",
    )
    script = fields.Text(
        translate=True, help="What to greet with: it stands in the task."
    )
    offer = fields.Char(
        string="Personal Offer",
        translate=True,
        help="What to offer with the greeting: it stands in the task.",
    )

    _code_uniq = models.UniqueIndex("(code)", "This kind of date exists already.")
    _days_before_range = models.Constraint(
        "CHECK(days_before BETWEEN 0 AND 90)",
        "A task is made from 0 to 90 days before the date.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Kinds of dates are not removed: archive this one.")
            )


class ClubDate(models.Model):
    """Important dates of people as they come round in the coming 366 days (S3.06).

    A view of what the cards say and not a table of its own: a birthday that is put
    right is right here, and what is taken off is gone. 29 February is 28 February in
    other years. People who have refused greetings are left out, and so are archived
    ones. ``club_community.tools.dates`` says the same in Python.
    """

    _name = "club.date"
    _description = "Important Date"
    _auto = False
    _order = "date, id"
    _rec_name = "partner_id"
    _depends = {
        "res.partner": [
            "active",
            "is_company",
            "club_state",
            "club_since",
            *(column for _code, column, _place in OWN_DATES),
        ],
        "club.relative": ["partner_id", "name", "birthday"],
        "club.consent": ["partner_id", "purpose_id", "answer", "closed_at"],
        "club.consent.purpose": ["code"],
        "club.date.kind": ["code", "active"],
    }

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    kind_id = fields.Many2one("club.date.kind", string="Occasion", readonly=True)
    whose = fields.Char(readonly=True, help="Who of the family, where it is not he.")
    date = fields.Date(string="Day", readonly=True, help="The day, this time.")
    origin = fields.Date(string="Since", readonly=True, help="The day on the card.")
    years = fields.Integer(
        readonly=True,
        aggregator=None,
        help="How old, or how many years it is on that day.",
    )
    days_to_go = fields.Integer(readonly=True, aggregator=None)
    phone = fields.Char(related="partner_id.phone")

    @api.depends("partner_id", "kind_id", "whose")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for day in self:
            parts = (day.partner_id.name, day.kind_id.name, day.whose)
            day.display_name = ", ".join(filter(None, parts))

    @property
    def _table_query(self):
        columns = self._date_columns()
        return SQL(
            """
            SELECT d.id, d.partner_id, kind.id AS kind_id, d.whose,
                   d.day AS origin, next.day AS date,
                   CASE WHEN d.code <> 'name_day' THEN
                        date_part('year', next.day)::int
                        - date_part('year', d.day)::int END AS years,
                   next.day - %(today)s AS days_to_go
                   %(columns)s
              FROM (%(days)s) d
              JOIN club_date_kind kind ON kind.code = d.code AND kind.active
              JOIN res_partner person ON person.id = d.partner_id
             CROSS JOIN LATERAL (%(next)s) next
             WHERE %(where)s
            """,
            today=self._today(),
            columns=SQL().join(
                SQL(", %s AS %s", column, SQL.identifier(name))
                for name, column in columns.items()
            ),
            days=self._days(),
            next=self._next(),
            where=SQL(" AND ").join(self._conditions()),
        )

    @api.model
    def _today(self):
        return fields.Date.context_today(self)

    @api.model
    def _date_columns(self):
        """Further columns of the ``person``; rooms add theirs.

        :return: ``{column of this model: SQL}``
        """
        return {}

    @api.model
    def _conditions(self):
        """What a date ``d`` of a ``person`` must fulfil; rooms add theirs.

        :return: a list of ``SQL``
        """
        return [
            SQL("person.active"),
            SQL("person.is_company IS NOT TRUE"),
            SQL("next.day - %s <= 366", self._today()),
            # the day of joining itself is no anniversary
            SQL("(d.code <> 'joined' OR next.day > d.day)"),
            SQL(
                """NOT EXISTS (
                    SELECT FROM club_consent answer
                      JOIN club_consent_purpose purpose
                        ON purpose.id = answer.purpose_id AND purpose.code = 'dates'
                     WHERE answer.partner_id = d.partner_id
                       AND answer.answer = 'refused'
                       AND answer.closed_at IS NULL)"""
            ),
        ]

    @api.model
    def _days(self):
        """The days on the cards: ``id, partner_id, code, day, whose``."""
        own = SQL(", ").join(
            SQL("(%s, p.%s, %s)", code, SQL.identifier(column), place)
            for code, column, place in OWN_DATES
        )
        return SQL(
            """
            SELECT p.id * 8 + own.place AS id, p.id AS partner_id, own.code, own.day,
                   NULL AS whose
              FROM res_partner p
             CROSS JOIN LATERAL (VALUES %(own)s, ('joined', CASE
                        WHEN p.club_state IN ('active', 'grace', 'paused')
                        THEN p.club_since END, 4)) own(code, day, place)
             WHERE own.day IS NOT NULL
             UNION ALL
            SELECT r.id * 8 + 7, r.partner_id, 'relative', r.birthday, r.name
              FROM club_relative r
             WHERE r.birthday IS NOT NULL
            """,
            own=own,
        )

    @api.model
    def _next(self):
        """When a date ``d`` comes round, today included (``tools.dates``)."""
        return SQL(
            """
            SELECT CASE WHEN (d.day + first.years * interval '1 year')::date
                             >= %(today)s
                        THEN (d.day + first.years * interval '1 year')::date
                        ELSE (d.day + (first.years + 1) * interval '1 year')::date
                    END AS day
              FROM (SELECT GREATEST(
                           date_part('year', %(today)s::date)::int
                           - date_part('year', d.day)::int, 0) AS years) first
            """,
            today=self._today(),
        )

    def action_open(self):
        """Open the person."""
        self.ensure_one()
        return self.partner_id._get_records_action()
