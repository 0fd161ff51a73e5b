from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import period


class ClubPlan(models.Model):
    """What a member pays, and the one way from a plan to a quotation."""

    _inherit = "club.plan"

    proration = fields.Selection(
        [
            ("none", "The whole fee"),
            ("month", "The months that are left"),
            ("day", "The days that are left"),
        ],
        string="Who Joins Within the Year Pays",
        required=True,
        default="none",
        tracking=True,
        help="Only for a fixed year. After the roll-over day the whole next year is "
        "paid, and the rest of this one by its share.",
    )
    joining_fee = fields.Monetary(
        tracking=True, help="Paid on top of the fee with the first period."
    )
    joining_rule = fields.Selection(
        [
            ("once", "Once in a life"),
            ("gap", "Again after a gap"),
        ],
        string="Joining Fee Is Due",
        required=True,
        default="once",
        tracking=True,
    )
    joining_gap_days = fields.Integer(
        string="Gap (days)",
        default=365,
        required=True,
        tracking=True,
        help="Whoever comes back later than so many days after his last paid day "
        "pays the joining fee again.",
    )
    joining_product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        copy=False,
        check_company=True,
        index="btree_not_null",
        domain="[('type', '=', 'service'), ('service_tracking', '=', 'no')]",
        help="The service that invoices show for the joining fee. "
        "Leave empty and it is made from the plan's name.",
    )

    _joining_fee_not_negative = models.Constraint(
        "CHECK(joining_fee >= 0)", "A joining fee cannot be negative."
    )
    _joining_gap_positive = models.Constraint(
        "CHECK(joining_gap_days > 0)", "The gap is at least one day."
    )

    @api.constrains("joining_product_id", "product_id")
    def _check_joining_product(self):
        for plan in self.filtered("joining_product_id"):
            # sudo: plans of other companies count as well
            if plan.joining_product_id.sudo().club_plan_ids:
                raise ValidationError(
                    self.env._(
                        "The product “%(product)s” sells a membership, so it cannot "
                        "be a joining fee.",
                        product=plan.joining_product_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._make_joining_products()
        return plans

    def write(self, vals):
        res = super().write(vals)
        if "joining_fee" in vals:
            self._make_joining_products()
        return res

    def _make_joining_products(self):
        for plan in self.filtered("joining_fee"):
            if not plan.joining_product_id:
                name = self.env._("Joining fee: %(plan)s", plan=plan.name)
                plan.joining_product_id = plan._create_product(
                    {"name": name, "company_id": plan.company_id.id}
                )

    def _owes_joining_fee(self, member, day):
        """Whether a person pays the joining fee if he starts on a day.

        :param member: a ``res.partner``
        :param day: date of the start
        """
        self.ensure_one()
        if not self.joining_fee:
            return False
        # sudo: a salesperson need not have rights on memberships
        last = (
            self.env["club.membership"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", member.id),
                    ("family_id", "=", self.family_id.id),
                    ("state", "in", period.PAID_STATES),
                    # a trial or a seat was no joining
                    ("plan_id.is_trial", "=", False),
                ],
                order="date_end desc NULLS FIRST",
                limit=1,
            )
        )
        if not last:
            return True
        if self.joining_rule == "once" or not last.date_end:
            return False
        return (day - last.date_end).days > self.joining_gap_days

    def _make_offer(self, member, payer=None, company=None, start=None, **order_vals):
        """Make a quotation of this plan: the one way for wizards, portal and crons.

        Joining fee, share of a fixed year and payment terms follow from the plan.

        :param member: the ``res.partner`` who becomes, or stays, a member
        :param payer: the ``res.partner`` who gets the invoice; else the member
        :param company: the ``res.company`` that sells; else the current one
        :param start: date that the period is wished to start on; else at payment, or
            the day after the end of the live period
        :param order_vals: further values of the order
        :return: a ``sale.order`` in draft, with one draft ``club.membership``
        :raise UserError: plan, person or company cannot take part in a sale
        """
        self.ensure_one()
        company = company or self.env.company
        self.env["club.membership"]._check_member(member, self)
        self._check_can_be_sold(company, company.currency_id)
        self._check_may_have(member, company)
        line = {
            "product_id": self.product_id.id,
            "product_uom_qty": 1,
            "club_member_id": member.id,
            "club_start": start,
        }
        return (
            self.env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": (payer or member).id,
                    "company_id": company.id,
                    "order_line": [Command.create(line)],
                    **order_vals,
                }
            )
        )

    def _check_may_have(self, member, company):
        """Refuse to sell what this person cannot have; rooms add theirs.

        :raise UserError: a life member, or a trial for somebody who has been a member
        """
        self.ensure_one()
        # sudo: a salesperson need not have rights on memberships
        Membership = self.env["club.membership"].sudo()
        if Membership._is_for_life(member, self.family_id, company):
            raise UserError(
                self.env._("%(name)s is a member for life already.", name=member.name)
            )
        if self.is_trial and self._trial_was_used(member):
            raise UserError(
                self.env._(
                    "%(name)s has been a member before, and “%(plan)s” is a trial "
                    "for newcomers. Choose another plan.",
                    name=member.name,
                    plan=self.name,
                )
            )
