from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

STATES = [("running", "Under way"), ("done", "Done"), ("stopped", "Stopped")]
STOPPED_BY = [
    ("ended", "The membership is over"),
    ("time", "Not finished in time"),
    ("merged", "Two cards of one person"),
]
# Whoever has paid elsewhere is a newcomer for so long, and no history any more.
NEW_FOR_DAYS = 30


class ClubOnboarding(models.Model):
    """The first thirty days of one newcomer, from the payment on (S4.03, S2.04).

    One row for each start of a membership: of who is new, and of who comes back after
    a year. Its lines are the steps. It moves by facts (club_onboarding_look.py) and by
    ticks; at day 10 and day 30 it is looked at (club_onboarding_gate.py).
    """

    _name = "club.onboarding"
    _description = "First 30 Days"
    _order = "started_on desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Newcomer",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    membership_id = fields.Many2one(
        "club.membership", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="membership_id.company_id", store=True, index="btree_not_null"
    )
    started_on = fields.Date(
        required=True,
        readonly=True,
        help="The day of the payment, or the first day of the membership if that is "
        "later. Days are counted from it.",
    )
    state = fields.Selection(
        STATES, required=True, default="running", readonly=True, index=True
    )
    ended_on = fields.Datetime(readonly=True)
    stopped_by = fields.Selection(STOPPED_BY, string="Why Stopped", readonly=True)
    gate_seen = fields.Integer(
        string="Last Gate",
        readonly=True,
        help="The last gate, 10 or 30, at which it was looked whether all is well.",
    )
    stalled_gate = fields.Integer(
        string="Stalled at Day",
        readonly=True,
        help="The gate at which steps were missing that still are. 0: none.",
    )
    line_ids = fields.One2many(
        "club.onboarding.line", "onboarding_id", string="Steps to Take"
    )
    introduction_ids = fields.Many2many(
        "club.introduction",
        compute="_compute_introduction_ids",
        string="Introductions",
    )
    done_count = fields.Integer(string="Steps Done", compute="_compute_progress")
    step_count = fields.Integer(string="Steps in All", compute="_compute_progress")
    progress = fields.Integer(string="Progress, %", compute="_compute_progress")
    next_line_id = fields.Many2one(
        "club.onboarding.line", string="Next", compute="_compute_progress"
    )
    day = fields.Integer(compute="_compute_day", help="1 is the first day.")

    _once_per_membership = models.UniqueIndex(
        "(membership_id)", "The first 30 days of this membership have been started."
    )
    _one_running = models.UniqueIndex(
        "(partner_id) WHERE state = 'running'",
        "The first 30 days of this person are under way already.",
    )
    _ended_when_not_running = models.Constraint(
        "CHECK((state = 'running') = (ended_on IS NULL))",
        "What is under way has no end, and what is over has one.",
    )

    @api.depends("line_ids.done_on")
    def _compute_progress(self):
        for row in self:
            lines = row.line_ids
            done = lines.filtered("done_on")
            row.done_count, row.step_count = len(done), len(lines)
            row.progress = 100 * len(done) // len(lines) if lines else 0
            row.next_line_id = (lines - done)[:1]

    @api.depends("started_on")
    def _compute_day(self):
        today = fields.Date.context_today(self)
        for row in self:
            row.day = max((today - row.started_on).days + 1, 0) if row.started_on else 0

    @api.depends("partner_id")
    def _compute_introduction_ids(self):
        for row in self:
            row.introduction_ids = row.partner_id._club_introductions()

    # --- Start ----------------------------------------------------------------------

    @api.model
    def _start(self, memberships):
        """Begin the first thirty days of whoever these memberships are the first of.

        Called in the transaction of the payment; no query per membership. A
        membership whose payment was lost and came back goes on where it was.

        :return: the rows that have begun
        """
        today = fields.Date.context_today(self)
        # sudo: a payment is anybody's doing
        self_sudo = self.sudo()
        first = memberships.sudo().filtered(lambda m: m._club_is_first(today))
        if not first:
            return self.browse()
        known = self_sudo.search(
            [
                "|",
                ("membership_id", "in", first.ids),
                "&",
                ("partner_id", "in", first.partner_id.ids),
                ("state", "=", "running"),
            ]
        )
        busy = known.filtered(lambda row: row.state == "running").partner_id
        again = known.filtered(
            lambda row: (
                row.membership_id in first
                and row.stopped_by == "ended"
                and row.partner_id not in busy
            )
        )
        again.write({"state": "running", "ended_on": False, "stopped_by": False})
        busy |= again.partner_id
        steps = self_sudo.env["club.onboarding.step"].search([("active", "=", True)])
        rows = {}
        for membership in first - known.membership_id:
            person = membership.partner_id
            if person not in busy and steps:
                rows.setdefault(
                    person,
                    {
                        "partner_id": person.id,
                        "membership_id": membership.id,
                        "started_on": max(today, membership.date_start),
                        "line_ids": [
                            Command.create({"step_id": step.id}) for step in steps
                        ],
                    },
                )
        begun = again + self_sudo.create(list(rows.values()))
        begun.partner_id._club_journey_now()
        return begun

    # --- Buttons --------------------------------------------------------------------

    def action_introduce(self):
        """Propose people like the newcomer, as many as are still missing.

        :raise UserError: nobody is left who is like him and may be shown
        """
        self.ensure_one()
        if not self.env["club.introduction"]._propose(self.partner_id):
            raise UserError(
                self.env._(
                    "Nobody else is known to be like %(name)s. Fill in his circles, "
                    "city and work first, or add a person by hand.",
                    name=self.partner_id.name,
                )
            )

    def action_person(self):
        """Open the newcomer's card."""
        self.ensure_one()
        return self.partner_id._get_records_action()


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _club_is_first(self, today):
        """Whether somebody's life in the club begins with this period, or anew.

        Not a renewal, not a return within the year, not a company's contract, and not
        history that was brought along.
        """
        self.ensure_one()
        if self.kind == "renewal" or self.partner_id.is_company or not self.date_start:
            return False
        ended = self.previous_id.date_end
        if ended and self.date_start < ended + relativedelta(years=1):
            return False
        if self.origin != "import":
            return True
        is_history = self.import_key or self.env.context.get("import_file")
        return not is_history and (today - self.date_start).days < NEW_FOR_DAYS

    def _on_activated(self):
        """The fee is paid: the first thirty days begin."""
        res = super()._on_activated()
        self.env["club.onboarding"]._start(self)
        return res
