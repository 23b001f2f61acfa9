"""What a person types or pastes, and how values are written so that they can be typed: numbers, dates, times, lists.

Knows no fields and no names; raises Untyped with what was wrong and how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from crmdesk.crm.kinds import decimal_of
from crmdesk.crm.values import parse_time, printed_time


class Untyped(ValueError):
    """A text that is not what was wanted; `remedy` says how to write it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


# -- numbers --------------------------------------------------------------------------------------------------

_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f'’_"))
_DRESS = re.compile(r"^(?:[A-Z]{3}|[$€£¥₹₩₪])?\s*([+-]?[\d.,]+)\s*(?:[A-Z]{3}|[$€£¥₹₩₪%])?$")
_GROUPED: Final = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})*\.\d{3}(,\d+)?"),
}
_NUMBER_REMEDY = "Write digits, with a point before the decimals: 1234.50"


def number(text: str, *, thousands: bool) -> Decimal:
    """A number as people and spreadsheets write it; `thousands`: "1,234" is 1234 rather than a riddle.

    A lone point is always the decimal point. Raises Untyped.
    """
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text.strip())
    plain = plain.replace("\u2212", "-")
    exact = decimal_of(plain)
    if exact is not None:
        return exact
    sign, rest = ("-", plain[1:].lstrip()) if plain.startswith("-") else ("", plain)
    dressed = _DRESS.match(rest.translate(_SPACES))
    found = decimal_of(sign + _undotted(dressed[1], thousands)) if dressed is not None else None
    if found is None:
        raise Untyped("is not a number", _NUMBER_REMEDY)
    return found


def _undotted(digits: str, thousands: bool) -> str:
    """Digits with group separators taken out and a decimal comma made a point."""
    if "," not in digits and digits.count(".") < 2:
        return digits
    grouping = "." if digits.rfind(",") > digits.rfind(".") and "." in digits else ","
    if "," not in digits:
        grouping = "."
    if digits.count(",") == 1 and "." not in digits:
        before, after = digits.lstrip("+-").split(",")
        if len(after) != 3 or not 1 <= len(before) <= 3 or before.startswith("0"):
            return digits.replace(",", ".")
        if not thousands:
            raise Untyped(f"can be read as {before}{after} or as {before}.{after}", _NUMBER_REMEDY)
        return digits.replace(",", "")
    if not _GROUPED[grouping].fullmatch(digits):
        raise Untyped("is not a number", _NUMBER_REMEDY)
    return digits.replace(grouping, "").replace(",", ".")


# -- dates and times ------------------------------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_REMEDY = "Write it as 2026-11-20."
_TIME_REMEDY = "Write it as 2026-11-20 14:30."
_DAY = r"(?P<d>\d{1,2})"
_MONTH_NAME = r"(?P<m>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<y>\d{4})"
_NAMED_DATES = (
    re.compile(rf"(?:[A-Za-z]{{3,9}},? )?{_DAY}\.?[ -]{_MONTH_NAME}[ ,-]+{_YEAR}"),
    re.compile(rf"(?:[A-Za-z]{{3,9}},? )?{_MONTH_NAME} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"),
)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[/.-](?P<m>\d{1,2})[/.-](?P<d>\d{1,2})")
_DOTTED = re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})")
_SLASHED = re.compile(r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})")
_CLOCK = re.compile(r"(?P<h>\d{1,2})(?::(?P<i>\d{2}))?(?::(?P<s>\d{2})(?:\.\d+)?)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?")


def day(text: str) -> date:
    """A date: any form of the reference (the day that is printed), or a usual one that can't be misread."""
    told = " ".join(text.split())
    exact = printed_time(told) if re.match(r"\d{4}-|[A-Z][a-z]{2},? [A-Z]", told) else None
    if exact is not None:
        return exact.date()
    for pattern in (_YEAR_FIRST, _DOTTED):
        found = pattern.fullmatch(told)
        if found is not None:
            return _day(int(found["y"]), int(found["m"]), int(found["d"]))
    for pattern in _NAMED_DATES:
        found = pattern.fullmatch(told)
        if found is not None and found["m"][:3].lower() in _MONTHS:
            return _day(int(found["y"]), _MONTHS.index(found["m"][:3].lower()) + 1, int(found["d"]))
    found = _SLASHED.fullmatch(told)
    if found is None:
        raise Untyped("is not a date", _DATE_REMEDY)
    return _slashed(int(found["a"]), int(found["b"]), int(found["y"]))


def _slashed(first: int, second: int, year: int) -> date:
    """Day and month in either order, where only one order is a date."""
    if first <= 12 and second <= 12 and first != second:
        a, b = _day(year, first, second), _day(year, second, first)
        raise Untyped(f"can be read as {a} or as {b}", _DATE_REMEDY)
    return _day(year, second, first) if first > 12 else _day(year, first, second)


def _day(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Untyped("is not a date of the calendar", _DATE_REMEDY) from None


def moment(text: str, zone: tzinfo) -> datetime:
    """A time in UTC; without an offset it is the person's `zone`, a date alone is its midnight. Raises Untyped."""
    told = " ".join(text.split())
    exact = printed_time(told) if re.match(r"\d{4}-|[A-Z][a-z]{2},? [A-Z]", told) else None
    if exact is None:
        exact = _spoken(told)
    try:
        local = exact if exact.tzinfo is not None else exact.replace(tzinfo=zone)
        return local.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        raise Untyped("is no time that can be kept", _TIME_REMEDY) from None


def _spoken(told: str) -> datetime:
    """A usual date, with or without a clock time after it."""
    words = told.replace(" at ", " ").split(" ")
    for count in range(len(words), 0, -1):
        try:
            found = day(" ".join(words[:count]).rstrip(","))
        except Untyped as wrong:
            if wrong.problem != "is not a date" or count == 1:
                raise Untyped(wrong.problem.replace("is not a date", "is not a date and time"), _TIME_REMEDY) from None
            continue
        return datetime.combine(found, _clock(" ".join(words[count:])))
    raise Untyped("is not a date and time", _TIME_REMEDY)


def _clock(text: str) -> time:
    if not text:
        return time()
    found = _CLOCK.fullmatch(text)
    if found is None or (found["i"] is None and found["half"] is None):
        raise Untyped("is not a date and time", _TIME_REMEDY)
    hour = int(found["h"])
    half = (found["half"] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            raise Untyped("is not a time of day", _TIME_REMEDY)
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found["i"] or 0), int(found["s"] or 0))
    except ValueError:
        raise Untyped("is not a time of day", _TIME_REMEDY) from None


def moment_text(value: str, zone: tzinfo) -> str:
    """A normal time in the person's zone: "2026-11-20 14:30"; with the offset where the clock shows it twice."""
    told = parse_time(value)
    if told is None:
        return value
    try:
        local = told.astimezone(zone)
    except (OverflowError, ValueError):
        return value
    if not local.fold:
        return local.replace(tzinfo=None).isoformat(" ", "seconds" if local.second else "minutes")
    offset = local.utcoffset() or timedelta()
    return value if offset.seconds % 60 else local.isoformat(" ", "seconds")


# -- lists ----------------------------------------------------------------------------------------------------

_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"')


def joined(items: Iterable[str], separators: str = ";") -> str:
    """Texts in one line, those that a separator would break in quotes: `a; "b; c"`."""
    return f"{separators[0]} ".join(quoted(item, separators + '"\n') for item in items)


def quoted(item: str, special: str) -> str:
    """The text itself, or in double quotes (doubled inside) where it holds a special character or outer spaces."""
    if item and item == item.strip() and not any(char in item for char in special):
        return item
    return '"' + item.replace('"', '""') + '"'


def split(text: str, separators: str = ";") -> list[str]:
    """The parts of a line or of lines, quotes kept; separators inside quotes don't count. Raises Untyped."""
    parts, held, place = [], "", 0
    while place < len(text):
        char = text[place]
        if char == '"' and (not held.strip() or held.rstrip().endswith("[")):
            found = _QUOTED.match(text, place)
            if found is None:
                raise Untyped("has a quotation mark that is not closed", 'Write two marks ("") for one.')
            held, place = held + found[0], found.end()
            continue
        if char in separators or char == "\n":
            parts.append(held.strip())
            held = ""
        else:
            held += char
        place += 1
    parts.append(held.strip())
    return [part for part in parts if part]


def unquoted(part: str) -> str:
    """A part without its quotes."""
    found = _QUOTED.fullmatch(part)
    return found[1].replace('""', '"') if found is not None else part


_ENTRY = re.compile(
    r'(?P<value>"(?:[^"]|"")*"|[^"\[\]]*?)\s*(?:\[(?P<label>"(?:[^"]|"")*"|[^\[\]"]*)\])?\s*(?P<star>\*)?'
)


def entry_text(value: str, label: str | None, marked: bool) -> str:
    """An e-mail or phone of several: `a@b.c [Work] *`."""
    special = ';,"\n[]*'
    named = f" [{quoted(label, special)}]" if label else ""
    return quoted(value, special) + named + (" *" if marked else "")


def entry(part: str) -> tuple[str, str | None, bool]:
    """Value, label and mark of an entry; raises Untyped."""
    found = _ENTRY.fullmatch(part)
    if found is None:
        raise Untyped("can't be read", "Write one as name@example.com [Label], several with ; between them.")
    label = unquoted(found["label"]).strip() if found["label"] else None
    return unquoted(found["value"]).strip(), label or None, found["star"] is not None
