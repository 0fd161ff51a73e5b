from odoo import api, fields, models

# What of the catalogue stands in the forms, which the server keeps ready-made.
_ON_FORMS = {
    "name",
    "code",
    "hint",
    "sequence",
    "active",
    "section_id",
    "manager_access",
}


class ClubProfileValue(models.Model):
    """The ledger in lists: both sides of a conflict in one row."""

    _inherit = "club.profile.value"

    rival_label = fields.Char(string="Known Before", related="rival_id.value_label")
    rival_source = fields.Selection(string="Source Before", related="rival_id.source")
    rival_at = fields.Datetime(string="Known Since", related="rival_id.recorded_at")

    def action_open_person(self):
        """The profile of whom the fact is about."""
        self.ensure_one()
        return self.partner_id.action_club_profile()


class ClubProfilePoint(models.Model):
    _inherit = "club.profile.point"

    def write(self, vals):
        res = super().write(vals)
        if _ON_FORMS & vals.keys():
            self._forms_changed()
        return res

    def _catalogue_changed(self):
        res = super()._catalogue_changed()
        self._forms_changed()
        return res

    @api.model
    def _forms_changed(self):
        """Forms are arranged by the catalogue: they are arranged anew."""
        self.env.registry.clear_cache("templates")

    def action_view_values(self):
        """Of whom it is known."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "club_community.club_profile_value_action"
            ),
            "domain": [("point_id", "=", self.id)],
            "context": {"search_default_on_card": 1},
        }


class ClubProfileSection(models.Model):
    _inherit = "club.profile.section"

    def write(self, vals):
        res = super().write(vals)
        if _ON_FORMS & vals.keys():
            self.env["club.profile.point"]._forms_changed()
        return res


class ClubProfilePrivate(models.Model):
    _inherit = "club.profile.private"

    def action_view_readings(self):
        """Who has read this sheet, and when: for club managers."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "club_community.club_profile_access_action"
            ),
            "domain": [("partner_id", "=", self.partner_id.id)],
        }
