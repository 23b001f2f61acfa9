"""Grey bars where rows will be: shown at once, never a blank or a spinner."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from crmdesk.ui.theme import Theme

# Widths in shares of a column, so that the bars look like text of different lengths.
_WIDTHS = (0.42, 0.68, 0.55, 0.74, 0.36, 0.61, 0.49)


class Waiting(QWidget):
    """A page of placeholder rows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Loading")
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A tool bar, a header, and bars that fade out downwards."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("surface"))
        top, row = theme.sizes.toolbar, theme.row_height
        painter.fillRect(0, top, self.width(), row + 2, theme.color("header"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("placeholder"))
        painter.drawRoundedRect(QRectF(12, top / 2 - 6, 150, 12), 4, 4)
        columns = max(1, self.width() // 170)
        width = self.width() / columns
        for line in range(12):
            painter.setOpacity(1 - line / 12)
            y = top + row + 2 + line * row + row / 2 - 4
            for column in range(columns):
                share = _WIDTHS[(line * 3 + column * 2) % len(_WIDTHS)]
                painter.drawRoundedRect(QRectF(column * width + 12, y, (width - 24) * share, 8), 4, 4)
