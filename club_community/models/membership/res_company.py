from datetime import timedelta

from pytz import timezone, utc

from odoo import api, fields, models


class ResCompany(models.Model):
    """How a company receives applications: who, and when it answers."""

    _inherit = "res.company"

    club_team_id = fields.Many2one(
        "crm.team",
        string="Team for Applications",
        ondelete="set null",
        help="Whose leads applications are. Its leader is the contact that applicants "
        "are shown.",
    )
    club_answer_time = fields.Integer(
        string="Answer Within",
        default=2,
        help="The time in which every applicant is promised an answer.",
    )
    club_answer_unit = fields.Selection(
        [("days", "working days"), ("hours", "working hours")],
        string="Unit of the Answer Time",
        default="days",
    )

    _club_answer_time_positive = models.Constraint(
        "CHECK(club_answer_time > 0)",
        "An applicant is promised an answer in one day or hour at least.",
    )

    def _club_application_team(self):
        """The ``crm.team`` that receives this company's applications."""
        self.ensure_one()
        team = self.club_team_id or self.env.ref(
            "club_community.crm_team_club", raise_if_not_found=False
        )
        return team or self.env["crm.team"]

    @api.model
    def _club_is_working_plan(self, calendar):
        return bool(calendar and calendar.attendance_ids)

    def _club_answer_due(self, asked_on):
        """Until when an application of a moment is answered.

        Days are whole ones: what is asked on Monday morning is answered by Wednesday
        evening, and so is what is asked on Sunday... by Tuesday evening.

        :param asked_on: naive datetime in UTC
        :return: naive datetime in UTC
        """
        self.ensure_one()
        amount = self.club_answer_time
        calendar = self.resource_calendar_id
        if not self._club_is_working_plan(calendar):
            unit = self.club_answer_unit or "days"
            return asked_on + timedelta(**{unit: amount})
        local = utc.localize(asked_on).astimezone(timezone(calendar.tz or "UTC"))
        if self.club_answer_unit == "hours":
            due = calendar.plan_hours(amount, local, compute_leaves=True)
        else:
            tomorrow = (local + timedelta(days=1)).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            due = calendar.plan_days(amount, tomorrow, compute_leaves=True)
        if not due:  # closed for years
            return asked_on + timedelta(days=amount)
        return due.astimezone(utc).replace(tzinfo=None)
