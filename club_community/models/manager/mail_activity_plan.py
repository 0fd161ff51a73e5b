from odoo import fields, models


class MailActivityPlanTemplate(models.Model):
    """Activities of a plan that the personal manager does."""

    _inherit = "mail.activity.plan.template"

    responsible_type = fields.Selection(
        selection_add=[("club_manager", "Personal manager")],
        ondelete={"club_manager": "cascade"},
    )

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        """The personal manager; else the chapter's lead, else the club's manager.

        Stock's window shows the warning, and so does the activity that a stage
        starts.
        """
        if self.responsible_type != "club_manager":
            return super()._determine_responsible(
                on_demand_responsible, applied_on_record
            )
        person = applied_on_record
        if person._name != "res.partner":
            return {
                "responsible": False,
                "error": self.env._("Only contacts have a personal manager."),
                "warning": False,
            }
        user, words = person._club_looked_after_by()[person.id]
        return {"responsible": user, "error": False, "warning": words or False}

    def _club_responsible(self, person, charged, on_demand=None):
        """Whoever looks after the person is known already, asked once for all."""
        if self.responsible_type == "club_manager":
            return charged
        return super()._club_responsible(person, charged, on_demand)
