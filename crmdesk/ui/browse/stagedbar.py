"""The bar below the table: how many edits wait to be saved, and what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from crmdesk.ui.widgets import Button, label


class StagedBar(QFrame):
    """Hidden while nothing is staged."""

    review = Signal()
    discard = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "note")
        self.setProperty("tone", "staged")
        self._count = label("", "strong")
        self._detail = label("", "muted")
        self.discard_button = Button("Discard", self.discard.emit, hint="Take all of them back")
        self.review_button = Button(
            "Review && save", self.review.emit, role="primary", hint="See every change before it is sent (Ctrl+S)"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self._count)
        row.addWidget(self._detail)
        row.addStretch(1)
        row.addWidget(self.discard_button)
        row.addWidget(self.review_button)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return f"{self._count.text()} {self._detail.text()}".strip()

    def show_count(self, fields: int, records: int) -> None:
        """So many fields of so many records."""
        self._count.setText(f"{fields:,} changes" if fields != 1 else "1 change")
        self._detail.setText(f"on {records:,} records, not saved yet" if records != 1 else "on 1 record, not saved yet")
        self.setAccessibleName(self.text)
        self.setVisible(fields > 0)
