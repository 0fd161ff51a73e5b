"""Bring what the demo club knows of its people into the database.

Facts have sources and days of a year and a half, which no screen can give them: so
they are written by SQL, column by column, as the club's flows would have left them.
"""

import csv
import json
from pathlib import Path

from odoo.tools import SQL

MODULE = "club_community"
REFERENCES = {
    "club_interest_ids": f"{MODULE}.club_interest_%s",
    "club_sport_ids": f"{MODULE}.club_interest_%s",
    "club_travel_ids": f"{MODULE}.club_interest_%s",
    "service_here_ids": f"{MODULE}.club_service_%s",
    "service_elsewhere_ids": f"{MODULE}.club_service_%s",
    "club_industry_id": "base.res_partner_industry_%s",
}


def load_profile(env, folder: Path) -> None:
    """Facts, consents, last contacts, and the tasks for dates that come near.

    Run twice it does nothing the second time.

    :param env: environment of the superuser
    """
    Value = env["club.profile.value"]
    if Value.search_count([("source_ref", "=", "demo")], limit=1):
        return
    env.flush_all()
    people = _people(env)
    users = {user.login: user.id for user in env["res.users"].search([("id", "!=", 0)])}
    _backdate_file(env, people.values())
    _consents(env, folder, people)
    facts = _facts(env, folder, people, users)
    _ledger(env, facts)
    _cards(env, [fact for fact in facts if fact["state"] == "current"])
    env.invalidate_all()
    env["res.partner"]._club_recount_completeness()
    contacts = [
        (
            people[row["client"]],
            row["on"],
            row["channel"],
            users.get(row["manager"]),
            row["subject"],
        )
        for row in _rows(folder, "contacts.csv")
    ]
    env["res.partner"]._club_touch_each(contacts)
    Reminder = env["club.date.reminder"]
    Reminder._remind(sorted({row[0] for row in Reminder._due()}))


def _rows(folder: Path, name: str) -> list[dict]:
    with (Path(folder) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _people(env) -> dict[str, int]:
    data = env["ir.model.data"].search_fetch(
        [("module", "=", "__import__"), ("name", "=like", "client\\_%")],
        ["name", "res_id"],
    )
    return {row.name: row.res_id for row in data}


def _backdate_file(env, people) -> None:
    """What came with the club's old file is known since then."""
    env.cr.execute(
        """
        UPDATE club_profile_value v
           SET recorded_at = GREATEST(now()::date - 548, p.club_joined)
                             + interval '9 hours',
               confirmed_at = GREATEST(now()::date - 548, p.club_joined)
                              + interval '9 hours'
          FROM res_partner p
         WHERE p.id = v.partner_id AND p.id = ANY(%s) AND v.source = 'import'
        """,
        [list(people)],
    )


def _consents(env, folder: Path, people: dict) -> None:
    purposes = {p.code: p for p in env["club.consent.purpose"].search([("id", ">", 0)])}
    env["club.consent"].create(
        [
            {
                "partner_id": people[row["client"]],
                "purpose_id": purposes[row["purpose"]].id,
                "answer": row["answer"],
                "answered_at": f"{row['day']} 09:00:00",
                "source": row["source"],
                "wording": purposes[row["purpose"]].wording,
            }
            for row in _rows(folder, "consents.csv")
        ]
    )
    env.flush_all()


def _facts(env, folder: Path, people: dict, users: dict) -> list[dict]:
    """The facts with ids instead of names."""
    catalogue = env["club.profile.point"].search([("id", ">", 0)])
    points = {point.key: point for point in catalogue}
    languages = env["res.lang"].with_context(active_test=False).search([("id", ">", 0)])
    ids = {("club_language_ids", lang.code): lang.id for lang in languages}

    def resolve(key, name):
        if (key, name) not in ids:
            ids[key, name] = env.ref(REFERENCES[key] % name).id
        return ids[key, name]

    facts = []
    for row in _rows(folder, "facts.csv"):
        key, value = row["point"], json.loads(row["value"])
        if key in REFERENCES or key == "club_language_ids":
            many = isinstance(value, list)
            found = [resolve(key, name) for name in (value if many else [value])]
            value = sorted(found) if many else found[0]
        facts.append(
            {
                **row,
                "partner": people[row["client"]],
                "point": points[key],
                "value": value,
                "user": users.get(row["manager"]) or env.uid,
            }
        )
    return facts


def _ledger(env, facts: list[dict]) -> None:
    env.cr.execute(
        """
        INSERT INTO club_profile_value (
               partner_id, point_id, is_confidential, value, state, source, source_ref,
               recorded_at, confirmed_at, replaced_at, user_id, confidence,
               create_uid, create_date, write_uid, write_date)
        SELECT partner, point, secret, value, state, source, 'demo',
               day + interval '9 hours', day + interval '9 hours', until, by, sure,
               1, now() at time zone 'UTC', 1, now() at time zone 'UTC'
          FROM unnest(%s::int[], %s::int[], %s::bool[], %s::jsonb[], %s::text[],
                      %s::text[], %s::date[], %s::timestamp[], %s::int[], %s::int[])
               AS t(partner, point, secret, value, state, source, day, until, by, sure)
        """,
        [
            [fact["partner"] for fact in facts],
            [fact["point"].id for fact in facts],
            [fact["point"].is_confidential for fact in facts],
            [json.dumps(fact["value"]) for fact in facts],
            [fact["state"] for fact in facts],
            [fact["source"] for fact in facts],
            [fact["day"] for fact in facts],
            [fact["until"] or None for fact in facts],
            [fact["user"] for fact in facts],
            [int(fact["confidence"]) for fact in facts],
        ],
    )
    env.cr.execute(
        """
        UPDATE club_profile_value v SET is_conflict = TRUE, rival_id = known.id
          FROM club_profile_value known
         WHERE v.state = 'proposed' AND known.state = 'current'
           AND known.partner_id = v.partner_id AND known.point_id = v.point_id;
        UPDATE club_profile_value v SET consent_id = c.id
          FROM club_consent c, club_profile_point p, club_consent_purpose purpose
         WHERE p.id = v.point_id AND purpose.id = p.purpose_id
           AND purpose.needs_consent AND c.purpose_id = purpose.id
           AND c.partner_id = v.partner_id AND c.closed_at IS NULL
           AND c.answer = 'given'
        """
    )


def _cards(env, facts: list[dict]) -> None:
    """The values themselves, where each is kept."""
    by_point = {}
    for fact in facts:
        by_point.setdefault(fact["point"], []).append((fact["partner"], fact["value"]))
    for model in ("res.partner", "club.profile.private"):
        _set(env, model, by_point)
    for point, known in by_point.items():
        field = env[point.model]._fields[point.key]
        if field.type == "many2many":
            _link(env, point, field, known)
        elif field.type == "one2many":
            _list(env, field, known)


def _set(env, model: str, by_point: dict) -> None:
    """All columns of a card in one go: a row of contacts is long to write."""
    cards, columns = {}, {}
    for point, known in by_point.items():
        field = env[point.model]._fields[point.key]
        if point.model != model:
            continue
        if field.store and field.column_type:
            columns[point.key] = field.column_type[0]
        for partner, value in known:
            card = cards.setdefault(partner, {"partner": partner})
            if point.key in columns:
                card[point.key] = value
    names = list(map(SQL.identifier, columns))
    source = SQL(
        "jsonb_to_recordset(%s::jsonb) AS t(partner int, %s)",
        json.dumps(list(cards.values())),
        SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind))
            for name, kind in columns.items()
        ),
    )
    values = [SQL.identifier("t", name) for name in columns]
    if model == "res.partner":
        # what the old file has brought stays where nothing newer is known
        pairs = [
            SQL("%s = COALESCE(%s, %s)", name, value, SQL.identifier("p", key))
            for name, value, key in zip(names, values, columns, strict=True)
        ]
        query = SQL(
            "UPDATE res_partner p SET %s FROM %s WHERE p.id = t.partner",
            SQL(", ").join(pairs),
            source,
        )
    else:
        query = SQL(
            "INSERT INTO club_profile_private (partner_id, %s) SELECT t.partner, %s "
            "FROM %s",
            SQL(", ").join(names),
            SQL(", ").join(values),
            source,
        )
    env.cr.execute(query)


def _list(env, field, known) -> None:
    """Rows of a list on the card: children, goals."""
    Row = env[field.comodel_name]
    rows = [(partner, *row) for partner, value in known for row in value]
    table = SQL.identifier(Row._table)
    env.cr.execute(
        SQL(
            "INSERT INTO %s (partner_id, %s) VALUES %s",
            table,
            SQL(", ").join(map(SQL.identifier, Row._club_fact_fields)),
            SQL(", ").join(SQL("%s", row) for row in rows),
        )
    )
    if "is_done" in Row._fields:
        env.cr.execute(
            SQL(
                "UPDATE %s SET progress = COALESCE(progress, 0), "
                "is_done = COALESCE(progress, 0) = 100",
                table,
            )
        )


def _link(env, point, field, known) -> None:
    pairs = [(partner, value) for partner, values in known for value in values]
    holder = SQL("t.partner")
    if point.model != "res.partner":
        holder = SQL(
            "(SELECT id FROM club_profile_private WHERE partner_id = t.partner)"
        )
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s, %s) SELECT %s, t.value "
            "FROM unnest(%s::int[], %s::int[]) AS t(partner, value) "
            "ON CONFLICT DO NOTHING",
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
            SQL.identifier(field.column2),
            holder,
            [partner for partner, _value in pairs],
            [value for _partner, value in pairs],
        )
    )
