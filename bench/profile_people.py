"""100,000 people with every point of the profile, by SQL alone, in half a minute.

Stock gets the same people without what it does not know. Names are made of syllables,
so that no trigram is rare, and each surname is one person's.
"""

PEOPLE = 100_000
FIRST_NAMES = "Anna Boris Vera Gleb Darya Egor Zoya Ivan Kira Lev".split()
SYLLABLES = "ba ko lo mi ra su te vo ya zi".split()
THINGS = (
    "investors lawyers designers suppliers factories offices speakers teachers "
    "doctors builders editors bankers brokers farmers hotels drivers cooks museums "
    "printers translators tailors jewellers gardeners engineers architects chemists"
).split()

# Surname of number i: its five digits as syllables; "Bakolomira" is 01234.
_SURNAME = " || ".join(
    f"(ARRAY{SYLLABLES})[1 + i / {10**power} % 10]" for power in reversed(range(5))
)

_STOCK = {
    "name": "name",
    "complete_name": "name",
    "email": "email",
    "email_normalized": "email",
    "phone": "phone",
    "phone_sanitized": "replace(phone, ' ', '')",
    "ref": "CASE WHEN id % 10 = 0 THEN 'R' || id END",
    "type": "'contact'",
    "active": "true",
    "is_company": "false",
    "partner_share": "true",
    "lang": "'en_US'",
    "color": "id % 11",
    "autopost_bills": "'ask'",
    "commercial_partner_id": "id",
    "create_uid": "1",
    "write_uid": "1",
    "create_date": "now() AT TIME ZONE 'UTC'",
    "write_date": "now() AT TIME ZONE 'UTC'",
}
_PEOPLE = f"""
    SELECT first_id + i AS id,
           first || ' ' || initcap(last) AS name,
           lower(first || '.' || last) || '@example' || i % 50 || '.com' AS email,
           '+7 9' || lpad((i % 90 + 10)::text, 2, '0') || ' '
               || lpad((i * 7919::bigint % 1000)::text, 3, '0') || ' '
               || lpad(i::text, 5, '0') AS phone
      FROM (SELECT i, (SELECT max(id) + 1 FROM res_partner) AS first_id,
                   (ARRAY{FIRST_NAMES})[1 + i % 10] AS first,
                   {_SURNAME} AS last
              FROM generate_series(0, {PEOPLE} - 1) i) made
"""


def add_people(env, filled: bool) -> int:
    """The people, as stock knows them or with every point; the id of the first."""
    columns = dict(_STOCK)
    if filled:
        for number in range(30):
            env["club.chapter"].create({"name": f"City {number}"})
        columns |= profile_columns(env)
    names = ", ".join(f'"{name}"' for name in ("id", *columns))
    values = ", ".join(("id", *columns.values()))
    # trigrams go into their indexes together, when the table is vacuumed
    env.cr.execute("SET LOCAL gin_pending_list_limit = '1GB'")
    env.cr.execute("SELECT max(id) + 1 FROM res_partner")
    (first,) = env.cr.fetchone()
    env.cr.execute(
        f"INSERT INTO res_partner ({names}) SELECT {values} FROM ({_PEOPLE}) person"
    )
    env.cr.execute("SELECT setval('res_partner_id_seq', max(id)) FROM res_partner")
    if filled:
        fill_lists(env, first)
    return first


def name_of(number: int) -> str:
    """The full name of one of them."""
    surname = "".join(SYLLABLES[int(digit)] for digit in f"{number:05d}")
    return f"{FIRST_NAMES[number % 10]} {surname.capitalize()}"


def email_of(number: int) -> str:
    return f"{name_of(number).lower().replace(' ', '.')}@example{number % 50}.com"


def phone_of(number: int) -> str:
    return f"+7 9{number % 90 + 10:02d} {number * 7919 % 1000:03d} {number:05d}"


# -- The profile -----------------------------------------------------------------------


def _points(env, stored: bool):
    """Fields of the contact that are points: columns, or lists of their own tables."""
    points = env["club.profile.point"].search(
        [("is_property", "=", False), ("model", "=", "res.partner")]
    )
    for point in points:
        field = env[point.model]._fields[point.key]
        if (field.store and bool(field.column_type)) == stored:
            yield field


def profile_columns(env) -> dict[str, str]:
    """Every point that is a column, with an SQL expression of ``id``.

    The ledger is left alone: no screen of stock reads it.
    """
    columns = {
        field.name: _value(env, field)
        for field in _points(env, stored=True)
        if field.name not in _STOCK
    }
    columns["club_chapter_id"] = _one_of(env, "club.chapter")
    columns["club_completeness"] = "100"
    return columns


def fill_lists(env, first: int) -> None:
    """Points that are lists, confidential sheets, and who may be shown."""
    for field in _points(env, stored=False):
        _fill_list(env, field, first)
    _fill_sheets(env, first)
    env.cr.execute(
        f"""
        INSERT INTO club_consent (partner_id, purpose_id, answer, answered_at, source)
        SELECT p.id, c.id, CASE WHEN p.id % 3 = 0 THEN 'refused' ELSE 'given' END,
               now() AT TIME ZONE 'UTC', 'member'
          FROM res_partner p, club_consent_purpose c
         WHERE p.id >= {first} AND c.code = 'directory' AND p.id % 6 < 5
        """
    )


def _value(env, field) -> str:
    """An SQL expression of ``id`` for a column."""
    if field.type == "selection":
        values = [value for value, _label in field._description_selection(env)]
        return f"(ARRAY{values}::text[])[1 + id % {len(values)}]"
    if field.type == "many2one":
        return _one_of(env, field.comodel_name)
    if field.type == "date":
        return "date '1950-01-01' + (id % 18000)::int"
    if field.type in ("integer", "float"):
        return "1980 + id % 40"
    if field.type == "boolean":
        return "true"
    if field.type == "datetime":
        return "timestamp '2026-01-01'"
    return f"(ARRAY{THINGS}::text[])[1 + id * 7 % {len(THINGS)}] || ' ' || (" + (
        f"ARRAY{THINGS}::text[])[1 + id * {len(field.name)} / 13 % {len(THINGS)}]"
    )


def _one_of(env, model: str) -> str:
    ids = env[model].search([], limit=40).ids
    # squared: a few cities and trades are large, most are small
    return f"(ARRAY{ids})[1 + floor(power(random(), 2) * {len(ids)})::int]"


def _fill_list(env, field, first: int) -> None:
    """Three choices of a list for each person; one row of his own lists."""
    if field.type == "one2many":
        comodel = env[field.comodel_name]
        required = [f for f in comodel._fields.values() if f.required and f.store]
        columns = {f.name: _value(env, f) for f in required} | {
            field.inverse_name: "id"
        }
        env.cr.execute(
            f"INSERT INTO {comodel._table} ({', '.join(columns)}) "
            f"SELECT {', '.join(columns.values())} FROM res_partner WHERE id >= {first}"
        )
    elif field.type == "many2many":
        comodel = env[field.comodel_name].with_context(active_test=False)
        ids = comodel.search(field.domain if isinstance(field.domain, list) else []).ids
        env.cr.execute(
            f"""
            INSERT INTO {field.relation} ({field.column1}, {field.column2})
            SELECT DISTINCT p.id,
                   (ARRAY{ids})[1 + floor(power(random(), 2) * {len(ids)})::int]
              FROM res_partner p, generate_series(1, 3) WHERE p.id >= {first}
            """
        )


def _fill_sheets(env, first: int) -> None:
    columns = {
        field.name: _value(env, field)
        for field in env["club.profile.private"]._fields.values()
        if field.store and field.type in ("char", "selection") and not field.compute
    }
    names = ", ".join(f'"{name}"' for name in ("partner_id", *columns))
    values = ", ".join(("id", *columns.values()))
    env.cr.execute(
        f"INSERT INTO club_profile_private ({names}) "
        f"SELECT {values} FROM res_partner WHERE id >= {first}"
    )
