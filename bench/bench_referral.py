"""The tree of 10,000 and of 100,000 people, twelve levels deep, with its revenue.

Ours is what the screens ask: levels below everybody, with people, who joined, and
posted revenue by stream, in the shape of the answer. The other side is one recursive
statement that somebody wrote by hand for the very same numbers, rows as they come.
"""

import contextlib
import statistics

from bench.harness import Odoo
from club_dev import postgres

FEW, MANY = 10_000, 100_000
RUNS = 7
FORM = ("club_branch_count", "club_branch_revenue", "club_social_capital")

# Person i was brought by person 5 i / 13: 2.6 people each, twelve levels for 100,000.
_PEOPLE = """
    INSERT INTO res_partner (
        id, name, complete_name, type, active, is_company, partner_share, lang, color,
        autopost_bills, create_uid, write_uid, create_date, write_date,
        commercial_partner_id, club_joined, club_referrer_id)
    SELECT %(first)s + i, 'Person ' || i, 'Person ' || i, 'contact', true, false, true,
           'en_US', 0, 'ask', 1, 1, now(), now(), %(first)s + i,
           CASE WHEN i %% 10 > 0 THEN current_date END,
           CASE WHEN i > 0 THEN %(first)s + (i * 5 - 1) / 13 END
      FROM generate_series(0, %(count)s - 1) i
"""
_BARE = """
    WITH RECURSIVE tree AS (
        SELECT club_referrer_id AS root_id, id, 1 AS level
          FROM res_partner WHERE club_referrer_id IS NOT NULL
         UNION ALL
        SELECT tree.root_id, p.id, tree.level + 1
          FROM tree JOIN res_partner p ON p.club_referrer_id = tree.id
    ), line AS (
        SELECT i.partner_id, -l.balance AS amount,
               -l.balance * COALESCE(
                   1 - i.amount_residual / NULLIF(i.amount_total, 0), 1) AS paid,
               CASE WHEN s.event_id IS NOT NULL THEN 2
                    WHEN m.id IS NOT NULL OR s.club_joining_line_id IS NOT NULL
                      OR s.club_credit_of_id IS NOT NULL THEN 1 ELSE 3 END AS stream
          FROM account_move i
          JOIN account_move_line l ON l.move_id = i.id AND l.display_type = 'product'
     LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = l.id
     LEFT JOIN sale_order_line s ON s.id = rel.order_line_id
     LEFT JOIN club_membership m ON m.sale_line_id = s.id
         WHERE i.state = 'posted' AND i.move_type IN ('out_invoice', 'out_refund')
           AND i.company_id = %s
    ), money AS (
        SELECT partner_id, sum(amount) AS revenue, sum(paid) AS paid,
               sum(amount) FILTER (WHERE stream = 1) AS fees,
               sum(amount) FILTER (WHERE stream = 2) AS tickets,
               sum(amount) FILTER (WHERE stream = 3) AS other
          FROM line GROUP BY partner_id
    )
    SELECT tree.root_id, tree.level, count(*), count(p.club_joined),
           COALESCE(sum(revenue), 0), COALESCE(sum(paid), 0), COALESCE(sum(fees), 0),
           COALESCE(sum(tickets), 0), COALESCE(sum(other), 0)
      FROM tree
      JOIN res_partner p ON p.id = tree.id
 LEFT JOIN money ON money.partner_id = p.id
  GROUP BY tree.root_id, tree.level
"""


def run(bench):
    with contextlib.ExitStack() as stack:
        clubs = []
        for people in (FEW, MANY):
            name = stack.enter_context(bench.database())
            process = stack.enter_context(Odoo(name))
            process(add_people, people, commit=True)
            postgres.sql("VACUUM (ANALYZE)", name)
            clubs.append(process)
        few, many = clubs
        whole_club(bench, many)
        form(bench, few, many)


def add_people(env, count):
    """People in a tree, and a posted invoice for every second; by SQL."""
    env.cr.execute("SELECT max(id) + 1 FROM res_partner")
    (first,) = env.cr.fetchone()
    # walking up for each of them is the business of another bench
    env.cr.execute("ALTER TABLE res_partner DISABLE TRIGGER club_referral_no_circle")
    env.cr.execute(_PEOPLE, {"first": first, "count": count})
    env.cr.execute("ALTER TABLE res_partner ENABLE TRIGGER club_referral_no_circle")
    env.cr.execute("SELECT setval('res_partner_id_seq', max(id)) FROM res_partner")
    env.registry.clear_all_caches()
    _sell(env, first, count)


def _sell(env, first, count):
    """Copies of one invoice that was made by hand, two thirds of them for a fee."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=env.company)
    plan = env["club.plan"].create(
        {"name": "Gold", "price": 1000, "company_id": env.company.id}
    )
    plan.product_id.taxes_id = False
    person = env["res.partner"].browse(first)
    order = env["sale.order"].create(
        {
            "partner_id": person.id,
            "order_line": [
                (0, 0, {"product_id": plan.product_id.id, "club_member_id": person.id})
            ],
        }
    )
    order.action_confirm()
    invoice = order._create_invoices()
    invoice.action_post()
    env.flush_all()
    line = invoice.invoice_line_ids
    made = {"first": first, "count": count}
    own = {"partner_id": "%(first)s + n", "name": "'BENCH/' || n"}
    _copies(env, invoice, own, "generate_series(1, %(count)s - 1, 2) n", **made)
    own = {"partner_id": "m.partner_id", "move_id": "m.id", "move_name": "m.name"}
    source = "account_move m WHERE m.name LIKE 'BENCH/%%' AND"
    _copies(env, line, own, source, where=True)
    _copies(env, order.order_line, {}, "generate_series(1, %(count)s / 3) n", **made)
    env.cr.execute(
        """
        INSERT INTO sale_order_line_invoice_rel (invoice_line_id, order_line_id)
        SELECT l.id, s.id
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM account_move_line
                 WHERE move_name LIKE 'BENCH/%%') l
          JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sale_order_line
                 WHERE id > %s) s ON s.n = l.n
        """,
        [order.order_line.id],
    )
    env.cr.execute(
        "UPDATE sale_order_line SET club_joining_line_id = %(id)s WHERE id > %(id)s",
        {"id": order.order_line.id},
    )


def _copies(env, record, own, source, where=False, **values):
    """Copies of a row, with some columns of their own, for each row of a source."""
    names = [
        name
        for name, field in record._fields.items()
        if field.store and field.column_type and name != "id" and name not in own
    ]
    columns = ", ".join(f'"{name}"' for name in [*own, *names])
    chosen = ", ".join([*own.values(), *(f'model."{name}"' for name in names)])
    env.cr.execute(
        f"INSERT INTO {record._table} ({columns}) SELECT {chosen}"
        f"  FROM {record._table} model, {source}"
        f" {'' if where else 'WHERE'} model.id = {record.id}",
        values or None,
    )


def tree(env):
    """Everybody's levels, as the screens get them."""
    return len(env["res.partner"]._club_tree(everybody=True))


def bare(env):
    env.cr.execute(_BARE, [env.company.id])
    return len(env.cr.fetchall())


def same(env):
    """Whether both say the same: numbers of the first, or an empty list."""
    env.cr.execute(_BARE, [env.company.id])
    wanted = {row[:2]: [float(value) for value in row[2:]] for row in env.cr.fetchall()}
    found = {
        (root, level.pop("level")): [float(value) for value in level.values()]
        for root, levels in env["res.partner"]._club_tree(everybody=True).items()
        for level in levels
    }
    assert max(level for _root, level in found) == 12
    assert found.keys() == wanted.keys()
    for key, numbers in found.items():
        assert numbers == wanted[key], (key, numbers, wanted[key])
    return len(found)


def whole_club(bench, many):
    levels = many(same).value
    turns = [(many(tree).seconds, many(bare).seconds) for _ in range(RUNS)]
    ours, theirs = map(statistics.median, zip(*turns, strict=True))
    bench.at_most(
        f"tree and revenue of {MANY:,}, depth 12, {levels:,} rows: bare statement",
        *(ours * 1000, theirs * 1000),
        goal=2,
        unit="ms",
    )


def member(env, below):
    """What the form shows of a member with about so many people below."""
    person = env["res.partner"].search([("name", "=", f"Person {below}")], limit=1)
    env.invalidate_all()
    return person.web_read({name: {} for name in FORM})[0]["club_branch_count"]


def form(bench, few, many):
    """A member's figure: as many queries, whatever the club and the branch."""
    for process in (few, many):
        process(member, 100)
    costs = [process(member, number) for process in (few, many) for number in (1, 100)]
    queries = [cost.queries for cost in costs]
    bench.no_more_than(
        f"form of a member, queries: {MANY:,} and {FEW:,} people",
        *(max(queries[2:]), min(queries[:2])),
    )
    bench.compare(
        f"form of a member, {costs[3].value:,} and {costs[1].value:,} people below",
        *(many, member_of_a_hundred, few, member_of_a_hundred),
        goal=None,
        runs=RUNS,
    )


def member_of_a_hundred(env):
    return member(env, 100)
