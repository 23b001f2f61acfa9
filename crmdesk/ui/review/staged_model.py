"""Staged edits as a table model: one line a field, the record's name on the first line of its group."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from crmdesk.changes.drafts import WHOLE
from crmdesk.ui.jobs.shown import BLANK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmdesk.changes.drafts import Drafts, Staged
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Record", "Field", "Before", "After", "")
RECORD, FIELD, BEFORE, AFTER, REVERT = range(len(COLUMNS))
TIP_FROM = 18
_NO_INDEX = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_OF_TEXTS = frozenset(
    {
        _DISPLAY,
        int(Qt.ItemDataRole.ForegroundRole),
        int(Qt.ItemDataRole.ToolTipRole),
        int(Qt.ItemDataRole.AccessibleTextRole),
    }
)


@dataclass(slots=True)
class Line:
    """One staged field. `first`: the first line of its record. Not frozen: thousands are made at once."""

    edit: Staged
    first: bool

    @property
    def key(self) -> tuple[str, int | str, str]:
        """Module, record and field: what the line stands for."""
        return self.edit.module, self.edit.record, self.edit.field

    @property
    def message(self) -> str:
        """Why it could not be saved the last time."""
        return self.edit.message


@dataclass(frozen=True)
class Texts:
    """A line as people read it."""

    name: str
    detail: str
    title: str
    before: str
    after: str


def lines_of(drafts: Drafts, module: str | None, records: frozenset[int | str] | None) -> list[Line]:
    """What is staged, grouped by record; only a module's or some records' where they are named."""
    found: list[Line] = []
    for key in drafts.modules():
        if module is not None and key != module:
            continue
        for record, fields in drafts.staged(key).items():
            if records is None or record in records:
                found += [Line(edit, at == 0) for at, edit in enumerate(fields.values())]
    return found


def texts_of(shown: Shown, edit: Staged) -> Texts:
    """What a line says."""
    module = edit.module
    name = shown.record(module, edit.record, edit.label)
    if edit.field == WHOLE:
        title = "New" if edit.clone_of is None else "Copy"
        after = shown.summary(module, edit.after) if isinstance(edit.after, dict) else ""
        return Texts(name, f"new {shown.one(module)}", title, "", after or BLANK)
    return Texts(
        name,
        shown.one(module),
        shown.field(module, edit.field),
        shown.text(module, edit.field, edit.before) or BLANK,
        shown.text(module, edit.field, edit.after) or BLANK,
    )


class StagedModel(QAbstractTableModel):
    """Lines as they were read last; `line_at` gives what a row stands for. Texts are made when they are looked at."""

    def __init__(self, theme: Theme, shown: Shown, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown_as = shown
        self._lines: list[Line] = []
        self._texts: dict[int, Texts] = {}
        self._bold = QFont()
        self._bold.setPixelSize(theme.base)
        self._bold.setWeight(QFont.Weight.DemiBold)

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; where they stand for the same fields, only texts change."""
        same = len(lines) == len(self._lines) and all(
            line.edit is other.edit or line.key == other.key for line, other in zip(lines, self._lines, strict=True)
        )
        if same:
            self._lines = list(lines)
            self.redress()
            return
        self.beginResetModel()
        self._lines = list(lines)
        self._texts.clear()
        self.endResetModel()

    def redress(self) -> None:
        """Have every cell drawn again, with the names that are known now."""
        self._texts.clear()
        if self._lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._lines) - 1, len(COLUMNS) - 1))

    def line_at(self, row: int) -> Line:
        """What a row stands for."""
        return self._lines[row]

    def texts_at(self, row: int) -> Texts:
        """What a row says."""
        found = self._texts.get(row)
        if found is None:
            found = texts_of(self._shown_as, self._lines[row].edit)
            self._texts[row] = found
        return found

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
        line, column = self._lines[index.row()], index.column()
        if role == Qt.ItemDataRole.FontRole:
            return self._bold if column == RECORD and line.first else None
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._theme.color("staged") if column == AFTER else None
        if role not in _OF_TEXTS:
            return None
        texts = self.texts_at(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(line, texts, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(texts, column)
        return _tip(line, texts, column) if role == Qt.ItemDataRole.ToolTipRole else _spoken(line, texts, column)

    def _color(self, texts: Texts, column: int) -> Any:
        if column == REVERT:
            return self._theme.color("accent")
        return self._theme.color("muted") if column == BEFORE or (column == AFTER and texts.after == BLANK) else None


def _text(line: Line, texts: Texts, column: int) -> str:
    if column == RECORD:
        return texts.name if line.first else ""
    return (texts.name, texts.title, texts.before, texts.after, "Revert")[column]


def _tip(line: Line, texts: Texts, column: int) -> str | None:
    if column == REVERT:
        return "Give up this edit (Del)"
    text = _spoken(line, texts, column)
    return f"<div>{escape(text)}</div>" if len(text) >= TIP_FROM else None


def _spoken(line: Line, texts: Texts, column: int) -> str:
    if column == RECORD:
        return f"{texts.name}, {texts.detail}"
    if column == AFTER and line.message:
        return f"{texts.after}. {line.message}"
    return _text(line, texts, column) if column != REVERT else f"Revert {texts.title} of {texts.name}"
