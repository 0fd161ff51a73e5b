"""Natural Russian names: mimesis' lists without what no parent chooses today.

Its surnames agree with the gender; its first names reach from Авксентий to Юнона,
and its patronymics lack Сергеевич. So we keep the everyday part of the first names
and build patronymics from stems (Сергеев-ич, Сергеев-на).
"""

import random
import re

from mimesis import Gender, Locale, Person

EVERYDAY = {
    Gender.MALE: set(
        "Александр Алексей Анатолий Андрей Антон Аркадий Арсений Артём Артур Борис "
        "Вадим Валентин Валерий Василий Виктор Виталий Владимир Владислав Вячеслав "
        "Геннадий Георгий Герман Глеб Григорий Даниил Денис Дмитрий Евгений Егор Иван "
        "Игорь Илья Кирилл Константин Лев Леонид Максим Марк Матвей Михаил Никита "
        "Николай Олег Павел Пётр Роман Руслан Семён Сергей Станислав Степан Тимофей "
        "Тимур Фёдор Филипп Эдуард Юрий Ярослав".split()
    ),
    Gender.FEMALE: set(
        "Александра Алина Алиса Алла Алёна Анастасия Ангелина Анжела Анна Антонина "
        "Арина Валентина Валерия Варвара Василиса Вера Вероника Виктория Галина Дарья "
        "Диана Евгения Екатерина Елена Елизавета Жанна Зоя Инна Ирина Карина Кира "
        "Кристина Ксения Лариса Лидия Лилия Любовь Людмила Маргарита Марина Мария "
        "Милана Надежда Наталья Нина Оксана Олеся Ольга Полина Светлана Софья Таисия "
        "Тамара Татьяна Ульяна Эльвира Юлия Яна".split()
    ),
}
FATHERS = (
    "Александров Алексеев Анатольев Андреев Антонов Аркадьев Борисов Вадимов "
    "Валентинов Валерьев Васильев Викторов Витальев Владимиров Вячеславов Геннадьев "
    "Георгиев Григорьев Дмитриев Евгеньев Иванов Игорев Константинов Леонидов "
    "Максимов Михайлов Николаев Олегов Павлов Петров Романов Сергеев Станиславов "
    "Степанов Фёдоров Эдуардов Юрьев"
).split()
ENDING = {Gender.MALE: "ич", Gender.FEMALE: "на"}
# Leaves out surnames that sound alike for both genders or do not change at all.
SURNAME = {
    Gender.MALE: re.compile(r".{2,8}(ов|ев|ёв|ин|ский|цкий)$"),
    Gender.FEMALE: re.compile(r".{2,8}(ова|ева|ёва|ина|ская|цкая)$"),
}
CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
SOUNDS = "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya"
LATIN = dict(zip(CYRILLIC, SOUNDS.split(" "), strict=True))


class Names:
    """An endless, repeatable supply of different people.

    :param seed: the same seed gives the same people
    """

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._person = Person(Locale.RU, seed=seed)
        self._taken: set[str] = set()

    def next(self) -> tuple[str, str, str]:
        """Surname, first name and patronymic that nobody has yet."""
        while True:
            gender = self._random.choice([Gender.MALE, Gender.FEMALE])
            surname = self._draw(self._person.surname, gender, SURNAME[gender].match)
            first = self._draw(
                self._person.first_name, gender, EVERYDAY[gender].__contains__
            )
            name = surname, first, self._random.choice(FATHERS) + ENDING[gender]
            # Nobody shares both surname and first name: easier to find in a demo.
            if f"{surname} {first}" not in self._taken:
                self._taken.add(f"{surname} {first}")
                return name

    def _draw(self, draw, gender, is_wanted) -> str:
        while not is_wanted(word := draw(gender=gender)):
            pass
        return word


def latin(text: str) -> str:
    """A Russian word in Latin letters, fit for an e-mail.

    >>> latin("Щербаков Юрий")
    'shcherbakov.yuriy'
    """
    letters = (LATIN.get(letter, letter) for letter in text.lower())
    return "".join(letters).replace(" ", ".")
