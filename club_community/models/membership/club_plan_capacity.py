import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain

from ...tools import period

_logger = logging.getLogger(__name__)

PAYING = timedelta(hours=1)


class ClubPlan(models.Model):
    """A plan whose places are counted, and the queue for them (S2.03)."""

    _inherit = "club.plan"

    capacity = fields.Integer(
        string="Places",
        tracking=True,
        help="How many people may have this plan at a time. Zero: no limit.",
    )
    is_limited = fields.Boolean(
        string="Places Are Counted", compute="_compute_is_limited", store=True
    )
    offer_days = fields.Integer(
        string="A Place Is Kept For (days)",
        default=3,
        required=True,
        help="So long a place is kept for somebody who was offered one, "
        "or whose order is confirmed, until he pays.",
    )
    place_ids = fields.One2many(
        "club.place", "plan_id", groups="club_community.group_club_user"
    )
    waiting_ids = fields.One2many(
        "club.waiting",
        "plan_id",
        string="Waiting List",
        groups="club_community.group_club_user",
    )
    place_taken = fields.Integer(
        string="Places Taken",
        compute="_compute_places",
        groups="club_community.group_club_user",
    )
    waiting_count = fields.Integer(
        string="People Waiting",
        compute="_compute_places",
        groups="club_community.group_club_user",
    )

    _capacity_not_negative = models.Constraint(
        "CHECK(capacity >= 0)", "The number of places cannot be negative."
    )
    _offer_days_positive = models.Constraint(
        "CHECK(offer_days > 0)", "A place is kept for one day at least."
    )

    @api.depends("capacity")
    def _compute_is_limited(self):
        for plan in self:
            plan.is_limited = bool(plan.capacity)

    @api.depends("place_ids.partner_id", "waiting_ids.state")
    def _compute_places(self):
        # sudo: the numbers are for every personal manager, the names are not
        taken = dict(
            self.env["club.place"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("partner_id", "!=", False)],
                ["plan_id"],
                ["__count"],
            )
        )
        waiting = dict(
            self.env["club.waiting"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("state", "=", "waiting")],
                ["plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan_sudo = plan.sudo()
            plan.place_taken = taken.get(plan_sudo, 0)
            plan.waiting_count = waiting.get(plan_sudo, 0)

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans.filtered("is_limited")._make_places()
        return plans

    def write(self, vals):
        res = super().write(vals)
        if "capacity" in vals:
            self._make_places()
        return res

    def _make_places(self):
        """As many rows as places; members who are there already keep theirs.

        Where more people are members than there are places now, the surplus goes when
        its holders leave.
        """
        # sudo: rows are made by these steps alone
        Place = self.env["club.place"].sudo()
        for plan in self:
            rows = Domain("plan_id", "=", plan.id)
            if not plan.is_limited:
                Place.search(rows).unlink()
                continue
            for pool, count in plan._place_pools().items():
                plan._make_pool(pool, count, Place.search(rows & Domain([*pool])))
            plan._seat_members()
        self._call_next()

    def _make_pool(self, pool, count, places):
        """As many rows in one pool as it has places; `places` are those it has."""
        extra = places.filtered("is_extra")
        missing = count - len(places - extra)
        if missing < 0:
            (places - extra)._take_away(-missing)
        else:  # a higher limit takes in who was beyond the old one
            extra[:missing].is_extra = False
            rows = range(missing - len(extra[:missing]))
            places.create([self._place_vals(pool) for _row in rows])

    @api.model
    def _mend_places(self):
        """Put right what stock merges and other means behind our back have done."""
        # sudo: places of all companies
        counted = dict(
            self.env["club.place"]
            .sudo()
            ._read_group([("is_extra", "=", False)], ["plan_id"], ["__count"])
        )
        limited = self.sudo().search([("is_limited", "=", True)])
        limited.filtered(
            lambda plan: counted.get(plan, 0) != plan._place_count()
        )._make_places()

    def _seat_members(self):
        """Give every live member a place, beyond the limit where there is none."""
        self.ensure_one()
        # sudo: members of other portfolios and companies count
        members = (
            self.env["club.membership"]
            .sudo()
            .search([("plan_id", "=", self.id), ("state", "in", period.LIVE_STATES)])
            .partner_id
        )
        Place = self.env["club.place"].sudo()
        left_over = Place._claim(self, members, first=True)
        Place.create(
            [
                {
                    **self._place_vals(self._place_pool(person)),
                    "partner_id": person.id,
                    "is_extra": True,
                    "reason": self.env._("A member before the limit"),
                }
                for person in left_over
            ]
        )

    # --- Pools: rooms below may divide the places, by city for example ------------

    def _place_pool(self, partner):
        """Which of the plan's places a person may take: a domain of one ``=``, or ().

        The domain is a tuple of tuples; it is the pool's name as well.
        """
        return ()

    def _place_pools(self):
        """All pools of the plan, as ``_place_pool`` names them, and their places."""
        self.ensure_one()
        return {(): self.capacity}

    def _place_count(self):
        return sum(self._place_pools().values())

    def _place_vals(self, pool):
        """Values of a new row of a pool."""
        return {"plan_id": self.id, **{name: value for name, _is, value in pool}}

    # --- For buyers -------------------------------------------------------------

    def _is_awaited(self, pool, people):
        """Whether others wait for the places of a pool: newcomers do not pass them."""
        self.ensure_one()
        # sudo: buyers have no rights on the queue
        waiting = (
            self.env["club.waiting"]
            .sudo()
            .search_fetch(
                [
                    ("plan_id", "=", self.id),
                    ("state", "=", "waiting"),
                    ("partner_id", "not in", people.ids),
                ],
                ["partner_id"],
            )
        )
        return any(self._place_pool(entry.partner_id) == pool for entry in waiting)

    def _hold_until(self):
        return fields.Datetime.now() + timedelta(days=self.offer_days)

    def _check_place(self, partner, until):
        """Take a place for somebody who is about to buy, or say that there is none.

        :raise UserError: all places are taken or promised
        """
        self.ensure_one()
        if self.env["club.place"]._claim(self, partner, until):
            raise UserError(self._full_sentence(partner))

    def _full_sentence(self, partner):
        """Why this person cannot have a place now, and what he may do."""
        return self.env._(
            "All %(count)s places of “%(plan)s” are taken or promised, so nothing "
            "was charged. Join the waiting list, and a place will be offered.",
            count=self._place_pools().get(self._place_pool(partner), 0),
            plan=self.name,
        )

    def _with_free_place(self, partner):
        """Those of these plans of which a person could take a place now.

        For what pages show: three queries, whatever the number of plans.
        """
        limited = self.filtered("is_limited")
        if not limited:
            return self
        # sudo: visitors have no rights on places and the queue
        of_plans = [("plan_id", "in", limited.ids)]
        takeable = [*of_plans, ("partner_id", "in", [False, *partner.ids])]
        places = self.env["club.place"].sudo().search(takeable)
        others = [("state", "=", "waiting"), ("partner_id", "not in", partner.ids)]
        queue = self.env["club.waiting"].sudo().search([*of_plans, *others])
        free = places.grouped(lambda place: place.plan_id.id)
        awaited = queue.grouped(lambda entry: entry.plan_id.id)

        def has_place(plan):
            pool = plan._place_pool(partner)
            rows = free.get(plan.id, places.browse())
            return bool(rows.partner_id) or (
                bool(rows.filtered_domain(list(pool)))
                and not any(
                    plan._place_pool(entry.partner_id) == pool
                    for entry in awaited.get(plan.id, ())
                )
            )

        return self - limited.filtered(lambda plan: not has_place(plan))

    def _call_next(self):
        """Places may be free: the queue moves on as soon as this is committed."""
        if self:
            # sudo: whoever frees a place has no rights on jobs
            self.env.ref("club_community.ir_cron_club_waiting").sudo()._trigger()


class ClubMembership(models.Model):
    """A period needs a place, where places are counted."""

    _inherit = "club.membership"

    @api.model_create_multi
    def create(self, vals_list):
        """A period paid elsewhere takes a place too.

        :raise UserError: there is none; a club manager may give one beyond the limit
        """
        memberships = super().create(vals_list)
        live = memberships.filtered(
            lambda m: m.plan_id.is_limited and m.state in period.LIVE_STATES
        )
        Place = self.env["club.place"]
        for plan, of_plan in live.grouped("plan_id").items():
            if left_over := Place._claim(plan, of_plan.partner_id, first=True):
                raise UserError(
                    self.env._(
                        "“%(plan)s” has %(count)s places, and there is none for "
                        "%(names)s. Raise the number of places, or give one beyond "
                        "the limit on the plan's form.",
                        plan=plan.name,
                        count=plan._place_count(),
                        names=", ".join(left_over[:5].mapped("name")),
                    )
                )
        return memberships

    def _activation_obstacle(self):
        if obstacle := super()._activation_obstacle():
            return obstacle
        plan, person = self.plan_id, self.partner_id
        if not self.env["club.place"]._claim(plan, person, first=True):
            return False
        self._club_wait_first()
        return self.env._(
            "All places of “%(plan)s” are taken. %(name)s is the first in the queue: "
            "the membership starts as soon as a place is free, "
            "unless you refund the fee.",
            plan=plan.name,
            name=person.name,
        )

    def _club_wait_first(self):
        """Put whoever has paid too late first in the queue; nothing here may raise."""
        try:
            with self.env.cr.savepoint():
                self.env["club.waiting"]._put_first(self)
        except (psycopg2.OperationalError, ConcurrencyError):
            raise  # Odoo runs the whole request again
        except Exception:
            _logger.exception("%s could not be put on the waiting list", self)

    def _on_activated(self):
        res = super()._on_activated()
        if limited := self.filtered("plan_id.is_limited"):
            self.env["club.place"]._of(limited)._hold_for_members()
        self.env["club.waiting"]._accepted(self)
        return res

    def _on_taken_back(self):
        res = super()._on_taken_back()
        self._club_leave_places()
        return res

    def _on_expired(self, renewed):
        res = super()._on_expired(renewed)
        self._club_leave_places()
        return res

    def _club_leave_places(self):
        self.env["club.place"]._of(self)._release()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _check_club_line(self, plan):
        """A confirmed order keeps a place; whoever has paid is not refused here.

        His money is there: ``_activation_obstacle`` puts him first in the queue.
        """
        res = super()._check_club_line(plan)
        # sudo: a salesperson need not have rights on transactions
        transactions_sudo = self.order_id.sudo().transaction_ids
        if not any(t.state in ("done", "authorized") for t in transactions_sudo):
            member = self.club_member_id or self.order_id.partner_id
            plan._check_place(member, plan._hold_until())
        return res


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _club_hold_places(self):
        """Keep the places of these orders while they are being paid.

        :raise UserError: one has none, and then nobody is charged
        """
        until = fields.Datetime.now() + PAYING
        for membership in self._club_memberships():
            plan, member = membership.plan_id, membership.partner_id
            if plan.is_limited and membership.state in ("draft", "waiting"):
                plan._check_place(member, until)
                self.env["club.waiting"]._prolong(plan, member, until)

    def _action_cancel(self):
        res = super()._action_cancel()
        places = self.env["club.place"]._of(self._club_memberships())
        over = fields.Datetime.now() - timedelta(seconds=1)
        places.filtered("held_until").write({"held_until": over})
        places._release()
        return res


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        """No money is taken for a place that is not there: it is kept before.

        :raise UserError: there is none; nothing was charged
        """
        transactions = super().create(vals_list)
        for transaction in transactions:
            takes_money = transaction.operation not in ("refund", "validation")
            if takes_money and not transaction.source_transaction_id:
                # sudo: whoever pays has no rights on lines
                lines_sudo = transaction.sudo().invoice_ids.invoice_line_ids
                orders_sudo = transaction.sudo().sale_order_ids
                (orders_sudo | lines_sudo.sale_line_ids.order_id)._club_hold_places()
        return transactions
