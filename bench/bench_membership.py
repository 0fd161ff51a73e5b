"""The membership room on the demo club of 1,750 people, beside stock Odoo.

Stock has the same people, brought in by the same files without the club's columns,
and its users the same rights.
"""

import csv
import datetime
import tempfile
import time
from pathlib import Path

from bench import membership_scale
from bench.screens import screen
from club_dev import people

ALSO = ("payment_demo",)
MANAGER = "vera.lebedeva@example.com"
MEMBER = "anna.sokolova@example.com"
MEMBERS_LIST = "club_community.club_member_view_list"
STOCK_COLUMNS = "id name is_company parent_id/id function email phone".split()
PERIODS = 10_000
SMALL = 100  # members: more than a page, so that the page is full in both


def run(bench):
    screens(bench)
    portal(bench)
    daily_job(bench)
    imports(bench)
    membership_scale.run(bench)


# -- Screens -------------------------------------------------------------------------


def screens(bench):
    with (
        bench.odoo(people=True, install=ALSO) as club,
        bench.odoo(people=True, install=ALSO) as small,
        bench.odoo(bare=True, install=ALSO) as stock,
    ):
        loyal, changed = club(pick_members).value
        small(shrink, [loyal, changed], commit=True)
        stock(prepare_stock, commit=True)
        stock(import_clients, stock_file(), commit=True)
        stock(know_members, [loyal, changed], commit=True)
        for process in (club, small, stock):
            process(analyze, commit=True)
        # title, ours, stock's, what they are called with, more queries allowed;
        # each further plan of a history has a name to be read, in one query
        pages = [
            ("members list", members_list, contacts_list, (), 4),
            ("people list", people_list, contacts_list, (), 4),
            ("stock contacts list", contacts_list, contacts_list, (), 4),
            ("form of a member", member_form, member_form, (loyal,), 4),
            ("form after a change of plan", member_form, member_form, (changed,), 5),
        ]
        for title, prepare, prepare_on_stock, arguments, extra in pages:
            ours = club(prepare, *arguments).value
            stocks = stock(prepare_on_stock, *arguments).value
            queries, allowed = bench.compare(
                title, club, ours, stock, stocks, goal=1.15
            )
            bench.no_more_than(f"{title}, queries", queries, allowed, extra=extra)
            in_small = queries_of(small, small(prepare, *arguments).value)
            title = f"{title}, queries: 1,750 people and {SMALL}"
            bench.no_more_than(title, queries, in_small)


def pick_members(env) -> list[str]:
    """A member who has kept his plan for years, and one who has changed it."""
    members = env["res.partner"].search(_members_domain(env), order="id")
    members = members.filtered(lambda person: len(person.club_membership_ids) > 2)
    plans = {person: len(person.club_membership_ids.plan_id) for person in members}
    return [next(p for p in members if plans[p] == count).email for count in (1, 2)]


def queries_of(process, call) -> int:
    """Queries of a call once the caches are full."""
    return [process(call).queries for _ in range(4)][-1]


def members_list(env):
    return _partners(env, "list", MEMBERS_LIST, _members_domain(env))


def people_list(env):
    return _partners(env, "list", MEMBERS_LIST, [("is_company", "=", False)])


def contacts_list(env):
    return _partners(env, "list", "base.view_partner_tree", [])


def member_form(env, email):
    person = env["res.partner"].search([("email", "=", email)])
    return screen(env, MANAGER, "res.partner", "form", record_id=person.id)


def _partners(env, view_type, view, domain):
    return screen(env, MANAGER, "res.partner", view_type, view, domain=domain)


def _members_domain(env):
    return [("is_company", "=", False), ("club_state", "in", ("active", "grace"))]


def shrink(env, kept: list[str]):
    """Leave a few members of the club: the others are gone as if never met."""
    # the latest: people whom others have brought, as the members of any page
    members = env["res.partner"].search(_members_domain(env), order="id desc")
    known = members.filtered(lambda person: person.email in kept)
    env.cr.execute(
        "UPDATE res_partner SET active = false WHERE club_state IS NOT NULL "
        "AND id <> ALL(%s)",
        [(known | members[:SMALL]).ids],
    )


def analyze(env):
    """Planner's figures, as autovacuum brings them to any living database."""
    env.cr.execute("ANALYZE")


# -- Stock's side --------------------------------------------------------------------


def prepare_stock(env):
    """The club manager's rights without the club's."""
    groups = (
        "base.group_user base.group_partner_manager account.group_account_invoice "
        "sales_team.group_sale_salesman_all_leads"
    )
    # a feature that ours switches on
    env.ref("base.group_user").implied_ids += env.ref("product.group_product_pricelist")
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=env.company)
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Vera",
            "login": MANAGER,
            "group_ids": [(6, 0, [env.ref(name).id for name in groups.split()])],
        }
    )


def know_members(env, emails: list[str]):
    """What stock can keep of the same members: salesperson, level and prices."""
    salesperson = {"name": "Maria", "login": "maria.orlova@example.com"}
    prices = env["product.pricelist"].create({"name": "Gold prices"})
    level = {"name": "Gold", "default_pricelist_id": prices.id}
    env["res.partner"].search([("email", "in", emails)]).write(
        {
            "user_id": env["res.users"].create(salesperson).id,
            "grade_id": env["res.partner.grade"].create(level).id,
        }
    )


def stock_file() -> Path:
    """The clients of the demo club with the columns that stock knows."""
    target = Path(tempfile.mkdtemp()) / "clients.csv"
    with (
        (people.generated() / "clients.csv").open(encoding="utf-8") as source,
        target.open("w", encoding="utf-8") as copy,
    ):
        writer = csv.DictWriter(copy, STOCK_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(csv.DictReader(source))
    return target


def import_clients(env, path: Path) -> int:
    from demo_club import load

    load.import_file(_as_manager(env), "res.partner", path)
    return env["res.partner"].search_count([])


def _as_manager(env):
    manager = env["res.users"].search([("login", "=", MANAGER)])
    return env(user=manager.id, context={"lang": "en_US", "tracking_disable": True})


# -- Portal --------------------------------------------------------------------------


def portal(bench):
    with bench.web(people=True, install=ALSO) as club:
        club.login(MEMBER, "demo")
        queries, allowed = bench.compare(
            "/my/club against /my", club, "/my/club", club, "/my", goal=1.15
        )
        # applications, waiting list, renewal, seats, what the membership opens
        title = "/my/club against /my, queries"
        bench.no_more_than(title, queries, allowed, extra=5)


# -- The daily job -------------------------------------------------------------------


def daily_job(bench):
    with bench.odoo() as process:
        process(make_due, commit=True)
        bare = process(expire_by_sql).seconds
        ours = process(expire, commit=True).seconds
    title = f"expiry of {PERIODS:,} periods against one bare UPDATE"
    bench.at_most(title, ours * 1000, bare * 1000, unit="ms")


def make_due(env):
    """Members whose grace is over, with level and history, made quickly by SQL."""
    level = env["res.partner.grade"].create({"name": "Gold"})
    plan = env["club.plan"].create(
        {"name": "Gold", "price": 1000, "grade_id": level.id}
    )
    today = datetime.date.today()
    start, end = today - datetime.timedelta(400), today - datetime.timedelta(30)
    batch = env(context={"tracking_disable": True})
    persons = batch["res.partner"].create(
        [{"name": f"Member {number}"} for number in range(PERIODS)]
    )
    values = {"plan_id": plan.id, "date_start": start, "date_end": end}
    periods = batch["club.membership"].create(
        [{**values, "partner_id": person.id} for person in persons]
    )
    env.flush_all()
    env.cr.execute(
        "UPDATE club_membership SET state = 'grace' WHERE id = ANY(%s)", [periods.ids]
    )
    env.cr.execute(
        "UPDATE res_partner SET club_state = 'grace', grade_id = %s WHERE id = ANY(%s)",
        [level.id, persons.ids],
    )


EXPIRE = """
    WITH due AS (
        UPDATE club_membership SET state = 'expired'
         WHERE state = 'grace' AND date_grace_end < now()
     RETURNING partner_id
    )
    UPDATE res_partner SET club_state = 'former', grade_id = NULL
      FROM due WHERE res_partner.id = due.partner_id
"""


def expire_by_sql(env):
    """The same new values on period and person, and nothing else: no history."""
    env.cr.execute(EXPIRE)
    assert env.cr.rowcount == PERIODS


def expire(env):
    env["club.membership"]._cron_advance()
    assert not env["club.membership"].search_count([("state", "=", "grace")])


# -- Import --------------------------------------------------------------------------


def imports(bench, turns=3):
    """In turns; the best of each, since a slow turn tells of the machine only."""
    folder, bare_file = people.generated(), stock_file()
    with bench.odoo(install=ALSO) as club, bench.odoo(bare=True, install=ALSO) as stock:
        club(prepare_club, folder, commit=True)
        stock(prepare_stock, commit=True)
        results = [
            (club(import_club, folder).value, stock(import_bare, bare_file).value)
            for _ in range(turns)
        ]
    ours = {name: max(mine[name] for mine, _ in results) for name in results[0][0]}
    bare = max(theirs for _, theirs in results)
    title = "import of clients with memberships"
    bench.at_least(title, ours["all"], bare, goal=0.8, unit="rows/s")
    bench.at_least("  of these the clients", ours["clients"], bare, unit="rows/s")
    bench.at_least("  of these the memberships", ours["periods"], bare, unit="rows/s")


def prepare_club(env, folder: Path):
    """All that the demo club has before its people come."""
    from demo_club import load

    env = env(context={"lang": "en_US", "tracking_disable": True})
    load.prepare_company(env)
    load.prepare_plans(env)
    load.prepare_users(env, folder)
    load.import_file(env, "club.chapter", folder / "chapters.csv")


def import_club(env, folder: Path) -> dict[str, float]:
    """Rows a second of both files together, and of each."""
    from demo_club import load

    env = _as_manager(env)
    rows, seconds = {}, {}
    files = {"clients": "res.partner", "periods": "club.membership"}
    for name, model in files.items():
        path = folder / ("clients.csv" if name == "clients" else "memberships.csv")
        rows[name] = count_rows(path)
        started = time.perf_counter()
        load.import_file(env, model, path)
        env.flush_all()
        seconds[name] = time.perf_counter() - started
    speeds = {name: rows[name] / seconds[name] for name in files}
    return {**speeds, "all": sum(rows.values()) / sum(seconds.values())}


def import_bare(env, path: Path) -> float:
    started = time.perf_counter()
    import_clients(env, path)
    env.flush_all()
    return count_rows(path) / (time.perf_counter() - started)


def count_rows(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _row in csv.DictReader(file))
