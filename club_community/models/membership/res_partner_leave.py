from odoo import fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_leave_date = fields.Date(
        related="club_membership_id.leave_date",
        string="Leaves on",
        store=True,
        prefetch="club_profile",
        groups="club_community.group_club_user",
    )

    def action_club_leave(self):
        """Open “Leave” for the membership that this person has."""
        return self._club_present_membership().action_leave()

    def action_club_undo_leave(self):
        """The person stays after all."""
        return self._club_present_membership().action_undo_leave()

    def _club_present_membership(self):
        """The membership that this person has now.

        :raise UserError: he has none
        """
        self.ensure_one()
        if not self.club_membership_id:
            raise UserError(
                self.env._("%(name)s has no membership.", name=self.display_name)
            )
        return self.club_membership_id
