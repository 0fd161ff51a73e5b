from odoo import fields, models


class ClubLeavingReason(models.Model):
    """Why people leave: the club's own words, counted and later mended (S2.13).

    The room ``feedback`` works with what was told; the reasons stand here, since
    nobody leaves a membership without one.
    """

    _name = "club.leaving.reason"
    _description = "Leaving Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    asks_text = fields.Boolean(
        string="Ask for Words",
        help="Whoever chooses this reason is asked to write what he means.",
    )
    color = fields.Integer()
