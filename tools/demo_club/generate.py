"""Write the demo club as CSV files, in the format of the addon's import templates.

    python -m demo_club.generate FOLDER

700 people came by themselves and brought 1,050 more (and those brought theirs), in
six cities and four years. The same seed and day give the same files to the byte; the
dates follow the day, so that somebody always ends this month and is in grace.
"""

import csv
import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from dateutil.relativedelta import relativedelta

from .logins import MEMBERS, PERSONAL_MANAGERS
from .names import Names, latin
from .profile import Profiles
from .referrals import Referrals

CAME_ALONE, WERE_BROUGHT = 700, 1050
YEARS = 4
FOUNDERS = 60  # the first people of a club were brought by nobody
GRACE_DAYS = 14
ONE_DAY = timedelta(days=1)

# key, share of the people
CITIES = {
    "moscow": 38,
    "saint_petersburg": 22,
    "kazan": 12,
    "yekaterinburg": 12,
    "novosibirsk": 9,
    "sochi": 7,
}
# English names: the files are imported with English as the language.
CITY_NAMES = {key: key.replace("_", " ").title() for key in CITIES}
PRICES = {"Silver": 500_000, "Gold": 1_000_000, "Platinum": 1_500_000}
PLANS = list(PRICES)
PLAN_SHARES = [58, 29, 13]
# How many people join in a month, January first; clubs are quiet in summer.
SEASON = [5, 8, 10, 9, 7, 5, 4, 4, 11, 12, 11, 9]

JOBS = (
    "Генеральный директор|Коммерческий директор|Финансовый директор|Инвестор|"
    "Директор по маркетингу|Директор по развитию|Предприниматель|Юрист|Адвокат|"
    "Архитектор|Врач|Управляющий партнёр|Продюсер|Руководитель проектов"
).split("|")
COMPANY_FIRST = (
    "Северный Южный Новый Белый Золотой Тихий Верный Большой Речной Светлый "
    "Янтарный Синий"
).split()
COMPANY_SECOND = "берег мост парк двор порт город ветер лес маяк причал".split()
COMPANIES = 80
MAIL_DOMAINS = ["example.com", "example.org", "example.net"]


@dataclass(eq=False)
class Human:
    """One person of the club and all that happens to him."""

    name: tuple[str, str, str]
    joined: date
    city: str
    email: str = ""
    phone: str = ""
    job: str = ""
    company: str = ""
    manager: str = ""  # his login
    referrer: "Human | None" = None
    # How many people he brings compared with others; nobody without membership does.
    appeal: float = 0.0
    periods: list[tuple[str, date, date]] = field(default_factory=list)
    number: int = 0

    @property
    def depth(self) -> int:
        return self.referrer.depth + 1 if self.referrer else 0

    @property
    def xml_id(self) -> str:
        return f"client_{self.number:04d}"


def generate(folder: Path, seed: int = 2026, today: date | None = None) -> None:
    """Write the club's files into ``folder``.

    :param seed: another number is another club
    :param today: the day on which the club is looked at; today by default
    """
    club = Club(seed, today or date.today())
    files = {
        "managers.csv": club.managers,
        "chapters.csv": club.chapter_rows(),
        "clients.csv": club.client_rows(),
        "memberships.csv": club.membership_rows(),
        "facts.csv": club.profiles.facts,
        "consents.csv": club.profiles.consents,
        "contacts.csv": club.profiles.contacts,
        "referrals.csv": club.referrals.referrals,
        "leads.csv": club.referrals.leads,
    }
    for name, rows in files.items():
        with (Path(folder) / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


class Club:
    """All people of the club, drawn once."""

    def __init__(self, seed: int, today: date):
        self.random = random.Random(seed)
        self.names = Names(seed)
        self.today = today
        self.managers = self._draw_managers()
        self.companies = self._draw_companies()
        self.people = self._draw_people()
        self.profiles = Profiles(self.people, seed, today)
        self.referrals = Referrals(self.people, self.names, seed, today)

    # --- Rows of the files ------------------------------------------------------

    def chapter_rows(self) -> list[dict]:
        leads = {row["chapter"]: row["login"] for row in reversed(self.managers)}
        return [
            {
                "id": f"chapter_{key}",
                "name": CITY_NAMES[key],
                "lead_manager_id": leads[key],
            }
            for key in CITIES
        ]

    def client_rows(self) -> list[dict]:
        """Companies, then people, whoever brought somebody before him.

        Odoo creates rows in one go up to a row that points to an earlier one of the
        same file: sorted by generation, two thousand rows take a dozen goes.
        """
        people = sorted(self.people, key=lambda human: (human.depth, human.number))
        return [
            *(_client_row(id=key, **company) for key, company in self.companies),
            *(
                _client_row(
                    id=human.xml_id,
                    name=" ".join(human.name),
                    email=human.email,
                    phone=human.phone,
                    function=human.job,
                    club_chapter_id=CITY_NAMES[human.city],
                    club_manager_id=human.manager,
                    **self.profiles.columns_of_file(human),
                    **{
                        "parent_id/id": human.company,
                        "club_referrer_id/id": human.referrer and human.referrer.xml_id,
                    },
                )
                for human in people
            ),
        ]

    def membership_rows(self) -> list[dict]:
        """All periods in the order in which they began, so numbers follow seniority."""
        periods = sorted(
            (start, human.number, plan, end, human.xml_id)
            for human in self.people
            for plan, start, end in human.periods
        )
        return [
            {
                "id": f"membership_{number:05d}",
                "partner_id/id": client,
                "plan_id": plan,
                "date_start": start.isoformat(),
                "date_end": end.isoformat(),
                "amount": self._price_then(plan, start),
            }
            for number, (start, _number, plan, end, client) in enumerate(periods, 1)
        ]

    # --- People -----------------------------------------------------------------

    def _draw_managers(self) -> list[dict]:
        """Two per city; those who may log in lead Moscow and Saint Petersburg."""
        known = iter(PERSONAL_MANAGERS)
        managers = []
        for position, city in enumerate([*CITIES, *CITIES]):
            person = next(known, None) or self._new_manager()
            managers.append(
                {
                    "id": f"manager_{position + 1:02d}",
                    "name": person["name"],
                    "login": person["login"],
                    "phone": f"+7 000 100-00-{position + 1:02d}",
                    "chapter": city,
                }
            )
        return managers

    def _new_manager(self) -> dict:
        surname, first, patronymic = self.names.next()
        return {
            "name": f"{surname} {first} {patronymic}",
            "login": f"{latin(f'{first} {surname}')}@example.com",
        }

    def _draw_companies(self) -> list[tuple[str, dict]]:
        names = [f"{one} {two}" for one in COMPANY_FIRST for two in COMPANY_SECOND]
        drawn = self.random.sample(names, COMPANIES)
        return [
            (
                f"company_{number:02d}",
                {
                    "name": f"ООО «{name}»",
                    "is_company": "1",
                    "email": f"info@{latin(name).replace('.', '-')}.example",
                },
            )
            for number, name in enumerate(drawn, 1)
        ]

    def _draw_people(self) -> list[Human]:
        days = sorted(self._joining_day() for _n in range(CAME_ALONE + WERE_BROUGHT))
        people = [self._new_human(day) for day in days]
        showcase = self._showcase()
        # They take the place of three others, so that the sums stay.
        for human in showcase:
            twin = min(
                (other for other in people[FOUNDERS:] if other not in showcase),
                key=lambda other: abs(other.joined - human.joined),
            )
            people[people.index(twin)] = human
        people.sort(key=lambda human: human.joined)
        for number, human in enumerate(people, 1):
            human.number = number
        brought = self._choose_brought(people, showcase)
        self._join(people, brought, showcase)
        self._bring(people, brought, showcase)
        self._complete(people)
        return people

    def _joining_day(self) -> date:
        """A day of the last four years; the club grows from year to year."""
        first = self.today - relativedelta(years=YEARS)
        months = range(YEARS * 12)
        weights = [
            (30 + month) * SEASON[(first + relativedelta(months=month)).month - 1]
            for month in months
        ]
        begin = first + relativedelta(months=self.random.choices(months, weights)[0])
        days = (begin + relativedelta(months=1) - begin).days
        return begin + self.random.randrange(days) * ONE_DAY

    def _new_human(self, joined: date) -> Human:
        return Human(
            name=self.names.next(),
            joined=joined,
            city=self.random.choices(list(CITIES), CITIES.values())[0],
            appeal=min(12.0, self.random.paretovariate(1.3)),
        )

    def _showcase(self) -> list[Human]:
        """The three members who may log in: active, in grace, about to pay."""
        year = relativedelta(years=1)
        in_five_months = self.today + relativedelta(months=5)
        days = [
            in_five_months - 4 * year + ONE_DAY,
            self.today - 5 * ONE_DAY - year + ONE_DAY,
            self.today - relativedelta(months=2),
        ]
        cities = ["moscow", "saint_petersburg", "moscow"]
        return [
            Human(
                name=tuple(member["name"].split()),
                joined=day,
                city=city,
                email=member["login"],
                manager=self._managers_of(city)[0],
            )
            for member, day, city in zip(MEMBERS, days, cities, strict=True)
        ]

    def _managers_of(self, city: str) -> list[str]:
        return [row["login"] for row in self.managers if row["chapter"] == city]

    # --- What happens to them -----------------------------------------------------

    def _choose_brought(self, people: list[Human], showcase: list[Human]) -> set[Human]:
        active, _in_grace, about_to_pay = showcase
        candidates = [
            human for human in people[FOUNDERS:] if human not in (active, about_to_pay)
        ]
        brought = self.random.sample(candidates, WERE_BROUGHT - 1)
        return {*brought, about_to_pay}

    def _join(
        self, people: list[Human], brought: set[Human], showcase: list[Human]
    ) -> None:
        """Give everybody his periods; one in ten of those brought never joined."""
        active, in_grace, about_to_pay = showcase
        for human in people:
            if human in showcase:
                continue
            if human in brought and self.random.random() < 0.1:
                human.appeal = 0.0
            else:
                human.periods = self._history(human.joined)
        start = active.joined
        for plan in ("Silver", "Gold", "Gold", "Gold"):
            active.periods.append((plan, start, _year_end(start)))
            start = _year_end(start) + ONE_DAY
        active.appeal = 25.0
        in_grace.periods = [("Silver", in_grace.joined, _year_end(in_grace.joined))]
        in_grace.appeal = 2.0
        about_to_pay.appeal = 0.0

    def _history(self, joined: date) -> list[tuple[str, date, date]]:
        """Paid years from the first to the last: renewed, late, upgraded, or left."""
        plan = self.random.choices(PLANS, PLAN_SHARES)[0]
        start, periods = joined, []
        while start:
            end = _year_end(start)
            periods.append((plan, start, end))
            start = self._next_start(end, loyalty=len(periods))
            plan = self._next_plan(plan)
        return periods

    def _next_start(self, end: date, loyalty: int) -> date | None:
        """First day of the next period, or none: not due yet, in grace, or gone."""
        luck = self.random.random()
        if end > self.today:  # renewed early, in the last six weeks
            is_due = end <= self.today + timedelta(days=45)
            return end + ONE_DAY if is_due and luck < 0.35 else None
        if end >= self.today - timedelta(days=GRACE_DAYS):
            return end + ONE_DAY if luck < 0.55 else None
        if luck > 0.74 + 0.04 * min(loyalty, 3):
            return None
        if self.random.random() < 0.87:
            return end + ONE_DAY
        late = end + self.random.randint(GRACE_DAYS + 1, 150) * ONE_DAY
        return late if late <= self.today else None

    def _next_plan(self, plan: str) -> str:
        step = self.random.choices([-1, 0, 1], [4, 83, 13])[0]
        return PLANS[max(0, min(len(PLANS) - 1, PLANS.index(plan) + step))]

    def _bring(
        self, people: list[Human], brought: set[Human], showcase: list[Human]
    ) -> None:
        """Choose by whom each was brought: somebody who was in before him."""
        active, _in_grace, about_to_pay = showcase
        for human in people:
            if human not in brought:
                continue
            latest = human.joined - timedelta(days=14)
            before = [other for other in people if other.joined < latest]
            appeals = [other.appeal for other in before]
            human.referrer = self.random.choices(before, appeals)[0]
            if human is about_to_pay:
                human.referrer = active
            elif self.random.random() < 0.8:  # friends live in the same city
                human.city = human.referrer.city

    def _complete(self, people: list[Human]) -> None:
        """Give everybody a manager, a job, an e-mail and a phone; a third a company."""
        taken = {human.email for human in people}
        lines = self.random.sample(range(2_000_000, 9_999_999), len(people))
        for human, line in zip(people, lines, strict=True):
            human.manager = human.manager or self.random.choice(
                self._managers_of(human.city)
            )
            human.email = human.email or self._new_email(human, taken)
            digits = str(line)
            # No Russian area code begins with 0: these numbers belong to nobody.
            human.phone = f"+7 000 {digits[:3]}-{digits[3:5]}-{digits[5:]}"
            human.job = self.random.choice(JOBS)
            if self.random.random() < 0.33:
                human.company = self.random.choice(self.companies)[0]

    def _new_email(self, human: Human, taken: set[str]) -> str:
        surname, first, _patronymic = human.name
        mailbox, domain = latin(f"{first} {surname}"), self.random.choice(MAIL_DOMAINS)
        email, count = f"{mailbox}@{domain}", 1
        while email in taken:  # Артём and Артемий Королёв and Королев
            count += 1
            email = f"{mailbox}{count}@{domain}"
        taken.add(email)
        return email

    def _price_then(self, plan: str, start: date) -> int:
        """The fee of that time: a tenth of today's less for each year gone by."""
        years = min(3, max(0, (self.today - start).days) // 365)
        return PRICES[plan] * (10 - years) // 10


def _year_end(start: date) -> date:
    return start + relativedelta(years=1) - ONE_DAY


def _client_row(**values: str) -> dict:
    """A row with every column of the template ``club_clients.csv``, in its order.

    After them what a club's old file knows of its people.
    """
    columns = (
        "id",
        "name",
        "is_company",
        "parent_id/id",
        "function",
        "email",
        "phone",
        "club_chapter_id",
        "club_manager_id",
        "club_referrer_id/id",
        "club_birthday",
        "club_address_as",
        "club_business_since",
    )
    return {column: values.get(column) or "" for column in columns}


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
