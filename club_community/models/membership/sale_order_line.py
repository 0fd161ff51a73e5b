from datetime import date

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...tools import period


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    club_member_id = fields.Many2one(
        "res.partner",
        string="Member",
        compute="_compute_club_member_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="The person who becomes a member when this line is paid. "
        "The customer of the order may be his company.",
        # portal colleagues read the lines of their company's orders
        groups="base.group_user",
    )
    club_start = fields.Date(
        string="Membership Starts",
        help="The day on which the membership is wished to start. Empty: on the day of "
        "the payment, or the day after the end of the live one.",
        groups="base.group_user",
    )
    club_share = fields.Float(
        string="Share of the Fee",
        compute="_compute_club_share",
        store=True,
        precompute=True,
        default=1.0,
        help="Part of the yearly fee that is paid, where a year is shared.",
        groups="base.group_user",
    )
    club_joining_line_id = fields.Many2one(
        "sale.order.line",
        string="Joining Fee of",
        index="btree_not_null",
        ondelete="cascade",
        copy=False,
        help="The line of the membership that this joining fee belongs to.",
        groups="base.group_user",
    )
    club_membership_ids = fields.One2many(
        "club.membership", "sale_line_id", groups="club_community.group_club_user"
    )

    @api.depends("order_id.partner_id", "product_id")
    def _compute_club_member_id(self):
        plans = self._club_plans()
        for line in self:
            customer = line.order_id.partner_id
            plan = plans.get(line.product_id)
            if not plan:
                line.club_member_id = False
            elif plan.for_company:
                firm = customer.commercial_partner_id
                line.club_member_id = firm if firm.is_company else False
            elif customer and not customer.is_company:
                line.club_member_id = customer
            else:  # a company pays: the person was, or is still to be, chosen
                line.club_member_id = line.club_member_id

    @api.depends("product_id", "club_member_id", "club_start")
    def _compute_club_share(self):
        plans = self._club_plans()
        for line in self:
            plan = plans.get(line.product_id)
            line.club_share = line._club_share_of(plan) if plan else 1.0

    def _club_share_of(self, plan):
        """Part of the fee that this line costs, by the day its period would start."""
        self.ensure_one()
        if plan.period_type != "year" or plan.proration == "none":
            return 1.0
        # sudo: a salesperson need not have rights on memberships
        until = (
            self.env["club.membership"]
            .sudo()
            ._live_until(
                self.club_member_id, plan.family_id, self.company_id or plan.company_id
            )
        )
        if until == date.max:
            return 1.0
        ordered_on = self.order_id.date_order.date()
        start = period.period_start(self.club_start, ordered_on, until)
        return float(plan._period_rule().share(start, plan.proration))

    def _compute_pricelist_item_id(self):
        """Member prices are for what the club sells, not for the membership itself.

        A rule of a member pricelist for all products, or for a category, would make
        every renewal cheaper than the plan says. A rule that names the plan's product
        is meant, and counts.
        """
        res = super()._compute_pricelist_item_id()
        for line in self:
            rule = line.pricelist_item_id
            if rule.applied_on not in ("3_global", "2_product_category"):
                continue
            if line._club_plans() and rule.pricelist_id._club_is_for_members():
                line.pricelist_item_id = False
        return res

    @api.depends("club_share")
    def _compute_price_unit(self):
        return super()._compute_price_unit()

    def _get_display_price(self):
        """The fee of a shared year, whatever pricelist it comes from."""
        price = super()._get_display_price()
        share = self.sudo().club_share  # sudo: a portal user orders, too
        return price if share == 1 else self.currency_id.round(price * share)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._club_draft_memberships()
        return lines

    def write(self, vals):
        res = super().write(vals)
        if {"product_id", "club_member_id", "order_id"} & vals.keys():
            self._club_draft_memberships()
        if "club_start" in vals:
            # sudo: a salesperson need not have rights on memberships
            self.sudo().club_membership_ids.filtered(
                lambda membership: membership.state in ("draft", "waiting")
            ).date_requested = self[:1].club_start
        return res

    def unlink(self):
        # The foreign key is "restrict": a paid period never goes with its order.
        # sudo: a salesperson need not have rights on memberships.
        self.sudo().club_membership_ids.filtered(
            lambda membership: (
                membership.state in ("draft", "cancelled") and not membership.date_start
            )
        ).unlink()
        return super().unlink()

    def _get_sale_order_line_multiline_description_sale(self):
        description = super()._get_sale_order_line_multiline_description_sale()
        if self.club_member_id:
            description += "\n" + self.env._(
                "Member: %(name)s", name=self.club_member_id.name
            )
        return description

    def _club_plans(self):
        """Plans sold by these lines, ``{product: plan}``; other products are left out.

        sudo: a salesperson who is not in the club sells its plans as well.
        """
        return {
            product: plan
            for product in self.product_id
            if (plan := product.sudo().club_plan_ids[:1])
        }

    def _club_plan(self):
        """The plans sold by these lines, as records one may read."""
        # sudo: a salesperson who is not in the club sells its plans as well
        return self.env["club.plan"].sudo().union(*self._club_plans().values())

    def _club_draft_memberships(self):
        """Keep one draft membership per unconfirmed line that sells a plan.

        Drafts make a sale visible on the member's card before he pays.
        """
        plans = self._club_plans()
        # sudo: a salesperson need not have rights on memberships
        Membership = self.env["club.membership"].sudo()
        drafts = self.sudo().club_membership_ids.filtered(
            lambda membership: membership.state == "draft"
        )
        by_line = drafts.grouped("sale_line_id")
        to_create = []
        for line in self:
            draft = by_line.get(line.sudo(), Membership)
            plan = plans.get(line.product_id)
            member = line.club_member_id
            if not plan or not member or member.is_company != plan.for_company:
                draft.unlink()
            elif draft:
                draft.write({"plan_id": plan.id, "partner_id": member.id})
            elif line.state in ("draft", "sent"):
                to_create.append(line._club_membership_vals(plan))
        if drafted := Membership.create(to_create):
            drafted.sale_line_id.order_id._club_ask_payment()
            drafted.sale_line_id._club_add_joining_fees()

    def _club_add_joining_fees(self):
        """Add the joining fee to lines whose member owes it.

        Once, when the membership is added: a salesperson may take it off again.
        """
        for line in self:
            plan = line._club_plans()[line.product_id]
            day = line.club_start or fields.Date.context_today(line)
            if plan._owes_joining_fee(line.club_member_id, day):
                line.order_id.order_line = [
                    Command.create(line._club_joining_fee_vals(plan))
                ]

    def _club_joining_fee_vals(self, plan):
        self.ensure_one()
        # sudo: a salesperson need not have rights on plans
        price = plan.sudo().currency_id._convert(
            plan.joining_fee,
            self.currency_id,
            self.company_id,
            self.order_id.date_order,
        )
        return {
            "product_id": plan.joining_product_id.id,
            "price_unit": price,
            "club_joining_line_id": self.id,
        }

    def _club_membership_vals(self, plan):
        """Values of the draft membership of a line; rooms below may add theirs.

        :param plan: the ``club.plan`` that the line sells
        """
        self.ensure_one()
        return {
            "partner_id": self.club_member_id.id,
            "plan_id": plan.id,
            "company_id": self.company_id.id,
            "sale_line_id": self.id,
            "origin": "sale",
            "state": "draft",
            "date_requested": self.club_start,
            "amount": self.price_subtotal,
            "currency_id": self.currency_id.id,
        }

    def _check_club_line(self, plan):
        """Refuse to sell what could not become a membership.

        :param plan: the ``club.plan`` that this line sells
        :raise UserError: no person as member, an archived contact, a quantity other
            than one, or a plan that cannot be invoiced
        """
        self.ensure_one()
        order = self.order_id
        member = self.club_member_id or order.partner_id
        plan._check_can_be_sold(order.company_id, order.currency_id)
        self.env["club.membership"]._check_member(member, plan)
        plan._check_may_have(member, order.company_id)
        if self.product_uom_qty != 1:
            raise UserError(
                self.env._(
                    "“%(plan)s” is a membership of one person: sell one per line, "
                    "and add a line for each further member.",
                    plan=plan.name,
                )
            )
