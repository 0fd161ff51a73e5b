from markupsafe import Markup
from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import UserError

from .club_batches import run_steps

# Another transaction took the same days, or the same line, after ours had begun.
_TAKEN_MEANWHILE = (errors.ExclusionViolation, errors.UniqueViolation)


class ClubImport(models.Model):
    """Memberships that a club had elsewhere, brought along in one go.

    Old lines are read into ``club.import.line`` by a source (``_read_tables`` or
    ``_read_file``), judged there (the dry run), and taken in batches by a job, so a
    run may be killed at any point. The key of the old line stays on the membership
    it became, once in the database: a second run doubles nothing.
    """

    _name = "club.import"
    _description = "Bring Memberships Along"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("Memberships"))
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    source = fields.Selection(
        [
            ("tables", "This database (membership module)"),
            ("file", "A CSV file of membership lines"),
        ],
        string="Where From",
        required=True,
        default=lambda self: self._default_source(),
    )
    file = fields.Binary(
        attachment=True,
        help="Exported from another Odoo: list of membership lines, “Export”, with "
        "“I want to update data” ticked.",
    )
    file_name = fields.Char()
    overlaps = fields.Selection(
        [
            ("report", "Leave it out and report it"),
            ("chain", "Move it behind the other, with all its days"),
        ],
        string="A Period That Overlaps Another",
        required=True,
        default="report",
        help="Both were paid for, and nobody is a member twice on the same day.",
    )
    state = fields.Selection(
        [
            ("draft", "Source"),
            ("plans", "Plans"),
            ("checked", "Dry run"),
            ("running", "Running"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    product_ids = fields.One2many("club.import.product", "import_id", copy=False)
    line_ids = fields.One2many("club.import.line", "import_id", copy=False)
    new_count = fields.Integer(compute="_compute_counts")
    exists_count = fields.Integer(compute="_compute_counts")
    refused_count = fields.Integer(compute="_compute_counts")
    taken_count = fields.Integer(compute="_compute_counts")
    reasons = fields.Html(compute="_compute_reasons", sanitize=False)
    report = fields.Binary(attachment=True, readonly=True, copy=False)

    def _default_source(self):
        return "tables" if self._tables_are_here() else "file"

    @api.depends("line_ids.verdict")
    def _compute_counts(self):
        counted = {
            (bring, verdict): count
            for bring, verdict, count in self.env["club.import.line"]._read_group(
                [("import_id", "in", self.ids)], ["import_id", "verdict"], ["__count"]
            )
        }
        for bring in self:
            for verdict in ("new", "exists", "refused", "taken"):
                bring[f"{verdict}_count"] = counted.get((bring, verdict), 0)

    @api.depends("line_ids.reason")
    def _compute_reasons(self):
        labels = dict(
            self.env["club.import.line"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        counted = self.env["club.import.line"]._read_group(
            [("import_id", "in", self.ids), ("reason", "!=", False)],
            ["import_id", "reason"],
            ["__count"],
            order="__count desc, reason",
        )
        for bring in self:
            rows = [
                Markup("<li>%s × %s</li>") % (count, labels[reason])
                for owner, reason, count in counted
                if owner == bring
            ]
            bring.reasons = rows and Markup("<ul>%s</ul>") % Markup().join(rows)

    # --- Steps --------------------------------------------------------------------

    def action_read(self):
        """Read the old lines anew and suggest a plan for each old product.

        :raise UserError: there is nothing to read, or a run is under way
        """
        self.ensure_one()
        self._check_not_running()
        # sudo: the lines are what the source says, nobody writes them by hand
        bring_sudo = self.sudo()
        bring_sudo.line_ids.unlink()
        if self.source == "file":
            bring_sudo._read_file()
        else:
            bring_sudo._read_tables()
        bring_sudo.product_ids._count_lines()
        bring_sudo.product_ids._suggest_plans()
        bring_sudo.state = "plans"

    def action_check(self):
        """The dry run: say of each line what would become of it; nothing is made."""
        self.ensure_one()
        self._check_not_running()
        if self.state == "draft":
            self.action_read()
        bring_sudo = self.sudo()  # the lines are read-only for everybody
        bring_sudo._judge()
        bring_sudo.state = "checked"

    def action_run(self):
        """Let the job bring the lines along; it begins at once.

        :raise UserError: nothing would be made, or there was no dry run
        """
        self.ensure_one()
        if self.state != "checked":
            raise UserError(
                self.env._("Make a dry run first, and look at what it says.")
            )
        if not self.new_count:
            raise UserError(
                self.env._(
                    "There is nothing to bring along: every line is here already or "
                    "stands in the report."
                )
            )
        # sudo: only the steps move the state, and the job is the system's
        self.sudo().write({"state": "running"})
        self.message_subscribe(self.env.user.partner_id.ids)
        self.env.ref("club_community.ir_cron_club_import").sudo()._trigger()

    def action_open_lines(self):
        """The old lines of one verdict, which the context names."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_import_line_action"
        )
        verdict = self.env.context.get("club_verdict")
        action["domain"] = [("import_id", "=", self.id)]
        if verdict:
            action["domain"] += [("verdict", "=", verdict)]
        action["context"] = {"search_default_group_reason": verdict == "refused"}
        return action

    def action_download_report(self):
        """The lines that could not be taken, as a CSV file."""
        self.ensure_one()
        # sudo: the report is made of the lines that its reader may see
        self.sudo().report = self._report_csv()
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": f"/web/content/{self._name}/{self.id}/report"
            "?download=true&filename=not_taken.csv",
        }

    def _check_not_running(self):
        if self.state == "running":
            raise UserError(
                self.env._(
                    "The memberships are being brought along just now. "
                    "Wait until it is done."
                )
            )

    # --- The job --------------------------------------------------------------------

    @api.model
    def _cron_bring(self):
        """Take what is to be taken, in batches that are committed one by one.

        May be killed at any point and run again, or twice at once: a line that is
        taken says so, and its key is in the database but once.
        """
        lines = self.env["club.import.line"]
        waiting = [("import_id.state", "=", "running"), ("verdict", "=", "new")]
        is_done = run_steps(
            self.env,
            lambda: lines._take_batch(waiting),
            lines.search_count(waiting),
            _TAKEN_MEANWHILE,
        )
        if not is_done:
            return
        for bring in self.search([("state", "=", "running")]):
            bring._finish()

    def _finish(self):
        self.state = "done"
        self.message_post(
            body=self.env._(
                "Brought along: %(taken)s. Here already: %(exists)s. "
                "Could not be taken: %(refused)s.",
                taken=self.taken_count,
                exists=self.exists_count,
                refused=self.refused_count,
            ),
            subtype_xmlid="mail.mt_comment",
        )
