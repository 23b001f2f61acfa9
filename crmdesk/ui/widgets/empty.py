"""What stands where there is nothing yet: what it means and what to do next."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from crmdesk.ui.widgets.basics import label


class EmptyState(QWidget):
    """Icon, title, one or two sentences, and buttons; left-aligned text in a narrow column."""

    def __init__(
        self,
        title: str,
        text: str = "",
        *buttons: QPushButton,
        icon: QIcon | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = label(title, "heading", wrap=True)
        self._text = label(text, "muted", wrap=True, selectable=True)
        column = QVBoxLayout()
        column.setSpacing(8)
        if icon is not None:
            picture = QLabel()
            picture.setPixmap(icon.pixmap(28, 28))
            column.addWidget(picture)
        column.addWidget(self._title)
        column.addWidget(self._text)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        for button in buttons:
            self._row.addWidget(button)
        self._row.addStretch(1)
        column.addLayout(self._row)
        body = QWidget()
        body.setMaximumWidth(420)
        body.setLayout(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(2)
        # Not aligned, but between stretches: only so may wrapped text take the height that it needs.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(body, 100)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        body.setMinimumWidth(280)
        self.set(title, text)

    def set(self, title: str, text: str = "") -> None:
        """Change what is said."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title}. {text}".strip())
