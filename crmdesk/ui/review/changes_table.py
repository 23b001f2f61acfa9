"""Every change of a plan: record, field, before, after; paged from the journal, as the table of rows is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from crmdesk.ui.jobs.grid import PADDING
from crmdesk.ui.jobs.rows_dialog import GreyBars, RowsTable
from crmdesk.ui.jobs.rows_model import COLUMNS, PlanRowsModel
from crmdesk.ui.widgets import dress_table

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.window.workspace import Desk

_SHOWN = {"Module": 90, "Record": 180, "Field": 130, "From": 170, "To": 0, "Outcome": 90}


class ChangesTable(QWidget):
    """The rows of one plan; Enter or a double click opens the record."""

    def __init__(self, desk: Desk, shown: Shown) -> None:
        super().__init__()
        self._desk = desk
        self._shown = shown
        self.model: PlanRowsModel | None = None
        self.table = RowsTable()
        dress_table(self.table, desk.theme, "Changes of the plan")
        self.table.setStyleSheet(PADDING)
        self.table.setItemDelegate(GreyBars(desk.theme, self.table))
        self.table.doubleClicked.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def show_plan(self, plan: Plan, summary: Summary) -> None:
        """Show this plan's rows, read anew."""
        unneeded = {"Module"} if len(summary.modules) < 2 else set()
        if summary.counts["pending"] == summary.records:
            unneeded.add("Outcome")
        old, self.model = self.model, PlanRowsModel(plan, self._shown, self._start)
        self.model.setParent(self)
        self.table.setModel(self.model)
        if old is not None:
            old.deleteLater()
        header = self.table.horizontalHeader()
        scale = self._desk.theme.base / 12
        for at, title in enumerate(COLUMNS):
            self.table.setColumnHidden(at, title not in _SHOWN or title in unneeded)
            if _SHOWN.get(title):
                header.resizeSection(at, round(_SHOWN[title] * scale))
        header.setSectionResizeMode(COLUMNS.index("To"), QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        self.model.narrow()

    def _start(self, work: Coroutine[Any, Any, Any], on_done: Callable[[Any], object]) -> None:
        self._desk.tasks.start(work, owner=self, title="Reading the plan's rows", on_done=on_done)

    def _open(self, index: QModelIndex) -> None:
        row = None if self.model is None else self.model.row_at(index.row())
        if row is not None and row.record_id is not None:
            self._desk.open("record", {"module": row.module, "id": row.record_id, "label": row.label})
