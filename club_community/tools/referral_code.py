"""A member's code: four syllables that can be said over the telephone, in Russian too.

Every letter of it has one Cyrillic letter that sounds like it, so that whoever hears
the code may write it down in either alphabet. Neither alphabet's look-alikes are used.
"""

import secrets

CONSONANTS, VOWELS = "BDGKLMNRSTVZ", "AEIOU"
SYLLABLES = 4  # (12 * 5) ** 4 = 12,960,000 codes
LENGTH = SYLLABLES * 2

_CYRILLIC = dict(zip("БДГКЛМНРСТВЗАЕИОУЭ", "BDGKLMNRSTVZAEIOUE", strict=True))
# Syllables that make a word nobody wants to say, in English or in Russian.
_RUDE = ("SUKA", "MUDA", "LOSE", "DUMA", "GADO", "BLUD", "ZADA", "DURA", "KAKA", "SISA")


def make(choice=secrets.choice):
    """A new code.

    >>> picks = iter("LAMITOKA")
    >>> make(lambda letters: next(picks))
    'LAMI-TOKA'
    """
    while True:
        code = "".join(
            choice(CONSONANTS) + choice(VOWELS) for _syllable in range(SYLLABLES)
        )
        if not any(word in code for word in _RUDE):
            return spelled(code)


def spelled(letters):
    """The code as it is shown: two words of two syllables.

    >>> spelled("LAMITOKA")
    'LAMI-TOKA'
    """
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"


def read(text):
    """What somebody typed, as a code; an empty string if it cannot be one.

    >>> read(" lami toka "), read("Лами-Тока"), read("LAMI—TOKA.")
    ('LAMI-TOKA', 'LAMI-TOKA', 'LAMI-TOKA')
    >>> read("LAMI-TOK"), read("hello there"), read(None), read("LAMI-TOKA-BU")
    ('', '', '', '')
    """
    if not isinstance(text, str):
        return ""
    letters = "".join(
        _CYRILLIC.get(letter, letter) for letter in text.upper() if letter.isalpha()
    )
    fits = len(letters) == LENGTH and all(
        letter in (VOWELS if number % 2 else CONSONANTS)
        for number, letter in enumerate(letters)
    )
    return spelled(letters) if fits else ""
