"""Calm messages: what happened, what to do about it, details to copy; never a dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.ui.widgets.basics import Button, NoteBox

PASSES_MS = 20_000


@dataclass(frozen=True)
class Message:
    """What is told to the person. `tone`: info, good, staged, warning. `actions`: (text, callback).

    A message with a `key` replaces the one with the same key; one that `stays` is not taken away by its actions.
    One that `passes` goes by itself after a while.
    """

    text: str
    remedy: str = ""
    details: str = ""
    tone: str = "info"
    actions: tuple[tuple[str, Callable[[], object]], ...] = ()
    key: str = ""
    stays: bool = False
    passes: bool = False


def message_of(error: BaseException, doing: str = "", again: Callable[[], object] | None = None) -> Message:
    """The message for an error: known errors with their remedy, a bug with its traceback to copy."""
    actions = (("Try again", again),) if again is not None else ()
    start = f"{doing}: " if doing else ""
    if isinstance(error, CrmDeskError):
        return Message(
            f"{start}{error}", error.remedy, error.details, "warning", actions, f"{doing}:{type(error).__name__}"
        )
    import traceback

    trace = "".join(traceback.format_exception(error))
    return Message(
        f"{start}something went wrong in CRMDesk itself" if start else "Something went wrong in CRMDesk itself",
        "Your data is safe in the journal. The details help whoever repairs it.",
        trace,
        "warning",
        actions,
        f"bug:{type(error).__name__}",
    )


class MessageRow(NoteBox):
    """One message with its buttons."""

    dismissed = Signal(object)

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(message.text, message.remedy, message.tone, parent)
        self.message = message
        row = QHBoxLayout()
        row.setSpacing(12)
        for text, run in message.actions:
            row.addWidget(Button(text, lambda run=run: self._act(run), role="link"))  # type: ignore[misc]
        if message.details:
            self._more = Button("Details", self._toggle, role="link")
            row.addWidget(self._more)
            row.addWidget(Button("Copy details", self._copy, role="link"))
        dismiss = Button("Dismiss", lambda: self.dismissed.emit(self), role="link")
        row.addWidget(dismiss)
        row.addStretch(1)
        self.body.addLayout(row)
        self._details: QPlainTextEdit | None = None
        if message.passes:
            passing = QTimer(self)
            passing.setInterval(PASSES_MS)
            passing.timeout.connect(self._pass)
            passing.start()

    def _pass(self) -> None:
        """Gone, unless somebody is reading it with the pointer on it."""
        if not self.underMouse():
            self.dismissed.emit(self)

    def _act(self, run: Callable[[], object]) -> None:
        if not self.message.stays:
            self.dismissed.emit(self)
        run()

    def _toggle(self) -> None:
        if self._details is None:
            self._details = QPlainTextEdit(self.message.details)
            self._details.setReadOnly(True)
            self._details.setAccessibleName("Details")
            self._details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            lines = min(10, self.message.details.strip().count("\n") + 1)
            self._details.setFixedHeight(lines * self._details.fontMetrics().lineSpacing() + 20)
            self.body.addWidget(self._details)
            self._more.setText("Hide details")
        else:
            self._details.deleteLater()
            self._details = None
            self._more.setText("Details")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(
            "\n".join(part for part in (self.message.text, self.message.remedy, self.message.details) if part)
        )


class MessageBar(QWidget):
    """The place above the tabs where messages stand, the newest on top, three at most."""

    MOST = 3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(6)
        self._rows: list[MessageRow] = []
        self.hide()

    @property
    def messages(self) -> list[Message]:
        """What is shown now, the newest first."""
        return [row.message for row in self._rows]

    def show_message(self, message: Message) -> None:
        """Put a message on top; it replaces one with the same key."""
        if message.key:
            self.clear(message.key)
        row = MessageRow(message)
        row.dismissed.connect(self._remove)
        self._rows.insert(0, row)
        self._column.insertWidget(0, row)
        for old in self._rows[self.MOST :]:
            self._remove(old)
        self.show()

    def clear(self, key: str | None = None) -> None:
        """Take away the message with this key, or all."""
        for row in [row for row in self._rows if key is None or row.message.key == key]:
            self._remove(row)

    def _remove(self, row: MessageRow) -> None:
        if row in self._rows:
            self._rows.remove(row)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.setVisible(bool(self._rows))
