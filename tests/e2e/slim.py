"""Pictures in 256 colours: a screen of text and lines has hardly more, and the file is a third."""

from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QImage

COLORS = 256
APART = 24  # a colour nearer than this to one that is there already is not worth a place


def slim(picture: QImage) -> QImage:
    """The picture in its most frequent colours, rare ones that resemble none of them included."""
    image = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = memoryview(image.constBits()).cast("I")
    return image.convertToFormat(QImage.Format.Format_Indexed8, _palette(Counter(pixels)))


def _palette(counted: Counter[int]) -> list[int]:
    """Half of the places for what is frequent, the others for what differs from it."""
    ordered = [color for color, _ in counted.most_common()]
    kept = ordered[: COLORS // 2]
    for color in ordered[COLORS // 2 :]:
        if len(kept) == COLORS:
            break
        if all(_distance(color, other) > APART for other in kept):
            kept.append(color)
    return kept


def _distance(one: int, other: int) -> int:
    """How far two colours lie apart, summed over red, green and blue."""
    return sum(abs((one >> shift & 255) - (other >> shift & 255)) for shift in (0, 8, 16))
