from odoo import fields, models


class ClubBenefit(models.Model):
    """A service that comes with memberships (S3.01): a lounge visit, a consultation.

    How often a member may have it in a period, his plan says.
    """

    _name = "club.benefit"
    _description = "Benefit"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(
        translate=True, help="What the member reads about it in the portal."
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")

    _name_company_uniq = models.UniqueIndex(
        "(name, COALESCE(company_id, 0))", "A benefit with this name exists already."
    )
