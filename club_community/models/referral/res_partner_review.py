from odoo import fields, models

from ..membership.res_partner import CLUB_USER


class ResPartner(models.Model):
    """The card says that who brought this person waits for a decision."""

    _inherit = "res.partner"

    club_referral_waits = fields.Char(
        string="Waits for a Decision",
        compute="_compute_club_referral_waits",
        groups=CLUB_USER,
    )

    def _compute_club_referral_waits(self):
        rows = self.env["club.referral"].search(
            [("referred_id", "in", self.ids), ("status", "=", "review")]
        )
        of_person = rows.grouped("referred_id")
        for person in self:
            row = of_person.get(person)
            person.club_referral_waits = row and self.env._(
                "Noted as brought by %(referrer)s; a club manager decides whether it "
                "counts. %(doubts)s",
                referrer=row.referrer_id.name,
                doubts=row.doubts,
            )

    def action_club_look_at_referral(self):
        """Open the binding that waits."""
        self.ensure_one()
        rows = self.env["club.referral"].search(
            [("referred_id", "=", self.id), ("status", "=", "review")], limit=1
        )
        return rows._get_records_action(name=self.env._("To Look At"))

    def action_club_change_referrer(self):
        """Ask who has brought this person instead, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_referral_change_action"
        )
        return {**action, "context": {"default_partner_id": self.id}}
