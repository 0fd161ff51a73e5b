"""An update from the first landed version, 19.0.1.0.0, completes what it did not know.

The database is made what that version would have left: its own version number, and
nothing in the columns and lists that came later.
"""

import datetime

from . import club

LATER = """
    UPDATE club_membership SET kind = NULL, previous_id = NULL;
    DELETE FROM club_entitlement;
    DELETE FROM club_plan_entitlement;
    DELETE FROM club_plan_reminder;
    DELETE FROM club_referral;
    UPDATE res_partner SET club_referral_code = NULL;
    UPDATE ir_module_module SET latest_version = '19.0.1.0.0'
     WHERE name = 'club_community';
"""


def loyal_member(env, plan_id: int) -> None:
    """A member in his second year, who came back after a gap before that."""
    person = env["res.partner"].create({"name": "Anna"})
    today = datetime.date.today()
    for days in (1500, 600, 235):
        start = today - datetime.timedelta(days)
        period = {"partner_id": person.id, "plan_id": plan_id, "date_start": start}
        env["club.membership"].create(period)
    env["res.partner"].create({"name": "Boris", "club_referrer_id": person.id})


def bindings(env) -> list[tuple]:
    """Who was brought, by whom and how; and whether the member has a code."""
    return [
        (row.name, row.referrer_id.name, row.way, row.status)
        for row in env["club.referral"].search([("id", "!=", 0)])
    ] + [bool(env["res.partner"].search([("name", "=", "Anna")]).club_referral_code)]


def life(env) -> list[str]:
    periods = env["club.membership"].search([], order="date_start")
    return periods.mapped("kind")


def what_plans_have(env) -> dict:
    plan = env["club.plan"].search([], limit=1)
    return {
        "reminders": sorted(plan.reminder_ids.mapped("days")),
        "opens": plan.entitlement_ids.mapped("kind"),
        "level": bool(
            env["res.partner"].search([("club_state", "=", "active")]).grade_id
        ),
    }


def check_access(env) -> int:
    """The nightly check, which opens a row of the ledger for who has access."""
    env["club.entitlement.check"]._cron_check_entitlements()
    return env["club.entitlement"].search_count([("state", "=", "given")])


def test_from_the_first_version(fresh_db, psql, inside, odoo_cli):
    db = fresh_db()
    process = inside(db)
    made = process(club.found_club, commit=True).value
    process(loyal_member, made["plan"], commit=True)
    before = process(life).value, process(what_plans_have).value
    connection = psql(db)
    connection.cursor().execute(LATER)
    connection.commit()

    done = odoo_cli(
        *("server", "-d", db, "-u", "club_community", "--stop-after-init"),
        "--no-http",
    )
    assert done.code == 0, done.log
    assert " ERROR " not in done.log and " WARNING " not in done.log, done.log

    updated = inside(db)
    assert updated(life).value == before[0] == ["new", "return", "renewal"]
    assert updated(what_plans_have).value == before[1]
    assert before[1]["reminders"] == [-90, -60, -30, -7, 7]
    assert updated(bindings).value == [("Boris", "Anna", "import", "bound"), True]
    assert updated(check_access, commit=True).value == 1
