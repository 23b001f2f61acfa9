"""What is done with many cells at once: paste, fill down, clear, copy. In slices, so that nothing stalls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmdesk.config.errors import InputError
from crmdesk.config.times import local_zone
from crmdesk.crm import checks, texts
from crmdesk.crm.kinds import Kind
from crmdesk.crm.values import NOT_LOADED
from crmdesk.ui.browse.editable import Editable
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.values import NOT_LOADED_TEXT, Texts, look_up

if TYPE_CHECKING:
    from crmdesk.changes.drafts import Staged
    from crmdesk.crm.schema import Field
    from crmdesk.session import Session
    from crmdesk.ui.browse.columns import Column
    from crmdesk.ui.browse.staging import Staging

SLICE = 0.004  # seconds of work between two turns of the loop
PAGES_KEPT = 32
NOT_LOADED_CELL = "(not loaded)"  # as copying writes it
ROW_ABSENT = "the row is not loaded"
BELOW = "there are no more rows"
NO_FIELD = "This column is no field."


@dataclass(frozen=True)
class BadCell:
    """A cell that could not be changed, and why."""

    row: int
    label: str
    column: str
    text: str
    why: str


@dataclass(frozen=True)
class _Wrong:
    why: str


@dataclass
class Outcome:
    """What came of it: how many cells are staged, and those that are not."""

    staged: int = 0
    bad: list[BadCell] = field(default_factory=list)


class Rows:
    """Known records by row, each page decoded once for many rows."""

    def __init__(self, model: RecordModel) -> None:
        self._model = model
        self._pages: dict[int, Sequence[Mapping[str, Any]]] = {}

    def at(self, row: int) -> Mapping[str, Any] | None:
        """The record of a row as the CRM has it; None while it is not loaded."""
        model, store = self._model, self._model.store
        if row >= model.rowCount() or model.id_at(row) is None:
            return None
        slot = model.slot(row)
        number = store.page_of(slot)
        if number not in self._pages:
            while len(self._pages) >= PAGES_KEPT:
                del self._pages[next(iter(self._pages))]
            records = store.pages[number].records()
            self._pages[number] = records if model.layers is None else model.layers.all_known(records)
        return self._pages[number][store.offset_of(slot)]


class _Place:
    """A column of the block: its field, or why it can't be edited."""

    def __init__(self, column: Column, editable: Editable) -> None:
        self.title = column.title
        self.refusal = editable.refusal(column.key)
        self.field = editable.field(column.key)
        self.kind = editable.kind(self.field) if self.field is not None else Kind.RAW

    def editable_field(self) -> Field:
        """The field. Raises InputError if it can't be edited."""
        if self.refusal or self.field is None:
            raise InputError(self.refusal or NO_FIELD)
        return self.field


class Pace:
    """Gives the loop a turn after every slice of work."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def step(self) -> bool:
        """Rest if the slice is used up; tells whether it was."""
        if time.perf_counter() - self._since < SLICE:
            return False
        await asyncio.sleep(0)
        self._since = time.perf_counter()
        return True


class CellWork:
    """Many cells of one table. Bad cells are told, good ones staged."""

    def __init__(
        self, session: Session, model: RecordModel, editable: Editable, staging: Staging, shown: Texts
    ) -> None:
        self._session = session
        self._model = model
        self._editable = editable
        self._staging = staging
        self._shown = shown

    # -- values ------------------------------------------------------------------------------------------

    async def paste(self, block: Sequence[Sequence[str]], top: int, sections: Sequence[int]) -> Outcome:
        """Stage a block of texts from row `top` on, its columns into `sections`; rows below the last one are bad."""
        read = self._reader()

        def cell(row: int, place: int) -> Any:
            text = block[row - top][place]
            return NOT_LOADED if text == NOT_LOADED_CELL else read(sections[place], text)

        wide = len(sections)
        cells = ((top + down, place) for down, line in enumerate(block) for place in range(min(wide, len(line))))
        return await self._change(cells, sections, cell, lambda row, place: block[row - top][place])

    async def fill_down(self, top: int, bottom: int, sections: Sequence[int]) -> Outcome:
        """Stage the values of row `top` on the rows below it, to `bottom`."""
        source = Rows(self._model).at(top)
        values = [self._value(source, section) for section in sections]
        cells = ((row, place) for row in range(top + 1, bottom + 1) for place in range(len(sections)))
        return await self._change(cells, sections, lambda _row, place: values[place], lambda _row, _place: "")

    async def clear(self, top: int, bottom: int, sections: Sequence[int]) -> Outcome:
        """Stage blank on a block."""
        cells = ((row, place) for row in range(top, bottom + 1) for place in range(len(sections)))

        def blank(_row: int, place: int) -> Any:
            self._check(sections[place], None)
            return None

        return await self._change(cells, sections, blank, lambda _row, _place: "")

    def _value(self, record: Mapping[str, Any] | None, section: int) -> Any:
        """A cell's value as it is shown: staged over known."""
        found = self._editable.field(self._model.columns[section].key)
        if record is None or found is None:
            return NOT_LOADED
        staged = self._staging.staged(int(record["id"]), found.name)
        return staged.after if staged is not None else self._editable.value(record, found)

    def _reader(self) -> Callable[[int, str], Any]:
        """From a column and a text to a value that holds; equal texts are read once. Raises InputError."""
        names = texts.KnownNames(self._session.directory)
        zone: Any = local_zone()  # None is the system's, whose summer time counts
        read: dict[tuple[int, str], Any] = {}

        def value(section: int, text: str) -> Any:
            key = section, text
            if key not in read:
                found = self._field(section)
                try:
                    value = texts.from_text(text, self._editable.spec, found, names, zone)
                    self._check(section, value)
                    read[key] = value
                except InputError as error:
                    read[key] = _Wrong(_why(error))
            kept = read[key]
            if isinstance(kept, _Wrong):
                raise InputError(kept.why)
            return kept

        return value

    def _field(self, section: int) -> Field:
        found = self._editable.field(self._model.columns[section].key)
        if found is None:
            raise InputError(NO_FIELD)
        return found

    def _check(self, section: int, value: Any) -> None:
        found = self._field(section)
        problem = checks.check(self._editable.spec, found, value)
        if problem:
            raise InputError(problem, subject=found.label)

    async def _change(
        self,
        cells: Iterable[tuple[int, int]],
        sections: Sequence[int],
        value: Callable[[int, int], Any],
        text: Callable[[int, int], str],
    ) -> Outcome:
        """Stage `value(row, place)` on cells; NOT_LOADED leaves a cell alone."""
        outcome, edits, rows, pace = Outcome(), list[Any](), Rows(self._model), Pace()
        places = [_Place(self._model.columns[section], self._editable) for section in sections]
        at, record, label = -1, None, ""
        for row, place in cells:
            if row != at:
                at, record = row, rows.at(row)
                label = self._staging.label(record) if record is not None else ""
            try:
                if record is None:
                    raise InputError(BELOW if row >= self._model.rowCount() else ROW_ABSENT)
                found = places[place].editable_field()
                after = value(row, place)
                if after is not NOT_LOADED:
                    edits.append(self._edit(record, found, places[place].kind, after, label))
            except InputError as error:
                outcome.bad.append(BadCell(row, label, places[place].title, text(row, place), _why(error)))
            if await pace.step():
                outcome.staged += self._stage(edits)
                edits = []
        outcome.staged += self._stage(edits)
        return outcome

    def _edit(self, record: Mapping[str, Any], field: Field, kind: Kind, after: Any, label: str) -> Staged:
        before = self._editable.value(record, field)
        return self._staging.edit(record, field.name, kind, before, after, label)

    def _stage(self, edits: Sequence[Staged]) -> int:
        if edits:
            self._staging.stage(edits)
        return len(edits)

    # -- copying ------------------------------------------------------------------------------------------

    async def copy(self, top: int, bottom: int, sections: Sequence[int]) -> list[list[str]]:
        """The texts of a block, those of editable columns as `paste` reads them back."""
        rows, pace, lines = Rows(self._model), Pace(), list[list[str]]()
        makers = [self._writer(self._model.columns[section]) for section in sections]
        for row in range(top, bottom + 1):
            record = rows.at(row)
            if record is None:
                lines.append([NOT_LOADED_CELL] * len(sections))
            else:
                shown = record if self._model.layers is None else self._model.layers.shown(record)
                lines.append([make(shown) for make in makers])
            await pace.step()
        return lines

    def _writer(self, column: Column) -> Callable[[Mapping[str, Any]], str]:
        found = self._editable.field(column.key)
        if found is None or self._editable.refusal(column.key):
            make = self._shown.maker(column.value)
            return lambda record: NOT_LOADED_CELL if (text := make(record)) is NOT_LOADED_TEXT else text
        names, spec, editable = texts.KnownNames(self._session.directory), self._editable.spec, self._editable
        zone: Any = local_zone()

        def write(record: Mapping[str, Any]) -> str:
            if look_up(record, found.name) is NOT_LOADED:
                return NOT_LOADED_CELL
            return texts.to_text(editable.value(record, found), spec, found, names, zone)

        return write


def _why(error: InputError) -> str:
    return f"{error.message} {error.remedy}".strip()
