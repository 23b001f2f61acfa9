"""From the cells of a file to the values of a record: converted, checked, every bad one told with row and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, Literal

from crmdesk.config.errors import InputError
from crmdesk.crm.checks import check, check_record, mandatory
from crmdesk.crm.kinds import TEXT_KINDS, Kind, kind_of, normal
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.naming import Names
from crmdesk.crm.schema import Field, Schema
from crmdesk.crm.texts import BadValue, from_text
from crmdesk.files.mapping import RECORD_ID, Match
from crmdesk.files.tables import NOT_LOADED_TEXT, Column, Row, letters

_KEPT = 20_000
_SERIAL = re.compile(r"[0-9]{4,6}(\.[0-9]+)?", re.ASCII)
_SERIALS_FROM = datetime(1899, 12, 30)  # day 0 of spreadsheets, which count the 29th of February 1900
_MOST_SERIAL = 2_958_465  # the end of the year 9999
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})(.*)", re.ASCII | re.DOTALL)
_NOT_FROM_A_CELL: Final = frozenset((Kind.RAW, Kind.LINE))

How = Literal["create", "update", "upsert"]


@dataclass(frozen=True)
class ImportOptions:
    """How rows become changes.

    `match`: the field by which a row finds its record ("id", a unique field; "" only where all are created).
    `never_clear`: an empty cell says nothing; else it clears. `day_first`: what 3/4/2026 means, None asks back.
    """

    how: How = "upsert"
    match: str = ""
    only_fill_blanks: bool = False
    never_clear: bool = True
    day_first: bool | None = None


@dataclass(frozen=True)
class BadCell:
    """A cell that can't be imported: its row in the file, its column (None: the row as a whole), and why."""

    row: int
    column: str
    letter: str
    field: str
    text: str
    why: str
    remedy: str = ""

    @property
    def place(self) -> str:
        """As spreadsheets name it: "C12"."""
        return f"{self.letter}{self.row}"


@dataclass
class ReadRow:
    """A row, converted: values in normal form by field; what a cell does not say is absent, cleared is None."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    record: int | None = None
    key: str | None = None
    bad: list[BadCell] = field(default_factory=list)


class RowReader:
    """Converts the rows of one file for one module."""

    def __init__(
        self,
        spec: ModuleSpec,
        schema: Schema,
        matches: Sequence[Match],
        options: ImportOptions,
        names: Names,
        zone: tzinfo,
    ) -> None:
        """Raises InputError where no column is of use, or the one that finds records is missing."""
        self.spec, self.schema, self.options, self.names = spec, schema, options, names
        self.match = "emails" if spec.key == "contacts" and options.match == "email" else options.match
        self.left_out: list[tuple[Column, str]] = []
        self.columns: list[CellReader] = []
        self.id_column: Column | None = None
        for match in matches:
            self._take(match, zone)
        self.fields = list(dict.fromkeys(reader.target for reader in self.columns))
        self.kinds = {name: kind_of(spec, schema.fields[name]) for name in self.fields}
        self._by_field = {reader.target: reader.column for reader in reversed(self.columns)}
        self._check_options()

    def _take(self, match: Match, zone: tzinfo) -> None:
        if match.field == RECORD_ID:
            self.id_column = match.column
        elif match.field is None:
            self.left_out.append((match.column, match.note or "not chosen"))
        else:
            told = self.schema.fields.get(match.field)
            if told is None:
                raise InputError(f"{self.spec.plural} have no field “{match.field}”.", subject=match.field)
            if kind_of(self.spec, told) in _NOT_FROM_A_CELL:
                self.left_out.append((match.column, f"“{told.label}” can't be imported from a cell"))
            else:
                self.columns.append(CellReader(self.spec, self._target(told), match.column, self, zone))

    def _target(self, told: Field) -> Field:
        """Of contacts only the whole set of e-mails can be written (reference: Upsert a Contact, note 3)."""
        if self.spec.key == "contacts" and told.name == "email" and "emails" in self.schema.fields:
            return self.schema.fields["emails"]
        return told

    def _check_options(self) -> None:
        options, spec = self.options, self.spec
        if options.how not in ("create", "update", "upsert"):
            raise InputError(f"“{options.how}” is no way to import.", remedy="Use create, update or upsert.")
        if not self.fields:
            raise InputError(
                "No column of the file is a field that can be written.", remedy="Match a column to a field."
            )
        if self.match == RECORD_ID:
            if self.id_column is None:
                raise InputError("No column holds the records' ids.", subject="match", remedy="Match one to “id”.")
            if options.how == "create":
                raise InputError("Records that are created have no id yet.", subject="match", remedy="Choose update.")
        elif self.match and self.match not in self.fields:
            label = self.schema.fields[self.match].label if self.match in self.schema.fields else self.match
            raise InputError(
                f"No column holds “{label}”, by which the {spec.plural.lower()} are to be found.",
                subject="match",
                remedy="Match a column to it, or find the records by another field.",
            )
        elif not self.match and options.how != "create":
            raise InputError("It is not said how rows find their records.", subject="match", remedy="Choose a field.")

    @property
    def missing(self) -> list[str]:
        """What a new record can't be without, and no column holds: rows that are not found can't be created then."""
        told = self.schema.fields.values()
        return [item.label for item in told if mandatory(self.spec, item) and item.name not in self.fields]

    def read(self, row: Row) -> ReadRow:
        """One row; nothing is raised, what is wrong stands in `bad`."""
        made = ReadRow(row.number)
        made.bad += [
            BadCell(row.number, self._name(place), letters(place), "", row.cells[place][:80], why)
            for place, why in row.faults
        ]
        wrong = {place for place, _ in row.faults}
        for reader in self.columns:
            text = row.cell(reader.column.index)
            if text is None or reader.column.index in wrong or text == NOT_LOADED_TEXT:
                continue
            if (error := reader.read(text, made)) is not None:
                made.bad.append(reader.bad(row.number, text, error.message, error.remedy))
        self._find(row, made)
        if self.options.how == "create" and not made.bad:
            made.bad += self.problems(made.number, made.values, {}, creating=True)
        return made

    def problems(
        self, number: int, values: Mapping[str, Any], current: Mapping[str, Any], *, creating: bool
    ) -> list[BadCell]:
        """What the API would say against the row as a whole, as cells where a column is to blame."""
        told = {name: value for name, value in values.items() if value is not None} if creating else values
        found = check_record(self.spec, self.schema, told, creating=creating, current=current, names=self.names)
        return [self._problem(number, problem.field, problem.message) for problem in found]

    def _problem(self, number: int, name: str, why: str) -> BadCell:
        column = self._by_field.get(name)
        if column is None:
            return BadCell(number, "", "", name, "", why, "Add a column for it, or correct the row.")
        return BadCell(number, column.key, column.letter, name, "", why)

    def _find(self, row: Row, made: ReadRow) -> None:
        """By what the row finds its record."""
        match = self.match
        if match == RECORD_ID and self.id_column is not None:
            text = (row.cell(self.id_column.index) or "").strip().removeprefix("#")
            if text.isascii() and text.isdigit() and 0 < len(text) <= 18 and int(text) > 0:
                made.record, made.key = int(text), text
            else:
                column = self.id_column
                why = "is no record id" if text else "the row has no record id"
                made.bad.append(BadCell(made.number, column.key, column.letter, RECORD_ID, text[:80], why))
        elif match:
            made.key = key_of(made.values.get(match))
            column = self._by_field[match]
            if made.key is None and self.options.how != "create" and not any(b.column == column.key for b in made.bad):
                why = f"without {self.schema.fields[match].label} the row can't find its record"
                made.bad.append(BadCell(made.number, column.key, column.letter, match, "", why))

    def _name(self, place: int) -> str:
        return next((reader.column.key for reader in self.columns if reader.column.index == place), letters(place))


class CellReader:
    """Converts the cells of one column; few texts fill many cells, so they are remembered."""

    def __init__(self, spec: ModuleSpec, target: Field, column: Column, rows: RowReader, zone: tzinfo) -> None:
        self.column = column
        self.target = target.name
        self._spec, self._field, self._rows, self._zone = spec, target, rows, zone
        self._kind = kind_of(spec, target)
        self._known: dict[str, Any] = {}

    def read(self, text: str, made: ReadRow) -> BadValue | None:
        """Puts the cell's value into the row, or says what is wrong with it."""
        if not text.strip():
            return self._blank(made)
        value = self._known.get(text)
        if value is None:
            value = self._convert(text)
            if self._kind not in TEXT_KINDS and len(self._known) < _KEPT:
                self._known[text] = value
        if isinstance(value, BadValue):
            return value
        if made.values.get(self.target) is None:  # of two columns for one field the first that says something counts
            made.values[self.target] = value
        return None

    def bad(self, row: int, text: str, why: str, remedy: str) -> BadCell:
        """This column's cell of a row, as a bad one."""
        return BadCell(row, self.column.key, self.column.letter, self.target, text[:200], why, remedy)

    def _blank(self, made: ReadRow) -> BadValue | None:
        options = self._rows.options
        if options.never_clear or options.how == "create" or self.target == self._rows.match:
            return None
        if mandatory(self._spec, self._field):
            return BadValue(self._field, "", "is blank, and the field can't be", "Fill it in, or never clear fields.")
        made.values.setdefault(self.target, None)
        return None

    def _convert(self, text: str) -> Any:
        """The value, or the BadValue that it is; a spreadsheet's day number is a date."""
        try:
            value = from_text(self._dated(text), self._spec, self._field, self._rows.names, self._zone)
        except BadValue as error:
            return error
        if value is None or self._kind is Kind.USER:
            # one who is not active, or gone, may own the record already: whether the row gives it away is seen later
            return value
        problem = check(self._spec, self._field, value, self._rows.names)
        return value if problem is None else _Told(self._field, text, problem)

    def _dated(self, text: str) -> str:
        if self._kind not in (Kind.DATE, Kind.TIME):
            return text
        told = text.strip()
        if _SERIAL.fullmatch(told) and float(told) <= _MOST_SERIAL:
            return (_SERIALS_FROM + timedelta(seconds=round(float(told) * 86_400))).isoformat(" ")
        found = _SLASHED.fullmatch(told)
        if found is None or self._rows.options.day_first is None:
            return text
        first, _, second, year, rest = found.groups()
        day, month = (first, second) if self._rows.options.day_first else (second, first)
        return f"{year}-{month:0>2}-{day:0>2}{rest}"


class _Told(BadValue):
    """A value that was understood, and that the API would refuse in the words of `message`."""

    def __init__(self, told: Field, text: str, message: str) -> None:
        super().__init__(told, text, "")
        self.message = message


def key_of(value: Any) -> str | None:
    """The text by which equal values are found, without case; of several e-mails the primary one."""
    if isinstance(value, list):
        entries = [entry for entry in value if isinstance(entry, Mapping)]
        chosen = next((entry for entry in entries if entry.get("is_primary")), entries[0] if entries else None)
        value = chosen.get("value") if chosen is not None else ";".join(map(str, value))
    text = " ".join(str(value).split()).casefold() if value is not None else ""
    return text or None


def keys_of_record(spec: ModuleSpec, name: str, kind: Kind, record: Mapping[str, Any]) -> set[str]:
    """The texts under which a record of the CRM is found by a field; contacts by any of their e-mails."""
    held: Iterable[Any]
    if name.startswith("cf_"):
        custom = record.get("custom_field")
        held = [custom.get(name)] if isinstance(custom, Mapping) else []
    elif name == "emails":
        listed = record.get("emails")
        held = (
            [entry.get("value") for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
        )
        held = [*held, record.get("email")]
    else:
        held = [record.get(name)]
    return {key for value in held if (key := key_of(normal(kind, value) if kind is not Kind.EMAILS else value))}
