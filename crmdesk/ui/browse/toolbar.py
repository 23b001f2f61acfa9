"""The line over the table: title, how many, find, columns, refresh, and the main action."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, ElidedLabel, label

TYPING_RESTS = 120  # milliseconds
LEAST_TITLE = 200  # pixels: below it the title is shortened, and buttons step aside


class FindField(QLineEdit):
    """What to find in loaded rows: Enter for the next, Shift+Enter for the one before, Esc to end."""

    looked_for = Signal(str)
    step = Signal(bool)  # forward?
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Find in rows")
        self.setToolTip("Find in the rows that are loaded (Ctrl+F)")
        self.setAccessibleName("Find in loaded rows")
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(110)
        self.setMaximumWidth(240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TYPING_RESTS)
        self._rest.timeout.connect(lambda: self.looked_for.emit(self.text().strip()))
        self.textChanged.connect(lambda _text: self._rest.start())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, Shift+Enter, arrows and Esc; everything else is typing."""
        key = event.key()
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step.emit(not back)
        elif key == Qt.Key.Key_Escape:
            self.clear()
            self.ended.emit()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.step.emit(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)


class Toolbar(QWidget):
    """Title and counts on the left, what can be done on the right."""

    columns = Signal()
    filter = Signal()
    refresh = Signal()
    export = Signal()
    new = Signal()
    reassign = Signal()

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "surface")
        self._title = ElidedLabel(title, "title")
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title.setMaximumWidth(320)
        self._title.setMinimumWidth(min(LEAST_TITLE, self._title.sizeHint().width()))
        self._counts = ElidedLabel(role="muted")
        self._counts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 12, 6)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addWidget(self._counts, 1)
        self.setFixedHeight(theme.sizes.toolbar + 2)
        self._furnished = False
        self._spare: list[Button] = []

    def furnish(self, *, can_filter: bool = False, new: str = "", owned: bool = True) -> None:
        """Add field and buttons, once: the first rows need not wait for them. `new`: what can be made here."""
        if self._furnished:
            return
        self._furnished = True
        self.find_field = FindField()
        self._found = label("", "small")
        self._found.hide()
        self.filter_button = Button("Filter…", self.filter.emit, hint="Find records by rules (Ctrl+Shift+E)")
        self.columns_button = Button("Columns…", self.columns.emit, hint="Choose and order the columns")
        self.refresh_button = Button("", self.refresh.emit, hint="Read the view again (F5)")
        self.refresh_button.setAccessibleName("Refresh")
        self.export_button = Button("Export…", self.export.emit, hint="Selected rows, or all, as a file (Ctrl+E)")
        self.new_button = Button("New", self.new.emit, hint=f"New {new} (Ctrl+N)")
        self.new_button.setAccessibleName(f"New {new}")
        self.reassign_button = Button("Reassign…", self.reassign.emit, role="primary")
        self._row.addWidget(self._found)
        self._row.addWidget(self.find_field, 2)
        buttons = (
            self.refresh_button,
            self.filter_button,
            self.columns_button,
            self.export_button,
            self.new_button,
            self.reassign_button,
        )
        for button in buttons:
            self._row.addWidget(button)
        self.filter_button.setVisible(can_filter)
        self.reassign_button.setVisible(owned)
        self._spare = [self.export_button, self.new_button] if new else [self.export_button]
        self.new_button.setVisible(bool(new))
        self.set_chosen(0)
        self._dress()
        self._theme.changed.connect(self._dress)
        self._make_room()

    def _dress(self) -> None:
        self.refresh_button.setIcon(self._theme.icon("refresh", "text"))
        self.new_button.setIcon(self._theme.icon("plus", "text"))

    def minimumSizeHint(self) -> QSize:
        """Without the buttons that step aside."""
        hint = super().minimumSizeHint()
        spare = [button for button in self._spare if button.isVisibleTo(self)]
        freed = sum(button.minimumSizeHint().width() + self._row.spacing() for button in spare)
        return QSize(hint.width() - freed, hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Without room, what the menu and a key do as well steps aside."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if not self._furnished:
            return
        for button in self._spare:
            button.show()
        for button in self._spare:
            self._row.invalidate()
            if self._row.minimumSize().width() <= self.width():
                return
            button.hide()

    def set_busy(self, busy: bool) -> None:
        """While the first page is on its way it is not asked for again."""
        if self._furnished:
            self.refresh_button.setEnabled(not busy)

    @property
    def counts(self) -> str:
        """`48,213 · 3 selected`."""
        return self._counts.text()

    def set_counts(self, total: int | None, chosen: int, unloaded: int = 0, state: str = "") -> None:
        """How many rows the view has, how many are selected, and how many of those are not loaded."""
        parts = [f"{total:,}"] if total is not None else []
        if chosen:
            parts.append(f"{chosen:,} selected")
        if unloaded:
            parts.append(f"{unloaded:,} of them not loaded")
        if state:
            parts.append(state)
        self._counts.setText(" · ".join(parts))
        self._counts.setMinimumWidth(min(260, self._counts.fontMetrics().horizontalAdvance(self.counts) + 4))
        self.set_chosen(chosen)
        self._make_room()

    def set_chosen(self, chosen: int) -> None:
        """The main button names the number; without any there is nothing to reassign."""
        if not self._furnished:
            return
        self.reassign_button.setText(f"Reassign {chosen:,}…" if chosen else "Reassign…")
        self.reassign_button.setEnabled(chosen > 0)
        self.reassign_button.setToolTip(
            "Plan who gets the selected records" if chosen else "Select rows first; Ctrl+A takes the whole view"
        )

    def set_found(self, words: str, count: int, place: int | None) -> None:
        """How many rows hold the words, and which of them the keyboard is on."""
        self._found.setVisible(bool(words))
        if not words:
            return
        if not count:
            self._found.setText("no row")
        elif place is None:
            self._found.setText(f"{count:,} rows" if count > 1 else "1 row")
        else:
            self._found.setText(f"{place + 1:,} of {count:,}")
