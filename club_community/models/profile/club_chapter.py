from odoo import fields, models

from ..membership.res_partner import STATES_WITH_LEVEL


class ClubChapter(models.Model):
    """A city of the club (S0.21), with the manager who leads it."""

    _name = "club.chapter"
    _description = "Chapter"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index="btree_not_null")
    lead_manager_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    partner_ids = fields.One2many("res.partner", "club_chapter_id", string="People")
    member_count = fields.Integer(compute="_compute_member_count")

    _name_company_uniq = models.UniqueIndex(
        "(name, COALESCE(company_id, 0))", "A chapter with this name exists already."
    )

    def _compute_member_count(self):
        counted = self.env["res.partner"]._club_count_members("club_chapter_id", self)
        for chapter in self:
            chapter.member_count = counted.get(chapter, 0)

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_member_action"
        )
        action["domain"] = [
            ("club_chapter_id", "=", self.id),
            ("club_state", "in", STATES_WITH_LEVEL),
        ]
        return action
