from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

DESK = "event.group_event_registration_desk"
MANAGER = "event.group_event_user"
OWN_UNDO = timedelta(minutes=10)


class ClubEventCheckin(models.Model):
    """Somebody came in: one row per ticket and occasion.

    The occasion says what a ticket is good for but once: ``once``, a day
    (``2030-05-01``), a check (``check-7``) or a slot (``slot-3``). A unique index on
    ticket and occasion decides between two gates: nothing is counted, and no row is
    written that other tickets share, so the door is as fast as the gates are many.

    Rows are made by the desk and undone by a manager, never written by hand; what was
    undone stays, with who and when. Source: S2.12, Indico #6775.
    """

    _name = "club.event.checkin"
    _description = "Check-in at an Event"
    _order = "checked_at desc, id desc"
    _rec_name = "registration_id"

    registration_id = fields.Many2one(
        "event.registration", required=True, index=True, ondelete="cascade"
    )
    event_id = fields.Many2one(
        "event.event", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")
    ticket_id = fields.Many2one("event.event.ticket", ondelete="set null")
    slot_id = fields.Many2one("event.slot", ondelete="set null")
    check_id = fields.Many2one("club.event.check", ondelete="set null")
    attendee_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="set null",
        help="The person who came, where the club knows him.",
    )
    barcode = fields.Char(related="registration_id.barcode", string="Ticket Code")
    occasion = fields.Char(
        string="Good Once For",
        required=True,
        help="What the ticket is good for but once: a day, a check ...",
    )
    day = fields.Date(required=True, help="In the time zone of the event.")
    checked_at = fields.Datetime(string="Came In", required=True, index=True)
    user_id = fields.Many2one("res.users", string="Let In By", ondelete="set null")
    gate = fields.Char()
    undone_at = fields.Datetime(string="Undone On")
    undone_by_id = fields.Many2one("res.users", ondelete="set null")
    alert = fields.Selection(
        [("due", "To be sent"), ("sent", "Sent"), ("repeated", "Sent before")],
        string="Note to the Manager",
    )

    _once = models.UniqueIndex("(registration_id, occasion) WHERE undone_at IS NULL")
    _alert_idx = models.Index("(id) WHERE alert = 'due'")

    @api.model
    def _let_in(self, registration, occasion):
        """Make the check-in, unless there is one already.

        Of two gates at the same moment the second waits for the first one's end. It
        cannot see that row (Odoo's transactions read a snapshot), so PostgreSQL
        reports a failure; instead of running all again, the first one's row is read
        on another connection.

        :param registration: an ``event.registration``
        :param occasion: an ``Occasion``
        :return: ``(row, is_new)``; the row that was first, with raised rights
        :raise SerializationFailure: the first one was undone meanwhile; Odoo runs the
            request again
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                made = self._insert([self._values(registration, occasion)])
        except SerializationFailure:
            first = self._committed(registration, occasion)
            if not first:
                raise
            return first, False
        if made:
            return made, True
        # sudo: nobody writes check-ins by hand
        alive = self.sudo()._alive(registration)
        return alive.filtered(lambda row: row.occasion == occasion.key), False

    @api.model
    def _note(self, registrations):
        """Check in many that somebody has marked as attending, where they are not."""
        # sudo: nobody writes check-ins by hand
        known = self.sudo()._alive(registrations).registration_id.ids
        values = [
            self._values(registration, registration._club_occasion())
            for registration in registrations
            if registration.id not in known
        ]
        if values and any(row["alert"] for row in values):
            self._call_alerts()
        return self._insert(values) if values else self.browse()

    def _insert(self, values_list):
        """One query; what is there already is left out.

        :return: the new rows, with raised rights
        """
        query = SQL(
            "INSERT INTO club_event_checkin (%s) VALUES %s "
            "ON CONFLICT DO NOTHING RETURNING id",
            SQL(", ").join(SQL.identifier(name) for name in values_list[0]),
            SQL(", ").join(SQL("%s", tuple(row.values())) for row in values_list),
        )
        self.env.cr.execute(query, log_exceptions=False)
        ids = [id_ for (id_,) in self.env.cr.fetchall()]
        self.env["event.registration"].invalidate_model(
            ["club_checkin_ids"], flush=False
        )
        # sudo: nobody writes check-ins by hand
        return self.sudo().browse(ids)

    def _values(self, registration, occasion):
        now = fields.Datetime.now()
        # sudo: the desk reads no columns of members
        alert = registration.sudo()._club_alert_wanted()
        return {
            "registration_id": registration.id,
            "event_id": registration.event_id.id,
            "company_id": registration.event_id.company_id.id or None,
            "ticket_id": registration.event_ticket_id.id or None,
            "slot_id": registration.event_slot_id.id or None,
            "check_id": occasion.check.id or None,
            "attendee_id": registration._club_person().id or None,
            "occasion": occasion.key,
            "day": occasion.day,
            "checked_at": now,
            "user_id": self.env.uid,
            "gate": self._gate() or None,
            "alert": "due" if alert else None,
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
        }

    def _gate(self):
        """The name of the gate, as the device at the door says it."""
        gate = self.env.context.get("club_gate")
        return gate.strip()[:60] if isinstance(gate, str) else ""

    def _committed(self, registration, occasion):
        """The row that another transaction has committed, beyond our snapshot."""
        with self.env.registry.cursor() as cr:
            other = self.with_env(self.env(cr=cr, su=True))
            row = other._alive(registration.with_env(other.env)).filtered(
                lambda one: one.occasion == occasion.key
            )
            found = row.read(["checked_at", "gate", "user_id"], load=None)
        if not found:
            return self.browse()
        # sudo: see above; it cannot be read in this transaction
        user = self.env["res.users"].sudo().browse(found[0]["user_id"] or 0)
        return self.new(
            {**found[0], "user_id": user.id, "event_id": registration.event_id.id}
        )

    @api.model
    def _alive(self, registrations):
        """Check-ins of these registrations that were not undone, the latest first."""
        return self.search(
            [
                ("registration_id", "in", registrations.ids),
                ("undone_at", "=", False),
            ]
        )

    # --- Undoing ------------------------------------------------------------------

    def action_undo(self):
        """Undo check-ins that were a mistake; the ticket is good again.

        :raise UserError: not one's own of the last minutes, and one is no manager
        """
        alive = self.filtered(lambda row: not row.undone_at)
        alive.check_access("read")
        alive._check_may_undo()
        alive._undo()
        registrations = alive.registration_id
        # sudo: the rows are read as one may read them, above
        rest = self.sudo()._alive(registrations).registration_id
        back = (registrations - rest).filtered(lambda r: r.state == "done")
        back.with_context(club_checkins_settled=True).write({"state": "open"})

    def _check_may_undo(self):
        """:raise UserError: see ``action_undo``"""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        since = fields.Datetime.now() - OWN_UNDO
        if any(row.user_id != self.env.user or row.checked_at < since for row in self):
            raise UserError(
                self.env._(
                    "Only an event manager undoes the check-in of somebody else, or "
                    "one of some time ago. Ask one of them."
                )
            )

    def _undo(self):
        bodies = {}
        for row in self:
            words = {"when": row._when(), "gate": row.gate or ""}
            bodies[row.registration_id.id] = self.env._(
                "Check-in undone: %(when)s %(gate)s", **words
            )
        self.registration_id._message_log_batch(bodies=bodies)
        # sudo: nobody writes check-ins by hand
        self.sudo().write(
            {
                "undone_at": fields.Datetime.now(),
                "undone_by_id": self.env.uid,
                "alert": False,
            }
        )

    def _when(self):
        """Day and hour in the time zone of the event, in the user's language."""
        self.ensure_one()
        return self.event_id._club_say_time(self.checked_at)
