"""The first rows of a file as they were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QTableView, QWidget

from crmdesk.ui.jobs.grid import PADDING
from crmdesk.ui.widgets import dress_table

if TYPE_CHECKING:
    from crmdesk.ui.theme import Theme
    from crmdesk.ui.transfer.loading import Opened

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LONGEST = 200
_LETTER, _NARROWEST, _WIDEST, _NUMBERS = 7, 80, 260, 52


class PreviewModel(QAbstractTableModel):
    """Rows by their number in the file; texts are made when a file arrives."""

    def __init__(self) -> None:
        super().__init__()
        self._titles: tuple[str, ...] = ()
        self._cells: list[tuple[str, ...]] = []

    def show_file(self, opened: Opened | None) -> None:
        """Show another file, or none."""
        self.beginResetModel()
        if opened is None:
            self._titles, self._cells = (), []
        else:
            columns = opened.table.columns
            self._titles = ("Row", *(column.key for column in columns))
            self._cells = [
                (
                    f"{row.number:,}",
                    *(" ".join((row.cell(column.index) or "")[:_LONGEST].split()) for column in columns),
                )
                for row in opened.rows
            ]
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """The rows that were read."""
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """The file's columns, and the rows' numbers."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """A look-up."""
        if not index.isValid():
            return None
        if role == _DISPLAY:
            return self._cells[index.row()][index.column()]
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0 else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """The headings."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._titles):
            return None
        if role == _DISPLAY:
            return self._titles[section]
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section == 0 else None


class Preview(QTableView):
    """The table."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows = PreviewModel()
        self.setModel(self.rows)
        dress_table(self, theme, "First rows of the file")
        self.setStyleSheet(PADDING)
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(self.rows, header))

    def show_file(self, opened: Opened | None) -> None:
        """Show another file; columns as wide as what stands in them, within reason."""
        self.rows.show_file(opened)
        if opened is None:
            return
        scale = self._theme.base / 12
        header = self.horizontalHeader()
        header.resizeSection(0, round(_NUMBERS * scale))
        for at, column in enumerate(opened.table.columns, 1):
            longest = max([len(column.key), *(len(text) for text in opened.samples(column.index))])
            width = max(_NARROWEST, min(_WIDEST, longest * _LETTER + 24))
            header.resizeSection(at, round(width * scale))
