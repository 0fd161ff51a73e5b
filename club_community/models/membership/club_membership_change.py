from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools import period

CHANGES = [("now", "At once"), ("end", "When the paid days are over")]


class ClubMembership(models.Model):
    """Another plan: at once with a credit for unused days, or when they are over.

    Until the quotation is paid nothing changes. Then the old period ends yesterday
    and the new one starts today; what was paid for stays in ``date_end_paid``. When
    the new one is refunded with its credit, the old one comes back.
    """

    _inherit = "club.membership"

    change = fields.Selection(
        string="Change of Plan",
        related="sale_line_id.club_change",
        store=True,
        help="This period came of a change of plan.",
    )
    closed_by = fields.Selection(selection_add=[("upgrade", "Changed to another plan")])
    kind = fields.Selection(
        selection_add=[("upgrade", "Upgrade"), ("downgrade", "Downgrade")]
    )
    replaced_by_id = fields.Many2one(
        "club.membership",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The period of another plan that the unused days were credited to.",
    )

    def _complete_recorded_vals(self, vals, today):
        res = super()._complete_recorded_vals(vals, today)
        # given, lest a client's default_ values fill them
        vals.update(change=False, replaced_by_id=False)
        return res

    # --- Buttons ------------------------------------------------------------------

    def action_change(self):
        """Open “Change plan”."""
        self.ensure_one()
        self._check_may_change()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_change_wizard_action"
        )
        action["context"] = {"default_membership_id": self.id}
        return action

    def action_undo_change(self):
        """Take back a change that has not begun."""
        self.ensure_one()
        self.check_access("write")
        self._undo_change()
        return True

    # --- What a change costs --------------------------------------------------------

    def _check_may_change(self):
        """:raise UserError: not live, paused, leaving, or for life"""
        self.ensure_one()
        name = self.partner_id.name
        if self.state == "paused":
            raise UserError(
                self.env._("The membership is paused. End the pause first.")
            )
        if self.state not in period.LIVE_STATES:
            raise UserError(
                self.env._(
                    "This membership is not live, so there is nothing to change. "
                    "Sell a new one."
                )
            )
        if self.leave_date:
            raise UserError(
                self.env._(
                    "%(name)s has asked to leave. Take that back first.", name=name
                )
            )
        if not self.date_end:
            raise UserError(
                self.env._("%(name)s is a member for life already.", name=name)
            )

    def _plans_to_change_to(self):
        """Plans of the same family that this member could have instead."""
        self.ensure_one()
        return self.env["club.plan"].search(
            [
                ("family_id", "=", self.family_id.id),
                ("company_id", "in", (self.company_id.id, False)),
                ("is_trial", "=", False),
                ("for_company", "=", self.partner_id.is_company),
                ("id", "!=", self.plan_id.id),
            ]
        )

    def _credits(self, currency):
        """What the unused days of this member's paid periods are worth today.

        :param currency: the ``res.currency`` to say it in
        :return: ``{membership: (amount, days)}``, the periods without unused days
            left out
        """
        self.ensure_one()
        today = self._today()
        credits = {}
        for paid in self._live_in_slot():
            first_unused = max(paid.date_start, today)
            days = paid.date_end and (paid.date_end - first_unused).days + 1
            if not days or days <= 0:
                continue
            fee, fee_currency = paid._fee_paid()
            worth = fee * float(paid._unused_share(today))
            credits[paid] = (
                fee_currency._convert(worth, currency, paid.company_id, today),
                days,
            )
        return credits

    def _fee_paid(self):
        """What was asked for this period, as it stands on its line: (fee, currency).

        Less what credit notes have given back.
        """
        me_sudo = self.sudo()  # sudo: who changes a plan may not read another's sale
        line = me_sudo.sale_line_id
        if not line:
            return self.amount, self.currency_id
        fee = line.price_unit * (1 - line.discount / 100)
        return fee * float(me_sudo._share_left(1)), line.currency_id

    def _change_when(self, plan):
        """When a change to a plan is usual: up at once, down at the end."""
        self.ensure_one()
        price = plan.currency_id._convert(
            plan.price, self.plan_id.currency_id, self.company_id, self._today()
        )
        return "now" if price >= self.plan_id.price else "end"

    def _change_terms(self, plan, when=None):
        """What a change to a plan would cost and bring, before it is offered.

        :return: dict: when, starts, currency, fee, credit, to_pay (before taxes),
            ``sentences`` for the member, and ``refusal`` (a sentence or ``False``)
        """
        self.ensure_one()
        when = when or self._change_when(plan)
        fee, currency = self._change_fee(plan, when)
        credits = self._credits(currency) if when == "now" else {}
        credit = currency.round(sum(amount for amount, _days in credits.values()))
        starts = self._today()
        if when == "end":
            until = self._live_until(*self._slot())
            starts = period.period_start(None, starts, until)
        refusal = False
        try:
            self._check_credit(credit, fee, currency)
        except UserError as error:
            refusal = str(error)
        return {
            "plan": plan,
            "when": when,
            "starts": starts,
            "ends": plan._period_rule().end(starts),
            "currency": currency,
            "fee": fee,
            "credit": credit,
            "to_pay": fee - credit,
            "refusal": refusal,
            "sentences": self._change_sentences(plan, when, starts, credits, currency),
        }

    def _change_fee(self, plan, when):
        """The fee that a quotation would ask today: (amount, currency).

        Asked of a line that is never saved, so it can never differ from the real one.
        """
        # sudo: a member looks at what he would pay
        env = plan.sudo().env
        order = env["sale.order"].new(
            {
                "partner_id": (
                    self.sudo().sale_order_id.partner_id or self.partner_id
                ).id,
                "company_id": self.company_id.id,
            }
        )
        line = env["sale.order.line"].new(
            {
                "order_id": order,
                "product_id": plan.product_id.id,
                "club_member_id": self.partner_id.id,
                "club_change": when,
            }
        )
        return line._club_fee(), line.currency_id

    def _change_sentences(self, plan, when, starts, credits, currency):
        """The terms in words, one sentence each."""
        starts_on = format_date(self.env, starts)
        if when == "end":
            return [
                self.env._(
                    "“%(old)s” stays as it is until its paid days are over.",
                    old=self.plan_id.name,
                ),
                self.env._(
                    "“%(new)s” follows from %(date)s.", new=plan.name, date=starts_on
                ),
            ]
        return [
            self.env._(
                "“%(new)s” starts on the day it is paid; “%(old)s” ends the day "
                "before.",
                new=plan.name,
                old=self.plan_id.name,
            ),
            *(
                self.env._(
                    "%(days)s unused days of “%(plan)s” are credited: %(amount)s.",
                    days=days,
                    plan=paid.plan_id.name,
                    amount=currency.format(amount),
                )
                for paid, (amount, days) in credits.items()
            ),
        ]

    # --- Changing -----------------------------------------------------------------

    def _make_change(self, plan, when, payer=None):
        """Make the quotation of a change of plan; an older unpaid one is dropped.

        :param plan: the ``club.plan`` to change to, of the same family
        :param when: ``now`` or ``end``
        :param payer: the ``res.partner`` who pays; else who paid for this period
        :return: a ``sale.order`` in draft
        :raise UserError: the member or the plan cannot change, or the credit is
            higher than the new fee
        """
        self.ensure_one()
        self._check_may_change()
        me_sudo = self.sudo()  # sudo: a member changes his own plan in the portal
        if plan not in me_sudo._plans_to_change_to() or when not in dict(CHANGES):
            raise UserError(
                self.env._("Choose another plan of the same kind of membership.")
            )
        me_sudo._drop_open_changes()
        payer = payer or me_sudo.sale_order_id.partner_id or self.partner_id
        # the line must know from the start: its share of a year depends on it
        changing = plan.sudo().with_context(club_change=when)
        order_sudo = changing._make_offer(self.partner_id, payer, self.company_id)
        order_sudo = order_sudo.with_env(me_sudo.env)
        line = order_sudo.order_line.filtered("club_membership_ids")
        if when == "now":
            me_sudo._add_credits(line)
        line.club_membership_ids.previous_id = self
        self.message_post(
            body=self.env._(
                "Change to “%(plan)s” offered: %(order)s.",
                plan=plan.name,
                order=order_sudo.name,
            )
        )
        return order_sudo.with_env(self.env)

    def _add_credits(self, line):
        credits = self._credits(line.currency_id)
        total = sum(amount for amount, _days in credits.values())
        self._check_credit(total, line._club_fee(), line.currency_id)
        for paid, (amount, days) in credits.items():
            if not line.currency_id.is_zero(amount):
                line._club_add_credit(paid, amount, days)
            else:  # given for nothing: its days go with the rest all the same
                line._club_add_credit(paid, 0, days)

    def _check_credit(self, credit, fee, currency):
        """:raise UserError: more is credited than the new plan costs"""
        if currency.compare_amounts(credit, fee) > 0:
            raise UserError(
                self.env._(
                    "The days that are left are worth %(credit)s, and the new fee is "
                    "%(fee)s only. Change when the paid days are over: nothing is "
                    "lost then.",
                    credit=currency.format(credit),
                    fee=currency.format(fee),
                )
            )

    def _drop_open_changes(self):
        """Cancel older offers of a change that nobody has begun to pay."""
        lines = self.env["sale.order.line"].search(
            [
                ("club_member_id", "=", self.partner_id.id),
                ("club_change", "!=", False),
                ("state", "in", ("draft", "sent")),
            ]
        )
        mine = lines.filtered(
            lambda line: line.club_membership_ids.family_id == self.family_id
        ).order_id
        mine.filtered(
            lambda order: not order.transaction_ids.filtered(
                lambda tx: tx.state in ("pending", "authorized", "done")
            )
        )._action_cancel()

    def _undo_change(self):
        """Take back a change at the end, before it begins.

        :raise UserError: it is no change, has begun, or the time is over
        """
        self.ensure_one()
        me_sudo = self.sudo()  # sudo: flows write what nobody types
        if self.change != "end" or self.state not in ("draft", "waiting", "upcoming"):
            raise UserError(
                self.env._("Only a change that has not begun can be taken back.")
            )
        if self.state == "upcoming":
            asked_on = fields.Date.context_today(self, self.create_date)
            days = (self._today() - asked_on).days
            if days > self.plan_id.undo_days:
                raise UserError(
                    self.env._(
                        "The time to take it back is over; a club manager can "
                        "refund it."
                    )
                )
            me_sudo._draft_refunds({me_sudo: 1})
            me_sudo._drop("undo", self.env._("The change was taken back."))
        else:
            me_sudo.sale_order_id._action_cancel()
            self.message_post(body=self.env._("The change was taken back."))

    # --- When it is paid ----------------------------------------------------------

    def _credited(self):
        """Paid periods whose unused days were credited to this one."""
        # sudo: who pays has no rights on memberships
        return self.sudo().sale_line_id.club_credit_line_ids.club_credit_of_id

    def _activation_obstacle(self):
        """No day is credited twice, and nothing paid meanwhile is run over."""
        if obstacle := super()._activation_obstacle():
            return obstacle
        if self.change != "now":
            return False
        credited = self._credited()
        for paid in credited:
            if paid.replaced_by_id == self:
                continue
            if paid.leave_date:
                return self.env._("The member has asked to leave meanwhile.")
            if paid.closed_by or paid.state not in period.PAID_STATES:
                return self.env._(
                    "The days that it credits (%(period)s) were used or refunded "
                    "meanwhile.",
                    period=paid.display_name,
                )
        # sudo: see above
        others = self.sudo()._live_in_slot() - credited - self.sudo()
        if credited and others:
            return self.env._(
                "Another period was paid meanwhile: %(period)s.",
                period=others[:1].display_name,
            )
        return False

    def _activate(self):
        """The credited periods make room in the same transaction."""
        self._lock_members()
        # sudo: the old periods may be of another portfolio
        ended = dropped = self.sudo().browse()
        for membership in self.filtered(lambda m: m.change == "now"):
            if not membership._activation_obstacle():
                gone, never_begun = membership._close_credited()
                ended, dropped = ended | gone, dropped | never_begun
        res = super()._activate()
        ended._on_expired(ended)
        dropped._on_taken_back()
        return res

    def _close_credited(self):
        """End the credited periods yesterday.

        :return: (those that end, those that had not begun and never will)
        """
        today = self._today()
        live = self._credited().filtered(lambda m: m.state in period.LIVE_STATES)
        live.write({"closed_by": "upgrade", "replaced_by_id": self.id})
        # in its grace days it is continued by the ordinary rule
        running = live.filtered(lambda m: m.state != "grace")
        never_begun = running.filtered(lambda m: m.date_start >= today)
        never_begun.write({"state": "cancelled"})
        ended = running - never_begun
        yesterday = today - period.ONE_DAY
        for paid in ended:
            paid.write(
                {
                    "date_end_paid": paid.date_end,
                    "date_end": yesterday,
                    "date_grace_end": yesterday,
                    "state": "expired",
                }
            )
        live.flush_recordset()
        for paid in live:
            paid.message_post(
                body=self.env._(
                    "Changed to “%(plan)s” on %(date)s; the unused days were credited.",
                    plan=self.plan_id.name,
                    date=format_date(self.env, today),
                )
            )
        return ended, never_begun

    def _kind_after(self, previous):
        """A change is an upgrade or a downgrade, by the usual fees of the plans."""
        if not self.change:
            return super()._kind_after(previous)
        old = self._credited()[:1] or previous
        if not old:
            return super()._kind_after(previous)
        return "upgrade" if old._change_when(self.plan_id) == "now" else "downgrade"

    # --- When it is not paid any more -----------------------------------------------

    def _take_back(self, state, closed_by, reason):
        """What was credited to a change comes back with it."""
        res = super()._take_back(state, closed_by, reason)
        # sudo: periods of other portfolios
        for membership in self.sudo().filtered(lambda m: m.change == "now"):
            if membership._credit_comes_back():
                membership._restore_credited()
        return res

    def _credit_comes_back(self):
        """Whether no more was refunded than what was paid on top of the credit.

        Who got the whole value in money, the credit included, has it already.
        """
        if self.state == "waiting":
            return True
        net, given_back = self._net_amounts()
        return self.sale_line_id.currency_id.compare_amounts(given_back, net) <= 0

    def _net_amounts(self):
        """Invoiced and given back of the fee together with its credits."""
        lines = self.sale_line_id | self.sale_line_id.club_credit_line_ids
        invoiced, credited = self._posted_of(lines)
        return sum(invoiced.mapped("price_total")), sum(credited.mapped("price_total"))

    def _restore_credited(self):
        """The periods that a change ended go on, if their days are free."""
        today = self._today()
        closed = self.search([("replaced_by_id", "=", self.id)])
        restored = self.browse()
        for paid in closed:
            end = paid.date_end_paid or paid.date_end
            if taken := paid._taken_by(paid.date_start, end, but=closed | self):
                self._note_lost_place(paid, taken[:1])
                continue
            grace = period.grace_end(end, paid.plan_id.grace_days)
            paid.write(
                {
                    "date_end": end,
                    "date_grace_end": grace,
                    "date_end_paid": False,
                    "state": period.state_on(today, paid.date_start, end, grace),
                    "closed_by": False,
                    "replaced_by_id": False,
                }
            )
            paid.flush_recordset()
            paid.message_post(
                body=self.env._("The change was taken back: this period goes on.")
            )
            restored |= paid
        restored.filtered(lambda m: m.state in period.LIVE_STATES)._on_resumed()

    def _note_lost_place(self, paid, taken):
        self.message_post(
            body=self.env._(
                "%(period)s cannot go on, since its days are taken by %(taken)s. "
                "Give its unused days back by hand.",
                period=paid.display_name,
                taken=taken.display_name,
            )
        )
