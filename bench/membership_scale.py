"""What a member costs in a club of 1,000 and in one of 10,000; and beside OCA's module.

Sales are measured in turns in four databases, so that what slows the machine slows
all of them.
"""

import contextlib
import datetime
import statistics
import time

SIZES = (1_000, 10_000)
GOAL = 1.3  # time per member in the larger club to that in the smaller
SALES = 5  # in one turn
TURNS = 8
JOB_TURNS = 2
TODAY = datetime.date.today()
DAY = datetime.timedelta(1)
STARTS = (TODAY - 500 * DAY, TODAY - 134 * DAY)  # of each member's two years
CARDS = 20  # members who renew by card in one night: each is a payment


def run(bench):
    with contextlib.ExitStack() as stack:

        def start(found, **recipe):
            clubs = [stack.enter_context(bench.odoo(**recipe)) for _ in SIZES]
            for process, size in zip(clubs, SIZES, strict=True):
                process(found, size, commit=True)
            return clubs

        ours = start(found_club, install=("payment_demo",))
        oca = start(found_oca_club, bare=True, oca=True)
        sales(bench, ours, oca)
        nightly(bench, ours, oca)


# -- Sales ---------------------------------------------------------------------------


def sales(bench, ours, oca):
    """Quotation, invoice, payment, live membership; OCA: invoice, payment, state."""
    calls = [(process, sell) for process in ours]
    calls += [(process, sell_oca) for process in oca]
    calls += [(ours[-1], sell_service)]
    measured = [[] for _call in calls]
    for turn in range(TURNS + 1):
        for (process, function), times in zip(calls, measured, strict=True):
            seconds = process(function).seconds
            if turn:  # the first fills the caches
                times.append(seconds / SALES * 1000)
    small, large, oca_small, oca_large, service = map(statistics.median, measured)
    _growth(bench, "sell, pay, activate a member", large, small)
    _growth(bench, "  the same of OCA: invoice, pay, state", oca_large, oca_small, None)
    bench.at_most("sell, pay, activate against OCA", large, oca_large, unit="ms")
    title = "sell, pay, activate against any other service"
    bench.at_most(title, large, service, unit="ms")


def _growth(bench, title, large, small, goal=GOAL):
    sizes = " and ".join(f"{size:,}" for size in reversed(SIZES))
    title = f"{title}: club of {sizes}"
    bench.at_most(title, large, small, goal=goal, unit="ms/member")


def sell(env):
    plan = env["club.plan"].search([("name", "=", "Bench")])
    for person in _newcomers(env):
        order = plan._make_offer(person)
        order.action_confirm()
        _invoice_and_pay(env, order)
        assert person.club_state == "active"


def sell_service(env):
    service = env["product.product"].search([("default_code", "=", "BENCH")])
    for person in _newcomers(env):
        order = env["sale.order"].create(
            {
                "partner_id": person.id,
                "order_line": [(0, 0, {"product_id": service.id})],
            }
        )
        order.action_confirm()
        _invoice_and_pay(env, order)


def _invoice_and_pay(env, order):
    invoice = order._create_invoices()
    invoice.action_post()
    _pay(env, invoice)


def _pay(env, invoice):
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoice.ids
    ).create({})._create_payments()
    env.flush_all()


def sell_oca(env):
    product = env["product.product"].search([("default_code", "=", "BENCH")])
    for person in _newcomers(env):
        invoice = person.create_membership_invoice(product, 1000)
        invoice.action_post()
        _pay(env, invoice)
        assert person.membership_state == "paid"


def _newcomers(env):
    people = env["res.partner"].search([("ref", "=", "newcomer")], limit=SALES)
    assert len(people) == SALES
    return people


# -- The nightly jobs ------------------------------------------------------------------


def nightly(bench, ours, oca):
    for title, prepare, job in JOBS:
        small, large = (_per_member(process, prepare, job) for process in ours)
        _growth(bench, title, large, small)
    small, large = (_per_member(process, expire_oca, cron_oca) for process in oca)
    _growth(bench, "  OCA's nightly job, every member expires", large, small, None)


def _per_member(process, prepare, job) -> float:
    """Milliseconds per member with work to do; the best of some nights.

    A job commits, so its work is laid out anew each time.
    """
    nights = []
    for _ in range(JOB_TURNS):
        members = process(prepare, commit=True).value
        nights.append(process(job, commit=True).value / members * 1000)
    return min(nights)


def _timed(job) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


LATEST = (
    "UPDATE club_membership SET state = %s, date_end = %s, date_grace_end = %s "
    "WHERE date_start = %s AND partner_id IN "
    "(SELECT id FROM res_partner WHERE ref = 'member')"
)


def _set_latest(env, state: str, end: datetime.date) -> int:
    """Everybody's latest period has that state and end; how many they are."""
    env.cr.execute(LATEST, [state, end, end, STARTS[-1]])
    count = env.cr.rowcount
    env.cr.execute(
        "UPDATE res_partner SET club_state = %s, grade_id = club_plan.grade_id "
        "FROM club_plan WHERE ref = 'member' AND club_plan.id = club_plan_id",
        [state],
    )
    env.invalidate_all()
    return count


def expire_all(env) -> int:
    return _set_latest(env, "grace", TODAY - DAY)


def advance(env) -> float:
    seconds = _timed(env["club.membership"]._cron_advance)
    assert not env["club.membership"].search_count([("state", "=", "grace")])
    return seconds


def end_soon(env) -> int:
    """Everybody is to be reminded: a letter, and a task for his manager."""
    env.cr.execute("DELETE FROM club_reminder")
    return _set_latest(env, "active", TODAY + 30 * DAY)


def remind(env) -> float:
    seconds = _timed(env["club.membership"]._cron_remind)
    env.cr.execute("SELECT count(*) FROM club_reminder")
    assert env.cr.fetchone()[0] >= SIZES[0]
    return seconds


def give_cards(env) -> int:
    """A few members more have a card and end soon; the others wait."""
    end_soon(env)
    plan = env["club.plan"].search([("name", "=", "Bench")])
    plan.auto_renew_allowed = True
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    provider.write({"state": "test", "is_published": True, "journal_id": journal.id})
    people = env["res.partner"].search([("ref", "=", "member")], limit=CARDS)
    for person in people:
        token = env["payment.token"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "payment_details": "4242",
                "partner_id": person.id,
                "provider_ref": f"card of {person.id}",
                "demo_simulated_state": "done",
            }
        )
        latest = person.club_membership_ids.sorted("date_start")[-1]
        env["club.auto.renewal"]._give_sudo(latest, token)
    env.cr.execute(
        "UPDATE club_membership SET date_end = %s, date_grace_end = %s "
        "WHERE partner_id = ANY(%s) AND date_start = %s",
        [TODAY + DAY, TODAY + DAY, people.ids, STARTS[-1]],
    )
    return CARDS


def auto_renew(env) -> float:
    """Announced in one night, charged in another."""
    charges = env["club.auto.charge"]
    seconds = _timed(charges._cron_auto_renew)
    env.cr.execute("UPDATE club_auto_charge SET charge_on = %s", [TODAY])
    env.invalidate_all()
    seconds += _timed(charges._cron_auto_renew)
    env.cr.execute("SELECT state, count(*) FROM club_auto_charge GROUP BY state")
    states = dict(env.cr.fetchall())
    assert set(states) == {"done"} and states["done"] % CARDS == 0, states
    # who has a second year now is left alone by the next night
    env.cr.execute(
        "UPDATE res_partner SET ref = 'renewed' "
        "WHERE id IN (SELECT partner_id FROM club_auto_renewal)"
    )
    return seconds


def nothing_given(env) -> int:
    """The plan opens a channel, a group and a benefit, of which nobody has any yet."""
    _open_by_plan(env)
    _give_logins(env)
    env.cr.execute("DELETE FROM club_entitlement WHERE kind <> 'level'")
    env.cr.execute(
        "DELETE FROM discuss_channel_member WHERE channel_id IN "
        "(SELECT channel_id FROM club_plan_entitlement)"
    )
    env.cr.execute(
        "DELETE FROM res_groups_users_rel WHERE gid IN "
        "(SELECT group_id FROM club_plan_entitlement)"
    )
    env.registry.clear_cache()  # who is in which group
    count = _set_latest(env, "active", TODAY + 231 * DAY)
    env.cr.execute("ANALYZE")
    return count


def all_given(env) -> int:
    """Everybody has what the plan opens already."""
    count = nothing_given(env)
    env["club.entitlement.check"]._cron_check_entitlements()
    return count


def _open_by_plan(env):
    """Level, channel, group and benefit: each kind that there is."""
    plan = env["club.plan"].search([("name", "=", "Bench")])
    if len(plan.entitlement_ids) > 1:
        return
    circle = env.ref("club_community.group_club_circle")
    channel = {"name": "Bench", "group_public_id": circle.id}
    things = {
        "channel": env["discuss.channel"].create(channel),
        "group": env.ref("club_community.group_club_member"),
        "benefit": env["club.benefit"].create({"name": "Lounge visit"}),
    }
    env["club.plan.entitlement"].create(
        [
            {
                "plan_id": plan.id,
                "kind": "service" if name == "benefit" else name,
                f"{name}_id": thing.id,
            }
            for name, thing in things.items()
        ]
    )


def _give_logins(env):
    """A group is given to portal logins."""
    people = env["res.partner"].search(
        [("ref", "=", "member"), ("user_ids", "=", False)]
    )
    quiet = env["res.users"].with_context(no_reset_password=True, tracking_disable=True)
    portal = env.ref("base.group_portal")
    for first in range(0, len(people), 1000):
        quiet.create(
            [
                {
                    "login": person.email,
                    "partner_id": person.id,
                    "group_ids": [(6, 0, portal.ids)],
                }
                for person in people[first : first + 1000]
            ]
        )


def check_giving(env) -> float:
    return _check_entitlements(env, given=3)


def check_right(env) -> float:
    return _check_entitlements(env, given=0)


def _check_entitlements(env, given: int) -> float:
    """Seconds; ``given`` is what each member is to get."""
    checks = env["club.entitlement.check"]
    seconds = _timed(checks._cron_check_entitlements)
    run = checks.search([], limit=1)
    members = env["res.partner"].search_count([("ref", "=", "member")])
    assert run.finished_on and run.people == members
    mended = (run.given, run.taken, run.failed)
    assert mended == (given * run.people, 0, 0), mended
    return seconds


# title, what lays out its work, the job itself
JOBS = [
    ("nightly job, every member expires", expire_all, advance),
    ("reminders, every member gets one", end_soon, remind),
    ("check of access, every member is given three", nothing_given, check_giving),
    ("check of access, all is right", all_given, check_right),
    ("automatic renewal, each by card", give_cards, auto_renew),
]


def expire_oca(env) -> int:
    """Every line ended yesterday; the people do not know it yet."""
    env.cr.execute("UPDATE membership_membership_line SET date_to = %s", [TODAY - DAY])
    env.cr.execute(
        "UPDATE res_partner SET membership_state = 'paid', membership_stop = %s "
        "WHERE ref = 'member'",
        [TODAY - DAY],
    )
    count = env.cr.rowcount
    env.invalidate_all()
    return count


def cron_oca(env) -> float:
    def job():
        env["res.partner"]._cron_update_membership()
        env.flush_all()

    seconds = _timed(job)
    paid = [("membership_state", "=", "paid"), ("ref", "=", "member")]
    assert not env["res.partner"].search_count(paid)
    return seconds


# -- The clubs -------------------------------------------------------------------------


def found_club(env, members: int):
    """A club with so many members, each with a year behind him and one to go."""
    _found(env)
    level = env["res.partner.grade"].create({"name": "Bench"})
    plan = env["club.plan"].create(
        {"name": "Bench", "price": 1000, "grade_id": level.id, "grace_days": 0}
    )
    plan.product_id.taxes_id = False
    for people in _people(env, members):
        for start in STARTS:
            end = start + 365 * DAY
            values = {"plan_id": plan.id, "date_start": start, "date_end": end}
            env["club.membership"].create(
                [{**values, "partner_id": person.id} for person in people]
            )
        env.flush_all()
    env.cr.execute("ANALYZE")


def found_oca_club(env, members: int):
    """The same with OCA's module: its lines are typed, as its own README allows."""
    _found(env)
    product = env["product.product"].create(
        {
            "name": "Bench",
            "default_code": "BENCH",
            "type": "service",
            "taxes_id": False,
            "membership": True,
            "membership_date_from": TODAY - 134 * DAY,
            "membership_date_to": TODAY + 231 * DAY,
        }
    )
    for people in _people(env, members):
        for start in STARTS:
            values = {
                "membership_id": product.id,
                "date_from": start,
                "date_to": start + 365 * DAY,
                "state": "paid",
                "member_price": 1000,
            }
            env["membership.membership_line"].create(
                [{**values, "partner_id": person.id} for person in people]
            )
        env.flush_all()
    env.cr.execute("ANALYZE")


def _found(env):
    """A chart of accounts, newcomers to sell to, and a service as any other."""
    env["account.chart.template"].try_loading("generic_coa", company=env.company)
    people = [{"name": f"New {n}", "ref": "newcomer"} for n in range(SALES)]
    env["res.partner"].create(people)
    if "club.plan" in env:
        service = {"name": "Service", "type": "service", "default_code": "BENCH"}
        env["product.product"].create({**service, "taxes_id": False})


def _people(env, count: int):
    """Members to be, in batches."""
    quiet = env["res.partner"].with_context(tracking_disable=True)
    for first in range(0, count, 1000):
        numbers = range(first, min(first + 1000, count))
        yield quiet.create(
            [
                {"name": f"Member {n}", "ref": "member", "email": f"m{n}@example.com"}
                for n in numbers
            ]
        )
