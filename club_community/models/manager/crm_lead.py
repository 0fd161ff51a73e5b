from odoo import api, models


class CrmLead(models.Model):
    """Applications and the personal manager: whoever answers, looks after him."""

    _inherit = "crm.lead"

    @api.model
    def _club_responsible(self, vals, team):
        # sudo: the visitor who applies has no rights on contacts
        partner_sudo = self.env["res.partner"].sudo().browse(vals.get("partner_id"))
        manager = partner_sudo.club_manager_id
        if not manager.active:
            return super()._club_responsible(vals, team)
        user, _words = manager._club_stand_ins()[manager.id]
        return user

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(partner_name, is_company, parent_id)
        # other salespeople do not even know the column
        in_club = self.env.user.has_group("club_community.group_club_user")
        if in_club and self.club_plan_id and self.user_id and not is_company:
            values["club_manager_id"] = self.user_id.id
        return values
