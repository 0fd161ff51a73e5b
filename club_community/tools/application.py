"""What a stranger may write into an application, without the ORM."""

import re

CHANNELS = ("phone", "email", "messenger")

# Longest values that are kept.
LONGEST = {"name": 100, "email": 254, "handle": 64, "text": 2000}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINK = re.compile(r"https?:|www\.|://|[<>@]", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d\s().\-/]{5,32}")


def clean(value, longest, lines=False):
    r"""A text without control characters, surplus blanks and surplus length.

    >>> clean("  Anna \r\n Bcc: all@example.com ", 100)
    'Anna Bcc: all@example.com'
    >>> clean("one\r\ntwo\x00", 100, lines=True)
    'one\ntwo'
    >>> clean(None, 5), clean("too long", 3), clean(["x"], 5)
    ('', 'too', '')
    """
    if not isinstance(value, str):
        return ""
    text = value.replace("\r\n", "\n")
    if not lines:
        text = " ".join(text.split())
    return _CONTROL.sub("", text).strip()[:longest]


def is_name(text):
    """Whether a text may stand in a mail to a mailbox that somebody else named.

    >>> is_name("Анна-Мария О'Нил"), is_name("Buy at https://spam.example")
    (True, False)
    >>> is_name(""), is_name("www.spam.example"), is_name("...")
    (False, False, False)
    """
    return any(c.isalpha() for c in text) and not _LINK.search(text)


def is_phone(text):
    """
    >>> is_phone("+7 (912) 345-67-89"), is_phone("12"), is_phone("call me")
    (True, False, False)
    """
    return bool(_PHONE.fullmatch(text)) and sum(c.isdigit() for c in text) >= 5


def is_handle(text):
    """
    >>> is_handle("@anna"), is_handle("a"), is_handle("https://spam.example/x")
    (True, False, False)
    """
    return len(text) >= 3 and not re.search(r"://|[<>]", text)
