from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount, format_date

from ...tools import period


class ClubMembership(models.Model):
    """Leaving: the last day is brought forward, or the membership just ends without
    grace. What was paid for is kept in ``date_end_paid``; nothing is rewritten."""

    _inherit = "club.membership"

    closed_by = fields.Selection(
        selection_add=[("leave", "Member left"), ("undo", "Taken back")]
    )
    date_end_paid = fields.Date(
        string="Paid Until",
        readonly=True,
        copy=False,
        help="The last day that was paid for, where the period ended before it.",
    )
    leave_id = fields.Many2one(
        "club.leave",
        string="Request to Leave",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    leave_date = fields.Date(
        string="Leaves on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Last day of a member who leaves: no reminders, no renewal, no grace.",
    )

    def _complete_recorded_vals(self, vals, today):
        res = super()._complete_recorded_vals(vals, today)
        # given, lest a client's default_ values fill them
        vals.update(date_end_paid=False, leave_id=False, leave_date=False)
        return res

    # --- Buttons ------------------------------------------------------------------

    def action_leave(self):
        """Open the window in which a manager notes that the member leaves."""
        self.ensure_one()
        self._check_may_leave()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "club_community.club_leave_wizard_action"
        )
        action["context"] = {"default_membership_id": self.id}
        return action

    def action_undo_leave(self):
        """The member has thought again: everything as before."""
        self.ensure_one()
        self.check_access("write")
        if not self.leave_id:
            raise UserError(self.env._("Nobody has asked to leave here."))
        self.leave_id._undo()
        return True

    # --- What leaving means -------------------------------------------------------

    def _check_may_leave(self):
        """:raise UserError: nothing to leave, or he has asked already"""
        self.ensure_one()
        if self.state not in period.LIVE_STATES:
            raise UserError(
                self.env._("This membership is not live, so there is nothing to leave.")
            )
        if self.leave_id.state == "requested":
            raise UserError(
                self.env._(
                    "%(name)s has asked to leave already. The last day is %(date)s.",
                    name=self.partner_id.name,
                    date=format_date(self.env, self.leave_date),
                )
            )

    def _live_in_slot(self):
        """Live periods of this member, family and company, first day first."""
        self.ensure_one()
        return self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("family_id", "=", self.family_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", period.LIVE_STATES),
            ],
            order="date_start, id",
        )

    def _leave_end(self):
        """Last day of all that is paid for: the usual day to leave on.

        :return: date; ``False`` for life, or where the paid days are over (grace)
        """
        last = self._live_in_slot()[-1:]
        is_over = last.date_end and last.date_end < self._today()
        return last.date_end if last and not is_over else False

    def _check_last_day(self, day):
        """:raise UserError: a day in the past, or after the last paid one"""
        if day < self._today():
            raise UserError(
                self.env._("The last day is today or later: what was, was.")
            )
        live = self._live_in_slot()
        ends = live.mapped("date_end")
        if all(ends) and day > max(*ends, self._today()):
            raise UserError(
                self.env._(
                    "The membership is paid until %(date)s only: "
                    "choose this day or an earlier one.",
                    date=format_date(self.env, max(ends)),
                )
            )

    def _leave_refunds(self, last_day):
        """What share of which fee is given back to whoever leaves on a day.

        A paid period that will never begin is given back whole, whatever the plan
        says; of the one that ends early, what the plan's rule gives.

        :return: ``{membership: share}``, nothing without a share
        """
        live = self._live_in_slot()
        dropped = live.filtered(lambda m: m.date_start > last_day)
        shares = dict.fromkeys(dropped, 1)
        for ending in (live - dropped)[-1:]:
            shares[ending] = ending._refund_share(last_day)
        return {membership: share for membership, share in shares.items() if share}

    def _refund_share(self, last_day):
        """Part of the fee that the plan gives back if this period ends on a day."""
        self.ensure_one()
        plan = self.plan_id
        age = (self._today() - self.date_start).days
        if plan.refund_rule == "whole":
            is_at_once = last_day <= self._today()
            return int(is_at_once and age < plan.refund_days)
        if plan.refund_rule == "none" or not self.date_end:
            return 0
        return self._unused_share(last_day + period.ONE_DAY)

    def _unused_share(self, first_unused):
        """Part of the paid days that is left on a day."""
        self.ensure_one()
        return period.unused_share(self.date_start, self.date_end, first_unused)

    def _leave_sentences(self, last_day):
        """What leaving on a day means, for the member and for his manager."""
        self.ensure_one()
        refunds = self._leave_refunds(last_day)
        amounts = {}
        for membership, share in refunds.items():
            # sudo: a member has no rights on his own order
            for currency, amount in membership.sudo()._refundable(share).items():
                amounts[currency] = amounts.get(currency, 0) + amount
        back = ", ".join(
            format_amount(self.env, amount, currency)
            for currency, amount in amounts.items()
            if amount
        )
        return [
            self.env._(
                "Everything stays open until %(date)s, this day included.",
                date=format_date(self.env, last_day),
            ),
            self.env._("%(amount)s will be given back.", amount=back)
            if back
            else self.env._("Nothing is given back for the days that are left."),
            self.env._(
                "The membership then ends without grace days and is not renewed."
            ),
        ]

    # --- Leaving ------------------------------------------------------------------

    def _leave(self, last_day, reasons, **vals):
        """End the membership on a day, as its member wishes.

        :param last_day: date, today or later; the whole of that day is open
        :param reasons: ``club.leaving.reason``, at least one
        :param vals: further values of the ``club.leave``: note, save_offer, by_member
        :return: the ``club.leave``
        :raise UserError: nothing to leave, or a day that cannot be the last
        """
        self.ensure_one()
        me_sudo = self.sudo()  # sudo: flows write what nobody types
        me_sudo._lock_members()
        self._check_may_leave()
        me_sudo._check_last_day(last_day)
        me_sudo.leave_id._check_told(self.partner_id, reasons, vals.get("note"))
        live = me_sudo._live_in_slot()
        dropped = live.filtered(lambda m: m.date_start > last_day)
        kept = live - dropped
        refunds = me_sudo._leave_refunds(last_day)
        ending = kept[-1:] or live[:1]
        leave_sudo = me_sudo.env["club.leave"].create(
            {
                "membership_id": ending.id,
                "date_requested": self._today(),
                "date_effective": last_day,
                "reason_ids": [(6, 0, reasons.ids)],
                "was_for_life": bool(kept) and not ending.date_end,
                "dropped_ids": [(6, 0, dropped.ids)],
                **vals,
            }
        )
        leave_sudo.refund_move_ids = me_sudo._draft_refunds(refunds)
        (kept | ending).write({"leave_id": leave_sudo.id, "leave_date": last_day})
        dropped._drop("leave", self.env._("Given back: the member leaves before it."))
        for membership in kept[-1:]:
            membership._end_on(last_day)
        leave = leave_sudo.with_env(self.env)
        leave_sudo._tell()
        return leave

    def _note_saved(self, reasons, **vals):
        """Note that a member wanted to leave and was won back.

        :return: the ``club.leave``, which changes nothing
        """
        self.ensure_one()
        self._check_may_leave()
        self.leave_id._check_told(self.partner_id, reasons, vals.get("note"))
        # sudo: flows write what nobody types
        leave_sudo = (
            self.env["club.leave"]
            .sudo()
            .create(
                {
                    "membership_id": self.id,
                    "date_requested": self._today(),
                    "state": "saved",
                    "reason_ids": [(6, 0, reasons.ids)],
                    **vals,
                }
            )
        )
        self.message_post(body=self.env._("Wanted to leave, and stays."))
        return leave_sudo.with_env(self.env)

    def _end_on(self, last_day):
        """Bring the end of this period forward, without grace days."""
        self.ensure_one()
        end = min(self.date_end or last_day, last_day)
        vals = {"date_end": end, "date_grace_end": end}
        if self.date_end and end < self.date_end:
            vals["date_end_paid"] = self.date_end
        if self.state != "paused":
            vals["state"] = period.state_on(self._today(), self.date_start, end, end)
        has_ended = vals.get("state") == "expired"
        self.write(vals | ({"closed_by": "leave"} if has_ended else {}))
        if has_ended:
            self._on_expired(self.browse())

    def _drop(self, closed_by, reason):
        """Close paid periods that have not begun."""
        if self:
            self._take_back("cancelled", closed_by, reason)

    # --- Taking back ----------------------------------------------------------------

    def _leaving_with(self, leave):
        return self.search([("leave_id", "=", leave.id)]) | leave.dropped_ids

    def _unleave(self, leave):
        """Give these periods their days back.

        :raise UserError: a period that was bought meanwhile has them
        """
        today = self._today()
        plans = {m: m._vals_before_leave(leave, today) for m in self}
        for membership, vals in plans.items():
            membership._check_days_free(vals, self)
        reopened = self.filtered(lambda m: m.state not in period.LIVE_STATES)
        # what ends later first: the days of one are free when the other comes
        for membership in self.sorted("date_start", reverse=True):
            membership.write(plans[membership])
            membership.flush_recordset()
        reopened = reopened.filtered(lambda m: m.state in period.LIVE_STATES)
        reopened._on_resumed()

    def _vals_before_leave(self, leave, today):
        end = self.date_end_paid or self.date_end
        if leave.was_for_life and self == leave.membership_id:
            end = False
        grace = period.grace_end(end, self.plan_id.grace_days)
        state = period.state_on(today, self.date_start, end or None, grace or None)
        return {
            "date_end": end,
            "date_grace_end": grace,
            "date_end_paid": False,
            "state": "paused" if self.state == "paused" else state,
            "closed_by": False,
            "leave_id": False,
            "leave_date": False,
        }

    def _check_days_free(self, vals, others):
        """:raise UserError: another paid period has days that this one would get"""
        self.ensure_one()
        taken = self._taken_by(self.date_start, vals["date_end"], but=self | others)
        if taken:
            raise UserError(
                self.env._(
                    "The days are taken by now: %(period)s. Refund that one first.",
                    period=taken[:1].display_name,
                )
            )

    def _taken_by(self, start, end, but):
        """Paid periods of the same slot, other than ``but``, in a span of days."""
        self.ensure_one()
        domain = [
            ("partner_id", "=", self.partner_id.id),
            ("family_id", "=", self.family_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "in", period.PAID_STATES),
            ("id", "not in", but.ids),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", start),
        ]
        if end:
            domain.append(("date_start", "<=", end))
        return self.search(domain)

    # --- What happens to a request -----------------------------------------------

    def _on_expired(self, renewed):
        res = super()._on_expired(renewed)
        self._close_leaves("done")
        return res

    def _on_taken_back(self):
        res = super()._on_taken_back()
        self._close_leaves("done")
        return res

    def _on_activated(self):
        """Whoever pays again, stays."""
        res = super()._on_activated()
        # sudo: requests of other portfolios
        leaves_sudo = (
            self.env["club.leave"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("state", "=", "requested"),
                ]
            )
        )
        slots = {membership._slot() for membership in self}
        leaves_sudo.filtered(
            lambda leave: leave.membership_id._slot() in slots
        ).state = "saved"
        return res

    def _close_leaves(self, state):
        # sudo: requests of other portfolios
        leaves_sudo = self.sudo().leave_id
        leaves_sudo.filtered(
            lambda leave: leave.state == "requested" and leave.membership_id in self
        ).write({"state": state})
