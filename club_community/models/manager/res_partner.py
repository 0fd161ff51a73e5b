from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_manager_id = fields.Many2one(
        "res.users",
        string="Personal Manager",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
        tracking=True,
        help="Whom the member turns to; the portal shows the name and the contacts.",
        groups="club_community.group_club_user",
    )
