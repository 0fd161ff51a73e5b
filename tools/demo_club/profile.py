"""What the demo club knows of its people: facts, consents and last contacts.

Drawn from a random source of its own, so the people themselves stay who they were.
Facts came over a year and a half, as clubs collect them: an old file, a survey,
managers' talks, events, a bot and the members themselves in the portal.
"""

import json
import random
from datetime import date, timedelta

DAYS = 548  # a year and a half
SURVEYS = (410, 190)  # how many days ago a survey went round
# Share of the answers that come in by each way, and since how many days it exists.
WAYS = {
    "member": (30, 330),
    "survey": (26, 410),
    "manager": (20, 540),
    "bot": (12, 280),
    "event": (8, 500),
    "import": (4, 548),
}
OWN_WORDS = ("member", "survey", "bot")
PROPOSALS = {
    "club_channel": ["messenger", "email"],
    "club_hours": ["morning", "evening"],
    "club_company_size": ["50", "250"],
    "club_event_taste": ["talks", "trips"],
}
CHANNELS = ["call", "call", "meeting", "email", "message", "message"]
SUBJECTS = (
    "Как прошёл ужин|Приглашение на гольф|Цели на год|Поездка в Казань|Продление|"
    "Знакомство с партнёром|День рождения|Встреча клуба инвесторов|Отзыв о вечере"
).split("|")


def _words(text):
    return text.split("|")


# Of each point: how often it is known of an open person (per cent), and what of.
PICK = {
    "club_channel": (90, _words("phone|message|messenger|messenger|email|assistant")),
    "club_hours": (85, _words("morning|day|evening|evening|any")),
    "club_quiet_days": (60, _words("Выходные|Понедельник|1–10 января|Август")),
    "club_pace": (80, _words("week|month|month|quarter|need")),
    "club_assistant": (45, _words("Ольга|Марина|Светлана|Дарья")),
    "club_assistant_contact": (40, _words("+7 000 200-00-01|office@example.com")),
    "club_birth_city": (75, _words("Москва|Казань|Тверь|Пермь|Омск|Сочи|Томск")),
    "club_food": (75, _words("Ест всё|Без мяса|Без орехов|Без лактозы|Без рыбы")),
    "club_pets": (60, _words("Лабрадор|Кот|Два кота|Нет|Такса")),
    "club_family_status": (80, _words("married|married|couple|single")),
    "club_role": (92, _words("owner|owner|partner|ceo|manager|expert|investor|self")),
    "club_industry_id": (90, list("ACFGHIJKLMPQR")),
    "club_company_size": (88, _words("1|10|50|50|250|1000|more")),
    "club_company_stage": (85, _words("growth|growth|stable|change|sale|idea")),
    "club_boards": (45, _words("Нет|Один совет|Фонд при музее|Школа бизнеса")),
    "club_education": (80, _words("МГУ|Бауманка|СПбГУ|КФУ|Вышка|ИТМО|УрФУ")),
    "club_expertise": (80, _words("Сделки|Экспорт|Стройка|ИТ|Право|Финансы|Бренд")),
    "club_next_step": (78, _words("Выйти в Казань|Продать долю|Новый завод|Преемник")),
    "club_charity": (68, _words("Детские больницы|Приюты|Музей|Спорт для детей")),
    "club_reading": (65, _words("История|Биографии|Подкасты|Фантастика|Экономика")),
    "club_event_taste": (88, _words("talks|dinner|dinner|sport|trips|family|online")),
    "club_other_clubs": (55, _words("Нет|Гольф-клуб|Клуб выпускников|Яхт-клуб")),
    "club_favourite_places": (70, _words("Алтай|Байкал|Карелия|Сочи|Камчатка")),
    "club_expects": (85, _words("Круг общения|Партнёры|Отдых|Знания|Семейные события")),
    "club_gives": (78, _words("Опыт экспорта|Контакты|Площадка|Менторство|Экспертиза")),
    "club_seeks": (78, _words("Партнёр в Казани|Инвестор|Юрист|Подрядчик|Команда")),
    "club_topics": (60, _words("Переговоры|Инвестиции|Наследство|Бренд|Команда")),
    "club_wants_to_meet": (66, _words("Инвесторы|Застройщики|Рестораторы|Врачи")),
    "club_mentoring": (70, _words("mentor|learner|both|no|no")),
    "club_hosting": (65, _words("yes|no|no")),
    "club_newcomer_help": (68, _words("yes|no")),
    # the confidential sheet
    "segment": (80, _words("mass|affluent|affluent|premium|private")),
    "elsewhere_where": (50, _words("Банк у дома|Где ипотека|Где зарплата")),
    "horizon": (68, _words("short|middle|middle|long|heirs")),
    "deciders": (62, _words("Сам|С женой|С партнёром|Совет семьи")),
    "values": (70, _words("Семья|Свобода|Дело|Честность|Развитие")),
    "decision_style": (74, _words("fast|facts|facts|advice|delegate")),
    "risk": (72, _words("avoid|balance|balance|seek")),
    "life_style": (72, _words("home|work|work|active|culture|social")),
    "talk_style": (72, _words("short|short|detail|warm|formal")),
    "drives": (66, _words("Новые люди|Горы|Дети|Победы|Тишина")),
}
_INTEREST = "investing business startups real_estate health art music theatre books"
_INTEREST += " film food wine cars watches science history children charity garden"
MANY = {
    "club_interest_ids": (92, _INTEREST.split(), 5),
    "club_sport_ids": (
        80,
        "golf tennis running cycling swimming skiing sailing yoga chess".split(),
        3,
    ),
    "club_travel_ids": (78, "sea mountains cities family_trips far active".split(), 3),
    "club_language_ids": (85, "ru_RU en_US de_DE fr_FR es_ES".split(), 3),
    "service_here_ids": (72, [f"{number:02d}" for number in range(1, 10)], 4),
    "service_elsewhere_ids": (60, [f"{number:02d}" for number in range(1, 10)], 3),
}
PORTRAIT = "values decision_style risk life_style talk_style drives".split()
FAMILY = "club_family_status club_wedding_day club_relative_ids".split()
CHILDREN = _words("Пётр|Катя|Миша|Аня|Лев|Вера|Тимофей|Соня")
GOALS = _words(
    "Найти партнёра|Два знакомства в месяц|Выступить на вечере|Играть в гольф"
)


class Profiles:
    """What is known of everybody, drawn once.

    :param people: the club's people, in the order of their numbers
    :param today: the day on which the club is looked at
    """

    def __init__(self, people, seed: int, today: date):
        self.random = random.Random(f"profile {seed}")
        self.today = today
        self.facts: list[dict] = []
        self.consents: list[dict] = []
        self.contacts: list[dict] = []
        self.file: dict[object, dict] = {}  # what the club's old file knew
        for human in people:
            self._draw(human)

    def columns_of_file(self, human) -> dict:
        """Columns of the person in the file of clients."""
        return self.file[human]

    def _draw(self, human) -> None:
        self._draw_file(human)
        openness = self._openness(human)
        agreed = self._draw_consents(human, openness)
        days = self._days_of(human)
        for point, value in self._answers(openness, agreed):
            own_words = point in PORTRAIT
            sources = [w for w in days if not own_words or w in OWN_WORDS]
            if not sources:
                continue
            weights = [WAYS[source][0] for source in sources]
            source = self.random.choices(sources, weights)[0]
            self._fact(human, point, value, source, days[source])
            self._second_thoughts(human, point, value, source, days[source])
        self._draw_contact(human, openness)

    def _openness(self, human) -> float:
        """How much of what is asked a person tells; strangers tell little."""
        if not human.periods:
            return self.random.uniform(0, 0.2)
        ranges = [(1.05, 1.3), (0.5, 0.9), (0.1, 0.4)]
        low, high = self.random.choices(ranges, [6, 3, 1])[0]
        left = human.periods[-1][2] < self.today - timedelta(days=14)
        return self.random.uniform(low, high) * (0.5 if left else 1)

    def _draw_file(self, human) -> None:
        chance = self.random.random
        birthday = date(1945, 1, 1) + timedelta(days=self.random.randrange(19_000))
        since = self.random.randint(max(birthday.year + 20, 1988), 2022)
        self.file[human] = {
            "club_birthday": birthday.isoformat() if chance() < 0.8 else "",
            "club_address_as": human.name[1] if chance() < 0.7 else "",
            "club_business_since": str(since) if chance() < 0.6 else "",
        }

    def _draw_consents(self, human, openness: float) -> set[str]:
        agreed = set()
        for purpose, base in (("dates", 0.85), ("portrait", 0.75), ("directory", 0.6)):
            luck = self.random.random()
            if luck < base * openness:
                agreed.add(purpose)
            elif luck < 0.97:
                continue
            self.consents.append(
                {
                    "client": human.xml_id,
                    "purpose": purpose,
                    "answer": "given" if purpose in agreed else "refused",
                    "day": self._day(human, DAYS).isoformat(),
                    "source": self.random.choice(("member", "survey")),
                }
            )
        return agreed

    def _day(self, human, ago: int) -> date:
        """A day of the last ones, not before the person was met."""
        first = max(human.joined, self.today - timedelta(days=ago))
        return first + timedelta(days=self.random.randint(0, (self.today - first).days))

    def _days_of(self, human) -> dict[str, date]:
        """On which day each way of asking reached this person."""
        days = {}
        for source, (_share, ago) in WAYS.items():
            if source == "import":
                days[source] = max(human.joined, self.today - timedelta(days=ago))
            elif source == "survey":
                past = [self.today - timedelta(days=round_ago) for round_ago in SURVEYS]
                past = [day for day in past if day >= human.joined]
                if past:
                    answered = self.random.randint(0, 12)
                    days[source] = self.random.choice(past) + timedelta(days=answered)
            elif self.random.random() < 0.75:
                days[source] = self._day(human, ago)
        return days

    def _answers(self, openness: float, agreed: set[str]):
        """``(point, value)`` of what a person has told."""
        for point, (share, choices) in PICK.items():
            if self.random.random() * 100 < share * openness:
                yield from self._allowed(point, self.random.choice(choices), agreed)
        for point, (share, choices, most) in MANY.items():
            if self.random.random() * 100 < share * openness:
                picked = self.random.sample(choices, self.random.randint(1, most))
                yield point, sorted(picked)
        for point, share in (
            ("club_messenger", 0.8),
            ("club_second_phone", 0.4),
            ("club_name_day", 0.4),
            ("club_wedding_day", 0.5),
            ("club_business_day", 0.55),
            ("club_relative_ids", 0.7),
            ("club_goal_ids", 0.75),
        ):
            if self.random.random() < share * openness:
                yield from self._allowed(point, getattr(self, f"_{point}")(), agreed)

    def _allowed(self, point: str, value, agreed: set[str]):
        if point in PORTRAIT and "portrait" not in agreed:
            return
        if point in FAMILY and "dates" not in agreed:
            return
        yield point, value

    def _some_day(self, first: int, last: int) -> str:
        start = date(first, 1, 1)
        days = (date(last, 12, 31) - start).days
        return (start + timedelta(days=self.random.randrange(days))).isoformat()

    def _club_messenger(self):
        return f"@member{self.random.randrange(10_000, 99_999)}"

    def _club_second_phone(self):
        return f"+7 000 3{self.random.randrange(10, 99)}-00-00"

    def _club_name_day(self):
        return self._some_day(2000, 2000)

    def _club_wedding_day(self):
        return self._some_day(1985, 2022)

    def _club_business_day(self):
        return self._some_day(1992, 2022)

    def _club_relative_ids(self):
        names = self.random.sample(CHILDREN, self.random.randint(1, 3))
        rows = [[name, "child", self._some_day(2005, 2022), None] for name in names]
        return sorted(rows, key=lambda row: row[2])

    def _club_goal_ids(self):
        due = self.today + timedelta(days=self.random.randint(30, 300))
        names = self.random.sample(GOALS, self.random.randint(1, 2))
        rows = [
            [name, self.random.choice([None, 20, 50, 80, 100]), due.isoformat(), None]
            for name in names
        ]
        return sorted(rows, key=lambda row: row[1] == 100)  # as the card lists them

    def _fact(self, human, point, value, source, day, **more) -> None:
        self.facts.append(
            {
                "client": human.xml_id,
                "point": point,
                "value": json.dumps(value, ensure_ascii=False),
                "source": source,
                "day": day.isoformat(),
                "state": "current",
                "until": "",
                "confidence": 80 if source == "bot" else 100,
                "manager": human.manager if source == "manager" else "",
                **more,
            }
        )

    def _second_thoughts(self, human, point, value, source, day) -> None:
        """Now and then it was something else before, or another way says so."""
        choices = PICK.get(point, (0, []))[1]
        others = [other for other in choices if other != value]
        luck = self.random.random()
        is_own = point in PORTRAIT
        if others and not is_own and luck < 0.05 and day > human.joined:
            before = human.joined + (day - human.joined) * self.random.random()
            self._fact(
                human,
                point,
                self.random.choice(others),
                "import",
                before,
                state="replaced",
                until=day.isoformat(),
            )
        elif luck > 0.93 and point in PROPOSALS and source in ("member", "manager"):
            others = [other for other in PROPOSALS[point] if other != value]
            self._fact(human, point, others[0], "bot", self.today, state="proposed")

    def _draw_contact(self, human, openness: float) -> None:
        """When the manager last spoke with whom: most lately, some long ago."""
        if self.random.random() > 0.25 + 0.75 * min(openness * 2, 1):
            return
        ago = int(self.random.triangular(0, 240, 12))
        day = max(self.today - timedelta(days=ago), human.joined)
        own = self.random.random() < 0.1  # he wrote himself
        self.contacts.append(
            {
                "client": human.xml_id,
                "on": f"{day.isoformat()} {self.random.randint(7, 16):02d}:20:00",
                "channel": "email" if own else self.random.choice(CHANNELS),
                "manager": "" if own else human.manager,
                "subject": self.random.choice(SUBJECTS),
            }
        )
