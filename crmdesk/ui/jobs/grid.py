"""Small tables of figures: cells as data, a model over them, and a view that is as high as its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTableView, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import BarDelegate, BarParts, dress_table
from crmdesk.ui.widgets.tables import BAR_ROLE

Index = QModelIndex | QPersistentModelIndex
NOTE_ROLE = Qt.ItemDataRole.UserRole + 41
TIP_FROM = 18  # characters; shorter texts are never cut
_NO_INDEX = QModelIndex()
PADDING = "QTableView::item { padding-left: 7px; padding-right: 7px; }"  # Fusion's own margin is 3
LEAST_STRETCHED, MOST_SHRUNK = 130, 0.75
WRAPPED_AT_MOST = 60  # rows; longer tables keep one line a row
WRAPPED_AIR = 6  # above and below a text of several lines
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column:
    """A column; `width` in pixels at the usual text size, 0 takes what is left; `wrap`: rows grow with its text."""

    title: str
    width: int = 0
    right: bool = False
    wrap: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell; `tone` is a token of the theme, `note` stands behind the text in a quiet colour."""

    text: str = ""
    tone: str = ""
    bold: bool = False
    note: str = ""
    bar: BarParts | None = None


class GridModel(QAbstractTableModel):
    """Rows of cells. `key_at` gives what a row stands for."""

    def __init__(self, theme: Theme, columns: Sequence[Column]) -> None:
        super().__init__()
        self._theme = theme
        self._columns = tuple(columns)
        self._rows: list[tuple[Cell, ...]] = []
        self._keys: list[object] = []
        self._bold = QFont()
        self._bold.setWeight(QFont.Weight.DemiBold)

    def set_rows(self, rows: Sequence[tuple[Cell, ...]], keys: Sequence[object] = ()) -> None:
        """Show these rows. Where the keys are the same as before, only what is shown changes."""
        keyed = list(keys) or list(range(len(rows)))
        if keyed == self._keys:
            self._rows = list(rows)
            self.redress()
            return
        self.beginResetModel()
        self._rows, self._keys = list(rows), keyed
        self.endResetModel()

    def set_row(self, row: int, cells: tuple[Cell, ...]) -> None:
        """Show one row anew."""
        self._rows[row] = cells
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))

    def redress(self) -> None:
        """Have every cell drawn again, as after a change of the theme."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._columns) - 1))

    def key_at(self, row: int) -> Any:
        """What the row stands for."""
        return self._keys[row]

    def row_of(self, key: object) -> int | None:
        """The row that stands for `key`."""
        return self._keys.index(key) if key in self._keys else None

    def cell(self, row: int, column: int) -> Cell:
        """One cell as data."""
        return self._rows[row][column]

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """All rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What Qt asks for a cell."""
        if not index.isValid():
            return None
        cell = self._rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if self._columns[index.column()].right else _LEFT
            case Qt.ItemDataRole.ForegroundRole:
                return self._theme.color(cell.tone) if cell.tone else None
            case Qt.ItemDataRole.FontRole:
                return self._bold if cell.bold else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{cell.text} {cell.note}".strip() or (_bar_text(cell.bar) if cell.bar else "")
            case Qt.ItemDataRole.ToolTipRole:
                text = f"{cell.text} {cell.note}".strip()
                return f"<div>{escape(text)}</div>" if len(text) >= TIP_FROM else None
        if role == NOTE_ROLE:
            return cell.note
        return cell.bar if role == BAR_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self._columns[section].right else _LEFT
        return None


def _bar_text(bar: BarParts) -> str:
    return f"stays {bar.stays:.0%}, gains {bar.gains:.0%}, loses {bar.loses:.0%} of the longest bar"


class CellDelegate(BarDelegate):
    """Paints a cell's note in a quiet colour behind its text, its bar, and a thin line under each row."""

    def __init__(self, theme: Theme, view: QAbstractItemView, *, lines: bool = True) -> None:
        super().__init__(theme, view)
        self._colors = theme
        self._lines = lines

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell as usual, then the note where there is room for it."""
        super().paint(painter, option, index)
        if self._lines:
            painter.fillRect(
                QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), self._colors.color("line")
            )
        note = index.data(NOTE_ROLE)
        if not note:
            return
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        taken = option.fontMetrics.horizontalAdvance(text) + 18
        area = QRect(option.rect).adjusted(taken, 0, -6, 0)
        if area.width() < option.fontMetrics.averageCharWidth() * 5:
            return
        painter.save()
        painter.setPen(self._colors.color("muted"))
        shown = option.fontMetrics.elidedText(note, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(_LEFT), shown)
        painter.restore()


class Grid(QTableView):
    """A table in the house's look. With `most` it is as high as its rows, up to that many."""

    def __init__(
        self, theme: Theme, name: str, columns: Sequence[Column], *, most: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns = tuple(columns)
        self._most = most
        self.rows = GridModel(theme, columns)
        self.setModel(self.rows)
        dress_table(self, theme, name)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setStyleSheet(PADDING)
        self._wraps = any(column.wrap for column in columns)
        self.setWordWrap(self._wraps)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumWidth(200)
        if most:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._size_columns()
        self.rows.modelReset.connect(self._fit)
        if self._wraps:
            # Qt tells of a stretched column before the column has its new width.
            self._fit_soon = QTimer(self)
            self._fit_soon.setSingleShot(True)
            self._fit_soon.setInterval(0)
            self._fit_soon.timeout.connect(self._fit)
            self.horizontalHeader().sectionResized.connect(self._resized)
        theme.changed.connect(self.rows.redress)
        theme.changed.connect(self._fit)
        self._fit()

    def _size_columns(self) -> None:
        """Fixed columns give way, down to a share, so that the stretched one keeps some room."""
        header = self.horizontalHeader()
        header.setMinimumSectionSize(36)
        scale = self._theme.base / 12
        fixed = sum(column.width for column in self._columns) * scale
        room = self.viewport().width() - LEAST_STRETCHED * scale
        give = min(1.0, max(MOST_SHRUNK, room / fixed)) if self._most and fixed else 1.0
        for at, column in enumerate(self._columns):
            if column.width:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(at, round(column.width * scale * give))
            else:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)

    def _fit(self) -> None:
        rows = self.rows.rowCount()
        if self._wraps and rows <= WRAPPED_AT_MOST:
            for row in range(rows):
                self.setRowHeight(row, max(self._theme.row_height, self.sizeHintForRow(row) + WRAPPED_AIR))
        if self._most:
            shown = max(1, min(self._most, rows))
            heights = sum(self.rowHeight(row) for row in range(min(shown, rows))) or self._theme.row_height
            self.setFixedHeight(heights + self._theme.row_height + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Less room is shared by all columns."""
        super().resizeEvent(event)
        if self._most and event.oldSize().width() != event.size().width():
            self._size_columns()

    def _resized(self, section: int, old: int, new: int) -> None:
        """Texts that wrap need other heights in another width."""
        if self._columns[section].wrap and old != new:
            self._fit_soon.start()

    def sizeHint(self) -> QSize:
        """As wide as it may be."""
        return QSize(480, super().sizeHint().height())
