"""Bring in how the demo club's people were brought.

The import of clients has made a referral of each today, as it does with any club's
older data. Their real ways and days, which no screen can give them, are written by SQL.
What became of them is not: the addon takes it from applications and paid periods.
"""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from odoo import Command
from odoo.tools import SQL

from .logins import MEMBERS
from .referrals import THROW_AWAY

# Sales beside fees and tickets, so that some become clients: how many people.
BUYERS = 24
# English and Russian name, price.
GOODS = ("Advice of a lawyer", "Консультация юриста", 40_000)
REFUSED = ("The e-mail is a disposable one.", "Одноразовый адрес почты.")
LAPSED = ("Did not join within 180 days.", "Не вступил за 180 дней.")


def load_referrals(env, folder: Path, upsert, translate, russian: bool) -> None:
    """Referrals with their past, first applications, and some sales.

    Run twice it does nothing the second time.

    :param env: environment of the superuser
    :param upsert: see ``load.upsert``
    :param translate: see ``load.translate``
    """
    if env["club.referral"].search_count([("way", "=", "link")], limit=1):
        return
    env.flush_all()
    people = _people(env)
    rows = _rows(folder, "referrals.csv")
    _redate(env, people, [row for row in rows if row["status"] == "bound"])
    _closed(env, people, [row for row in rows if row["status"] != "bound"], russian)
    _leads(env, people, _rows(folder, "leads.csv"), russian)
    _sales(env, upsert, translate)
    env.flush_all()
    env["club.referral"]._take_stock(SQL("TRUE"))


def _rows(folder: Path, name: str) -> list[dict]:
    with (Path(folder) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _people(env) -> dict[str, int]:
    return dict(
        env.execute_query(
            SQL(
                "SELECT name, res_id FROM ir_model_data"
                " WHERE module = '__import__' AND model = 'res.partner'"
            )
        )
    )


def _redate(env, people, rows) -> None:
    """Ways and days of the referrals that the import has made."""
    env.cr.executemany(
        """
        UPDATE club_referral r
           SET way = %s, user_id = CASE WHEN %s = 'manager' THEN r.user_id END,
               invited_on = %s, visited_on = %s, create_date = %s,
               last_referrer_id = %s, last_way = %s, last_on = %s,
               detail = CASE WHEN %s IN ('link', 'code')
                             THEN p.club_referral_code END
          FROM res_partner p
         WHERE p.id = r.referrer_id AND r.referred_id = %s AND r.status = 'bound'
        """,
        [
            (
                *(row["way"], row["way"]),
                row["invited_on"],
                row["visited_on"] or None,
                row["invited_on"],
                people.get(row["last_referrer"]),
                row["last_way"] or None,
                row["last_on"] or None,
                row["way"],
                people[row["client"]],
            )
            for row in rows
        ],
    )
    env.invalidate_all()


def _closed(env, people, rows, russian: bool) -> None:
    """Referrals that do not count, or not yet."""
    words = {"refused": REFUSED[russian], "lapsed": LAPSED[russian]}
    program = env.ref("club_community.club_referral_program")
    program.more_disposable = THROW_AWAY
    referrals = env["club.referral"].create(
        [
            {
                "program_id": program.id,
                "company_id": env.company.id,
                "referrer_id": people[row["referrer"]],
                "referred_id": people.get(row["client"]),
                "name": row["name"]
                or env["res.partner"].browse(people[row["client"]]).name,
                "email": row["email"],
                "way": row["way"],
                "status": row["status"],
                "invited_on": row["invited_on"],
                "closed_on": row["status"] in words
                and (row["last_on"] or row["invited_on"]),
                "closed_why": words.get(row["status"]),
            }
            for row in rows
        ]
    )
    referrals._examine(fresh=True)


def _leads(env, people, rows, russian: bool) -> None:
    """First applications of the past, won where the person has joined."""
    tags = {
        model: {
            name: upsert_tag(env, model, name)
            for name in sorted({row[key] for row in rows} - {""})
        }
        for model, key in (("utm.source", "source"), ("utm.medium", "medium"))
    }
    users = {user.login: user.id for user in env["res.users"].search([("id", "!=", 0)])}
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
    new = env["crm.stage"].search([("is_won", "=", False)], limit=1)
    referrals = dict(
        env.execute_query(
            SQL("SELECT referred_id, id FROM club_referral WHERE status = 'bound'")
        )
    )
    title = "Заявка в клуб" if russian else "Application to the club"
    for joined, stage in (("1", won), ("", new)):
        model = env["crm.lead"].create(
            {
                "name": title,
                "type": "opportunity",
                "stage_id": stage.id,
                "club_asked_on": "2020-01-01",
            }
        )
        env.flush_all()
        _copy_lead(
            env,
            model,
            [
                {
                    "partner_id": people[row["client"]],
                    "user_id": users.get(row["manager"]),
                    "source_id": tags["utm.source"].get(row["source"]),
                    "medium_id": tags["utm.medium"].get(row["medium"]),
                    "club_asked_on": row["on"],
                    "create_date": row["on"],
                    "date_open": row["on"],
                    "club_referral_id": referrals.get(people[row["client"]]),
                }
                for row in rows
                if row["joined"] == joined
            ],
        )
        model.unlink()


def _copy_lead(env, model, rows) -> None:
    """A lead like ``model`` for each row, by SQL: by the ORM it takes half a minute."""
    own = ("partner_id", "user_id", "source_id", "medium_id", "club_asked_on")
    own += ("create_date", "date_open", "club_referral_id")
    person = {
        "contact_name": "p.name",
        "email_from": "p.email",
        "email_normalized": "p.email_normalized",
        "phone": "p.phone",
    }
    others = [
        name
        for name, field in env["crm.lead"]._fields.items()
        if field.store and field.column_type and name not in ("id", *own, *person)
    ]
    env.cr.executemany(
        f"""
        INSERT INTO crm_lead ({", ".join([*own, *person, *others])})
        SELECT {", ".join([*(f"%({name})s" for name in own), *person.values()])},
               {", ".join(f"l.{name}" for name in others)}
          FROM crm_lead l, res_partner p
         WHERE l.id = {model.id} AND p.id = %(partner_id)s
        """,
        rows,
    )
    env.invalidate_all()


def upsert_tag(env, model: str, name: str) -> int:
    found = env[model].search([("name", "=", name)], limit=1)
    return (found or env[model].create({"name": name})).id


def _sales(env, upsert, translate) -> None:
    """Two paid sales to some who were brought, one to as many who were not."""
    name, russian, price = GOODS
    product = upsert(
        env,
        "product.product",
        "product_advice",
        {
            "name": name,
            "type": "service",
            "list_price": price,
            "taxes_id": [Command.clear()],
        },
    )
    translate(product, "name", russian)
    chance = random.Random(20261128)
    today = date.today()
    members = [("club_state", "=", "active"), ("is_company", "=", False)]
    star = env["res.partner"].search([("email", "=", MEMBERS[0]["login"])])
    brought = env["res.partner"].search(
        [*members, ("club_referrer_id", "=", star.id)], order="id", limit=BUYERS // 4
    )
    brought |= env["res.partner"].search(
        [*members, ("club_referrer_id", "not in", (star.id, False))],
        order="id",
        limit=BUYERS // 4,
    )
    alone = env["res.partner"].search(
        [*members, ("club_referrer_id", "=", False)], order="id", limit=BUYERS // 2
    )
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": person.id,
                "invoice_date": today - timedelta(days=days),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": price * chance.randint(1, 5),
                        }
                    )
                ],
            }
            for person in (*brought, *alone, *brought)
            for days in [chance.randint(5, 160)]
        ]
    )
    invoices.action_post()
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoices.ids
    ).create({"group_payment": False})._create_payments()
