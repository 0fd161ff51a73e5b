from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...tools.portfolio import Portfolio, share_out
from ..membership.club_batches import insist, run_list

BATCH = 100
LIVE = ("active", "grace", "upcoming")


class ClubHandover(models.Model):
    """People go from one manager to others, or come to one for the first time.

    First who would go to whom (``action_preview``: lines, nothing is changed), then a
    job does it in batches. A line is done in one transaction with all that belongs to
    it, the letter too, so a job that is killed and run again doubles nothing. What the
    old manager did stays his: done activities, letters, promises he gave, the row of
    his time in ``club.portfolio.assignment``.
    """

    _name = "club.handover"
    _description = "Hand-Over"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    kind = fields.Selection(
        [
            ("handover", "From one manager to others"),
            ("distribution", "People without a manager"),
        ],
        string="Kind of Hand-Over",
        required=True,
        default="handover",
    )
    from_manager_id = fields.Many2one(
        "res.users",
        string="From Whom",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    to_manager_ids = fields.Many2many(
        "res.users",
        "club_handover_to_rel",
        string="Who Takes Over",
        domain=[("share", "=", False)],
        help="One gets all; several share them by city and by how much room they have. "
        "Empty, for people without a manager: all managers with a capacity.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "club_handover_people_rel",
        string="Only These People",
        domain=[("is_company", "=", False)],
        help="Empty: all of them.",
    )
    who = fields.Selection(
        [
            ("members", "Members"),
            ("club", "Members, and everybody on the journey"),
        ],
        string="Whom",
        required=True,
        default="members",
    )
    within_capacity = fields.Boolean(
        string="Not Beyond the Capacity",
        default=True,
        help="Whoever finds no room stays where he is, and is counted below.",
    )
    any_city = fields.Boolean(
        string="Other Cities, Too",
        help="Where no manager of the city has room, take one of another city.",
    )
    reason = fields.Char(
        required=True, help="Stays with the history of each person: why he changed."
    )
    note = fields.Text(
        string="Note for the New Manager",
        help="What he must know. It is put on each person as an internal note.",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Letter to the Member",
        domain=[("model", "=", "club.handover.line")],
        ondelete="set null",
        help="Written in the member's language, in the name of the new manager. "
        "Empty: no letter.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [
            ("draft", "Whom"),
            ("preview", "Preview"),
            ("running", "Running"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Handed Over By",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    date_done = fields.Datetime(string="Done On", readonly=True, copy=False)
    line_ids = fields.One2many("club.handover.line", "handover_id", copy=False)
    people_count = fields.Integer(string="People", compute="_compute_counts")
    done_count = fields.Integer(string="Handed Over", compute="_compute_counts")
    kept_count = fields.Integer(string="Left Alone", compute="_compute_counts")
    left_count = fields.Integer(
        string="Nobody Has Room",
        readonly=True,
        copy=False,
        help="For them no manager was found: raise a capacity, or choose others.",
    )
    shares = fields.Html(
        string="Who Gets How Many",
        compute="_compute_shares",
        sanitize=False,
        help="The managers, before and after.",
    )

    _from_somebody = models.Constraint(
        "CHECK(kind <> 'handover' OR from_manager_id IS NOT NULL)",
        "Please say whose people are handed over.",
    )

    @api.depends("kind", "from_manager_id")
    @api.depends_context("lang")
    def _compute_name(self):
        for handover in self:
            if handover.kind == "handover":
                handover.name = self.env._(
                    "People of %(manager)s",
                    # sudo: a name in a title
                    manager=handover.sudo().from_manager_id.name or "…",
                )
            else:
                handover.name = self.env._("People without a manager")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counted = {
            (handover, state): count
            for handover, state, count in self.env["club.handover.line"]._read_group(
                [("handover_id", "in", self.ids)], ["handover_id", "state"], ["__count"]
            )
        }
        for handover in self:
            numbers = {
                s: counted.get((handover, s), 0) for s in ("todo", "done", "kept")
            }
            handover.people_count = sum(numbers.values())
            handover.done_count = numbers["done"]
            handover.kept_count = numbers["kept"]

    @api.depends("line_ids")
    def _compute_shares(self):
        counted = self.env["club.handover.line"]._read_group(
            [("handover_id", "in", self.ids)],
            ["handover_id", "to_manager_id"],
            ["__count"],
        )
        now = {
            row.user_id: row
            for row in self.env["club.portfolio"].search(
                [("user_id", "in", [user.id for _h, user, _c in counted])]
            )
        }
        for handover in self:
            rows = [
                (user, now[user], count)
                for owner, user, count in counted
                if owner == handover and user in now
            ]
            handover.shares = handover._shares_table(rows)

    def _shares_table(self, rows):
        """The table of the preview; once it runs, only what each one gets."""
        if not rows:
            return False
        ended = self.state in ("running", "done")
        heads = [self.env._("Manager"), self.env._("Gets")]
        if not ended:
            heads += [
                self.env._("Has now"),
                self.env._("Will have"),
                self.env._("Can look after"),
            ]
        body = Markup()
        for user, now, count in rows:
            numbers = [count]
            if not ended:
                numbers += [now.people, now.people + count, now.capacity]
            cells = Markup().join(
                Markup('<td class="text-end">%s</td>') % number for number in numbers
            )
            body += Markup("<tr><td>%s</td>%s</tr>") % (user.name, cells)
        head = Markup().join(
            Markup('<th class="%s">%s</th>') % ("text-end" if n else "", title)
            for n, title in enumerate(heads)
        )
        return Markup(
            '<table class="table table-sm"><thead><tr>%s</tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (head, body)

    # --- Steps ----------------------------------------------------------------------

    def action_preview(self):
        """Say who would go to whom; nobody is changed.

        :raise UserError: there is nobody to give, or nobody to give them to
        """
        self.ensure_one()
        self._check_not_begun()
        self.check_access("write")
        people = self._people()
        if not people:
            raise UserError(self._nobody())
        given, left = share_out(
            [(person.id, person.club_chapter_id.id or None) for person in people],
            self._portfolios(),
            any_city=self.any_city or len(self.to_manager_ids) == 1,
            within_capacity=self.within_capacity,
        )
        # sudo: lines are what the arithmetic says, nobody types them
        handover_sudo = self.sudo()
        handover_sudo.line_ids.unlink()
        handover_sudo.line_ids = [
            fields.Command.create(
                {
                    "partner_id": person.id,
                    "from_manager_id": person.club_manager_id.id,
                    "to_manager_id": given[person.id],
                }
            )
            for person in people
            if person.id in given
        ]
        handover_sudo.write({"state": "preview", "left_count": len(left)})

    def _people(self):
        """Whom it is about, as things are now."""
        domain = Domain("is_company", "=", False)
        domain &= Domain("company_id", "in", [False, self.company_id.id])
        if self.partner_ids:
            domain &= Domain("id", "in", self.partner_ids.ids)
        if self.kind == "handover":
            domain &= Domain("club_manager_id", "=", self.from_manager_id.id)
        else:
            domain &= Domain("club_manager_id", "=", False)
            if not self.partner_ids:
                scope = Domain("club_state", "in", LIVE)
                if self.who == "club":
                    scope |= Domain("club_stage_id", "!=", False)
                domain &= scope
        return self.env["res.partner"].search_fetch(
            domain, ["club_chapter_id", "club_manager_id"], order="id"
        )

    def _nobody(self):
        if self.partner_ids:
            return self.env._(
                "None of the chosen people is to be given: they are with another "
                "manager by now."
            )
        if self.kind == "handover":
            return self.env._(
                "%(manager)s looks after nobody.", manager=self.from_manager_id.name
            )
        return self.env._("Everybody has a personal manager.")

    def _portfolios(self):
        """The managers among whom people are shared, as they stand now.

        :raise UserError: nobody may be given anybody
        """
        Row = self.env["club.portfolio"]
        wanted = self.to_manager_ids or (
            Row._everybody() if self.kind == "distribution" else Row.user_id
        )
        rows = Row.search([("user_id", "in", (wanted - self.from_manager_id).ids)])
        if not rows:
            raise UserError(
                self.env._(
                    "Please say to whom: an active manager of the club other than the "
                    "one who hands over."
                )
            )
        return [
            Portfolio(
                row.user_id.id, row.capacity, row.people, frozenset(row.chapter_ids.ids)
            )
            for row in rows
        ]

    def action_back(self):
        """Back from the preview, to choose otherwise."""
        self.ensure_one()
        self._check_not_begun()
        self.check_access("write")
        # sudo: lines are nobody's to remove
        self.sudo().line_ids.unlink()
        self.sudo().state = "draft"

    def action_run(self):
        """Let the job do it; it begins at once.

        :raise UserError: there is no preview, or it runs already
        """
        self.ensure_one()
        self._check_not_begun()
        self.check_access("write")
        if self.state != "preview" or not self.line_ids:
            raise UserError(
                self.env._("Look at the preview first: nobody would be handed over.")
            )
        self.sudo().state = "running"  # the state is nobody's to type
        # sudo: a club manager has no rights on jobs
        self.env.ref("club_community.ir_cron_club_handover").sudo()._trigger()

    def _check_not_begun(self):
        if self.state in ("running", "done"):
            raise UserError(
                self.env._("This hand-over has begun: make a new one for the rest.")
            )

    def write(self, vals):
        """What has been previewed is done as it was seen.

        :raise UserError: somebody changes it meanwhile
        """
        told = {"kind", "from_manager_id", "to_manager_ids", "partner_ids", "who"}
        told |= {"within_capacity", "any_city", "reason", "note", "template_id"}
        begun = self.filtered(lambda h: h.state in ("running", "done"))
        if begun and told & vals.keys() and not self.env.su:
            begun[0]._check_not_begun()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_begun(self):
        if any(handover.state in ("running", "done") for handover in self):
            raise UserError(
                self.env._("A hand-over that has begun is history: it stays.")
            )

    # --- The job --------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Do what has been started, in batches; may be killed and run again."""
        Line = self.env["club.handover.line"]
        todo = Line.search(
            [("state", "=", "todo"), ("handover_id.state", "=", "running")],
            order="id",
        )
        run_list(self.env, todo.ids, BATCH, lambda ids: Line.browse(ids)._do())
        insist(self.env, self._finish)

    @api.model
    def _finish(self):
        """Hand-overs of which nothing is left are done; their new managers are told."""
        running = self.search([("state", "=", "running")])
        ended = running.filtered(
            lambda handover: "todo" not in handover.line_ids.mapped("state")
        )
        ended.write({"state": "done", "date_done": fields.Datetime.now()})
        # of two workers the second must fail here and find it done, not further below
        ended.flush_recordset()
        for handover in ended:
            handover._tell_managers()

    def _tell_managers(self):
        """One activity for each new manager, with how many and what to know."""
        counted = self.env["club.handover.line"]._read_group(
            [("handover_id", "=", self.id), ("state", "=", "done")],
            ["to_manager_id"],
            ["__count"],
        )
        for user, count in counted:
            spoken = self.with_context(lang=user.lang or self.env.lang)
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=spoken.env._(
                    "%(count)s people have come to you: %(title)s",
                    count=count,
                    title=spoken.name,
                ),
                note=self.note or "",
            )

    def action_view_lines(self):
        """Whom it is about, person by person."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_handover_line_action"
        )
        return {**action, "domain": [("handover_id", "=", self.id)], "context": {}}

    @api.constrains("to_manager_ids", "from_manager_id")
    def _check_to(self):
        for handover in self:
            if handover.from_manager_id in handover.to_manager_ids:
                raise ValidationError(
                    self.env._("Nobody hands people over to himself.")
                )
