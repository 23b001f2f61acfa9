"""The baseline of `start`: what a table costs in PySide6 itself. Writes a line after the first paint, and ends."""

from __future__ import annotations

import os
import sys
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView

Index = QModelIndex | QPersistentModelIndex


class Constants(QAbstractTableModel):
    """100 × 8 cells that all say the same."""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As a first page."""
        return 100

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As a usual view."""
        return 8

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of every cell."""
        return "text" if role == Qt.ItemDataRole.DisplayRole else None


class Table(QTableView):
    """Tells of its first paint."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, tell, end."""
        super().paintEvent(event)
        sys.stdout.write("painted\n")
        sys.stdout.flush()
        os._exit(0)


def main() -> None:
    """A window with a table in it."""
    app = QApplication(["bare"])
    window = QMainWindow()
    table = Table()
    table.setModel(Constants())
    window.setCentralWidget(table)
    window.resize(1440, 900)
    window.show()
    app.exec()


if __name__ == "__main__":
    main()
