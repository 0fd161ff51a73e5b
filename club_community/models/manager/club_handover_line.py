from collections import defaultdict

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.tools.misc import format_datetime


class ClubHandoverLine(models.Model):
    """One person of a hand-over, and what became of it."""

    _name = "club.handover.line"
    _description = "Person of a Hand-Over"
    _order = "to_manager_id, id"
    _rec_name = "partner_id"

    handover_id = fields.Many2one(
        "club.handover", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="handover_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    club_chapter_id = fields.Many2one(related="partner_id.club_chapter_id")
    from_manager_id = fields.Many2one(
        "res.users", string="From Whom", readonly=True, ondelete="restrict"
    )
    to_manager_id = fields.Many2one(
        "res.users",
        string="Who Takes Over",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [("todo", "To do"), ("done", "Handed over"), ("kept", "Left alone")],
        required=True,
        default="todo",
        readonly=True,
        index=True,
    )
    why = fields.Char(
        string="Why Left Alone",
        readonly=True,
        help="He had another manager by the time his turn came.",
    )
    activity_count = fields.Integer(string="Activities", readonly=True)
    meeting_count = fields.Integer(string="Meetings", readonly=True)
    is_letter_sent = fields.Boolean(string="Letter", readonly=True)

    _person_once = models.UniqueIndex(
        "(handover_id, partner_id)", "This person is in the hand-over already."
    )

    def _do(self):
        """Carry out these lines, all of it in this transaction.

        Whoever else gives the same people somebody meanwhile writes their rows, too:
        the second is refused by PostgreSQL, runs again, and finds them with another
        manager than the line says, so it leaves them alone.
        """
        # sudo: the job hands over people, tasks and meetings of everybody
        lines = (
            self.sudo()
            .exists()
            .filtered(
                lambda line: line.state == "todo"
                and line.handover_id.state == "running"
            )
        )
        lines.partner_id.fetch(["club_manager_id", "active"])
        # one after the other: two hand-overs of a batch may be about the same people
        for lines_of_one in lines.grouped("handover_id").values():
            lines_of_one._do_one()

    def _do_one(self):
        """Carry out these lines, all of the same hand-over."""
        moved = self.filtered(
            lambda line: line.partner_id.club_manager_id == line.from_manager_id
            and line.to_manager_id.active
        )
        for line in self - moved:
            line.write({"state": "kept", "why": line._why_kept()})
        if moved:
            moved._give()
            moved._move_activities()
            moved._note(moved._move_meetings())
            moved._write_letters()
            moved.write({"state": "done"})

    def _why_kept(self):
        if not self.to_manager_id.active:
            return self.env._(
                "%(manager)s does not work here any more.",
                manager=self.to_manager_id.name,
            )
        if now := self.partner_id.club_manager_id:
            return self.env._("Is with %(manager)s by now.", manager=now.name)
        return self.env._("Has no personal manager by now.")

    def _give(self):
        """The people get their managers: a write per manager."""
        handover = self.handover_id
        for user, lines in self.grouped("to_manager_id").items():
            # sudo: the history names who started it, whose rights were looked at then
            people = lines.partner_id.with_user(handover.user_id).sudo()
            # one note says it all: stock's tracking would write one per column
            people.with_context(
                tracking_disable=True, club_manager_reason=handover.reason
            ).club_manager_id = user

    # --- What goes along ------------------------------------------------------------

    def _move_activities(self):
        """Open activities of the old manager about these people, on whatever paper."""
        old = self.handover_id.from_manager_id
        if not old:
            return
        new_of = {line.partner_id: line.to_manager_id for line in self}
        counts, ids_by_user = defaultdict(int), defaultdict(list)
        Activity = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        for model, field in self._papers().items():
            records = (
                self.env[model]
                .with_context(active_test=False)
                .search_fetch(
                    [
                        (field, "in", self.partner_id.ids),
                        ("activity_ids.user_id", "=", old.id),
                    ],
                    [field],
                )
            )
            own = Activity.search_fetch(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", records.ids),
                    ("user_id", "=", old.id),
                ],
                ["res_id"],
            )
            for activity in own:
                record = records.browse(activity.res_id).with_prefetch(records.ids)
                person = record if field == "id" else record[field]
                counts[person] += 1
                ids_by_user[new_of[person]].append(activity.id)
        for user, ids in ids_by_user.items():
            Activity.browse(ids).user_id = user
        for count, lines in self.grouped(lambda line: counts[line.partner_id]).items():
            lines.activity_count = count

    def _papers(self):
        """Whose activities go along: ``{model: column of the person}``; rooms add."""
        return {
            "res.partner": "id",
            "crm.lead": "partner_id",
            "sale.order": "partner_id",
        }

    def _move_meetings(self):
        """Meetings to come of the old manager with these people.

        Where somebody else who stays with the old one comes too, he stays invited,
        and the new one comes along. A welcome meeting follows its calendar, except
        where the new one has another at that time.

        :return: the welcome meetings that stay with the old one
        """
        old = self.handover_id.from_manager_id
        kept = self.env["club.meeting"]
        if not old:
            return kept
        new_of = {line.partner_id: line.to_manager_id for line in self}
        meetings = self.env["calendar.event"].search(
            [
                ("start", ">", fields.Datetime.now()),
                ("partner_ids", "in", self.partner_id.ids),
                "|",
                ("user_id", "=", old.id),
                ("partner_ids", "in", old.partner_id.ids),
            ]
        )
        kept = self._kept_meetings(meetings, new_of)
        meetings -= kept.event_id
        staff = meetings.partner_ids.filtered(_is_staff)
        todo, counts = defaultdict(list), defaultdict(int)
        for meeting in meetings:
            guests = meeting.partner_ids - staff
            coming = guests.filtered(lambda person: person in new_of)
            users = self.env["res.users"].union(*(new_of[p] for p in coming))
            todo[users, not guests - coming, meeting.user_id == old].append(meeting.id)
            for person in coming:
                counts[person] += 1
        for (users, all_go, is_host), ids in todo.items():
            commands = [Command.link(user.partner_id.id) for user in users]
            if all_go:
                commands.append(Command.unlink(old.partner_id.id))
            values = {"partner_ids": commands}
            if all_go and is_host:
                values["user_id"] = users[0].id
            self.env["calendar.event"].with_context(
                dont_notify=True, no_mail_to_attendees=True
            ).browse(ids).write(values)
        for count, lines in self.grouped(lambda line: counts[line.partner_id]).items():
            lines.meeting_count = count
        for meeting in kept:
            meeting._schedule()  # its task had gone along with all the others
        return kept

    @api.model
    def _kept_meetings(self, events, new_of):
        """Welcome meetings at whose time the new manager has another one.

        The database gives one time of a manager to one person.

        :param new_of: ``{person: res.users}``
        """
        rows = events._club_meetings().filtered(lambda row: row.partner_id in new_of)
        users = self.env["res.users"].union(*(new_of[r.partner_id] for r in rows))
        taken = rows.search(
            [
                ("user_id", "in", users.ids),
                ("state", "=", "agreed"),
                ("stop", ">", fields.Datetime.now()),
            ]
        )
        return rows.filtered(
            lambda row: any(
                other.user_id == new_of[row.partner_id]
                and other.start < row.stop
                and row.start < other.stop
                for other in taken - row
            )
        )

    def _note(self, kept_meetings):
        """An internal note on each person: from whom to whom, why, what to know."""
        handover = self.handover_id
        # sudo: the author is who started it, whose rights were looked at then
        people = self.partner_id.with_user(handover.user_id).sudo()
        bodies = {}
        for line in self:
            said = self.env._(
                "Personal manager: %(new)s instead of %(old)s. %(reason)s",
                new=line.to_manager_id.name,
                old=line.from_manager_id.name or self.env._("nobody"),
                reason=handover.reason,
            )
            body = Markup("<p>%s</p>") % said
            for meeting in kept_meetings:
                if meeting.partner_id == line.partner_id:
                    body += Markup("<p>%s</p>") % line._why_meeting_stays(meeting)
            if handover.note:
                body += (
                    Markup('<p style="white-space: pre-line">%s</p>') % handover.note
                )
            bodies[line.partner_id.id] = body
        people._message_log_batch(bodies)

    def _why_meeting_stays(self, meeting):
        return self.env._(
            "The welcome meeting of %(when)s stays with %(old)s: %(new)s has another "
            "one at that time.",
            when=format_datetime(self.env, meeting.start, dt_format="short"),
            old=meeting.user_id.name,
            new=self.to_manager_id.name,
        )

    def _write_letters(self):
        """The letter to each member, into the queue, in this very transaction."""
        template = self.handover_id.template_id
        told = self.filtered("partner_id.email") if template else self.browse()
        if not told:
            return
        template.with_context(club_queue_mail=True).send_mail_batch(told.ids)
        told.is_letter_sent = True


def _is_staff(person):
    """Whether a contact is somebody of the house, not a guest."""
    return any(not user.share for user in person.user_ids)
