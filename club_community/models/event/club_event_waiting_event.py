from odoo import api, fields, models
from odoo.fields import Domain

# Fewer registrations than these say nothing of how many are given back.
ENOUGH = 30


class EventEvent(models.Model):
    _inherit = "event.event"

    club_waiting_ids = fields.One2many(
        "club.event.waiting",
        "event_id",
        string="Waiting List",
        copy=False,
        groups="event.group_event_registration_desk",
    )
    club_has_waiting_list = fields.Boolean(
        string="Waiting List Is Open",
        default=True,
        help="Members can wait for tickets that are sold out.",
    )
    club_offer_hours = fields.Integer(
        string="Offers Are Kept For (hours)",
        default=24,
        required=True,
        help="So long a free place is kept for the next on the waiting list. Shorter, "
        "by itself, when the event is near.",
    )
    club_waiting_count = fields.Integer(
        string="People Waiting",
        compute="_compute_club_waiting",
        compute_sudo=True,
        groups="event.group_event_registration_desk",
    )
    club_waiting_places = fields.Integer(
        string="Places Wanted",
        compute="_compute_club_waiting",
        compute_sudo=True,
        groups="event.group_event_registration_desk",
        help="So many places more would serve everybody who waits.",
    )
    club_waiting_revenue = fields.Monetary(
        string="Extra Revenue",
        compute="_compute_club_waiting",
        compute_sudo=True,
        groups="event.group_event_registration_desk",
        help="What these places would bring, at the price of each ticket.",
    )

    _club_offer_hours_positive = models.Constraint(
        "CHECK(club_offer_hours > 0)", "An offer is kept for an hour at least."
    )

    @api.depends("club_waiting_ids.state", "club_waiting_ids.value")
    def _compute_club_waiting(self):
        # of all at once: each event's own would be read one by one
        queue = self.club_waiting_ids.filtered(lambda e: e.state == "waiting")
        queue.mapped("value")
        for event in self:
            waiting = event._club_queue()
            event.club_waiting_count = len(waiting)
            event.club_waiting_places = sum(waiting.mapped("quantity"))
            event.club_waiting_revenue = sum(
                entry.value for entry in waiting if not entry.is_paid
            )

    def _club_given_back_share(self):
        """How many of the places at past events of this kind were given back.

        :return: ``(given back, booked)``; None where too few are known
        """
        self.ensure_one()
        event_sudo = self.sudo()  # sudo: members have no rights on events
        past = Domain("date_end", "<", fields.Datetime.now())
        past &= Domain("event_type_id", "=", event_sudo.event_type_id.id)
        past &= Domain("company_id", "=", event_sudo.company_id.id)
        events = event_sudo.search(past, order="date_end desc", limit=20) | event_sudo
        counts = dict(
            event_sudo.env["event.registration"]._read_group(
                [("event_id", "in", events.ids), ("state", "!=", "draft")],
                ["state"],
                ["__count"],
            )
        )
        booked, back = sum(counts.values()), counts.get("cancel", 0)
        return (back, booked) if booked >= ENOUGH else None
