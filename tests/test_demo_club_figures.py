"""The demo club's figures of recommendations, against SQL that knows no referral.

700 people came by themselves and brought 1,050 more. Counted here down the partner's
own column, and from the paid periods; the days of bringing are those of the files.
"""

import csv
from collections import Counter
from datetime import date

import pytest

from club_dev import people

# Everybody below those whom nobody brought, with his level, and who ever had a period.
TREE = """
    WITH RECURSIVE tree AS (
        SELECT id, id AS top, 0 AS level FROM res_partner
         WHERE club_referrer_id IS NULL AND EXISTS (
               SELECT FROM club_membership m WHERE m.partner_id = res_partner.id)
         UNION ALL
        SELECT p.id, tree.top, tree.level + 1
          FROM res_partner p JOIN tree ON tree.id = p.club_referrer_id
    )
    SELECT tree.level, count(*), count(*) FILTER (WHERE EXISTS (
           SELECT FROM club_membership m WHERE m.partner_id = tree.id
              AND m.state NOT IN ('draft', 'waiting', 'cancelled', 'refunded')))
      FROM tree GROUP BY tree.level ORDER BY tree.level
"""
# Members of a year: whoever had a paid day in it, up to today.
MEMBERS = """
    SELECT count(DISTINCT partner_id) FROM club_membership
     WHERE state NOT IN ('draft', 'waiting', 'cancelled', 'refunded')
       AND date_start <= LEAST(%(last)s, current_date)
       AND (date_end IS NULL OR date_end >= %(first)s)
"""


def figures(env):
    """What our screens say."""
    acquired = env["club.figure.acquired"]._read_group(
        [], [], ["brought:sum", "alone:sum", "per_person:avg"]
    )[0]
    years = env["club.figure.k"]._read_group(
        [], ["year:year"], ["members:sum", "brought:sum", "joined:sum", "k_factor:avg"]
    )
    branch = env["club.figure.branch"]._read_group(
        [], ["level"], ["people:sum", "joined:sum"]
    )
    members = env["club.figure.acquired"]._read_group([], ["channel"], ["members:sum"])
    referrals = env["club.figure.referral"]._read_group(
        [], ["status"], ["brought:sum", "joined:sum"]
    )
    state = [("club_state", "in", ("upcoming", "active", "grace", "paused"))]
    return {
        "acquired": acquired,
        "years": {row[0].year: row[1:] for row in years},
        "levels": branch,
        "members": sum(row[1] for row in members),
        "living": env["res.partner"].search_count(state + [("is_company", "=", False)]),
        "statuses": {row[0]: row[1:] for row in referrals},
    }


@pytest.fixture(scope="module")
def club(founded):
    return founded(figures, install=("payment_demo",), people=True)


def ask(connection, query, **values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def test_seven_hundred_brought_a_thousand_and_fifty(club, psql):
    db, ours = club
    levels = ask(psql(db), TREE)
    assert levels[0][1] == 700
    assert sum(people for level, people, _joined in levels if level) == 1050
    brought, alone, per_person = ours["acquired"]
    assert (brought, alone, per_person) == (1050, 700, 1.5)
    assert [tuple(row) for row in ours["levels"]] == levels[1:]
    assert ours["statuses"]["bound"][0] == 1050
    assert ours["statuses"].keys() == {"bound", "lapsed", "refused", "review"}


def test_k_factor_of_each_year(club, psql):
    """Parts of K counted from the files and the paid periods."""
    db, ours = club
    connection = psql(db)
    joined = {
        name
        for (name,) in ask(
            connection,
            "SELECT d.name FROM ir_model_data d JOIN club_membership m"
            " ON m.partner_id = d.res_id WHERE d.module = '__import__'"
            " AND d.model = 'res.partner'"
            " AND m.state NOT IN ('draft', 'waiting', 'cancelled', 'refunded')",
        )
    }
    brought, came = Counter(), Counter()
    with (people.generated() / "referrals.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["status"] == "bound":
                year = date.fromisoformat(row["invited_on"]).year
                brought[year] += 1
                came[year] += row["client"] in joined
    assert sum(brought.values()) == 1050
    assert len(ours["years"]) == 5
    for year, (members, of_year, who_joined, k_factor) in ours["years"].items():
        days = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
        assert members == ask(connection, MEMBERS, **days)[0][0]
        assert (of_year, who_joined) == (brought[year], came[year])
        share = came[year] / brought[year]
        assert k_factor == pytest.approx(brought[year] / members * share)


def test_members_by_channel_add_up(club, psql):
    _db, ours = club
    assert ours["members"] == ours["living"] > 1000
