from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty


class ClubEventCancelWizard(models.TransientModel):
    """“Cancel the event”: a message to all, and whether all is given back."""

    _name = "club.event.cancel.wizard"
    _description = "Cancel an Event"

    event_id = fields.Many2one("event.event", required=True, ondelete="cascade")
    message = fields.Html(
        string="Message to All",
        help="What everybody with a place is told.",
    )
    refund = fields.Boolean(string="Give All Money Back", default=True)
    place_count = fields.Integer(string="Places", compute="_compute_counts")
    paid_count = fields.Integer(string="Paid Places", compute="_compute_counts")

    @api.depends("event_id")
    def _compute_counts(self):
        for wizard in self:
            places = self.env["event.registration"].search(
                [
                    ("event_id", "=", wizard.event_id.id),
                    ("state", "in", ("draft", "open")),
                ]
            )
            wizard.place_count = len(places)
            wizard.paid_count = len(
                places.filtered(lambda place: place.sale_status == "sold")
            )

    def action_cancel_event(self):
        """:raise UserError: no message, or the event is over"""
        self.ensure_one()
        self.event_id.check_access("write")
        if is_html_empty(self.message):
            raise UserError(self.env._("Write what everybody shall be told."))
        self.event_id._club_cancel_event(self.message, self.refund)
        return {"type": "ir.actions.act_window_close"}
