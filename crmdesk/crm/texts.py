"""Between a person's text and a value: cells, paste, import, the command line.

`from_text` gives the normal form or raises BadValue naming field, text and remedy; `to_text` gives what from_text
reads back to the same value. Names come from a `Names` that is asked, never waited for: no request is made here.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from crmdesk.config.errors import InputError
from crmdesk.crm import typed
from crmdesk.crm.directory import NOBODY, OWNERS
from crmdesk.crm.fixed_schema import EMPLOYEE_RANGES
from crmdesk.crm.kinds import ID_KINDS, NUMBER_KINDS, TEXT_KINDS, Kind, decimal_text, kind_of, normal
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import KnownNames, Named, Names, lookup_module, options
from crmdesk.crm.schema import Field
from crmdesk.crm.values import NOT_LOADED, whole
from crmdesk.crm.zones import RAILS, rails_name

__all__ = [
    "BadValue",
    "KnownNames",
    "Named",
    "Names",
    "column_writer",
    "from_text",
    "lookup_module",
    "options",
    "to_text",
]

YES, NO = "yes", "no"


class BadValue(InputError):
    """A text that is no value of its field. `subject` is the field's label; `field` its name; `text` what was said."""

    def __init__(self, field: Field, text: str, problem: str, remedy: str = "") -> None:
        shown = text if len(text) <= 80 else text[:79] + "…"
        super().__init__(f"{field.label}: “{shown}” {problem}.", subject=field.label, remedy=remedy)
        self.field = field.name
        self.text = text


# -- from a person's text -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """One field that is being read or written."""

    spec: ModuleSpec
    field: Field
    kind: Kind
    names: Names
    zone: tzinfo

    def bad(self, text: str, problem: str, remedy: str = "") -> BadValue:
        return BadValue(self.field, text, problem, remedy)


def from_text(text: str, spec: ModuleSpec, field: Field, names: Names, zone: tzinfo) -> Any:
    """A person's text as the field's normal value; blank is None. Raises BadValue."""
    kind = kind_of(spec, field)
    asked = _Asked(spec, field, kind, names, zone)
    if kind in TEXT_KINDS:
        return normal(kind, text if kind in (Kind.TEXT, Kind.LONG_TEXT) else text.strip())
    if not text.strip():
        return None
    try:
        return _READ[kind](text if kind is Kind.CHOICE_TEXT else text.strip(), asked)
    except typed.Untyped as wrong:
        raise asked.bad(text.strip(), wrong.problem, wrong.remedy) from None


def _read_raw(text: str, asked: _Asked) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _read_number(text: str, asked: _Asked) -> Any:
    found = typed.number(text, thousands=asked.kind is not Kind.DECIMAL)
    return normal(asked.kind, decimal_text(found))


def _read_date(text: str, asked: _Asked) -> Any:
    return typed.day(text).isoformat()


def _read_time(text: str, asked: _Asked) -> Any:
    return normal(Kind.TIME, typed.moment(text, asked.zone).isoformat())


_SAID_YES: Final = frozenset((YES, "y", "true", "t", "1", "on", "x", "✓", "✔", "☑", "done"))
_SAID_NO: Final = frozenset((NO, "n", "false", "f", "0", "off", "☐", "not done"))


def _read_checkbox(text: str, asked: _Asked) -> Any:
    said = text.casefold()
    if said in _SAID_YES:
        return True
    if said in _SAID_NO:
        return False
    raise asked.bad(text, "is neither yes nor no", "Write yes or no; leave it empty for blank.")


def _read_choice_id(text: str, asked: _Asked) -> Any:
    listed = options(asked.spec, asked.field, asked.names)
    found = _find(text, listed, asked)
    if found is not None:
        return found.id
    number = whole(text.removeprefix("#"))
    if number is not None:
        if asked.field.name == "number_of_employees" and not text.startswith("#") and number > 0:
            return max(start for start in EMPLOYEE_RANGES if start <= number)
        return number
    raise _unlisted(text, listed, asked)


def _read_choice_text(text: str, asked: _Asked) -> Any:
    listed = options(asked.spec, asked.field, asked.names)
    if not listed:
        return normal(Kind.CHOICE_TEXT, text)
    told = text.strip()
    found = _find(told, listed, asked) or _with_id(told, listed)
    if found is None:
        raise _unlisted(told, listed, asked)
    return found.name


def _with_id(text: str, listed: Sequence[Named]) -> Named | None:
    wanted = text.removeprefix("#")
    return next((item for item in listed if str(item.id) == wanted), None)


def _find(text: str, listed: Sequence[Named], asked: _Asked) -> Named | None:
    """The only one that is called so; exact case first, then any; names with their group in brackets too."""
    folded = text.casefold()
    ways: tuple[Callable[[Named], bool], ...] = (
        lambda item: item.name.strip() == text,
        lambda item: item.name.strip().casefold() == folded,
        lambda item: bool(item.group) and _with_group(item).casefold() == folded,
        lambda item: bool(item.email) and item.email.casefold() == folded,
    )
    for way in ways:
        found = [item for item in listed if way(item)]
        if len({item.id for item in found}) == 1 or (found and asked.kind in (Kind.CHOICE_TEXT, Kind.MULTI_TEXT)):
            return found[0]
        if found:
            raise _ambiguous(text, found, asked)
    return None


def _with_group(item: Named) -> str:
    return f"{item.name} ({item.group})" if item.group else item.name


def _ambiguous(text: str, found: Sequence[Named], asked: _Asked) -> BadValue:
    told = ", ".join(f"{item.email or _with_group(item)} (id {item.id})" for item in found[:8])
    return asked.bad(text, f"names {len(found)}", f"Write the id of the one that is meant: {told}.")


def _unlisted(text: str, listed: Sequence[Named], asked: _Asked) -> BadValue:
    names = list(dict.fromkeys(item.name for item in listed))
    near = difflib.get_close_matches(text, names, 3, 0.6)
    if near:
        remedy = f"Did you mean {' or '.join(f'“{name}”' for name in near)}?"
    elif names:
        remedy = f"It can be {', '.join(names[:8])}{' …' if len(names) > 8 else ''}."
    else:
        remedy = "Write its id, or load the names first."
    return asked.bad(text, "is not one of its choices", remedy)


def _read_user(text: str, asked: _Asked) -> Any:
    number = whole(text.removeprefix("#"))
    if number is not None:
        return number
    listed = asked.names.items(OWNERS) or options(asked.spec, asked.field, asked.names)
    if text.casefold() == NOBODY:
        return None
    found = _find(text, listed, asked)
    if found is None:
        near = difflib.get_close_matches(text, [item.name for item in listed], 3, 0.6)
        hint = f"Did you mean {' or '.join(f'“{name}”' for name in near)}?" if near else ""
        raise asked.bad(text, "is no user of the account", hint or "Name a user by name, e-mail address or id.")
    return found.id


def _read_lookup(text: str, asked: _Asked) -> Any:
    number = whole(text.removeprefix("#"))
    if number is not None:
        return number
    module = lookup_module(asked.spec, asked.field)
    found = asked.names.records(module, text) if module is not None else ()
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(map(str, found[:8]))
        raise asked.bad(text, f"names {len(found)} records", f"Write the id of the one that is meant: {ids}.")
    raise asked.bad(text, "is no record that is known here", "Write the record's id, or look it up first.")


def _read_each(text: str, asked: _Asked, read: Callable[[str, _Asked], Any], separators: str = ";") -> list[Any]:
    """The parts of a list; a line that is one choice as a whole is not taken apart."""
    if any(mark in text for mark in separators) and not text.startswith('"'):
        wanted = text.casefold()
        for item in options(asked.spec, asked.field, asked.names):
            if item.name.casefold() == wanted:
                return [read(text, asked)]
    return [read(typed.unquoted(part), asked) for part in typed.split(text, separators)]


def _read_multi_text(text: str, asked: _Asked) -> Any:
    return normal(Kind.MULTI_TEXT, _read_each(text, asked, _read_choice_text))


def _read_multi_id(text: str, asked: _Asked) -> Any:
    return normal(asked.kind, _read_each(text, asked, _read_choice_id))


def _read_tags(text: str, asked: _Asked) -> Any:
    return normal(Kind.TAGS, [typed.unquoted(part) for part in typed.split(text, ";,")])


def _read_group(text: str, asked: _Asked) -> Any:
    entries = []
    for part in typed.split(text, ";," if asked.kind is Kind.EMAILS else ";"):
        value, label, marked = typed.entry(part)
        entries.append({"value": value, "label": label, "is_primary": marked})
    return normal(asked.kind, entries)


def _read_line(text: str, asked: _Asked) -> Any:
    if text.casefold() in (YES, "true"):
        return True
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise asked.bad(text, "is no line", 'Write yes, or its values: {"quantity": 2, "discount": 10}.')
    return normal(Kind.LINE, found)


def _read_zone(text: str, asked: _Asked) -> Any:
    found = rails_name(text)
    if found is None:
        near = difflib.get_close_matches(text, RAILS, 3, 0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Write one such as London or Europe/London."
        raise asked.bad(text, "is no time zone that the CRM knows", hint)
    return found


def _read_text(text: str, asked: _Asked) -> Any:
    return normal(asked.kind, text)


_READ: Final[Mapping[Kind, Callable[[str, _Asked], Any]]] = {
    **dict.fromkeys(TEXT_KINDS, _read_text),
    **dict.fromkeys(NUMBER_KINDS, _read_number),
    Kind.RAW: _read_raw,
    Kind.DATE: _read_date,
    Kind.TIME: _read_time,
    Kind.CHECKBOX: _read_checkbox,
    Kind.CHOICE_ID: _read_choice_id,
    Kind.CHOICE_TEXT: _read_choice_text,
    Kind.MULTI_ID: _read_multi_id,
    Kind.MULTI_TEXT: _read_multi_text,
    Kind.LOOKUP: _read_lookup,
    Kind.USER: _read_user,
    Kind.EMAILS: _read_group,
    Kind.PHONES: _read_group,
    Kind.TAGS: _read_tags,
    Kind.SUBSCRIPTION: _read_multi_id,
    Kind.LINE: _read_line,
    Kind.ZONE: _read_zone,
}


# -- to a person's text ---------------------------------------------------------------------------------------


def to_text(value: Any, spec: ModuleSpec, field: Field, names: Names, zone: tzinfo) -> str:
    """The text that `from_text` reads back to the same value; "" for blank and for what isn't loaded."""
    kind = kind_of(spec, field)
    kept = normal(kind, value)
    if kept is None or kept is NOT_LOADED:
        return ""
    asked = _Asked(spec, field, kind, names, zone)
    write = _WRITE.get(kind)
    if write is not None and isinstance(kept, _HELD.get(kind, object)):
        return write(kept, asked)
    text: str = kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False)
    return text


def column_writer(spec: ModuleSpec, field: Field, names: Names, zone: tzinfo) -> Callable[[Any], str]:
    """`to_text` for many rows of one field: each id is named once. For names that stay as they are meanwhile."""
    named = kind_of(spec, field) in ID_KINDS
    seen: dict[Any, str] = {}

    def write(value: Any) -> str:
        if not named or not isinstance(value, (int, str)):
            return to_text(value, spec, field, names, zone)
        if value not in seen:
            seen[value] = to_text(value, spec, field, names, zone)
        return seen[value]

    return write


def _write_raw(value: Any, asked: _Asked) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value == value.strip() and value and _read_raw(value, asked) == value:
        return value
    return text


def _write_number(value: Any, asked: _Asked) -> str:
    return str(value)


def _write_time(value: str, asked: _Asked) -> str:
    return typed.moment_text(value, asked.zone)


def _write_checkbox(value: bool, asked: _Asked) -> str:
    return YES if value else NO


def _named_text(value: Any, listed: Iterable[Named], read: Callable[[str, _Asked], Any], asked: _Asked) -> str:
    """The name of an id if it reads back to it, else its e-mail, its name with its group, or the id itself."""
    found = next((item for item in listed if item.id == value), None)
    told: tuple[str, ...] = (found.name, found.email, _with_group(found)) if found is not None else ()
    for text in (*told, str(value)):
        if text and text == text.strip() and _reads_back(text, value, read, asked):
            return text
    return f"#{value}"


def _reads_back(text: str, value: Any, read: Callable[[str, _Asked], Any], asked: _Asked) -> bool:
    try:
        return bool(read(text, asked) == value)
    except InputError:
        return False


def _write_choice_id(value: Any, asked: _Asked) -> str:
    return _named_text(value, options(asked.spec, asked.field, asked.names), _read_choice_id, asked)


def _write_user(value: Any, asked: _Asked) -> str:
    listed = asked.names.items(OWNERS) or options(asked.spec, asked.field, asked.names)
    return _named_text(value, listed, _read_user, asked)


def _write_lookup(value: Any, asked: _Asked) -> str:
    module = lookup_module(asked.spec, asked.field)
    label = asked.names.record(module, value) if module is not None and isinstance(value, int) else None
    return _named_text(value, (Named(value, label),) if label else (), _read_lookup, asked)


def _write_multi_id(value: Sequence[Any], asked: _Asked) -> str:
    return _apart([_write_choice_id(item, asked) for item in value], asked)


def _write_multi_text(value: Sequence[Any], asked: _Asked) -> str:
    return _apart([str(item) for item in value], asked)


def _apart(items: Sequence[str], asked: _Asked) -> str:
    """The items in one line; the first in quotes where the line as a whole is the name of another choice."""
    line = typed.joined(items)
    known = {item.name.casefold() for item in options(asked.spec, asked.field, asked.names)}
    if len(items) < 2 or line.casefold() not in known:
        return line
    return f"{typed.quoted(items[0], items[0])}; {typed.joined(items[1:])}"


def _write_tags(value: Sequence[Any], asked: _Asked) -> str:
    return typed.joined(map(str, value), ";,")


def _write_group(value: Sequence[Any], asked: _Asked) -> str:
    """The primary is marked where its place doesn't tell: not first, or among phones, which need none."""
    if not all(isinstance(item, Mapping) and "is_primary" in item for item in value):
        return json.dumps(value, ensure_ascii=False)
    entries = []
    for place, item in enumerate(value):
        marked = item["is_primary"] and (place > 0 or asked.kind is Kind.PHONES)
        entries.append(typed.entry_text(item["value"], item.get("label"), marked))
    return "; ".join(entries)


def _write_line(value: Any, asked: _Asked) -> str:
    return YES if value is True else json.dumps(value, ensure_ascii=False, sort_keys=True)


_HELD: Final[Mapping[Kind, type | tuple[type, ...]]] = {
    **dict.fromkeys(NUMBER_KINDS, (int, str)),
    **dict.fromkeys(ID_KINDS, (int, str)),
    Kind.TIME: str,
    Kind.CHECKBOX: bool,
    Kind.MULTI_ID: list,
    Kind.MULTI_TEXT: list,
    Kind.TAGS: list,
    Kind.SUBSCRIPTION: list,
    Kind.EMAILS: list,
    Kind.PHONES: list,
}
_WRITE: Final[Mapping[Kind, Callable[[Any, _Asked], str]]] = {
    **dict.fromkeys(NUMBER_KINDS, _write_number),
    Kind.RAW: _write_raw,
    Kind.TIME: _write_time,
    Kind.CHECKBOX: _write_checkbox,
    Kind.CHOICE_ID: _write_choice_id,
    Kind.MULTI_ID: _write_multi_id,
    Kind.MULTI_TEXT: _write_multi_text,
    Kind.LOOKUP: _write_lookup,
    Kind.USER: _write_user,
    Kind.EMAILS: _write_group,
    Kind.PHONES: _write_group,
    Kind.TAGS: _write_tags,
    Kind.SUBSCRIPTION: _write_multi_id,
    Kind.LINE: _write_line,
}
