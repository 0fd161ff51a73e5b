from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

STATES = [
    ("open", "Not due yet"),
    ("overdue", "Overdue"),
    ("kept", "Kept in time"),
    ("late", "Kept late"),
    ("broken", "Not kept"),
]
_KEY = "promise "
_TOLD = frozenset({"partner_id", "user_id", "date", "date_due"})
_SETTLED = frozenset({"kept_on", "is_broken"})


class ClubPromise(models.Model):
    """What was promised to whom, by whom and by when, and whether it was kept (S4.05).

    Whoever promised has an open activity for it, which closes with the promise. To
    whom, by whom and by when is not changed afterwards: else every promise would be
    kept in time.
    """

    _name = "club.promise"
    _description = "Promise"
    _order = "date_due desc, id desc"

    name = fields.Char(string="What Was Promised", required=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Promised To",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    user_id = fields.Many2one(
        "res.users",
        string="Promised By",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    date = fields.Date(
        string="Promised On", required=True, default=fields.Date.context_today
    )
    date_due = fields.Date(string="By When", required=True, index=True)
    kept_on = fields.Date(readonly=True, copy=False)
    is_broken = fields.Boolean(string="Not Kept", readonly=True, copy=False)
    words = fields.Char(
        string="How It Was Kept, or Why Not",
        copy=False,
        help="For a promise that was not kept: why, and what the person was told.",
    )
    state = fields.Selection(STATES, compute="_compute_state", search="_search_state")

    _due_after = models.Constraint(
        "CHECK(date_due >= date)", "It is due before it was promised."
    )
    _one_end = models.Constraint(
        "CHECK(kept_on IS NULL OR is_broken IS NOT TRUE)",
        "A promise is kept, or it is not.",
    )
    _broken_why = models.Constraint(
        "CHECK(is_broken IS NOT TRUE OR btrim(COALESCE(words, '')) <> '')",
        "Please say why the promise was not kept, and what the person was told.",
    )

    # --- Its state ------------------------------------------------------------------

    @api.depends("kept_on", "is_broken", "date_due")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for promise in self:
            if promise.is_broken:
                promise.state = "broken"
            elif promise.kept_on:
                in_time = promise.kept_on <= promise.date_due
                promise.state = "kept" if in_time else "late"
            else:
                due = promise.date_due
                promise.state = "overdue" if due and due < today else "open"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        broken, unkept = Domain("is_broken", "=", True), Domain("kept_on", "=", False)
        past = Domain("date_due", "<", today)
        self.flush_model(["kept_on", "date_due"])
        in_time = Domain(
            "id",
            "in",
            SQL("(SELECT id FROM club_promise WHERE kept_on <= date_due)"),
        )
        domains = {
            "broken": broken,
            "open": ~broken & unkept & ~past,
            "overdue": ~broken & unkept & past,
            "kept": ~unkept & in_time,
            "late": ~unkept & ~in_time,
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    # --- Making, and settling -------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever promised gets an activity.

        :raise AccessError: it is settled as it is made
        """
        if _SETTLED & set().union(*vals_list) and not self.env.su:
            raise AccessError(
                self.env._("A promise is first made, then kept: use the buttons.")
            )
        promises = super().create(vals_list)
        promises._schedule()
        return promises

    def write(self, vals):
        """:raise AccessError: what cannot be changed afterwards is"""
        if not self.env.su and (_TOLD | _SETTLED) & vals.keys():
            raise AccessError(
                self.env._(
                    "To whom, by whom and by when was promised stays as it was said. "
                    "Say that it was kept or not by the buttons; for another day make "
                    "a new promise."
                )
            )
        return super().write(vals)

    @api.constrains("partner_id")
    def _check_person(self):
        if any(promise.partner_id.is_company for promise in self):
            raise ValidationError(self.env._("A promise is given to a person."))

    def _schedule(self):
        """Give the promiser a to-do for each; his deputy while he is away."""
        kind = self.env.ref("mail.mail_activity_data_todo")
        today = self.user_id._club_stand_ins()
        self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": promise.partner_id.id,
                    "activity_type_id": kind.id,
                    "club_reason": f"{_KEY}{promise.id}",
                    "user_id": today[promise.user_id.id][0].id,
                    "date_deadline": promise.date_due,
                    "summary": promise._in_language(promise.user_id.lang),
                    "note": today[promise.user_id.id][1],
                }
                for promise in self
            ]
        )

    def _in_language(self, lang):
        spoken = self.with_context(lang=lang or self.env.lang)
        return spoken.env._("Promised: %(what)s", what=self.name)

    def action_keep(self):
        """It was kept today: the activity closes.

        :raise UserError: it is settled already
        """
        self._settle({"kept_on": fields.Date.context_today(self), "is_broken": False})

    def action_break(self):
        """It was not kept: why is needed.

        :raise UserError: it is settled already, or nobody says why
        """
        if any(not (promise.words or "").strip() for promise in self):
            raise UserError(
                self.env._(
                    "Please say why the promise was not kept, and what the person was "
                    "told."
                )
            )
        self._settle({"is_broken": True})

    def action_reopen(self):
        """Undo a button pressed by mistake: the activity is there again."""
        self.check_access("write")
        # sudo: what settles a promise is written by its buttons alone
        self.sudo().write({"kept_on": False, "is_broken": False})
        self._schedule()

    def _settle(self, vals):
        self.check_access("write")
        if any(promise.kept_on or promise.is_broken for promise in self):
            raise UserError(self.env._("This promise is settled already."))
        # sudo: what settles a promise is written by its buttons alone
        self.sudo().write(vals)
        self._close_activities()

    def _close_activities(self):
        """Done with the words, so that they stand in the history of the person."""
        # sudo: the activity may be with a deputy, or with a new manager
        activities = self._activities().with_context(club_promise_settled=True)
        by_id = {f"{_KEY}{promise.id}": promise for promise in self}
        for words, same in activities.grouped(
            lambda activity: by_id[activity.club_reason].words
        ).items():
            same._action_done(feedback=words or False)

    def _activities(self):
        # sudo: whosever they are
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", self.partner_id.ids),
                    ("club_reason", "in", [f"{_KEY}{promise.id}" for promise in self]),
                ]
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_with_activity(self):
        self._activities().unlink()


class MailActivity(models.Model):
    """Whoever does the activity of a promise has kept it."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        promised = (
            self.filtered(
                lambda activity: activity.res_model == "res.partner"
                and (activity.club_reason or "").startswith(_KEY)
            )
            if not self.env.context.get("club_promise_settled")
            else self.browse()
        )
        ids = [int(reason[len(_KEY) :]) for reason in promised.mapped("club_reason")]
        res = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if ids:
            # sudo: the activity may have been with a deputy
            promises = self.env["club.promise"].sudo().browse(ids).exists()
            promises.filtered(lambda p: not p.kept_on and not p.is_broken).write(
                {
                    "kept_on": fields.Date.context_today(self),
                    **({"words": feedback} if feedback else {}),
                }
            )
        return res


class ClubFigurePromise(models.Model):
    """Promises due or settled: how many were kept in time, by whom and when."""

    _name = "club.figure.promise"
    _description = "Promises Kept"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "club.promise": ["partner_id", "user_id", "date_due", "kept_on", "is_broken"]
    }

    promise_id = fields.Many2one("club.promise", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Promised To", readonly=True)
    user_id = fields.Many2one("res.users", string="Promised By", readonly=True)
    date = fields.Date(string="Was Due", readonly=True)
    count = fields.Integer(string="Promises", readonly=True)
    kept = fields.Integer(string="Kept in Time", readonly=True)
    late = fields.Integer(string="Kept Late", readonly=True)
    share = fields.Float(
        string="Kept in Time, %",
        readonly=True,
        aggregator="avg",
        help="Of the promises that were due or are settled.",
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """A share of several rows is that of their sums."""
        if aggregate_spec != "share:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100.0 * SUM(%(kept)s) / NULLIF(SUM(%(count)s), 0)",
            kept=self._field_to_sql(self._table, "kept", query),
            count=self._field_to_sql(self._table, "count", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, id AS promise_id, partner_id, user_id, date_due AS date,
                   1 AS count, COALESCE(kept_on <= date_due, FALSE)::int AS kept,
                   COALESCE(kept_on > date_due, FALSE)::int AS late,
                   CASE WHEN kept_on <= date_due THEN 100.0 ELSE 0.0 END AS share
              FROM club_promise
             WHERE kept_on IS NOT NULL OR is_broken OR date_due < %(today)s
            """,
            today=fields.Date.context_today(self),
        )

    def action_open_person(self):
        """From a row of the figure to the person behind it."""
        self.ensure_one()
        return self.partner_id._get_records_action()
