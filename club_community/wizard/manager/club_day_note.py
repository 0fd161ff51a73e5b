from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.profile.res_partner_contact import CHANNELS

WAYS = [pair for pair in CHANNELS if pair[0] != "task"]


class ClubDayNote(models.TransientModel):
    """What came of a call or a meeting, and what comes next, in one window (S4.06).

    It ticks off the activity it is about, moves the last contact, and plans the next
    step, so that nobody is left without one.
    """

    _name = "club.day.note"
    _description = "Note a Contact"

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, ondelete="cascade"
    )
    activity_id = fields.Many2one("mail.activity", ondelete="cascade")
    reason = fields.Char()
    is_plan = fields.Boolean(
        help="Only the next step is planned: nobody was spoken to."
    )
    channel = fields.Selection(
        WAYS, string="Spoken By", compute="_compute_channel", store=True, readonly=False
    )
    result = fields.Text(
        string="What Came of It", help="One or two sentences: you will thank yourself."
    )
    script = fields.Html(compute="_compute_script")
    next_date = fields.Date(
        string="Next Step On",
        help="Empty: nothing is planned, and the person may turn up as forgotten.",
    )
    next_type_id = fields.Many2one(
        "mail.activity.type",
        string="Kind of Step",
        default=lambda self: self.env.ref("mail.mail_activity_data_call", False),
        domain="[('res_model', 'in', (False, 'res.partner'))]",
        ondelete="cascade",
    )
    next_summary = fields.Char(string="What to Do")

    @api.depends("activity_id", "is_plan")
    def _compute_channel(self):
        ways = dict(WAYS)
        for note in self:
            # sudo: an activity of somebody else's, on a day that may be seen
            found = note.activity_id.sudo()._club_channel() if note.activity_id else ""
            note.channel = False if note.is_plan else found if found in ways else "call"

    @api.depends("partner_id")
    def _compute_script(self):
        scripts = self.partner_id._club_scripts()
        for note in self:
            note.script = scripts.get(note.partner_id.id)

    def action_save(self):
        """Keep it.

        :raise UserError: there is nothing to keep, or the next step was yesterday
        """
        self.ensure_one()
        self._check_complete()
        if not self.is_plan:
            self._note()
        if self.next_date:
            self._plan_next()
        return {"type": "ir.actions.act_window_close"}

    def _check_complete(self):
        if self.is_plan and not self.next_date:
            raise UserError(self.env._("Say by which day the next step is taken."))
        if not self.is_plan and not (self.result or "").strip():
            raise UserError(
                self.env._("Say in a sentence what came of it: the next talk needs it.")
            )
        if self.next_date and self.next_date < fields.Date.context_today(self):
            raise UserError(self.env._("The next step cannot be in the past."))
        if self.next_date and not self.next_type_id:
            raise UserError(self.env._("Say what kind of step comes next."))

    def _note(self):
        """Tick off the activity, or write on the card, and note the contact."""
        self.partner_id.check_access("write")
        activity = self.activity_id.exists()
        if activity.active:
            activity.with_context(club_contact_channel=self.channel).action_feedback(
                feedback=self.result
            )
            return
        call = self.env.ref("mail.mail_activity_data_call", False)
        is_call = self.channel == "call" and call
        self.partner_id.message_post(
            body=self.result,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            mail_activity_type_id=call.id if is_call else False,
        )
        # sudo: the columns are written by what happens, not by hand
        self.partner_id.sudo()._club_touched(
            fields.Datetime.now(), self.channel, self.env.user, self.result.strip()
        )

    def _plan_next(self):
        charged = self.activity_id.user_id or self.env.user
        self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": self.partner_id.id,
                    "activity_type_id": self.next_type_id.id,
                    "club_reason": self.reason or "day next",
                    "user_id": charged.id,
                    "date_deadline": self.next_date,
                    "summary": self.next_summary or self.next_type_id.name,
                }
            ]
        )
