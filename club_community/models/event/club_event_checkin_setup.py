from datetime import timedelta
from typing import NamedTuple

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_datetime

from .club_event_checkin import DESK

KINDS = [
    ("once", "Once"),
    ("daily", "Every day"),
    ("check", "At each check or slot"),
]
AHEAD = timedelta(minutes=30)  # a check opens so long before it begins


class Occasion(NamedTuple):
    """What a ticket is good for at this moment, but once."""

    key: str
    day: object  # date in the time zone of the event
    check: object  # club.event.check, maybe none


class ClubEventCheck(models.Model):
    """A further check of tickets at an event: a session, the dinner, the boat.

    Where tickets are checked at each of them, a ticket is good once for every one.
    The desk chooses; else the clock does.
    """

    _name = "club.event.check"
    _description = "Check of Tickets"
    _order = "event_id, date_begin, id"

    name = fields.Char(required=True, translate=True)
    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, index="btree_not_null"
    )
    date_begin = fields.Datetime(string="Begins", required=True)
    date_end = fields.Datetime(string="Ends", required=True)
    ticket_ids = fields.Many2many(
        "event.event.ticket",
        string="Good For",
        domain="[('event_id', '=', event_id)]",
        help="Tickets that may come in; empty: all of the event.",
    )

    _ends_later = models.Constraint(
        "CHECK(date_end > date_begin)", "A check ends later than it begins."
    )

    @api.constrains("event_id", "ticket_ids")
    def _check_tickets(self):
        for check in self:
            if check.ticket_ids.event_id - check.event_id:
                raise ValidationError(
                    self.env._(
                        "“%(check)s” is of one event: choose its tickets.",
                        check=check.name,
                    )
                )


class EventEvent(models.Model):
    _inherit = "event.event"

    club_checkin_kind = fields.Selection(
        KINDS,
        string="A Ticket Is Good",
        default="once",
        required=True,
        help="How often one ticket comes in. A ticket type may say otherwise.",
    )
    club_check_ids = fields.One2many("club.event.check", "event_id", string="Checks")
    club_doors_hours = fields.Integer(
        string="Doors Open (hours before)",
        default=12,
        help="Who comes earlier is told so at the desk. 0: at any time.",
    )
    club_inside = fields.Integer(
        string="In the House", compute="_compute_club_inside", groups=DESK
    )
    club_expected = fields.Integer(
        string="Expected", compute="_compute_club_inside", groups=DESK
    )
    club_house = fields.Char(
        string="Came In", compute="_compute_club_inside", groups=DESK
    )

    _club_doors_positive = models.Constraint(
        "CHECK(club_doors_hours >= 0)", "The doors open before the event."
    )

    def _compute_club_inside(self):
        """Who came, of those who have a place; of daily tickets: who came today."""
        expected, inside = dict.fromkeys(self.ids, 0), dict.fromkeys(self.ids, 0)
        for event, state, count in self.env["event.registration"]._read_group(
            [("event_id", "in", self.ids), ("state", "in", ("open", "done"))],
            ["event_id", "state"],
            ["__count"],
        ):
            expected[event.id] += count
            if state == "done" and event.club_checkin_kind != "daily":
                inside[event.id] += count
        daily = self.filtered(lambda e: e.club_checkin_kind == "daily")
        today = {event.id: event._club_today() for event in daily._origin}
        for event, day, count in self.env["club.event.checkin"]._read_group(
            [
                ("event_id", "in", list(today)),
                ("day", "in", list(today.values())),
                ("undone_at", "=", False),
            ],
            ["event_id", "day:day"],
            ["registration_id:count_distinct"],
        ):
            if day == today[event.id]:
                inside[event.id] += count
        for event in self:
            event.club_inside = inside.get(event._origin.id, 0)
            event.club_expected = expected.get(event._origin.id, 0)
            event.club_house = self.env._(
                "%(inside)s of %(expected)s",
                inside=event.club_inside,
                expected=event.club_expected,
            )

    def _club_tz(self):
        return pytz.timezone(self.date_tz or "UTC")

    def _club_today(self, now=None):
        """The day at the event."""
        now = now or fields.Datetime.now()
        return pytz.utc.localize(now).astimezone(self._club_tz()).date()

    def _club_say_time(self, moment):
        """A moment as people at the event read it, in the user's language."""
        self.ensure_one()
        return format_datetime(self.env, moment, tz=self.date_tz, dt_format="short")

    def action_club_checkins(self):
        """The check-ins of this event."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_event_checkin_action"
        )
        return {
            **action,
            "domain": [("event_id", "=", self.id)],
            "context": {"search_default_alive": 1},
        }

    @api.model
    def club_desk_setup(self, event_id):
        """What the desk offers to choose: the checks of an event.

        :param event_id: id of the event, or False where the desk serves all
        :return: ``{"checks": [{"id", "name"}], "kind": ...}``
        """
        event = self.browse(event_id).exists() if isinstance(event_id, int) else self
        return {
            "kind": event[:1].club_checkin_kind or "once",
            "checks": event.club_check_ids.read(["name"]),
        }


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    club_checkin_kind = fields.Selection(
        KINDS, string="Is Good", help="Empty: as the event says."
    )
