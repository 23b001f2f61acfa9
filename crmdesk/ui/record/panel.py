"""The inspector's content: one record's fields, read-only, all of it plain text that can be copied."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from crmdesk.ui.record.sheet import Line, Sheet, State, as_text
from crmdesk.ui.record.value_label import ValueLabel
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, EmptyState, NoteBox, SectionTitle, label
from crmdesk.ui.widgets.basics import restyle

LABEL_WIDTH = 116
BLANK_MARK = "–"


class GhostLines(QWidget):
    """Grey bars where the record's lines will stand."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName("The record is being loaded")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A title and some lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("placeholder"))
        painter.drawRoundedRect(16, 18, 150, 14, 7, 7)
        for place in range(9):
            top = 64 + place * 28
            painter.drawRoundedRect(16, top, 56 + (place * 29) % 40, 8, 4, 4)
            painter.drawRoundedRect(16 + LABEL_WIDTH, top, 70 + (place * 47) % 90, 8, 4, 4)
        painter.end()


class RecordPanel(QFrame):
    """Shows a sheet, or says why there is none."""

    def __init__(
        self,
        theme: Theme,
        *,
        open_in_browser: Callable[[], object],
        open_in_tab: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAccessibleName("Record")
        self._sheet: Sheet | None = None
        self._values: list[ValueLabel] = []
        self.empty: EmptyState | None = None
        self._theme = theme
        self._open_in_browser, self._open_in_tab = open_in_browser, open_in_tab
        self._made = False  # the rest is made for the first record: opening a view should not wait for it
        self._run_again: Callable[[], object] | None = None
        self._stack = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def _make(self) -> None:
        if self._made:
            return
        self._made = True
        self._title = label("", "title", wrap=True, selectable=True)
        self._subtitle = label("", "muted", wrap=True, selectable=True)
        for head in (self._title, self._subtitle):
            head.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        self.note = NoteBox("", "")
        self._again = Button("Try again", role="link")
        self.note.body.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        self._again.clicked.connect(lambda _checked=False: self._run_again and self._run_again())
        self.note.hide()
        self._missing = label("", "small", wrap=True)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(12)
        self._ghosts = GhostLines(self._theme)
        self._stack.addWidget(self._ghosts)
        self._filled = self._page(self._buttons(self._open_in_browser, self._open_in_tab))
        self._stack.addWidget(self._filled)

    def _buttons(self, open_in_browser: Callable[[], object], open_in_tab: Callable[[], object] | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Button("Open in browser", open_in_browser, role="link"))
        if open_in_tab is not None:
            row.addWidget(Button("Open in own tab", open_in_tab, role="link"))
        row.addWidget(Button("Copy all", self.copy_all, role="link"))
        row.addStretch(1)
        return row

    def _page(self, buttons: QHBoxLayout) -> QScrollArea:
        inside = QWidget()
        inside.setProperty("ground", "surface")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addLayout(buttons)
        column.addSpacing(4)
        column.addWidget(self.note)
        column.addWidget(self._body)
        column.addWidget(self._missing)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("Fields of the record")
        return area

    # -- what is shown -----------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet | None:
        """The sheet that is shown, if one is."""
        return self._sheet

    def show_empty(self, title: str, text: str) -> None:
        """No record: say why and what to do."""
        self._sheet = None
        if self.empty is None:
            self.empty = EmptyState(title, text)
            self._stack.addWidget(self.empty)
        self.empty.set(title, text)
        self._stack.setCurrentWidget(self.empty)

    def show_loading(self) -> None:
        """Nothing of the record is known yet."""
        self._make()
        self._sheet = None
        self._stack.setCurrentWidget(self._ghosts)

    def show_sheet(self, sheet: Sheet, *, loading: bool) -> None:
        """Show a record; `loading`: what is not loaded yet is on its way."""
        self._make()
        before, self._sheet = self._sheet, sheet
        self._title.setText(sheet.title)
        self._subtitle.setText(sheet.subtitle)
        self._missing.setText(_missing_text(sheet, loading))
        self._missing.setVisible(bool(self._missing.text()))
        if before is not None and before.shape == sheet.shape and self._values:
            lines = [line for section in sheet.sections for line in section.lines]
            for shown, line in zip(self._values, lines, strict=True):
                _fill(shown, line, loading)
        else:
            self._build(sheet, loading)
        self._stack.setCurrentWidget(self._filled)

    def show_error(self, text: str, remedy: str, again: Callable[[], object]) -> None:
        """The rest of the record could not be read; what is known stays."""
        self._make()
        if self._sheet is None:
            self._title.setText("Not loaded")
            self._subtitle.setText("")
        self._run_again = again
        self.note.set(text, remedy, "warning")
        self.note.show()
        self._stack.setCurrentWidget(self._filled)

    def clear_error(self) -> None:
        """Another record, or another try."""
        if self._made:
            self.note.hide()

    def copy_all(self) -> None:
        """Every field that has a value, as label, tab, value."""
        if self._sheet is not None:
            QGuiApplication.clipboard().setText(as_text(self._sheet.sections))

    def _build(self, sheet: Sheet, loading: bool) -> None:
        while self._column.count():
            item = self._column.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        self._values = []
        for section in sheet.sections:
            box = QWidget()
            grid = QGridLayout(box)
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(7)
            grid.setColumnMinimumWidth(0, LABEL_WIDTH)
            grid.setColumnStretch(1, 1)
            grid.addWidget(SectionTitle(section.title), 0, 0, 1, 2)
            for row, line in enumerate(section.lines, 1):
                self._add(grid, row, line, loading)
            self._column.addWidget(box)

    def _add(self, grid: QGridLayout, row: int, line: Line, loading: bool) -> None:
        name = label(line.label, "muted", wrap=True)
        name.setFixedWidth(LABEL_WIDTH)
        shown = ValueLabel()
        name.setBuddy(shown)
        grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignTop)
        self._values.append(shown)
        _fill(shown, line, loading)


def _missing_text(sheet: Sheet, loading: bool) -> str:
    if not sheet.absent:
        return ""
    count = len(sheet.absent)
    if loading:
        return "Loading what the list did not hold…"
    return f"The CRM does not send {count} more field{'s' if count > 1 else ''} of this record."


def _fill(shown: ValueLabel, line: Line, loading: bool) -> None:
    """One line's text; blank and not loaded are told apart by sign, tone and spoken name."""
    text = BLANK_MARK if line.state is State.BLANK else line.text
    role = "" if line.state is State.VALUE else "muted"
    shown.show_value(text)
    if shown.property("role") != role:
        shown.setProperty("role", role)
        restyle(shown)
    spoken = {State.VALUE: line.text, State.BLANK: "blank", State.ABSENT: "not loaded"}[line.state]
    shown.setAccessibleName(f"{line.label}: {spoken}")
    tip = ("Being loaded" if loading else "Not loaded") if line.state is State.ABSENT else ""
    shown.setToolTip(tip)
    side = Qt.AlignmentFlag.AlignRight if line.right else Qt.AlignmentFlag.AlignLeft
    # Absolute: right-to-left values start beside their labels, too; their own order is kept.
    shown.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignTop)
