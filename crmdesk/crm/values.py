"""Values as the CRM writes them: times, money, and the value of a key that was not sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, final


@final
class NotLoaded:
    """The value of a field that an answer did not hold. It is not blank: blank is None."""

    _only: NotLoaded | None = None

    def __new__(cls) -> NotLoaded:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "not loaded"

    def __copy__(self) -> NotLoaded:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> NotLoaded:
        return self

    def __reduce__(self) -> tuple[type[NotLoaded], tuple[()]]:
        return NotLoaded, ()


NOT_LOADED: Final = NotLoaded()


# What JavaScript prints, as the reference's own examples send times: "Tue Jun 21 2016 11:00:00 GMT+0000 (UTC)".
_JAVASCRIPT: Final = re.compile(
    r"[A-Z][a-z]{2},? ([A-Z][a-z]{2}) (\d{1,2}) (\d{4}) (\d{2}:\d{2}(?::\d{2})?)"
    r"(?: (?:GMT|UTC)([+-]\d{4})?)?(?: \(.*\))?",
    re.ASCII,
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def printed_time(text: object) -> datetime | None:
    """A date or time in any documented form (Date Fields), as it is printed: aware only where it names an offset."""
    if not isinstance(text, str) or not text:
        return None
    told = text.strip()
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        found = _JAVASCRIPT.fullmatch(told)
    if found is None or found[1] not in _MONTHS:
        return None
    month, day = _MONTHS.index(found[1]) + 1, int(found[2])
    try:
        return datetime.fromisoformat(f"{found[3]}-{month:02}-{day:02}T{found[4]}{found[5] or ''}")
    except ValueError:
        return None


def parse_time(text: object) -> datetime | None:
    """A time of the CRM in UTC, or None if it is none; without an offset it is UTC (Date Fields)."""
    moment = printed_time(text)
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def money(value: object) -> Decimal | None:
    """An amount from text or a number ("23456.0"); None for blank or what is no finite amount."""
    if value is None or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def whole(value: object) -> int | None:
    """An id or a count from a number or its text; None for blank or anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and text.lstrip("-").isdigit() and len(text) <= 30:
            return int(text)
    return None
