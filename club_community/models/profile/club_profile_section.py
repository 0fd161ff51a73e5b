from odoo import fields, models


class ClubProfileSection(models.Model):
    """A part of the profile, short enough to be filled in at one go."""

    _name = "club.profile.section"
    _description = "Section of the Profile"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name in addresses, as “work”.")
    description = fields.Char(
        translate=True, help="What the member reads above the questions."
    )
    icon = fields.Char(default="fa-user-o", help="Class of Font Awesome 4.")
    sequence = fields.Integer(default=10)
    is_confidential = fields.Boolean(
        string="Confidential",
        readonly=True,
        help="Only the person's own manager and club managers see its facts, and "
        "each reading is noted.",
    )
    point_ids = fields.One2many("club.profile.point", "section_id", string="Points")

    _code_uniq = models.UniqueIndex("(code)", "A section with this code exists.")
    # the portal's own addresses beside those of the sections
    _code_is_free = models.Constraint(
        "CHECK(code NOT IN ('answer', 'consent', 'download', 'download.json', "
        "'erasure', 'facts', 'forget'))",
        "This code is an address of another page of the profile. Choose another.",
    )
