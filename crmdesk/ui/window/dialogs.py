"""Questions and small dialogs that never block the loop: opened, and awaited through a future."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.ui.widgets import Button, label


class Dialog(QDialog):
    """A dialog with a title, a body and a row of buttons; sheets over its window, deleted when done."""

    def __init__(self, window: QWidget | None, title: str, *, width: int = 440) -> None:
        super().__init__(window)
        self.setWindowTitle(title)
        self.setModal(True)
        self._fitted = 0
        self.setMinimumWidth(width)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title", wrap=True))
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        column.addLayout(self.body)
        column.addSpacing(4)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        column.addLayout(self.buttons)
        self.finished.connect(self.deleteLater)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the height that wrapped text needs at this width: a dialog's own guess is too high."""
        super().showEvent(event)
        self._fit(max(self.minimumWidth(), self.sizeHint().width()))

    def event(self, event: QEvent) -> bool:
        """Grow and shrink with what is shown, unless the person has given the dialog more room."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit(self.width())
        return done

    def _fit(self, width: int) -> None:
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return
        needed = layout.totalHeightForWidth(width)
        if self.height() < needed or self.height() == self._fitted or self._fitted == 0:
            self.resize(width, needed)
            self._fitted = self.height()

    def add_button(self, button: Button, *, default: bool = False) -> Button:
        """Put a button at the end of the row."""
        self.buttons.addWidget(button)
        if default:
            button.setDefault(True)
            button.setFocus()
        return button

    async def answer(self) -> int:
        """Open the dialog and wait for its result without a second event loop."""
        result: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def finished(code: int) -> None:
            if not result.done():
                result.set_result(code)

        self.finished.connect(finished)
        self.open()
        return await result


async def choose(window: QWidget | None, title: str, text: str, choices: Sequence[tuple[str, str]]) -> int:
    """Ask with buttons given as (text, role), the safest first; answers its place, or -1 for Escape."""
    dialog = Dialog(window, title)
    dialog.body.addWidget(label(text, wrap=True))
    for place, (name, role) in enumerate(choices):
        button = Button(name, lambda place=place: dialog.done(place + 1), role=role)  # type: ignore[misc]
        dialog.add_button(button, default=place == 0)
    return await dialog.answer() - 1
