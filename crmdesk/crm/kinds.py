"""What kind of value a field holds, the one form in which the program keeps it, and the form the API wants.

Pure data and functions; no request, no names. A value in normal form is JSON: it goes into the journal, drafts,
editors and files as it is. `normal` takes whatever the CRM sends, `wire` gives what a write sends. A value that
can't be understood stays as it came: it is shown and compared, never lost.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from crmdesk.crm.values import NOT_LOADED, parse_time, printed_time, whole
from crmdesk.crm.zones import rails_name

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.crm.schema import Field


class Kind(enum.StrEnum):
    """The kinds of value; each line says the normal form (blank is None for all of them)."""

    RAW = "raw"  # as it came
    TEXT = "text"  # text
    LONG_TEXT = "long_text"  # text, lines end with \n
    NUMBER = "number"  # int; canonical decimal text when it has a fraction
    DECIMAL = "decimal"  # canonical decimal text: "1234.5"
    MONEY = "money"  # canonical decimal text
    DATE = "date"  # "YYYY-MM-DD"
    TIME = "time"  # a date and time: "YYYY-MM-DDTHH:MM:SSZ"
    CHECKBOX = "checkbox"  # bool
    CHOICE_ID = "choice_id"  # int id (text where an id is no number): choices of system fields
    CHOICE_TEXT = "choice_text"  # the choice's text: choices of custom fields
    MULTI_ID = "multi_id"  # list of ids
    MULTI_TEXT = "multi_text"  # list of texts, in the CRM's order
    LOOKUP = "lookup"  # int id of a record
    USER = "user"  # int id of a user
    EMAILS = "emails"  # list of {value, label?, is_primary}, one of them primary
    PHONES = "phones"  # list of {value, label?, is_primary}
    TAGS = "tags"  # list of texts
    SUBSCRIPTION = "subscription"  # sorted list of ids of subscription types
    LINE = "line"  # a line of a relation: True, or a mapping of its own fields
    ZONE = "zone"  # Rails name of a time zone
    URL = "url"  # text
    EMAIL = "email"  # text
    PHONE = "phone"  # text


TEXT_KINDS: Final = frozenset((Kind.TEXT, Kind.LONG_TEXT, Kind.URL, Kind.EMAIL, Kind.PHONE))
NUMBER_KINDS: Final = frozenset((Kind.NUMBER, Kind.DECIMAL, Kind.MONEY))
ID_KINDS: Final = frozenset((Kind.CHOICE_ID, Kind.LOOKUP, Kind.USER))
CHOICE_KINDS: Final = frozenset((Kind.CHOICE_ID, Kind.CHOICE_TEXT, Kind.MULTI_ID, Kind.MULTI_TEXT))
LIST_KINDS: Final = frozenset((Kind.MULTI_ID, Kind.MULTI_TEXT, Kind.TAGS, Kind.SUBSCRIPTION, Kind.EMAILS, Kind.PHONES))

_BY_TYPE: Final[Mapping[str, Kind]] = {
    "text": Kind.TEXT,
    "textarea": Kind.LONG_TEXT,
    "paragraph": Kind.LONG_TEXT,
    "number": Kind.NUMBER,
    "decimal": Kind.DECIMAL,
    "percentage": Kind.DECIMAL,
    "currency": Kind.MONEY,
    "date": Kind.DATE,
    "date_time": Kind.TIME,
    "date_time_split": Kind.TIME,
    "datetime": Kind.TIME,
    "checkbox": Kind.CHECKBOX,
    "boolean": Kind.CHECKBOX,
    "url": Kind.URL,
    "email": Kind.EMAIL,
    "phone": Kind.PHONE,
    "phone_number": Kind.PHONE,
}
_CHOICES: Final = frozenset(("dropdown", "radio"))
_USERS: Final = frozenset(("owner_id", "creater_id", "creator_id", "updater_id", "user_id"))
# Fields that every account has and whose kind their type doesn't tell (reference: the modules' attribute tables).
_BY_NAME: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(_USERS, Kind.USER),
    "emails": Kind.EMAILS,
    "phone_numbers": Kind.PHONES,
    "tags": Kind.TAGS,
    "subscription_types": Kind.SUBSCRIPTION,
    "email": Kind.EMAIL,
    "work_email": Kind.EMAIL,
    "website": Kind.URL,
    "phone": Kind.PHONE,
    "work_number": Kind.PHONE,
    "mobile_number": Kind.PHONE,
    "amount": Kind.MONEY,
    "annual_revenue": Kind.MONEY,
    "base_currency_amount": Kind.MONEY,
    "expected_deal_value": Kind.MONEY,
    "open_deals_amount": Kind.MONEY,
    "won_deals_amount": Kind.MONEY,
    "time_zone": Kind.CHOICE_TEXT,
    "category": Kind.CHOICE_TEXT,
    "stage": Kind.CHOICE_TEXT,
    "document_type": Kind.CHOICE_TEXT,
    "cpq_document_template_name": Kind.CHOICE_TEXT,
    "targetable_type": Kind.CHOICE_TEXT,
    "currency_code": Kind.CHOICE_TEXT,
    "sales_accounts": Kind.RAW,
    "contacts": Kind.RAW,
    "targetable": Kind.RAW,
}


def kind_of(spec: ModuleSpec, field: Field) -> Kind:
    """The kind of a field's values; a type that isn't known is RAW."""
    if ":" in field.name:
        return Kind.LINE
    if not field.custom:
        if field.name == "time_zone" and spec.key == "appointments":
            return Kind.ZONE
        if field.name in _BY_NAME:
            return _BY_NAME[field.name]
    if field.type in _CHOICES:
        return Kind.CHOICE_TEXT if field.custom else Kind.CHOICE_ID
    if field.type == "multi_select_dropdown":
        return Kind.MULTI_TEXT if field.custom else Kind.MULTI_ID
    if field.type == "auto_complete":
        return _kind_of_lookup(field)
    # The settings call the check-in times of activities "date"; the reference says datetime.
    if field.type == "date" and not field.custom and field.name.endswith("_at"):
        return Kind.TIME
    return _BY_TYPE.get(field.type, Kind.RAW)


def _kind_of_lookup(field: Field) -> Kind:
    if (field.lookup or "").lower() in ("user", "users", "owner", "sales_owner"):
        return Kind.USER
    return Kind.LOOKUP if field.custom or field.name.endswith("_id") or field.lookup else Kind.RAW


def normal(kind: Kind, value: Any) -> Any:
    """The one comparable form of a value as the CRM sends it; idempotent; what isn't understood stays as it came."""
    if value is None or value is NOT_LOADED:
        return value
    if isinstance(value, str) and not value.strip() and kind is not Kind.RAW:
        return None
    return _NORMAL[kind](value)


def wire(kind: Kind, value: Any, *, custom: bool) -> Any:
    """A value as a write sends it: custom choices and lookups as text, system ones as ids, blank as null."""
    kept = normal(kind, value)
    if kept is None or kept is NOT_LOADED:
        return None
    if kind is Kind.LOOKUP and custom and type(kept) is int:
        return str(kept)
    encode = _WIRE.get(kind)
    return kept if encode is None else encode(kept)


def wire_values(values: Mapping[str, Any], kinds: Mapping[str, Kind], *, all_day: bool = False) -> dict[str, Any]:
    """A whole write: each value by its kind (RAW where none is known), an all-day appointment's times as dates.

    `all_day` says that the record is all-day already; `is_allday` among the values says it, too.
    """
    sent = {
        name: wire(kinds.get(name, Kind.RAW), value, custom=name.startswith("cf_")) for name, value in values.items()
    }
    if sent.get("is_allday", all_day) is True:
        for name in ("from_date", "end_date"):
            if isinstance(sent.get(name), str):
                sent[name] = sent[name][:10]
    return sent


def group_wire(kind: Kind, value: Any, current: Any) -> Any:
    """E-mails or phones as a write sends them, with the ids of those that `current` (as the CRM sent it) holds.

    Those of `current` that `value` lacks are sent with `_destroy`, as the reference removes nested entries.
    """
    entries = wire(kind, value, custom=False) or []
    if not isinstance(entries, list) or not isinstance(current, list):
        return entries
    held = {str(item["value"]).casefold(): item for item in current if isinstance(item, Mapping) and item.get("value")}
    named = []
    for entry in entries:
        known = held.pop(str(entry["value"]).casefold(), None)
        named.append({"id": known["id"], **entry} if known is not None and known.get("id") is not None else entry)
    gone = [{"id": item["id"], "value": item["value"], "_destroy": True} for item in held.values() if item.get("id")]
    return named + gone


# -- normal forms ---------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST_EXPONENT = 350  # any number that JSON can hold


def decimal_of(value: Any) -> Decimal | None:
    """The exact number that a value of the CRM or a canonical text stands for; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = repr(value) if isinstance(value, float) else str(value).strip()
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    return number if isinstance(exponent, int) and abs(exponent) <= _LONGEST_EXPONENT else None


def decimal_text(number: Decimal) -> str:
    """Canonical text of a number: no exponent, no zeros that say nothing."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "", "-") else text.removeprefix("+")


def _as_is(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return str(value)


def _stripped(value: Any) -> Any:
    kept = _text(value)
    return kept.strip() if isinstance(kept, str) else kept


def _decimal(value: Any) -> Any:
    number = decimal_of(value)
    return value if number is None else decimal_text(number)


def _number(value: Any) -> Any:
    number = decimal_of(value)
    if number is None:
        return value
    text = decimal_text(number)
    return text if "." in text else int(text)


def _date(value: Any) -> Any:
    moment = printed_time(value)
    return value if moment is None else moment.date().isoformat()


def _time(value: Any) -> Any:
    moment = parse_time(value)
    if moment is None:
        return value
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


_YES: Final = frozenset(("true", "1", "t", "yes"))
_NO: Final = frozenset(("false", "0", "f", "no"))


def _checkbox(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if said in _YES else False if said in _NO else value


_NO_ID: Final = 10**20  # ids have 64 bits; a longer number is none


def _id(value: Any) -> Any:
    number = whole(value)
    if number is not None and abs(number) < _NO_ID:
        return number
    return value.strip() if isinstance(value, str) else value


def _items(value: Any, separator: str) -> list[str] | None:
    """The texts of a list, of choices as objects, or of separated text; None where something else is inside."""
    parts = value.split(separator) if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)):
        parts = [parts]
    found: list[str] = []
    for part in parts:
        held = part.get("value", part.get("name")) if isinstance(part, Mapping) else part
        if isinstance(held, bool) or not isinstance(held, (str, int, float)):
            return None
        text = str(held).strip()
        if text and text not in found:
            found.append(text)
    return found


def _texts(value: Any) -> Any:
    found = _items(value, ";")
    return value if found is None else found or None


def _tags(value: Any) -> Any:
    found = _items(value, ",")
    return value if found is None else found or None


def _ids(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        value = [item.get("id", item) if isinstance(item, Mapping) else item for item in value]
    found = _items(value, ";")
    return value if found is None else [_id(item) for item in found] or None


def _subscription(value: Any) -> Any:
    found = _ids(value)
    return sorted(found) if isinstance(found, list) and all(type(item) is int for item in found) else found


def _group(value: Any, *, needs_primary: bool) -> Any:
    listed = [value] if isinstance(value, (str, Mapping)) else value
    if not isinstance(listed, (list, tuple)):
        return value
    found: list[dict[str, Any]] = []
    for item in listed:
        entry = {"value": item} if isinstance(item, str) else item
        if not isinstance(entry, Mapping) or not isinstance(entry.get("value"), str):
            return value
        held = entry["value"].strip()
        if not held or entry.get("_destroy") is True:
            continue
        kept: dict[str, Any] = {"value": held}
        if isinstance(entry.get("label"), str) and entry["label"].strip():
            kept["label"] = entry["label"].strip()
        kept["is_primary"] = entry.get("is_primary") is True and not any(other["is_primary"] for other in found)
        found.append(kept)
    if needs_primary and found and not any(entry["is_primary"] for entry in found):
        found[0]["is_primary"] = True
    return found or None


def _emails(value: Any) -> Any:
    return _group(value, needs_primary=True)


def _phones(value: Any) -> Any:
    return _group(value, needs_primary=False)


_LINE_FIELDS: Final[Mapping[str, Kind]] = {
    "quantity": Kind.NUMBER,
    "billing_cycle": Kind.NUMBER,
    "billing_type": Kind.NUMBER,
    "discount": Kind.DECIMAL,
    "unit_price": Kind.MONEY,
    "setup_fee": Kind.MONEY,
    "is_primary": Kind.CHECKBOX,
    "designation_id": Kind.CHOICE_ID,
    "user_id": Kind.USER,
    "id": Kind.LOOKUP,
}


def _line(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    kept = {key: normal(_LINE_FIELDS.get(key, Kind.RAW), held) for key, held in value.items()}
    return {key: held for key, held in kept.items() if held is not None}


def _zone(value: Any) -> Any:
    return (rails_name(value.strip()) or value.strip()) if isinstance(value, str) else value


_NORMAL: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.RAW: _as_is,
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DECIMAL: _decimal,
    Kind.MONEY: _decimal,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.CHECKBOX: _checkbox,
    Kind.CHOICE_ID: _id,
    Kind.CHOICE_TEXT: _text,
    Kind.MULTI_ID: _ids,
    Kind.MULTI_TEXT: _texts,
    Kind.LOOKUP: _id,
    Kind.USER: _id,
    Kind.EMAILS: _emails,
    Kind.PHONES: _phones,
    Kind.TAGS: _tags,
    Kind.SUBSCRIPTION: _subscription,
    Kind.LINE: _line,
    Kind.ZONE: _zone,
    Kind.URL: _stripped,
    Kind.EMAIL: _stripped,
    Kind.PHONE: _stripped,
}


# -- wire forms -----------------------------------------------------------------------------------------------


def _json_number(kept: Any) -> Any:
    """The reference sends numbers; one that a JSON number would round goes as text."""
    number = decimal_of(kept)
    if number is None or isinstance(kept, int):
        return kept
    text = decimal_text(number)
    if "." not in text:
        return int(text)
    rounded = float(text)
    return rounded if decimal_of(rounded) == number else text


def _joined(kept: Any) -> Any:
    """Text joined by `;`, as documented; a list where a choice itself holds one."""
    if not isinstance(kept, list) or not all(type(item) in (str, int) for item in kept):
        return kept
    return list(kept) if any(";" in str(item) for item in kept) else ";".join(str(item) for item in kept)


def _line_wire(kept: Any) -> Any:
    if not isinstance(kept, Mapping):
        return kept
    return {key: wire(_LINE_FIELDS.get(key, Kind.RAW), held, custom=False) for key, held in kept.items()}


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("value"), str)


def _entries(kept: Any) -> Any:
    if not isinstance(kept, list) or not all(_is_entry(entry) for entry in kept):
        return kept
    return [{**entry, "_destroy": False} for entry in kept]


_WIRE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.NUMBER: _json_number,
    Kind.DECIMAL: _json_number,
    Kind.MONEY: _json_number,
    Kind.MULTI_TEXT: _joined,
    Kind.SUBSCRIPTION: _joined,
    Kind.EMAILS: _entries,
    Kind.PHONES: _entries,
    Kind.LINE: _line_wire,
}
