from odoo import api, fields, models


class ClubGoal(models.Model):
    """What a member wants to reach with the club's help, and how far he is (S2.11)."""

    _name = "club.goal"
    _description = "Goal of a Member"
    _inherit = ["club.profile.list"]
    _order = "is_done, due, id"
    _club_list_field = "club_goal_ids"
    _club_fact_fields = ("name", "progress", "due", "note")

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade", readonly=True
    )
    name = fields.Char(string="Goal", required=True)
    progress = fields.Integer(string="Progress, %", default=0)
    is_done = fields.Boolean(compute="_compute_is_done", store=True)
    due = fields.Date(string="By")
    note = fields.Char()

    _progress_share = models.Constraint(
        "CHECK(progress BETWEEN 0 AND 100)", "Progress is a number from 0 to 100."
    )

    @api.depends("progress")
    def _compute_is_done(self):
        for goal in self:
            goal.is_done = goal.progress == 100
