from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

# Days from the end on which a new plan reminds; the first is a talk, too.
REMINDER_DAYS = (-90, -60, -30, -7, 7)


class ClubPlan(models.Model):
    """How the members of a plan renew it."""

    _inherit = "club.plan"

    renewal_window_days = fields.Integer(
        string="Renewal Opens (days before the end)",
        default=90,
        required=True,
        tracking=True,
        help="From then on the member may renew in the portal, and is reminded.",
    )
    renewal_plan_id = fields.Many2one(
        "club.plan",
        string="Renewed as",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="The plan that a renewal buys. Empty: the same plan. A trial is not "
        "renewed unless another plan is chosen here.",
    )
    renewal_user_id = fields.Many2one(
        "res.users",
        string="Responsible for Renewals",
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Gets the tasks of members who have no personal manager.",
    )
    reminder_ids = fields.One2many(
        "club.plan.reminder", "plan_id", string="Reminders", copy=True
    )

    _renewal_window_in_reach = models.Constraint(
        "CHECK(renewal_window_days BETWEEN 0 AND 366)",
        "Renewal opens at most a year before the end.",
    )

    @api.constrains("renewal_plan_id", "family_id", "is_trial", "company_id")
    def _check_renewal_plan(self):
        for plan in self.filtered("renewal_plan_id"):
            other = plan.renewal_plan_id
            if other.is_trial or other.family_id != plan.family_id:
                raise ValidationError(
                    self.env._(
                        "“%(plan)s” cannot be renewed as “%(other)s”: choose a plan of "
                        "the same family that is not a trial.",
                        plan=plan.name,
                        other=other.name,
                    )
                )
            if other.company_id and other.company_id != plan.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(other)s” belongs to another company than “%(plan)s”.",
                        plan=plan.name,
                        other=other.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        silent = self.browse(
            plan.id
            for plan, vals in zip(plans, vals_list, strict=True)
            if "reminder_ids" not in vals
        )
        silent._add_default_reminders()
        return plans

    def _add_default_reminders(self):
        """Give these plans the usual reminders: of a new plan, and by the migration."""
        first = REMINDER_DAYS[0]
        for plan in self:
            plan.reminder_ids = [
                Command.create({"days": days, "has_activity": days == first})
                for days in REMINDER_DAYS
            ]

    def _renewal_plan(self):
        """The plan that a renewal of this one buys; empty for a trial without one."""
        self.ensure_one()
        if self.renewal_plan_id:
            return self.renewal_plan_id
        return self.browse() if self.is_trial else self
