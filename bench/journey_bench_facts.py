"""Rows of ``./dev bench journey`` about what the journey reads elsewhere.

Visits as facts of the rules, the list of contacts, and the card of somebody who has
been in every stage there is.
"""

from bench.screens import screen

MANAGER = "bench_manager_0"
EVENTS = 20
RUNS = 8


def run(bench, few, many):
    """:param few, many: clubs of ``bench_journey``, whose people have no facts yet"""
    visits(bench, few, many)
    contacts(bench, few, many)
    whole_life(bench, many)


def people_of(env):
    env.cr.execute("SELECT count(*) FROM res_partner WHERE name LIKE 'Person %'")
    return env.cr.fetchone()[0]


# -- Visits as facts ---------------------------------------------------------------

_REGULAR = """
    SELECT p.id FROM res_partner p
      JOIN (SELECT r.club_attendee_id AS id, count(DISTINCT r.event_id) AS visits
              FROM event_registration r JOIN event_event e ON e.id = r.event_id
             WHERE r.active AND r.state = 'done'
               AND e.date_begin >= now() AT TIME ZONE 'UTC' - interval '12 months'
               AND e.date_begin <= now() AT TIME ZONE 'UTC'
             GROUP BY r.club_attendee_id) v ON v.id = p.id
     WHERE p.active AND p.is_company IS NOT TRUE AND p.club_state = 'active'
       AND v.visits >= 3
"""


def add_visits(env):
    """Every second has been to one of twenty evenings, every twentieth to four more."""
    events = env["event.event"].create(
        [
            {
                "name": f"Evening {number}",
                "date_begin": f"2020-01-01 {number:02}:00:00",
                "date_end": "2020-01-02 00:00:00",
            }
            for number in range(EVENTS)
        ]
    )
    env.flush_all()
    env.cr.execute(
        "UPDATE event_event SET date_begin = now() - interval '90 days' "
        "WHERE id = ANY(%s)",
        [events.ids],
    )
    env.cr.execute(
        """
        INSERT INTO event_registration (
            event_id, partner_id, club_attendee_id, name, state, active, barcode,
            company_id, create_uid, write_uid, create_date, write_date)
        SELECT (%(events)s::int[])[1 + (p.id + nr) %% %(many)s], p.id, p.id, p.name,
               'done', true, 'bench-' || p.id || '-' || nr, %(company)s, 1, 1, now(),
               now()
          FROM res_partner p
          JOIN generate_series(1, 5) nr ON nr = 1 OR p.id %% 20 = 0
         WHERE p.name LIKE 'Person %%' AND p.id %% 2 = 0
        """,
        {"events": events.ids, "many": EVENTS, "company": env.company.id},
    )


def analyze(env):
    env.cr.execute("ANALYZE")


def regular(env):
    """Who was there three times in twelve months, as the rule's filter asks."""
    domain = [("club_state", "=", "active"), ("club_attended_count", ">=", 3)]
    domain += [("is_company", "=", False)]
    return set(env["res.partner"].search(domain, order="id").ids)


def regular_bare(env):
    env.cr.execute(_REGULAR)
    return {row[0] for row in env.cr.fetchall()}


def find(env):
    return len(env["club.stage.rule"]._moves().steps)


def visits(bench, few, many):
    for club in (few, many):
        club(add_visits, commit=True)
        club(analyze, commit=True)
    found, bare = many(regular).value, many(regular_bare).value
    assert found == bare and found, (len(found), len(bare))
    people, fewer = many(people_of).value, few(people_of).value
    bench.compare(
        f"three visits in a year, {people:,} people, against one bare statement",
        *(many, regular, many, regular_bare),
        goal=None,
        runs=RUNS,
    )
    turns = [(many(find).seconds, few(find).seconds) for _ in range(RUNS)]
    of_many, of_few = (sorted(turn[i] for turn in turns)[RUNS // 2] for i in (0, 1))
    bench.at_most(
        f"rules with visits, per person: {people:,} and {fewer:,} people",
        *(of_many / people * 1e6, of_few / fewer * 1e6),
        goal=1.2,
        unit="µs",
    )


# -- The list of contacts ----------------------------------------------------------


def add_contacts(env):
    """A letter on each card, written by his manager; stock's own messages."""
    env.cr.execute(
        """
        INSERT INTO mail_message (
            model, res_id, message_type, subtype_id, is_internal, author_id, date,
            subject, body, create_uid, write_uid, create_date, write_date)
        SELECT 'res.partner', p.id, 'comment', %(comment)s, false, u.partner_id,
               now() - (p.id %% 300) * interval '1 day', 'A letter', 'Hello', u.id,
               u.id, now(), now()
          FROM res_partner p JOIN res_users u ON u.id = p.club_manager_id
         WHERE p.name LIKE 'Person %%'
        """,
        {"comment": env.ref("mail.mt_comment").id},
    )


def open_contacts(env):
    user = env["res.users"].search([("login", "=", MANAGER)])
    domain = [("club_manager_id", "=", user.id)]
    return screen(env, MANAGER, "club.contact", "list", domain=domain)


def contacts_of_one(env):
    user = env["res.users"].search([("login", "=", MANAGER)])
    person = env["res.partner"].search([("club_manager_id", "=", user.id)], limit=1)
    rows = env["club.contact"].with_user(user)
    rows = rows.search_fetch([("partner_id", "=", person.id)], ["date", "channel"])
    assert rows
    return len(rows)


def messages_in_stock(env):
    """Stock's own list of messages about the same people, newest first."""
    user = env["res.users"].search([("login", "=", MANAGER)])
    people = env["res.partner"].search([("club_manager_id", "=", user.id)])
    rows = (
        env["mail.message"]
        .with_user(user)
        .search_fetch(
            [("model", "=", "res.partner"), ("res_id", "in", people.ids)],
            ["date", "subject", "author_id", "res_id"],
            order="date desc, id desc",
            limit=80,
        )
    )
    assert len(rows) == 80
    return len(rows)


def contacts(bench, few, many):
    for club in (few, many):
        club(add_contacts, commit=True)
        club(analyze, commit=True)
    people, fewer = many(people_of).value, few(people_of).value
    pages = [club(open_contacts).value for club in (few, many)]
    queries = bench.compare(
        f"contacts of a manager's people, first 80: {people:,} and {fewer:,} people",
        *(many, pages[1], few, pages[0]),
        goal=None,
        runs=RUNS,
    )
    bench.at_most("  queries", *queries, goal=1.0)
    bench.compare(
        f"  {people:,} people, against stock's messages of the same people",
        *(many, pages[1], many, messages_in_stock),
        goal=None,
        runs=RUNS,
    )
    bench.compare(
        f"contacts of one person: {people:,} and {fewer:,} people",
        *(many, contacts_of_one, few, contacts_of_one),
        goal=None,
        runs=RUNS,
    )


# -- The card of who has been everywhere -----------------------------------------------


def add_life(env):
    """One person with three moves through each stage, and one without any."""
    whole, none = (
        env["res.partner"].search([("name", "=", f"Person {n}")]) for n in (11, 12)
    )
    stages = env["club.stage"].search([]).ids
    env.cr.execute("SELECT id FROM res_users WHERE login = %s", [MANAGER])
    user = env.cr.fetchone()[0]
    (whole | none).write({"club_manager_id": user})
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO club_stage_move (partner_id, from_stage_id, to_stage_id, date, days,
                                     reason, user_id)
        SELECT %(person)s, lag(s) OVER (ORDER BY nr, s), s,
               now() - (100 - nr) * interval '1 day', 1, 'Bench', %(user)s
          FROM generate_series(1, 3) nr CROSS JOIN unnest(%(stages)s::int[]) s
        """,
        {"person": whole.id, "user": user, "stages": stages},
    )
    return whole.id, none.id


def open_card(env, person_id):
    return screen(
        env,
        MANAGER,
        "res.partner",
        "form",
        "base.view_partner_form",
        record_id=person_id,
    )


def open_history(env, person_id):
    where = {"domain": [("partner_id", "=", person_id)]}
    return screen(env, MANAGER, "club.stage.move", "list", **where)


def whole_life(bench, many):
    whole, none = many(add_life, commit=True).value
    cards = [many(open_card, person).value for person in (whole, none)]
    queries = bench.compare(
        "card of who was in all stages three times, against who was in none",
        *(many, cards[0], many, cards[1]),
        goal=None,
        runs=RUNS,
    )
    bench.at_most("  queries", *queries, goal=1.0)
    history = many(open_history, whole).value
    bench.compare(
        "  and his whole history, against his card",
        *(many, history, many, cards[0]),
        goal=None,
        runs=RUNS,
    )
