"""The first page: what is staged, by record; each edit can be taken back alone; why the last try failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import stand_on_foot
from crmdesk.ui.jobs.grid import PADDING
from crmdesk.ui.review.staged_model import AFTER, RECORD, REVERT, Line, StagedModel, lines_of
from crmdesk.ui.widgets import Button, EmptyState, NoteBox, dress_table, label

if TYPE_CHECKING:
    from crmdesk.changes.drafts import DraftEvent
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.theme import Theme
    from crmdesk.ui.window.workspace import Desk

SOON_MS = 60
_WIDTHS = (220, 160, 200, 260, 76)


class StagedDelegate(QStyledItemDelegate):
    """A line above each record, the staged edge before what it will have, a problem under its value's place."""

    def __init__(self, theme: Theme, view: QTableView) -> None:
        super().__init__(view)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The cell, then what tells groups and problems."""
        super().paint(painter, option, index)
        model = index.model()
        if not isinstance(model, StagedModel):
            return
        line, texts = model.line_at(index.row()), model.texts_at(index.row())
        area = QRect(option.rect)
        if line.first and index.row():
            painter.fillRect(QRect(area.left(), area.top(), area.width(), 1), self._theme.color("line"))
        if index.column() == RECORD and line.first:
            bold = QFontMetrics(index.data(Qt.ItemDataRole.FontRole) or option.font)
            self._behind(painter, option, bold.horizontalAdvance(texts.name), texts.detail, "muted")
        if index.column() == AFTER:
            edge = "warning" if line.message else "staged_edge"
            painter.fillRect(QRect(area.left(), area.top() + 1, 2, area.height() - 1), self._theme.color(edge))
            if line.message:
                self._behind(
                    painter, option, option.fontMetrics.horizontalAdvance(texts.after), line.message, "warning"
                )

    def _behind(self, painter: QPainter, option: QStyleOptionViewItem, width: int, note: str, tone: str) -> None:
        """A note behind the cell's text, which is so wide, where there is room."""
        taken = width + 22
        area = QRectF(option.rect).adjusted(taken, 0, -6, 0)
        if area.width() < option.fontMetrics.averageCharWidth() * 4:
            return
        painter.save()
        painter.setPen(self._theme.color(tone))
        shown = option.fontMetrics.elidedText(note, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.restore()


class StagedTable(QTableView):
    """Del reverts the selected lines, Enter opens the record; the last column's word can be clicked."""

    revert = Signal(object)  # list[Line]
    open = Signal(object)  # Line

    def __init__(self, theme: Theme, shown: Shown) -> None:
        super().__init__()
        self.lines = StagedModel(theme, shown, self)
        self.setModel(self.lines)
        dress_table(self, theme, "Unsaved changes")
        self.setStyleSheet(PADDING)
        self.setItemDelegate(StagedDelegate(theme, self))
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        header = self.horizontalHeader()
        # WORKAROUND: a header that shares the table's selection asks for every cell at Ctrl+A
        # (https://bugreports.qt.io/browse/QTBUG-15022).
        header.setSelectionModel(QItemSelectionModel(self.lines, header))
        scale = theme.base / 12
        for at, width in enumerate(_WIDTHS):
            header.resizeSection(at, round(width * scale))
        header.setSectionResizeMode(AFTER, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double_clicked)
        theme.changed.connect(self.lines.redress)

    def chosen(self) -> list[Line]:
        """The selected lines, from top to bottom."""
        rows: set[int] = set()
        for part in self.selectionModel().selection().toList():
            rows.update(range(part.top(), part.bottom() + 1))
        return [self.lines.line_at(row) for row in sorted(rows)]

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == REVERT:
            self.revert.emit([self.lines.line_at(index.row())])

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() != REVERT:
            self.open.emit(self.lines.line_at(index.row()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be clicked."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        on_link = index.isValid() and index.column() == REVERT
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if on_link else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del and Enter act on the selection."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.chosen():
            self.revert.emit(self.chosen())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.open.emit(self.lines.line_at(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)


class StagedPage(QWidget):
    """`review` when the plan shall be made, `stop` when reading shall end."""

    review = Signal()
    stop = Signal()
    discard = Signal()
    revert = Signal(object)  # list[Line]
    open = Signal(object)  # Line
    show_all = Signal()
    counted = Signal()

    def __init__(self, desk: Desk, shown: Shown) -> None:
        super().__init__()
        self._desk = desk
        self._shown = shown
        self._module: str | None = None
        self._records: frozenset[int | str] | None = None
        self._make_parts()
        self._lay_out()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.refresh)
        leave = desk.session.drafts.subscribe(self._heard)
        self.destroyed.connect(lambda: leave())
        shown.changed.connect(self.table.lines.redress)
        self.resting()

    def _make_parts(self) -> None:
        theme = self._desk.theme
        self.table = StagedTable(theme, self._shown)
        self.table.revert.connect(self.revert)
        self.table.open.connect(self.open)
        self.trouble = NoteBox()
        self.trouble.hide()
        self.scope = Button("Show all", self.show_all.emit, role="link")
        self.empty = EmptyState(
            "Nothing is unsaved",
            "What you change in a table or a record stands here until it is saved: each field with its value before"
            " and after, and what saving costs.",
            icon=theme.icon("save"),
        )
        self.says = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setFixedSize(120, 6)
        self.bar.setAccessibleName("Reading")
        self.discard_button = Button("&Discard all…", self.discard.emit, hint="Give up what is listed here")
        self.stop_button = Button("&Cancel", self.stop.emit)
        self.review_button = Button("&Review", self.review.emit, role="primary")

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.table)
        middle = QWidget()
        middle.setProperty("ground", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 8, 12, 8)
        holder.setSpacing(8)
        holder.addWidget(self.scope)
        holder.addWidget(self.trouble)
        self._notes = QWidget()
        self._notes.setLayout(holder)
        column.addWidget(self._notes)
        column.addWidget(self.stack, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 10, 12, 10)
        foot.setSpacing(8)
        foot.addWidget(self.discard_button)
        foot.addWidget(self.says, 1)
        foot.addWidget(self.bar)
        foot.addWidget(self.stop_button)
        foot.addWidget(self.review_button)
        stand_on_foot(self, middle, foot)

    # -- what is shown

    def narrow(self, module: str | None, records: frozenset[int | str] | None) -> None:
        """Show a module's or some records' edits only; None for all."""
        self._module, self._records = module, records
        self.refresh()

    @property
    def narrowed(self) -> bool:
        """Whether only a part is shown."""
        return self._module is not None or self._records is not None

    @property
    def records_shown(self) -> int:
        """How many records have edits here."""
        return sum(line.first for line in self.table.lines.lines)

    def refresh(self) -> None:
        """Read the drafts again; they are in memory."""
        drafts = self._desk.session.drafts
        lines = lines_of(drafts, self._module, self._records)
        if not lines and self.narrowed:
            # What was asked for is saved or given up: what else is unsaved stands here then.
            self._module, self._records = None, None
            lines = lines_of(drafts, None, None)
        self._shown.need({line.edit.module for line in lines})
        self.table.lines.show(lines)
        self.stack.setCurrentWidget(self.table if lines else self.empty)
        rest = drafts.count() - len(lines)
        self.scope.setText(f"Show the other {words.changes(rest)} too")
        self.scope.setVisible(self.narrowed and rest > 0)
        failed = sum(bool(line.message) for line in lines)
        self.trouble.setVisible(bool(failed))
        if failed:
            self.trouble.set(
                f"{words.changes(failed)} could not be saved the last time",
                "The CRM’s words stand beside each. Open the record to mend it (Enter), or take the edit back (Del).",
                "staged",
            )
        self._notes.setVisible(self.scope.isVisibleTo(self._notes) or bool(failed))
        self.review_button.setText(f"&Review {words.changes(len(lines))}" if lines else "&Review")
        self.review_button.setEnabled(bool(lines))
        self.review_button.setVisible(bool(lines) and self.stop_button.isHidden())
        self.discard_button.setVisible(bool(lines))
        self._say_rest()
        self.counted.emit()

    def _say_rest(self) -> None:
        if self.bar.isVisibleTo(self):
            return
        lines = self.table.lines.rowCount()
        told = f"{words.changes(lines)} on {words.records(self.records_shown)}. " if lines else ""
        self.says.setText(f"{told}Reviewing reads the records and changes nothing." if lines else "")

    def _heard(self, _event: DraftEvent) -> None:
        if self.isVisible():
            self._soon.start()
        else:
            self.counted.emit()  # thousands of lines are not drawn anew where nobody looks

    def showEvent(self, event: QShowEvent) -> None:
        """What was staged meanwhile."""
        super().showEvent(event)
        self.refresh()

    # -- states

    def resting(self) -> None:
        """Nothing is being read."""
        self.bar.hide()
        self.stop_button.hide()
        self.review_button.setVisible(self.table.lines.rowCount() > 0)
        self.discard_button.setEnabled(True)
        self._say_rest()

    def reading(self) -> None:
        """The records are being read for the plan."""
        self.bar.show()
        self.stop_button.show()
        self.review_button.hide()
        self.discard_button.setEnabled(False)
        self.says.setText("Looking what the records have now. Nothing is changed in the CRM.")
