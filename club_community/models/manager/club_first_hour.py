from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from ...tools.first_hour import days_needed, workdays

STATES = [
    ("base", "Last year's base"),
    ("groups", "Groups"),
    ("managers", "Managers and days"),
    ("preview", "Plan of calls"),
    ("running", "Being made"),
    ("done", "Done"),
]
_EARLIER = {"groups": "base", "managers": "groups", "preview": "managers"}
PER_DAY = 15
MAX_DAYS = 366
_AHEAD_DAYS = 28
MAX_MONTHS = 120


class ClubFirstHour(models.Model):
    """The first hour after an import: who bought what, who was forgotten, what now.

    S4.16: last year's base is read, its people fall into groups, the club manager
    ticks those who are worth a call, and the calls are spread over managers and days
    within what they can do. Each step is kept, so the page may be left and taken up
    again; people stand in rows of their own (``club.first.hour.person``), written by
    SQL: a base of 10,000 costs the same queries as one of a thousand.
    """

    _name = "club.first.hour"
    _description = "First Hour"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(
        required=True,
        default=lambda self: self.env._(
            "First hour, %s", format_date(self.env, fields.Date.context_today(self))
        ),
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        STATES, required=True, default="base", readonly=True, copy=False
    )
    months = fields.Integer(
        string="Purchases of the Last Months",
        required=True,
        default=24,
        help="How far back to count who bought how much and how often.",
    )
    quiet_days = fields.Integer(
        string="Not Talked to for Days",
        required=True,
        default=60,
        help="Whoever bought within a year and had no contact for so long was "
        "forgotten.",
    )
    group_ids = fields.One2many("club.first.hour.group", "hour_id", copy=False)
    manager_ids = fields.One2many("club.first.hour.manager", "hour_id", copy=False)
    person_ids = fields.One2many("club.first.hour.person", "hour_id", copy=False)
    date_from = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        help="Saturdays and Sundays are left out.",
    )
    date_to = fields.Date(
        string="Last Day",
        required=True,
        default=lambda self: fields.Date.add(
            fields.Date.context_today(self), days=_AHEAD_DAYS
        ),
        help="What is to be done by then; before New Year, say.",
    )
    pace = fields.Selection(
        [("soon", "As soon as possible"), ("evenly", "Evenly until the last day")],
        required=True,
        default="soon",
    )
    others_help = fields.Boolean(
        string="Others Help Out",
        default=True,
        help="Everybody goes to his own manager. Where that one's days are full, or he "
        "does not take part, another manager calls. Unticked: such people are left.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="What to Do",
        required=True,
        ondelete="restrict",
        domain=[("res_model", "in", [False, "res.partner"])],
        default=lambda self: self.env.ref("mail.mail_activity_data_call", False),
    )
    summary = fields.Char(
        string="In a Few Words",
        default=lambda self: self.env._("Get in touch again"),
        help="The title of each activity.",
    )
    script = fields.Text(
        string="What to Ask, What to Offer",
        help="Opens inside each activity, below what the person bought.",
    )
    person_count = fields.Integer(string="People", compute="_compute_counts")
    chosen_count = fields.Integer(string="Chosen", compute="_compute_counts")
    planned_count = fields.Integer(string="Have a Day", compute="_compute_counts")
    left_count = fields.Integer(string="Do Not Fit", compute="_compute_counts")
    made_count = fields.Integer(string="Made", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    company_purchases = fields.Integer(
        readonly=True, help="Companies that bought; they have no person to call."
    )
    advice = fields.Char(compute="_compute_advice")
    plan_table = fields.Html(compute="_compute_plan_table", sanitize=False)

    _months_range = models.Constraint(
        f"CHECK(months BETWEEN 1 AND {MAX_MONTHS})",
        "Purchases are looked at from 1 to 120 months back.",
    )
    _quiet_days_range = models.Constraint(
        "CHECK(quiet_days BETWEEN 0 AND 3650)",
        "The days without a contact are from 0 to 3650.",
    )
    _days_in_order = models.Constraint(
        "CHECK(date_from <= date_to)", "The last day comes before the first one."
    )

    @api.constrains("date_from", "date_to")
    def _check_days(self):
        """:raise ValidationError: more than a year is no plan"""
        for hour in self:
            if (hour.date_to - hour.date_from).days > MAX_DAYS:
                raise ValidationError(
                    self.env._("A plan is for a year at most: choose an earlier day.")
                )

    def write(self, vals):
        """Steps move the state, and what runs or is done is not changed any more.

        :raise AccessError: the state is typed
        :raise UserError: the plan is running or done
        """
        if not self.env.su:
            if {"state", "company_purchases"} & vals.keys():
                raise AccessError(
                    self.env._("The steps of the page move it on, not a hand.")
                )
            if {*vals} & {*_SETTINGS}:
                self._check_is_open()
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        typed = set().union(*vals_list)
        if not self.env.su and {"state", "company_purchases"} & typed:
            raise AccessError(
                self.env._("The steps of the page move it on, not a hand.")
            )
        return super().create(vals_list)

    def _check_is_open(self):
        """:raise UserError: the plan is being carried out, or has been"""
        if any(hour.state in ("running", "done") for hour in self):
            raise UserError(
                self.env._(
                    "This plan is carried out already. Begin a new first hour for "
                    "another one."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never_running(self):
        if any(hour.state == "running" for hour in self):
            raise UserError(
                self.env._("The activities are being made just now: wait until then.")
            )

    # --- Figures of the page --------------------------------------------------------

    @api.depends("person_ids.state", "group_ids.is_chosen")
    def _compute_counts(self):
        self.env["club.first.hour.person"].flush_model()
        self.env["club.first.hour.group"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.hour_id, count(*), count(*) FILTER (WHERE g.is_chosen),
                       count(*) FILTER (WHERE p.date IS NOT NULL),
                       count(*) FILTER (WHERE p.state = 'made')
                  FROM club_first_hour_person p
                  JOIN club_first_hour_group g ON g.id = p.group_id
                 WHERE p.hour_id = ANY(%s)
                 GROUP BY p.hour_id
                """,
                self.ids,
            )
        )
        counts = {hour_id: figures for hour_id, *figures in rows}
        for hour in self:
            everybody, chosen, planned, made = counts.get(hour._origin.id, (0, 0, 0, 0))
            hour.person_count, hour.chosen_count = everybody, chosen
            hour.planned_count, hour.made_count = planned, made
            hour.left_count = chosen - planned if hour.state != "groups" else 0
            hour.progress = 100 * made / planned if planned else 0

    @api.depends("left_count", "manager_ids.per_day", "date_from", "date_to")
    def _compute_advice(self):
        """What does not fit within the dates, and what would help."""
        for hour in self:
            a_day = sum(hour.manager_ids.mapped("per_day"))
            if hour.state != "preview" or not hour.left_count:
                hour.advice = False
                continue
            until = days_needed(hour.chosen_count, a_day, hour.date_from)
            hour.advice = self.env._(
                "%(left)s of %(chosen)s people do not fit until %(last)s. These "
                "managers can do %(a_day)s a day: it would take until %(until)s at "
                "least. Take a later last day, more managers or fewer groups; those "
                "who are left are the least important ones.",
                left=hour.left_count,
                chosen=hour.chosen_count,
                last=format_date(self.env, hour.date_to),
                a_day=a_day,
                until=format_date(self.env, until) if until else "–",
            )

    @api.depends("person_ids.date", "manager_ids")
    def _compute_plan_table(self):
        """How many on which day and with whom."""
        counted = self.env["club.first.hour.person"]._read_group(
            [("hour_id", "in", self.ids), ("date", "!=", False)],
            ["hour_id", "date:day", "user_id"],
            ["__count"],
        )
        for hour in self:
            counts = {
                (day, user): count for of, day, user, count in counted if of == hour
            }
            hour.plan_table = counts and hour._table_of(counts)

    def _table_of(self, counts):
        users = self.manager_ids.user_id
        head = Markup().join(
            Markup("<th class='text-end'>%s</th>") % user.name for user in users
        )
        rows = Markup().join(
            Markup("<tr><td>%s</td>%s<td class='text-end fw-bold'>%s</td></tr>")
            % (
                format_date(self.env, day, date_format="EEE d MMM"),
                Markup().join(
                    Markup("<td class='text-end'>%s</td>")
                    % (counts.get((day, user)) or "")
                    for user in users
                ),
                sum(counts.get((day, user), 0) for user in users),
            )
            for day in sorted({day for day, _user in counts})
        )
        return Markup(
            "<div class='table-responsive'><table class='table table-sm w-auto'>"
            "<thead><tr><th>%s</th>%s<th class='text-end'>%s</th></tr></thead>"
            "<tbody>%s</tbody></table></div>"
        ) % (self.env._("Day"), head, self.env._("All"), rows)

    # --- Steps ----------------------------------------------------------------------

    def action_back(self):
        """To the step before; what was chosen stays."""
        self.ensure_one()
        self._check_is_open()
        # sudo: only the steps move the state
        self.sudo().state = _EARLIER.get(self.state, "base")

    def action_read(self):
        """Read the base, and make groups of it.

        :raise UserError: there is nobody
        """
        self.ensure_one()
        self._check_is_open()
        self.check_access("write")
        hour_sudo = self.sudo()  # sudo: the rows are what the books say
        hour_sudo._read_base()
        hour_sudo.state = "groups"
        if not hour_sudo.group_ids:
            raise UserError(
                self.env._(
                    "There is nobody in Contacts yet. Import your customers first: "
                    "Contacts, the gear, “Import records”."
                )
            )

    def action_managers(self):
        """From the groups to the managers; those who look after people are proposed.

        :raise UserError: no group is ticked
        """
        self.ensure_one()
        self._check_is_open()
        if not self.group_ids.filtered("is_chosen"):
            raise UserError(self.env._("Tick the groups to get in touch with."))
        if not self.manager_ids:
            self._propose_managers()
        # sudo: only the steps move the state
        self.sudo().state = "managers"

    def action_preview(self):
        """Spread the people over managers and days, and show it; nothing is made.

        :raise UserError: nobody to do it, or no working day
        """
        self.ensure_one()
        self._check_is_open()
        if not self.manager_ids:
            raise UserError(self.env._("Choose who is to get in touch with them."))
        if not workdays(self.date_from, self.date_to):
            raise UserError(
                self.env._("There is no working day between the first and the last.")
            )
        self.check_access("write")
        hour_sudo = self.sudo()  # sudo: the rows are written by the steps alone
        hour_sudo._spread()
        hour_sudo.state = "preview"

    def action_run(self):
        """Let the job make the activities; it begins at once.

        :raise UserError: nothing is planned, or it was run already
        """
        self.ensure_one()
        if self.state != "preview":
            raise UserError(self.env._("Look at the plan first."))
        self.check_access("write")
        if not self.planned_count:
            raise UserError(
                self.env._(
                    "Nobody has a day yet: take a later last day, or more managers."
                )
            )
        hour_sudo = self.sudo()  # sudo: only the steps move the state
        hour_sudo.state = "running"
        self.message_subscribe(self.env.user.partner_id.ids)
        # sudo: the job is the system's
        self.env.ref("club_community.ir_cron_club_first_hour").sudo()._trigger()

    # --- Behind the numbers ---------------------------------------------------------

    def action_people(self):
        """The people of the plan, by manager and day."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_first_hour_person_action"
        )
        action["domain"] = [
            ("hour_id", "=", self.id),
            ("group_id.is_chosen", "=", True),
        ]
        if self.env.context.get("club_left"):
            action["domain"] += [("date", "=", False)]
        else:
            action["context"] = {"search_default_group_manager": 1}
        return action

    def action_activities(self):
        """The activities that were made, open and done ones."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "mail.activity",
            "view_mode": "list,calendar,graph,form",
            "domain": [("club_reason", "=", self._reason())],
            "context": {"active_test": False},
        }

    def _reason(self):
        """The key of this plan's activities."""
        self.ensure_one()
        return f"first hour {self.id}"

    def _in_words(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)


_SETTINGS = (
    *("company_id", "months", "quiet_days", "date_from", "date_to", "pace"),
    *("others_help", "activity_type_id", "summary", "script"),
    *("group_ids", "manager_ids", "person_ids"),
)
