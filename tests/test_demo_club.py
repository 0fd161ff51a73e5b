"""The demo club's generator: the sums of the brief, the same files for the same day."""

import csv
import doctest
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from demo_club import names
from demo_club.generate import generate
from demo_club.logins import MEMBERS, PERSONAL_MANAGERS
from demo_club.profile import FAMILY, OWN_WORDS, PORTRAIT
from demo_club.referrals import WAYS

DAYS = [date(2026, 11, 21), date(2028, 2, 29)]


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=DAYS, ids=str)
def club(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("club")
    generate(folder, today=request.param)
    return request.param, folder


def people_of(folder):
    clients = rows(folder, "clients.csv")
    return {row["id"]: row for row in clients if not row["is_company"]}


def test_doctests():
    assert doctest.testmod(names).failed == 0


def test_same_day_same_files(tmp_path):
    for turn in ("one", "other"):
        (tmp_path / turn).mkdir()
        generate(tmp_path / turn, today=DAYS[0])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_sums(club):
    _today, folder = club
    people = people_of(folder)
    assert len(people) == 1750
    assert sum(1 for row in people.values() if row["club_referrer_id/id"]) == 1050
    assert len({row["email"] for row in people.values()}) == 1750
    assert len(rows(folder, "chapters.csv")) == 6
    assert len(rows(folder, "managers.csv")) == 12


def test_referrer_stands_above_and_joined_before(club):
    _today, folder = club
    joined = {}
    for row in rows(folder, "memberships.csv"):
        joined.setdefault(row["partner_id/id"], row["date_start"])
    seen = set()
    for key, row in people_of(folder).items():
        referrer = row["club_referrer_id/id"]
        if referrer:
            assert referrer in seen
            assert joined[referrer] < joined.get(key, "9999")
        else:
            assert key in joined  # whoever came by himself is, or was, a member
        seen.add(key)


def test_periods_do_not_overlap(club):
    today, folder = club
    periods = defaultdict(list)
    for row in rows(folder, "memberships.csv"):
        begin, end = map(date.fromisoformat, (row["date_start"], row["date_end"]))
        periods[row["partner_id/id"]].append((begin, end))
    for spans in periods.values():
        for (_begin, end), (following, _end) in zip(spans, spans[1:], strict=False):
            assert end < following
    last = [spans[-1] for spans in periods.values()]
    grace = today - timedelta(days=14)
    assert sum(1 for _begin, end in last if grace <= end < today) > 5  # in grace
    assert sum(1 for begin, _end in last if begin > today) > 20  # renewed already
    assert sum(1 for _begin, end in last if end < grace) > 200  # left


def test_those_who_log_in_are_there(club):
    _today, folder = club
    emails = {row["email"] for row in people_of(folder).values()}
    logins = {row["login"] for row in rows(folder, "managers.csv")}
    assert {member["login"] for member in MEMBERS} <= emails
    assert {manager["login"] for manager in PERSONAL_MANAGERS} <= logins


def test_what_is_known_of_them(club):
    """Over forty points of many, by all ways, over a year and a half."""
    today, folder = club
    facts = rows(folder, "facts.csv")
    current = [fact for fact in facts if fact["state"] == "current"]
    known = defaultdict(set)
    for fact in current:
        assert fact["point"] not in known[fact["client"]]
        known[fact["client"]].add(fact["point"])
    assert sum(1 for points in known.values() if len(points) >= 40) > 300
    sources = {fact["source"] for fact in facts}
    assert sources == {"member", "survey", "manager", "bot", "event", "import"}
    days = sorted(date.fromisoformat(fact["day"]) for fact in current)
    assert today - timedelta(days=548) <= days[0] < today - timedelta(days=500)
    assert days[-1] <= today
    assert sum(1 for fact in facts if fact["state"] == "proposed") > 30
    assert len(rows(folder, "contacts.csv")) > 900


def test_nothing_is_known_without_a_consent(club):
    _today, folder = club
    agreed = {
        (row["client"], row["purpose"])
        for row in rows(folder, "consents.csv")
        if row["answer"] == "given"
    }
    for fact in rows(folder, "facts.csv"):
        for purpose, points in (("portrait", PORTRAIT), ("dates", FAMILY)):
            if fact["point"] in points:
                assert (fact["client"], purpose) in agreed
                if purpose == "portrait":
                    assert fact["source"] in OWN_WORDS


def test_how_they_were_brought(club):
    """A referral that counts for each who was brought, and some that do not."""
    today, folder = club
    people = people_of(folder)
    referrals = rows(folder, "referrals.csv")
    counting = {row["client"]: row for row in referrals if row["status"] == "bound"}
    assert len(counting) == 1050
    joined = {}
    for row in rows(folder, "memberships.csv"):
        joined.setdefault(row["partner_id/id"], row["date_start"])
    for key, row in counting.items():
        assert people[key]["club_referrer_id/id"] == row["referrer"]
        assert joined[row["referrer"]] < row["invited_on"] <= today.isoformat()
        assert row["invited_on"] < joined.get(key, "9999")
        assert not row["visited_on"] or row["visited_on"] >= row["invited_on"]
    assert {row["way"] for row in counting.values()} == set(WAYS)
    kinds = Counter(row["status"] for row in referrals)
    assert kinds == {"bound": 1050, "lapsed": 24, "review": 12, "refused": 9}
    assert any(row["last_referrer"] for row in counting.values())
    lapsed = [row for row in referrals if row["status"] == "lapsed"]
    assert all(row["referrer"] != counting[row["client"]]["referrer"] for row in lapsed)
    vain = Counter(row["referrer"] for row in counting.values())
    for key, row in counting.items():
        if key in joined:
            vain[row["referrer"]] = 0
    assert sum(1 for count in vain.values() if count >= 3) >= 5
    for lead in rows(folder, "leads.csv"):
        assert lead["on"] <= joined.get(lead["client"], "9999")
