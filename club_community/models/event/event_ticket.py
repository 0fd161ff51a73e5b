from odoo import api, fields, models


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    club_quota_ids = fields.Many2many(
        "club.event.quota", string="Shared Places", copy=False
    )

    @api.depends("registration_ids.club_held_until", "club_quota_ids.seats")
    def _compute_seats(self):
        """Places that are held, and quotas of this ticket, leave less."""
        res = super()._compute_seats()
        limited = self.filtered(lambda t: t.seats_max or t.club_quota_ids)
        taken = limited.event_id._club_taken()
        limits = limited.event_id._origin._club_limits()
        no_slot = self.env["event.slot"]
        for ticket in limited:
            event = ticket.event_id._origin
            if event.is_multi_slots:
                continue  # stock counts such a ticket over all slots
            pools = [p for p in event._club_pools(no_slot, limits) if p.kind != "event"]
            left = event._club_left(pools, taken, False, ticket._origin)
            ticket.seats_available = (
                left if left is not None else ticket.seats_available
            )
        return res

    @api.depends("club_quota_ids.seats")
    def _compute_is_sold_out(self):
        res = super()._compute_is_sold_out()
        for ticket in self:
            if ticket.club_quota_ids and not ticket.event_id.is_multi_slots:
                ticket.is_sold_out = ticket.is_sold_out or not ticket.seats_available
        return res

    def _club_is_on_sale(self, partner):
        """Whether this person can book the ticket now; extended by early access."""
        self.ensure_one()
        return self.is_launched and not self.is_expired
