from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

BATCH = 50
TRIES = 5


class EventEvent(models.Model):
    """The organiser cancels the whole event, with a message to all (Hi.Events #617).

    The event is closed at once; a job then takes a batch of places at a time: cancels
    them, gives the money back, queues the letters, and commits. Killed at any point it
    goes on with those who are not cancelled yet.
    """

    _inherit = "event.event"

    club_cancelled_on = fields.Datetime(
        string="Event Cancelled On", readonly=True, copy=False, tracking=True
    )
    club_cancel_message = fields.Html(
        string="Message to All", readonly=True, copy=False, sanitize=True
    )
    club_cancel_refund = fields.Boolean(
        string="All Is Given Back", readonly=True, copy=False
    )

    def _club_cancel_event(self, message, refund=True):
        """Close these events; the job cancels the places and writes to all.

        :param message: what everybody is told, HTML
        :param refund: whether the whole price is given back, else nothing
        :raise UserError: an event is over
        """
        for event in self:
            if event.is_finished:
                raise UserError(
                    self.env._("“%(event)s” is over.", event=event.display_name)
                )
        self.write(
            {
                "kanban_state": "cancel",
                "club_cancelled_on": fields.Datetime.now(),
                "club_cancel_message": message,
                "club_cancel_refund": refund,
            }
        )
        # sudo: organisers have no rights on jobs
        self.env.ref("club_community.ir_cron_club_event_cancel").sudo()._trigger()

    @api.model
    def _cron_cancel_events(self):
        """Cancel the places of cancelled events; may be killed and run again."""
        domain = [
            ("event_id.club_cancelled_on", "!=", False),
            ("event_id.kanban_state", "=", "cancel"),
            ("state", "in", ("draft", "open")),
        ]
        Registration, cron = self.env["event.registration"], self.env["ir.cron"]
        cron._commit_progress(remaining=Registration.search_count(domain))
        tries = TRIES
        while due := Registration.search(domain, limit=BATCH, order="id"):
            try:
                # places of one order go together: one credit note
                orders = due.sale_order_id
                due |= Registration.search(
                    [("sale_order_id", "in", orders.ids), *domain]
                )
                locked = due.try_lock_for_update()
                locked._club_cancel_with_event()
                self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                tries -= 1
                if not tries:
                    raise
                continue
            tries = TRIES
            if not locked or not cron._commit_progress(len(locked)):
                break


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def _club_cancel_with_event(self):
        """Cancel these places of cancelled events and tell their people."""
        for event, places in self.grouped("event_id").items():
            share = float(event.club_cancel_refund)
            amounts = places._club_refund_amount(share)
            places.with_context(club_guests_stay=True).write(
                {
                    "state": "cancel",
                    "club_cancelled_on": fields.Datetime.now(),
                    "club_cancel_reason": self.env._("The event was cancelled."),
                }
            )
            for order, of_order in places.grouped("sale_order_id").items():
                if order:
                    order._club_give_back(of_order, amounts.get(order, 0))
            told = places.filtered(lambda p: p.sale_order_id.state != "draft")
            told._club_tell("club_community.mail_template_event_cancelled")
