import doctest

from odoo.tests import BaseCase, tagged

from ...tools import likeness_of_names as likeness

# one person written two ways: how alike at least
ONE_PERSON = [
    ("Анна Петрова", "Anna Petrova", 1),
    ("Семён Королёв", "Королев Семен", 1),
    ("Семён Королёв", "Semyon Korolyov", 1),
    ("Юлия Щербакова", "Yulia Shcherbakova", 1),
    ("Юлия Щербакова", "Julia Scherbakowa", 1),
    ("Дмитрий Цветков", "Dmitriy Tsvetkov", 1),
    ("Хасан Чайковский", "Khasan Tchaikovsky", 1),
    ("Наталья Ёлкина", "Natalia Elkina", 1),
    ("Мария Иванова", "Ivanova Mariya", 1),
    ("Александр Жуков", "Alexander Zhukov", 0.9),
    ("Ольга Сергеевна Белова", "Belova Olga", 0.9),
    ("О. Белова", "Ольга Белова", 0.9),
    ("Olga Belova", "Olga Bleova", 0.9),
    ("Konstantin Rozhdestvensky", "Konstantn Rozdestvensky", 0.9),
    ("José Müller", "Jose Muller", 1),
]
TWO_PEOPLE = [
    ("Анна Петрова", "Анна Иванова"),
    ("Анна Петрова", "Борис Петров"),
    ("Иван Орлов", "Пётр Орлов"),
    ("Anna", "Anna Petrova"),
    ("Maria Ivanova", "Elena Ivanova"),
    ("", "Anna"),
]
# a dream account, and a company that is it
ONE_FIRM = [
    ("Severny Most", "ООО «Северный мост»"),
    ("Северный мост", 'ПАО "СЕВЕРНЫЙ МОСТ"'),
    ("Северный мост", "Severnyi Most LLC"),
    ("Северный мост", "Общество с ограниченной ответственностью Северный Мост"),
    ("Северный мост", "Мост Северный, ИП"),
    ("Северный мост", "Severny-Most Ltd."),
    ("Северный мост", "АО Северный мост Девелопмент"),
    ("Газпром", "ПАО «Газпром нефть»"),
    ("Кока-Кола", "Coca-Cola HBC AG"),
    ("Weber", "Weber G.m.b.H. & Co. KG"),
    ("Лукойл", "LUKOIL S.A."),
    ("Тинькофф", "Tinkoff Inc"),
    ("Яндекс", "Yandex N.V."),
    ("ВТБ", "ПАО ВТБ"),
    ("Красный октябрь", "Красный Октяборь ЗАО"),
]
OTHER_FIRMS = [
    ("ВТБ", "ВТК"),
    ("Мир", "Мир обуви"),
    ("Мир", "Миф"),
    ("Северный мост", "Северный ветер"),
    ("Северный мост", "Мост"),
    ("Газпром", "Газсервис"),
    ("ООО", "ООО «Лён»"),
    ("Orange", "Range"),
]


@tagged("post_install", "-at_install")
class TestLikenessOfNames(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(likeness)
        self.assertGreater(result.attempted, 40)
        self.assertFalse(result.failed)

    def test_one_person(self):
        for one, other, least in ONE_PERSON:
            with self.subTest(f"{one} / {other}"):
                alike = likeness.person_likeness(*map(likeness.fold, (one, other)))
                self.assertGreaterEqual(alike, least)
                back = likeness.person_likeness(*map(likeness.fold, (other, one)))
                self.assertEqual(alike, back)

    def test_two_people(self):
        for one, other in TWO_PEOPLE:
            with self.subTest(f"{one} / {other}"):
                names = map(likeness.fold, (one, other))
                self.assertEqual(likeness.person_likeness(*names), 0)

    def test_one_firm(self):
        for brand, name in ONE_FIRM:
            with self.subTest(f"{brand} / {name}"):
                self.assertGreaterEqual(self._alike(brand, name), 0.85)

    def test_other_firms(self):
        for brand, name in OTHER_FIRMS:
            with self.subTest(f"{brand} / {name}"):
                self.assertEqual(self._alike(brand, name), 0)

    def _alike(self, brand, name):
        """By the list of all brands, which must find what the comparison says."""
        alike = likeness.firm_likeness(*map(likeness.fold_firm, (brand, name)))
        brands = likeness.Brands({b: b for b, _name in ONE_FIRM + OTHER_FIRMS})
        found = brands.like(likeness.fold_firm(name)).get(brand, (brand, 0))
        self.assertEqual(found, (brand, alike))
        return alike

    def test_brands_find_what_a_comparison_with_each_finds(self):
        """Every name with one letter lost, changed or swapped, against all brands."""
        brands = {b: b for b, _name in ONE_FIRM}
        index = likeness.Brands(brands)
        tried = 0
        for written in brands:
            for at in range(len(written) - 1):
                for wrong in (
                    written[:at] + written[at + 1 :],
                    written[:at] + "ж" + written[at + 1 :],
                    written[:at] + written[at + 1] + written[at] + written[at + 2 :],
                ):
                    folded = likeness.fold_firm(wrong)
                    one_by_one = {
                        brand: (brand, alike)
                        for brand in brands
                        if (
                            alike := likeness.firm_likeness(
                                likeness.fold_firm(brand), folded
                            )
                        )
                    }
                    tried += 1
                    self.assertEqual(index.like(folded), one_by_one, wrong)
        self.assertGreater(tried, 200)
