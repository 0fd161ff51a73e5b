"""Install, use, upgrade, uninstall, install again: what comes, stays and goes."""

import pytest

from . import club

ADDON = "club_community"

# -- What a database holds -----------------------------------------------------------

SCHEMA = {
    "columns": "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' "
    "|| is_nullable FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequences": "SELECT relname FROM pg_class WHERE relkind = 'S'",
    "functions": "SELECT proname FROM pg_proc "
    "WHERE pronamespace = 'public'::regnamespace",
}
# Everything that a module's files make is named in ir_model_data; beside it, the
# records that configure Odoo, in case one of them lost its name.
RECORDS = {
    # Of every model with mail or activities, stock modules name that they extend it
    # too, and never clean that up: names of rows that are gone. And the list of apps
    # grows with what lies on the disk.
    "names": "SELECT module || '.' || name FROM ir_model_data "
    "WHERE model <> 'ir.module.module' AND (model <> 'ir.model.inherit' "
    "OR res_id IN (SELECT id FROM ir_model_inherit)) "
    "AND (model <> 'ir.model.fields.selection' "
    "OR res_id IN (SELECT id FROM ir_model_fields_selection))",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "groups": "SELECT name->>'en_US' FROM res_groups",
    "privileges": "SELECT name->>'en_US' FROM res_groups_privilege",
    "categories": "SELECT name->>'en_US' FROM ir_module_category",
    "views": "SELECT name || coalesce(key, '') FROM ir_ui_view",
    "menus": "SELECT name->>'en_US' FROM ir_ui_menu",
    "actions": "SELECT name->>'en_US' FROM ir_actions",
    "rules": "SELECT name FROM ir_rule",
    "access": "SELECT name FROM ir_model_access",
    "jobs": "SELECT cron_name FROM ir_cron",
    "sequences of documents": "SELECT name FROM ir_sequence",
    "assets": "SELECT path FROM ir_asset",
    "parameters": "SELECT key FROM ir_config_parameter",
    "message types": "SELECT name->>'en_US' FROM mail_message_subtype",
}


def snapshot(connection, queries: dict[str, str]) -> dict[str, list[str]]:
    """Answer each query, sorted, with doubles kept."""
    found = {}
    with connection.cursor() as cursor:
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = sorted(row[0] or "" for row in cursor.fetchall())
    connection.rollback()
    return found


def left_behind(before: dict, after: dict) -> dict[str, dict]:
    """What is there afterwards and was not, and the other way round."""
    differences = {}
    for name, rows in before.items():
        added = sorted(set(after[name]) - set(rows))
        lost = sorted(set(rows) - set(after[name]))
        if added or lost or len(after[name]) != len(rows):
            differences[name] = {"added": added, "lost": lost}
    return differences


# -- Inside Odoo -----------------------------------------------------------------------


def sell_and_pay(env, name: str, product_id: int) -> dict:
    """Sell a membership to a new person up to the payment; who and what it was."""
    (person,) = club.meet(env, name)
    invoice = env["account.move"].browse(
        club.invoice_membership(env, person, product_id)
    )
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoice.ids
    ).create({})._create_payments()
    order = invoice.line_ids.sale_line_ids.order_id
    return {"person": person, "invoice": invoice.id, "order": order.id}


def stock_facts(env, sold: dict) -> dict:
    """What the sale is to stock Odoo alone."""
    order = env["sale.order"].browse(sold["order"])
    invoice = env["account.move"].browse(sold["invoice"])
    return {
        "person": env["res.partner"].browse(sold["person"]).read(["name", "active"]),
        "order": order.read(["name", "state", "amount_total", "invoice_status"]),
        "lines": order.order_line.read(["name", "price_unit", "product_uom_qty"]),
        "invoice": invoice.read(["name", "state", "payment_state", "amount_total"]),
        "entries": invoice.line_ids.mapped("balance"),
        "payments": invoice.matched_payment_ids.read(["state", "amount"]),
    }


def partnership_works(env, grade_id: int) -> bool:
    """Stock's own way to a level: a product that gives it at confirmation."""
    product = env["product.product"].create(
        {
            "name": "Partnership",
            "type": "service",
            "service_tracking": "partnership",
            "grade_id": grade_id,
        }
    )
    (person,) = club.meet(env, "Partner")
    order = env["sale.order"].create(
        {"partner_id": person, "order_line": [(0, 0, {"product_id": product.id})]}
    )
    order.action_confirm()
    partner = env["res.partner"].browse(person)
    if partner.grade_id.id != grade_id:
        return False
    partner.grade_id = False  # a plain field again, or still
    env.flush_all()
    return not partner.grade_id


def state_of(env, person: int) -> str:
    return env["res.partner"].browse(person).club_state


# -- The tests -------------------------------------------------------------------------


@pytest.fixture
def manage(odoo_cli):
    """Install or uninstall as an administrator does: ``manage(db, "install")``."""

    def run(db: str, action: str) -> None:
        done = odoo_cli("module", action, "-d", db, ADDON)
        assert done.code == 0, done.log[-5000:]
        assert not unexpected_errors(done.log), done.log[-5000:]

    return run


def unexpected_errors(log: str) -> list[str]:
    """All but one: plans hold on to the shipped family, until their tables go.

    Odoo tries to delete the records of data files first, writes down what the
    database answers, and finds the table gone when it comes back to them.
    """
    errors = [line for line in log.splitlines() if " ERROR " in line]
    return [line for line in errors if "club_plan_family" not in line]


def test_install_uninstall_install(fresh_db, psql, inside, manage):
    """Uninstalled, nothing of ours is left, and what was sold is untouched."""
    db = fresh_db(bare=True)
    schema, records = (snapshot(psql(db), queries) for queries in (SCHEMA, RECORDS))

    manage(db, "install")
    with_us = inside(db)
    made = with_us(club.found_club, commit=True).value
    # The club's own chart of accounts, products and users stay, of course.
    sold = with_us(sell_and_pay, "Anna", made["product"], commit=True).value
    assert with_us(state_of, sold["person"]).value == "active"
    facts = with_us(stock_facts, sold).value
    names = snapshot(psql(db), RECORDS)["names"]
    assert [name for name in names if name.startswith(f"{ADDON}.")]

    manage(db, "uninstall")
    assert left_behind(schema, snapshot(psql(db), SCHEMA)) == {}
    assert_nothing_of_ours(records, snapshot(psql(db), RECORDS))
    without_us = inside(db)
    assert without_us(stock_facts, sold).value == facts
    assert facts["invoice"][0]["payment_state"] in ("paid", "in_payment")
    assert without_us(partnership_works, made["grade"]).value

    manage(db, "install")
    again = inside(db)
    plan = again(plan_anew, made["product"], commit=True).value
    sold = again(sell_and_pay, "Boris", plan, commit=True).value
    assert again(state_of, sold["person"]).value == "active"


def assert_nothing_of_ours(before: dict, after: dict) -> None:
    """Only the chart of accounts, the products and the user of the test are new."""
    found = left_behind(before, after)
    ours = {
        kind: [row for row in rows["added"] if "club" in row.lower()]
        for kind, rows in found.items()
    }
    assert not any(ours.values()), ours
    assert not any(rows["lost"] for rows in found.values()), found
    unexpected = set(found) - {"names", "sequences of documents", "parameters"}
    assert not unexpected, {kind: found[kind] for kind in unexpected}


def plan_anew(env, product_id: int) -> int:
    """The product has outlived its plan, and can be sold by a new one."""
    product = env["product.product"].browse(product_id)
    env["club.plan"].create({"name": product.name, "product_id": product.id})
    return product_id


# Tables with rows of their own: no views, and no pairs of a many2many.
OURS = """
    SELECT table_name FROM information_schema.tables
      JOIN information_schema.columns USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_name LIKE 'club\\_%'
       AND table_type = 'BASE TABLE' AND column_name = 'id'
"""


def dump(connection) -> dict[tuple, dict]:
    """Rows of our tables, and of those to which we add columns, by table and id."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(OURS)
        tables = [row[0] for row in cursor.fetchall()]
        for table in [*tables, "res_partner", "sale_order_line", "sale_order"]:
            cursor.execute(f"SELECT row_to_json({table}) FROM {table} ORDER BY id")
            found |= {(table, row["id"]): row for (row,) in cursor}
    # Stock touches whoever is in a group that a module's file names.
    for (table, _id), row in found.items():
        if table == "res_partner":
            del row["write_date"]
    connection.rollback()
    return found


def changes(before: dict, after: dict) -> dict:
    """What differs, of each row of which anything does."""
    assert before.keys() == after.keys()
    return {
        key: {
            name: (value, after[key][name])
            for name, value in row.items()
            if after[key][name] != value
        }
        for key, row in before.items()
        if after[key] != row
    }


def test_upgrade_changes_nothing(fresh_db, psql, inside, odoo_cli):
    db = fresh_db()
    process = inside(db)
    made = process(club.found_club, commit=True).value
    process(sell_and_pay, "Anna", made["product"], commit=True)
    (boris,) = process(club.meet, "Boris", commit=True).value
    process(club.invoice_membership, boris, made["product"], commit=True)
    before, schema = dump(psql(db)), snapshot(psql(db), SCHEMA)
    tables = {table for table, _id in before}
    assert {"club_plan", "club_membership", "res_partner"} <= tables

    done = odoo_cli("server", "-d", db, "-u", ADDON, "--stop-after-init", "--no-http")
    assert done.code == 0, done.log[-5000:]
    assert " ERROR " not in done.log and " WARNING " not in done.log, done.log
    assert changes(before, dump(psql(db))) == {}
    assert left_behind(schema, snapshot(psql(db), SCHEMA)) == {}


def test_merge_and_privacy_by_rpc(fresh_db, inside, odoo_server):
    """Stock's own tools on people know of memberships."""
    db = fresh_db(install=("privacy_lookup",))
    process = inside(db)
    made = process(club.found_club, commit=True).value
    sold = process(sell_and_pay, "Anna", made["product"], commit=True).value
    (double,) = process(club.meet, "Anna Double", commit=True).value
    session = odoo_server(db).rpc()

    people = [sold["person"], double]
    wizard = "base.partner.merge.automatic.wizard"
    merge = session(
        wizard,
        "create",
        {"partner_ids": [(6, 0, people)], "dst_partner_id": double},
        context={"active_model": "res.partner", "active_ids": people},
    )
    session(wizard, "action_merge", [merge])
    (person,) = session("res.partner", "read", [double], ["club_state", "club_number"])
    assert person["club_state"] == "active" and person["club_number"]
    assert not session("res.partner", "search", [("id", "=", sold["person"])])

    session("res.partner", "write", [double], {"email": "anna@example.com"})
    lookup = session(
        "privacy.lookup.wizard",
        "create",
        {"name": "Anna Double", "email": "anna@example.com"},
    )
    session("privacy.lookup.wizard", "action_lookup", [lookup])
    found = session(
        "privacy.lookup.wizard.line",
        "search_read",
        [("wizard_id", "=", lookup)],
        ["res_model"],
    )
    assert "club.membership" in {line["res_model"] for line in found}
