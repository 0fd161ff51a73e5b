from odoo import fields, models


class ClubReminder(models.Model):
    """What was sent to remind of the end of a period: the ledger of the daily job.

    One row per membership, end and rule: the constraint is what makes a reminder go
    out once, however often the job is killed or run. The end belongs to it, since a
    period whose end moves is reminded anew.
    """

    _name = "club.reminder"
    _description = "Renewal Reminder Sent"
    _order = "id desc"
    _log_access = True

    membership_id = fields.Many2one(
        "club.membership", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="membership_id.partner_id", string="Member")
    company_id = fields.Many2one(related="membership_id.company_id")
    date_end = fields.Date(
        string="End", required=True, help="The last paid day that it spoke of."
    )
    days = fields.Integer(string="Days from the End", required=True)
    date = fields.Date(string="Sent on", required=True)
    result = fields.Selection(
        [
            ("mail", "Letter"),
            ("no_address", "No e-mail address"),
            ("task", "Task only"),
        ],
        required=True,
    )
    has_activity = fields.Boolean(string="Task for the Manager")

    _once = models.Constraint(
        "unique(membership_id, date_end, days)", "This reminder was sent already."
    )

    def _compute_display_name(self):
        for reminder in self:
            reminder.display_name = self.env._(
                "%(member)s, %(days)s days from the end",
                member=reminder.partner_id.name,
                days=reminder.days,
            )
