from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .res_partner import STATES_WITH_LEVEL


class ClubPlan(models.Model):
    """What a club sells: a fee, a period and the level that the fee opens (S0.09).

    The fee is the sales price of the plan's service product, so quotations,
    pricelists and taxes are stock Odoo's. The level (``res.partner.grade``)
    belongs to the plan and not to the product: stock ``partnership`` would give
    it at confirmation, before any payment, and to the whole company.
    """

    _name = "club.plan"
    _description = "Membership Plan"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
        help="Leave empty to offer the plan in all companies.",
    )
    family_id = fields.Many2one(
        "club.plan.family",
        required=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self._default_family_id(),
        help="A person has one live membership per family at a time.",
    )
    product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        index=True,
        copy=False,
        check_company=True,
        domain="[('type', '=', 'service'), ('service_tracking', '=', 'no')]",
        help="The service that quotations and invoices show. "
        "Leave empty and it is made from the plan's name and fee.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the fee. Quotations in another currency are converted "
        "with the rate of their day.",
    )
    price = fields.Monetary(
        string="Fee",
        compute="_compute_price",
        inverse="_inverse_price",
        help="Fee for one period, before taxes: the product's sales price.",
    )
    grade_id = fields.Many2one(
        "res.partner.grade",
        string="Level",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="The member has this level, and its pricelist, "
        "as long as the membership is paid for.",
    )
    pricelist_id = fields.Many2one(
        related="grade_id.default_pricelist_id", string="Member Prices"
    )
    period_months = fields.Integer(
        string="Period (months)", default=12, required=True, tracking=True
    )
    grace_days = fields.Integer(
        default=14,
        tracking=True,
        help="Days after the end during which the member keeps his access.",
    )
    description = fields.Html(
        translate=True,
        sanitize_attributes=True,
        help="What the member reads about his plan in the portal.",
    )
    color = fields.Integer()
    membership_ids = fields.One2many(
        "club.membership", "plan_id", groups="club_community.group_club_user"
    )
    member_count = fields.Integer(
        compute="_compute_member_count", groups="club_community.group_club_user"
    )

    _product_uniq = models.Constraint(
        "unique(product_id)", "This product belongs to another plan already."
    )
    _period_positive = models.Constraint(
        "CHECK(period_months > 0)", "A plan's period is at least one month."
    )
    _grace_not_negative = models.Constraint(
        "CHECK(grace_days >= 0)", "Grace days cannot be negative."
    )

    def _default_family_id(self):
        return self.env["club.plan.family"].search([], limit=1)

    @api.depends("product_id.lst_price")
    def _compute_price(self):
        for plan in self:
            plan.price = plan.product_id.lst_price

    def _inverse_price(self):
        # sudo: whoever may write a plan may set its fee, and the fee lives on the
        # product, which a club administrator has no rights on otherwise.
        for plan in self.filtered("product_id"):
            plan.product_id.sudo().lst_price = plan.price

    def _compute_member_count(self):
        # sudo: a number of people, also of other portfolios
        rows = (
            self.env["club.membership"]
            .sudo()
            ._read_group(
                [
                    ("plan_id", "in", self.ids),
                    ("state", "in", STATES_WITH_LEVEL),
                    # holds a contract, its people are members
                    ("partner_id.is_company", "=", False),
                ],
                ["plan_id"],
                ["partner_id:count_distinct"],
            )
        )
        counted = {plan.id: count for plan, count in rows}
        for plan in self:
            plan.member_count = counted.get(plan.id, 0)

    @api.constrains("price")
    def _check_price(self):
        for plan in self:
            if plan.price < 0:
                raise ValidationError(
                    self.env._(
                        "The fee of the plan “%(plan)s” cannot be negative.",
                        plan=plan.name,
                    )
                )

    @api.constrains("product_id", "active")
    def _check_product(self):
        for plan in self.filtered("active"):
            if not plan.product_id:
                raise ValidationError(
                    self.env._(
                        "The plan “%(plan)s” has no product, so it cannot be sold. "
                        "Choose a service product for it.",
                        plan=plan.name,
                    )
                )
            if plan.product_id.service_tracking == "partnership":
                raise ValidationError(
                    self.env._(
                        "The product “%(product)s” gives a level when an order is "
                        "confirmed, before it is paid. Set “Create on Order” on the "
                        "product to “Nothing”: the plan gives the level itself.",
                        product=plan.product_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]  # a retry sends the same again
        for vals in vals_list:
            if not vals.get("product_id") and vals.get("name"):
                vals["product_id"] = self._create_product(vals).id
        return super().create(vals_list)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [
            dict(
                vals,
                name=self.env._("%(name)s (copy)", name=plan.name),
                price=plan.price,
            )
            for plan, vals in zip(self, vals_list, strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_if_unused(self):
        # sudo: memberships of other companies count as well
        used = (
            self.env["club.membership"]
            .sudo()
            ._read_group([("plan_id", "in", self.ids)], ["plan_id"])
        )
        if used:
            raise UserError(
                self.env._(
                    "People have or had the plan “%(plan)s”, so it cannot be deleted. "
                    "Archive it instead: it is offered no longer, and its "
                    "memberships stay.",
                    plan=used[0][0].name,
                )
            )

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_member_action"
        )
        # in a second family it is not the plan that the person shows
        live = [("plan_id", "=", self.id), ("state", "in", STATES_WITH_LEVEL)]
        action["domain"] = [
            "|",
            ("club_plan_id", "=", self.id),
            ("club_membership_ids", "any", live),
        ]
        return action

    def _create_product(self, vals):
        """Make the service product of a plan that was created without one."""
        # sudo: a club administrator need not have rights on products
        return (
            self.env["product.product"]
            .sudo()
            .create(
                {
                    "name": vals["name"],
                    "type": "service",
                    "service_tracking": "no",
                    "invoice_policy": "order",
                    "list_price": vals.get("price", 0.0),
                    "company_id": vals.get("company_id", self.env.company.id),
                    "purchase_ok": False,
                }
            )
        )

    def _check_can_be_sold(self, company, currency):
        """Refuse, with a sentence that names the way out, what cannot be invoiced.

        :param company: the ``res.company`` that sells
        :param currency: the ``res.currency`` of the quotation
        :raise UserError: no product, a fee in a currency that is switched off or
            has no rate, no chart of accounts
        """
        self.ensure_one()
        if not self.active or not self.product_id.active:
            raise UserError(
                self.env._(
                    "The plan “%(plan)s” or its product is archived. "
                    "Choose another plan, or bring this one back.",
                    plan=self.name,
                )
            )
        if not self.currency_id.active:
            raise UserError(
                self.env._(
                    "The fee of “%(plan)s” is in %(currency)s, and this currency is "
                    "switched off. Switch it on under Invoicing, Configuration, "
                    "Currencies, or change the plan's currency.",
                    plan=self.name,
                    currency=self.currency_id.name,
                )
            )
        for needed in (self.currency_id | currency) - company.currency_id:
            if not self._has_rate(needed, company):
                raise UserError(
                    self.env._(
                        "There is no exchange rate from %(currency)s to "
                        "%(company_currency)s for %(company)s, so the fee of "
                        "“%(plan)s” cannot be converted. Add a rate first.",
                        currency=needed.name,
                        company_currency=company.currency_id.name,
                        company=company.name,
                        plan=self.name,
                    )
                )
        self._check_company_can_invoice(company)

    def _has_rate(self, currency, company):
        # A currency without any rate converts at 1:1 in stock Odoo, silently.
        # sudo: a salesperson need not have rights on rates
        return bool(
            self.env["res.currency.rate"]
            .sudo()
            .search_count(
                [
                    ("currency_id", "=", currency.id),
                    ("company_id", "in", [company.root_id.id, False]),
                ],
                limit=1,
            )
        )

    def _check_company_can_invoice(self, company):
        # sudo: a salesperson need not have rights on journals
        journal = (
            self.env["account.journal"]
            .sudo()
            .search_count(
                [
                    *self.env["account.journal"]._check_company_domain(company),
                    ("type", "=", "sale"),
                ],
                limit=1,
            )
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no chart of accounts yet, so it cannot send "
                    "invoices. Choose a package under Invoicing, Configuration, "
                    "Settings, Fiscal Localization.",
                    company=company.name,
                )
            )
