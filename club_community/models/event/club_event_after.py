from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from .event_registration import SEATED

BATCH = 100
# An evening's event is asked about in the morning.
AFTER = timedelta(hours=12)
# Events that were over when the club began are left as they are.
WITHIN = timedelta(days=30)
ASK_WITHIN = timedelta(days=7)


class EventEvent(models.Model):
    _inherit = "event.event"

    club_survey_id = fields.Many2one(
        "survey.survey",
        string="Ask Afterwards",
        index="btree_not_null",
        ondelete="set null",
        help="This survey is sent the next day to everybody who was there, once.",
    )
    club_closed_on = fields.Datetime(
        string="Attendance Noted",
        copy=False,
        readonly=True,
        help="Who had a place and was not checked in by then is a no-show.",
    )

    @api.model
    def _cron_club_after(self):
        """Note who came and who did not, and ask those who came how it was.

        Each event, and each batch of letters, is a transaction of its own, in which it
        is also noted as done: killed at any point, nothing is done twice.
        """
        cron = self.env["ir.cron"]
        now = fields.Datetime.now()
        over = self._club_to_close(now)
        asking = self.env["event.registration"]._club_to_ask(now)
        cron._commit_progress(remaining=len(over) + len(asking))
        for event in over:
            event.try_lock_for_update()._club_close(now)
            if not cron._commit_progress(1):
                return
        for ids in split_every(BATCH, asking.ids):
            registrations = self.env["event.registration"].browse(ids)
            registrations.try_lock_for_update()._club_ask()
            if not cron._commit_progress(len(ids)):
                return

    @api.model
    def _club_to_close(self, now):
        return self.search(
            [
                ("club_closed_on", "=", False),
                ("date_end", "<=", now - AFTER),
                ("date_end", ">", now - WITHIN),
                ("kanban_state", "!=", "cancel"),
            ]
        )

    def _club_close(self, now):
        """S2.12: the attendance of this event goes to people's history.

        Where nobody was checked in, nothing is known: then nobody is a no-show.
        """
        self.invalidate_recordset(["club_closed_on"])
        for event in self.filtered(lambda e: not e.club_closed_on):
            registrations = event.registration_ids.filtered(lambda r: r.state in SEATED)
            came = registrations.filtered(lambda r: r.state == "done")
            if came:
                (registrations - came).club_no_show = True
                people = came.mapped("club_person_id")
                people._club_touched(event.date_end, "meeting", None, event.name)
            event.club_closed_on = now


class EventRegistration(models.Model):
    _inherit = "event.registration"

    club_no_show = fields.Boolean(
        string="No-show",
        copy=False,
        readonly=True,
        help="Had a place, and was not checked in.",
    )
    club_asked_on = fields.Datetime(string="Survey Sent", copy=False, readonly=True)
    club_person_id = fields.Many2one(
        "res.partner",
        string="Who Comes",
        compute="_compute_club_person_id",
        compute_sudo=True,
        help="The attendee where the club knows him, else who has booked for himself.",
    )

    @api.depends("club_attendee_id", "partner_id", "email", "name")
    def _compute_club_person_id(self):
        """Who has booked is who comes, unless he has named somebody else."""
        for registration in self:
            person = registration.club_attendee_id
            booker = registration.partner_id
            if not person and booker:
                email, name = registration.email, registration.name
                is_own = email == booker.email if email else name == booker.name
                person = booker if is_own or not (email or name) else person
            registration.club_person_id = person

    def write(self, vals):
        """Whoever is checked in late, or gave his place up, is no no-show."""
        if vals.get("state") and vals["state"] != "open":
            vals = {**vals, "club_no_show": False}
        return super().write(vals)

    @api.model
    def _club_to_ask(self, now):
        return self.search(
            [
                ("state", "=", "done"),
                ("club_asked_on", "=", False),
                ("event_id.club_survey_id.active", "=", True),
                ("event_id.date_end", "<=", now - AFTER),
                ("event_id.date_end", ">", now - ASK_WITHIN),
            ]
        )

    def _club_ask(self):
        """Send the survey of their event to those of these who were there."""
        now = fields.Datetime.now()
        self.invalidate_recordset(["club_asked_on"])
        waiting = self.filtered(lambda r: not r.club_asked_on)
        waiting.club_asked_on = now
        for event, registrations in waiting.grouped("event_id").items():
            people = registrations._club_people_to_ask()
            send = self.env["club.survey.send"]
            for of_lang in people.grouped("lang").values():
                send._invite(event.club_survey_id, of_lang, "new")
            event.club_survey_id.user_input_ids.filtered(
                lambda i, asked=people: i.partner_id in asked
                and i.state == "new"
                and not i.club_event_id
            ).club_event_id = event

    def _club_people_to_ask(self):
        """Each person once, who may be written to and was not asked for the event."""
        people = self.mapped("club_person_id").filtered("email_normalized")
        refusing = self.env["mail.blacklist"].search(
            [("email", "in", people.mapped("email_normalized"))]
        )
        asked = self.env["survey.user_input"].search(
            [
                ("club_event_id", "in", self.event_id.ids),
                ("partner_id", "in", people.ids),
            ]
        )
        emails = set(refusing.mapped("email"))
        return (people - asked.partner_id).filtered(
            lambda p: p.email_normalized not in emails
        )


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    club_event_id = fields.Many2one(
        "event.event",
        string="Event",
        index="btree_not_null",
        ondelete="set null",
        help="The event that the person was asked about.",
    )


class ResPartner(models.Model):
    """The person's events, for his card."""

    _inherit = "res.partner"

    club_events_attended = fields.Integer(
        string="Events Attended",
        compute="_compute_club_events",
        groups="club_community.group_club_user",
    )
    club_events_missed = fields.Integer(
        string="No-shows",
        compute="_compute_club_events",
        groups="club_community.group_club_user",
    )
    club_events_coming = fields.Integer(
        string="Events to Come",
        compute="_compute_club_events",
        groups="club_community.group_club_user",
    )

    def _compute_club_events(self):
        """In two queries, whatever the number of people."""
        # sudo: a personal manager sees how often his people came
        registrations = self.env["event.registration"].sudo()
        rows = registrations._read_group(
            self._club_events_domain() & Domain("state", "in", SEATED),
            ["club_attendee_id", "partner_id", "event_id", "state", "club_no_show"],
            ["__count"],
        )
        now = fields.Datetime.now()
        attended, missed, coming = {}, {}, {}
        for attendee, booker, event, state, no_show, count in rows:
            person_id = (attendee or booker).id
            if state == "done":
                counts = attended
            elif no_show:
                counts = missed
            elif event.date_end > now:
                counts = coming
            else:
                continue  # over, and nobody was checked in: nothing is known
            counts[person_id] = counts.get(person_id, 0) + count
        for person in self:
            person.club_events_attended = attended.get(person.id, 0)
            person.club_events_missed = missed.get(person.id, 0)
            person.club_events_coming = coming.get(person.id, 0)

    def _club_events_domain(self):
        """Registrations with which these people come, or came."""
        return Domain("club_attendee_id", "in", self.ids) | (
            Domain("club_attendee_id", "=", False)
            & Domain("partner_id", "in", self.ids)
        )

    def action_club_events(self):
        """The history of events of this person."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "club_community.club_person_events_action"
        )
        return action | {"domain": list(self._club_events_domain())}
