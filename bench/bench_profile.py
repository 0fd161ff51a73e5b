"""The profile on 100,000 people with every point filled, beside stock Odoo.

Stock has the same people without ours, in a database that Odoo would have made: with
``pg_trgm``, which its own phone search uses. Both have been vacuumed and analyzed.
"""

import contextlib
from dataclasses import dataclass

from bench import profile_people
from bench.harness import Odoo
from bench.screens import screen
from club_dev import postgres

EMPLOYEE, MANAGER = "bench_employee", "bench_manager"
ONE = 52_340  # the person who is looked for
READ = 1000
VIEWS = (
    ("list", "base.view_partner_tree"),
    ("kanban", "base.res_partner_kanban_view"),
    ("form", "base.view_partner_form"),
)
# What a user of the club sees more: state, city, manager, referrer ... of the page.
BUDGET = {"list": 4, "kanban": 0, "form": 6}


def run(bench):
    with contextlib.ExitStack() as stack:
        processes = []
        for recipe in ({}, {"bare": True}):
            name = stack.enter_context(bench.database(**recipe))
            process = stack.enter_context(Odoo(name))
            filled = not recipe
            first = process(profile_people.add_people, filled, commit=True).value
            process(add_users, commit=True)
            postgres.sql("VACUUM (ANALYZE)", name)
            processes.append((process, first))
        (ours, first), (stock, stock_first) = processes
        assert ours(count).value - first == stock(count).value - stock_first
        outsiders(bench, ours, stock, first, stock_first)
        searches(bench, ours, stock)
        one_section(bench, ours, stock, first, stock_first)
        people_like(bench, ours, first)


def add_users(env):
    """An employee who has nothing to do with the club, and one who has."""
    for login in (EMPLOYEE, MANAGER):
        groups = ["base.group_user", "base.group_partner_manager"]
        groups += ["sales_team.group_sale_salesman"] if login == MANAGER else []
        club = env.ref("club_community.group_club_user", raise_if_not_found=False)
        ids = [env.ref(group).id for group in groups]
        ids += club.ids if club and login == MANAGER else []
        env["res.users"].with_context(no_reset_password=True).create(
            {"name": login, "login": login, "group_ids": [(6, 0, ids)]}
        )
    # a feature that ours switches on, as stock's settings do
    env.ref("base.group_user").implied_ids += env.ref("product.group_product_pricelist")
    env["res.company"]._activate_or_create_pricelists()


def count(env) -> int:
    env.cr.execute("SELECT max(id) FROM res_partner")
    return env.cr.fetchone()[0]


@dataclass
class Call:
    """A call on contacts as one of the users; picklable, and called with an ``env``."""

    login: str
    method: str
    arguments: tuple
    found: int | None = None  # so many are to be found

    def __call__(self, env):
        user = env["res.users"].search([("login", "=", self.login)])
        partners = env["res.partner"].with_user(user)
        answer = getattr(self, f"_{self.method}")(partners, *self.arguments)
        assert self.found is None or len(answer) == self.found, (self, len(answer))
        return len(answer)

    def _name_search(self, partners, text):
        return partners.name_search(text, limit=8)

    def _search(self, partners, *columns_and_text):
        *columns, text = columns_and_text
        domain = ["|"] * (len(columns) - 1)
        domain += [(column, "ilike", text) for column in columns]
        return partners.search_fetch(domain, ["name"], limit=80)

    def _names(self, partners, first):
        people = partners.browse(range(first, first + READ))
        return [person.name for person in people]

    def _write(self, partners, person, values):
        return [partners.browse(person).write(values)]

    def _read_one(self, partners, person):
        return partners.browse(person).read(["name"])

    def _people_like(self, partners, person, for_member):
        people = partners.sudo() if for_member else partners
        return people.browse(person)._club_people_like(10, for_member)

    @property
    def __name__(self):
        return f"{self.method} as {self.login}"


# -- What everybody else notices -------------------------------------------------------


def outsiders(bench, ours, stock, first, stock_first):
    """An employee without the club's group pays nothing; a personal manager little."""
    for login, who in ((EMPLOYEE, "employee"), (MANAGER, "personal manager")):
        for view_type, view in VIEWS:
            title = f"stock {view_type}, {who}"
            pages = [
                process(open_screen, login, view_type, view, start).value
                for process, start in ((ours, first), (stock, stock_first))
            ]
            goal = 1.05 if login == EMPLOYEE else None
            mine, theirs = bench.compare(
                title, ours, pages[0], stock, pages[1], goal=goal
            )
            extra = 0 if login == EMPLOYEE else BUDGET[view_type]
            bench.no_more_than(f"{title}, queries", mine, theirs, extra=extra)
        calls = [Call(login, "names", (start,), READ) for start in (first, stock_first)]
        title = f"reading {READ:,} names, {who}"
        goal = 1.05 if login == EMPLOYEE else None
        mine, theirs = bench.compare(title, ours, calls[0], stock, calls[1], goal=goal)
        bench.no_more_than(f"{title}, queries", mine, theirs)
    call = Call(EMPLOYEE, "name_search", ("mi",), 8)
    bench.compare("name_search, thousands of hits", ours, call, stock, call, goal=1.05)
    # PostgreSQL reads by the alphabet until it has eight: here nearly everybody
    call = Call(EMPLOYEE, "name_search", ("Vera",), 8)
    title = "  hits that stand last by name"
    bench.compare(title, ours, call, stock, call, goal=None)


def open_screen(env, login, view_type, view, first):
    where = {"record_id": first + ONE} if view_type == "form" else {}
    return screen(env, login, "res.partner", view_type, view, **where)


# -- Search ----------------------------------------------------------------------------


def searches(bench, ours, stock):
    """One hit among all; and a word that nobody has."""
    name, email = profile_people.name_of(ONE), profile_people.email_of(ONE)
    phone = profile_people.phone_of(ONE)
    box = ("complete_name", "email", "phone")
    calls = [
        ("name_search, a surname", ("name_search", (name.split()[1],), 1)),
        ("name_search, a full name", ("name_search", (name,), 1)),
        ("name_search, an e-mail", ("name_search", (email,), 1)),
        ("name_search, nobody", ("name_search", ("Wrzeszcz",), 0)),
        ("e-mail", ("search", ("email", email), 1)),
        ("phone", ("search", ("phone", phone), 1)),
        ("phone, its last digits", ("search", ("phone", phone[-9:]), 1)),
        ("member's box, a surname", ("search", (*box, name.split()[1]), 1)),
    ]
    for title, (method, arguments, found) in calls:
        mine = Call(MANAGER, method, arguments, found)
        if title.startswith("member's box"):
            mine = Call(MANAGER, method, (*box, "club_number", arguments[-1]), found)
        theirs = Call(MANAGER, method, arguments, found)
        bench.compare(f"{title}, one hit", ours, mine, stock, theirs, goal=0.2)


# -- A section of the profile ----------------------------------------------------------


def one_section(bench, ours, stock, first, stock_first):
    """Eight points with their ledger, beside eight columns that stock tracks not."""
    section = {
        "club_channel": "phone",
        "club_hours": "evening",
        "club_quiet_days": "Sundays",
        "club_pace": "month",
        "club_messenger": "@one",
        "club_second_phone": "+7 900 000 00 00",
        "club_assistant": "Olga",
        "club_assistant_contact": "olga@example.com",
    }
    columns = dict.fromkeys(
        ("street", "street2", "zip", "city", "website", "function", "company_name"), "X"
    )
    bench.compare(
        "saving a section of 8 points",
        *(ours, Call(MANAGER, "write", (first + ONE, section))),
        *(stock, Call(MANAGER, "write", (stock_first + ONE, {**columns, "color": 7}))),
        goal=None,
    )


# -- People like you -------------------------------------------------------------------


def people_like(bench, ours, first):
    """In one query, below 100 times the reading of one contact by its id."""
    one = Call(MANAGER, "read_one", (first + ONE,), 1)
    for who, for_member in (("manager", False), ("member", True)):
        call = Call(MANAGER, "people_like", (first + ONE, for_member), 10)
        title = f"people like you, for a {who}, against one read by id"
        bench.compare(title, ours, call, ours, one, goal=100)
        queries = ours(count_queries, first + ONE, for_member).value
        bench.no_more_than(f"people like you, for a {who}, queries", queries, 1)


def count_queries(env, person, for_member) -> int:
    partner = env["res.partner"].browse(person)
    assert partner.name and env.companies and env.user.lang  # known to any page
    before = env.cr.sql_log_count
    partner._club_people_like(10, for_member)
    return env.cr.sql_log_count - before
