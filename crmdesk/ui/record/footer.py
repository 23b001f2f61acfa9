"""The line below a form: how much is staged, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from crmdesk.ui.widgets import Button, ElidedLabel, label


class Footer(QFrame):
    """`● 3 changes · Review & save · Discard`; hidden while nothing is staged."""

    def __init__(
        self, save: Callable[[], object], discard: Callable[[], object], *, save_text: str = "Review && save"
    ) -> None:
        super().__init__()
        self.setProperty("role", "staged")
        self.setAccessibleName("Staged changes")
        self._dot = label("●", "stagedmark")
        self._dot.setAccessibleName("")
        self.says = ElidedLabel("", "strong")
        self.save = Button(save_text, save, role="primary", hint="Save these changes (Ctrl+S)")
        self.discard = Button("Discard", discard, hint="Take all changes of this record back")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 12, 7)
        row.setSpacing(8)
        row.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.says, 1)
        row.addWidget(self.discard)
        row.addWidget(self.save)
        self.hide()

    def show_count(self, count: int) -> None:
        """How many fields of the record are changed."""
        self.says.setText(f"{count} change{'' if count == 1 else 's'}")
        self.setVisible(count > 0)
