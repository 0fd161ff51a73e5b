from odoo import api, fields, models

BATCH = 50


class EventEvent(models.Model):
    _inherit = "event.event"

    club_arrival_alert = fields.Selection(
        [
            ("all", "Of every member"),
            ("level", "Of members of these levels"),
            ("none", "Of nobody"),
        ],
        string="Tell Managers of the Arrival",
        default="all",
        required=True,
        help="The personal manager gets a note as soon as the member comes in.",
    )
    club_alert_grade_ids = fields.Many2many(
        "res.partner.grade", string="Levels", help="Whose arrival is told."
    )


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def _club_alert_wanted(self):
        """Whether the manager of who comes shall know at once."""
        self.ensure_one()
        event, person = self.event_id, self._club_person()
        if event.club_arrival_alert == "none" or not person.club_manager_id:
            return False
        if event.club_arrival_alert == "level":
            return person.grade_id in event.club_alert_grade_ids
        return True

    def _club_badges(self):
        """The manager's name, or his deputy's: whom the desk calls for this guest."""
        badges = super()._club_badges()
        # sudo: the desk reads no columns of members
        registration_sudo = self.sudo()
        if registration_sudo._club_alert_wanted():
            person = registration_sudo._club_person()
            # sudo: a name for the desk
            user_sudo = person._club_looked_after_by()[person.id][0].sudo()
            text = self.env._("VIP, manager: %s", user_sudo.name)
            badges.insert(0, {"tone": "dark", "text": text})
        return badges


class ClubEventCheckin(models.Model):
    _inherit = "club.event.checkin"

    @api.model
    def _call_alerts(self):
        """Have the notes sent in a moment, by a job: the door waits for nothing."""
        # sudo: the desk has no rights on jobs
        self.env.ref("club_community.ir_cron_club_arrival").sudo()._trigger()

    @api.model
    def _cron_tell_managers(self):
        """Tell managers who came, once per person, event and day.

        In batches that are committed; killed and run again, it tells nobody twice but
        those of the batch that was not committed.
        """
        cron = self.env["ir.cron"]
        due = [("alert", "=", "due"), ("undone_at", "=", False)]
        cron._commit_progress(remaining=self.search_count(due))
        while rows := self.search(due, order="id", limit=BATCH):
            rows._tell_managers()
            if not cron._commit_progress(len(rows)):
                return

    def _tell_managers(self):
        told = {
            (person.id, event.id, day)
            for person, event, day in self._read_group(
                [
                    ("alert", "=", "sent"),
                    ("attendee_id", "in", self.attendee_id.ids),
                    ("event_id", "in", self.event_id.ids),
                ],
                ["attendee_id", "event_id", "day:day"],
            )
        }
        repeated = self.browse()
        for row in self:
            key = (row.attendee_id.id, row.event_id.id, row.day)
            if key in told or not row.attendee_id.club_manager_id:
                repeated |= row
                continue
            told.add(key)
            row._tell_manager()
        repeated.alert = "repeated"
        (self - repeated).alert = "sent"

    def _tell_manager(self):
        """A note on the screen, and a message that stays.

        While the manager is away his deputy gets it, who reads for whom.
        """
        self.ensure_one()
        person = self.attendee_id
        # sudo: the job writes to whoever is charged
        manager = person._club_looked_after_by()[person.id][0].sudo()
        env = self.with_context(lang=manager.lang).env
        row = self.with_env(env)
        for_whom = row.attendee_id._club_looked_after_by()[person.id][1]
        gate = row.gate or env._("the door")
        words = {
            "member": row.attendee_id.name,
            "event": row.event_id.name,
            "time": row._when(),
            "gate": gate,
        }
        title = env._("%(member)s is here", **words)
        body = env._("%(event)s, %(time)s, %(gate)s", **words)
        if for_whom:
            body = f"{body}. {for_whom}"
        manager._bus_send(
            "simple_notification",
            {"title": title, "message": body, "type": "info", "sticky": True},
        )
        row.registration_id.message_notify(
            partner_ids=manager.partner_id.ids, subject=title, body=f"{title}. {body}"
        )
