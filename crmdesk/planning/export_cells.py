"""From a record as the CRM sent it to the cells of a file: one quick function a column, made once for an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from crmdesk.crm.kinds import CHOICE_KINDS, ID_KINDS, NUMBER_KINDS, TEXT_KINDS, Kind, decimal_of, kind_of, normal
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import Named, Names, selector_of
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.texts import to_text
from crmdesk.crm.typed import moment_text
from crmdesk.crm.values import NOT_LOADED, parse_time
from crmdesk.files.mapping import RECORD_ID, headings
from crmdesk.files.writer import Cell, OutColumn

_KEPT = 10_000
_WIDTHS = {Kind.LONG_TEXT: 40, Kind.TEXT: 24, Kind.CHECKBOX: 8, Kind.DATE: 12, Kind.TIME: 19, Kind.EMAILS: 30}
# Names of whatever has an id are looked up; JSON lines hold everything else in the program's own form.
_NAMED = ID_KINDS | frozenset((Kind.MULTI_ID, Kind.SUBSCRIPTION))

Convert = Callable[[Any], Cell]


class NoNames:
    """Nothing has a name: what has an id is written as its id."""

    def items(self, kind: str) -> Sequence[Named]:
        """None."""
        return ()

    def record(self, module: str, record_id: int) -> str | None:
        """None."""
        return None

    def records(self, module: str, label: str) -> Sequence[int]:
        """None."""
        return ()


@dataclass(frozen=True)
class ExportColumns:
    """The columns of an export: their headings, and how a record becomes a row."""

    fields: tuple[Field, ...]
    out: tuple[OutColumn, ...]
    converts: tuple[Convert, ...]

    def row(self, record: Mapping[str, Any]) -> list[Cell]:
        """The cells of a record; *not loaded* where the record does not hold the field."""
        custom = record.get("custom_field")
        if not isinstance(custom, Mapping):
            custom = {}
        cells = []
        for field, convert in zip(self.fields, self.converts, strict=True):
            value = (custom if field.name.startswith("cf_") else record).get(field.name, NOT_LOADED)
            cells.append(value if value is NOT_LOADED or value is None else convert(value))
        return cells

    def left_out(self, record: Mapping[str, Any]) -> list[str]:
        """The fields that a record does not hold."""
        return [field.name for field, cell in zip(self.fields, self.row(record), strict=True) if cell is NOT_LOADED]


def columns_for(
    spec: ModuleSpec,
    schema: Schema,
    wanted: Sequence[str] | None,
    *,
    format: str,
    names: Names | None,
    zone: tzinfo,
) -> ExportColumns:
    """The columns that are wanted (None: id and all visible fields); `names` None writes ids."""
    known = schema.fields
    if wanted is None:
        chosen = [field for field in known.values() if field.visible and field.name != RECORD_ID]
        chosen.insert(0, _id_field(known.get(RECORD_ID)))
    else:
        chosen = [
            _id_field(known.get(name)) if name == RECORD_ID else known.get(name, Field(name, "", "raw"))
            for name in dict.fromkeys(wanted)
        ]
    out = tuple(
        OutColumn(field.name, heading, _WIDTHS.get(kind_of(spec, field), 18))
        for field, heading in zip(chosen, headings(chosen), strict=True)
    )
    return ExportColumns(tuple(chosen), out, tuple(_convert(spec, field, format, names, zone) for field in chosen))


def selectors_of(fields: Sequence[Field]) -> list[str]:
    """The selectors that name what stands in these fields."""
    return list(dict.fromkeys(kind for field in fields if (kind := selector_of(field)) is not None))


def _id_field(known: Field | None) -> Field:
    return Field(RECORD_ID, "ID", "number") if known is None else replace(known, label="ID", type="number")


def _convert(spec: ModuleSpec, field: Field, format: str, names: Names | None, zone: tzinfo) -> Convert:
    kind = Kind.NUMBER if field.name == RECORD_ID else kind_of(spec, field)
    shown = field if names is not None else replace(field, choices=())
    known: Names = names if names is not None else NoNames()

    def text(value: Any) -> Cell:
        return to_text(value, spec, shown, known, zone)

    if format == "jsonl":
        if kind not in _NAMED or names is None:
            return lambda value: normal(kind, value)
        return _kept(text)
    if kind is Kind.RAW:
        return lambda value: _set_text(value, named=names is not None) or text(value)
    if kind in TEXT_KINDS:
        return lambda value: value if type(value) is str and "\r" not in value else text(value)
    if kind in NUMBER_KINDS:
        return _number(text, kind, typed=format == "xlsx")
    if kind is Kind.TIME:
        return _time(text, zone, typed=format == "xlsx")
    if kind is Kind.DATE and format == "xlsx":
        return _kept(_day)
    return _kept(text) if kind in CHOICE_KINDS | _NAMED | {Kind.DATE, Kind.CHECKBOX} else text


def _set_text(value: Any, *, named: bool) -> str:
    """Records in a field (a contact's accounts): their names or ids; empty for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) and item.get("id") for item in value):
        return ""
    first = sorted(value, key=lambda item: item.get("is_primary") is not True)
    labels = ((item.get("display_name") or item.get("name")) if named else None for item in first)
    return "; ".join(str(label or item["id"]) for label, item in zip(labels, first, strict=True))


def _kept(make: Convert) -> Convert:
    """Remembers what it made: few values fill many rows."""
    known: dict[Any, Cell] = {}

    def get(value: Any) -> Cell:
        key = (type(value), value) if isinstance(value, (str, int)) else None
        if key is None:
            return make(value)
        found = known.get(key)
        if found is None:
            found = make(value)
            if len(known) < _KEPT:
                known[key] = found
        return found

    return get


def _number(text: Convert, kind: Kind, *, typed: bool) -> Convert:
    def convert(value: Any) -> Cell:
        if type(value) is int and not typed:
            return value
        kept = normal(kind, value)
        number = decimal_of(kept)
        if number is None:
            return text(value)
        return number if typed else str(kept)

    return convert


def _day(value: Any) -> Cell:
    kept = normal(Kind.DATE, value)
    try:
        return date.fromisoformat(kept)
    except (TypeError, ValueError):
        return kept if kept is None else str(kept)


def _time(text: Convert, zone: tzinfo, *, typed: bool) -> Convert:
    """The person's clock; with its offset, as text, in the hour that the clock shows twice."""

    def convert(value: Any) -> Cell:
        moment = parse_time(value)
        if moment is None:
            return text(value)
        moment = moment.replace(microsecond=0)
        local = moment.astimezone(zone).replace(tzinfo=None)
        if local.replace(tzinfo=zone, fold=0).astimezone(UTC) != moment:
            return moment_text(normal(Kind.TIME, value), zone)
        return local if typed else _clock(local)

    return convert


def _clock(local: datetime) -> str:
    return local.isoformat(" ", "seconds" if local.second else "minutes")
