"""The list of cells that could not be changed: where, what was to stand there, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.ui.browse.block import block_text
from crmdesk.ui.browse.cellwork import BadCell
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, label

SHOWN = 1000
COLUMNS = (
    Column("Row", 64, right=True),
    Column("Record", 150),
    Column("Column", 120),
    Column("Text", 130),
    Column("Why", wrap=True),
)


class BadCells(QDialog):
    """Opened, never executed; Enter or a double click goes to the row."""

    gone_to = Signal(int)

    def __init__(self, bad: Sequence[BadCell], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bad = bad
        self.setWindowTitle("Cells that could not be changed")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(900, 420)
        count = f"{len(bad):,} cells" if len(bad) != 1 else "1 cell"
        more = f" The first {SHOWN:,} are listed; Copy all takes every one." if len(bad) > SHOWN else ""
        self.table = self._table(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(f"{count} could not be changed", "title"))
        column.addWidget(label(f"The others are staged.{more}", "muted", wrap=True))
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addWidget(Button("Copy all", self.copy))
        foot.addStretch(1)
        foot.addWidget(Button("Close", self.accept, role="primary"))
        column.addLayout(foot)

    def _table(self, theme: Theme) -> Grid:
        table = Grid(theme, "Cells that could not be changed", COLUMNS)
        table.rows.set_rows(
            [tuple(Cell(" ".join(text.split())) for text in self._texts(cell)) for cell in self.bad[:SHOWN]]
        )
        table.doubleClicked.connect(lambda index: self.gone_to.emit(self.bad[index.row()].row))
        table.activated.connect(lambda index: self.gone_to.emit(self.bad[index.row()].row))
        return table

    @staticmethod
    def _texts(cell: BadCell) -> tuple[str, ...]:
        return f"{cell.row + 1:,}", cell.label, cell.column, cell.text, cell.why

    def copy(self) -> None:
        """All of them as tab-separated text."""
        rows = [[column.title for column in COLUMNS], *(self._texts(cell) for cell in self.bad)]
        QGuiApplication.clipboard().setText(block_text(rows))
