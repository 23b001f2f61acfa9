"""How a value of the CRM reads on the screen: text for cells, keys to sort by.

Knows no Qt and no network. Names of ids come from a `Names` that is asked, never
waited for. An absent key is `NOT_LOADED` and is shown as such; blank stays blank.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Protocol

from crmdesk.crm.values import NOT_LOADED, parse_time

# Shown in a cell whose key the list did not hold. Compared by identity, so that a
# record that really holds these characters is not mistaken for it.
NOT_LOADED_TEXT = "".join(("·", " · ", "·"))
NAMES_ON_THEIR_WAY = "…"
MINUS = "\u2212"

MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "CNY": "CN¥", "KRW": "₩", "ILS": "₪"}
NO_MINOR_UNIT = frozenset({"JPY", "KRW", "CLP", "VND", "ISK", "UGX", "XAF", "XOF", "PYG"})


class Kind(enum.StrEnum):
    """What a value is, which decides its text, its side and its sort key."""

    TEXT = "text"
    LABEL = "label"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    OWNER = "owner"
    NAME = "name"
    CHOICE = "choice"
    BOOL = "bool"
    LIST = "list"
    TARGET = "target"
    TASK_STATUS = "task_status"


RIGHT_KINDS = frozenset({Kind.NUMBER, Kind.MONEY})
QUIET_KINDS = frozenset({Kind.DATE, Kind.MOMENT})


class Names(Protocol):
    """Names for ids, as far as they are known now."""

    def learn(self, side: Mapping[str, Any]) -> None: ...
    def owner(self, owner_id: int | None) -> str: ...
    def name(self, kind: str, value: Any) -> str: ...
    def target(self, kind: str, target_id: Any) -> str: ...
    def currency(self, record: Mapping[str, Any]) -> str: ...


@dataclass(frozen=True)
class Value:
    """What the text of one field is made from."""

    key: str
    kind: Kind
    names: str = ""  # the selector that knows its ids
    choices: Mapping[str, str] = field(default_factory=dict, compare=False, hash=False)
    label_of: Callable[[Mapping[str, Any]], str] | None = field(default=None, compare=False, hash=False)


def look_up(record: Mapping[str, Any], key: str) -> Any:
    """The value under `key`, at the top or among the custom fields; NOT_LOADED if absent."""
    if key in record:
        return record[key]
    custom = record.get("custom_field")
    if isinstance(custom, Mapping) and key in custom:
        return custom[key]
    return NOT_LOADED


@lru_cache(maxsize=20_000)
def moment_text(text: str, zone: tzinfo | None) -> str:
    """`20 Nov 2026 11:36` in the person's zone; unreadable times stay as they came."""
    when = parse_time(text)
    if when is None:
        return text
    local = when.astimezone(zone)
    return f"{local.day:02d} {MONTHS[local.month]} {local.year} {local.hour:02d}:{local.minute:02d}"


@lru_cache(maxsize=20_000)
def date_text(text: str) -> str:
    """`20 Nov 2026`. A date has no zone: the day is the one written."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{day.day:02d} {MONTHS[day.month]} {day.year}"


def decimal_of(value: Any) -> Decimal | None:
    """A number or decimal text as Decimal, else None."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def signed(digits: str) -> str:
    """Digits with a minus sign as wide as a plus, and not a hyphen."""
    return digits.replace("-", MINUS)


def number_text(value: Any) -> str:
    """A number with thousands grouped; anything else as it came."""
    if isinstance(value, int) and not isinstance(value, bool):
        return signed(f"{value:,}")
    number = decimal_of(value)
    if number is None:
        return str(value)
    whole = number.to_integral_value()
    return signed(f"{int(whole):,}" if whole == number else f"{number.normalize():,f}")


def money_text(value: Any, currency: str) -> str:
    """`€ 7,919.00`: the currency's own sign or its code, and no digit lost."""
    number = decimal_of(value)
    if number is None:
        return str(value)
    least = 0 if currency in NO_MINOR_UNIT else 2
    exponent = number.normalize().as_tuple().exponent
    digits = max(least, -exponent if isinstance(exponent, int) and exponent < 0 else 0)
    sign = SYMBOLS.get(currency, currency)
    text = signed(f"{number:,.{digits}f}")
    return f"{sign} {text}" if sign else text


def list_text(value: Any) -> str:
    """Lists of texts, of `{value, is_primary}`, of `{name}` and of `a;b` in one line."""
    if isinstance(value, str):
        return ", ".join(part for part in value.split(";") if part) if ";" in value else value
    if not isinstance(value, Sequence):
        return plain_text(value)
    parts = (_part_text(part) for part in value)
    return ", ".join(part for part in parts if part)


def _part_text(part: Any) -> str:
    if isinstance(part, Mapping):
        for key in ("value", "display_name", "name", "title", "email", "id"):
            if part.get(key) not in (None, ""):
                return str(part[key])
        return ""
    return "" if part is None else str(part)


def plain_text(value: Any) -> str:
    """Any value as one line of plain text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _part_text(value)
    if isinstance(value, (list, tuple)):
        return list_text(value)
    return str(value)


def one_line(text: str) -> str:
    """A cell holds one line: breaks and tabs become spaces."""
    return " ".join(text.split()) if ("\n" in text or "\r" in text or "\t" in text) else text


TASK_STATUSES = {0: "Open", 1: "Completed"}


Maker = Callable[[Mapping[str, Any]], str]


class Texts:
    """Turns values of records into text, for one zone and one source of names."""

    def __init__(self, names: Names, zone: tzinfo | None = None) -> None:
        self.names = names
        self.zone = zone

    def text(self, value: Value, record: Mapping[str, Any]) -> str:
        """The display text of one field; NOT_LOADED_TEXT when its key is absent."""
        return self.maker(value)(record)

    def maker(self, value: Value) -> Maker:
        """A function record → text, chosen once per column."""
        if value.kind is Kind.LABEL and value.label_of is not None:
            label_of = value.label_of
            return lambda record: one_line(label_of(record))
        if value.kind is Kind.OWNER:
            return self._owner_maker(value)
        convert = self._converter(value)
        key = value.key

        def make(record: Mapping[str, Any]) -> str:
            found = record[key] if key in record else look_up(record, key)
            if found is NOT_LOADED:
                return NOT_LOADED_TEXT
            if found is None or found == "":
                return ""
            return convert(found, record)

        return make

    def _owner_maker(self, value: Value) -> Maker:
        key, owner, owned = value.key, self.names.owner, value.key == "owner_id"

        def make(record: Mapping[str, Any]) -> str:
            found = look_up(record, key)
            if found is NOT_LOADED:
                return NOT_LOADED_TEXT
            return owner(found) if found is not None or owned else ""

        return make

    def _converter(self, value: Value) -> Callable[[Any, Mapping[str, Any]], str]:
        names, zone, choices, selector = self.names, self.zone, value.choices, value.names
        if value.kind is Kind.MONEY:
            return lambda found, record: money_text(found, names.currency(record))
        simple: dict[Kind, Callable[[Any], str]] = {
            Kind.NUMBER: number_text,
            Kind.MOMENT: lambda found: moment_text(str(found), zone),
            Kind.DATE: lambda found: date_text(str(found)),
            Kind.BOOL: plain_text,
            Kind.TASK_STATUS: lambda found: TASK_STATUSES.get(found, str(found)),
            Kind.CHOICE: lambda found: _choice_text(found, choices),
            Kind.LIST: lambda found: one_line(_choices_text(found, choices)),
            Kind.NAME: lambda found: names.name(selector, found),
            Kind.TARGET: lambda found: _target_text(found, names),
        }
        convert = simple.get(value.kind, lambda found: one_line(plain_text(found)))
        return lambda found, record: convert(found)


def _choice_text(found: Any, choices: Mapping[str, str]) -> str:
    return choices.get(str(found)) or one_line(plain_text(found))


def _choices_text(found: Any, choices: Mapping[str, str]) -> str:
    if choices and isinstance(found, str):
        found = found.split(";")
    if choices and isinstance(found, (list, tuple)):
        return ", ".join(choices.get(str(part)) or _part_text(part) for part in found)
    return list_text(found)


def _target_text(found: Any, names: Names) -> str:
    """The record an activity belongs to: its name when side-loaded, else its type and id."""
    target = found[0] if isinstance(found, list) and found else found
    if not isinstance(target, Mapping):
        return plain_text(found)
    return names.target(str(target.get("type", "")), target.get("id"))


# -- sorting ------------------------------------------------------------------------

# Combining marks of Latin, Greek and Cyrillic, Hebrew points and Arabic vowel signs.
MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]")
VALUE, BLANK, UNKNOWN = 0, 1, 2  # blank goes after values, not loaded after blank, either way round


def sort_key(value: Value, record: Mapping[str, Any], text: str) -> tuple[int, float | str]:
    """(VALUE | BLANK | UNKNOWN, key): what SQLite orders the rows by."""
    if text is NOT_LOADED_TEXT:
        return UNKNOWN, ""
    if text == "":
        return BLANK, ""
    if value.kind in RIGHT_KINDS:
        number = decimal_of(look_up(record, value.key))
        return (VALUE, float(number)) if number is not None else (VALUE, folded(text))
    if value.kind in QUIET_KINDS:
        return VALUE, _instant(look_up(record, value.key), value.kind)
    return VALUE, folded(text)


def _instant(found: Any, kind: Kind) -> float | str:
    if kind is Kind.DATE:
        return str(found)[:10]
    when: datetime | None = parse_time(str(found))
    return when.timestamp() if when is not None else str(found)


def folded(text: str) -> str:
    """Text for comparing: without case and accents, so that Ågård stands by Agard."""
    if text.isascii():
        return text.casefold()
    return MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
