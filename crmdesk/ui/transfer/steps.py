"""Where one is in a flow of several steps; those that are done lead back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from crmdesk.ui.widgets import Button, label

GAP = 12  # as wide as a button's padding: a sign stands as far from the frame of a step as from another's words


class StepsBar(QWidget):
    """`chosen` carries the step to go back to."""

    chosen = Signal(object)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.current = 0
        self.buttons: list[Button] = []
        self._signs: list[QLabel] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for at, name in enumerate(names):
            if at:
                sign = label("›", "muted")
                self._signs.append(sign)
                row.addWidget(sign)
            button = Button(f"{at + 1}  {name}", lambda at=at: self.chosen.emit(at), role="quiet")  # type: ignore[misc]
            row.addWidget(button)
            self.buttons.append(button)

    def show_step(self, current: int, back: bool) -> None:
        """The step that one is in, and whether one may go back now."""
        self.current = current
        for at, button in enumerate(self.buttons):
            button.setEnabled(at == current or (back and at < current))
            button.set_role("plain" if at == current else "quiet")
            name = button.text()[3:]
            button.setAccessibleName(f"Step {at + 1} of {len(self.buttons)}: {name}" + (", now" * (at == current)))
        for at, sign in enumerate(self._signs):
            sign.setContentsMargins(GAP if at == current else 0, 0, GAP if at + 1 == current else 0, 0)
