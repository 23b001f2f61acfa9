"""Someone else was faster: mine, theirs and the original of each field that collides, and a choice for each.

By mouse: click the value to keep. By keyboard: M keeps mine, T takes theirs, the next undecided line follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from crmdesk.ui.jobs.grid import PADDING, CellDelegate
from crmdesk.ui.jobs.shown import BLANK
from crmdesk.ui.widgets import Button, dress_table, label

if TYPE_CHECKING:
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.theme import Theme

Choice = Literal["mine", "theirs"]
Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Record", "Field", "Original", "Theirs", "Mine", "Keep")
ORIGINAL, THEIRS, MINE, KEEP = 2, 3, 4, 5
TIP_FROM = 18
_WIDTHS = (190, 130, 150, 170, 170, 92)
_NO_INDEX = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_KEPT = {None: "choose", "mine": "mine", "theirs": "theirs"}


class CollisionModel(QAbstractTableModel):
    """Colliding rows, and what was chosen for each."""

    def __init__(self, theme: Theme, shown: Shown, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown_as = shown
        self._rows: list[PlanRow] = []
        self._texts: list[tuple[str, str, str, str, str]] = []
        self._choices: dict[int, Choice] = {}
        self._bold = QFont()
        self._bold.setWeight(QFont.Weight.DemiBold)
        shown.changed.connect(self._redress)

    def show(self, rows: Sequence[PlanRow]) -> None:
        """Show these rows; choices for rows that are still there are kept."""
        self.beginResetModel()
        self._rows = list(rows)
        there = {row.seq for row in rows}
        self._choices = {seq: choice for seq, choice in self._choices.items() if seq in there}
        self._texts = [self._text(row) for row in self._rows]
        self.endResetModel()

    def forget(self) -> None:
        """Another plan: nothing is chosen."""
        self._choices = {}

    @property
    def choices(self) -> Mapping[int, Choice]:
        """What was chosen, by the row's seq."""
        return dict(self._choices)

    @property
    def undecided(self) -> int:
        """How many rows wait for a choice."""
        return len(self._rows) - len(self._choices)

    def row_at(self, row: int) -> PlanRow:
        """The plan's row."""
        return self._rows[row]

    def choose(self, rows: Sequence[int], choice: Choice) -> None:
        """Keep mine or theirs for these lines."""
        for row in rows:
            self._choices[self._rows[row].seq] = choice
        self._redraw()

    def next_undecided(self, after: int) -> int | None:
        """The next line without a choice, from the top again at the end."""
        order = [*range(after + 1, len(self._rows)), *range(after + 1)]
        return next((row for row in order if self._rows[row].seq not in self._choices), None)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """One line a field."""
        return 0 if parent.isValid() else len(self._rows)

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
        choice = self._choices.get(self._rows[index.row()].seq)
        column = index.column()
        text = _KEPT[choice] if column == KEEP else self._texts[index.row()][column]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.ForegroundRole:
                return self._color(column, choice, text)
            case Qt.ItemDataRole.BackgroundRole:
                return self._ground(column, choice)
            case Qt.ItemDataRole.FontRole:
                return self._bold if column in (THEIRS, MINE) and _is_kept(column, choice) else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{text}, kept" if column in (THEIRS, MINE) and _is_kept(column, choice) else text
            case Qt.ItemDataRole.ToolTipRole:
                return f"<div>{escape(text)}</div>" if len(text) >= TIP_FROM else None
        return None

    def _color(self, column: int, choice: Choice | None, text: str) -> Any:
        if column == KEEP and choice is None:
            return self._theme.color("warning")
        dropped = column in (THEIRS, MINE) and choice is not None and not _is_kept(column, choice)
        return self._theme.color("muted") if column == ORIGINAL or dropped or text == BLANK else None

    def _ground(self, column: int, choice: Choice | None) -> Any:
        if column not in (THEIRS, MINE) or not _is_kept(column, choice):
            return None
        return self._theme.color("staged" if column == MINE else "selection")

    def _text(self, row: PlanRow) -> tuple[str, str, str, str, str]:
        shown = self._shown_as
        return (
            shown.record(row.module, row.record_id, row.label),
            shown.change(row),
            shown.before(row) or BLANK,
            shown.text(row.module, row.field, row.theirs) or BLANK,
            shown.after(row) or BLANK,
        )

    def _redress(self) -> None:
        self._texts = [self._text(row) for row in self._rows]
        self._redraw()

    def _redraw(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))


def _is_kept(column: int, choice: Choice | None) -> bool:
    return (column, choice) in ((MINE, "mine"), (THEIRS, "theirs"))


class CollisionTable(QTableView):
    """Lines to choose in; `chosen` after each choice."""

    chosen = Signal()

    def __init__(self, theme: Theme, shown: Shown) -> None:
        super().__init__()
        self.lines = CollisionModel(theme, shown, self)
        self.setModel(self.lines)
        dress_table(self, theme, "Fields that someone else changed, too")
        self.setAccessibleDescription("M keeps mine, T takes theirs")
        self.setStyleSheet(PADDING)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(self.lines, header))
        scale = theme.base / 12
        for at, width in enumerate(_WIDTHS):
            header.resizeSection(at, round(width * scale))
        header.setSectionResizeMode(THEIRS, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(MINE, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._clicked)

    def keep(self, choice: Choice) -> None:
        """The choice for the selected lines; then on to the next that waits."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        if not rows and self.currentIndex().isValid():
            rows = [self.currentIndex().row()]
        if not rows:
            return
        self.lines.choose(rows, choice)
        following = self.lines.next_undecided(rows[-1])
        if following is not None:
            self.selectRow(following)
        self.chosen.emit()

    def keep_all(self, choice: Choice) -> None:
        """The same choice for every line."""
        self.lines.choose(range(self.lines.rowCount()), choice)
        self.chosen.emit()

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() in (THEIRS, MINE):
            self.lines.choose([index.row()], "mine" if index.column() == MINE else "theirs")
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """M and T choose."""
        if event.key() == Qt.Key.Key_M and not event.modifiers():
            self.keep("mine")
        elif event.key() == Qt.Key.Key_T and not event.modifiers():
            self.keep("theirs")
        else:
            super().keyPressEvent(event)


class CollisionPart(QWidget):
    """The table, what it is about, and the same choice for all."""

    chosen = Signal()

    def __init__(self, theme: Theme, shown: Shown) -> None:
        super().__init__()
        self.table = CollisionTable(theme, shown)
        self.table.chosen.connect(self._told)
        self.table.chosen.connect(self.chosen)
        self.says = label("", "muted", wrap=True)
        self.all_mine = Button("Keep all &mine", lambda: self.table.keep_all("mine"))
        self.all_theirs = Button("Take all &theirs", lambda: self.table.keep_all("theirs"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.says, 1)
        row.addWidget(self.all_mine)
        row.addWidget(self.all_theirs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.table, 1)

    def show_rows(self, rows: Sequence[PlanRow], *, anew: bool) -> None:
        """Show what collides; `anew`: another plan than before."""
        if anew:
            self.table.lines.forget()
        self.table.lines.show(rows)
        if rows and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._told()

    @property
    def undecided(self) -> int:
        """How many wait for a choice."""
        return self.table.lines.undecided

    @property
    def mine(self) -> int:
        """For how many mine is kept."""
        return sum(choice == "mine" for choice in self.table.lines.choices.values())

    def _told(self) -> None:
        count = self.table.lines.rowCount()
        what = "1 field was" if count == 1 else f"{count:,} fields were"
        it = "it" if count == 1 else "them"
        self.says.setText(
            f"{what} changed by someone else since you loaded {it}. Click the value to keep, or press M for mine, T for"
            " theirs. What doesn’t collide merges by itself."
        )
