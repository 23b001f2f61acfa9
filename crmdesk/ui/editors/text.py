"""Editors that are a line of text: text, addresses, numbers, decimals, money, and whatever has no other editor."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from crmdesk.crm.kinds import TEXT_KINDS, Kind
from crmdesk.crm.schema import Field
from crmdesk.ui.editors.base import FieldEditor
from crmdesk.ui.editors.context import EditContext
from crmdesk.ui.widgets import label

PLAIN_NUMBER = re.compile(r"(-?)(0|[1-9]\d*)(\.\d+)?", re.ASCII)
LINES = (3, 9)  # a text area shows at least and at most so many


class LineEditor(FieldEditor):
    """One line, read and written by crm/texts; text itself is kept as it is typed."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.kind = context.kind(field)
        self.line = QLineEdit()
        self.line.textEdited.connect(lambda _text: self.touch())
        self.take(self.line)
        self.place(self.make_row())

    def make_row(self) -> QWidget:
        """What stands above the problem."""
        return self.line

    def show_value(self, value: Any) -> None:
        """The value as its kind is written."""
        self.line.setText(self.text_of(value))
        self.line.setCursorPosition(0)

    def text_of(self, value: Any) -> str:
        """A value as it is typed."""
        if value is None:
            return ""
        if isinstance(value, str) and self.kind in TEXT_KINDS:
            return value
        return self.context.text(self.field, value)

    def read(self) -> Any:
        """Blank is None; raises InputError for what is no value of this kind."""
        text = self.line.text()
        if not text.strip():
            return None
        return text if self.kind is Kind.TEXT else self.context.parse(self.field, text.strip())

    def begin(self) -> None:
        """Everything is selected: typing begins anew, an arrow key edits."""
        super().begin()
        self.line.selectAll()


class NumberEditor(LineEditor):
    """A number, decimal or amount, the currency beside it; no wheel and no arrows that change it.

    In a cell it stands at the right like the cell's value. Thousands are set apart while it is only read: commas
    would be in the way of typing.
    """

    def make_row(self) -> QWidget:
        """The number, and the currency's code for money."""
        side = Qt.AlignmentFlag.AlignRight if self.context.cell else Qt.AlignmentFlag.AlignLeft
        self.line.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        self.currency = label("", "muted")
        self._shown: Any = None
        if self.kind is not Kind.MONEY:
            return self.line
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        row.addWidget(self.currency)
        return box

    def show_value(self, value: Any) -> None:
        """The number and its currency."""
        super().show_value(value)
        self._shown = value
        self._dress(grouped=not self.line.hasFocus())
        code = self.context.currency() if self.kind is Kind.MONEY else ""
        self.currency.setText(code)
        self.currency.setVisible(bool(code))
        if code:
            self.line.setAccessibleDescription(f"in {code}")

    def read(self) -> Any:
        """Commas that were put in here are none of the value's."""
        dressed = self.line.text() == grouped_digits(self.text_of(self._shown))
        return self._shown if dressed else super().read()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keyboard comes: plain digits; it goes: thousands set apart. What was typed stays as it was typed."""
        if watched is self.line and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._dress(grouped=event.type() is QEvent.Type.FocusOut)
        return super().eventFilter(watched, event)

    def _dress(self, *, grouped: bool) -> None:
        if not self.touched:
            plain = self.text_of(self._shown)
            self.line.setText(grouped_digits(plain) if grouped else plain)


def grouped_digits(text: str) -> str:
    """A plain number with a comma between thousands; any other text as it is."""
    found = PLAIN_NUMBER.fullmatch(text)
    return text if found is None else f"{found[1]}{int(found[2]):,}{found[3] or ''}"


class LongTextEditor(FieldEditor):
    """Text of several lines: Enter is a line, Ctrl+Enter or leaving takes it over."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.area = QPlainTextEdit()
        self.area.setTabChangesFocus(True)
        self.area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.area.textChanged.connect(self._edited)
        self.area.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self.area.viewport().installEventFilter(self)
        self.take(self.area)
        self.place(self.area)
        self._fit()

    def show_value(self, value: Any) -> None:
        """The text as it is."""
        self.area.setPlainText("" if value is None else str(value))

    def read(self) -> Any:
        """Blank is None."""
        # toPlainText would make ordinary spaces of those that do not break
        text = self.area.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")
        return text if text.strip() else None

    def enter_commits(self, event: QKeyEvent) -> bool:
        """Only with Ctrl (⌘ on a Mac)."""
        return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)

    def begin(self) -> None:
        """The cursor at the end: a long text is rather gone on with than replaced."""
        super().begin()
        cursor = self.area.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.area.setTextCursor(cursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel moves the text only while it has the keyboard."""
        if watched is self.area.viewport():
            if event.type() is QEvent.Type.Wheel and not self.area.hasFocus():
                event.ignore()
                return True
            return False
        return super().eventFilter(watched, event)

    def _edited(self) -> None:
        self.touch()

    def _fit(self) -> None:
        spacing = self.area.fontMetrics().lineSpacing()
        lines = max(LINES[0], min(LINES[1], round(self.area.document().size().height())))
        self.area.setFixedHeight(lines * spacing + 18)


class ReadOnlyEditor(FieldEditor):
    """A value that can be selected and copied, never changed."""

    def __init__(self, field: Field, context: EditContext, parent: QWidget | None = None) -> None:
        super().__init__(field, context, parent)
        self.shown = label("", wrap=True, selectable=True)
        self.shown.setAccessibleName(f"{field.label}, read only")
        self.setFocusProxy(self.shown)
        self.place(self.shown)

    def show_value(self, value: Any) -> None:
        """The value as people read it."""
        self.shown.setText("–" if value is None else self.context.text(self.field, value))

    def read(self) -> Any:
        """What was set."""
        return self._set

    def check(self) -> bool:
        """Nothing can be wrong with it."""
        return True
