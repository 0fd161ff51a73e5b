from odoo import models
from odoo.exceptions import UserError

TICKETS = "event.registration"


class IrActionsReport(models.Model):
    """Tickets and badges of cancelled places are not printed.

    Odoo issues #155125 and #22882: stock prints, and attaches to mails, whatever is
    chosen in the list, cancelled places too.
    """

    _inherit = "ir.actions.report"

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        res_ids = self._club_living_tickets(report_ref, res_ids)
        return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)

    def _render_qweb_html(self, report_ref, docids, data=None):
        docids = self._club_living_tickets(report_ref, docids)
        return super()._render_qweb_html(report_ref, docids, data=data)

    def _club_living_tickets(self, report_ref, ids):
        """The ids without those of cancelled places.

        :raise UserError: all of them are cancelled
        """
        if not ids or self._get_report(report_ref).model != TICKETS:
            return ids
        chosen = self.env[TICKETS].browse([ids] if isinstance(ids, int) else ids)
        living = chosen.exists().filtered(lambda r: r.state != "cancel")
        if chosen and not living:
            raise UserError(
                self.env._("Tickets and badges of cancelled places are not printed.")
            )
        return living.ids if len(living) < len(chosen) else ids


class EventRegistration(models.Model):
    _inherit = "event.registration"

    def action_send_badge_email(self):
        """:raise UserError: the place is cancelled"""
        if any(registration.state == "cancel" for registration in self):
            raise UserError(
                self.env._("Tickets and badges of cancelled places are not mailed.")
            )
        return super().action_send_badge_email()
