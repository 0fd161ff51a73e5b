import re

from odoo import api, fields, models
from odoo.exceptions import UserError

SOURCES = [
    ("fact", "By itself"),
    ("member", "Said by the member"),
    ("manager", "Ticked by the club"),
]
MAX_NOTE = 500


class ClubOnboardingLine(models.Model):
    """A step of one newcomer: done or not, since when and how it is known."""

    _name = "club.onboarding.line"
    _description = "Step of a Newcomer"
    _order = "onboarding_id, sequence, id"
    _rec_name = "step_id"

    onboarding_id = fields.Many2one(
        "club.onboarding", required=True, index=True, ondelete="cascade", readonly=True
    )
    step_id = fields.Many2one(
        "club.onboarding.step",
        required=True,
        index=True,
        ondelete="cascade",  # with the addon only: see the step
        readonly=True,
    )
    sequence = fields.Integer(
        related="step_id.sequence", store=True, string="Order of the Step"
    )
    gate = fields.Selection(related="step_id.gate")
    onboarding_state = fields.Selection(related="onboarding_id.state", string="State")
    done_on = fields.Datetime(readonly=True)
    source = fields.Selection(SOURCES, string="Known From", readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    note = fields.Char(readonly=True, help="What was said with it: names, a word.")

    _once = models.UniqueIndex(
        "(onboarding_id, step_id)", "A newcomer has each step once."
    )
    _done_from = models.Constraint(
        "CHECK((done_on IS NULL) = (source IS NULL))",
        "A step that is done says how that is known.",
    )

    # --- Ticks ----------------------------------------------------------------------

    def action_done(self):
        """A manager ticks the step."""
        self.check_access("read")
        for line in self:
            line._tick("manager")

    def action_undo(self):
        """A manager takes a tick back; what facts say comes back by itself."""
        self.check_access("read")
        # sudo: lines are written by nobody but the club's own steps
        ticked = self.sudo().filtered("done_on")
        if ticked.onboarding_id.filtered(lambda row: row.state == "stopped"):
            raise UserError(self.env._("These first 30 days are over already."))
        ticked._clear()
        finished = ticked.onboarding_id.filtered(lambda row: row.state == "done")
        finished.write({"state": "running", "ended_on": False})
        finished.flush_recordset()
        ticked.onboarding_id.partner_id._club_journey_now()

    def _clear(self):
        self.write({"done_on": False, "source": False, "user_id": False, "note": False})

    def _tick(self, source, note=""):
        """Note that the step is done because somebody says so.

        A second tick changes nothing.

        :param source: ``member`` or ``manager``
        :param note: words; names of people where the step is to meet some
        :raise UserError: it is over, it is not his to tick, or names are missing
        """
        self.ensure_one()
        line = self.sudo()  # sudo: lines are written by nobody but these steps
        step = line.step_id
        if line.onboarding_id.state != "running":
            raise UserError(self.env._("These first 30 days are over already."))
        if line.done_on:
            return
        note = " ".join((note or "").split())[:MAX_NOTE]
        if source == "member":
            if not step.member_ticks:
                raise UserError(
                    self.env._("This step is noted by itself when you have done it.")
                )
            if step.fact == "people" and len(self._names(note)) < step.need:
                raise UserError(
                    self.env._(
                        "Please name %(count)s people, with commas between them.",
                        count=step.need,
                    )
                )
        line.write(
            {
                "done_on": fields.Datetime.now(),
                "source": source,
                "user_id": self.env.uid,
                "note": note,
            }
        )
        line.onboarding_id.partner_id._club_journey_now()

    @api.model
    def _names(self, note):
        """Different names in what a member has typed."""
        names = re.split(r"[,;\n]|\s+(?:and|и)\s+", note)
        return {name.strip().lower() for name in names if len(name.strip()) > 1}
