from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_chapter_id = fields.Many2one(
        "club.chapter",
        string="Chapter",
        index="btree_not_null",
        ondelete="restrict",
        help="The city in which this person lives club life.",
        groups="club_community.group_club_user",
    )
