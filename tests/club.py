"""What the tests from outside do in a club, run inside Odoo by ``inside(db)``."""

import concurrent.futures
import threading
import time

MANAGER = "club_manager"


# -- Inside Odoo -------------------------------------------------------------------


def found_club(env) -> dict:
    """A company that can invoice, one plan with a level, one club manager."""
    env["account.chart.template"].try_loading("generic_coa", company=env.company)
    prices = env["product.pricelist"].create({"name": "Gold prices"})
    level = {"name": "Gold", "default_pricelist_id": prices.id}
    plan = env["club.plan"].create(
        {
            "name": "Gold",
            "price": 1000,
            "grade_id": env["res.partner.grade"].create(level).id,
        }
    )
    plan.product_id.taxes_id = False
    groups = env.ref("base.group_user") | env.ref("club_community.group_club_manager")
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Club Manager",
            "login": MANAGER,
            "password": MANAGER,
            "group_ids": [(6, 0, groups.ids)],
        }
    )
    return {"plan": plan.id, "grade": plan.grade_id.id, "product": plan.product_id.id}


def meet(env, name: str, count: int = 1) -> list[int]:
    people = [{"name": f"{name} {number}"} for number in range(count)]
    return env["res.partner"].create(people).ids


def invoice_membership(env, partner_id: int, product_id: int) -> int:
    """Sell a membership up to the invoice, which is returned unpaid."""
    line = {"product_id": product_id}
    order = env["sale.order"].create(
        {"partner_id": partner_id, "order_line": [(0, 0, line)]}
    )
    order.action_confirm()
    invoice = order._create_invoices()
    invoice.action_post()
    return invoice.id


def periods_of(env, partner_id: int) -> list[dict]:
    """The person's periods that are paid for, in the order of their days."""
    return env["club.membership"].search_read(
        [("partner_id", "=", partner_id), ("date_start", "!=", False)],
        ["state", "date_start", "date_end"],
        order="date_start, id",
    )


def pay(session, invoice_id: int) -> None:
    """Register a payment over RPC, as the wizard in the browser does."""
    context = {"active_model": "account.move", "active_ids": [invoice_id]}
    model = "account.payment.register"
    wizard = session(model, "create", {}, context=context)
    session(model, "action_create_payments", [wizard], context=context)


# -- At the same moment --------------------------------------------------------------


def at_once(*calls) -> list:
    """Call all in threads let go together; return results, exceptions among them."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            return call()
        except Exception as error:
            return error

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def let_collide(connection, lock: str, arguments: list, *calls) -> list:
    """Call all while ``connection`` holds rows that each of them needs.

    They are let go when every one of them waits, so each has begun its transaction
    before any other has ended: what an ordinary race only sometimes hits.
    """

    def hold_until_all_wait():
        wait_until_waiting(connection, len(calls))
        connection.rollback()

    with connection.cursor() as cursor:
        cursor.execute(lock, arguments)
        return at_once(*calls, hold_until_all_wait)[:-1]


def wait_until_waiting(connection, count: int, patience: float = 10) -> None:
    """Wait for ``count`` others to wait for a lock in the connection's database."""
    deadline = time.monotonic() + patience
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                "AND datname = current_database()"
            )
            if cursor.fetchone()[0] >= count:
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            time.sleep(0.02)
    raise TimeoutError(f"There were never {count} transactions waiting at once")
