"""Every cell that can't be imported, by row and column, with the reason and what to do; a page at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView

from crmdesk.ui.jobs.grid import PADDING
from crmdesk.ui.jobs.rows_dialog import GreyBars, RowsTable
from crmdesk.ui.widgets import dress_table

if TYPE_CHECKING:
    from crmdesk.planning.import_plan import BadCell, Checked
    from crmdesk.ui.window.workspace import Desk

Index = QModelIndex | QPersistentModelIndex
Start = Callable[[Coroutine[Any, Any, Any], Callable[[Any], object]], object]
TITLES = ("Row", "Cell", "Column", "What stands there", "What is wrong", "What to do")
_WIDTHS = (64, 70, 130, 150, 0, 300)
PAGE = 200
PAGES_KEPT = 40
_NO_INDEX = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class BadCellsModel(QAbstractTableModel):
    """A few pages in memory, whatever their number; cells not read yet are None and drawn as grey bars."""

    def __init__(self, start: Start) -> None:
        """`start(work, on_done)` runs a coroutine in the background of the window."""
        super().__init__()
        self._start = start
        self.checked: Checked | None = None
        self._count = 0
        self._pages: OrderedDict[int, list[tuple[str, ...]]] = OrderedDict()
        self._asked: set[int] = set()
        self._turn = 0

    def show_checked(self, checked: Checked | None) -> None:
        """Show another file's cells, or none."""
        self.beginResetModel()
        self._turn += 1
        self.checked, self._count = checked, 0 if checked is None else checked.bad_count
        self._pages.clear()
        self._asked.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """All bad cells, read or not."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """The same always."""
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """A look-up; the page of a cell that is not there is asked for."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() == 0 else None
        if role not in (_DISPLAY, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        page = self._pages.get(index.row() // PAGE)
        if page is None:
            self._ask(index.row() // PAGE)
            return "not read yet" if role == Qt.ItemDataRole.AccessibleTextRole else None
        at = index.row() % PAGE
        text = page[at][index.column()] if at < len(page) else ""
        return f"<div>{escape(text)}</div>" if role == Qt.ItemDataRole.ToolTipRole and text else text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Titles."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == _DISPLAY:
            return TITLES[section]
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section == 0 else None

    def _ask(self, number: int) -> None:
        if number in self._asked or self.checked is None:
            return
        self._asked.add(number)
        turn = self._turn
        work = asyncio.to_thread(self.checked.bad_cells, number * PAGE, PAGE)
        self._start(work, lambda cells: self._landed(turn, number, cells))

    def _landed(self, turn: int, number: int, cells: list[BadCell]) -> None:
        if turn != self._turn:
            return
        self._asked.discard(number)
        self._pages[number] = [_texts(cell) for cell in cells]
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        first = number * PAGE
        last = min(first + PAGE, self._count) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(TITLES) - 1))


def _texts(cell: BadCell) -> tuple[str, ...]:
    place = cell.place if cell.letter else ""
    column = cell.column or "the whole row"
    return (f"{cell.row:,}", place, column, " ".join(cell.text.split()), cell.why, cell.remedy)


class BadCells(RowsTable):
    """The table; Ctrl+C copies rows."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.cells = BadCellsModel(self._begin)
        self.setModel(self.cells)
        dress_table(self, desk.theme, "Cells that can't be imported")
        self.setStyleSheet(PADDING)
        self.setItemDelegate(GreyBars(desk.theme, self))
        header = self.horizontalHeader()
        scale = desk.theme.base / 12
        for at, width in enumerate(_WIDTHS):
            if width:
                header.resizeSection(at, round(width * scale))
            else:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)

    def _begin(self, work: Coroutine[Any, Any, Any], on_done: Callable[[Any], object]) -> None:
        checked = self.cells.checked

        def failed(error: BaseException) -> None:
            if self.cells.checked is checked:  # else the file was given up while it was read
                self._desk.say_error(error, "Reading the bad cells")

        self._desk.tasks.start(work, owner=self, on_done=on_done, on_failed=failed)
