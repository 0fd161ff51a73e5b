from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

APPROVER = "club_community.group_club_manager"
APPROVAL = (
    "club_approved_price",
    "club_approved_by_id",
    "club_approved_on",
    "club_usual_fee",
)


class SaleOrderLine(models.Model):
    """An individual price is a fee below the plan's, given to one person (S0.09)."""

    _inherit = "sale.order.line"

    club_approved_price = fields.Monetary(
        string="Approved Fee",
        readonly=True,
        copy=False,
        help="The lowest individual fee that a club manager has approved.",
        groups="base.group_user",
    )
    club_approved_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, groups="base.group_user"
    )
    club_approved_on = fields.Datetime(
        readonly=True, copy=False, groups="base.group_user"
    )

    club_usual_fee = fields.Monetary(
        string="Usual Fee",
        compute="_compute_club_usual_fee",
        store=True,
        copy=False,
        help="What anybody would have paid on the day of the quotation.",
        groups="base.group_user",
    )

    # Not by the plan's fee: who was quoted a price keeps it when the plan gets dearer.
    @api.depends("product_id", "club_share", "order_id.pricelist_id")
    def _compute_club_usual_fee(self):
        plans = self._club_plans()
        for line in self:
            is_fee = line.product_id in plans and line.order_id
            line.club_usual_fee = line._club_present_fee() if is_fee else 0

    @api.model_create_multi
    def create(self, vals_list):
        self._club_check_approval_is_not_typed(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._club_check_approval_is_not_typed(vals.keys())
        return super().write(vals)

    def _club_check_approval_is_not_typed(self, names):
        """Readonly binds forms only: an approval is a button of the club manager.

        :raise AccessError: a client sends the columns of the approval
        """
        if not self.env.su and not names.isdisjoint(APPROVAL):
            raise AccessError(
                self.env._(
                    "An individual fee is approved by a club manager with the button "
                    "“Approve Fee” of the quotation."
                )
            )

    def _club_fee(self):
        """Fee that this line asks, after its discount."""
        self.ensure_one()
        return self.currency_id.round(self.price_unit * (1 - self.discount / 100))

    def _club_usual(self):
        """What anybody would pay: on the day of the quotation or today, if less."""
        self.ensure_one()
        return min(self.club_usual_fee, self._club_present_fee())

    def _club_present_fee(self):
        """Fee by plan, pricelist and share of the year, as they are now."""
        self.ensure_one()
        usual = self.product_id._get_tax_included_unit_price_from_price(
            self._get_pricelist_price() * self.club_share,
            product_taxes=self.product_id.taxes_id._filter_taxes_by_company(
                self.company_id
            ),
            fiscal_position=self.order_id.fiscal_position_id,
        )
        return self.currency_id.round(usual)

    def _club_unapproved(self):
        """Those of these lines that ask less than usual and than was approved."""
        plans = self._club_plans()

        def is_unapproved(line):
            if line.product_id not in plans:
                return False
            fee, compare = line._club_fee(), line.currency_id.compare_amounts
            if compare(fee, line._club_usual()) >= 0:
                return False
            return not line.club_approved_on or (
                compare(fee, line.club_approved_price) < 0
            )

        return self.filtered(is_unapproved)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    club_needs_approval = fields.Boolean(
        compute="_compute_club_needs_approval", groups="base.group_user"
    )

    @api.depends(
        "state",
        "order_line.price_unit",
        "order_line.discount",
        "order_line.product_id",
        "order_line.club_share",
        "order_line.club_approved_on",
        "order_line.club_approved_price",
        "pricelist_id",
    )
    def _compute_club_needs_approval(self):
        for order in self:
            order.club_needs_approval = order._club_waits_for_approval()

    def _club_waits_for_approval(self):
        self.ensure_one()
        # sudo: a portal user who opens the quotation reads no approvals
        is_open = self.state in ("draft", "sent")
        return is_open and bool(self.sudo().order_line._club_unapproved())

    def action_club_ask_approval(self):
        """Ask a club manager to approve the individual fee: an activity for him."""
        self.ensure_one()
        approver = self._club_approver()
        if not approver:
            raise UserError(
                self.env._(
                    "Nobody is club manager of %(company)s, so nobody can approve "
                    "this fee. Ask your administrator to name one.",
                    company=self.company_id.name,
                )
            )
        line = self.order_line._club_unapproved()[:1]
        # sudo: the club manager's activity is not the salesperson's
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"], approver.id)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=approver.id,
            summary=self.env._("Approve an individual fee"),
            note=self.env._(
                "%(name)s: %(fee)s instead of %(usual)s",
                name=line.club_member_id.name or self.partner_id.name,
                fee=line.currency_id.format(line._club_fee()),
                usual=line.currency_id.format(line._club_usual()),
            ),
        )

    def action_club_approve(self):
        """Approve the individual fees of these quotations.

        :raise AccessError: by whoever is not a club manager
        """
        if not self.env.user.has_group(APPROVER):
            raise AccessError(
                self.env._("Individual fees are approved by a club manager.")
            )
        for order in self:
            for line in order.order_line._club_unapproved():
                line.sudo().write(  # sudo: the columns of the approval are protected
                    {
                        "club_approved_price": line._club_fee(),
                        "club_approved_by_id": self.env.uid,
                        "club_approved_on": fields.Datetime.now(),
                    }
                )
                order.message_post(
                    body=self.env._(
                        "Individual fee approved: %(fee)s instead of %(usual)s.",
                        fee=line.currency_id.format(line._club_fee()),
                        usual=line.currency_id.format(line._club_usual()),
                    )
                )
            order.activity_feedback(["mail.mail_activity_data_todo"], self.env.uid)

    def action_club_usual_fee(self):
        """Refuse the individual fee: the line costs what it costs everybody."""
        self.ensure_one()
        lines = self.order_line._club_unapproved()
        lines.discount = 0
        lines.with_context(force_price_recomputation=True)._compute_price_unit()
        lines._compute_discount()
        self.message_post(body=self.env._("The individual fee was not approved."))
        self.activity_feedback(["mail.mail_activity_data_todo"])

    def _club_approver(self):
        """Who is asked: the head of the sales team if he may, else any club manager.

        :return: a ``res.users``, empty if nobody may
        """
        self.ensure_one()
        # sudo: a salesperson need not see all users
        managers_sudo = (
            self.env.ref(APPROVER)
            .sudo()
            .all_user_ids.filtered(lambda user: self.company_id in user.company_ids)
        )
        head_sudo = self.team_id.user_id.sudo() & managers_sudo
        return (head_sudo or managers_sudo)[:1].sudo(False)

    # --- What waits for the approval --------------------------------------------

    def action_quotation_send(self):
        self._club_check_approved()
        return super().action_quotation_send()

    def action_quotation_sent(self):
        self._club_check_approved()
        return super().action_quotation_sent()

    def action_confirm(self):
        """A club manager who confirms approves; a payment is never lost over it."""
        waiting = self.filtered(lambda order: order._club_waits_for_approval())
        if waiting and self.env.user.has_group(APPROVER):
            waiting.action_club_approve()
        elif waiting and not self.env.su:
            waiting._club_check_approved()
        return super().action_confirm()

    def _club_check_approved(self):
        """:raise UserError: an individual fee that nobody has approved"""
        if self.env.user.has_group(APPROVER):
            return
        for order in self.filtered(lambda order: order._club_waits_for_approval()):
            raise UserError(
                self.env._(
                    "The fee of %(order)s is lower than the plan's. A club manager "
                    "has to approve it first: press “Ask for Approval”.",
                    order=order.name,
                )
            )

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._club_waits_for_approval()

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._club_waits_for_approval()
