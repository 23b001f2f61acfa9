"""Values as requests give them → as they are stored: ids, decimals, dates, choices and look-ups of custom fields."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.modules import Body
from crmdesk.sandbox.schema import Field


class Unreadable(ValueError):
    """A value that is not of its field's kind; the message goes behind the field's label."""


def whole(value: Any) -> int | None:
    """An id given as number or text; None for a blank one, -1 for what is no id."""
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return -1


def decimal(value: Any, precision: int, scale: int) -> Decimal | None:
    """A number with so many digits in all, rounded to so many decimals; Unreadable where it has more before them."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise Unreadable("is not a number")
    try:
        found = Decimal(str(value).strip())
        if not found.is_finite():
            raise Unreadable("is not a number")
        limit = Decimal(10) ** (precision - scale)
        if abs(found) >= limit:
            raise Unreadable(f"must be less than {limit:f}")
        return found.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation:
        raise Unreadable("is not a number") from None


def plain(value: Decimal | None) -> int | float | None:
    """A decimal as a JSON number."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def money(value: Decimal) -> str:
    """A decimal as the text that the CRM prints for money, at least one digit behind the point."""
    text = f"{value.normalize():f}"
    return text if "." in text else f"{text}.0"


def true_or_false(value: Any) -> bool | None:
    """A check box: true, false, 1, 0 and their texts; None for a blank one."""
    if value is None or value == "":
        return None
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise Unreadable("is not true or false")
    return found


def _number(value: Any, _field: Field) -> Any:
    return plain(decimal(value, 15, 4))


def _check(value: Any, _field: Field) -> Any:
    return true_or_false(value)


def _day(value: Any, _field: Field) -> Any:
    moment = _moment(value)
    return None if moment is None else times.day(moment)


def _time(value: Any, _field: Field) -> Any:
    return times.printed(_moment(value), True)


def _moment(value: Any) -> int | None:
    if value is None or value == "":
        return None
    found = times.read(value)
    if found is None:
        raise Unreadable("is not a date")
    return found


def _choice(value: Any, field: Field) -> Any:
    if value is None or value == "":
        return None
    if field.choices and value not in field.choices:
        raise Unreadable(f"has no choice {value}")
    return value


def _choices(value: Any, field: Field) -> Any:
    if value is None or value == "" or value == []:
        return None
    given = value if isinstance(value, list) else str(value).split(";")
    parts = [str(part).strip() for part in given if str(part).strip()]
    for part in parts:
        _choice(part, field)
    return ";".join(dict.fromkeys(parts)) or None


def _look_up(value: Any, _field: Field) -> Any:
    found = whole(value.get("id") if isinstance(value, dict) else value)
    if found == -1:
        raise Unreadable("is not an id")
    return found


def _text(value: Any, _field: Field) -> Any:
    if isinstance(value, (dict, list)):
        raise Unreadable("is not text")
    return value if value is None else str(value)


_READ: dict[str, Callable[[Any, Field], Any]] = {
    "number": _number,
    "decimal": _number,
    "checkbox": _check,
    "date": _day,
    "date_time": _time,
    "date_time_split": _time,
    "dropdown": _choice,
    "radio": _choice,
    "multi_select_dropdown": _choices,
    "auto_complete": _look_up,
}


def custom(given: Body, fields: tuple[Field, ...]) -> tuple[Body, list[str]]:
    """The values of custom fields as they are stored, and what is wrong with them. Unknown names are dropped."""
    known = {field.name: field for field in fields if field.custom}
    stored: Body = {}
    problems = []
    for name, value in given.items():
        field = known.get(name)
        if field is None:
            continue
        try:
            stored[name] = _READ.get(field.kind, _text)(value, field)
        except Unreadable as wrong:
            problems.append(f"{field.label} {wrong}")
    return stored, problems


def nested(changed: Body, fresh: Body, key: str, target: str, label: str) -> list[str]:
    """An account given as an object: one that exists by its id, or one to be made with the record."""
    given = changed.pop(key, None)
    if key not in fresh or given is None:
        return []
    if isinstance(given, dict) and whole(given.get("id")) is not None:
        changed[target] = whole(given["id"])
        return []
    if not isinstance(given, dict) or not str(given.get("name") or "").strip():
        return [f"{label} name can't be blank"]
    changed[target] = None
    changed.setdefault("_nested", {})[target] = given
    return []
