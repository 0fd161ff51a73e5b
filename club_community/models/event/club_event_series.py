from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What a place of a session takes over from its pass.
WHO = ("partner_id", "club_attendee_id", "name", "email", "phone")


class ClubEventSeries(models.Model):
    """Events that belong together: a course, a season, the stops of a trip.

    A ticket that is a pass, of any of them, books a place at each that is still to
    come: all of them or none. Each session keeps its own limits, list of attendees and
    code at the door.
    """

    _name = "club.event.series"
    _description = "Series of Events"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one("res.company", index="btree_not_null")
    event_ids = fields.One2many("event.event", "club_series_id", string="Sessions")
    active = fields.Boolean(default=True)


class EventEvent(models.Model):
    _inherit = "event.event"

    club_series_id = fields.Many2one(
        "club.event.series",
        string="Series",
        index="btree_not_null",
        ondelete="set null",
        help="A pass books a place at every event of the series.",
    )

    def _club_sessions(self):
        """The other events of the series that a pass of this one books."""
        self.ensure_one()
        sessions = self.club_series_id.event_ids - self
        return sessions.filtered(
            lambda e: e.active and e.kanban_state != "cancel" and not e.is_finished
        ).sorted(lambda e: (e.date_begin, e.id))

    def _club_check_booking(self, booker, seats, slot):
        """A session whose time must be chosen cannot be booked by a pass."""
        res = super()._club_check_booking(booker, seats, slot)
        if any(seat.ticket.club_is_pass for seat in seats):
            for session in self._club_sessions().filtered("is_multi_slots"):
                raise UserError(
                    self.env._(
                        "“%(event)s” has several times, so the pass cannot book it.",
                        event=session.name,
                    )
                )
        return res

    def _club_make_order(self, booker, seats, slot):
        """Trips are paid by instalments, or begin with a deposit."""
        order = super()._club_make_order(booker, seats, slot)
        tickets = self.event_ticket_ids.browse({seat.ticket.id for seat in seats})
        term = tickets.club_payment_term_id[:1]
        # the ticket that asks for most decides
        share = max(tickets.mapped("club_prepayment"), default=0)
        values = {"payment_term_id": term.id} if term else {}
        if 0 < share < 1:
            values["prepayment_percent"] = share
        order.write(values)
        return order


class EventTicket(models.Model):
    _inherit = "event.event.ticket"

    club_is_pass = fields.Boolean(
        string="Pass of the Series",
        help="Books a place at every event of the series that is still to come.",
    )
    club_payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Instalments",
        ondelete="restrict",
        help="The payment terms of an order with this ticket.",
    )
    club_prepayment = fields.Float(
        string="Deposit",
        help="The share that is paid to confirm the place; the rest is invoiced. "
        "0: all of it.",
    )

    _club_prepayment_share = models.Constraint(
        "CHECK(club_prepayment >= 0 AND club_prepayment <= 1)",
        "A deposit is between 0 and 100 %.",
    )

    @api.constrains("club_is_pass", "event_id")
    def _check_club_pass(self):
        for ticket in self.filtered("club_is_pass"):
            if not ticket.event_id.club_series_id:
                raise ValidationError(
                    self.env._(
                        "“%(ticket)s” is a pass: choose the series of “%(event)s”.",
                        ticket=ticket.name,
                        event=ticket.event_id.name,
                    )
                )


class EventRegistration(models.Model):
    """A pass, and the places at the sessions that follow it."""

    _inherit = "event.registration"

    club_pass_id = fields.Many2one(
        "event.registration",
        string="By the Pass",
        index="btree_not_null",
        ondelete="cascade",
        copy=False,
        readonly=True,
        help="This place was booked by a pass of the series, and goes with it.",
    )
    club_session_ids = fields.One2many(
        "event.registration", "club_pass_id", string="Places by This Pass"
    )

    _club_pass_uniq = models.UniqueIndex(
        "(club_pass_id, event_id) WHERE club_pass_id IS NOT NULL",
        "This pass has a place at this event already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        registrations._club_book_sessions()
        return registrations

    def _club_book_sessions(self):
        """Book what passes give; the gate of each session refuses all or nothing.

        :raise ValidationError: a session has not enough places
        """
        values = []
        # sudo: who buys a pass has no rights on the other events
        for of_pass in self.sudo().filtered(
            lambda r: r.event_ticket_id.club_is_pass
            and r.active
            and r.state != "cancel"
        ):
            values += [
                {
                    "club_pass_id": of_pass.id,
                    "event_id": session.id,
                    "state": of_pass.state,
                    "club_held_until": of_pass.club_held_until,
                    **{
                        name: of_pass._fields[name].convert_to_write(
                            of_pass[name], of_pass
                        )
                        for name in WHO
                    },
                }
                for session in of_pass.event_id._club_sessions()
            ]
        if values:
            self.sudo().create(values)  # sudo: as above

    def write(self, vals):
        """A pass that is confirmed again has its places to come back."""
        if vals.get("state", "cancel") == "cancel":
            return super().write(vals)
        self._club_check_pass_is_alive()
        # sudo: as when they are booked
        lapsed_sudo = self.sudo().filtered(lambda r: r.state == "cancel")
        res = super().write(vals)
        lost_sudo = lapsed_sudo.club_session_ids._club_to_come()
        if lost_sudo := lost_sudo.filtered(lambda r: r.state == "cancel"):
            lost_sudo.write({"state": vals["state"]})
        return res

    def _club_check_pass_is_alive(self):
        """A place that a pass has booked does not outlive it.

        :raise UserError: the pass was cancelled
        """
        # sudo: whoever is at the door of a session need not see the pass
        for registration in self.sudo().filtered("club_pass_id"):
            if registration.state == registration.club_pass_id.state == "cancel":
                raise UserError(
                    self.env._(
                        "The pass of %(name)s was cancelled: confirm the pass first.",
                        name=registration.name or registration.partner_id.name,
                    )
                )

    def _club_to_come(self):
        """Places at sessions that are not over, of people who are not in yet."""
        now = fields.Datetime.now()
        return self.filtered(lambda r: r.event_id.date_end > now and r.state != "done")

    @api.constrains("state", "active", "club_held_until", *WHO)
    def _check_club_sessions(self):
        """What happens to a pass happens to its places that are still to come.

        A constraint, since an order that is confirmed or cancelled changes the state
        without ``write``: stock computes it.
        """
        # sudo: as when they are booked
        for of_pass in self.sudo().filtered("club_session_ids"):
            for session in of_pass.club_session_ids._club_to_come():
                if values := of_pass._club_session_changes(session):
                    session.write(values)

    def _club_session_changes(self, session):
        """What a place must take over from this pass."""
        values = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in WHO
            if session[name] != self[name]
        }
        if self.state == "cancel" or not self.active:
            if session.state != "cancel":
                values["state"] = "cancel"
        elif self.state == "draft":
            if session.state == "open":
                values["state"] = "draft"
            if session.club_held_until != self.club_held_until:
                values["club_held_until"] = self.club_held_until
        elif session.state == "draft":
            values["state"] = "open"
        return values
