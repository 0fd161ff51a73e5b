from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from .club_membership_change import CHANGES

_FLOW_ONLY = ("club_change", "club_credit_line_id", "club_credit_of_id")


class SaleOrderLine(models.Model):
    """A change of plan is a quotation: the new plan, less what was not used."""

    _inherit = "sale.order.line"

    club_change = fields.Selection(
        CHANGES,
        string="Change of Plan",
        readonly=True,
        default=lambda self: self.env.context.get("club_change"),
        copy=False,
        groups="base.group_user",
    )
    club_credit_line_id = fields.Many2one(
        "sale.order.line",
        string="Credit on",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        copy=False,
        help="The line of the new plan that this credit belongs to.",
        groups="base.group_user",
    )
    club_credit_line_ids = fields.One2many(
        "sale.order.line", "club_credit_line_id", groups="base.group_user"
    )
    club_credit_of_id = fields.Many2one(
        "club.membership",
        string="Credit of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The paid period whose unused days are credited.",
        groups="club_community.group_club_user",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._club_check_change_is_not_typed(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._club_check_change_is_not_typed(vals.keys())
        return super().write(vals)

    def _club_check_change_is_not_typed(self, names):
        """:raise AccessError: a client links a credit by itself"""
        if not self.env.su and not names.isdisjoint(_FLOW_ONLY):
            raise AccessError(
                self.env._(
                    "A credit for unused days comes from “Change plan” on the "
                    "membership."
                )
            )

    def _club_share_of(self, plan):
        """A change at once starts today, whatever was paid ahead."""
        if self.sudo().club_change != "now":  # sudo: a portal user changes, too
            return super()._club_share_of(plan)
        if plan.period_type != "year" or plan.proration == "none":
            return 1.0
        ordered_on = self.order_id.date_order.date()
        return float(plan._period_rule().share(ordered_on, plan.proration))

    def _club_add_credit(self, membership, amount, days):
        """Take the unused days of a paid period off this line's fee.

        :param membership: the ``club.membership`` whose days they are
        :param amount: what they are worth, in the order's currency
        :param days: their number, for the customer to read
        """
        self.ensure_one()
        product = self.env["product.product"]._club_credit_product()
        self.order_id.order_line = [
            Command.create(
                {
                    "product_id": product.id,
                    "name": self.env._(
                        "Credit for unused days: %(plan)s, %(days)s days",
                        plan=membership.plan_id.name,
                        days=days,
                    ),
                    "price_unit": -amount,
                    "tax_ids": [Command.set(self.tax_ids.ids)],
                    "club_credit_line_id": self.id,
                    "club_credit_of_id": membership.id,
                }
            )
        ]


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _club_credit_product(self):
        """The service that invoices show for a credit; made again if it is gone."""
        xmlid = "club_community.product_credit_unused_days"
        # sudo: a member who changes his plan has no rights on products
        product_sudo = self.env.ref(xmlid, raise_if_not_found=False)
        if not product_sudo:
            product_sudo = self.sudo().create(
                {
                    "name": self.env._("Credit for unused days"),
                    "type": "service",
                    "sale_ok": False,
                    "purchase_ok": False,
                    "invoice_policy": "order",
                    "list_price": 0,
                    "company_id": False,
                }
            )
            module, name = xmlid.split(".")
            self.env["ir.model.data"].sudo().create(
                {
                    "module": module,
                    "name": name,
                    "model": "product.product",
                    "res_id": product_sudo.id,
                    "noupdate": True,
                }
            )
        return product_sudo.sudo()
