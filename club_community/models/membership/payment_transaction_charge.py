from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PaymentTransaction(models.Model):
    """The tries of an automatic renewal are payments of stock."""

    _inherit = "payment.transaction"

    club_charge_id = fields.Many2one(
        "club.auto.charge",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        groups="club_community.group_club_user",
    )
    club_charge_try = fields.Integer(
        readonly=True, groups="club_community.group_club_user"
    )

    _club_one_per_try = models.UniqueIndex(
        "(club_charge_id, club_charge_try) WHERE club_charge_id IS NOT NULL",
        "This try of an automatic renewal was made already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        transactions._club_check_not_charged()
        return transactions

    def _club_check_not_charged(self):
        """Refuse to pay by hand what the stored card is just being charged for.

        :raise ValidationError: shown in the payment form
        """
        # sudo: whoever pays has no rights on charges
        by_hand_sudo = self.sudo().filtered(lambda tx: not tx.club_charge_id)
        if by_hand_sudo.sale_order_ids and self.env["club.auto.charge"].sudo().search(
            [
                ("order_id", "in", by_hand_sudo.sale_order_ids.ids),
                ("state", "=", "charging"),
            ],
            limit=1,
        ):
            raise ValidationError(
                self.env._(
                    "Your saved card is being charged for this renewal at this moment. "
                    "Please look again in an hour: you need not pay twice."
                )
            )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _send_order_notification_mail(self, mail_template, *args, **kwargs):
        """Whoever is renewed by card gets the letter of the renewal, not a second."""
        # sudo: whoever confirms has no rights on charges
        charged_sudo = self.sudo().transaction_ids.filtered(
            lambda tx: tx.club_charge_id and tx.state == "done"
        )
        if charged_sudo:
            return None
        return super()._send_order_notification_mail(mail_template, *args, **kwargs)
