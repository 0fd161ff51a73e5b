from odoo import api, fields, models
from odoo.tools import SQL

from .club_stage import PHASES

STEPS = [
    ("1_known", "Known to us"),
    ("2_applied", "Applied"),
    ("3_joined", "Joined"),
    ("4_settled", "Settled in"),
    ("5_advocate", "Recommends"),
]
# Codes of stages in which somebody has asked to join; the later steps go by phase.
_ASKED = ("applied", "more_info", "queue", "approved", "unpaid")


class ClubFigureJourney(models.AbstractModel):
    """What both figures of the journey have in common: medians, and who was where.

    Plan, city and source are those of the day of the move (``club.stage.move`` keeps
    them), so that a person who changes his city later changes no past figure.
    """

    _name = "club.figure.journey"
    _description = "Figures of the Journey"
    _auto = False
    _rec_name = "partner_id"
    _depends = {
        "club.stage.move": [
            "partner_id",
            "from_stage_id",
            "to_stage_id",
            "date",
            "days",
            "plan_id",
            "chapter_id",
            "source_id",
        ],
        "club.stage": ["code", "phase", "sequence", "path"],
    }

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    date = fields.Datetime(readonly=True)
    days = fields.Float(readonly=True, aggregator="avg")
    plan_id = fields.Many2one("club.plan", readonly=True)
    chapter_id = fields.Many2one("club.chapter", string="City", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Days of several people are their median: one who waits for years would
        make a mean say nothing."""
        if aggregate_spec != "days:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)",
            self._field_to_sql(self._table, "days", query),
        )

    def action_open_person(self):
        """From a row to the person behind it."""
        self.ensure_one()
        return self.partner_id._get_records_action()


class ClubFigureStay(models.Model):
    """Stays in a stage that have ended: how long, and whereto (S4.12).

    A row is a move out of a stage, in the month in which it was made: later moves add
    rows to later months, and never change a past one.
    """

    _name = "club.figure.stay"
    _description = "Time in Stages"
    _inherit = ["club.figure.journey"]
    _auto = False
    _order = "date desc, id desc"

    stage_id = fields.Many2one("club.stage", readonly=True)
    next_stage_id = fields.Many2one("club.stage", string="Left For", readonly=True)
    phase = fields.Selection(PHASES, readonly=True)
    date = fields.Datetime(string="Left On")
    days = fields.Float(
        string="Days There",
        help="Of several people the median: half of them took longer, half less.",
    )
    advanced = fields.Float(
        string="Went On, %",
        readonly=True,
        aggregator="avg",
        help="Share of those who left the stage for a later one of the first four "
        "phases, or came back from reboarding.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT move.id, move.partner_id, move.date, move.days, move.plan_id,
                   move.chapter_id, move.source_id, old.id AS stage_id, old.phase,
                   new.id AS next_stage_id,
                   CASE WHEN new.phase <> 'reboarding' AND new.sequence > old.sequence
                          OR old.phase = 'reboarding'
                             AND (new.phase <> 'reboarding' OR new.path = 'returned')
                        THEN 100.0 ELSE 0.0 END AS advanced
              FROM club_stage_move move
              JOIN club_stage old ON old.id = move.from_stage_id
              JOIN club_stage new ON new.id = move.to_stage_id
            """
        )


class ClubFigureFunnel(models.Model):
    """From the first touch to a recommendation, step by step (S4.09).

    A row is a person and a step that he has reached, by a stage of that step or of a
    later one. The share of those who reached the next step is the step's conversion;
    the product of all is the share of the whole way. Look at people by the month in
    which they became known: a cohort fills up as they go on.
    """

    _name = "club.figure.funnel"
    _description = "Funnel of the Journey"
    _inherit = ["club.figure.journey"]
    _auto = False
    _order = "step, date desc, id desc"

    step = fields.Selection(STEPS, readonly=True)
    date = fields.Datetime(string="Reached On")
    cohort = fields.Date(
        string="Became Known", readonly=True, help="Month of the first move."
    )
    days = fields.Float(
        string="Days Since the Step Before",
        help="Of several people the median. From the first move for the first step.",
    )
    people = fields.Integer(readonly=True)
    conversion = fields.Float(
        string="Went On, %",
        readonly=True,
        aggregator="avg",
        help="Share of the people of this step who have reached the next one.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH reached AS (
                SELECT move.partner_id, move.date, move.id, move.plan_id,
                       move.chapter_id, move.source_id,
                       CASE WHEN stage.phase = 'positive' THEN 5
                            WHEN stage.phase IN ('development', 'reboarding') THEN 4
                            WHEN stage.phase = 'onboarding' THEN 3
                            WHEN stage.code IN %(asked)s THEN 2
                            ELSE 1 END AS step
                  FROM club_stage_move move
                  JOIN club_stage stage ON stage.id = move.to_stage_id
            ), first AS (
                SELECT partner_id, step.number AS step, min(date) AS date
                  FROM reached
                  JOIN generate_series(1, 5) AS step(number)
                    ON step.number <= reached.step
              GROUP BY partner_id, step.number
            ), person AS (
                SELECT partner_id, min(date) AS date,
                       (array_agg(plan_id ORDER BY date DESC, id DESC)
                           FILTER (WHERE plan_id IS NOT NULL))[1] AS plan_id,
                       (array_agg(chapter_id ORDER BY date, id)
                           FILTER (WHERE chapter_id IS NOT NULL))[1] AS chapter_id,
                       (array_agg(source_id ORDER BY date, id)
                           FILTER (WHERE source_id IS NOT NULL))[1] AS source_id
                  FROM reached
              GROUP BY partner_id
            )
            SELECT first.partner_id::bigint * 8 + first.step AS id, first.partner_id,
                   (%(codes)s::text[])[first.step] AS step, first.date,
                   date_trunc('month', person.date)::date AS cohort,
                   EXTRACT(EPOCH FROM first.date - COALESCE(
                       lag(first.date) OVER way, first.date)) / 86400 AS days,
                   1 AS people,
                   CASE WHEN lead(first.step) OVER way IS NULL THEN 0.0
                        ELSE 100.0 END AS conversion,
                   person.plan_id, person.chapter_id, person.source_id
              FROM first
              JOIN person ON person.partner_id = first.partner_id
            WINDOW way AS (PARTITION BY first.partner_id ORDER BY first.step)
            """,
            asked=_ASKED,
            codes=[code for code, _label in STEPS],
        )
