"""What every editor of a field offers: a value in normal form, a problem under it, commit and restore."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.config.errors import InputError
from crmdesk.crm.schema import Field
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.widgets import label
from crmdesk.ui.widgets.basics import restyle

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# Leaving for a menu, a list that belongs to the editor, or another program is no leaving.
NO_LEAVING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class FieldEditor(QWidget):
    """Edits one field. What was set is given back as it was until the person changes it.

    `changed`: the person changed something; `committed`: Enter, or the focus left, with a value that holds;
    `restored`: Esc took the changes back.
    """

    changed = Signal()
    committed = Signal()
    restored = Signal()

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.context = context
        self.touched = False
        self._set: Any = None
        self._problem = ""
        self._filling = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(self.spoken)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self._problem_label = label("", "warning", wrap=True)
        self._problem_label.setAccessibleName("")
        self._problem_label.hide()
        self._inputs: list[QWidget] = []

    @property
    def spoken(self) -> str:
        """What a screen reader says: the label, and that a value is required."""
        return f"{self.field.label}, required" if self.field.required else self.field.label

    # -- for the kinds of editor ---------------------------------------------------------------

    def show_value(self, value: Any) -> None:
        """Show `value` (normal form) in the widgets."""
        raise AssertionError(f"{type(self).__name__} shows nothing")

    def read(self) -> Any:
        """The value that the widgets show, in normal form; raises InputError for what is none."""
        raise AssertionError(f"{type(self).__name__} reads nothing")

    def take(self, *inputs: QWidget) -> None:
        """These widgets take the keyboard: name them, and watch for Enter, Esc and leaving."""
        for given in inputs:
            if not given.accessibleName():
                given.setAccessibleName(self.spoken)
            given.installEventFilter(self)
            self._inputs.append(given)
        if inputs and self.focusProxy() is None:
            self.setFocusProxy(inputs[0])

    def drop(self, given: QWidget) -> None:
        """The widget goes away."""
        given.removeEventFilter(self)
        if given in self._inputs:
            self._inputs.remove(given)

    def place(self, *parts: QWidget) -> None:
        """Put the parts above the problem's line."""
        for part in parts:
            self.column.addWidget(part)
        self.column.addWidget(self._problem_label)

    def touch(self) -> None:
        """The person changed something; an earlier problem may be gone."""
        if self._filling:
            return
        self.touched = True
        self.set_problem("")
        self.changed.emit()

    def enter_commits(self, _event: QKeyEvent) -> bool:
        """Whether Enter ends the editing; a text of several lines says no."""
        return True

    def open_list(self) -> bool:
        """Whether a list or calendar of this editor is open: Enter and Esc are its own then."""
        return False

    # -- for whoever uses it ---------------------------------------------------------------------

    def value(self) -> Any:
        """The value in normal form: what was set until it is changed, the last good one while the text is none."""
        if not self.touched:
            return self._set
        try:
            return self.read()
        except InputError:
            return self._set

    def set_value(self, value: Any) -> None:
        """Show a value in normal form; Esc returns to it."""
        self._set = value
        self.touched = False
        self._filling = True
        try:
            self.show_value(value)
        finally:
            self._filling = False
        self.set_problem("")

    def problem(self) -> str:
        """What is wrong with the value, as last told or found; empty when nothing is."""
        return self._problem

    def set_problem(self, text: str) -> None:
        """Show what is wrong, or that nothing is."""
        if text == self._problem:
            return
        self._problem = text
        self._problem_label.setText(text)
        self._problem_label.setVisible(bool(text))
        for given in self._inputs:
            given.setProperty("wrong", bool(text))
            restyle(given)
        self.setAccessibleDescription(text)

    def check(self) -> bool:
        """Look whether the value can be had and holds; shows what is wrong otherwise.

        What was there already is let be, such as a choice that is offered no more.
        """
        if self.touched:
            try:
                value = self.read()
                found = self.context.check(self.field, value) if value != self._set else None
            except InputError as error:
                found = error.message
            self.set_problem(found or "")
        return not self._problem

    def commit(self) -> bool:
        """Take the value over if it holds."""
        if not self.check():
            return False
        self.committed.emit()
        return True

    def restore(self) -> None:
        """Take back what the person changed."""
        self.set_value(self._set)
        self.restored.emit()

    def begin(self) -> None:
        """Take the keyboard, with everything selected where there is text."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- watching the inputs ---------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Esc, the wheel without focus, and the focus leaving for good."""
        kind = event.type()
        if kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(watched, event)
        if kind is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        if kind is QEvent.Type.FocusOut and isinstance(event, QFocusEvent) and event.reason() not in NO_LEAVING:
            QTimer.singleShot(0, self, self._maybe_left)
        return False

    def _key(self, watched: QObject, event: QKeyEvent) -> bool:
        if self.open_list():
            return False
        if event.key() in ENTER and not isinstance(watched, QPushButton) and self.enter_commits(event):
            self.commit()
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.restore()
            return True
        return False

    def _maybe_left(self) -> None:
        """The focus may have gone from one part of the editor to another."""
        now = QApplication.focusWidget()
        if now is not None and (now is self or self.isAncestorOf(now)):
            return
        if not self.open_list() and self.isVisible():
            self.commit()
