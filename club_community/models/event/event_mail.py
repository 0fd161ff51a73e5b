from odoo import models, modules
from odoo.tools import SQL

from .event_glance import Glances


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def _update_mail_schedulers(self):
        """Leave the letters to stock's job, which is called at once.

        Stock renders and counts them within the buyer's transaction, on a row that all
        buyers of an event share, and commits in the midst of it: in a rush three of
        four buyers get an error, and seats stay empty (field.md section 4). This is
        what stock itself does where ``event.event_mail_async`` is set, but for the job
        that sends: the one that writes calls it, when there is something to send.

        Within a test nothing is ever committed, so no job could see these
        registrations: there, as stock's own code does, they are written at once.
        """
        if modules.module.current_test:
            return super()._update_mail_schedulers()
        if self.env.context.get("install_mode") or not self._club_awaits_letters():
            return None
        # sudo: buyers have no rights on jobs
        job_sudo = self.env["ir.cron"].sudo()
        job_sudo = job_sudo.browse(
            self.env["ir.model.data"]._xmlid_to_res_id("event.event_mail_scheduler")
        )
        job_sudo.fetch(["active"])  # all that _trigger reads of it
        job_sudo._trigger()
        return None

    def _club_awaits_letters(self):
        """Whether these registrations are confirmed and their event writes to them."""
        confirmed = self.filtered(lambda r: r.state == "open")
        seen = self.env.context.get("club_glances")
        if isinstance(seen, Glances) and seen.keys() >= set(confirmed.event_id.ids):
            return any(seen[event.id].writes for event in confirmed.event_id)
        # sudo: buyers have no rights on letters
        return confirmed and self.env["event.mail"].sudo().search_count(
            [
                ("event_id", "in", confirmed.event_id.ids),
                ("interval_type", "=", "after_sub"),
            ],
            limit=1,
        )


class EventEvent(models.Model):
    _inherit = "event.event"

    def _club_glance_queries(self):
        """Also whether the event writes to who registers."""
        self.env["event.mail"].flush_model()
        return [
            *super()._club_glance_queries(),
            SQL(
                """
                SELECT event_id, 'writes', 0, 0, 0, count(*)
                  FROM event_mail
                 WHERE event_id = ANY(%s) AND interval_type = 'after_sub'
                 GROUP BY event_id
                """,
                self.ids,
            ),
        ]


class EventMail(models.Model):
    _inherit = "event.mail"

    def _send_mail(self, registrations):
        """Where no PDF can be made, the letter goes out without the ticket's PDF.

        Stock's letter of an event has one attached, and without the program for it the
        job would write to nobody. See ``sale.order._send_order_notification_mail``.
        The job that sends is called with the letters, see ``_update_mail_schedulers``.
        """
        without = self.env["sale.order"]._club_pdf_is_missing()
        res = super(EventMail, self.with_context(club_without_pdf=without))._send_mail(
            registrations
        )
        # sudo: whoever lets letters be written has no rights on jobs
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return res
