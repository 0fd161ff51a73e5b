from odoo import fields, models


class ClubFigureBranch(models.Model):
    _inherit = "club.figure.branch"

    tickets = fields.Monetary(readonly=True, help="Places at events, invoiced.")


class ClubFigureRevenue(models.Model):
    _inherit = "club.figure.revenue"

    stream = fields.Selection(selection_add=[("tickets", "Tickets"), ("other",)])
