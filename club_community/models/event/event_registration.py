from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .event_glance import Before, Glances

SEATED = ("open", "done")

# What says whether, and where, a registration has a place; besides its hold.
PLACE = ("active", "state", "event_id", "event_slot_id", "event_ticket_id")

# What a registration takes of its ticket.
TICKET_COLUMNS = ["club_is_pass", "club_is_restricted", "event_id"]


class EventRegistration(models.Model):
    """A registration takes a place when it is confirmed, or held for its buyer."""

    _inherit = "event.registration"

    club_held_until = fields.Datetime(
        string="Held Until",
        copy=False,
        readonly=True,
        help="An unconfirmed registration keeps its place until then.",
    )
    club_attendee_id = fields.Many2one(
        "res.partner",
        string="Attendee",
        index="btree_not_null",
        ondelete="set null",
        help="The person who comes, where the club knows him. “Booked by” is who "
        "has booked and pays.",
    )
    club_has_place = fields.Boolean(
        string="Has a Place",
        compute="_compute_club_has_place",
        search="_search_club_has_place",
        help="Confirmed, or held while somebody pays or decides.",
    )

    _club_held_idx = models.Index("(club_held_until) WHERE state = 'draft'")
    # the gate counts an event's places
    _club_gate_idx = models.Index(
        "(event_id, event_slot_id, event_ticket_id, state) WHERE active"
    )

    # --- Places -------------------------------------------------------------------

    @api.depends("active", "state", "club_held_until")
    def _compute_club_has_place(self):
        now = fields.Datetime.now()
        for registration in self:
            held = registration.club_held_until
            registration.club_has_place = registration.active and (
                registration.state in SEATED
                or (registration.state == "draft" and bool(held) and held > now)
            )

    def _search_club_has_place(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields["club_has_place"], "read")
        has = Domain("active", "=", True) & (
            Domain("state", "in", SEATED)
            | (
                Domain("state", "=", "draft")
                & Domain("club_held_until", ">", fields.Datetime.now())
            )
        )
        wanted = {bool(one) for one in value}
        if len(wanted) == 2:
            return Domain.TRUE
        return has if wanted == {True} else ~has

    @api.constrains(*PLACE, "club_held_until")
    def _check_seats_availability(self):
        """Take the places at the gate, instead of counting them in one's own snapshot.

        Stock's own check counts what this transaction sees, so that of two buyers
        both find the last place. By id, so that of two who book the same events
        neither waits for the other.
        """
        seated = self.filtered("club_has_place")
        for event, registrations in sorted(
            seated.grouped("event_id").items(), key=lambda item: item[0].id
        ):
            event._club_seat(registrations)

    @api.model_create_multi
    def create(self, vals_list):
        # whoever may not register learns nothing of the places either
        self.browse().check_access("create")
        glances = self._club_check_left(vals_list)
        self._club_read_ahead(vals_list)
        seen = self.with_context(club_glances=glances, club_before=None)
        registrations = super(EventRegistration, seen).create(vals_list)
        registrations = registrations.with_env(self.env)
        registrations.filtered(
            lambda r: r.state == "draft" and r._club_is_being_bought()
        )._club_hold()
        return registrations

    @api.model
    def _club_read_ahead(self, vals_list):
        """Read of tickets and buyer what a registration takes, and no more.

        For the first column that is asked for Odoo reads them all: a hundred of the
        company. The event's are read by ``_club_glance``.
        """
        # sudo: as the constraints and the note of the creation read them
        env = self.sudo().env
        tickets = {int(vals.get("event_ticket_id") or 0) for vals in vals_list} - {0}
        env["event.event.ticket"].browse(tickets).fetch(TICKET_COLUMNS)
        user = env.user
        user.fetch(["active", "company_id", "partner_id", "share"])
        user.partner_id.fetch(["email", "lang", "name"])
        env["res.company"].browse(env.company.id).fetch(["alias_domain_id", "name"])
        env["ir.model"]._get(self._name).fetch(["name"])

    @api.model
    def _club_check_left(self, vals_list):
        """Say that an event is full before anything is made.

        :return: the ``Glances`` at the events, which the gate need not take again
        """
        wanted = {}
        for vals in vals_list:
            line = self.env["sale.order.line"].browse(vals.get("sale_order_line_id"))
            line_sudo = line.sudo()  # sudo: stock fills these in from the line
            event_id = line_sudo.event_id.id or vals.get("event_id")
            slot_id = line_sudo.event_slot_id.id or vals.get("event_slot_id")
            ticket_id = line_sudo.event_ticket_id.id or vals.get("event_ticket_id")
            if (
                event_id
                and vals.get("active", True)
                and vals.get("state", "open") in SEATED
            ):
                of_event = wanted.setdefault(int(event_id), {})
                key = (int(slot_id or 0), int(ticket_id or 0))
                of_event[key] = of_event.get(key, 0) + 1
        events = self.env["event.event"].browse(wanted)
        glances = events._club_glance() if wanted else Glances()
        for event in events:
            event._club_check_left(wanted[event.id], glances[event.id])
        return glances

    # --- Holds --------------------------------------------------------------------

    def _club_is_being_bought(self):
        """Whether a place is held from the start: an order waits for its payment."""
        self.ensure_one()
        # sudo: whoever registers may not see the order
        order_sudo = self.sudo().sale_order_id
        return not self.club_held_until and order_sudo.state in ("draft", "sent")

    def _club_hold(self, until=None):
        """Keep the places of unconfirmed registrations for some time, or longer.

        :param until: datetime; else the time that each event gives to who pays
        :raise ValidationError: a hold had ended, and its place is taken
        """
        now = fields.Datetime.now()
        # sudo: buyers have no rights on events and registrations
        for event, registrations in self.grouped("event_id").items():
            end = until or now + timedelta(minutes=event.sudo().club_hold_minutes)
            registrations.filtered(
                lambda r, end=end: r.state == "draft"
                and (not r.club_held_until or r.club_held_until < end)
            ).sudo().write({"club_held_until": end})

    def _club_give_up_hold(self):
        """Give the places of unconfirmed registrations back before their time."""
        held = self.filtered(lambda r: r.state == "draft" and r.club_has_place)
        held.sudo().write({"club_held_until": fields.Datetime.now()})  # sudo: as above
        held._club_places_given_back()

    def _club_places_given_back(self):
        """Places of these registrations are free again; rooms below may call the next.

        Called when a registration is cancelled, archived, deleted or moved, or its
        hold is given up. A hold that ends by itself calls nobody: see the job of
        whoever waits.
        """

    def _club_place(self):
        """Event, and ids of slot and ticket, 0 for none."""
        self.ensure_one()
        return self.event_id, self.event_slot_id.id or 0, self.event_ticket_id.id or 0

    def write(self, vals):
        leaving, records = self.browse(), self
        changed = vals.keys() & {"club_held_until", *PLACE}
        if changed:
            seated = self.filtered("club_has_place")
            before = Before({r.id: r._club_place() for r in seated})
            records = self.with_context(club_before=before, club_glances=None)
            leaving = seated if changed != {"club_held_until"} else leaving
        res = super(EventRegistration, records).write(vals)
        left = leaving.filtered(
            lambda r: not r.club_has_place or before[r.id] != r._club_place()
        )
        if left:
            left._club_places_given_back()
        return res

    def unlink(self):
        self.filtered("club_has_place")._club_places_given_back()
        return super().unlink()
