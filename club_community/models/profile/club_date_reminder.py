import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..membership.club_batches import run_list

BATCH = 200

# Another worker may have written the same line a moment ago.
_WRITTEN_MEANWHILE = (psycopg2.errors.UniqueViolation,)


class ClubDateReminder(models.Model):
    """Which important dates have had their task: one row per person, kind and year.

    The index is what makes a task be made once, however often the job is killed or
    run, and by how many workers. Of the family the day belongs to it, so that each
    child has his task and twins have one; their names are not kept here.
    """

    _name = "club.date.reminder"
    _description = "Task Made for an Important Date"
    _order = "id desc"
    _rec_name = "kind_id"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, index=True, ondelete="cascade"
    )
    kind_id = fields.Many2one(
        "club.date.kind", string="Occasion", required=True, ondelete="cascade"
    )
    date = fields.Date(string="Day", required=True)
    year = fields.Integer(required=True, aggregator=None)
    day_key = fields.Integer(
        string="Day of the Family",
        required=True,
        default=0,
        aggregator=None,
        help="Month and day as a number, where it is a date of the family.",
    )
    activity_id = fields.Many2one(
        "mail.activity", string="Task", ondelete="set null", index="btree_not_null"
    )

    _once = models.UniqueIndex(
        "(partner_id, kind_id, year, day_key)",
        "This date has had its task already.",
    )

    @api.model
    def _cron_remind_dates(self):
        """Daily: make the tasks for the dates that come near, each exactly once.

        Task and row are made in one transaction per batch, so the job can be killed
        at any point, run again and run twice at once. A missed day is caught up on
        as long as the date is not over.
        """
        people = sorted({row[0] for row in self._due()})
        run_list(self.env, people, BATCH, self._remind, _WRITTEN_MEANWHILE)

    @api.model
    def _due(self, ids=None):
        """The dates that are due and have no task yet, in one query.

        :param ids: look at these people only
        :return: list of ``(person id, kind id, date, day key, ids of club.date)``
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT d.partner_id, d.kind_id, d.date, key.day,
                       array_agg(d.id ORDER BY d.id)
                  FROM (%(dates)s) d
                  JOIN club_date_kind k ON k.id = d.kind_id
                  JOIN res_partner person ON person.id = d.partner_id
                  JOIN club_membership m ON m.id = person.club_membership_id
                 CROSS JOIN LATERAL (SELECT CASE WHEN k.code = 'relative' THEN
                       (date_part('month', d.origin) * 100
                        + date_part('day', d.origin))::int ELSE 0 END AS day) key
                 WHERE k.is_reminded
                   AND d.days_to_go <= k.days_before
                   AND %(scope)s
                   AND %(where)s
                   AND NOT EXISTS (
                       SELECT FROM club_date_reminder made
                        WHERE made.partner_id = d.partner_id
                          AND made.kind_id = d.kind_id
                          AND made.year = date_part('year', d.date)
                          AND made.day_key = key.day)
                 GROUP BY d.partner_id, d.kind_id, d.date, key.day
                 ORDER BY d.partner_id, d.date
                """,
                dates=self.env["club.date"]._table_query,
                scope=SQL("TRUE")
                if ids is None
                else SQL("d.partner_id = ANY(%s)", list(ids)),
                where=SQL(" AND ").join(self._conditions()),
            )
        )

    @api.model
    def _conditions(self):
        """Whose dates are reminded of: SQL of a ``person`` with a membership ``m``.

        Members only, those on a pause and those who have paid ahead too; rooms
        narrow it down.

        :return: a list of ``SQL``
        """
        return [SQL("m.state IN ('upcoming', 'active', 'grace', 'paused')")]

    @api.model
    def _remind(self, ids):
        """Make the tasks that are due for some people, and write it down."""
        rows = self._due(ids)
        ids = {row[0] for row in rows}
        people = self.env["res.partner"].browse(ids)
        # columns of the profile are not read with the person by themselves
        people.fetch(self._fact_columns())
        # stock reads the name for each task by itself, were it not at hand
        people.mapped("display_name")
        by_id = {person.id: person for person in people}
        due = [
            (user, *row)
            for row in rows
            if (user := self._responsible_user(by_id[row[0]]))
        ]
        # sudo: nobody writes these rows by hand
        made_sudo = self.sudo().create(
            [
                {
                    "partner_id": partner_id,
                    "kind_id": kind_id,
                    "date": date,
                    "year": date.year,
                    "day_key": day_key,
                }
                for _user, partner_id, kind_id, date, day_key, _ids in due
            ]
        )
        self.env.flush_all()  # another worker's rows are met here, before the work
        activities = self._make_tasks(due)
        for row, activity in zip(made_sudo, activities, strict=True):
            row.activity_id = activity

    @api.model
    def _fact_columns(self):
        """Columns of the person that the tasks need; rooms add theirs."""
        return [
            "club_membership_id",
            "club_channel",
            "club_address_as",
            "club_food",
            "club_interest_ids",
            "club_last_contact_on",
            "club_last_contact_channel",
            "club_last_contact_user_id",
            "club_last_contact_subject",
        ]

    @api.model
    def _responsible_user(self, person):
        """Who greets this member: whoever is asked to renew him."""
        return person.club_membership_id._responsible_user()

    @api.model
    def _make_tasks(self, due):
        """The tasks, in the order of ``due``: a batch per language."""
        day_ids = {day_id for row in due for day_id in row[-1]}
        self.env["club.date"].browse(sorted(day_ids)).fetch(
            ["kind_id", "whose", "years"]
        )
        model = self.env["ir.model"]._get("res.partner")
        kind = self.env.ref("club_community.mail_activity_type_greeting")
        people = self.env["res.partner"].browse({row[1] for row in due})
        asked = {
            lang: people.with_context(lang=lang)._club_questions_for_activities()
            for lang in {row[0].lang or self.env.lang for row in due}
        }
        vals_list = []
        for user, partner_id, _kind_id, date, _key, ids in due:
            speaking = self.with_context(lang=user.lang or self.env.lang)
            days = speaking.env["club.date"].browse(ids).with_prefetch(day_ids)
            vals_list.append(
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "summary": speaking._summary(days, date),
                    "note": speaking._note(days)
                    + asked[speaking.env.lang].get(partner_id, Markup()),
                    "date_deadline": date,
                    "res_model_id": model.id,
                    "res_id": partner_id,
                    "user_id": user.id,
                }
            )
        # no letter to the manager for each of his tasks
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        return quiet.create(vals_list)

    @api.model
    def _summary(self, days, date):
        """One line of a task: the occasion, whose it is, and when."""
        occasion = days.kind_id.name
        if names := ", ".join(name for name in days.mapped("whose") if name):
            occasion = f"{occasion} ({names})"
        return self.env._(
            "%(occasion)s on %(date)s",
            occasion=occasion,
            date=format_date(self.env, date),
        )

    @api.model
    def _note(self, days):
        """The script of a task: what to greet with, and what is known to make it warm.

        :return: HTML
        """
        script = days.kind_id.script
        paragraphs = [Markup("<p>%s</p>") % script] if script else []
        lines = [
            Markup("<li>%s: <b>%s</b></li>") % (label, text)
            for label, text in self._known(days)
            if text
        ]
        return Markup().join(
            [*paragraphs, Markup("<ul>"), *lines, Markup("</ul>")]
            if lines
            else paragraphs
        )

    @api.model
    def _known(self, days):
        """``[(label, text)]`` of what helps with a greeting; rooms add theirs.

        :param days: the person's ``club.date`` of one occasion, twins are two
        """
        person = days.partner_id
        labels = dict(person._fields["club_channel"]._description_selection(self.env))
        years = ", ".join(str(number) for number in days.mapped("years") if number)
        return [
            (self.env._("Years"), years),
            (self.env._("How to address"), person.club_address_as),
            (self.env._("Likes to be reached by"), labels.get(person.club_channel)),
            (self.env._("Last contact"), person._club_last_contact_text()),
            (
                self.env._("Circles"),
                ", ".join(person.club_interest_ids.mapped("display_name")),
            ),
            (self.env._("Food and allergies"), person.club_food),
            (self.env._("Personal offer"), days.kind_id.offer),
        ]
