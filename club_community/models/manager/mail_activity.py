from odoo import api, fields, models

from .club_day_find import NUMBERS


class MailActivity(models.Model):
    """The script opens inside the activity; the day is found by an index (S4.17)."""

    _inherit = "mail.activity"

    club_script = fields.Html(
        string="Script of the Talk",
        compute="_compute_club_script",
        groups="club_community.group_club_user",
        help="What to ask the person, what to offer, and what happened last time.",
    )

    # The order of "overdue" in ``club.day``, id and all: the first page of a day reads
    # eighty activities, however many are overdue.
    _club_day_idx = models.Index(
        f"(user_id, date_deadline, (id * {NUMBERS} + 0)) "
        "WHERE active AND res_model = 'res.partner'"
    )

    @api.depends("res_model", "res_id")
    @api.depends_context("lang", "uid")
    def _compute_club_script(self):
        about = self.filtered(lambda a: a.res_model == "res.partner" and a.res_id)
        people = self.env["res.partner"].browse({a.res_id for a in about}).exists()
        people = people._filtered_access("read").filtered(
            lambda p: p.club_state or p.club_stage_id or p.club_manager_id
        )
        scripts = people._club_scripts()
        for activity in self:
            known = activity.res_model == "res.partner"
            activity.club_script = known and scripts.get(activity.res_id, False)

    def _club_channel(self):
        """Whoever notes a contact says by which way it was."""
        return self.env.context.get("club_contact_channel") or super()._club_channel()
