from datetime import timedelta

import psycopg2
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from ..membership.club_batches import run_list

STATES = [
    ("agreed", "Agreed"),
    ("held", "Took place"),
    ("missed", "Did not take place"),
    ("cancelled", "Called off"),
]
REASON = "welcome meeting"
BATCH = 200
MAX_NOTE = 500


class ClubMeeting(models.Model):
    """The welcome meeting of a newcomer and whoever looks after him (S2.04 item 3).

    The meeting itself is a ``calendar.event``, with its letters and reminders; this row
    is its promise: the database gives one time of a manager to one person. Both move
    together, whichever is moved (calendar_event.py).
    """

    _name = "club.meeting"
    _description = "Welcome Meeting"
    _order = "start desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Manager",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    start = fields.Datetime(string="Time", required=True, readonly=True)
    stop = fields.Datetime(string="Until", required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, default="agreed", readonly=True, index=True
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="In the Calendar",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    moved_count = fields.Integer(string="Times Moved", readonly=True)
    cancel_reason = fields.Char(string="Why Called Off", readonly=True)
    note = fields.Text(string="What Was Said", readonly=True)
    next_step = fields.Char(readonly=True)

    _one_at_a_time = models.Constraint(
        """EXCLUDE USING gist (
            int4range(user_id, user_id, '[]') WITH =,
            tsrange(start, stop) WITH &&
        ) WHERE (state = 'agreed')""",
        "The manager has another welcome meeting at this time.",
    )
    _one_agreed = models.UniqueIndex(
        "(partner_id) WHERE state = 'agreed'",
        "This person has agreed on a welcome meeting already.",
    )
    _ends_after_start = models.Constraint(
        "CHECK(stop > start)", "A meeting ends after it begins."
    )
    _over_idx = models.Index("(stop) WHERE state = 'agreed'")

    @api.depends("partner_id.name", "start")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for meeting in self:
            when = meeting.start and format_datetime(
                self.env, meeting.start, dt_format="short"
            )
            meeting.display_name = " · ".join(
                filter(None, [meeting.partner_id.name, when])
            )

    # --- Agree, move, call off --------------------------------------------------------

    @api.model
    def _agree(self, person, start):
        """Book a time for this person, or move what he has agreed on to it.

        :param start: naive datetime in UTC, one of ``_free_times``
        :return: the meeting
        :raise UserError: the time is not free any more, in a kind sentence
        """
        user = person._club_looked_after_by()[person.id][0]
        company = self._company_of(person)
        # sudo: a member has no rights on meetings
        mine = self.sudo().search(
            [("partner_id", "=", person.id), ("state", "=", "agreed")]
        )
        if mine and mine.start == start:
            return mine
        if start not in user._club_free_times(company, mine):
            raise UserError(self._taken())
        stop = start + timedelta(minutes=company.club_meeting_minutes)
        values = {"user_id": user.id, "start": start, "stop": stop}
        try:
            with self.env.cr.savepoint():
                if mine:
                    mine.write({**values, "moved_count": mine.moved_count + 1})
                else:
                    mine = mine.create(
                        {**values, "partner_id": person.id, "company_id": company.id}
                    )
                mine.flush_recordset()
        except (
            psycopg2.errors.ExclusionViolation,
            psycopg2.errors.UniqueViolation,
        ) as error:
            raise UserError(self._taken()) from error
        mine._put_in_calendar()
        person._club_journey_now()
        return mine

    @api.model
    def _taken(self):
        return self.env._(
            "This time has just been taken. Nothing is lost: please choose another one."
        )

    @api.model
    def _company_of(self, person):
        # sudo: a member has no rights on memberships
        company = person.sudo().club_membership_id.company_id
        return company or self.env.company

    @api.model
    def _free_times(self, person):
        """Times that this person may choose from, and whom he will meet.

        :return: ``(res.users, sorted list of naive datetimes in UTC)``
        """
        user = person._club_looked_after_by()[person.id][0]
        # sudo: a member has no rights on meetings
        mine = self.sudo().search(
            [("partner_id", "=", person.id), ("state", "=", "agreed")]
        )
        return user, user._club_free_times(self._company_of(person), mine)

    def _call_off(self, reason="", state="cancelled"):
        """Free the time again; who was invited is told. A second time changes nothing.

        :param state: ``cancelled``, or ``missed`` where the time had passed
        """
        # sudo: a member has no rights on meetings
        for meeting in self.sudo().filtered(lambda m: m.state != state):
            meeting.write(
                {"state": state, "cancel_reason": " ".join(reason.split())[:MAX_NOTE]}
            )
            event = meeting._event()
            if event.active and state == "cancelled":
                letter = self.env.ref("calendar.calendar_template_delete_event")
                letter.with_env(event.env).send_mail_batch(
                    event.ids, email_values=meeting._called_off_to(event)
                )
                event.active = False
            elif event.active:
                # declined: the calendar's own job does not take it for a contact
                event.attendee_ids.filtered(
                    lambda a, meeting=meeting: a.partner_id == meeting.partner_id
                ).state = "declined"
            meeting._activity().action_archive()
        self.sudo().partner_id._club_journey_now()

    def _called_off_to(self, event):
        """Both of them read it, whoever has called the meeting off."""
        self.ensure_one()
        people = self.partner_id | self.user_id.partner_id
        return {"recipient_ids": [Command.set(people.filtered("email").ids)]}

    def action_cancel(self):
        """The manager calls the meeting off."""
        self.check_access("read")
        self.filtered(lambda m: m.state == "agreed")._call_off()

    def action_missed(self):
        """The member did not come."""
        self.check_access("read")
        self._call_off(state="missed")

    # --- The calendar -----------------------------------------------------------------

    def _event(self):
        """The meeting in the calendar, for the club's own steps: letters go into the
        queue, and nobody is taken for the author but the manager."""
        system = self.env.ref("base.user_root")
        return self.event_id.with_user(system).with_context(
            club_queue_mail=True,
            club_meeting_moves=True,
            mail_create_nosubscribe=True,
            skip_contact_description=True,
            active_test=False,
        )

    def _put_in_calendar(self):
        """Make the event, or move the one that is there; letters are queued."""
        self.ensure_one()
        event = self._event()
        manager = self.user_id.partner_id
        if event and event.active and event.user_id == self.user_id:
            event.write({"start": self.start, "stop": self.stop})
            event.attendee_ids.state = "accepted"
        else:
            if event.active:
                event.active = False
            speaking = self.with_context(lang=self.partner_id.lang or self.env.lang)
            self.event_id = event.create(
                {
                    "name": speaking.env._(
                        "Welcome meeting: %(name)s", name=self.partner_id.name
                    ),
                    "description": speaking._agenda(),
                    "start": self.start,
                    "stop": self.stop,
                    "user_id": self.user_id.id,
                    "partner_ids": [Command.set((manager | self.partner_id).ids)],
                    "attendee_ids": [
                        Command.create({"partner_id": partner.id, "state": "accepted"})
                        for partner in manager | self.partner_id
                    ],
                }
            )
        self._schedule()

    def _agenda(self):
        """What is talked about (HTML), in the member's language."""
        points = (
            self.env._("What you expect of the club, and of us"),
            self.env._("A short tour: your card, your events, your people"),
            self.env._("One goal for this year, and the first step to it"),
        )
        items = Markup().join(Markup("<li>%s</li>") % point for point in points)
        return Markup("<p>%s</p><ol>%s</ol>") % (
            self.env._("Fifteen minutes to get to know each other:"),
            items,
        )

    def _schedule(self):
        """One open activity of the manager: to meet, and to note what came of it."""
        kind = self.env.ref("mail.mail_activity_data_meeting")
        zone = self.user_id._club_zone(self.company_id)
        speaking = self.with_context(lang=self.user_id.lang or self.env.lang, tz=zone)
        deadline = fields.Datetime.context_timestamp(speaking, self.start).date()
        activity = self.env["mail.activity"]._club_schedule(
            [
                {
                    "partner_id": self.partner_id.id,
                    "activity_type_id": kind.id,
                    "club_reason": REASON,
                    "user_id": self.user_id.id,
                    "summary": speaking.env._(
                        "Welcome meeting, %(when)s",
                        when=format_datetime(
                            speaking.env, self.start, tz=zone, dt_format="short"
                        ),
                    ),
                    "note": speaking._agenda(),
                    "date_deadline": deadline,
                }
            ]
        )
        # moved to a later day: stock's key would only bring it nearer
        if activity.date_deadline != deadline:
            activity.with_context(
                mail_activity_quick_update=True
            ).date_deadline = deadline

    def _activity(self):
        """The open activity of these meetings."""
        # sudo: it may be somebody else's
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", self.partner_id.ids),
                    ("club_reason", "=", REASON),
                ]
            )
        )

    # --- Held -------------------------------------------------------------------------

    @api.model
    def _cron_close(self):
        """Hourly: what is over was held, unless the manager says that it was not.

        The calendar counts it as a contact by itself. May be killed and run again.
        """
        over = self.search(
            [("state", "=", "agreed"), ("stop", "<=", fields.Datetime.now())],
            order="id",
        )
        run_list(self.env, over.ids, BATCH, self._close_batch)

    @api.model
    def _close_batch(self, ids):
        over = self.search([("id", "in", ids), ("state", "=", "agreed")])
        over.state = "held"
        over.partner_id._club_journey_now()

    @api.model
    def _held(self, person, note, next_step, user):
        """Keep what came of the meeting; where none was agreed, one is noted as held.

        :return: the meeting
        """
        now = fields.Datetime.now()
        # sudo: meetings are written by nobody but these steps
        self_sudo = self.sudo()
        meeting = self or self_sudo.search(
            [("partner_id", "=", person.id), ("state", "=", "agreed")]
        )
        if not meeting:
            company = self._company_of(person)
            length = timedelta(minutes=company.club_meeting_minutes)
            meeting = self_sudo.create(
                {
                    "partner_id": person.id,
                    "user_id": user.id,
                    "company_id": company.id,
                    "start": now - length,
                    "stop": now,
                    "state": "held",
                }
            )
        meeting = meeting.sudo()
        if meeting.start > now:  # they met before the time they had agreed on
            event = meeting._event()
            length = meeting.stop - meeting.start
            meeting.write({"start": now - length, "stop": now})
            event.write({"start": meeting.start, "stop": meeting.stop})
        meeting.write({"state": "held", "note": note, "next_step": next_step})
        person._club_journey_now()
        return meeting

    def action_held(self):
        """Open the window that notes what came of the meeting."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_meeting_held_action"
        )
        return {
            **action,
            "context": {
                "default_meeting_id": self.id,
                "default_partner_id": self.partner_id.id,
            },
        }


class ClubOnboarding(models.Model):
    _inherit = "club.onboarding"

    def action_meeting_held(self):
        """Note what came of the welcome meeting, agreed or not."""
        self.ensure_one()
        meeting = self.env["club.meeting"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("state", "in", ("agreed", "held")),
            ],
            limit=1,
        )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_meeting_held_action"
        )
        return {
            **action,
            "context": {
                "default_meeting_id": meeting.id,
                "default_partner_id": self.partner_id.id,
            },
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _club_last_meetings(self):
        """SQL of the newest welcome meeting of each person: ``partner_id, state``."""
        self.env["club.meeting"].flush_model(["partner_id", "state"])
        return SQL(
            """SELECT DISTINCT ON (partner_id) partner_id, state
                 FROM club_meeting ORDER BY partner_id, id DESC"""
        )
