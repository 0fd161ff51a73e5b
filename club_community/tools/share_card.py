"""The picture with which a member recommends his club: plain values in, PNG out."""

import functools
import io
import re

import qrcode
from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 1200, 630  # what messengers and networks show whole
MARGIN, PANEL, COLUMN = 64, 348, 650
DEFAULT = ("#1f2a44", "#3d5a80")  # the card of a plan without a colour
DARK, LIGHT = (24, 28, 40), (255, 255, 255)


@functools.lru_cache(maxsize=200)  # some 40 kB each
def share_card(club, headline, say, code, url, color, fonts, logo=b""):
    """Draw the card: the club, one sentence, the code and a QR code of the link.

    :param club: name of the club
    :param headline: the sentence
    :param say: the words above the code
    :param code: the code, as it is shown
    :param url: where the QR code leads
    :param color: colour of the club, ``#rrggbb``; anything else: the default
    :param fonts: ``(regular, bold)``: paths of fonts with Cyrillic letters
    :param logo: a picture; what cannot be read is left out
    :return: bytes of a PNG of 1200 x 630

    >>> share_card.__wrapped__("", "", "", "", "x", "", FONTS)[:8]  # doctest: +SKIP
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    top, bottom = _colors(color)
    ink = DARK if _is_light(top) else LIGHT
    image = _gradient(top, bottom)
    draw = ImageDraw.Draw(image)
    left, y = MARGIN, MARGIN
    if picture := _logo(logo):
        _paste_logo(image, picture, (left, y))
        left += picture.width + 44
    _line(draw, (left, y + 36), club, fonts[1], 40, MARGIN + COLUMN - left, ink, "lm")
    _paragraph(draw, (MARGIN, 190), headline, fonts[1], COLUMN, 230, ink)
    _line(draw, (MARGIN, 462), say, fonts[0], 30, COLUMN, ink, "lm")
    _line(draw, (MARGIN, 530), code, fonts[1], 84, COLUMN, ink, "lm")
    box = (WIDTH - MARGIN - PANEL, (HEIGHT - PANEL) // 2)
    _qr(draw, box, PANEL, url)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _rgb(color):
    """
    >>> _rgb("#1f2A44"), _rgb("#fff"), _rgb("red"), _rgb(None), _rgb("#12345z")
    ((31, 42, 68), None, None, None, None)
    """
    if not re.fullmatch("#[0-9A-Fa-f]{6}", color or ""):
        return None
    return tuple(int(color[n : n + 2], 16) for n in (1, 3, 5))


def _colors(color):
    """The two colours of the background: the club's own, and a lighter one.

    >>> _colors("#000000")
    ((0, 0, 0), (46, 46, 46))
    """
    if not (rgb := _rgb(color)):
        return _rgb(DEFAULT[0]), _rgb(DEFAULT[1])
    return rgb, tuple(round(part + (255 - part) * 0.18) for part in rgb)


def _is_light(rgb):
    """Whether dark letters are read better on it.

    >>> _is_light((255, 214, 0)), _is_light((113, 75, 103))
    (True, False)
    """
    red, green, blue = rgb
    return 0.299 * red + 0.587 * green + 0.114 * blue > 150


def _gradient(top, bottom):
    """From the upper left to the lower right, by enlarging four points."""
    middle = tuple((a + b) // 2 for a, b in zip(top, bottom, strict=True))
    small = Image.new("RGB", (2, 2))
    small.putdata([top, middle, middle, bottom])
    return small.resize(SIZE, Image.Resampling.BILINEAR)


def _logo(data):
    """The logo, small enough for the head of the card, or None."""
    try:
        picture = Image.open(io.BytesIO(data))
        if picture.width * picture.height > 20_000_000:
            return None
        picture = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    picture.thumbnail((180, 72), Image.Resampling.LANCZOS)
    return picture


def _paste_logo(image, picture, place):
    """On white: logos are drawn for paper."""
    draw = ImageDraw.Draw(image)
    x, y = place
    right, lower = x + picture.width + 24, y + 72
    draw.rounded_rectangle((x, y, right, lower), radius=12, fill=LIGHT)
    image.paste(picture, (x + 12, y + (72 - picture.height) // 2), picture)


def _line(draw, place, text, font, size, width, ink, anchor):
    """One line; it gets smaller where it is too long, and then it is cut."""
    text = " ".join(text.split())
    for smaller in range(size, size // 2, -2):
        face = ImageFont.truetype(font, smaller)
        if draw.textlength(text, face) <= width:
            break
    draw.text(place, _cut(draw, text, face, width), ink, face, anchor=anchor)


def _cut(draw, text, face, width):
    if draw.textlength(text, face) <= width:
        return text
    while text and draw.textlength(text + "…", face) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _paragraph(draw, place, text, font, width, height, ink):
    """Lines of words, as large as the height allows; what is too long is cut."""
    x, y = place
    for size in range(62, 30, -4):
        face = ImageFont.truetype(font, size)
        lines, step = _wrapped(draw, text, face, width), round(size * 1.22)
        if len(lines) * step <= height:
            break
    lines = lines[: height // step]
    for number, line in enumerate(lines):
        line = _cut(draw, line, face, width)
        draw.text((x, y + number * step), line, ink, face, anchor="la")


def _wrapped(draw, text, face, width):
    lines = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, face) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _qr(draw, place, size, url):
    """A QR code on a white plate with the quiet zone that scanners need."""
    code = qrcode.QRCode(border=3, mask_pattern=3)
    code.add_data(url)
    modules = code.get_matrix()
    side = size // len(modules)
    x, y = place
    draw.rounded_rectangle((x, y, x + size, y + size), radius=24, fill=LIGHT)
    edge = (size - side * len(modules)) // 2
    for row, cells in enumerate(modules):
        for column, is_dark in enumerate(cells):
            if is_dark:
                left, upper = x + edge + column * side, y + edge + row * side
                draw.rectangle(
                    (left, upper, left + side - 1, upper + side - 1), "black"
                )
