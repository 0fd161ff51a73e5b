from odoo import fields, models


class ClubService(models.Model):
    """A product or service that a person may use, at our company or elsewhere."""

    _name = "club.service"
    _description = "Product or Service in Use"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "((name->>'en_US'))", "There is such a service already."
    )
