"""What was typed on a cell before it can be edited: fields, or the record, are still on their way."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication, QWidget

from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.table import RecordTable


@dataclass(eq=False)
class Waiting:
    """One cell that waits, by its record and column, and the keys since: a text each, "" for Enter."""

    record_id: int
    key: str
    keys: list[str]
    focused: QWidget | None = field(default_factory=QApplication.focusWidget)
    columns_new: bool = False  # the table was laid out anew meanwhile, so that its cursor stands elsewhere

    def press(self, text: str) -> None:
        """One more key; Enter on a cell that only waits to be opened asks for nothing new."""
        if text or any(self.keys):
            self.keys.append(text)

    def is_for(self, record_id: int | None, key: str) -> bool:
        """Whether it is this cell that waits."""
        return (self.record_id, self.key) == (record_id, key)

    def holds(self, model: RecordModel, table: RecordTable) -> bool:
        """Whether the person is still on the cell; the cursor that a new layout has moved is put back."""
        if QApplication.focusWidget() not in (self.focused, table, None):
            return False
        now = table.currentIndex()
        keys = [column.key for column in model.columns]
        here = model.id_at(now.row()) if now.isValid() else None
        if not self.columns_new:
            return now.isValid() and self.is_for(here, keys[now.column()])
        row = model.row_of(self.record_id)
        if row is None or self.key not in keys or here not in (None, self.record_id):
            return False
        at = model.index(row, keys.index(self.key))
        table.selectionModel().setCurrentIndex(at, QItemSelectionModel.SelectionFlag.NoUpdate)
        return True
