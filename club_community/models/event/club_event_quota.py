from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ClubEventQuota(models.Model):
    """Places that several tickets of an event share.

    A hall of 100 places of which 40 may be guests: one quota over the guests' tickets.
    A ticket may be in several quotas; the scarcest decides. Where an event has slots,
    the number is per slot, as stock's own limits are.
    """

    _name = "club.event.quota"
    _description = "Places Shared by Tickets"
    _order = "event_id, id"

    name = fields.Char(required=True, translate=True)
    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, index="btree_not_null"
    )
    seats = fields.Integer(string="Places", required=True, default=1)
    ticket_ids = fields.Many2many(
        "event.event.ticket",
        string="Tickets",
        required=True,
        domain="[('event_id', '=', event_id)]",
    )
    seats_left = fields.Integer(string="Places Left", compute="_compute_seats_left")

    _seats_not_negative = models.Constraint(
        "CHECK(seats >= 0)", "The number of places cannot be negative."
    )

    @api.constrains("event_id", "ticket_ids")
    def _check_tickets(self):
        for quota in self:
            if quota.ticket_ids.event_id - quota.event_id:
                raise ValidationError(
                    self.env._(
                        "“%(quota)s” shares places of one event: choose its tickets.",
                        quota=quota.name,
                    )
                )

    @api.depends("seats", "ticket_ids", "event_id.registration_ids.state")
    def _compute_seats_left(self):
        """Of all slots together, where an event has slots."""
        taken = self.event_id._club_taken()
        for quota in self:
            event = quota.event_id._origin
            slots = event.event_slot_count if event.is_multi_slots else 1
            quota.seats_left = quota.seats * slots - sum(
                count
                for (of_event, _slot, ticket), count in taken.items()
                if of_event == event.id and ticket in quota.ticket_ids._origin.ids
            )
