from odoo import models, modules


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def _update_mail_schedulers(self):
        """Leave the letters to stock's job, which is called at once.

        Stock renders and counts them within the buyer's transaction, on a row that all
        buyers of an event share, and commits in the midst of it: in a rush three of
        four buyers get an error, and seats stay empty (field.md section 4). This is
        what stock itself does where ``event.event_mail_async`` is set.

        Within a test nothing is ever committed, so no job could see these
        registrations: there, as stock's own code does, they are written at once.
        """
        if modules.module.current_test or self.env[
            "ir.config_parameter"
        ].sudo().get_param("event.event_mail_async"):
            return super()._update_mail_schedulers()
        if self.env.context.get("install_mode") or not self._club_awaits_letters():
            return None
        # sudo: buyers have no rights on jobs
        for job in ("event.event_mail_scheduler", "mail.ir_cron_mail_scheduler_action"):
            self.env.ref(job).sudo()._trigger()
        return None

    def _club_awaits_letters(self):
        """Whether these registrations are confirmed and their event writes to them."""
        confirmed = self.filtered(lambda r: r.state == "open")
        # sudo: buyers have no rights on letters
        return confirmed and self.env["event.mail"].sudo().search_count(
            [
                ("event_id", "in", confirmed.event_id.ids),
                ("interval_type", "=", "after_sub"),
            ],
            limit=1,
        )


class EventMail(models.Model):
    _inherit = "event.mail"

    def _send_mail(self, registrations):
        """Where no PDF can be made, the letter goes out without the ticket's PDF.

        Stock's letter of an event has one attached, and without the program for it the
        job would write to nobody. See ``sale.order._send_order_notification_mail``.
        """
        without = self.env["sale.order"]._club_pdf_is_missing()
        return super(EventMail, self.with_context(club_without_pdf=without))._send_mail(
            registrations
        )
