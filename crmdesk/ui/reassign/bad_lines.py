"""Lines of a file that can't be used: how many, and each with its text and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.widgets import label

if TYPE_CHECKING:
    from crmdesk.planning.files import BadLine
    from crmdesk.ui.theme import Theme

COLUMNS = (Column("Line", 52, right=True), Column("Text", 120), Column("Why it can't be used", wrap=True))


class BadLines(QWidget):
    """Hidden while every line is good."""

    def __init__(self, theme: Theme, *, most: int = 8) -> None:
        super().__init__()
        self._says = label("", "warning", wrap=True)
        self.grid = Grid(theme, "Lines that can't be used", COLUMNS, most=most)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._says)
        column.addWidget(self.grid)
        self.hide()

    @property
    def text(self) -> str:
        """What is said above the list."""
        return self._says.text()

    def show_lines(self, bad: Sequence[BadLine]) -> None:
        """List these."""
        count = len(bad)
        self._says.setText(f"{count:,} line{'' if count == 1 else 's'} can't be used; the others are.")
        self.grid.rows.set_rows([(Cell(f"{line.line:,}"), Cell(line.text), Cell(line.why)) for line in bad])
        self.setVisible(bool(bad))
