from odoo import fields, models


class ClubPlanReminder(models.Model):
    """When and how a plan reminds its members that their period ends (S3.09).

    The day is counted from the last paid day: -30 is thirty days before it, 7 a week
    after it. ``club.plan._cron_remind`` carries the rules out.
    """

    _name = "club.plan.reminder"
    _description = "Renewal Reminder of a Plan"
    _order = "days, id"

    plan_id = fields.Many2one(
        "club.plan", required=True, index=True, ondelete="cascade"
    )
    days = fields.Integer(
        string="Days from the End",
        required=True,
        default=-30,
        help="-30: thirty days before the last paid day. 7: seven days after it, "
        "while the grace days last.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        ondelete="set null",
        domain="[('model', '=', 'club.membership')]",
        default=lambda self: self._default_mail_template_id(),
        help="Empty: no letter is sent on this day.",
    )
    has_activity = fields.Boolean(
        string="Task for the Manager",
        help="The personal manager is asked to talk to the member.",
    )
    script = fields.Text(
        translate=True,
        default=lambda self: self._default_script(),
        help="What the manager may say; it stands in the task.",
    )

    _days_uniq = models.Constraint(
        "unique(plan_id, days)", "This plan has a reminder on that day already."
    )
    _days_in_reach = models.Constraint(
        "CHECK(days BETWEEN -366 AND 366)",
        "A reminder is at most a year before or after the end.",
    )

    def _default_mail_template_id(self):
        return self.env.ref(
            "club_community.mail_template_renewal_reminder", raise_if_not_found=False
        )

    def _default_script(self):
        return self.env._(
            "Thank the member for the year. Ask what was useful and what was missing. "
            "Tell what is planned for the next months, and offer to renew now: the new "
            "period starts the day after the present one ends, so no day is lost."
        )
