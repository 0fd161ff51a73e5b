from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, split_every

BATCH = 100
TRIES = 5


class ClubEventInvitation(models.Model):
    """The job that writes the letters: killed at any point, nobody gets two.

    A letter is a row in the queue, and it is made in one transaction with the state of
    the invitation and with the person's last letter. That one is the rule of quiet:
    two workers, and two events, meet at the person's row, where one of them fails
    (REPEATABLE READ) and looks again.
    """

    _inherit = "club.event.invitation"

    @api.model
    def _cron_send(self):
        """Send what is due: invitations first, then those that ask again, once."""
        cron = self.env["ir.cron"]
        due = self._due_ids()
        cron._commit_progress(remaining=len(due))
        for ids in split_every(BATCH, due):
            self._send_batch(ids)
            if not cron._commit_progress(len(ids)):
                break

    @api.model
    def _send_batch(self, ids):
        """Send some; tried again if another worker came in between."""
        for tries_left in reversed(range(TRIES)):
            try:
                self.browse(ids).try_lock_for_update(allow_referencing=True)._send()
                self.env.flush_all()
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if not tries_left:
                    raise

    @api.model
    def _due_ids(self, ids=None):
        """Ids of invitations whose letter, or second letter, is due; in one query."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id
                  FROM club_event_invitation i
                  JOIN event_event e ON e.id = i.event_id
                  JOIN res_company c ON c.id = i.company_id
                  JOIN res_partner p ON p.id = i.partner_id
                 WHERE e.active AND p.active AND e.date_begin > %(now)s
                   AND COALESCE(e.kanban_state, '') <> 'cancel'
                   AND (i.state = 'queued'
                        OR (i.state IN ('sent', 'maybe') AND i.reminded_on IS NULL
                            AND c.club_invite_remind_days > 0
                            AND GREATEST(i.sent_on, i.answered_on) <= %(now)s
                                - c.club_invite_remind_days * interval '1 day'))
                   AND (p.club_invited_on IS NULL OR p.club_invited_on <= %(now)s
                        - c.club_invite_quiet_days * interval '1 day')
                   AND %(scope)s
                 ORDER BY i.state = 'queued' DESC, e.date_begin, i.id
                """,
                now=fields.Datetime.now(),
                scope=SQL("TRUE") if ids is None else SQL("i.id = ANY(%s)", list(ids)),
            )
        )
        return [id_ for (id_,) in rows]

    def _send(self):
        """Write the letters of these invitations, as far as they are due still."""
        now = fields.Datetime.now()
        due = self.browse(self._due_ids(self.ids))._leave_out(now)
        told = due._claim_people(now)
        letters = self.browse()
        for invitation in due:  # one letter, should somebody be invited twice
            if invitation.partner_id.id in told:
                told.discard(invitation.partner_id.id)
                letters |= invitation
        first = letters.filtered(lambda i: i.state == "queued")
        again = letters - first
        first.write({"state": "sent", "sent_on": now})
        again.write({"reminded_on": now})
        for invitations, xmlid in (
            (first, "club_community.mail_template_event_invitation"),
            (again, "club_community.mail_template_event_invitation_again"),
        ):
            template = self.env.ref(xmlid, raise_if_not_found=False)
            if template and invitations:
                template.send_mail_batch(
                    invitations.ids,
                    email_layout_xmlid="mail.mail_notification_layout",
                )
        self._touch(first.filtered("is_personal"), now)
        if letters:
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _leave_out(self, now):
        """Drop what must not be sent any more since it was put in the queue."""
        wanted = self.browse()
        for event, invitations in self.grouped("event_id").items():
            obstacles = event._club_invite_obstacles(invitations.partner_id)
            for code, of_code in invitations.grouped(
                lambda i, found=obstacles: found.get(i.partner_id)
            ).items():
                if not code:
                    wanted |= of_code
                    continue
                queued = of_code.filtered(lambda i: i.state == "queued")
                queued.write({"state": "dropped", "obstacle": code})
                (of_code - queued).write({"reminded_on": now})
        return self & wanted  # in the order in which they are due

    def _claim_people(self, now):
        """Note the letter on the people who had none lately.

        :return: set of ids of those who get one now
        """
        if not self:
            return set()
        people = self.partner_id
        people.flush_recordset(["club_invited_on"])
        quiet = {
            invitation.partner_id.id: invitation.company_id.club_invite_quiet_days
            for invitation in self
        }
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner p SET club_invited_on = %(now)s
                  FROM unnest(%(ids)s, %(days)s) AS q(id, days)
                 WHERE p.id = q.id
                   AND (p.club_invited_on IS NULL OR p.club_invited_on
                        <= %(now)s - q.days * interval '1 day')
             RETURNING p.id
                """,
                now=now,
                ids=list(quiet),
                days=list(quiet.values()),
            )
        )
        people.invalidate_recordset(["club_invited_on"], flush=False)
        return {id_ for (id_,) in rows}

    def _signs(self):
        """Who signs the letter: whoever invites, or while he is away his deputy.

        :return: ``(res.users, words)``, the words for whom the deputy stands in
        """
        self.ensure_one()
        user = self.user_id
        return user._club_stand_ins()[user.id] if user else (user, "")

    def _touch(self, personal, now):
        """A personal letter is a contact of him who invites; one to all is none."""
        self.env["res.partner"]._club_touch_each(
            [
                (i.partner_id.id, now, "email", i._signs()[0].id, i.event_id.name)
                for i in personal
            ]
        )
