"""Indexes for search boxes: with ``pg_trgm``, without it, and with ``unaccent``.

What they are worth is measured in bench/bench_profile.py; that they go with us is in
test_lifecycle.py, with the whole schema.
"""

import pytest

ADDON = "club_community"
MADE = (
    "SELECT indexname, indexdef FROM pg_indexes "
    "WHERE schemaname = 'public' AND indexname LIKE 'res_partner_club_%\\_trgm'"
)
COLUMNS = "complete_name email phone ref vat company_registry number".split()

# Beside what each column is searched with there are people enough for an index.
PEOPLE = """
    INSERT INTO res_partner (name, complete_name, email, phone, ref, vat,
                             company_registry, type, active, partner_share,
                             autopost_bills)
    SELECT 'Person ' || md5(i::text), 'Person ' || md5(i::text),
           md5('mail' || i) || '@example.com', '+7 900 ' || i, md5('ref' || i),
           md5('vat' || i), md5('registry' || i), 'contact', true, true, 'ask'
      FROM generate_series(1, 20000) i
"""


@pytest.fixture
def update(odoo_cli):
    """Update the addon; nothing is to be complained of, but by stock if ``noisy``."""

    def run(db: str, noisy: bool = False) -> None:
        options = ("--stop-after-init", "--no-http")
        done = odoo_cli("server", "-d", db, "-u", ADDON, *options)
        assert done.code == 0, done.log[-5000:]
        assert " ERROR " not in done.log, done.log
        assert noisy or " WARNING " not in done.log, done.log

    return run


@pytest.fixture
def execute(psql):
    def run(db: str, statement: str) -> list[tuple]:
        connection = psql(db)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            found = cursor.fetchall() if cursor.description else []
        connection.close()  # or the update waits for us
        return found

    return run


def plan_of_a_search(env, name: str, unaccented: str) -> tuple[list, str]:
    """Who is found by a spelling without accents, and how PostgreSQL looks for him."""
    partners = env["res.partner"]
    person = partners.create({"name": name})
    env.flush_all()
    found = partners.name_search(unaccented, limit=8)
    assert person.id in dict(found) or not found
    domain = [("display_name", "ilike", unaccented)]
    query = partners._search(domain, order="complete_name", limit=8).select()
    plan = env.execute_query(type(query)("EXPLAIN %s", query))
    return [name for _id, name in found], "\n".join(row[0] for row in plan)


def settle(execute, db: str) -> None:
    """What autovacuum does sooner or later: what is pending makes an index dear."""
    execute(
        db,
        "SELECT gin_clean_pending_list(indexname::regclass) FROM pg_indexes "
        "WHERE indexname LIKE 'res_partner_club_%_trgm'",
    )
    execute(db, "ANALYZE res_partner")


def test_with_and_without_extensions(fresh_db, execute, inside, update):
    db = fresh_db()
    made = dict(execute(db, MADE))
    assert set(made) == {f"res_partner_club_{column}_trgm" for column in COLUMNS}
    assert not any("unaccent" in definition for definition in made.values())
    execute(db, PEOPLE)
    settle(execute, db)

    process = inside(db)
    found, plan = process(plan_of_a_search, "Zoé Ünal", "Zoé Ünal").value
    assert found == ["Zoé Ünal"]
    for column in ("complete_name", "email", "ref", "vat", "company_registry"):
        assert f"res_partner_club_{column}_trgm" in plan, plan

    # A database that Odoo did not make may be without: searched as in stock.
    execute(db, "DROP EXTENSION pg_trgm CASCADE")
    assert not execute(db, MADE)
    update(db)
    assert not execute(db, MADE)
    found, plan = inside(db)(plan_of_a_search, "Zoé Ünal", "Zoé Ünal").value
    assert found == ["Zoé Ünal"] and "_trgm" not in plan

    # An unaccent that is not immutable can be in no index.
    execute(db, "CREATE EXTENSION pg_trgm")
    execute(db, "CREATE EXTENSION unaccent")
    update(db, noisy=True)  # stock warns of its own trigram indexes
    assert not execute(db, MADE)

    execute(db, "ALTER FUNCTION unaccent(text) IMMUTABLE")  # as Odoo does
    update(db)
    made = dict(execute(db, MADE))
    assert len(made) == len(COLUMNS)
    assert all("unaccent" in definition for definition in made.values())
    settle(execute, db)
    found, plan = inside(db)(plan_of_a_search, "Zoé Ünal", "zoe unal").value
    assert found == ["Zoé Ünal"]
    for column in ("complete_name", "email", "ref", "vat", "company_registry"):
        assert f"res_partner_club_{column}_trgm" in plan, plan

    # A second update leaves them as they are: the same index, not one made anew.
    which = "SELECT oid FROM pg_class WHERE relname LIKE 'res_partner_club_%_trgm'"
    before = execute(db, which)
    update(db)
    assert execute(db, which) == before
