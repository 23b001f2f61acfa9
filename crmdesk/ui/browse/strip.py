"""A thin strip beside the table: one quiet sentence and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from crmdesk.ui.widgets import Button, label

Action = tuple[str, Callable[[], object]]


class Strip(QFrame):
    """Shows one notice at a time; the one shown last is the one that counts. Keys take notices back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "note")
        self._text = label(wrap=True, selectable=True)  # a remedy is read to its end
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 3, 8, 3)
        self._row.setSpacing(12)
        self._row.addWidget(self._text, 1)
        self._buttons: list[Button] = []
        self.key = ""
        self.setMinimumHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty while nothing is."""
        return self._text.text() if self.key else ""

    @property
    def actions_shown(self) -> list[str]:
        """The texts of the buttons."""
        return [button.text() for button in self._buttons]

    def tell(self, key: str, text: str, *actions: Action, tone: str = "info", dismiss: bool = True) -> None:
        """Show a notice with its buttons."""
        self._clear_buttons()
        self.key = key
        self._text.setText(text)
        self.setProperty("tone", tone)
        self.setAccessibleName(text)
        self.style().unpolish(self)
        self.style().polish(self)
        for caption, run in actions:
            self._add(Button(caption, run, role="link"))
        if dismiss:
            self._add(Button("Dismiss", lambda: self.take_back(key), role="link"))
        self.show()

    def change(self, key: str, text: str) -> None:
        """Another text for the notice that is shown, if it still is."""
        if self.key == key:
            self._text.setText(text)

    def take_back(self, *keys: str) -> None:
        """Hide the notice if it is one of these (none named: whichever it is)."""
        if not keys or self.key in keys:
            self.key = ""
            self._clear_buttons()
            self.hide()

    def press(self, text: str) -> None:
        """Press the button of this text, as a click would."""
        next(button for button in self._buttons if button.text() == text).click()

    def _add(self, button: Button) -> None:
        self._buttons.append(button)
        self._row.addWidget(button)

    def _clear_buttons(self) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
