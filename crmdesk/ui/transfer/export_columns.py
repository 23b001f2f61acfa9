"""Which columns are exported: all fields, those of the table that one came from, or chosen ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from crmdesk.files.mapping import headings

if TYPE_CHECKING:
    from crmdesk.crm.schema import Schema

ALL, SHOWN, CHOSEN = "all", "shown", "chosen"
_NAME = int(Qt.ItemDataRole.UserRole)


class ColumnChoice(QWidget):
    """`fields` None stands for all of them."""

    changed = Signal()

    def __init__(self, shown: Sequence[str]) -> None:
        super().__init__()
        self._shown: tuple[str, ...] = ()
        self._entries: dict[str, str] = {}
        self.way = QComboBox()
        self.way.setAccessibleName("Columns")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a field")
        self.search.setAccessibleName("Find a field")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Fields that are exported")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setProperty("role", "options")
        self.list.setUniformItemSizes(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.way, self.search, self.list):
            column.addWidget(part)
        self.way.addItem("All fields", ALL)
        self.show_table(shown)
        self.way.currentIndexChanged.connect(lambda _at: self._way_chosen())
        self.search.textChanged.connect(self._narrow)
        self.list.itemChanged.connect(lambda _item: self.changed.emit())
        self._way_chosen()

    def show_table(self, shown: Sequence[str]) -> None:
        """The columns of the table are these now."""
        self._shown = tuple(shown)
        if not shown:
            return
        if self.way.findData(SHOWN) < 0:
            self.way.insertItem(1, "", SHOWN)
        self.way.setItemText(self.way.findData(SHOWN), f"The {len(self._shown):,} columns of the table")

    def offer(self, schema: Schema) -> None:
        """The module's fields are known: they can be chosen one by one."""
        fields = [field for field in schema.fields.values() if field.visible]
        names = {field.name for field in fields}
        self.way.setItemText(0, f"All {len(names | {'id'}):,} fields")
        if self.way.findData(CHOSEN) < 0:
            self.way.addItem("Chosen fields", CHOSEN)
        entries = {"id": "ID"}
        for field, heading in zip(fields, headings(fields), strict=True):
            entries.setdefault(field.name, heading)
        for name in self._shown:
            entries.setdefault(name, name)
        self._entries = entries
        chosen = self.fields if self.way.currentData() == CHOSEN else None
        first = set(self._shown if chosen is None else chosen)
        self.list.blockSignals(True)
        self.list.clear()
        for name, heading in entries.items():
            item = QListWidgetItem(heading)
            item.setData(_NAME, name)
            item.setSizeHint(QSize(0, self.list.fontMetrics().height() + 10))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            checked = name in first if first else True
            item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)

    @property
    def fields(self) -> tuple[str, ...] | None:
        """The fields by name, in the order of the file."""
        way = self.way.currentData()
        if way == ALL:
            return None
        if way == SHOWN:
            return self._shown
        items = (self.list.item(at) for at in range(self.list.count()))
        return tuple(item.data(_NAME) for item in items if item.checkState() == Qt.CheckState.Checked)

    def heading(self, name: str) -> str:
        """A field as the file's heading calls it."""
        return self._entries.get(name, name)

    def _way_chosen(self) -> None:
        choosing = self.way.currentData() == CHOSEN
        self.search.setVisible(choosing)
        self.list.setVisible(choosing)
        self.changed.emit()

    def _narrow(self, text: str) -> None:
        for at in range(self.list.count()):
            item = self.list.item(at)
            item.setHidden(text.strip().casefold() not in item.text().casefold())
