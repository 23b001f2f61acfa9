"""A record as sections of labelled lines, the way its schema groups its fields. Plain data, no Qt."""

from __future__ import annotations

import enum
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmdesk.crm.kinds import Kind as CrmKind
from crmdesk.crm.kinds import kind_of
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import lookup_module
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.fields import FieldInfo
from crmdesk.ui.browse.values import NAMES_ON_THEIR_WAY, NOT_LOADED_TEXT, Kind, Texts, look_up, plain_text
from crmdesk.ui.record.values import replaced

RECORD_KEYS = ("created_at", "creater_id", "creator_id", "updated_at", "updater_id", "id")
BASIC, CUSTOM, OTHER = "Basic information", "Custom fields", "More"
# `record_type_id` is the same number in every record of a custom module.
LEFT_OUT = frozenset({"@label", "display_name", "record_type_id"})


class State(enum.Enum):
    """Whether a line has a value, is blank, or is not loaded; blank is never shown for not loaded."""

    VALUE = "value"
    BLANK = "blank"
    ABSENT = "absent"


@dataclass(frozen=True)
class Line:
    """One field of the record."""

    key: str
    label: str
    text: str
    state: State
    right: bool = False
    field: Field | None = None  # of the schema; None for what only rows hold
    editable: bool = False
    required: bool = False
    unique: bool = False
    staged: bool = False
    was: str = ""  # the text before the edit
    message: str = ""  # why it could not be saved the last time
    hint: str = ""  # why it can't be edited
    note: str = ""  # what tells it from its namesakes


@dataclass(frozen=True)
class Section:
    """A titled group of lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything the inspector shows of one record."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    absent: tuple[str, ...]  # labels of fields whose keys are not there

    @property
    def shape(self) -> tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]:
        """Titles and lines: records of one shape differ in their texts and marks only."""
        return tuple(
            (section.title, tuple((line.key, line.editable) for line in section.lines)) for section in self.sections
        )

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in their order."""
        return tuple(line for section in self.sections for line in section.lines)


Marks = Callable[[Line], Line]


def _unmarked(line: Line) -> Line:
    return line


def make_sheet(
    spec: ModuleSpec,
    record: Mapping[str, Any],
    fields: Mapping[str, FieldInfo],
    texts: Texts,
    *,
    complete: bool,
    unsent: Container[str] = (),
    schema: Schema | None = None,
    mark: Marks = _unmarked,
) -> Sheet:
    """The sheet of a record. `complete`: all that the CRM sends is here, so absent fields are only counted; so
    are those of `unsent`, which it is known not to send. `mark` adds to a line what can be done with it.
    """
    groups: dict[str, list[Line]] = {}
    absent: list[str] = []
    for key, info in fields.items():
        if key in LEFT_OUT or key in RECORD_KEYS or key.endswith("_count") or not info.visible:
            continue
        if key == "emails" and schema is None and _told_by_email(record):
            continue
        if replaced(key, schema) and look_up(record, "emails") is not NOT_LOADED:
            continue
        line = _line(spec, info, record, texts, schema)
        if line.state is State.ABSENT:
            absent.append(info.label)
            if complete or key in unsent:
                continue
        if line.state is State.BLANK and not info.from_schema and not info.key.startswith("cf_"):
            continue  # machinery of the CRM that holds nothing
        groups.setdefault(_section_of(info), []).append(mark(line))
    sections = [Section(title, tuple(lines)) for title, lines in _ordered(groups)]
    related = _related(record)
    if related:
        sections.append(Section("Related", related))
    about = [_line(spec, fields[key], record, texts, None) for key in RECORD_KEYS if key in fields and key in record]
    if about:
        sections.append(Section("Record", tuple(about)))
    return Sheet(spec.label(record), _subtitle(spec, record), tuple(sections), tuple(absent))


def _told_by_email(record: Mapping[str, Any]) -> bool:
    """Whether the list of addresses holds the first one only, which has a line of its own."""
    emails = record.get("emails")
    values = [part.get("value") for part in emails or () if isinstance(part, Mapping)]
    return bool(values) and set(values) == {record.get("email")}


def _ordered(groups: Mapping[str, list[Line]]) -> Iterable[tuple[str, list[Line]]]:
    """The schema's sections in its order; what no schema names comes last."""
    return sorted(groups.items(), key=lambda group: group[0] == OTHER)


def _section_of(info: FieldInfo) -> str:
    if info.section:
        return info.section
    if info.key.startswith("cf_"):
        return CUSTOM
    return BASIC if info.from_schema else OTHER


def _line(spec: ModuleSpec, info: FieldInfo, record: Mapping[str, Any], texts: Texts, schema: Schema | None) -> Line:
    field = schema.fields.get(info.key) if schema is not None else None
    text = text_of(spec, info, record, texts, field)
    if text is NOT_LOADED_TEXT:
        return Line(info.key, info.label, text, State.ABSENT, field=field)
    value = look_up(record, info.key)
    points = text and field is not None and kind_of(spec, field) is CrmKind.LOOKUP and not text.startswith("#")
    note = f"Id {value}" if points else ""
    return Line(info.key, info.label, text, State.VALUE if text else State.BLANK, field=field, note=note)


def text_of(spec: ModuleSpec, info: FieldInfo, record: Mapping[str, Any], texts: Texts, field: Field | None) -> str:
    """A field as a form shows it: choices and look-ups by their names, long texts with their lines."""
    value = look_up(record, info.key)
    kind = kind_of(spec, field) if field is not None else None
    if field is not None and kind is CrmKind.CHOICE_ID and value is not None:
        choice = field.choice(value)
        if choice is not None:
            return choice.value
    if kind is CrmKind.LOOKUP and value not in (None, "") and value is not NOT_LOADED:
        return _lookup_text(spec, field, record, value, texts)
    text = texts.text(info.value, record)
    if text is not NOT_LOADED_TEXT and info.value.kind is Kind.TEXT and isinstance(value, str):
        return plain_text(value).strip()
    return text


def _lookup_text(spec: ModuleSpec, field: Field | None, record: Mapping[str, Any], value: Any, texts: Texts) -> str:
    """The name where it is known, else the id."""
    if field is None:
        return f"#{value}"
    beside = record.get(field.name.removesuffix("_id"))
    if isinstance(beside, Mapping) and str(beside.get("id")) == str(value):
        name = beside.get("name") or beside.get("display_name")
        if name:
            return str(name)
    module = lookup_module(spec, field)
    known = texts.names.name(module, value) if module is not None else ""
    return f"#{value}" if known in ("", str(value), NAMES_ON_THEIR_WAY) else known


def _related(record: Mapping[str, Any]) -> tuple[Line, ...]:
    """Counts that the record itself tells; none is asked for."""
    found = []
    for key, label in (("open_deals_count", "Open deals"), ("won_deals_count", "Won deals")):
        count = record.get(key)
        if isinstance(count, int):
            found.append(Line(key, label, f"{count:,}", State.VALUE, right=True))
    for key, label in (("sales_accounts", "Accounts"), ("products", "Products"), ("tasks", "Tasks")):
        items = record.get(key)
        if isinstance(items, list):
            found.append(Line(key, label, f"{len(items):,}", State.VALUE, right=True))
    return tuple(found)


def _subtitle(spec: ModuleSpec, record: Mapping[str, Any]) -> str:
    job, accounts = record.get("job_title"), record.get("sales_accounts")
    first = accounts[0].get("name") if isinstance(accounts, list) and accounts else None
    if job and first:
        return f"{job} at {first}"
    return str(job or first or spec.singular)


def names_needed(
    record: Mapping[str, Any], fields: Iterable[FieldInfo], known: Callable[[str, Any], bool]
) -> list[str]:
    """The selectors that this record's ids need and whose names are not known yet."""
    wanted = []
    for info in fields:
        value = look_up(record, info.key)
        if info.value.kind is Kind.NAME and isinstance(value, int) and not known(info.value.names, value):
            wanted.append(info.value.names)
            if info.value.names == "deal_stages":
                wanted.append("deal_pipelines")
        elif info.value.kind is Kind.MONEY and value not in (None, "") and value:
            wanted.append("currencies")
        elif info.value.kind is Kind.OWNER:
            wanted.append("owners")
    return list(dict.fromkeys(wanted))


def as_text(sections: Sequence[Section]) -> str:
    """All lines that have a value, for the clipboard."""
    lines = [
        f"{line.label}\t{line.text}" for section in sections for line in section.lines if line.state is State.VALUE
    ]
    return "\n".join(lines)
