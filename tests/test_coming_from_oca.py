"""Memberships of the real OCA module, brought along within one database.

Its own demo products, its own wizard and stock's payments make the lines; ours reads
its tables. See ``club_dev.oca``: the module is downloaded for this, and never ours.
"""

import threading

from club_dev import oca

from . import club

# What becomes of each line of `make_old_club`, by the name of its person.
TAKEN = {
    "Paid": 1,
    "In payment": 1,
    "History": 3,
    "Typed as paid": 1,
    "First of two": 1,
}
REFUSED = {
    "Quotation": "unpaid",
    "Invoiced": "unpaid",
    "Cancelled": "cancelled",
    "Credited": "credited",
    "Discounted": "part_credited",
    "Left early": "cancelled",
    "No dates": "no_dates",
    "Firm": "company",
    "Archived": "archived",
    "Line for free": "free",
    "Free": "free",
    "Associate": "associate",
    "First of two": "overlap_lines",
    "Sold here": "overlap_here",
    "Nobody": "no_person",
    "Other product": "no_plan",
}


# -- The old club, inside Odoo ---------------------------------------------------------


def make_old_club(env) -> None:
    """One person for each thing that can have happened to a membership."""
    env["account.chart.template"].try_loading("generic_coa", company=env.company)
    gold = env.ref("membership.membership_0_product_template").product_variant_id
    gold.write({"list_price": 900, "taxes_id": False})
    invoiced(env, "Quotation", gold)
    for name in ("Invoiced", "Paid", "Cancelled", "Credited", "Discounted"):
        invoiced(env, name, gold).action_post()
    for name in ("Paid", "Credited", "Discounted"):
        pay(env, invoice_of(env, name))
    invoice_of(env, "Cancelled").button_cancel()
    invoice_of(env, "Credited")._reverse_moves().action_post()
    discount = invoice_of(env, "Discounted")._reverse_moves()
    discount.invoice_line_ids.price_unit = 100
    discount.action_post()
    # money that has come and is not on the bank's statement yet
    invoiced(env, "In payment", gold).action_post()
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    manual = journal.inbound_payment_method_line_ids[:1]
    manual.payment_account_id = env["account.account"].search(
        [("account_type", "=", "asset_current"), ("reconcile", "=", True)], limit=1
    )
    pay(env, invoice_of(env, "In payment"))
    make_typed_lines(env, gold)


def make_typed_lines(env, gold) -> None:
    """OCA lets lines be written without an invoice, and states be typed."""
    year = {"date_from": "2024-01-01", "date_to": "2024-12-31"}
    for start in ("2019", "2020", "2023"):
        days = {"date_from": f"{start}-01-01", "date_to": f"{start}-12-31"}
        line(env, "History", gold, state="paid", **days)
    line(env, "Typed as paid", gold, state="paid", **year)
    line(env, "Left early", gold, state="paid", date_cancel="2024-03-01", **year)
    line(env, "No dates", gold, state="paid")
    line(env, "Line for free", gold, state="free", **year)
    line(env, "First of two", gold, state="paid", **year)
    second = {"date_from": "2024-12-01", "date_to": "2025-11-30"}
    line(env, "First of two", gold, state="paid", **second)
    line(env, "Nobody", gold, state="paid", **year).partner_id = False
    line(env, "Firm", gold, state="paid", **year).partner_id.is_company = True
    line(env, "Archived", gold, state="paid", **year).partner_id.active = False
    person(env, "Free").free_member = True
    person(env, "Associate").associate_member_id = person(env, "Paid")
    other = env["product.product"].create(
        {
            "name": "Library card",
            "membership": True,
            "type": "service",
            "membership_date_from": "2024-01-01",
            "membership_date_to": "2024-12-31",
        }
    )
    line(env, "Other product", other, state="paid", **year)
    line(env, "Sold here", gold, state="paid", **year)


def person(env, name: str):
    found = env["res.partner"].search([("name", "=", name)])
    return found or env["res.partner"].create({"name": name})


def invoiced(env, name: str, product):
    """An invoice by OCA's own wizard, which makes the line as well."""
    wizard = env["membership.invoice"].create(
        {"product_id": product.id, "member_price": 900}
    )
    action = wizard.with_context(active_ids=person(env, name).ids).membership_invoice()
    invoice = env["account.move"].search(action["domain"])
    assert len(person(env, name).member_line_ids) == 1
    return invoice


def invoice_of(env, name: str):
    return person(env, name).member_line_ids.account_invoice_id


def pay(env, invoice) -> None:
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoice.ids
    ).create({})._create_payments()


def line(env, name: str, product, **vals):
    vals = {"membership_id": product.id, "member_price": 900, **vals}
    return env["membership.membership_line"].create(
        {"partner_id": person(env, name).id, **vals}
    )


def make_many(env, count: int) -> int:
    """People with two years each, quickly; returns the number of lines."""
    gold = env.ref("membership.membership_0_product_template").product_variant_id
    people = [{"name": f"Member {number}"} for number in range(count)]
    people = env["res.partner"].create(people)
    for year in (2020, 2021):
        env.cr.execute(
            "INSERT INTO membership_membership_line "
            "(partner_id, membership_id, date_from, date_to, state, member_price) "
            "SELECT id, %s, %s, %s, 'paid', 900 FROM res_partner WHERE id = ANY(%s)",
            [gold.id, f"{year}-01-01", f"{year}-12-31", people.ids],
        )
    return 2 * count


# -- Our side, inside Odoo -------------------------------------------------------------


def prepare_here(env) -> None:
    """A plan for gold, and somebody who has a period here already."""
    plan = env["club.plan"].search([("name", "=", "Gold")], limit=1)
    plan = plan or env["club.plan"].create({"name": "Gold", "price": 900})
    env["club.membership"].create(
        {
            "partner_id": env["res.partner"].search([("name", "=", "Sold here")]).id,
            "plan_id": plan.id,
            "date_start": "2024-06-01",
            "date_end": "2024-06-30",
        }
    )


def dry_run(env) -> dict:
    """Read the tables as a manager does, and say what would be made."""
    bring = env["club.import"].create({})
    assert bring.source == "tables"
    bring.action_read()
    gold = bring.product_ids.filtered(lambda old: "Gold" in old.name)
    assert gold.plan_id.name == "Gold"
    bring.action_check()
    return counts(bring)


def source_offered(env) -> str:
    return env["club.import"].create({}).source


def begin(env) -> None:
    env["club.import"].search([], limit=1).action_run()


def run(env) -> dict:
    """The job, as Odoo's scheduler calls it."""
    env["club.import"]._cron_bring()
    return counts(env["club.import"].search([], limit=1))


def counts(bring) -> dict:
    return {
        "new": bring.new_count,
        "exists": bring.exists_count,
        "refused": bring.refused_count,
        "taken": bring.taken_count,
    }


def outcome(env) -> tuple[dict, dict]:
    """Periods and reasons, by the name of the person."""
    bring = env["club.import"].search([], limit=1)
    taken, refused = {}, {}
    for old in bring.line_ids:
        name = old.partner_id.name or "Nobody"
        if old.verdict == "refused":
            refused[name] = old.reason
        else:
            assert old.membership_id.partner_id == old.partner_id
            taken[name] = taken.get(name, 0) + 1
    return taken, refused


def history_of(env, name: str) -> dict:
    member = env["res.partner"].search([("name", "=", name)])
    periods = member.club_membership_ids.sorted("date_start")
    return {
        "days": [(str(one.date_start), str(one.date_end)) for one in periods],
        "kinds": periods.mapped("kind"),
        "fees": periods.mapped("amount"),
        "state": member.club_state,
        "joined": str(member.club_joined),
    }


def old_lines(env) -> list[dict]:
    env.cr.execute(
        "SELECT row_to_json(l) FROM membership_membership_line l ORDER BY id"
    )
    return [row for (row,) in env.cr.fetchall()]


# -- The tests -------------------------------------------------------------------------

PERIODS = "SELECT count(*) FROM club_membership WHERE import_key LIKE 'oca:%'"


def ask(connection, query: str):
    """One value, from a snapshot of this moment."""
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_every_kind_of_line(fresh_db, inside, odoo_cli):
    db = fresh_db(odoo_demo=True, oca=True)
    process = inside(db, with_oca=True)
    process(make_old_club, commit=True)
    process(prepare_here, commit=True)
    before = process(old_lines).value

    expected = {"refused": len(REFUSED), "exists": 0}
    found = process(dry_run, commit=True).value
    assert found == {"new": sum(TAKEN.values()), "taken": 0, **expected}
    assert process(history_of, "Paid").value["state"] is False, "a dry run"

    process(begin, commit=True)
    found = process(run, commit=True).value
    assert found == {"new": 0, "taken": sum(TAKEN.values()), **expected}
    assert process(outcome).value == (TAKEN, REFUSED)
    paid = process(history_of, "Paid").value
    assert paid["state"] == "active" and paid["fees"] == [900]
    history = process(history_of, "History").value
    assert history["kinds"] == ["new", "renewal", "return"]
    assert history["joined"] == "2019-01-01" and history["state"] == "former"
    assert process(old_lines).value == before, "nothing is written to the old tables"

    # Read anew, everything is here already.
    again = process(dry_run, commit=True).value
    assert again == {
        **{"new": 0, "taken": 0, "exists": sum(TAKEN.values())},
        "refused": len(REFUSED),
    }

    # The old module goes, the memberships stay.
    done = odoo_cli(*("module", "uninstall", "-d", db, oca.MODULE), config=oca.config())
    assert done.code == 0, done.log[-5000:]
    without = inside(db)
    assert without(history_of, "History").value == history
    assert without(history_of, "Paid").value == paid
    assert without(source_offered).value == "file", "the tables are gone"


def test_tables_left_by_odoo_18(fresh_db, inside, psql):
    """After an upgrade from 18 the module is gone, its tables and columns are not."""
    db = fresh_db(odoo_demo=True, oca=True)
    process = inside(db, with_oca=True)
    process(make_old_club, commit=True)
    process(prepare_here, commit=True)
    process.__exit__()
    connection = psql(db)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            ALTER TABLE membership_membership_line RENAME partner_id TO partner;
            ALTER TABLE membership_membership_line
                  RENAME account_invoice_line_id TO account_invoice_line;
            ALTER TABLE res_partner RENAME associate_member_id TO associate_member;
            UPDATE ir_module_module SET state = 'uninstalled'
             WHERE name = 'membership';
            """
        )
    connection.commit()
    connection.close()

    without = inside(db)
    found = without(dry_run, commit=True).value
    assert found["new"] == sum(TAKEN.values())
    without(begin, commit=True)
    without(run, commit=True)
    assert without(outcome).value == (TAKEN, REFUSED)


def test_killed_in_the_middle(fresh_db, inside, psql):
    """Killed at several points and run again: each old line is one period."""
    db = fresh_db(odoo_demo=True, oca=True)
    process = inside(db, with_oca=True)
    lines = process(make_many, 1500, commit=True).value
    found = process(dry_run, commit=True).value
    assert found["new"] == lines
    process(begin, commit=True)
    connection = psql(db)
    killed_at = []
    for enough in (1, 900, 2200):
        victim = inside(db, with_oca=True)
        call = threading.Thread(target=lambda v=victim: club.at_once(lambda: v(run)))
        call.start()
        while ask(connection, PERIODS) < enough:
            pass
        victim.process.kill()
        call.join()
        killed_at.append(ask(connection, PERIODS))
    assert 0 < killed_at[0] < killed_at[-1] < lines, killed_at

    survivor = inside(db, with_oca=True)
    found = survivor(run, commit=True).value
    assert found == {"new": 0, "exists": 0, "refused": 0, "taken": lines}
    assert ask(connection, PERIODS) == lines
    doubles = "SELECT count(*) - count(DISTINCT import_key) FROM club_membership"
    assert ask(connection, f"{doubles} WHERE import_key IS NOT NULL") == 0
