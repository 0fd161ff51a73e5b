"""The plan of a first hour: who calls whom when, and the job that makes it so."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools.first_hour import spread, workdays
from ..membership.club_batches import run_list
from .club_first_hour import PER_DAY

BATCH = 200
MAX_PER_DAY = 200


class ClubFirstHourManager(models.Model):
    """A manager who takes part, and how many people he can call in a day."""

    _name = "club.first.hour.manager"
    _description = "Manager of a First Hour"
    _order = "hour_id, id"
    _rec_name = "user_id"

    hour_id = fields.Many2one(
        "club.first.hour", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="hour_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Manager",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )
    per_day = fields.Integer(
        string="People a Day",
        required=True,
        default=PER_DAY,
        help="What he can do in a day, with the activities that he has already.",
    )
    planned_count = fields.Integer(string="People Planned", compute="_compute_planned")
    date_first = fields.Date(string="From", compute="_compute_planned")
    date_last = fields.Date(string="Until", compute="_compute_planned")
    busiest = fields.Integer(
        string="Most in a Day",
        compute="_compute_planned",
        help="Of this plan, without the activities that he has already.",
    )

    _once = models.UniqueIndex(
        "(hour_id, user_id)", "This manager takes part in it already."
    )
    _per_day_range = models.Constraint(
        f"CHECK(per_day BETWEEN 1 AND {MAX_PER_DAY})",
        "A manager calls from 1 to 200 people a day.",
    )

    @api.depends("hour_id.person_ids.date")
    def _compute_planned(self):
        counted = self.env["club.first.hour.person"]._read_group(
            [("hour_id", "in", self.hour_id.ids), ("date", "!=", False)],
            ["hour_id", "user_id", "date:day"],
            ["__count"],
        )
        days = {}
        for hour, user, day, count in counted:
            days.setdefault((hour, user), {})[day] = count
        for manager in self:
            of_manager = days.get((manager.hour_id._origin, manager.user_id), {})
            manager.planned_count = sum(of_manager.values())
            manager.date_first = min(of_manager, default=False)
            manager.date_last = max(of_manager, default=False)
            manager.busiest = max(of_manager.values(), default=0)

    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        managers._check_plan_is_open()
        return managers

    def write(self, vals):
        self._check_plan_is_open()
        return super().write(vals)

    def unlink(self):
        self._check_plan_is_open()
        return super().unlink()

    def _check_plan_is_open(self):
        """:raise UserError: the plan is carried out, or a stranger takes part"""
        if self.env.su:
            return
        self.hour_id._check_is_open()
        if strangers := self.user_id.filtered("share"):
            raise UserError(
                self.env._("%s does not work here.", strangers[0].display_name)
            )


class ClubFirstHour(models.Model):
    _inherit = "club.first.hour"

    def _propose_managers(self):
        """Whoever looks after somebody; in a new club whoever is at the page."""
        # sudo: portfolios of others are counted, not shown
        looking_after = (
            self.env["res.partner"]
            .sudo()
            ._read_group([("club_manager_id.active", "=", True)], ["club_manager_id"])
        )
        users = self.env["res.users"].sudo().union(*(u for (u,) in looking_after))
        users = users.filtered(lambda u: self.company_id in u.company_ids)
        self.manager_ids = [
            fields.Command.create({"user_id": user.id})
            for user in users.sudo(False) or self.env.user
        ]

    # --- Spread ---------------------------------------------------------------------

    def _spread(self):
        """Give everybody of the ticked groups a manager and a day (``tools``).

        Days are free as far as the managers' other activities leave room. A number of
        queries that does not grow with the people.
        """
        self.ensure_one()
        self.env.flush_all()
        days = workdays(self.date_from, self.date_to)
        people = self.env.execute_query(
            SQL(
                """
                SELECT h.id, p.club_manager_id
                  FROM club_first_hour_person h
                  JOIN club_first_hour_group g ON g.id = h.group_id AND g.is_chosen
                  JOIN res_partner p ON p.id = h.partner_id AND p.active
                 WHERE h.hour_id = %s
                 ORDER BY g.sequence, h.amount DESC, h.last_on DESC NULLS LAST, h.id
                """,
                self.id,
            )
        )
        found = spread(
            people, self._rooms(days), self.pace == "evenly", self.others_help
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE club_first_hour_person p
                   SET user_id = new.user_id, date = new.date,
                       state = CASE WHEN new.id IS NULL THEN 'waiting'
                                    ELSE 'planned' END
                  FROM club_first_hour_person old
                  LEFT JOIN unnest(%s::int[], %s::int[], %s::date[])
                       AS new(id, user_id, date) ON new.id = old.id
                 WHERE p.id = old.id AND old.hour_id = %s
                """,
                list(found),
                [user_id for user_id, _day in found.values()],
                [days[day] for _user, day in found.values()],
                self.id,
            )
        )
        self.env.invalidate_all(flush=False)

    def _rooms(self, days):
        """``{user id: [how many more on each of these days]}``."""
        # sudo: activities of others, on whatever record, fill their days, too
        busy = {
            (user.id, day): count
            for user, day, count in self.env["mail.activity"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "in", self.manager_ids.user_id.ids),
                    ("date_deadline", ">=", days[0]),
                    ("date_deadline", "<=", days[-1]),
                ],
                ["user_id", "date_deadline:day"],
                ["__count"],
            )
        }
        return {
            manager.user_id.id: [
                max(manager.per_day - busy.get((manager.user_id.id, day), 0), 0)
                for day in days
            ]
            for manager in self.manager_ids
        }

    # --- Carry out ------------------------------------------------------------------

    @api.model
    def _cron_make(self):
        """Make the activities of the plans that are running, in batches.

        A person's row says "made" in the transaction that makes his activity, so it
        may be killed at any point, run again, and twice at once.
        """
        people = self.env["club.first.hour.person"]
        waiting = [("hour_id.state", "=", "running"), ("state", "=", "planned")]
        run_list(self.env, people.search(waiting).ids, BATCH, people._make)
        for hour in self.search([("state", "=", "running")]):
            if hour.try_lock_for_update() and hour.planned_count == hour.made_count:
                hour._finish()

    def _finish(self):
        ((first, last),) = self.env["club.first.hour.person"]._read_group(
            [("hour_id", "=", self.id), ("state", "=", "made")],
            aggregates=["date:min", "date:max"],
        )
        self.state = "done"
        self.message_post(
            body=self.env._(
                "%(count)s activities are planned from %(first)s to %(last)s.",
                count=self.made_count,
                first=format_date(self.env, first),
                last=format_date(self.env, last),
            ),
            subtype_xmlid="mail.mt_comment",
        )


class ClubFirstHourPerson(models.Model):
    _inherit = "club.first.hour.person"

    @api.model
    def _make(self, ids):
        """Make the activities of these people, as far as they are not made yet.

        :param ids: ids of rows, of any plans
        """
        rows = self.browse(ids).try_lock_for_update()
        rows = rows.filtered(lambda row: row.state == "planned")
        rows.partner_id.fetch(["display_name"])
        # whoever has left the club since the plan was made calls nobody
        if left := rows.filtered(lambda row: not row.user_id.active):
            charged = left.partner_id._club_looked_after_by()
            for row in left:
                row.user_id = charged[row.partner_id.id][0]
        for hour, of_hour in rows.grouped("hour_id").items():
            self.env["mail.activity"]._club_schedule(
                [row._activity_vals(hour) for row in of_hour]
            )
        rows.state = "made"

    def _activity_vals(self, hour):
        """What ``mail.activity._club_schedule`` takes."""
        self.ensure_one()
        speaking = hour.with_context(lang=self.user_id.lang or self.env.lang)
        note = Markup("<p>%s</p>") % self._bought_in_words(speaking)
        if hour.script:
            note += Markup("<p>%s</p>") % Markup("<br/>").join(hour.script.splitlines())
        return {
            "partner_id": self.partner_id.id,
            "activity_type_id": hour.activity_type_id.id,
            "club_reason": hour._reason(),
            "user_id": self.user_id.id,
            "date_deadline": self.date,
            "summary": hour.summary or speaking.activity_type_id.name,
            "note": note,
        }

    def _bought_in_words(self, speaking):
        """What this person bought and when somebody talked to him, in one sentence.

        :param speaking: the first hour, in the language of whoever reads it
        """
        env = speaking.env
        talked = env._("Never talked to.")
        if self.last_contact:
            talked = env._("Last contact: %s.", format_date(env, self.last_contact))
        if not self.last_on:
            return " ".join([env._("Has not bought anything yet."), talked])
        if not self.orders:
            day = format_date(env, self.last_on)
            return " ".join([env._("Bought for the last time on %s.", day), talked])
        bought = env._(
            "Bought %(orders)s times for %(amount)s in %(months)s months, last on "
            "%(day)s.",
            orders=self.orders,
            amount=speaking._in_words(self.amount),
            months=speaking.months,
            day=format_date(env, self.last_on),
        )
        return " ".join([bought, talked])
