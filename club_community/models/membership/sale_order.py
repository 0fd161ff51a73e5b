import logging

import psycopg2

from odoo import api, models

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.depends("order_line.product_id")
    def _compute_partnership(self):
        """Plans give their level when they are paid, not at confirmation."""
        res = super()._compute_partnership()
        for order in self.filtered("assigned_grade_id"):
            if order.order_line._club_plans():
                order.assigned_grade_id = False
        return res

    def write(self, vals):
        res = super().write(vals)
        if "partner_id" in vals:
            # the members of the lines follow by recomputation, which is no write
            self.order_line._club_draft_memberships()
        return res

    def action_confirm(self):
        self._check_club_lines()
        res = super().action_confirm()
        memberships = self._club_memberships()
        memberships.filtered(lambda m: m.state == "draft")._await_payment()
        memberships._sync_payment()
        return res

    def _action_cancel(self):
        res = super()._action_cancel()
        self._club_memberships()._sync_payment()
        return res

    def action_draft(self):
        res = super().action_draft()
        self._club_memberships()._reopen()
        return res

    def _send_order_notification_mail(self, mail_template, *args, **kwargs):
        """A mail that cannot be made never undoes a payment.

        Stock sends it inside the confirmation: a mail or a PDF that cannot be made
        would roll back the order after the card was charged. So for every order,
        whatever it sells.
        """
        order = self.with_context(club_without_pdf=self._club_pdf_is_missing())
        try:
            with self.env.cr.savepoint():
                super(SaleOrder, order)._send_order_notification_mail(
                    mail_template, *args, **kwargs
                )
        except psycopg2.OperationalError:
            raise  # Odoo runs the whole request again
        except Exception as error:
            _logger.exception("Confirmation mail of %s could not be sent", self.name)
            self.message_post(
                body=self.env._(
                    "The confirmation mail could not be sent: %(error)s", error=error
                )
            )
        return None

    def _club_pdf_is_missing(self):
        return self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install"

    def _club_memberships(self):
        # sudo: a salesperson or a paying portal user has no rights on memberships
        return self.sudo().order_line.club_membership_ids

    def _club_ask_payment(self):
        """A membership starts with its fee: the portal asks to pay, not to sign.

        Set once, when the plan is added; the salesperson may choose otherwise.
        """
        self.write({"require_payment": True, "require_signature": False})

    def _check_club_lines(self):
        """Refuse to confirm a sale that could not become a membership.

        :raise UserError: see ``sale.order.line._check_club_line``
        """
        for line in self.order_line:
            if plan := line._club_plans().get(line.product_id):
                line._check_club_line(plan)
        self.order_line._club_draft_memberships()
