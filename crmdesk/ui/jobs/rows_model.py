"""A plan's rows as a table model: pages from the journal, a few of them in memory, whatever their number."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from crmdesk.store.rows import PlanRow
from crmdesk.store.words import Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.shown import BLANK

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.ui.jobs.shown import Shown

Index = QModelIndex | QPersistentModelIndex
Cells = tuple[str, ...]
PAGE = 200
PAGES_KEPT = 40
TIP_FROM = 18  # characters; shorter texts are never cut
COLUMNS = ("Module", "Record", "Id", "Field", "From", "To", "Outcome", "Why", "Time")
_NO_INDEX = QModelIndex()
_ID = COLUMNS.index("Id")
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)

Start = Callable[[Coroutine[Any, Any, Any], Callable[[Any], object]], object]


class PlanRowsModel(QAbstractTableModel):
    """Rows of one plan, narrowed by module and outcome. Rows not read yet are None and drawn as grey bars."""

    def __init__(self, plan: Plan, shown: Shown, start: Start) -> None:
        """`start(work, on_done)` runs a coroutine in the background of the window."""
        super().__init__()
        self._plan = plan
        self._shown_as = shown
        self._start = start
        self._count = 0
        self._pages: OrderedDict[int, list[Cells]] = OrderedDict()
        self._raw: OrderedDict[int, list[PlanRow]] = OrderedDict()
        self._asked: set[int] = set()
        self._narrowed: tuple[str | None, Outcome | None] = (None, None)
        self._turn = 0
        shown.changed.connect(self._redress)

    # -- what Qt asks

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """All rows, read or not."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """The same columns always."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """A look-up; the page of a row that is not there is asked for."""
        if not index.isValid():
            return None
        if role == _DISPLAY or role == Qt.ItemDataRole.AccessibleTextRole:
            cells = self._cells(index.row())
            if cells is None:
                return None if role == _DISPLAY else "row not loaded yet"
            return cells[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() == _ID else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            cells = self._cells(index.row())
            text = cells[index.column()] if cells is not None else ""
            return f"<div>{escape(text)}</div>" if len(text) >= TIP_FROM else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == _DISPLAY:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == _ID else _LEFT
        return None

    # -- rows

    def narrow(self, module: str | None = None, outcome: Outcome | None = None) -> None:
        """Show the rows of one module, or with one outcome, or all; always read anew."""
        self._narrowed = (module, outcome)
        self._turn += 1
        turn = self._turn
        self._start(self._plan.row_count(module=module, outcome=outcome), lambda count: self._counted(turn, count))

    def row_at(self, row: int) -> PlanRow | None:
        """The row as it stands in the journal; None while it is not read."""
        page = self._raw.get(row // PAGE)
        return None if page is None or row % PAGE >= len(page) else page[row % PAGE]

    def _counted(self, turn: int, count: int) -> None:
        if turn != self._turn:
            return
        self.beginResetModel()
        self._count = count
        self._pages.clear()
        self._raw.clear()
        self._asked.clear()
        self.endResetModel()

    def _cells(self, row: int) -> Cells | None:
        number = row // PAGE
        page = self._pages.get(number)
        if page is None:
            self._ask(number)
            return None
        return page[row % PAGE] if row % PAGE < len(page) else None

    def _ask(self, number: int) -> None:
        if number in self._asked:
            return
        self._asked.add(number)
        turn, (module, outcome) = self._turn, self._narrowed
        self._start(
            self._plan.rows(number * PAGE, PAGE, module=module, outcome=outcome),
            lambda found: self._landed(turn, number, found),
        )

    def _landed(self, turn: int, number: int, found: list[PlanRow]) -> None:
        if turn != self._turn:
            return
        self._raw[number] = found
        self._pages[number] = [self._shown(row) for row in found]
        self._asked.discard(number)
        while len(self._pages) > PAGES_KEPT:
            oldest, _ = self._pages.popitem(last=False)
            self._raw.pop(oldest, None)
        first = number * PAGE
        if found and first < self._count:
            last = min(first + len(found), self._count) - 1
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def _redress(self) -> None:
        """More names are known."""
        self._pages = OrderedDict((number, [self._shown(row) for row in found]) for number, found in self._raw.items())
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(COLUMNS) - 1))

    def _shown(self, row: PlanRow) -> Cells:
        shown = self._shown_as
        undecided = row.after is None and row.outcome is Outcome.SKIPPED
        told = words.told(row.message, lambda value: shown.text(row.module, row.field, value) or BLANK)
        record = row.result_id if row.record_id is None else row.record_id
        return (
            shown.module(row.module),
            shown.record(row.module, row.record_id, row.label),
            "" if record is None else str(record),
            shown.change(row),
            shown.before(row) or ("" if row.record_id is None else BLANK),
            "" if undecided else shown.after(row) or BLANK,
            words.outcome_name(row.outcome),
            told,
            words.moment_of_text(row.settled_at),
        )
