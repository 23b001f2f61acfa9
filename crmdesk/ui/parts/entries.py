"""Rows of a part: a title, some text, when, and what can be done with it. By mouse, by keyboard and from a menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.ui.browse.values import one_line
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, ElidedLabel, label

LONGEST = 900  # characters of a text before "Show all"
EDGE = 16
DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Act:
    """Something that can be done with a row. `key` "open", "edit" or "delete" gives it Enter, F2 or Del."""

    text: str
    run: Callable[[], object]
    key: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Entry:
    """One row as it is shown; all texts are plain. `check` makes a box before it that says `checked`."""

    key: object
    title: str
    side: str = ""
    meta: str = ""
    body: str = ""
    chips: tuple[str, ...] = ()
    warning: str = ""
    checked: bool = False
    check: Callable[[bool], object] | None = None
    acts: tuple[Act, ...] = ()

    def act(self, key: str) -> Act | None:
        """The action that a key stands for."""
        return next((act for act in self.acts if act.key == key), None)

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        parts = (self.title, *self.chips, self.warning, self.side, self.meta, self.body)
        return ", ".join(part for part in parts if part)


class EntryRow(QWidget):
    """A row: what can be done stands at its right while the mouse or the keyboard is on it."""

    def __init__(self, entry: Entry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self._theme = theme
        self._lit = False
        self.side: QLabel | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(entry.spoken)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(EDGE, 6, EDGE, 7)
        outer.setSpacing(8)
        self.box: QCheckBox | None = None
        if entry.check is not None:
            self.box = self._check_box(entry.check)
            outer.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(1)
        outer.addLayout(column, 1)
        column.addLayout(self._first_line())
        if entry.meta or entry.warning:
            column.addLayout(self._second_line())
        if entry.body:
            self._add_body(column, entry.body)
        self.over: QWidget | None = None  # made when it is first lit: many rows never are
        self.buttons: list[Button] = []

    def _make_actions(self) -> QWidget:
        over = QWidget(self)
        row = QHBoxLayout(over)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(10)
        row.addStretch(1)
        for act in self.entry.acts:
            button = Button(act.text.replace("&", "&&"), act.run, role="link", hint=act.hint)
            button.setProperty("small", "true")
            button.setAccessibleName(f"{act.text}: {self.entry.title}")
            button.installEventFilter(self)
            row.addWidget(button)
            self.buttons.append(button)
        return over

    def _check_box(self, check: Callable[[bool], object]) -> QCheckBox:
        box = QCheckBox()
        box.setChecked(self.entry.checked)
        box.setAccessibleName(f"Done: {self.entry.title}")
        box.clicked.connect(lambda on: check(bool(on)))
        box.installEventFilter(self)
        return box

    def _first_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(6)
        self.title = ElidedLabel(one_line(self.entry.title), "muted" if self.entry.checked else "")
        line.addWidget(self.title, 1)
        for chip in self.entry.chips:
            line.addWidget(label(chip, "chip"))
        if self.entry.side:
            side = label(self.entry.side, "small")
            side.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            line.addWidget(side)
            self.side = side
        return line

    def _second_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(6)
        if self.entry.warning:
            line.addWidget(label(self.entry.warning, "warning"))
        line.addWidget(ElidedLabel(one_line(self.entry.meta), "small"), 1)
        return line

    def _add_body(self, column: QVBoxLayout, text: str) -> None:
        cut = len(text) > LONGEST
        body = label(f"{text[:LONGEST].rstrip()}…" if cut else text, wrap=True, selectable=True)
        body.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body = body
        column.addWidget(body)
        if cut:
            more = Button("Show all", role="link")
            more.setProperty("small", "true")

            def whole() -> None:
                body.setText(text)
                more.hide()

            more.clicked.connect(lambda _checked=False: whole())
            column.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    # -- what lies over it ---------------------------------------------------------------------

    def _light(self) -> None:
        inside = self.hasFocus() or any(button.hasFocus() for button in self.buttons)
        inside = inside or (self.box is not None and self.box.hasFocus())
        lit = inside or self.underMouse()
        if lit != self._lit:
            self._lit = lit
            if lit and self.over is None and self.entry.acts:
                self.over = self._make_actions()
            if self.over is not None:
                self.over.setVisible(lit)
            self._put_actions()
            self.update()

    def _put_actions(self) -> None:
        if self.over is None:
            return
        size = self.over.sizeHint()
        # What it lies over is covered whole.
        width = max(size.width(), self.side.sizeHint().width() + 12 if self.side is not None else 0)
        self.over.setGeometry(self.width() - EDGE - width, 4, width, max(20, size.height()))
        ground = self._theme.color("selection" if self.hasFocus() else "hover").name()
        self.over.setStyleSheet(f".QWidget {{ background: {ground}; }}")
        self.over.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The actions stay at the right."""
        super().resizeEvent(event)
        if self._lit:
            self._put_actions()

    def event(self, event: QEvent) -> bool:
        """The mouse comes and goes."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._light()
        return done

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Lit while it has the keyboard."""
        super().focusInEvent(event)
        self._light()
        self._put_actions()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No longer lit."""
        super().focusOutEvent(event)
        self._light()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A button of this row has the keyboard, or loses it; arrows go on to the next row."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._light()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A thin line below, a ground while it is lit, an edge while it has the keyboard."""
        painter = QPainter(self)
        if self._lit:
            painter.fillRect(self.rect(), self._theme.color("selection" if self.hasFocus() else "hover"))
        if self.hasFocus():
            painter.fillRect(QRectF(0, 0, 3, self.height()), self._theme.color("accent"))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), self._theme.color("line"))

    # -- mouse and keyboard --------------------------------------------------------------------

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens it, or edits it where there is nothing to open."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._run("open", "edit")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, F2 edits, Del deletes, Space checks."""
        key = event.key()
        if key in ENTER and self._run("open", "edit"):
            return
        if key == Qt.Key.Key_F2 and self._run("edit"):
            return
        if key in DELETE_KEYS and self._run("delete"):
            return
        if key == Qt.Key.Key_Space and self.box is not None:
            self.box.click()
            return
        super().keyPressEvent(event)

    def _run(self, *keys: str) -> bool:
        for key in keys:
            act = self.entry.act(key)
            if act is not None:
                act.run()
                return True
        return False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The same actions as a menu."""
        if not self.entry.acts:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for act in self.entry.acts:
            menu.addAction(act.text.replace("&", "&&")).triggered.connect(lambda _on=False, run=act.run: run())
        place = event.globalPos() if event.reason() == QContextMenuEvent.Reason.Mouse else None
        menu.popup(place or self.mapToGlobal(QPoint(EDGE, self.height() // 2)))


class EntryList(QWidget):
    """The rows, one below the other; the arrow keys go through them."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[EntryRow] = []
        self.setAccessibleName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._holder = QWidget()
        self._column.addWidget(self._holder)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these instead; the keyboard stays on the row that it was on, if it is still there."""
        held = next((row.entry.key for row in self.rows if row.isAncestorOf(_focused(row)) or row.hasFocus()), None)
        # Built aside and put in at once: a layout that is seen is reckoned anew for every row.
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows = [EntryRow(entry, self._theme, holder) for entry in entries]
        for row in self.rows:
            column.addWidget(row)
        old, self._holder = self._holder, holder
        self._column.replaceWidget(old, holder)
        old.hide()
        old.deleteLater()
        kept = self.row(held) if held is not None else None
        if kept is not None:
            kept.setFocus(Qt.FocusReason.OtherFocusReason)

    def row(self, key: Any) -> EntryRow | None:
        """The row of a key."""
        return next((row for row in self.rows if row.entry.key == key), None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, Down, Home and End."""
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        at = next((place for place, row in enumerate(self.rows) if row.hasFocus()), None)
        if event.key() in ways and at is not None:
            self._to(at + ways[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.rows:
            self._to(0 if event.key() == Qt.Key.Key_Home else len(self.rows) - 1)
        else:
            super().keyPressEvent(event)

    def _to(self, place: int) -> None:
        if 0 <= place < len(self.rows):
            self.rows[place].setFocus(Qt.FocusReason.TabFocusReason)


def _focused(inside: QWidget) -> QWidget:
    """The widget with the keyboard; the given one itself where none has it."""
    window = inside.window()
    return window.focusWidget() or inside
