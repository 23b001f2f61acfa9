"""The inspector's content: one record's fields as a form that is read first, all of it plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

from crmdesk.ui.record.footer import Footer
from crmdesk.ui.record.row import FieldRow, RowActions
from crmdesk.ui.record.sheet import Sheet, as_text
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, EmptyState, NoteBox, SectionTitle, label

LABEL_WIDTH = 116


@dataclass(frozen=True)
class PanelActions:
    """What the panel's buttons do; `more` shows a menu below the button that is given."""

    open_in_browser: Callable[[], object]
    open_in_tab: Callable[[], object] | None
    edit: Callable[[str], object]
    revert: Callable[[str], object]
    save: Callable[[], object]
    discard: Callable[[], object]
    more: Callable[[QWidget], object]


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

    def __init__(self, theme: Theme, actions: PanelActions) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAccessibleName("Record")
        self._sheet: Sheet | None = None
        self._waiting: tuple[Sheet, bool] | None = None  # drawn when the editor that is open is done
        self._rows: dict[str, FieldRow] = {}
        self._all_rows: list[FieldRow] = []
        self.empty: EmptyState | None = None
        self._theme = theme
        self.wanted = actions
        self._made = False  # the rest is made for the first record: opening a view should not wait for it
        self._run_again: Callable[[], object] | None = None
        self._stack = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._stack, 1)
        self._outer = outer
        self.footer: Footer | None = None

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
        self._filled = self._page(self._buttons())
        self._stack.addWidget(self._filled)
        self.footer = Footer(self.wanted.save, self.wanted.discard)
        self._outer.addWidget(self.footer)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Button("Open in browser", self.wanted.open_in_browser, role="link"))
        if self.wanted.open_in_tab is not None:
            row.addWidget(Button("Own tab", self.wanted.open_in_tab, role="link", hint="Open in a tab of its own"))
        row.addWidget(Button("Copy all", self.copy_all, role="link"))
        self.more = Button("More…", role="link", hint="Clone, delete, restore, forget")
        self.more.clicked.connect(lambda _checked=False: self.wanted.more(self.more))
        row.addWidget(self.more)
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
        self._area = area
        return area

    # -- what is shown -----------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet | None:
        """The sheet that is shown, if one is."""
        return self._sheet

    @property
    def editing(self) -> FieldRow | None:
        """The row whose editor is open."""
        return next((row for row in self._all_rows if row.editor is not None), None)

    def row(self, key: str) -> FieldRow | None:
        """The row of a field that is shown."""
        return self._rows.get(key)

    def show_row(self, key: str) -> None:
        """Scroll to a field."""
        row = self._rows.get(key)
        if row is not None:
            self._area.ensureWidgetVisible(row.place, 0, 24)

    def close_editor(self, row: FieldRow, *, focus: bool) -> None:
        """The value is shown again, and what was waiting to be drawn."""
        row.close(focus=focus)
        waiting, self._waiting = self._waiting, None
        if waiting is not None and self.editing is None:
            self.show_sheet(waiting[0], loading=waiting[1])

    def show_staged(self, count: int) -> None:
        """How many changes of the record are staged."""
        if self.footer is not None:
            self.footer.show_count(count)

    def show_empty(self, title: str, text: str) -> None:
        """No record: say why and what to do."""
        self._sheet = None
        self.show_staged(0)
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
        if self.editing is not None and self._sheet is not None and self._sheet.shape != sheet.shape:
            self._waiting = (sheet, loading)  # drawing anew would take the editor away
            return
        before, self._sheet = self._sheet, sheet
        self._title.setText(sheet.title)
        self._subtitle.setText(sheet.subtitle)
        self._missing.setText(_missing_text(sheet, loading))
        self._missing.setVisible(bool(self._missing.text()))
        if before is not None and before.shape == sheet.shape and self._all_rows:
            for row, line in zip(self._all_rows, sheet.lines, strict=True):
                row.fill(line, loading=loading)
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
        self._rows, self._all_rows = {}, []
        for section in sheet.sections:
            box = QWidget()
            grid = QGridLayout(box)
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(4)
            grid.setColumnMinimumWidth(0, LABEL_WIDTH)
            grid.setColumnStretch(1, 1)
            grid.addWidget(SectionTitle(section.title), 0, 0, 1, 2)
            for place, line in enumerate(section.lines, 1):
                row = FieldRow(self._theme, RowActions(self.wanted.edit, self.wanted.revert))
                row.name.setFixedWidth(LABEL_WIDTH)
                grid.addWidget(row.name, place, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(row.place, place, 1, Qt.AlignmentFlag.AlignTop)
                row.fill(line, loading=loading)
                self._all_rows.append(row)
                self._rows.setdefault(line.key, row)
            self._column.addWidget(box)


def _missing_text(sheet: Sheet, loading: bool) -> str:
    if not sheet.absent:
        return ""
    count = len(sheet.absent)
    if loading:
        return "Loading what the list did not hold…"
    return f"The CRM does not send {count} more field{'s' if count > 1 else ''} of this record."
