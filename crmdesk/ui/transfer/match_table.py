"""Which column of the file is which field: a row for each column, with its first values and the field to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from crmdesk.ui.jobs.grid import PADDING
from crmdesk.ui.widgets import dress_table

if TYPE_CHECKING:
    from crmdesk.files.mapping import Match
    from crmdesk.files.tables import Column
    from crmdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
TITLES = ("", "Column of the file", "First values", "Field", "How it was found")
FIELD = TITLES.index("Field")
LEFT_OUT = "Left out"
_WIDTHS = (40, 160, 0, 190, 150)
_HOW = {
    "remembered": "as the last time",
    "name": "by the field's name",
    "label": "by the field's label",
    "chosen": "chosen by you",
}


class MatchModel(QAbstractTableModel):
    """`chosen` carries a column and the field (or None) that the person gave it."""

    chosen = Signal(object, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.matches: tuple[Match, ...] = ()
        self._samples: list[str] = []
        self.targets: Mapping[str, str] = {}

    def show_matches(
        self, matches: Sequence[Match], samples: Sequence[str] | None = None, targets: Mapping[str, str] | None = None
    ) -> None:
        """Show these; `targets`: fields by name with what they are called."""
        if samples is None:
            self.matches = tuple(matches)
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.matches) - 1, len(TITLES) - 1))
            return
        self.beginResetModel()
        self.matches, self._samples, self.targets = tuple(matches), list(samples), targets or {}
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """The columns of the file."""
        return 0 if parent.isValid() else len(self.matches)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """The same always."""
        return 0 if parent.isValid() else len(TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Fields can be chosen."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == FIELD else flags

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """What Qt asks for a cell."""
        if not index.isValid():
            return None
        match = self.matches[index.row()]
        if role in (_DISPLAY, Qt.ItemDataRole.ToolTipRole):
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.EditRole and index.column() == FIELD:
            return match.field or ""
        if role == Qt.ItemDataRole.ForegroundRole and (match.field is None or index.column() in (0, 2, 4)):
            return self._theme.color("muted")
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """The person chose a field."""
        if role != Qt.ItemDataRole.EditRole or index.column() != FIELD:
            return False
        match = self.matches[index.row()]
        if (match.field or "") != value:
            self.chosen.emit(match.column, value or None)
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Titles."""
        if orientation == Qt.Orientation.Horizontal and role == _DISPLAY and 0 <= section < len(TITLES):
            return TITLES[section]
        return None

    def _text(self, row: int, column: int) -> str:
        match = self.matches[row]
        texts = (
            match.column.letter,
            match.column.key,
            self._samples[row],
            LEFT_OUT if match.field is None else self.targets.get(match.field, match.field),
            _HOW.get(match.how, match.note),
        )
        return texts[column]


class FieldDelegate(QStyledItemDelegate):
    """A drop-down of the module's fields in its cell, and a sign that there is one."""

    def __init__(self, theme: Theme, view: QTableView, model: MatchModel) -> None:
        super().__init__(view)
        self._theme = theme
        self._model = model

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """The drop-down, open."""
        box = QComboBox(parent)
        box.setAccessibleName(f"Field for {self._model.matches[index.row()].column.key}")
        box.setMaxVisibleItems(20)
        box.addItem(LEFT_OUT, "")
        for name, text in self._model.targets.items():
            box.addItem(text, name)
        box.activated.connect(lambda _at: self._take(box))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def _take(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """What is chosen now."""
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(index.data(Qt.ItemDataRole.EditRole))))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """What was chosen."""
        if isinstance(editor, QComboBox):
            model.setData(model.index(index.row(), index.column()), editor.currentData())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The text, a line below the row, and the sign."""
        super().paint(painter, option, index)
        area = option.rect
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), self._theme.color("line"))
        if index.column() == FIELD:
            place = QRect(area.right() - 22, area.center().y() - 6, 12, 12)
            self._theme.icon("chevron-down").paint(painter, place)


class MatchTable(QTableView):
    """The table; a click, Enter, F2 or a letter opens the drop-down."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model_ = MatchModel(theme)
        self.setModel(self.model_)
        dress_table(self, theme, "Columns of the file and their fields")
        self.setStyleSheet(PADDING)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(FieldDelegate(theme, self, self.model_))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self.open_row)
        header = self.horizontalHeader()
        scale = theme.base / 12
        for at, width in enumerate(_WIDTHS):
            if width:
                header.resizeSection(at, round(width * scale))
            else:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)

    def choose(self, column: Column, field: str | None) -> None:
        """Give a column a field, as the drop-down would."""
        self.model_.setData(self.model_.index(column.index, FIELD), field or "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, F2 and the space bar open the drop-down of the row."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self.open_row(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def open_row(self, index: QModelIndex) -> None:
        """Choose the field of this row."""
        place = self.model_.index(index.row(), FIELD)
        self.setCurrentIndex(place)
        self.edit(place)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == FIELD:
            self.open_row(index)
