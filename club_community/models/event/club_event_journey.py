"""What events say of where somebody stands on the journey: facts for its rules.

The stages stand in the room ``journey``, the rules in ``data/event``. Rules ask for
facts by search, so each is a subselect that is computed once for all people.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..membership.res_partner import CLUB_USER
from ..profile.found_by_fact import facts_of, people_by_count, people_by_day

MONTHS = 12


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_attended_count = fields.Integer(
        string="Events in 12 Months",
        compute="_compute_club_attended",
        search="_search_club_attended_count",
        groups=CLUB_USER,
        help="At how many events of the last 12 months the person was checked in.",
    )
    club_last_attended_on = fields.Datetime(
        string="Last Event Attended",
        compute="_compute_club_attended",
        search="_search_club_last_attended_on",
        groups=CLUB_USER,
        help="When the last event began at which the person was checked in.",
    )
    club_last_invited_on = fields.Datetime(
        string="Last Invited to an Event",
        compute="_compute_club_last_invited_on",
        search="_search_club_last_invited_on",
        groups=CLUB_USER,
        help="When the last invitation to an event was sent.",
    )

    # --- The facts ------------------------------------------------------------------

    @api.model
    def _club_sql_attended(self):
        """``person_id, event_id, day`` of every check-in, as ``club_person_id`` says.

        Who has booked is who comes, unless he has named somebody else.
        """
        self.env["event.registration"].flush_model(
            ["active", "state", "event_id", "club_attendee_id", "partner_id"]
            + ["email", "name"]
        )
        self.env["event.event"].flush_model(["date_begin"])
        self.env["res.partner"].flush_model(["email", "name"])
        return SQL(
            """
            SELECT r.club_attendee_id AS person_id, r.event_id, e.date_begin AS day
              FROM event_registration r
              JOIN event_event e ON e.id = r.event_id
             WHERE r.active AND r.state = 'done' AND r.club_attendee_id IS NOT NULL
             UNION ALL
            SELECT r.partner_id, r.event_id, e.date_begin
              FROM event_registration r
              JOIN event_event e ON e.id = r.event_id
              JOIN res_partner booker
                ON booker.id = r.partner_id
               AND (CASE WHEN COALESCE(r.email, '') <> '' THEN r.email = booker.email
                         WHEN COALESCE(r.name, '') <> '' THEN r.name = booker.name
                         ELSE TRUE END)
             WHERE r.active AND r.state = 'done' AND r.club_attendee_id IS NULL
            """
        )

    @api.model
    def _club_sql_attended_lately(self):
        return SQL(
            """
            SELECT a.person_id, count(DISTINCT a.event_id) AS count FROM (%s) a
             WHERE a.day >= now() AT TIME ZONE 'UTC' - %s * interval '1 month'
               AND a.day <= now() AT TIME ZONE 'UTC'
             GROUP BY a.person_id
            """,
            self._club_sql_attended(),
            MONTHS,
        )

    @api.model
    def _club_sql_last_attended(self):
        return SQL(
            "SELECT a.person_id, max(a.day) AS day FROM (%s) a GROUP BY a.person_id",
            self._club_sql_attended(),
        )

    @api.model
    def _club_sql_last_invited(self):
        self.env["club.event.invitation"].flush_model(["partner_id", "sent_on"])
        return SQL(
            """
            SELECT partner_id AS person_id, max(sent_on) AS day
              FROM club_event_invitation
             WHERE sent_on IS NOT NULL
             GROUP BY partner_id
            """
        )

    # --- On the card, and found by --------------------------------------------------

    def _compute_club_attended(self):
        counts = facts_of(self, self._club_sql_attended_lately())
        days = facts_of(self, self._club_sql_last_attended())
        for person in self:
            person.club_attended_count = counts.get(person.id, 0)
            person.club_last_attended_on = days.get(person.id, False)

    def _compute_club_last_invited_on(self):
        days = facts_of(self, self._club_sql_last_invited())
        for person in self:
            person.club_last_invited_on = days.get(person.id, False)

    def _search_club_attended_count(self, operator, value):
        self._check_field_access(self._fields["club_attended_count"], "read")
        return people_by_count(self, self._club_sql_attended_lately(), operator, value)

    def _search_club_last_attended_on(self, operator, value):
        self._check_field_access(self._fields["club_last_attended_on"], "read")
        return people_by_day(self, self._club_sql_last_attended(), operator, value)

    def _search_club_last_invited_on(self, operator, value):
        self._check_field_access(self._fields["club_last_invited_on"], "read")
        return people_by_day(self, self._club_sql_last_invited(), operator, value)


class EventRegistration(models.Model):
    """A visit moves a person at once, and so does one that is taken back.

    A booking does not: no shipped rule asks for it, and whoever buys a ticket among a
    thousand others must not wait for the rules. The night sees it.
    """

    _inherit = "event.registration"

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        registrations.filtered(lambda r: r.state == "done")._club_visits_changed()
        return registrations

    def write(self, vals):
        if not {"state", "active", "club_attendee_id", "partner_id"} & vals.keys():
            return super().write(vals)
        were = self.filtered(lambda r: r.state == "done")
        were._club_visits_changed()
        res = super().write(vals)
        self.filtered(lambda r: r.state == "done")._club_visits_changed()
        (were & self.filtered(lambda r: r.state != "done"))._club_visits_changed()
        return res

    def _club_visits_changed(self):
        """Let the rules look at who comes with these registrations."""
        if self:
            # sudo: whoever is at the door need not see who it is
            self.sudo().club_person_id._club_journey_now()


class ClubEventInvitation(models.Model):
    _inherit = "club.event.invitation"

    def write(self, vals):
        res = super().write(vals)
        if vals.get("sent_on"):
            self.partner_id._club_journey_now()
        return res
