"""By what two invitations are of the same phone number, without the ORM."""

KEPT_DIGITS = 10


def phone_key(text):
    """The last ten digits: whether a number begins with +7 or 8 says nothing.

    >>> phone_key("+7 (912) 345-67-89") == phone_key("8 912 3456789")
    True
    >>> phone_key("12"), phone_key(""), phone_key(None), phone_key("call me")
    ('', '', '', '')
    """
    digits = "".join(c for c in text or "" if c in "0123456789")
    return digits[-KEPT_DIGITS:] if len(digits) >= 5 else ""


def full_number(text):
    """Digits of an international number, for the link of a messenger, else nothing.

    >>> full_number("+7 (912) 345-67-89"), full_number("8 912 345-67-89")
    ('79123456789', '')
    """
    text = (text or "").strip()
    digits = "".join(c for c in text if c in "0123456789")
    return digits if text.startswith("+") and len(digits) >= 10 else ""
