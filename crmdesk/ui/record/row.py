"""One field of a form: its label, its value to be read, and its editor while it is edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.ui.editors import FieldEditor
from crmdesk.ui.record.sheet import Line, State
from crmdesk.ui.record.value_label import ValueLabel
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.widgets.basics import restyle

BLANK_MARK = "–"
OPENS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2, Qt.Key.Key_Space)


@dataclass(frozen=True)
class RowActions:
    """What a row asks for, by the key of its field."""

    edit: Callable[[str], object]
    revert: Callable[[str], object]


class ValueBox(QFrame):
    """A value as it is read. One that can be edited has a thin frame and takes the keyboard."""

    opened = Signal()
    reverted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("role", "value")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.value = ValueLabel()
        self._was = label("", "small", wrap=True)
        self._message = label("", "warning", wrap=True)
        self._revert: Button | None = None
        self._editable = False
        self._grid = QGridLayout(self)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self.value, 0, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._was, 1, 0)
        self._grid.addWidget(self._message, 2, 0, 1, 2)
        self._was.hide()
        self._message.hide()

    @property
    def editable(self) -> bool:
        """Whether Enter and a click edit it."""
        return self._editable

    def show_line(self, line: Line, *, loading: bool) -> None:
        """One line; blank and not loaded are told apart by sign, tone and spoken name."""
        text = BLANK_MARK if line.state is State.BLANK else line.text
        self._set_role(self.value, "" if line.state is State.VALUE else "muted")
        self.value.show_value(text)
        self.value.value = line.text if line.state is State.VALUE else ""  # the mark of a blank is not copied
        self._dress(line)
        self._show_marks(line)
        spoken = {State.VALUE: line.text, State.BLANK: "blank", State.ABSENT: "not loaded"}[line.state]
        parts = [f"{line.label}: {spoken}"]
        parts += ["required"] if line.required else []
        parts += [f"changed, was {line.was or 'blank'}"] if line.staged else []
        self.value.setAccessibleName(parts[0])
        self.setAccessibleName(", ".join(parts))
        self.setAccessibleDescription(line.message or line.hint)
        tip = "\n".join(part for part in (line.note, line.hint) if part)
        if line.state is State.ABSENT:
            tip = "Being loaded" if loading else "Not loaded"
        self.setToolTip(tip)
        side = Qt.AlignmentFlag.AlignRight if line.right else Qt.AlignmentFlag.AlignLeft
        # Absolute: right-to-left values start beside their labels, too; their own order is kept.
        self.value.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignTop)

    def _dress(self, line: Line) -> None:
        self._editable = line.editable
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if line.editable else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor if line.editable else Qt.CursorShape.ArrowCursor)
        selectable = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction if line.editable else selectable)
        self.value.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, line.editable)
        look = "staged" if line.staged else "edit" if line.editable else "read"
        margins = (8, 4, 6, 4) if look != "read" else (8, 3, 0, 3)
        self._grid.setContentsMargins(*margins)
        if self.property("look") != look:
            self.setProperty("look", look)
            restyle(self)

    def _show_marks(self, line: Line) -> None:
        self._was.setText(f"was: {line.was or BLANK_MARK}" if line.staged else "")
        self._was.setVisible(line.staged)
        self._message.setText(line.message)
        self._message.setVisible(bool(line.message))
        if line.staged and self._revert is None:
            self._revert = Button("", self.reverted.emit, role="quiet", icon=self._theme.icon("undo"))
            self._revert.setProperty("small", True)
            self._revert.setIconSize(QSize(14, 14))
            self._grid.addWidget(self._revert, 0, 1, Qt.AlignmentFlag.AlignTop)
        if self._revert is not None:
            self._revert.setVisible(line.staged)
            self._revert.setToolTip("Take this change back")
            self._revert.setAccessibleName(f"Take back the change of {line.label}")

    @staticmethod
    def _set_role(widget: QWidget, role: str) -> None:
        if widget.property("role") != role:
            widget.setProperty("role", role)
            restyle(widget)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click edits."""
        if self._editable and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The click is whole when the button is let go inside."""
        inside = self.rect().contains(event.position().toPoint())
        if self._editable and event.button() == Qt.MouseButton.LeftButton and inside:
            self.opened.emit()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, F2 and space edit; copying copies the value."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.value.copy_value()
        elif self._editable and event.key() in OPENS and not event.modifiers():
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the value."""
        if not self._editable:
            super().contextMenuEvent(event)
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Edit", self.opened.emit)
        menu.addAction("Copy value", lambda: QGuiApplication.clipboard().setText(self.value.value))
        if self.property("look") == "staged":
            menu.addAction("Take the change back", self.reverted.emit)
        menu.popup(event.globalPos())


class FieldRow:
    """The label and the place beside it, which holds the value or its editor."""

    def __init__(self, theme: Theme, actions: RowActions) -> None:
        self._actions = actions
        self.line: Line | None = None
        self.name = label("", "muted", wrap=True)
        self.name.setContentsMargins(0, 5, 0, 0)
        self.box = ValueBox(theme)
        self.name.setBuddy(self.box)
        self.place = QWidget()
        column = QVBoxLayout(self.place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.box)
        self._column = column
        self.editor: FieldEditor | None = None
        self.box.opened.connect(lambda: self.line and actions.edit(self.line.key))
        self.box.reverted.connect(lambda: self.line and actions.revert(self.line.key))

    def fill(self, line: Line, *, loading: bool) -> None:
        """Show a line; an editor that is open stays as it is."""
        self.line = line
        marks = (" *" if line.required else "") + (" · unique" if line.unique else "")
        self.name.setText(line.label + marks)
        told = [word for word, holds in (("required", line.required), ("unique", line.unique)) if holds]
        self.name.setToolTip(", ".join(told).capitalize())
        self.name.setContentsMargins(0, 5 if line.editable else 3, 0, 0)
        self.box.show_line(line, loading=loading)

    def open(self, editor: FieldEditor) -> None:
        """Put an editor in the value's place."""
        self.close()
        self.editor = editor
        self.box.hide()
        self._column.addWidget(editor)
        self.name.setBuddy(editor)
        editor.show()

    def close(self, *, focus: bool = False) -> None:
        """Show the value again; `focus`: give it the keyboard."""
        editor, self.editor = self.editor, None
        if editor is not None:
            editor.blockSignals(True)
            editor.hide()
            self._column.removeWidget(editor)
            editor.deleteLater()
            self.name.setBuddy(self.box)
            self.box.show()
        if focus and self.box.editable:
            self.box.setFocus(Qt.FocusReason.OtherFocusReason)
