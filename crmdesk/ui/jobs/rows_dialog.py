"""Looking through a plan's rows: a window of its own that blocks nothing, over any number of rows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QKeySequence, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from crmdesk.store.words import Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.grid import PADDING
from crmdesk.ui.jobs.rows_model import COLUMNS, PlanRowsModel
from crmdesk.ui.jobs.shown import Shown
from crmdesk.ui.widgets import Button, Line, dress_table, label

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.ui.theme import Theme
    from crmdesk.ui.window.workspace import Desk

_WIDTHS = (96, 170, 108, 110, 130, 130, 92, 240, 136)


class GreyBars(QStyledItemDelegate):
    """Rows that are not read yet are grey bars in place."""

    def __init__(self, theme: Theme, view: QTableView) -> None:
        super().__init__(view)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The cell, or a bar where it will be."""
        super().paint(painter, option, index)
        painter.fillRect(
            QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), self._theme.color("line")
        )
        if index.data() is not None:
            return
        area = QRectF(option.rect).adjusted(10, 0, -24, 0)
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("placeholder"))
        painter.drawRoundedRect(QRectF(area.left(), area.center().y() - 4, max(0.0, area.width()), 8), 4, 4)
        painter.restore()


class RowsTable(QTableView):
    """The table; Ctrl+C copies the selected rows as tab-separated text."""

    def keyPressEvent(self, event: Any) -> None:
        """Copies, or moves as tables do."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self.selected_text())
            return
        super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The selected rows that are read, as tab-separated text."""
        lines: list[str] = []
        model = self.model()
        for part in self.selectionModel().selection().toList():
            for row in range(part.top(), part.bottom() + 1):
                cells = [model.index(row, column).data() for column in range(model.columnCount())]
                if cells[0] is not None:
                    lines.append("\t".join(str(cell) for cell in cells))
        return "\n".join(lines)


class RowsDialog(QDialog):
    """All rows of one plan, with filters by module and outcome."""

    def __init__(self, desk: Desk, plan: Plan, window: QWidget, outcome: Outcome | None = None) -> None:
        super().__init__(window)
        self._desk = desk
        self._plan = plan
        self._first = outcome
        self.setWindowTitle("Rows of the plan")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        room = window.window().size()
        self.resize(min(1240, max(640, room.width() - 80)), min(760, max(420, room.height() - 120)))
        self.shown_as = Shown(desk, self)
        self.model = PlanRowsModel(plan, self.shown_as, self._start)
        self.model.modelReset.connect(self._counted)
        self._lay_out()
        desk.tasks.start(plan.summary(), owner=self, title="Reading the plan", on_done=self._summarised)

    def _start(self, work: Coroutine[Any, Any, Any], on_done: Callable[[Any], object]) -> None:
        self._desk.tasks.start(work, owner=self, title="Reading the plan's rows", on_done=on_done)

    def _lay_out(self) -> None:
        self.title = label("", "title")
        self.module = QComboBox()
        self.module.setAccessibleName("Show rows of")
        self.outcome = QComboBox()
        self.outcome.setAccessibleName("Show rows with the outcome")
        self.count = label("", "muted")
        for box in (self.module, self.outcome):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(lambda _at: self._narrow())
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 0, 16, 10)
        bar.setSpacing(8)
        bar.addWidget(self.module)
        bar.addWidget(self.outcome)
        bar.addWidget(self.count, 1)
        bar.addWidget(Button("&Refresh", self._narrow))
        bar.addWidget(Button("&Close", self.close))
        self.table = RowsTable()
        self.table.setModel(self.model)
        dress_table(self.table, self._desk.theme, "Rows of the plan")
        self.table.setStyleSheet(PADDING)
        self.table.setItemDelegate(GreyBars(self._desk.theme, self.table))
        header = self.table.horizontalHeader()
        scale = self._desk.theme.base / 12
        for at, width in enumerate(_WIDTHS):
            header.resizeSection(at, round(width * scale))
        header.setSectionResizeMode(COLUMNS.index("Why"), QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        self.table.doubleClicked.connect(lambda index: self._open(index.row()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.addWidget(self.title)
        column.addLayout(head)
        column.addLayout(bar)
        column.addWidget(Line())
        column.addWidget(self.table, 1)
        self.table.setFocus()

    def _summarised(self, summary: Summary) -> None:
        self.setWindowTitle(f"Rows · {summary.title}")
        self.title.setText(summary.title)
        self.table.setColumnHidden(COLUMNS.index("Field"), summary.kind in words.OF_OWNERS)
        self.module.addItem("All modules", None)
        for key in summary.modules:
            self.module.addItem(self.shown_as.module(key), key)
        self.outcome.addItem("All outcomes", None)
        for outcome in Outcome:
            count = summary.counts.get(outcome, 0)
            if count or outcome is self._first:
                self.outcome.addItem(f"{words.outcome_name(outcome)} ({count:,})", outcome)
        self.outcome.setCurrentIndex(max(0, self.outcome.findData(self._first)) if self._first else 0)
        self.module.setVisible(len(summary.modules) > 1)
        self.outcome.setVisible(self.outcome.count() > 1)
        self._narrow()

    def _narrow(self) -> None:
        self.model.narrow(self.module.currentData(), self.outcome.currentData())

    def _counted(self) -> None:
        self.count.setText(f"{self.model.rowCount():,} rows")

    def _open(self, row: int) -> None:
        found = self.model.row_at(row)
        record = None if found is None else found.result_id if found.record_id is None else found.record_id
        if found is not None and record is not None:
            self._desk.open("record", {"module": found.module, "id": record, "label": found.label})


def look_through(desk: Desk, plan: Plan, window: QWidget, outcome: Outcome | None = None) -> RowsDialog:
    """Open the rows of a plan in a window of its own."""
    dialog = RowsDialog(desk, plan, window, outcome)
    dialog.show()
    return dialog
