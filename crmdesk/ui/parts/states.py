"""What stands where rows will be, or where there are none."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import label

EDGE = 16


class Bars(QWidget):
    """Grey bars where rows will stand."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(3 * 44)
        self.setAccessibleName("Being read")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Three rows of two bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("placeholder"))
        for row, share in enumerate((0.62, 0.48, 0.55)):
            top = row * 44 + 10
            room = self.width() - 2 * EDGE
            painter.drawRoundedRect(QRectF(EDGE, top, room * share, 8), 4, 4)
            painter.drawRoundedRect(QRectF(EDGE, top + 15, room * share * 0.5, 6), 3, 3)


class Nothing(QWidget):
    """What it means that nothing is here, and what to do next; at the left, below the heading."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 12, EDGE, 12)
        column.setSpacing(4)
        column.addWidget(label(title, "strong", wrap=True))
        if text:
            column.addWidget(label(text, "muted", wrap=True))
        self.setAccessibleName(f"{title}. {text}".strip())
