"""Bring the demo club into a database that has `club_community` and `payment_demo`.

Clients, chapters and memberships go in as a club's own files would: through the stock
import screen (`base_import.import`: preview, then import), as the club manager.
Run twice it updates and doubles nothing, since every row has its key.
"""

import csv
import time
from contextlib import contextmanager
from pathlib import Path

from odoo import Command, fields

from .events import prepare_events
from .journey import fill_matrix, place_people
from .load_profile import load_profile
from .load_referrals import load_referrals
from .logins import CLUB_MANAGER, LOGINS, MEMBERS, PASSWORD

RUSSIAN = "ru_RU"
# Key, English name, Russian name, fee, discount on the club's events, colour.
PLANS = [
    ("silver", "Silver", "Серебро", 500_000, 5, 8),
    ("gold", "Gold", "Золото", 1_000_000, 10, 3),
    ("platinum", "Platinum", "Платина", 1_500_000, 20, 4),
]
# Visits to the lounge in a period; 0: as often as one likes.
VISITS = {"silver": 2, "gold": 4, "platinum": 0}
CITIES = {
    "moscow": "Москва",
    "saint_petersburg": "Санкт-Петербург",
    "kazan": "Казань",
    "yekaterinburg": "Екатеринбург",
    "novosibirsk": "Новосибирск",
    "sochi": "Сочи",
}
# Offers to people who were met, but are not members yet: what happens to each.
OFFERS = ["draft", "sent", "sent", "invoiced", "sent", "invoiced", "draft", "invoiced"]


def load(env, folder: Path) -> None:
    """Fill the database of ``env`` with the files of ``folder``; no commit.

    :param env: environment of the superuser
    """
    folder = Path(folder)
    # English, because the files name plans and cities in the source language.
    env = env(
        context={
            "lang": "en_US",
            "tracking_disable": True,
            "no_reset_password": True,
            # history comes in pieces; `place_people` looks at them when all is there
            "club_journey_later": True,
        }
    )
    with step("company, plans and levels"):
        prepare_company(env)
        prepare_plans(env)
    with step("managers"):
        manager = prepare_users(env, folder)
    # Everybody in the club reads Russian where Odoo does.
    spoken = {f"default_{name}": code for name, code in language(env).items()}
    as_manager = env(user=manager.id, context={**env.context, **spoken})
    with step("cities"):
        import_file(env, "club.chapter", folder / "chapters.csv")
        for key, name in CITIES.items():
            translate(env.ref(f"__import__.chapter_{key}"), "name", name)
    with step("clients"):
        import_file(as_manager, "res.partner", folder / "clients.csv")
    with step("memberships"):
        import_file(as_manager, "club.membership", folder / "memberships.csv")
    with step("profiles, consents and last contacts"):
        load_profile(env, folder)
    with step("offers, invoices and portal users"):
        prepare_payment(env)
        make_offers(as_manager)
        prepare_members(env)
        set_passwords(env)
    with step("events to come"):
        prepare_events(env, upsert, translate)
    with step("how people were brought"):
        load_referrals(env, folder, upsert, translate, speaks_russian(env))
    with step("the journey"):
        place_people(env, speaks_russian(env))
        fill_matrix(env, upsert, translate)


# --- Import -------------------------------------------------------------------------


def import_file(env, model: str, path: Path) -> None:
    """Import a CSV file as the import screen does, with its own choice of columns."""
    options = {"has_headers": True, "quoting": '"', "separator": ","}
    wizard = env["base_import.import"].create(
        {
            "res_model": model,
            "file": path.read_bytes(),
            "file_name": path.name,
            "file_type": "text/csv",
        }
    )
    preview = wizard.parse_preview(options)
    columns = preview["headers"]
    matches = [preview["matches"].get(index) for index in range(len(columns))]
    targets = [match and "/".join(match) for match in matches]
    assert all(targets), dict(zip(columns, targets, strict=True))
    skip = 0
    while True:  # the screen sends two thousand rows at a time
        result = wizard.execute_import(
            targets, columns, {**preview["options"], "limit": 2000, "skip": skip}
        )
        if not result["ids"]:
            raise ValueError(f"{path.name}: {result['messages'][:5]}")
        skip = result["nextrow"]
        if not skip:
            return


def upsert(env, model: str, key: str, values: dict):
    """Create a record, or update the one that the last run created."""
    xml_id = f"__import__.{key}"
    return env[model]._load_records([{"xml_id": xml_id, "values": values}])


# --- The club -------------------------------------------------------------------------


def prepare_company(env) -> None:
    """Roubles and a chart of accounts; the currency before the first entry."""
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company)
    roubles = env.ref("base.RUB")
    roubles.active = True
    if company.currency_id != roubles:
        company.currency_id = roubles
        # The price list for everybody was made in the currency of the installation.
        env["product.pricelist"].search([("item_ids", "=", False)]).write(
            {"currency_id": roubles.id}
        )
    company.write(
        {
            "name": "Клуб «Аврора»" if speaks_russian(env) else "Aurora Club",
            "email": "club@example.com",
            "phone": "+7 000 100-00-99",
            "portal_confirmation_sign": False,
            "portal_confirmation_pay": True,
        }
    )


def prepare_plans(env) -> None:
    """Three plans with a level each, whose prices hold for the club's events."""
    family = env.ref("club_community.club_plan_family_club")
    translate(family, "name", "Клуб")
    events = upsert(env, "product.category", "category_events", {"name": "Events"})
    dinner = upsert(
        env,
        "product.product",
        "product_gala_dinner",
        {
            "name": "Gala dinner",
            "type": "service",
            "list_price": 30_000,
            "categ_id": events.id,
            "taxes_id": [Command.clear()],
        },
    )
    translate(dinner, "name", "Торжественный ужин")
    for position, (key, name, russian, fee, discount, color) in enumerate(PLANS, 1):
        pricelist = prepare_pricelist(env, key, f"{name} member prices", discount)
        translate(pricelist, "name", f"Цены уровня «{russian}»")
        level = upsert(
            env,
            "res.partner.grade",
            f"level_{key}",
            {"name": name, "default_pricelist_id": pricelist.id},
        )
        translate(level, "name", russian)
        plan = upsert(
            env,
            "club.plan",
            f"plan_{key}",
            {
                "name": name,
                "sequence": position,
                "price": fee,
                "currency_id": env.ref("base.RUB").id,
                "company_id": env.company.id,
                "family_id": family.id,
                "grade_id": level.id,
                "color": color,
            },
        )
        translate(plan, "name", russian)
        plan.product_id.taxes_id = [Command.clear()]
        translate(plan.product_id, "name", f"Членство «{russian}»")
        prepare_access(env, key, plan)


def prepare_access(env, key: str, plan) -> None:
    """What a plan opens: the club's talk, its member group, visits to the lounge."""
    channel = upsert(
        env,
        "discuss.channel",
        "channel_club",
        {
            "name": "Club talk",
            "group_public_id": env.ref("club_community.group_club_circle").id,
        },
    )
    benefit = upsert(env, "club.benefit", "benefit_lounge", {"name": "Lounge visit"})
    translate(benefit, "name", "Посещение лаунжа")
    group = env.ref("club_community.group_club_member")
    opened = {
        "channel": {"channel_id": channel.id},
        "group": {"group_id": group.id},
        "service": {"benefit_id": benefit.id, "quantity": VISITS[key]},
    }
    for kind, values in opened.items():
        upsert(
            env,
            "club.plan.entitlement",
            f"{key}_opens_{kind}",
            {"plan_id": plan.id, "kind": kind, **values},
        )


def prepare_pricelist(env, key: str, name: str, discount: int):
    pricelist = upsert(
        env,
        "product.pricelist",
        f"pricelist_{key}",
        {"name": name, "currency_id": env.ref("base.RUB").id},
    )
    upsert(
        env,
        "product.pricelist.item",
        f"pricelist_item_{key}",
        {
            "pricelist_id": pricelist.id,
            "applied_on": "2_product_category",
            "categ_id": env.ref("__import__.category_events").id,
            "compute_price": "percentage",
            "percent_price": discount,
        },
    )
    return pricelist


# --- Users ----------------------------------------------------------------------------


def prepare_users(env, folder: Path):
    """The club manager, whom it returns, and the personal managers."""
    with (folder / "managers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        prepare_user(env, row["id"], row, "group_club_user")
    env.ref("base.user_admin").write(language(env))  # admin, admin as Odoo made it
    return prepare_user(
        env,
        "club_manager",
        {**CLUB_MANAGER, "phone": "+7 000 100-00-00"},
        "group_club_manager",
    )


def prepare_user(env, key: str, person: dict, group: str):
    groups = env.ref("base.group_user") | env.ref(f"club_community.{group}")
    return upsert(
        env,
        "res.users",
        key,
        {
            "name": person["name"],
            "login": person["login"],
            "email": person["login"],
            "phone": person["phone"],
            "group_ids": [Command.set(groups.ids)],
            **language(env),
        },
    )


def set_passwords(env) -> None:
    """One hash for all: half a million rounds take their time."""
    logins = [person["login"] for person in LOGINS if person["password"] == PASSWORD]
    users = env["res.users"].search([("login", "in", logins)])
    hashed = users._crypt_context().hash(PASSWORD)
    for user in users:
        user._set_encrypted_password(user.id, hashed)


def prepare_members(env) -> None:
    """Portal users for three members."""
    portal = env.ref("base.group_portal")
    for position, member in enumerate(MEMBERS, 1):
        person = env["res.partner"].search([("email", "=", member["login"])])
        upsert(
            env,
            "res.users",
            f"member_{position}",
            {
                "partner_id": person.id,
                "login": member["login"],
                "group_ids": [Command.set(portal.ids)],
            },
        )


# --- Sales ----------------------------------------------------------------------------


def prepare_payment(env) -> None:
    """The stock test provider takes any card number in the portal."""
    provider = env.ref("payment.payment_provider_demo")
    provider.write({"state": "test", "is_published": True})
    if not provider.journal_id:
        provider.journal_id = env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", provider.company_id.id)],
            limit=1,
        )


def make_offers(env) -> None:
    """Quotations and unpaid invoices, so that the lists have something to show."""
    people = env["res.partner"].search(
        [("club_chapter_id", "!=", False), ("club_membership_ids", "=", False)],
        order="id",
        limit=len(OFFERS),
    )
    waiting = env["res.partner"].search([("email", "=", MEMBERS[-1]["login"])])
    if waiting.sale_order_ids:
        return
    plans = [env.ref(f"__import__.plan_{key}") for key, *_rest in PLANS]
    offer(env, waiting, plans[1], "sent")
    for number, (person, fate) in enumerate(
        zip(people - waiting, OFFERS, strict=False)
    ):
        offer(env, person, plans[number % len(plans)], fate)


def offer(env, person, plan, fate: str) -> None:
    """Sell a membership as the button does, and leave it unpaid."""
    action = (
        env["club.membership.sell"]
        .create({"partner_id": person.id, "plan_id": plan.id})
        .action_sell()
    )
    order = env["sale.order"].browse(action["res_id"])
    order.validity_date = fields.Date.add(fields.Date.today(), months=1)
    if fate == "draft":
        return
    order.action_quotation_sent()
    if fate == "invoiced":
        order.action_confirm()
        order._create_invoices().action_post()


# --- Tools ----------------------------------------------------------------------------


def speaks_russian(env) -> bool:
    return bool(env["res.lang"]._get_code(RUSSIAN))


def language(env) -> dict:
    """Language of a user, where it is installed."""
    return {"lang": RUSSIAN} if speaks_russian(env) else {}


def translate(record, name: str, russian: str) -> None:
    if speaks_russian(record.env):
        record.with_context(lang=RUSSIAN)[name] = russian


@contextmanager
def step(title: str):
    """Say what is being done, and how long it took."""
    begin = time.monotonic()
    print(f"  {title} ... ", end="", flush=True)
    yield
    print(f"{time.monotonic() - begin:.1f} s", flush=True)
