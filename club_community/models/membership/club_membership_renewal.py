from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_partner import CLUB_USER


class ClubMembership(models.Model):
    """Renewal by one press, of the member or of his manager."""

    _inherit = "club.membership"

    gap_days = fields.Integer(
        string="Break before (days)",
        compute="_compute_gap_days",
        help="Days without membership between the previous period and this one.",
    )
    reminder_ids = fields.One2many(
        "club.reminder", "membership_id", string="Reminders Sent"
    )

    @api.depends("date_start", "previous_id.date_end")
    def _compute_gap_days(self):
        for membership in self:
            # sudo: the previous period may be of another company
            last = membership.sudo().previous_id.date_end
            gap = last and membership.date_start and membership.date_start - last
            membership.gap_days = max(gap.days - 1, 0) if gap else 0

    # --- May it be renewed -------------------------------------------------------

    def _renewal_opens(self):
        """First day on which the period may be renewed; False if it never may."""
        self.ensure_one()
        if not self.date_end or not self.plan_id._renewal_plan():
            return False
        return self.date_end - timedelta(days=self.plan_id.renewal_window_days)

    def _is_renewal_open(self):
        """Whether the member may renew today: within the window, or in grace."""
        self.ensure_one()
        opens = self._renewal_opens()
        return bool(
            opens
            and self.state in ("active", "grace")
            and not self.leave_date
            and opens <= self._today() <= self.date_grace_end
            and not self._followed()
        )

    def _check_renewal_open(self):
        """Refuse, with the reason, what `_is_renewal_open` says no to.

        :raise UserError: it is too early, too late, renewed, or never renewed
        """
        self.ensure_one()
        if self._is_renewal_open():
            return
        name = self.partner_id.name
        if self._followed():
            raise UserError(self.env._("%(name)s has renewed already.", name=name))
        if self.leave_date:
            raise UserError(
                self.env._(
                    "%(name)s has asked to leave. Take that back first.", name=name
                )
            )
        opens = self._renewal_opens()
        if self.state == "active" and opens and self._today() < opens:
            raise UserError(
                self.env._(
                    "The membership of %(name)s can be renewed from %(date)s on.",
                    name=name,
                    date=opens,
                )
            )
        raise UserError(
            self.env._("The membership of %(name)s cannot be renewed.", name=name)
        )

    # --- The one quotation --------------------------------------------------------

    def _renewal_offer(self, payer=None):
        """The one open order that renews this period: found, or else made.

        Two tabs, the manager and the nightly job may ask at the same moment: whoever
        comes second waits for the person's row, is run again and finds the first's.

        :param payer: the ``res.partner`` who gets a new quotation; else the member
        :return: a ``sale.order``: a quotation, or a confirmed one that is not paid
        :raise UserError: renewal is not open, or the plan cannot be sold
        """
        self.ensure_one()
        self.partner_id._club_take()
        self._check_renewal_open()
        plan = self.plan_id._renewal_plan()
        return self._open_renewal_order_sudo() or plan._make_offer(
            self.partner_id, payer, self.company_id
        )

    def _open_renewal_order_sudo(self):
        """The order that renews this period and is still to be paid; may be empty."""
        self.ensure_one()
        # sudo: a salesperson need not have rights on memberships and others' orders
        offered_sudo = self.sudo().search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("plan_id", "=", self.plan_id._renewal_plan().id),
                ("state", "in", ("draft", "waiting")),
                ("sale_line_id", "!=", False),
            ],
            order="state desc, id desc",  # what is confirmed comes first
        )
        orders_sudo = offered_sudo.sale_order_id.filtered(
            lambda order: order.state != "cancel" and not order._club_is_outdated()
        )
        return orders_sudo[:1]

    def _renewal_payer(self):
        """Who paid last time, for the manager's quotation: a company, say."""
        self.ensure_one()
        # sudo: the last order may be another salesperson's
        last = self.sudo().sale_order_id.partner_id
        return (last if last.active else self.partner_id).sudo(self.env.su)

    # --- Actions --------------------------------------------------------------------

    def action_renew(self):
        """Make the quotation that renews this period, send it, and open it.

        Pressed again, it opens the same one.
        """
        self.ensure_one()
        self.check_access("read")  # his own portfolio
        order = self._renewal_offer(self._renewal_payer())
        # sudo: the open quotation may be another salesperson's
        if order.sudo().state == "draft" and not order._club_waits_for_approval():
            order._club_send_quotation()
        return order._get_records_action()


class ResPartner(models.Model):
    _inherit = "res.partner"

    club_auto_renewal_ids = fields.One2many(
        "club.auto.renewal", "partner_id", string="Automatic Renewal", groups=CLUB_USER
    )

    def action_club_renew(self):
        """Renew by one press while renewal is open; else the wizard asks."""
        self.ensure_one()
        membership = self.club_membership_id
        if membership and membership._is_renewal_open():
            return membership.action_renew()
        return self.action_club_sell()


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_is_outdated(self):
        """Whether a quotation cannot be accepted any more."""
        self.ensure_one()
        last_day = self.validity_date
        is_open = self.state in ("draft", "sent")
        return is_open and bool(last_day and last_day < fields.Date.context_today(self))

    def _club_send_quotation(self):
        """Send the quotation by stock's letter, and mark it as sent.

        A letter that cannot be made does not undo the quotation.
        """
        self.ensure_one()
        template = self._find_mail_template()
        self.action_quotation_sent()
        if self.partner_id.email:
            self._send_order_notification_mail(template)
