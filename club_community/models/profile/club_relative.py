from odoo import fields, models


class ClubRelative(models.Model):
    """Somebody of the person's family, with the date to think of (S3.06)."""

    _name = "club.relative"
    _description = "Family Member"
    _inherit = ["club.profile.list"]
    _order = "birthday, id"
    _club_list_field = "club_relative_ids"
    _club_fact_fields = ("name", "relation", "birthday", "note")

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade", readonly=True
    )
    name = fields.Char(string="First Name", required=True)
    relation = fields.Selection(
        [
            ("partner", "Wife or husband"),
            ("child", "Child"),
            ("parent", "Parent"),
            ("other", "Other"),
        ],
        required=True,
        default="child",
    )
    birthday = fields.Date()
    note = fields.Char(help="What is good to know: school, hobby, a wish.")
