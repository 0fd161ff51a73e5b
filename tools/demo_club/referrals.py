"""How the demo club's people were brought: ways, days, and what came between.

Drawn from a random source of its own, so the people themselves stay who they were.
1,050 referrals count, one for each who was brought. Beside them there are some that do
not: to be looked at, refused, and lapsed before somebody else brought the same person.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta

WAYS = {"link": 34, "code": 18, "invitation": 22, "guest": 16, "manager": 10}
# Of those who were brought and never joined, how many in a hundred applied.
APPLIED = 40
LAST_TOUCH = 6  # of a hundred were brought by somebody else as well
LAPSED, IN_REVIEW, REFUSED = 24, 12, 9
# So many members bring so many people each of whom nobody joins.
IN_VAIN, EACH = 5, 3
WINDOW = 180
# Whoever is looked at, or was refused, came with an address of this domain; the demo's
# programme knows it as one of throw-away addresses.
THROW_AWAY = "throw-away.example"
# Where those who came by themselves had heard of the club: a lead of some of them.
SOURCES = {"Website": 40, "Business fair": 20, "Magazine": 15, "Newsletter": 25}
MEDIUMS = {"Website": "Banner", "Business fair": "Event", "Magazine": "Print"}


class Referrals:
    """Rows of ``referrals.csv`` and ``leads.csv``, in the order of people."""

    def __init__(self, people, names, seed: int, today: date):
        self.random = random.Random(f"referrals {seed}")
        self.today = today
        self._bring_in_vain(people)
        self.referrals = [self._bound(human) for human in people if human.referrer]
        self.leads = [*self._leads(people)]
        members = [human for human in people if human.periods]
        self.referrals += self._lapsed(members)
        self.referrals += self._unknown(members, names, "review", IN_REVIEW)
        self.referrals += self._unknown(members, names, "refused", REFUSED)

    def _row(self, **values) -> dict:
        columns = (
            *("client", "referrer", "name", "email", "way", "status", "invited_on"),
            *("visited_on", "last_referrer", "last_way", "last_on"),
        )
        return {column: values.get(column) or "" for column in columns}

    def _bring_in_vain(self, people) -> None:
        """Some who never joined were all brought by the same few members."""
        bring = {human.referrer for human in people}
        quiet = [human for human in people[:500] if human.periods]
        quiet = [human for human in quiet if human not in bring]
        never = [
            human for human in people[700:] if human.referrer and not human.periods
        ]
        for number, human in enumerate(self.random.sample(never, IN_VAIN * EACH)):
            human.referrer = quiet[number // EACH]

    def _way(self) -> str:
        return self.random.choices(list(WAYS), WAYS.values())[0]

    def _bound(self, human) -> dict:
        """Brought after the referrer joined, two weeks to half a year before."""
        first = human.referrer.joined + timedelta(days=1)
        latest = human.joined - timedelta(days=self.random.randint(3, 12))
        ago = min(150, (latest - first).days)
        invited = latest - timedelta(days=self.random.randint(0, max(0, ago)))
        invited = min(invited, self.today)
        way, last = self._way(), {}
        visited = ""
        if way == "guest" or human.periods or self.random.random() < 0.5:
            days = 0 if way in ("guest", "link") else self.random.randint(0, 14)
            visited = min(invited + timedelta(days=days), max(latest, invited))
        if human.periods and self.random.random() * 100 < LAST_TOUCH:
            other = human.referrer.referrer
            if other and other.joined < invited:
                last = {
                    "last_referrer": other.xml_id,
                    "last_way": self._way(),
                    "last_on": latest.isoformat(),
                }
        return self._row(
            client=human.xml_id,
            referrer=human.referrer.xml_id,
            way=way,
            status="bound",
            invited_on=invited.isoformat(),
            visited_on=visited and visited.isoformat(),
            **last,
        )

    def _leads(self, people) -> Iterator[dict]:
        """First applications: of whoever joined by somebody, some who did not, and
        half of those who came by themselves, with a source."""
        invited = {
            row["client"]: date.fromisoformat(row["invited_on"])
            for row in self.referrals
        }
        for human in people:
            first = invited.get(human.xml_id)
            source = ""
            if first and not human.periods and self.random.random() * 100 >= APPLIED:
                continue
            if not first:
                if self.random.random() < 0.5:
                    continue
                source = self.random.choices(list(SOURCES), SOURCES.values())[0]
                first = human.joined - timedelta(days=30)
            days = max(0, (human.joined - first).days)
            asked = first + timedelta(days=self.random.randint(0, min(60, days)))
            yield {
                "client": human.xml_id,
                "on": min(asked, self.today).isoformat(),
                "manager": human.manager,
                "source": source,
                "medium": MEDIUMS.get(source, ""),
                "joined": "1" if human.periods else "",
            }

    def _lapsed(self, members) -> list[dict]:
        """People who were brought before by somebody else, and did not come then."""
        counting = [row for row in self.referrals if row["status"] == "bound"]
        rows = []
        for row in self.random.sample(counting, len(counting)):
            end = date.fromisoformat(row["invited_on"])
            begin = end - timedelta(days=self.random.randint(WINDOW + 1, WINDOW + 90))
            before = [
                human
                for human in members[:200]
                if human.joined < begin and human.xml_id != row["client"]
            ]
            if not before:
                continue
            other = self.random.choice(before)
            if other.xml_id in (row["client"], row["referrer"]):
                continue
            rows.append(
                self._row(
                    client=row["client"],
                    referrer=other.xml_id,
                    way=self._way(),
                    status="lapsed",
                    invited_on=begin.isoformat(),
                    last_on=end.isoformat(),
                )
            )
            if len(rows) == LAPSED:
                break
        return rows

    def _unknown(self, members, names, status: str, count: int) -> list[dict]:
        """Somebody whom the club has only a name and an e-mail of."""
        rows = []
        for number, human in enumerate(self.random.sample(members[:300], count)):
            surname, first, _patronymic = names.next()
            ago = self.random.randint(1, 20) + (40 if status == "refused" else 0)
            rows.append(
                self._row(
                    referrer=human.xml_id,
                    name=f"{surname} {first}",
                    email=f"{status}.{number}@{THROW_AWAY}",
                    way="invitation",
                    status=status,
                    invited_on=(self.today - timedelta(days=ago)).isoformat(),
                )
            )
        return rows
