"""Choosing the columns: tick, drag into order, narrow down by typing. Opened, never executed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from crmdesk.ui.browse.fields import FieldInfo
from crmdesk.ui.widgets import Button, label

KEY = Qt.ItemDataRole.UserRole


class ColumnsDialog(QDialog):
    """Emits `chosen` with the keys in their order when the person is done."""

    chosen = Signal(object)
    defaults_asked = Signal()

    def __init__(
        self,
        fields: Mapping[str, FieldInfo],
        shown: Sequence[str],
        module_name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Columns of {module_name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(400, 520)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find a field")
        self._search.setAccessibleName("Find a field")
        self._search.textChanged.connect(self._narrow)
        self.list = QListWidget()
        self.list.setAccessibleName("Fields; ticked ones are columns, in this order")
        self.list.setStyleSheet("QListView::item { min-height: 24px; }")
        self.list.setUniformItemSizes(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.itemChanged.connect(lambda _item: self._count())
        self._note = label("", "small")
        self._fill(fields, shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label("Columns", "title"))
        column.addWidget(
            label("Tick what is shown, and drag or use Alt+Up and Alt+Down for the order.", "muted", wrap=True)
        )
        column.addWidget(self._search)
        column.addWidget(self.list, 1)
        column.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._note, 1)
        up, down = Button("Up", lambda: self.shift(-1)), Button("Down", lambda: self.shift(1))
        up.setShortcut("Alt+Up")
        down.setShortcut("Alt+Down")
        self.done_button = Button("Show these", self.accept_choice, role="primary")
        self.done_button.setDefault(True)
        for button in (up, down, Button("Standard", self._defaults, role="quiet"), self.done_button):
            row.addWidget(button)
        self._count()
        return row

    def _fill(self, fields: Mapping[str, FieldInfo], shown: Sequence[str]) -> None:
        rest = sorted((key for key in fields if key not in shown), key=lambda key: fields[key].label.casefold())
        for key in (*shown, *rest):
            info = fields.get(key)
            text = info.label if info is not None else key
            if info is not None and info.section:
                text = f"{text}  ·  {info.section}"
            item = QListWidgetItem(text)
            item.setData(KEY, key)
            item.setToolTip(key if key != "@label" else "")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            item.setCheckState(Qt.CheckState.Checked if key in shown else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _items(self) -> Iterable[QListWidgetItem]:
        return (self.list.item(row) for row in range(self.list.count()))

    def keys(self) -> tuple[str, ...]:
        """The ticked fields in their order."""
        return tuple(item.data(KEY) for item in self._items() if item.checkState() == Qt.CheckState.Checked)

    def tick(self, key: str, on: bool) -> None:
        """Tick or untick a field."""
        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        for item in self._items():
            if item.data(KEY) == key:
                item.setCheckState(state)

    def shift(self, by: int) -> None:
        """Move the current field up or down."""
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < self.list.count():
            item = self.list.takeItem(row)
            self.list.insertItem(row + by, item)
            self.list.setCurrentRow(row + by)

    def _narrow(self, words: str) -> None:
        for item in self._items():
            item.setHidden(words.casefold() not in item.text().casefold())

    def _count(self) -> None:
        count = len(self.keys())
        self._note.setText(f"{count} shown")
        self.done_button.setEnabled(count > 0)

    def _defaults(self) -> None:
        self.defaults_asked.emit()
        self.accept()

    def accept_choice(self) -> None:
        """Tell the choice and close."""
        if self.keys():
            self.chosen.emit(self.keys())
            self.accept()
