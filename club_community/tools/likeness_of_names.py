"""How alike two names are, whatever alphabet, legal form or typing error they have.

Plain arithmetic without the ORM. ``fold`` brings a name in Cyrillic or Latin letters
to one spelling; everything else compares folded words. The doctests are the
specification.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from itertools import permutations

# --- One spelling -------------------------------------------------------------------

_CYRILLIC = str.maketrans(
    {
        "а": "a",
        "б": "b",
        "в": "v",
        "г": "g",
        "ґ": "g",
        "д": "d",
        "е": "e",
        "ё": "e",
        "є": "e",
        "ж": "zh",
        "з": "z",
        "и": "i",
        "і": "i",
        "ї": "i",
        "й": "y",
        "к": "k",
        "л": "l",
        "м": "m",
        "н": "n",
        "о": "o",
        "п": "p",
        "р": "r",
        "с": "s",
        "т": "t",
        "у": "u",
        "ў": "u",
        "ф": "f",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ъ": "",
        "ы": "y",
        "ь": "",
        "э": "e",
        "ю": "yu",
        "я": "ya",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ß": "ss",
        "æ": "e",
        "œ": "e",
        # within a word they are no letters: Макдоналд'с, Макдоналдс
        "'": "",
        "’": "",
        "`": "",
    }
)
# What different ways of writing a sound have in common; the order matters.
_SAME = [
    ("kh", "h"),
    ("ph", "f"),
    ("tz", "ts"),
    ("qu", "kv"),
    ("x", "ks"),
    ("w", "v"),
    ("j", "i"),
    ("y", "i"),
]
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"sh?ch", "sh"),
        (r"tch", "ch"),
        (r"c(?=[eiy])", "s"),
        (r"ck|c(?!h)", "k"),
        (r"y[eo]", "e"),
    )
]
_TWICE = re.compile(r"(\D)\1+")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}(?:[^\W\d_]\b)?")


def fold(text):
    """One spelling of a text: small Latin letters, by sound, without accents.

    >>> fold("Северный мост") == fold("Severny Most") == fold("Severnyi  MOST")
    True
    >>> fold("Алёна Щербакова"), fold("Alena Shcherbakova")
    ('alena sherbakova', 'alena sherbakova')
    >>> fold("Юлия") == fold("Yuliya") == fold("Julia")
    True
    >>> fold("Дмитрий Хабаров") == fold("Dmitry Khabarov")
    True
    >>> fold("Yevgeny Iwanow"), fold("Евгений Иванов"), fold("Alexey")
    ('evgeni ivanov', 'evgeni ivanov', 'aleksei')
    >>> fold("«Кока-Кола»"), fold("Coca-Cola"), fold("Müller & Söhne"), fold(None)
    ('koka kola', 'koka kola', 'muler sohne', '')
    """
    lowered = (text or "").lower().translate(_CYRILLIC)
    if not lowered.isascii():
        lowered = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(c for c in lowered if not unicodedata.combining(c))
    folded = " ".join(_LETTERS_AND_DIGITS.findall(lowered))
    for pattern, sound in _SOUNDS:
        folded = pattern.sub(sound, folded)
    for written, sound in _SAME:
        folded = folded.replace(written, sound)
    return _TWICE.sub(r"\1", folded)


# --- Legal forms --------------------------------------------------------------------

_FORMS = """
    ооо оао зао пао нао ао ип чп тоо нко ано фгуп гуп муп пбоюл
    llc llp lp ltd limited inc incorporated corp corporation co company plc
    gmbh mbh ag kg kgaa ohg ug ev se sa sas sasu sarl srl spa bv nv oy oyj ab as asa
    aps sro doo kft zrt bt eood ad ood pte pty pvt jsc pjsc ojsc cjsc ooo oao zao pao
    nao компания фирма
"""
_LONG_FORMS = """
    общество с ограниченной ответственностью
    публичное акционерное общество
    открытое акционерное общество
    закрытое акционерное общество
    непубличное акционерное общество
    акционерное общество
    индивидуальный предприниматель
    товарищество с ограниченной ответственностью
    автономная некоммерческая организация
    sp z o o
    s r o
    d o o
"""
FORMS = frozenset(_FORMS.split())
_LONG = re.compile(
    "|".join(
        rf"\b{re.escape(' '.join(form.split()))}\b"
        for form in sorted(filter(str.strip, _LONG_FORMS.splitlines()), key=len)[::-1]
    )
)


def fold_firm(name):
    """One spelling of a company's name, without its legal form.

    A name that is nothing but a legal form keeps it.

    >>> fold_firm("ООО «Северный мост»") == fold_firm("Severny Most, LLC")
    True
    >>> fold_firm("Общество с ограниченной ответственностью «Лён»"), fold_firm("Лен")
    ('len', 'len')
    >>> fold_firm("Weber G.m.b.H. & Co. KG"), fold_firm("Weber")
    ('veber', 'veber')
    >>> fold_firm("A.B. Smith Inc."), fold_firm("Company Ltd"), fold_firm("")
    ('a b smith', 'kompani ltd', '')
    >>> fold_firm("AB Volvo"), fold_firm("Acme S.A."), fold_firm("Good as Gold AS")
    ('volvo', 'akme', 'god as gold')
    """
    name = (name or "").lower()
    if "." in name:
        name = _DOTTED.sub(_join_form, name)
    rest = words = _LETTERS_AND_DIGITS.findall(name)
    if len(words) > 2:
        rest = _LETTERS_AND_DIGITS.findall(_LONG.sub(" ", " ".join(words)))
    rest = [word for word in rest if len(word) < 3 or word not in FORMS]
    while rest and rest[-1] in FORMS:
        rest.pop()
    while rest and rest[0] in FORMS:
        rest.pop(0)
    return fold(" ".join(rest or words))


def _join_form(match):
    """O.O.O. is a word, and S.A. at the end; A.B. Smith's initials are not."""
    joined = re.sub(r"\W", "", match[0])
    is_last = not re.search(r"\w", match.string[match.end() :])
    return f"{joined} " if joined in FORMS and (is_last or joined[2:]) else match[0]


# --- Likeness -----------------------------------------------------------------------


def typos(one, other, most=None):
    """Letters to add, drop, change or swap with the next to get from one to the other.

    :param most: more than these are not counted further: ``most + 1`` is returned
    >>> typos("petrov", "petrova"), typos("petrov", "petorv"), typos("anna", "inna")
    (1, 1, 1)
    >>> typos("abc", ""), typos("same", "same"), typos("sever", "vostok", most=2)
    (3, 0, 3)
    """
    if one == other:
        return 0
    most = max(len(one), len(other)) if most is None else most
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = None, list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            least = min(
                before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against)
            )
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                least = min(least, older[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def ratio(one, other, least=0.0):
    """1 for the same word, less for each typo by the length of the longer one.

    :param least: what is less like than this need not be told apart: 0
    >>> ratio("petrov", "petrov"), round(ratio("petrov", "petrova"), 2), ratio("", "")
    (1.0, 0.86, 0.0)
    >>> ratio("petrov", "sidorov", least=0.8)
    0.0
    """
    longest = max(len(one), len(other))
    if not longest:
        return 0.0
    most = int(longest * (1 - least) + 1e-9)
    found = typos(one, other, most)
    return 0.0 if found > most else 1 - found / longest


PERSON_WORD = 0.6  # a word that is less like than this is another word
PERSON_LEAST = 0.8  # one or two typos in a name of usual length
_WORDS_COMPARED = 4


def person_likeness(one, other):
    """How alike two people's folded names are: 0 (other names) to 1.

    The order of words does not count, a patronymic may be missing, an initial stands
    for a name. One common word is too little.

    >>> likeness = lambda a, b: round(person_likeness(fold(a), fold(b)), 2)
    >>> likeness("Анна Петрова", "Petrova Anna"), likeness("Семён Орлов", "Orlov Semen")
    (1.0, 1.0)
    >>> likeness("Сидоров Иван Петрович", "Ivan Sidorov")
    0.95
    >>> likeness("Alexander Petrov", "Aleksandr Petorv")
    0.87
    >>> likeness("I. Sidorov", "Ivan Sidorov")
    0.95
    >>> likeness("Anna Petrova", "Anna Ivanova"), likeness("Anna", "Anna Petrova")
    (0.0, 0.0)
    >>> likeness("Anna", "Anna"), likeness("", "")
    (1.0, 0.0)
    """
    if one == other:
        return 1.0 if one else 0.0
    few, many = sorted((one.split(), other.split()), key=len)
    few, many = few[:_WORDS_COMPARED], many[:_WORDS_COMPARED]
    if len(few) < 2:
        return 0.0
    best = max(_mean_of_words(few, order) for order in permutations(many, len(few)))
    if len(few) < len(many):
        best *= 0.95
    return best if best >= PERSON_LEAST else 0.0


def _mean_of_words(few, order):
    """Mean likeness of words in this order; 0 if one is another word altogether."""
    total = 0.0
    for word, against in zip(few, order, strict=True):
        if word != against and 1 in (len(word), len(against)):
            alike = 0.9 if word[0] == against[0] else 0.0
        else:
            alike = ratio(word, against, PERSON_WORD)
        if not alike:
            return 0.0
        total += alike
    return total / len(few)


FIRM_LEAST = 0.85  # one typo in seven letters; short names must be the same
_LONG_ENOUGH = 5  # letters of a brand that may be a part of a longer name


def firm_likeness(brand, name):
    """How alike a brand and a company's name are, both by ``fold_firm``: 0 to 1.

    Spaces and the order of words do not count. A brand that is a part of a longer
    name counts, the less the more there is beside it.

    >>> likeness = lambda a, b: round(firm_likeness(fold_firm(a), fold_firm(b)), 2)
    >>> likeness("Severny Most", "ООО «Северный мост»")
    1.0
    >>> likeness("Северный мост", "Most Severny"), likeness("ЮжныйМост", "Южный мост")
    (1.0, 1.0)
    >>> likeness("Severny Most", "Severnyj Mosst"), likeness("Sever Most", "Saver Most")
    (1.0, 0.89)
    >>> likeness("Газпром", "Газпром нефть"), likeness("Мир", "Мир обуви")
    (0.93, 0.0)
    >>> likeness("ВТБ", "ВТБ ПАО"), likeness("ВТБ", "ВТК"), likeness("", "ООО")
    (1.0, 0.0, 0.0)
    """
    if not brand or not name:
        return 0.0
    if brand == name:
        return 1.0
    short, long = brand.replace(" ", ""), name.replace(" ", "")
    best = ratio(short, long, FIRM_LEAST)
    if " " in brand or " " in name:
        best = max(best, ratio(_in_order(brand), _in_order(name), FIRM_LEAST))
        if len(short) >= _LONG_ENOUGH and f" {brand} " in f" {name} ":
            best = max(best, 0.8 + 0.2 * len(short) / len(long))
    return best


def _in_order(name):
    return "".join(sorted(name.split()))


class Brands:
    """Brands in which the ones that are like a name are found without trying all.

    >>> brands = Brands({"Severny Most": 1, "Северный мост": 2, "ВТБ": 3})
    >>> found = brands.like(fold_firm("ООО «Северный мост Инвест»"))
    >>> [(key, brand, round(likeness, 2)) for key, (brand, likeness) in found.items()]
    [(1, 'Severny Most', 0.93), (2, 'Северный мост', 0.93)]
    >>> brands.like(fold_firm("ПАО ВТБ")), brands.like("sun"), brands.like("")
    ({3: ('ВТБ', 1.0)}, {}, {})
    """

    def __init__(self, brands):
        """:param brands: ``{name as it is written: key}``"""
        self._brands = []  # written, key, folded
        self._threes = defaultdict(list)  # three letters -> variants they are in
        self._variants = []  # (brand, threes that a name like it must have)
        self._known = {}
        for written, key in brands.items():
            folded = fold_firm(written)
            self._brands.append((written, key, folded))
            for text in {folded.replace(" ", ""), _in_order(folded)} - {""}:
                threes = _threes(text)
                for three in threes:
                    self._threes[three].append(len(self._variants))
                # a typo spoils up to four threes; within a longer name the ends differ
                most = int(len(text) / FIRM_LEAST * (1 - FIRM_LEAST) + 1e-9)
                spoilt = max(4 * most, 3 if len(text) >= _LONG_ENOUGH else 0)
                enough = max(1, len(threes) - spoilt)
                self._variants.append((len(self._brands) - 1, enough))
        self._known_threes = frozenset(self._threes)

    def like(self, folded):
        """The brands that are like a folded name.

        :return: ``{key: (brand as it is written, likeness)}``, the best of each key
        """
        if folded not in self._known:
            if len(self._known) > 20_000:  # a cache, not a copy of the address book
                self._known.clear()
            self._known[folded] = self._compare(folded)
        return self._known[folded]

    def _compare(self, folded):
        found = {}
        candidates = set()
        for text in {folded.replace(" ", ""), _in_order(folded)} - {""}:
            known = self._known_threes & _threes(text)
            if not known:
                continue
            shared = Counter()
            for three in known:
                shared.update(self._threes[three])
            candidates |= {
                self._variants[variant][0]
                for variant, count in shared.items()
                if count >= self._variants[variant][1]
            }
        for number in sorted(candidates):
            written, key, brand = self._brands[number]
            likeness = firm_likeness(brand, folded)
            if likeness > found.get(key, ("", 0.0))[1]:
                found[key] = (written, likeness)
        return found


def _threes(text):
    """The threes of neighbouring letters of a word, its ends included."""
    padded = f"  {text} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


# --- One person or two --------------------------------------------------------------


def pair_strength(same_email, same_phone, same_birthday, names):
    """How sure it is that two cards are one person's: 0 to 0.99.

    Families share a mailbox or a phone, so under other names these say less; a
    birthday counts only with a name. What agrees adds up.

    >>> strength = lambda *facts: round(pair_strength(*facts), 2)
    >>> strength(True, False, False, 1.0), strength(True, False, False, 0.0)
    (0.95, 0.5)
    >>> strength(False, True, False, 1.0), strength(False, True, False, 0.0)
    (0.9, 0.45)
    >>> strength(False, False, True, 1.0), strength(False, False, True, 0.85)
    (0.9, 0.84)
    >>> strength(True, True, True, 1.0), strength(True, True, False, 0.0)
    (0.99, 0.72)
    >>> strength(False, False, True, 0.0), strength(False, False, False, 1.0)
    (0.0, 0.0)
    """
    doubt = 1.0
    if same_email:
        doubt *= 0.05 if names else 0.5
    if same_phone:
        doubt *= 0.1 if names else 0.55
    if same_birthday and names:
        doubt *= 1 - (0.5 + 0.4 * names)
    return min(1 - doubt, 0.99)


# --- Tax numbers and domains ----------------------------------------------------------


def fold_vat(vat):
    """Letters and digits of a tax number, without the country before it.

    >>> fold_vat("RU 7707083893"), fold_vat("7707-083-893"), fold_vat("BE0477.47.27.01")
    ('7707083893', '7707083893', '0477472701')
    >>> fold_vat("n/a"), fold_vat("12"), fold_vat(None)
    ('', '', '')
    """
    folded = re.sub(r"[\W_]", "", (vat or "").upper())
    folded = re.sub(r"^[A-Z]{2}(?=[A-Z]?\d)", "", folded)
    return folded if len(folded) >= 6 and re.search(r"\d{3}", folded) else ""


# Anybody may have a mailbox there: they say nothing of the person's company.
PUBLIC_DOMAINS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com
    ymail.com icloud.com me.com mac.com aol.com gmx.com gmx.de gmx.net web.de
    t-online.de freenet.de proton.me protonmail.com pm.me tutanota.com zoho.com
    mail.com fastmail.com hey.com mail.ru inbox.ru list.ru bk.ru internet.ru
    xmail.ru yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru rambler.ru
    lenta.ru autorambler.ru myrambler.ru ro.ru ukr.net i.ua meta.ua tut.by
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it
    seznam.cz wp.pl o2.pl interia.pl onet.pl qq.com 163.com 126.com naver.com
    comcast.net verizon.net att.net sbcglobal.net cox.net btinternet.com
    """.split()
)
_PUBLIC_BRANDS = re.compile(r"^(gmail|googlemail|hotmail|outlook|live|yahoo|yandex)\.")
# What stands before the country in two-part endings: brand.co.uk, brand.com.tr
_SECOND_LEVEL = frozenset("co com net org edu gov ac msk spb".split())


def domain_of(address):
    """The domain of an e-mail address, a web address or a domain, in small letters.

    >>> domain_of("Anna@Sever.RU"), domain_of("https://www.sever.ru/about?x=1")
    ('sever.ru', 'sever.ru')
    >>> domain_of("@sever.ru"), domain_of("sever.ru:8080"), domain_of("nobody")
    ('sever.ru', 'sever.ru', '')
    >>> domain_of(None)
    ''
    """
    domain = (address or "").strip().lower().rsplit("://", 1)[-1]
    domain = re.split(r"[/?#:]", domain.rsplit("@", 1)[-1], maxsplit=1)[0].strip(" .")
    domain = domain.removeprefix("www.")
    return domain if "." in domain and not re.search(r"\s", domain) else ""


def own_domain(address):
    """As ``domain_of``, but nothing if anybody may have a mailbox there.

    >>> own_domain("anna@sever.ru"), own_domain("a@gmail.com"), own_domain("a@yahoo.fr")
    ('sever.ru', '', '')
    """
    domain = domain_of(address)
    if domain in PUBLIC_DOMAINS or _PUBLIC_BRANDS.match(domain):
        return ""
    return domain


def is_within(domain, other):
    """Whether a domain is the other one or a part of it.

    >>> is_within("mail.sever.ru", "sever.ru"), is_within("sever.ru", "sever.ru")
    (True, True)
    >>> is_within("northsever.ru", "sever.ru")
    False
    """
    return domain == other or domain.endswith(f".{other}")


def name_in_domain(domain):
    """The name that somebody has registered, folded as a company's.

    >>> name_in_domain("mail.severny-most.ru"), name_in_domain("brand.co.uk")
    ('severni most', 'brand')
    """
    parts = domain.split(".")[:-1]
    if len(parts) > 1 and parts[-1] in _SECOND_LEVEL:
        parts.pop()
    return fold_firm(parts[-1]) if parts else ""
