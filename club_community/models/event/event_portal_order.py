from odoo import fields, models
from odoo.tools import format_datetime


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_kept_until(self):
        """Until when all places of an unpaid order are kept; False where none are."""
        self.ensure_one()
        # sudo: whoever pays has no rights on registrations
        held = (
            self._club_event_lines()
            .sudo()
            .registration_ids.filtered(
                lambda r: r.state == "draft" and r.club_has_place
            )
        )
        return min(held.mapped("club_held_until"), default=False)

    def _club_kept_until_words(self):
        """The same by the payer's clock: the time today, else with its day."""
        until = self._club_kept_until()
        if not until:
            return ""
        event = self._club_event_lines().event_id[:1]
        zone = self.env.user.tz or event.date_tz
        here = fields.Datetime.context_timestamp(self.with_context(tz=zone), until)
        today = fields.Date.context_today(self.with_context(tz=zone))
        pattern = "HH:mm" if here.date() == today else "d MMMM, HH:mm"
        return format_datetime(self.env, until, zone, pattern)

    def _club_may_ask_for_invoice(self):
        """Once: who has been promised some days gets no more of them by himself."""
        self.ensure_one()
        return self.state == "draft" and bool(self._club_kept_until())

    def _club_ask_for_invoice(self):
        """Keep the places for who pays by bank transfer, and tell who writes invoices.

        The quotation stays one, and becomes "sent": nothing is confirmed until the
        money is there, or somebody of the club says so.

        :raise UserError: the places are taken by now
        """
        for order in self.filtered(lambda o: o._club_may_ask_for_invoice()):
            order._club_hold_seats(days=True)
            order_sudo = order.sudo()  # sudo: a member has no rights on his orders
            order_sudo.action_quotation_sent()
            event_sudo = order_sudo._club_event_lines().event_id[:1]
            user = event_sudo.user_id or order_sudo.user_id or event_sudo.create_uid
            order_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Asks for an invoice"),
                note=self.env._(
                    "Places at “%(event)s” are kept until %(until)s.",
                    event=event_sudo.name,
                    until=order._club_kept_until_words(),
                ),
                user_id=user.id,
            )
