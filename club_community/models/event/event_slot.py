from odoo import api, models


class EventSlot(models.Model):
    _inherit = "event.slot"

    @api.depends("registration_ids.club_held_until")
    def _compute_seats(self):
        """Places that are held leave less."""
        res = super()._compute_seats()
        held = {}
        for (_e, slot, _t), count in self.event_id._club_taken(True).items():
            held[slot] = held.get(slot, 0) + count
        for slot in self:
            if slot.event_id.seats_max > 0:
                slot.seats_available -= held.get(slot._origin.id, 0)
        return res
