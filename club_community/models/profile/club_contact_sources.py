import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.mail import html2plaintext

from ..membership.club_batches import run_list

WRITTEN = ("comment", "email_outgoing")
BATCH = 1000
# A meeting that is entered long after it was held counts as well.
LOOK_BACK_DAYS = 92


class MailMessage(models.Model):
    """Messages are contacts with a person."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Note what somebody of the club writes to a person, or has from him.

        Automatic notifications and log notes are no contacts, but for the note of a
        call. What a job or a member's click sends is none either: it is written by
        nobody.
        """
        messages = super().create(vals_list)
        talking = [
            message
            for message, vals in zip(messages, vals_list, strict=True)
            if vals.get("message_type", "comment") in (*WRITTEN, "email")
        ]
        if talking:
            self.browse([message.id for message in talking])._club_touch()
        return messages

    def _club_touch(self):
        # sudo: whoever writes a message need not see the club's columns
        messages_sudo = self.sudo()
        Partner = messages_sudo.env["res.partner"]
        contacts = []
        for message in messages_sudo:
            channel, people = message._club_contact()
            user_id = self.env.uid if message.message_type in WRITTEN else None
            subject = message._club_subject() if people else None
            contacts += [
                (person.id, message.date, channel, user_id, subject)
                for person in people
            ]
        Partner._club_touch_each(contacts)

    def _club_contact(self):
        """How and with whom this message is a contact: channel and people."""
        author = self.author_id
        if self.message_type == "email":
            # of the author, unless it is somebody of ours who writes from his mailbox
            is_ours = any(not user.share for user in author.user_ids)
            return "email", author.browse() if is_ours else author
        user = self.env.user
        is_ours = user._is_internal() and not user._is_superuser()
        is_call = self.mail_activity_type_id.category == "phonecall"
        is_note = self.is_internal or self.subtype_id.internal
        if (
            not is_ours
            or author != user.partner_id
            or self.model == "discuss.channel"
            or (is_note and not is_call)
        ):
            return None, author.browse()
        people = self.partner_ids
        if self.model == "res.partner" and self.res_id:
            people |= people.browse(self.res_id)
        if is_call:
            return "call", people
        is_letter = self.message_type == "email_outgoing"
        return "email" if is_letter else "message", people - author

    def _club_subject(self):
        """One line of what it was about; words only from the person's own card."""
        if self.subject or self.model not in (False, "res.partner"):
            return self.subject or self.record_name
        lines = html2plaintext(self.body or "").strip().splitlines()
        return lines[0] if lines else None


class MailMail(models.Model):
    """A letter that has its recipients on the mail alone, as templates send it."""

    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        user = self.env.user
        if user._is_internal() and not user._is_superuser():
            mails._club_touch_recipients()
        return mails

    def _club_touch_recipients(self):
        # sudo: whoever writes a letter need not see the club's columns
        mails_sudo, user = self.sudo(), self.env.user
        mails_sudo.env["res.partner"]._club_touch_each(
            [
                (person.id, mail.date, "email", user.id, mail.subject)
                for mail in mails_sudo
                if not mail.is_notification and mail.author_id == user.partner_id
                for person in mail.recipient_ids
            ]
        )


class MailActivity(models.Model):
    """A done call, meeting or task is a contact."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        contacts = []
        user = self.env.user
        if user._is_internal() and not user._is_superuser():
            now = fields.Datetime.now()
            contacts = [
                (person_id, now, channel, user.id, activity.summary or feedback or None)
                for activity, channel, person_id in self._club_contacts()
            ]
        res = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # sudo: whoever has done it need not see the club's columns
        self.env["res.partner"].sudo()._club_touch_each(contacts)
        return res

    def _club_contacts(self):
        """``(activity, channel, person id)`` of those that are contacts.

        Whatever is done for a person, but for handing in a document; of his other
        papers (a lead, an order) calls and meetings only.
        """
        found = []
        for model, data in self.filtered("res_model")._classify_by_model().items():
            pairs = [
                (activity, channel)
                for activity in data["activities"]
                if (channel := activity._club_channel())
                and (model == "res.partner" or channel in ("call", "meeting"))
            ]
            if model == "res.partner":
                found += [(a, channel, a.res_id) for a, channel in pairs]
                continue
            papers = self.env[model].browse([a.res_id for a, _channel in pairs])
            if not pairs or not hasattr(papers, "_mail_get_partners"):
                continue
            # sudo: only to know whose paper it is
            people = papers.sudo().exists()._mail_get_partners()
            found += [
                (activity, channel, person.id)
                for activity, channel in pairs
                for person in people.get(activity.res_id, ())
            ]
        return found

    def _club_channel(self):
        kind = self.activity_type_id
        if kind.category in ("phonecall", "meeting"):
            return "call" if kind.category == "phonecall" else "meeting"
        if kind == self.env.ref("mail.mail_activity_data_email", False):
            return "email"
        return False if kind.category == "upload_file" else "task"


class CalendarEvent(models.Model):
    """A meeting that was held is a contact with everybody who came."""

    _inherit = "calendar.event"

    @api.model
    def _cron_club_touch(self):
        """Hourly: note the meetings that have ended.

        A person whose last contact is as late as his meeting is not looked at any
        more, so it may be killed, run again, and twice at once.
        """
        run_list(self.env, self._club_held(), BATCH, self._club_touch_batch)

    @api.model
    def _club_touch_batch(self, rows):
        """Note some meetings."""
        try:
            self.env["res.partner"]._club_touch_each(rows)
        except psycopg2.errors.ForeignKeyViolation:
            # the organizer's user was removed meanwhile: the next run knows
            self.env.cr.rollback()

    @api.model
    def _club_held(self):
        """The last held meeting of each person that is later than his last contact.

        Meetings of somebody of ours; not whoever has declined, nor our own people.
        The name of a private meeting is nobody's business.

        :return: rows as ``res.partner._club_touch_each`` takes them
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (p.id)
                       p.id, e.stop, 'meeting', u.id,
                       CASE WHEN COALESCE(e.privacy, s.calendar_default_privacy,
                                          'public') <> 'private' THEN e.name END
                  FROM calendar_event e
                  JOIN res_users u ON u.id = e.user_id AND u.share IS NOT TRUE
                  LEFT JOIN res_users_settings s ON s.user_id = u.id
                  JOIN calendar_attendee a ON a.event_id = e.id
                  JOIN res_partner p ON p.id = a.partner_id
                 WHERE e.active
                   AND e.start > %(first)s
                   AND e.stop <= %(now)s
                   AND a.state IS DISTINCT FROM 'declined'
                   AND p.is_company IS NOT TRUE
                   AND (p.club_last_contact_on IS NULL
                        OR p.club_last_contact_on < e.stop)
                   AND NOT EXISTS (SELECT FROM res_users own
                                    WHERE own.partner_id = p.id
                                      AND own.share IS NOT TRUE)
                 ORDER BY p.id, e.stop DESC, e.id DESC
                """,
                first=fields.Datetime.subtract(now, days=LOOK_BACK_DAYS),
                now=now,
            )
        )
