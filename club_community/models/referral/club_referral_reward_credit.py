"""Credit: a negative line on the next quotation of a membership, never below zero.

A credit is on one line at a time, which the unique index of the lines promises. A line
of a quotation may go, and its credit is free again; one that is paid is used.
"""

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..journey.mail_activity import paragraph

OPEN = ("draft", "sent")
PAYING = ("pending", "authorized", "done")


class ClubReferralReward(models.Model):
    _inherit = "club.referral.reward"

    sale_line_ids = fields.One2many("sale.order.line", "club_reward_id", readonly=True)
    order_id = fields.Many2one(
        "sale.order",
        string="Credited on",
        compute="_compute_order_id",
        help="The quotation, or order, that this credit is taken off from.",
    )

    @api.depends("sale_line_ids.club_reward_released", "sale_line_ids.order_id")
    def _compute_order_id(self):
        for reward in self:
            # sudo: the order may be another salesperson's
            reward.order_id = reward.sudo()._line().order_id.sudo(False)

    def _line(self):
        """The line that this credit is on; an empty one if it is free."""
        return self.sale_line_ids.filtered(lambda line: not line.club_reward_released)

    def _grant_credit(self):
        """Nothing moves: it is free for the next quotation."""
        return self

    def _take_credit(self):
        """Off a quotation that is open; what an order has used is lost."""
        for reward in self:
            line = reward._line()
            is_free = not line or line.order_id._club_gives_credit_back()
            reward.amount_lost = 0 if is_free else reward.amount
            if is_free:
                line.unlink()

    @api.model
    def _free_for(self, member, company):
        """Credits that a new quotation of a person may use, the oldest first.

        Those on a quotation that cannot be accepted any more are taken off from it.
        """
        credits = self.search(
            [
                ("beneficiary_id", "=", member.id),
                ("company_id", "=", company.id),
                ("kind", "=", "credit"),
                ("state", "=", "granted"),
            ],
            order="date, id",
        )
        outdated = credits._line().filtered(
            lambda line: (
                line.order_id._club_is_outdated()
                and line.order_id._club_gives_credit_back()
            )
        )
        outdated.unlink()
        credits.invalidate_recordset(["sale_line_ids"])
        return credits.filtered(lambda r: not r._line())

    def _split(self, used):
        """Divide a credit: this one is worth ``used``, the rest is another part."""
        self.ensure_one()
        last = self.search(
            [
                ("referral_id", "=", self.referral_id.id),
                ("rule_id", "=", self.rule_id.id),
                ("membership_id", "=", self.membership_id.id),
            ],
            order="part desc",
            limit=1,
        )
        self.copy(
            {
                "amount": self.amount - used,
                "part": last.part + 1,
                "state": self.state,  # stock copies no state
            }
        )
        self.amount = used


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    club_reward_id = fields.Many2one(
        "club.referral.reward",
        string="Reward",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="The credit for a recommendation that this line takes off.",
        groups="club_community.group_club_user",
    )
    club_reward_released = fields.Boolean(
        string="Credit Came Back",
        readonly=True,
        copy=False,
        help="The order was cancelled or refunded, so the credit is free again.",
        groups="club_community.group_club_user",
    )

    _club_reward_once_idx = models.UniqueIndex(
        "(club_reward_id) WHERE club_reward_id IS NOT NULL "
        "AND club_reward_released IS NOT TRUE",
        "This credit is on another order already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._club_check_reward_is_not_typed(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._club_check_reward_is_not_typed(vals.keys())
        return super().write(vals)

    def _club_check_reward_is_not_typed(self, names):
        """:raise AccessError: a client links a credit by itself"""
        flow_only = {"club_reward_id", "club_reward_released"}
        if not self.env.su and not flow_only.isdisjoint(names):
            raise AccessError(
                self.env._(
                    "A credit for a recommendation comes onto a quotation by itself."
                )
            )

    def _club_add_rewards(self):
        """Take the member's free credits off this fee, as far as it goes.

        :return: whether there were any
        """
        self.ensure_one()
        # sudo: whoever offers has no rights on rewards
        line_sudo = self.sudo()
        member, company = line_sudo.club_member_id, line_sudo.company_id
        Reward_sudo = self.env["club.referral.reward"].sudo()
        free_sudo = Reward_sudo._free_for(member, company)
        if not free_sudo:
            return False
        member._club_take()  # of two quotations at once the second is run again
        credits = line_sudo.club_credit_line_ids
        left = line_sudo._club_fee() + sum(credits.mapped("price_unit"))
        for reward_sudo in free_sudo:
            left -= line_sudo._club_add_reward(reward_sudo, left)
        return True

    def _club_add_reward(self, reward, left):
        """Take one credit off this fee.

        :param left: what the fee costs still
        :return: what was taken off, in the order's currency
        """
        currency, today = self.currency_id, fields.Date.context_today(self)
        worth = reward.currency_id._convert(
            reward.amount, currency, self.company_id, today
        )
        if currency.compare_amounts(left, 0) <= 0 or currency.is_zero(worth):
            return 0
        if currency.compare_amounts(worth, left) > 0:
            used = currency._convert(left, reward.currency_id, self.company_id, today)
            if reward.currency_id.compare_amounts(used, reward.amount) < 0:
                reward._split(used)
            worth = left
        product = self.env["product.product"]._club_credit_product()
        self.order_id.order_line = [
            Command.create(
                {
                    "product_id": product.id,
                    "name": self.env._("Credit for a recommendation"),
                    "price_unit": -worth,
                    "tax_ids": [Command.set(self.tax_ids.ids)],
                    "club_credit_line_id": self.id,
                    "club_reward_id": reward.id,
                }
            )
        ]
        return worth

    def _club_tell_that_it_is_free(self):
        """Nobody pays for nothing, so no payment confirms it: the manager does."""
        self.ensure_one()
        order = self.order_id

        def speak(line, words):
            sentence = line.env._(
                "Credits cover all of the fee: confirm the quotation %s, so that the "
                "membership goes on.",
                order.name,
            )
            return line.env._("Renewal costs nothing"), paragraph(sentence, words)

        self.env["mail.activity"]._club_ask(
            [(self, self.club_member_id, f"free renewal {order.id}", speak)],
            "mail.mail_activity_data_todo",
            fields.Date.context_today(self),
        )

    def _club_release_rewards(self):
        """The credits on these lines may be used again."""
        if self:
            self.club_reward_released = True
            used = self.club_reward_id.filtered(lambda r: r.state == "used")
            used.state = "granted"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_gives_credit_back(self):
        """Whether a credit can be taken off: nobody has ordered or begun to pay."""
        self.ensure_one()
        # sudo: payments are not the salesperson's
        payments_sudo = self.sudo().transaction_ids
        return self.state in (*OPEN, "cancel") and not any(
            payment.state in PAYING for payment in payments_sudo
        )

    def _club_add_rewards(self):
        """Put free credits on the memberships of open quotations."""
        for order in self.filtered(lambda order: order.state in OPEN):
            if not order._club_gives_credit_back():
                continue
            # sudo: whoever offers need not read memberships
            lines_sudo = order.sudo().order_line
            for line in lines_sudo.filtered("club_membership_ids"):
                if line._club_add_rewards() and line.currency_id.is_zero(
                    line.order_id.amount_total
                ):
                    line._club_tell_that_it_is_free()

    def _action_cancel(self):
        """The credits of an order that is cancelled are free again."""
        res = super()._action_cancel()
        # sudo: whoever cancels has no rights on rewards
        lines_sudo = self.sudo().order_line.filtered("club_reward_id")
        invoiced_sudo = lines_sudo.filtered("invoice_lines")
        (lines_sudo - invoiced_sudo).unlink()
        invoiced_sudo._club_release_rewards()
        return res

    def _get_copiable_order_lines(self):
        """A copy is another sale: what was credited once is not on it."""
        # sudo: a salesperson may copy an order without rights on rewards
        return (
            super()
            ._get_copiable_order_lines()
            .filtered(lambda line: not line.sudo().club_reward_id)
        )


class ClubPlan(models.Model):
    _inherit = "club.plan"

    def _make_offer(self, member, payer=None, company=None, start=None, **order_vals):
        """A quotation takes off what the member has earned; a change of plan does not.

        Its own credit is for unused days, and may cover all of the fee.
        """
        order = super()._make_offer(member, payer, company, start, **order_vals)
        if not self.env.context.get("club_change"):
            order._club_add_rewards()
        return order


class ClubMembership(models.Model):
    _inherit = "club.membership"

    def _renewal_offer(self, payer=None):
        """What was earned since the quotation was made comes off, too."""
        order = super()._renewal_offer(payer)
        order._club_add_rewards()
        return order

    def _reward_lines_sudo(self):
        """Lines of credits for recommendations on the fees of these periods."""
        # sudo: whoever pays or refunds has no rights on rewards
        lines_sudo = self.sudo().sale_line_id.club_credit_line_ids
        return lines_sudo.filtered("club_reward_id")

    def _on_activated(self):
        """A fee that was paid has used the credits on it."""
        res = super()._on_activated()
        rewards = self._reward_lines_sudo().club_reward_id
        rewards.filtered(lambda r: r.state == "granted").state = "used"
        return res

    def _on_taken_back(self):
        """A fee that is open again will use its credits; a refund gives them back."""
        res = super()._on_taken_back()
        closed = self.filtered(lambda m: m.state == "cancelled")
        closed._reward_lines_sudo()._club_release_rewards()
        rewards = (self - closed)._reward_lines_sudo().club_reward_id
        rewards.filtered(lambda r: r.state == "used").state = "granted"
        return res

    def _fee_lines(self, share):
        """Of a fee that was paid less a credit, the part that was paid is refunded."""
        lines = super()._fee_lines(share)
        return lines | self._reward_lines_sudo().with_env(lines.env)


class ClubReferral(models.Model):
    _inherit = "club.referral"

    @api.model
    def _streams(self):
        """A credit makes a fee smaller, whatever product it is."""
        return {**super()._streams(), "fees": SQL("s.club_reward_id IS NOT NULL")}

    @api.model
    def _stock_depends(self):
        depends = super()._stock_depends()
        return {
            **depends,
            "sale.order.line": [*depends["sale.order.line"], "club_reward_id"],
        }
