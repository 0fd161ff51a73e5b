from odoo import api, models
from odoo.exceptions import UserError


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

    def _club_memberships(self):
        # sudo: a salesperson or a paying portal user has no rights on memberships
        return self.sudo().order_line.club_membership_ids

    def _check_club_lines(self):
        """Refuse to confirm a sale that could not become a membership.

        :raise UserError: no person as member, archived contact, a quantity other
            than one, or a plan that cannot be invoiced
        """
        for order in self:
            plans = order.order_line._club_plans()
            for line in order.order_line.filtered(lambda li: li.product_id in plans):
                plan = plans[line.product_id]
                plan._check_can_be_sold(order.company_id, order.currency_id)
                self.env["club.membership"]._check_member(
                    line.club_member_id or order.partner_id
                )
                if line.product_uom_qty != 1:
                    raise UserError(
                        self.env._(
                            "“%(plan)s” is a membership of one person: sell one per "
                            "line, and add a line for each further member.",
                            plan=plan.name,
                        )
                    )
            order.order_line._club_draft_memberships()
