from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import placing


class ClubImportProduct(models.Model):
    """What an old membership product is here: one of our plans, or nothing yet."""

    _name = "club.import.product"
    _description = "Old Membership Product"
    _order = "line_count desc, id"
    _check_company_auto = True

    import_id = fields.Many2one(
        "club.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    key = fields.Char(required=True, readonly=True)
    name = fields.Char(string="Old Product", required=True, readonly=True)
    product_id = fields.Many2one(
        "product.product", readonly=True, ondelete="set null", index="btree_not_null"
    )
    price = fields.Float(string="Fee", readonly=True)
    line_count = fields.Integer(string="Lines", readonly=True)
    date_first = fields.Date(string="First Day", readonly=True)
    date_last = fields.Date(string="Last Day", readonly=True)
    plan_id = fields.Many2one(
        "club.plan",
        index="btree_not_null",
        ondelete="set null",
        domain="[('company_id', 'in', (company_id, False))]",
        check_company=True,
        help="Its lines become periods of this plan. Empty: they are reported.",
    )
    state = fields.Selection(related="import_id.state", string="Step")

    _key_uniq = models.Constraint(
        "unique(import_id, key)", "An old product has one plan."
    )

    def action_make_plan(self):
        """Make a plan from the old product: its name, fee, taxes and usual period.

        The plan gets a product of its own: an invoice of the old one would make a
        line in the old module again as long as that is installed.
        """
        for old in self.filtered(lambda product: not product.plan_id):
            rule = placing.guess_rule(old._spans())
            kind = {"period_type": rule.kind}
            if rule.kind == "months":
                kind["period_months"] = rule.length
            elif rule.kind == "days":
                kind["period_days"] = rule.length
            else:
                month, day = rule.first_day
                kind.update(year_month=str(month), year_day=day)
            plan = self.env["club.plan"].create(
                {
                    "name": old.name,
                    "price": old.price,
                    "company_id": old.company_id.id,
                    "currency_id": old.company_id.currency_id.id,
                    **kind,
                }
            )
            old._copy_accounting(plan)
            old.plan_id = plan

    def _spans(self):
        """First and last days of the product's old lines that have both."""
        self.ensure_one()
        lines = self.env["club.import.line"].search_fetch(
            [
                ("product_id", "=", self.id),
                ("date_from", "!=", False),
                ("date_to", "!=", False),
            ],
            ["date_from", "date_to"],
            limit=1000,
        )
        return [
            (line.date_from, line.date_to)
            for line in lines
            if line.date_from <= line.date_to
        ]

    def _copy_accounting(self, plan):
        """Invoices of the plan go to the same account with the same taxes."""
        # sudo: a club administrator need not have rights on products
        old_sudo = self.sudo().product_id
        if old_sudo:
            plan.product_id.sudo().write(
                {
                    "taxes_id": [(6, 0, old_sudo.taxes_id.ids)],
                    "categ_id": old_sudo.categ_id.id,
                    "property_account_income_id": (
                        old_sudo.property_account_income_id.id
                    ),
                }
            )

    def _count_lines(self):
        """Write how many lines each has, and over which days (one query)."""
        self.env["club.import.line"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE club_import_product product
                   SET line_count = coalesce(counted.lines, 0),
                       date_first = counted.first,
                       date_last = counted.last
                  FROM club_import_product every
             LEFT JOIN (SELECT product_id, count(*) AS lines,
                               min(date_from) AS first, max(date_to) AS last
                          FROM club_import_line GROUP BY product_id) counted
                    ON counted.product_id = every.id
                 WHERE every.id = product.id AND product.id = ANY(%s)
                """,
                self.ids,
            )
        )
        self.invalidate_recordset()

    def _suggest_plans(self):
        """Choose the plan that looks like each product, where none is chosen."""
        without = self.filtered(lambda product: not product.plan_id)
        if not without:
            return
        plans = self.env["club.plan"].search(
            [("company_id", "in", (*without.company_id.ids, False))]
        )
        for old in without:
            scored = [(old._likeness(plan), plan) for plan in plans]
            best = max((score for score, _plan in scored), default=0)
            alike = [plan for score, plan in scored if score == best]
            if best and len(alike) == 1:
                old.plan_id = alike[0]

    @api.model
    def _likeness(self, plan):
        """How much a plan looks like this product; 0: not at all."""
        old, new = self.name.casefold().strip(), (plan.name or "").casefold().strip()
        same_fee = (
            plan.currency_id == self.company_id.currency_id
            and not plan.currency_id.compare_amounts(self.price, plan.price)
        )
        if plan.product_id and plan.product_id == self.product_id:
            return 8
        if old == new:
            return 6 + same_fee
        if new and (new in old or old in new):
            return 3 + same_fee
        return int(same_fee and self.price > 0)
