from odoo import Command, api, fields, models
from odoo.exceptions import UserError

REASON = "after the welcome meeting"


class ClubMeetingHeld(models.TransientModel):
    """What came of the welcome meeting: words, goals, the next step, whom to meet."""

    _name = "club.meeting.held"
    _description = "Welcome Meeting Was Held"

    partner_id = fields.Many2one(
        "res.partner", string="Member", required=True, ondelete="cascade"
    )
    meeting_id = fields.Many2one("club.meeting", ondelete="cascade")
    note = fields.Text(
        string="What Was Said",
        help="What he expects, what moves him, what he dislikes.",
    )
    goal_ids = fields.One2many("club.meeting.held.goal", "held_id", string="His Goals")
    next_step = fields.Char(help="What you do for him next. It becomes your activity.")
    next_step_on = fields.Date(
        string="Until", default=lambda self: self._in_days(7), required=True
    )
    is_introducing = fields.Boolean(
        string="Propose Three People Like Him",
        default=True,
        help="The club looks for people with the same circles, city and work who want "
        "to be shown, and proposes them to both.",
    )

    @api.model
    def _in_days(self, days):
        return fields.Date.add(fields.Date.context_today(self), days=days)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        person = self.env["res.partner"].browse(values.get("partner_id"))
        if "goal_ids" in fields and not person.club_goal_ids:
            values.setdefault("goal_ids", [Command.create({"name": False})])
        return values

    def action_held(self):
        """Note it all in one go.

        :raise UserError: nothing is said at all
        """
        self.ensure_one()
        self.partner_id.check_access("write")
        goals = self.goal_ids.filtered(lambda goal: (goal.name or "").strip())
        note, step = (self.note or "").strip(), (self.next_step or "").strip()
        if not (note or goals or step):
            raise UserError(
                self.env._(
                    "Please write a word of what was said, a goal or a next step."
                )
            )
        person = self.partner_id
        meeting = self.meeting_id
        if meeting.partner_id != person:
            meeting = meeting.browse()
        meeting = meeting._held(person, note, step, self.env.user)
        self.env["club.goal"].create(
            [
                {"partner_id": person.id, "name": goal.name.strip(), "due": goal.due}
                for goal in goals
            ]
        )
        # a done meeting is a contact, as every done activity
        meeting._activity().with_user(self.env.user).action_feedback(
            feedback=note or False
        )
        if step:
            self.env["mail.activity"]._club_schedule([self._step_vals(person, step)])
        if self.is_introducing:
            self.env["club.introduction"]._propose(person)
        return {"type": "ir.actions.act_window_close"}

    def _step_vals(self, person, step):
        return {
            "partner_id": person.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            "club_reason": REASON,
            "user_id": self.env.uid,
            "summary": step,
            "date_deadline": self.next_step_on,
        }


class ClubMeetingHeldGoal(models.TransientModel):
    """A goal that the member has named."""

    _name = "club.meeting.held.goal"
    _description = "Goal Named in the Welcome Meeting"

    held_id = fields.Many2one(
        "club.meeting.held", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Goal")
    due = fields.Date(string="By")
