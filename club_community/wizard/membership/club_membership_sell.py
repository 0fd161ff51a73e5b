from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import period


class ClubMembershipSell(models.TransientModel):
    """“Sell membership”: from a person to a quotation in one step."""

    _name = "club.membership.sell"
    _description = "Sell Membership"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
    )
    for_company = fields.Boolean(related="partner_id.is_company")
    payer_id = fields.Many2one(
        "res.partner",
        string="Who Pays",
        compute="_compute_payer_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="The quotation and the invoice are made out to this contact.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    plan_id = fields.Many2one(
        "club.plan",
        compute="_compute_plan_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain="[('company_id', 'in', (company_id, False)), "
        "('for_company', '=', for_company)]",
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")
    price = fields.Monetary(related="plan_id.price")
    date_start = fields.Date(
        string="Start",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        help="First day of the membership, but not before the fee is paid.",
    )
    date_end = fields.Date(string="End", compute="_compute_date_end")
    previous_end = fields.Date(compute="_compute_previous_end")

    @api.depends("partner_id", "company_id")
    def _compute_plan_id(self):
        """What the person has, or had, else the club's first plan."""
        for wizard in self:
            offered = self.env["club.plan"].search(
                [
                    ("company_id", "in", (wizard.company_id.id, False)),
                    ("for_company", "=", wizard.for_company),
                ]
            )
            # sudo: a salesperson need not see the club's columns
            present = wizard.partner_id.sudo().club_plan_id
            wizard.plan_id = (offered & present) or offered[:1]

    @api.depends("partner_id")
    def _compute_payer_id(self):
        for wizard in self:
            wizard.payer_id = wizard.partner_id

    @api.depends("partner_id", "plan_id", "company_id")
    def _compute_previous_end(self):
        for wizard in self:
            # sudo: a salesperson need not have rights on memberships
            until = (
                self.env["club.membership"]
                .sudo()
                ._live_until(
                    wizard.partner_id, wizard.plan_id.family_id, wizard.company_id
                )
            )
            wizard.previous_end = until != date.max and until

    @api.depends("previous_end")
    def _compute_date_start(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.date_start = period.period_start(None, today, wizard.previous_end)

    @api.depends("date_start", "plan_id")
    def _compute_date_end(self):
        for wizard in self:
            wizard.date_end = (
                wizard.date_start
                and wizard.plan_id
                and wizard.plan_id._period_rule().end(wizard.date_start)
            )

    def action_sell(self):
        """Make the quotation and open it.

        :raise UserError: the person, the plan or the company cannot take part in a
            sale, or the start lies inside a period that is paid for
        """
        self.ensure_one()
        if (
            self.previous_end
            and self.date_start
            and (self.date_start <= self.previous_end)
        ):
            raise UserError(
                self.env._(
                    "%(name)s is paid for until %(end)s already. "
                    "Start the next period on a later day.",
                    name=self.partner_id.name,
                    end=self.previous_end,
                )
            )
        order = self.plan_id._make_offer(
            self.partner_id, self.payer_id, self.company_id, self.date_start
        )
        return order._get_records_action()
