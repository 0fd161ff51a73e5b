from odoo import models


class ClubDay(models.Model):
    """Whoever is on a manager's day may be invited to an event from there."""

    _inherit = "club.day"

    def action_invite(self):
        """Invite the person: the window of invitations, with him in it."""
        person = self._for_person()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_event_invite_action"
        )
        return {**action, "context": {"default_partner_ids": person.ids}}
