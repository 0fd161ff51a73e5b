from odoo import fields, models

REASONS = [
    ("transfer", "The ticket was given to somebody else"),
    ("replaced", "The ticket got a new code"),
]


class ClubEventOldBarcode(models.Model):
    """Codes of tickets that were replaced: they open nothing, but are remembered.

    So the desk can say what became of an old QR, instead of "not found".
    """

    _name = "club.event.old.barcode"
    _description = "Old Code of a Ticket"
    _order = "id desc"
    _rec_name = "barcode"

    barcode = fields.Char(required=True)
    registration_id = fields.Many2one(
        "event.registration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="registration_id.company_id", store=True, index="btree_not_null"
    )
    name = fields.Char(string="Attendee Then")
    reason = fields.Selection(REASONS, required=True, default="replaced")

    _barcode_idx = models.Index("(barcode)")


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def write(self, vals):
        """An old code is remembered, whoever replaces it.

        The reason is a transfer where the attendee changes with the code, or where the
        context says so (``club_barcode_reason``).
        """
        if vals.get("barcode"):
            self._club_remember_barcodes(vals)
        return super().write(vals)

    def _club_remember_barcodes(self, vals):
        given = vals.keys() & {"club_attendee_id", "partner_id", "name"}
        reason = self.env.context.get("club_barcode_reason")
        if reason not in dict(REASONS):
            reason = "transfer" if given else "replaced"
        # sudo: nobody writes old codes by hand
        self.env["club.event.old.barcode"].sudo().create(
            [
                {
                    "barcode": registration.barcode,
                    "registration_id": registration.id,
                    "name": registration.name,
                    "reason": reason,
                }
                for registration in self
                if registration.barcode and registration.barcode != vals["barcode"]
            ]
        )
