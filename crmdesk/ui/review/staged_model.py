"""Staged edits as a table model: one line a field, the record's name on the first line of its group."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from crmdesk.store.words import Op
from crmdesk.ui.jobs.shown import BLANK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmdesk.changes.drafts import Drafts
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Record", "Field", "Before", "After", "")
RECORD, FIELD, BEFORE, AFTER, REVERT = range(len(COLUMNS))
TIP_FROM = 18
_NO_INDEX = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)


@dataclass(frozen=True)
class Line:
    """One staged field. `first`: the first line of its record; `message`: why it could not be saved the last time."""

    module: str
    record: int | str
    field: str
    name: str
    detail: str
    title: str
    before: str
    after: str
    message: str
    first: bool

    @property
    def is_new(self) -> bool:
        """Whether its record is still to be created."""
        return isinstance(self.record, str)


def lines_of(drafts: Drafts, shown: Shown, module: str | None, records: frozenset[int | str] | None) -> list[Line]:
    """What is staged, grouped by record; only a module's or some records' where they are named."""
    found: list[Line] = []
    for key in drafts.modules():
        if module is not None and key != module:
            continue
        for record, fields in drafts.staged(key).items():
            if records is not None and record not in records:
                continue
            first = True
            for staged in fields.values():
                local = isinstance(record, str)
                whole = staged.field in ("", Op.CREATE, Op.CLONE)
                found.append(
                    Line(
                        key,
                        record,
                        staged.field,
                        shown.record(key, record, staged.label),
                        f"new {shown.one(key)}" if local else shown.one(key),
                        "New" if whole else shown.field(key, staged.field),
                        "" if local else shown.text(key, staged.field, staged.before) or BLANK,
                        shown.summary(key, staged.after)
                        if whole and isinstance(staged.after, dict)
                        else shown.text(key, staged.field, staged.after) or BLANK,
                        staged.message,
                        first,
                    )
                )
                first = False
    return found


class StagedModel(QAbstractTableModel):
    """Lines as they were read last; `line_at` gives what a row stands for."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: list[Line] = []
        self._bold = QFont()
        self._bold.setPixelSize(theme.base)
        self._bold.setWeight(QFont.Weight.DemiBold)

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; where they stand for the same fields, only texts change."""
        same = [(line.module, line.record, line.field) for line in lines] == [
            (line.module, line.record, line.field) for line in self._lines
        ]
        if same:
            self._lines = list(lines)
            self.redress()
            return
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def redress(self) -> None:
        """Have every cell drawn again."""
        if self._lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._lines) - 1, len(COLUMNS) - 1))

    def line_at(self, row: int) -> Line:
        """What a row stands for."""
        return self._lines[row]

    @property
    def lines(self) -> list[Line]:
        """All lines."""
        return list(self._lines)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """One row a field."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """The same columns always."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == _DISPLAY and 0 <= section < len(COLUMNS):
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """A look-up."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(line, index.column())
            case Qt.ItemDataRole.ForegroundRole:
                return self._color(line, index.column())
            case Qt.ItemDataRole.BackgroundRole:
                return self._theme.color("staged") if index.column() == AFTER else None
            case Qt.ItemDataRole.FontRole:
                return self._bold if index.column() == RECORD and line.first else None
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(line, index.column())
            case Qt.ItemDataRole.AccessibleTextRole:
                return _spoken(line, index.column())
        return None

    def _color(self, line: Line, column: int) -> Any:
        if column == REVERT:
            return self._theme.color("accent")
        blank = (column == BEFORE and line.before == BLANK) or (column == AFTER and line.after == BLANK)
        return self._theme.color("muted") if blank or column == BEFORE else None


def _text(line: Line, column: int) -> str:
    if column == RECORD:
        return line.name if line.first else ""
    return (line.name, line.title, line.before, line.after, "Revert")[column]


def _tip(line: Line, column: int) -> str | None:
    if column == REVERT:
        return "Give up this edit (Del)"
    text = _spoken(line, column)
    return f"<div>{escape(text)}</div>" if len(text) >= TIP_FROM else None


def _spoken(line: Line, column: int) -> str:
    if column == RECORD:
        return f"{line.name}, {line.detail}"
    if column == AFTER and line.message:
        return f"{line.after}. {line.message}"
    return _text(line, column) if column != REVERT else f"Revert {line.title} of {line.name}"
