"""Which facts put somebody on a manager's day: one SELECT for each reason.

Of every reason it holds: there is a row while the fact is there and nobody has seen to
it; whoever puts it off, or plans the next step, makes an activity of the kind
``day <reason>``, and the row comes back as that activity on its day.
"""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet, ormcache

from ..journey.res_partner import sql_is_stuck

# So long a newcomer may be without a meeting before he is no newcomer any more.
NEWCOMER_DAYS = 30
DATES_DAYS = 7
# Whoever is stuck and was spoken to is left alone for so long.
SPOKEN_DAYS = 7
# Room for so many reasons in an id: it is that of the fact times this, plus a number.
NUMBERS = 32
_ASKED = "club_day_asked"


class Reason(NamedTuple):
    """Who is on the day for one reason.

    ``source`` is everything from FROM on, and names the person ``person``; ``columns``
    are those of ``club.day`` that are another than usual, and always ``id``: of the
    fact, or of the person. ``number`` is the reason's own, below ``NUMBERS``: rows of
    two reasons never have the same id.
    """

    code: str
    number: int
    columns: dict
    source: SQL


class ClubDay(models.Model):
    _inherit = "club.day"
    _depends = {
        "mail.activity": [
            "active",
            "res_model",
            "res_id",
            "user_id",
            "date_deadline",
            "date_done",
            "activity_type_id",
            "club_reason",
        ],
        "mail.activity.type": ["category"],
        "res.partner": [
            "active",
            "name",
            "is_company",
            "company_id",
            "club_chapter_id",
            "club_last_contact_channel",
            "club_last_contact_on",
            "club_manager_id",
            "club_plan_id",
            "club_since",
            "club_stage_id",
            "club_stage_since",
            "club_state",
        ],
        "crm.lead": [
            "active",
            "name",
            "contact_name",
            "partner_id",
            "user_id",
            "company_id",
            "club_plan_id",
            "club_application_state",
            "club_answer_due",
        ],
        "club.plan": ["quiet_days", "renewal_window_days", "renewal_plan_id"],
        "club.stage": ["expected_days"],
        "club.membership": [
            "partner_id",
            "plan_id",
            "company_id",
            "family_id",
            "state",
            "date_start",
            "date_end",
            "date_grace_end",
            "leave_date",
            "seat_of_id",
        ],
        "club.date": ["partner_id", "kind_id", "date", "whose"],
        "calendar.event": ["active", "start", "partner_ids"],
    }

    @api.model
    def _reasons(self):
        """The reasons for which people are on somebody's day: rooms add theirs.

        A room that adds one: a ``Reason`` here with a code and a number of its own, a
        record of ``club.day.reason`` with this code, a method ``_why_<code>`` that
        says in words why (``_why`` below), and what the SELECT reads in ``_depends``.
        What says whose day it is, ``user_id``, must be a plain column with an index:
        the database asks it before anything else.

        :return: list of ``Reason``; 0-15 are the room's own numbers
        """
        return [
            *self._reasons_of_activities(),
            self._reason_of_answers(),
            *self._reasons_of_ends(),
            self._reason_of_newcomers(),
            self._reason_of_dates(),
            self._reason_of_stuck(),
            self._reason_of_quiet(),
            self._reason_of_no_step(),
        ]

    @api.model
    def _columns(self):
        """What a reason's columns are unless it says otherwise: ``{name: SQL}``."""
        return {
            "user_id": SQL("person.club_manager_id"),
            "partner_id": SQL("person.id"),
            "name": SQL("person.name"),
            "company_id": SQL("person.company_id"),
            "plan_id": SQL("person.club_plan_id"),
            "stage_id": SQL("person.club_stage_id"),
            "chapter_id": SQL("person.club_chapter_id"),
            "date": SQL("NULL::date"),
            "what": SQL("NULL::varchar"),
            "activity_id": SQL("NULL::int4"),
            "lead_id": SQL("NULL::int4"),
            "kind_id": SQL("NULL::int4"),
        }

    @property
    def _table_query(self):
        known = self.env["club.day.reason"]._known()
        asked = self.env.context.get(_ASKED)
        parts = [
            self._select(reason, *known[reason.code])
            for reason in self._reasons()
            if reason.code in known and (asked is None or reason.number in asked)
        ]
        return SQL(" UNION ALL ").join(parts or [self._select_nobody()])

    # --- Only the reasons that are asked about --------------------------------------

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Leave out what cannot be found: the database thinks 50 ms about all of it."""
        asked = self._numbers_asked(Domain(domain))
        if asked is not None:
            self = self.with_context(**{_ASKED: asked})
        return super()._search(domain, offset, limit, order, **kwargs)

    def _as_query(self, ordered=True):
        asked = tuple({record_id % NUMBERS for record_id in self._ids})
        return super(ClubDay, self.with_context(**{_ASKED: asked}))._as_query(ordered)

    @api.model
    def _numbers_asked(self, domain):
        """Numbers of the reasons that a domain leaves open, None for all of them."""
        is_and = getattr(domain, "OPERATOR", "") == "&"
        parts = domain.children if is_and else [domain]
        asked = None
        for part in parts:
            if (found := self._numbers_of(part)) is not None:
                asked = found if asked is None else asked & found
        return asked if asked is None else tuple(sorted(asked))

    @api.model
    def _numbers_of(self, condition):
        name = getattr(condition, "field_expr", None)
        if name not in ("id", "code", "reason_id"):
            return None
        values = condition.value
        if condition.operator == "=":
            values = [values]
        elif condition.operator != "in" or not isinstance(
            values, list | tuple | set | frozenset | OrderedSet
        ):
            return None
        if not all(
            isinstance(value, str if name == "code" else int) for value in values
        ):
            return None
        if name == "id":
            return {value % NUMBERS for value in values}
        known = self.env["club.day.reason"]._known()
        return {
            number
            for code, number in self._numbers().items()
            if code in known and (code if name == "code" else known[code][0]) in values
        }

    @api.model
    @ormcache()
    def _numbers(self):
        """``{code: number}`` of the reasons: they are the code's, not the data's."""
        return {reason.code: reason.number for reason in self._reasons()}

    @api.model
    def _select(self, reason, reason_id, place):
        columns = {**self._columns(), **reason.columns}
        fact_id = columns.pop("id")
        return SQL(
            """SELECT %s * %s + %s AS id, %s::int4 AS reason_id, %s::int4 AS place,
                      %s::varchar AS code, %s %s""",
            fact_id,
            NUMBERS,
            reason.number,
            reason_id,
            place,
            reason.code,
            SQL(", ").join(
                SQL("%s AS %s", column, SQL.identifier(name))
                for name, column in columns.items()
            ),
            reason.source,
        )

    @api.model
    def _select_nobody(self):
        nobody = Reason(
            "", 0, {"id": SQL("person.id")}, SQL("FROM res_partner person WHERE FALSE")
        )
        return self._select(nobody, 0, 0)

    @api.model
    def _today(self):
        return fields.Date.context_today(self)

    @api.model
    def _not_put_off(self, code):
        """Nobody has put this off, or planned what comes next."""
        return SQL(
            """NOT EXISTS (SELECT FROM mail_activity later
                            WHERE later.active
                              AND later.res_model = 'res.partner'
                              AND later.res_id = person.id
                              AND later.club_reason = %s)""",
            f"day {code}",
        )

    # --- Each reason ----------------------------------------------------------------

    def _reasons_of_activities(self):
        columns = {
            "id": SQL("activity.id"),
            "user_id": SQL("activity.user_id"),
            "date": SQL("activity.date_deadline"),
            "activity_id": SQL("activity.id"),
        }
        today = self._today()
        return [
            Reason("overdue", 0, columns, self._activities(SQL("< %s", today))),
            Reason("today", 1, columns, self._activities(SQL("= %s", today))),
        ]

    def _activities(self, due):
        return SQL(
            """
              FROM mail_activity activity
              JOIN res_partner person ON person.id = activity.res_id
             WHERE activity.active
               AND activity.res_model = 'res.partner'
               AND person.active
               AND activity.date_deadline %s""",
            due,
        )

    def _reason_of_answers(self):
        """Applications whose answer is promised for today, or was."""
        tomorrow = datetime.combine(self._today() + timedelta(days=1), time.min)
        return Reason(
            "answer",
            2,
            {
                "id": SQL("lead.id"),
                "user_id": SQL("lead.user_id"),
                "name": SQL("COALESCE(person.name, lead.contact_name, lead.name)"),
                "company_id": SQL("lead.company_id"),
                "plan_id": SQL("lead.club_plan_id"),
                "date": SQL("lead.club_answer_due::date"),
                "lead_id": SQL("lead.id"),
            },
            SQL(
                """
                  FROM crm_lead lead
                  LEFT JOIN res_partner person ON person.id = lead.partner_id
                 WHERE lead.active
                   AND lead.club_application_state IN ('asked', 'review')
                   AND lead.club_answer_due < %s""",
                self._utc(tomorrow),
            ),
        )

    def _utc(self, day):
        """A moment of the reader's clock as the database keeps it."""
        offset = fields.Datetime.context_timestamp(self, day).utcoffset()
        return day - offset

    def _reasons_of_ends(self):
        """Whom to talk to about renewing: each threshold wants one talk of its own.

        The same periods as the pipeline "To Renew". Whoever was in contact since the
        threshold has had his talk, and comes back at the next.
        """
        spans = (
            ("grace", 3, None, -1, -1),
            ("ends_30", 4, 0, 30, 30),
            ("ends_60", 5, 31, 60, 60),
            ("ends_90", 6, 61, 90, 90),
        )
        return [self._reason_of_end(*span) for span in spans]

    def _reason_of_end(self, code, number, first, last, mark):
        today = self._today()
        span = [
            SQL("m.date_end <= %s", today + timedelta(days=last)),
            SQL("person.active"),
            SQL("person.is_company IS NOT TRUE"),
            SQL(
                """(person.club_last_contact_on IS NULL
                    OR person.club_last_contact_on < m.date_end - %s)""",
                mark,
            ),
            self._not_put_off(code),
        ]
        if first is not None:
            span.append(SQL("m.date_end >= %s", today + timedelta(days=first)))
        return Reason(
            code,
            number,
            {
                "id": SQL("m.id"),
                "company_id": SQL("m.company_id"),
                "plan_id": SQL("m.plan_id"),
                "date": SQL("m.date_end"),
            },
            SQL(
                """
                  FROM club_membership m
                  JOIN club_plan p ON p.id = m.plan_id
                  JOIN res_partner person ON person.id = m.partner_id
                 WHERE %s""",
                SQL(" AND ").join([*self.env["club.renewal"]._conditions(), *span]),
            ),
        )

    def _reason_of_newcomers(self):
        """Members who were not met since they joined, nor have a meeting planned.

        Whoever heard nothing at all stays until he counts as quiet.
        """
        return Reason(
            "newcomer",
            7,
            {
                "id": SQL("person.id"),
                "date": SQL("person.club_since"),
                "what": SQL("CASE WHEN %s THEN 'silence' END", self._silence()),
            },
            SQL(
                """
                  FROM res_partner person
                  JOIN club_plan plan ON plan.id = person.club_plan_id
                 WHERE person.active
                   AND person.is_company IS NOT TRUE
                   AND person.club_state = 'active'
                   AND person.club_since <= %(today)s
                   AND person.club_since > %(today)s - CASE WHEN %(silence)s
                       THEN GREATEST(plan.quiet_days, %(days)s) ELSE %(days)s END
                   AND NOT (person.club_last_contact_channel = 'meeting'
                            AND person.club_last_contact_on IS NOT NULL
                            AND person.club_last_contact_on >= person.club_since)
                   AND NOT EXISTS (
                       SELECT FROM calendar_event_res_partner_rel coming
                         JOIN calendar_event meeting
                           ON meeting.id = coming.calendar_event_id
                        WHERE coming.res_partner_id = person.id
                          AND meeting.active
                          AND meeting.start >= person.club_since)
                   AND NOT EXISTS (
                       SELECT FROM mail_activity done
                         JOIN mail_activity_type kind ON kind.id = done.activity_type_id
                        WHERE done.res_model = 'res.partner'
                          AND done.res_id = person.id
                          AND kind.category = 'meeting'
                          AND done.active IS NOT TRUE
                          AND done.date_done >= person.club_since)
                   AND %(not_put_off)s""",
                today=self._today(),
                days=NEWCOMER_DAYS,
                silence=self._silence(),
                not_put_off=self._not_put_off("newcomer"),
            ),
        )

    def _silence(self):
        return SQL(
            """(person.club_last_contact_on IS NULL
                OR person.club_last_contact_on < person.club_since)"""
        )

    def _reason_of_dates(self):
        """Important dates of the coming week, unless he was spoken to on the day.

        The person comes first and his dates after him (``OFFSET 0`` says so): the
        database would else go through the dates of the whole club.
        """
        dates = self.env["club.date"]._table_query
        return Reason(
            "date",
            8,
            {
                "id": SQL("day.id"),
                "date": SQL("day.date"),
                "what": SQL("day.whose"),
                "kind_id": SQL("day.kind_id"),
            },
            SQL(
                """
                  FROM res_partner person
                 CROSS JOIN LATERAL (
                       SELECT d.id, d.date, d.whose, d.kind_id FROM (%(dates)s) d
                        WHERE d.partner_id = person.id
                          AND d.days_to_go <= %(days)s
                       OFFSET 0) day
                 WHERE person.active
                   AND person.club_stage_id IS NOT NULL
                   AND NOT (day.date = %(today)s
                            AND person.club_last_contact_on IS NOT NULL
                            AND person.club_last_contact_on >= %(today)s)
                   AND %(not_put_off)s""",
                dates=dates,
                days=DATES_DAYS,
                today=self._today(),
                not_put_off=self._not_put_off("date"),
            ),
        )

    def _reason_of_stuck(self):
        """Longer in the stage than people should be, and not spoken to lately."""
        return Reason(
            "stuck",
            9,
            {"id": SQL("person.id"), "date": SQL("person.club_stage_since::date")},
            SQL(
                """
                  FROM res_partner person
                  JOIN club_stage stage ON stage.id = person.club_stage_id
                 WHERE person.active
                   AND %s
                   AND (person.club_last_contact_on IS NULL
                        OR person.club_last_contact_on < %s)
                   AND %s""",
                sql_is_stuck(),
                self._today() - timedelta(days=SPOKEN_DAYS),
                self._not_put_off("stuck"),
            ),
        )

    def _reason_of_quiet(self):
        """No contact for as many days as the plan allows."""
        last = SQL(
            "COALESCE(person.club_last_contact_on, person.club_since::timestamp)"
        )
        return Reason(
            "quiet",
            10,
            {"id": SQL("person.id"), "date": SQL("%s::date", last)},
            SQL(
                """
                  FROM res_partner person
                  JOIN club_plan plan ON plan.id = person.club_plan_id
                 WHERE person.active
                   AND person.is_company IS NOT TRUE
                   AND person.club_state IN ('active', 'grace')
                   AND plan.quiet_days > 0
                   AND %s <= %s - plan.quiet_days
                   AND %s""",
                last,
                self._today(),
                self._not_put_off("quiet"),
            ),
        )

    def _reason_of_no_step(self):
        """On the journey, and nobody has anything to do for him: nobody forgotten."""
        return Reason(
            "no_step",
            11,
            {"id": SQL("person.id"), "date": SQL("person.club_stage_since::date")},
            SQL(
                """
                  FROM res_partner person
                 WHERE person.active
                   AND person.club_stage_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM mail_activity step
                                    WHERE step.active
                                      AND step.res_model = 'res.partner'
                                      AND step.res_id = person.id)"""
            ),
        )
