from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.membership.club_membership_change import CHANGES


class ClubChangeWizard(models.TransientModel):
    """“Change plan”: what it costs, in words, and a quotation."""

    _name = "club.change.wizard"
    _description = "Change Plan"

    membership_id = fields.Many2one(
        "club.membership", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="membership_id.partner_id")
    old_plan_id = fields.Many2one(
        related="membership_id.plan_id", string="Present Plan"
    )
    offered_plan_ids = fields.Many2many("club.plan", compute="_compute_offered")
    plan_id = fields.Many2one(
        "club.plan", string="New Plan", domain="[('id', 'in', offered_plan_ids)]"
    )
    when = fields.Selection(
        CHANGES,
        compute="_compute_when",
        store=True,
        precompute=True,
        readonly=False,
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_terms")
    fee = fields.Monetary(string="New Fee", compute="_compute_terms")
    credit = fields.Monetary(compute="_compute_terms")
    to_pay = fields.Monetary(string="To Pay Now", compute="_compute_terms")
    date_start = fields.Date(string="Starts", compute="_compute_terms")
    terms = fields.Text(string="What It Means", compute="_compute_terms")
    refusal = fields.Text(compute="_compute_terms")

    @api.depends("membership_id")
    def _compute_offered(self):
        for wizard in self:
            wizard.offered_plan_ids = wizard.membership_id and (
                wizard.membership_id._plans_to_change_to()
            )

    @api.depends("plan_id")
    def _compute_when(self):
        for wizard in self:
            wizard.when = wizard.plan_id and wizard.membership_id._change_when(
                wizard.plan_id
            )

    @api.depends("plan_id", "when", "membership_id")
    def _compute_terms(self):
        for wizard in self:
            terms = {}
            if wizard.plan_id and wizard.when:
                terms = wizard.membership_id._change_terms(wizard.plan_id, wizard.when)
            wizard.currency_id = terms.get("currency")
            wizard.fee = terms.get("fee")
            wizard.credit = terms.get("credit")
            wizard.to_pay = terms.get("to_pay")
            wizard.date_start = terms.get("starts")
            wizard.terms = "\n".join(terms.get("sentences", ()))
            wizard.refusal = terms.get("refusal")

    def action_change(self):
        """Make the quotation and open it.

        :raise UserError: nothing chosen, or the change is not possible
        """
        self.ensure_one()
        self.membership_id.check_access("write")
        if not self.plan_id or not self.when:
            raise UserError(self.env._("Choose the new plan."))
        order = self.membership_id._make_change(self.plan_id, self.when)
        return order._get_records_action()
