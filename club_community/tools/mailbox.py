"""Which mailbox an e-mail address leads to, and which phone a number rings.

Two addresses of one mailbox are one person's, whatever they look like (S0.11).
"""

import re

_SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
}
# Where these characters of the name mean nothing.
_IDLE = {"gmail.com": ".", "yandex.ru": ".-", "proton.me": ".-_"}

# Addresses that anybody has for ten minutes. Kept short on purpose: those that people
# meet; a club adds its own on the programme. A domain stands for all below it.
DISPOSABLE = frozenset(
    """
    10minutemail.com 10minutemail.net 1secmail.com 1secmail.net 1secmail.org
    20minutemail.com burnermail.io byom.de crazymailing.com discard.email
    discardmail.com dispostable.com dropmail.me emailfake.com emailondeck.com
    fakeinbox.com fakemail.net generator.email getairmail.com getnada.com
    grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info
    guerrillamail.net guerrillamail.org harakirimail.com inboxbear.com inboxkitten.com
    incognitomail.org jetable.org mail-temp.com mail.tm mailcatch.com maildrop.cc
    mailforspam.com mailinator.com mailinator.net mailnesia.com mailnull.com
    mailpoof.com mailsac.com mintemail.com minuteinbox.com moakt.com mohmal.com
    mytemp.email mytrashmail.com nada.email one-off.email
    sharklasers.com spam4.me spamgourmet.com spambox.us temp-mail.io temp-mail.org
    temp-mail.ru tempail.com tempinbox.com tempmail.dev tempmail.net tempmail.plus
    tempmailo.com tempr.email throwawaymail.com trash-mail.com trashmail.com
    trashmail.de trashmail.net yopmail.com yopmail.fr yopmail.net
    """.split()
)


def box(email):
    """The mailbox behind an address in stock's normal form, or ``""``.

    >>> box("anna.petrova+club@googlemail.com")
    'annapetrova@gmail.com'
    >>> box("anna-p@ya.ru")
    'annap@yandex.ru'
    >>> box("anna.p+x@example.com")
    'anna.p@example.com'
    >>> box("nobody"), box(None)
    ('', '')
    """
    local, at, domain = (email or "").rpartition("@")
    if not at:
        return ""
    domain = _SAME_DOMAIN.get(domain, domain)
    name = local.split("+")[0] or local
    kept = "".join(c for c in name if c not in _IDLE.get(domain, ""))
    return f"{kept or name}@{domain}"


def phone_key(phone, shortest=7):
    """What is the same for all spellings of a number: its last ten digits, or ``""``.

    :param shortest: a number of fewer digits says nothing of whose it is

    >>> phone_key("+7 (916) 123-45-67") == phone_key("8 916 1234567") == "9161234567"
    True
    >>> phone_key("12-34"), phone_key(None), phone_key("call me")
    ('', '', '')
    >>> phone_key("2-34-56"), phone_key("2-34-56", shortest=5)
    ('', '23456')
    """
    digits = re.sub(r"\D", "", phone or "")
    return digits[-10:] if len(digits) >= shortest else ""


def full_number(text):
    """Digits of an international number, for the link of a messenger, else nothing.

    >>> full_number("+7 (912) 345-67-89"), full_number("8 912 345-67-89")
    ('79123456789', '')
    """
    text = (text or "").strip()
    digits = "".join(c for c in text if c in "0123456789")
    return digits if text.startswith("+") and len(digits) >= 10 else ""


def is_disposable(email, more=()):
    """Whether an address is of a service that gives addresses away for an hour.

    :param more: further domains

    >>> is_disposable("a@yopmail.com"), is_disposable("a@x.mailinator.com")
    (True, True)
    >>> is_disposable("a@gmail.com"), is_disposable("a@notyopmail.com")
    (False, False)
    >>> is_disposable("a@trash.example", more={"trash.example"})
    True
    """
    domain = (email or "").rpartition("@")[2]
    labels = domain.split(".")
    endings = {".".join(labels[n:]) for n in range(len(labels))}
    return bool(endings & (DISPOSABLE | set(more)))


def domains(text):
    """Domains that somebody typed, one a line.

    >>> sorted(domains(" Trash.example\\n@other.example\\n\\n"))
    ['other.example', 'trash.example']
    """
    lines = (text or "").lower().split()
    return {line.strip().lstrip("@") for line in lines} - {""}
