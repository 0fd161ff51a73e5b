"""What must be true of any life of a member, tried on lives nobody thought of.

``CLUB_EXAMPLES=500 ./dev test tests/test_properties.py`` plays more of them. Each life
is played in a real Odoo, with orders, invoices, payments and credit notes, and rolled
back. The addon itself does not need ``hypothesis``: it stands here, outside.
"""

import datetime
import importlib.util
import os
import traceback
from fractions import Fraction

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from club_dev import paths

from . import club

EXAMPLES = int(os.environ.get("CLUB_EXAMPLES", "12"))
FIRST_DAY = datetime.date(2028, 1, 31)  # a leap year, the end of a month
ONE_DAY = datetime.timedelta(days=1)
STEPS = (
    *("buy", "upgrade", "downgrade", "pause", "back", "leave", "undo"),
    *("refund", "days", "days"),
)
LIVES = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 400)), min_size=3, max_size=10
)


def _load_period():
    """The arithmetic alone: importing the addon would import Odoo."""
    path = paths.REPO / "club_community" / "tools" / "period.py"
    spec = importlib.util.spec_from_file_location("club_period", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


period = _load_period()
DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 12, 31))
RULES = st.one_of(
    st.builds(period.Rule, st.just("months"), st.integers(1, 60)),
    st.builds(period.Rule, st.just("days"), st.integers(1, 1000)),
    st.builds(
        period.Rule,
        st.just("year"),
        first_day=st.tuples(st.integers(1, 12), st.integers(1, 31)),
        rollover=st.none() | st.tuples(st.integers(1, 12), st.integers(1, 31)),
    ),
)


# -- The arithmetic alone --------------------------------------------------------------


@given(RULES, DAYS)
def test_a_fee_is_good_for_at_least_a_day(rule, start):
    assert rule.end(start) >= start


@given(RULES, DAYS, st.integers(1, 20))
def test_renewals_follow_without_a_gap_or_an_overlap(rule, start, times):
    end = None
    for _ in range(times):
        begin = period.period_start(None, start, end)
        assert end is None or begin == end + ONE_DAY
        end = rule.end(begin)


@given(DAYS, st.integers(1, 48), DAYS)
def test_a_longer_period_never_ends_earlier(start, months, _other):
    assert period.period_end(start, months) < period.period_end(start, months + 1)


@given(DAYS, st.integers(0, 1000), st.integers(-50, 1100))
def test_used_and_unused_days_are_the_paid_ones(start, length, passed):
    end, day = start + ONE_DAY * length, start + ONE_DAY * passed
    share = period.unused_share(start, end, day)
    assert 0 <= share <= 1
    used = min(max(passed, 0), length + 1)
    assert share == 1 - Fraction(used, length + 1)


@given(DAYS, st.integers(0, 500), st.integers(0, 500), st.integers(0, 90))
def test_a_pause_costs_no_paid_day(start, length, passed, rested):
    """The same part is left with a pause behind one as without it."""
    end, day = start + ONE_DAY * length, start + ONE_DAY * min(passed, length)
    moved = ONE_DAY * rested
    with_pause = period.unused_share(start, end + moved, day + moved, rested)
    assert with_pause == period.unused_share(start, end, day)


# -- Whole lives -----------------------------------------------------------------------


def test_no_life_breaks_a_promise(fresh_db, inside):
    process = inside(fresh_db())
    process(club.found_club, commit=True)
    failure = process(hunt, EXAMPLES).value
    assert not failure, failure


def hunt(env, examples):
    """Play lives until one breaks a promise; return how, or nothing."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize="CLUB_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes
    )
    @given(LIVES)
    @example([("buy", 0), ("days", 40), ("upgrade", 1), ("refund", 0), ("days", 9)])
    @example([("buy", 0), ("buy", 0), ("pause", 30), ("days", 10), ("back", 0)])
    @example([("buy", 0), ("buy", 1), ("leave", 0), ("undo", 0), ("days", 366)])
    @example([("buy", 0), ("pause", 20), ("days", 30), ("days", 9), ("leave", 1)])
    def lives(steps):
        Life(env).play(steps)

    try:
        lives()
    except Exception:
        return traceback.format_exc()
    return ""


class Life:
    """One member, three plans, and what they were promised."""

    def __init__(self, env):
        self.env = env
        self.promised = {}  # days that each paid period was sold with
        self.joined = False

    def play(self, steps):
        from freezegun import freeze_time

        savepoint = self.env.cr.savepoint()
        try:
            with freeze_time(FIRST_DAY) as clock:
                self.clock, self.day = clock, FIRST_DAY
                self.begin()
                for name, number in steps:
                    getattr(self, name)(number)
                    self.env.flush_all()
                    self.check(f"{name} {number} of {steps} on {self.day}")
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def begin(self):
        family = self.env["club.plan.family"].create({"name": "Lives"})
        terms = {
            "family_id": family.id,
            "refund_rule": "unused",
            "pause_max_days": 300,
            "undo_days": 30,
        }
        self.plans = self.env["club.plan"]
        for price, length in ((300, 3), (1000, 12), (2500, 12)):
            grade = self.env["res.partner.grade"].create({"name": f"L{price}"})
            vals = {"price": price, "period_months": length, "grade_id": grade.id}
            self.plans |= self.plans.create({"name": f"P{price}", **vals, **terms})
        self.plans.product_id.taxes_id = False
        self.member = self.env["res.partner"].create({"name": "Anna"})
        self.reason = self.env["club.leaving.reason"].search([], limit=1)

    # -- Steps; what the club refuses with a sentence changes nothing -------------

    def attempt(self, step):
        from odoo.exceptions import UserError

        try:
            with self.env.cr.savepoint():
                return step()
        except UserError:
            return None

    def buy(self, number):
        plan = self.plans[number % 3]
        self.attempt(lambda: self.settle(plan._make_offer(self.member)))

    def upgrade(self, number):
        self.change(self.plans[number % 3], "now")

    def downgrade(self, number):
        self.change(self.plans[number % 3], "end")

    def change(self, plan, when):
        current = self.member.club_membership_id
        if current:
            self.attempt(lambda: self.settle(current._make_change(plan, when)))

    def settle(self, order):
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        if invoice.amount_total:
            register = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            register.create({})._create_payments()

    def pause(self, number):
        start = self.day + ONE_DAY * (number % 3)
        until = start + ONE_DAY * (1 + number % 60)
        current = self.member.club_membership_id
        if current:
            self.attempt(lambda: current._pause(start, until))

    def back(self, _number):
        current = self.member.club_membership_id
        if current:
            self.attempt(current._return)

    def leave(self, number):
        current = self.member.club_membership_id
        if current:
            day = current._leave_end() if number % 2 else self.day
            self.attempt(lambda: current._leave(day or self.day, self.reason))

    def undo(self, _number):
        leave = self.env["club.leave"].search(
            [("partner_id", "=", self.member.id)], limit=1
        )
        if leave:
            self.attempt(leave._undo)

    def refund(self, number):
        live = self.periods().filtered(lambda m: m.state in period.LIVE_STATES)
        if live:
            invoices = live[number % len(live)].sale_order_id.invoice_ids
            paid = invoices.filtered(lambda move: move.move_type == "out_invoice")
            paid._reverse_moves().action_post()

    def days(self, number):
        self.day += ONE_DAY * (1 + number)
        self.clock.move_to(self.day)
        today = [("partner_id", "=", self.member.id)]
        pauses = self.env["club.membership.pause"]
        for step, due in pauses._due_steps(self.day).items():
            getattr(pauses.search(today + due), step)()
        memberships = self.env["club.membership"]
        due = memberships._due_domain(self.day)
        memberships.search(["&", *today, *due])._advance(self.day)

    # -- Promises ------------------------------------------------------------------

    def periods(self):
        return self.member.club_membership_ids.filtered("date_start")

    def check(self, what):
        self.env.invalidate_all()
        paid = self.periods().filtered(lambda m: m.state in period.PAID_STATES)
        self.check_no_overlap(paid.sorted("date_start"), what)
        self.check_days(paid, what)
        self.check_level(paid, what)
        self.check_joined(paid, what)

    def check_no_overlap(self, paid, what):
        for earlier, later in zip(paid[:-1], paid[1:], strict=True):
            assert earlier.date_end < later.date_start, f"overlap: {what}"

    def check_days(self, paid, what):
        """Given, and given back or credited, are together what was paid for."""
        for one in paid:
            rested = sum(
                pause._days()
                for pause in one.pause_ids
                if pause.state in ("running", "done")
            )
            end = one.date_end_paid or one.date_end
            days = (end - one.date_start).days + 1 - rested
            promised = self.promised.setdefault(one.id, days)
            assert days == promised, f"{days} days of {promised}: {what}"
            if one.date_end_paid and one.closed_by == "upgrade":
                self.check_credit(one, promised, what)

    def check_credit(self, one, promised, what):
        unused = (one.date_end_paid - one.date_end).days
        lines = one.replaced_by_id.sale_line_id.club_credit_line_ids
        credit = -sum(
            lines.filtered(lambda x: x.club_credit_of_id == one).mapped("price_unit")
        )
        worth = one.amount * unused / promised
        assert abs(credit - worth) < 0.011, f"credit {credit}, worth {worth}: {what}"

    def check_level(self, paid, what):
        for one in paid:
            if one.state in ("active", "paused"):
                inside = one.date_start <= self.day <= one.date_end
                assert inside, f"{one.state} outside of its days: {what}"
        live = paid.filtered(lambda m: m.state in ("active", "grace"))
        assert len(live) <= 1, f"two live periods: {what}"
        assert self.member.grade_id == live.plan_id.grade_id, f"level: {what}"

    def check_joined(self, paid, what):
        first = min(paid.mapped("date_start"), default=False)
        assert self.member.club_joined == first, f"joined: {what}"
        if self.joined in paid.mapped("date_start"):
            assert self.joined == first, f"joined changed: {what}"
        self.joined = first
