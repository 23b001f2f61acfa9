"""The row at the top: name, menus, and the field that opens the command palette."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QPushButton, QSizePolicy, QStyle, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import label


class FindField(QPushButton):
    """Looks like a field, opens the palette."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = QKeySequence("Ctrl+K").toString(QKeySequence.SequenceFormat.NativeText)
        self.setAccessibleName(f"Find a view, tab or command, {self._keys}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as the inspector below it."""
        return QSize(330, 26)

    def minimumSizeHint(self) -> QSize:
        """Narrow windows leave the shortcut."""
        return QSize(90, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Button ground, text at one edge, shortcut at the other."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self._theme.color("muted"))
        inner: QRect = self.rect().adjusted(10, 0, -10, 0)
        direction = self.layoutDirection()
        left = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(inner, int(right), self._keys)
        room = inner.width() - painter.fontMetrics().horizontalAdvance(self._keys) - 12
        text = painter.fontMetrics().elidedText("Find a view, tab or command", Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, int(left), text)


class _MenuBar(QMenuBar):
    """Keeps all its menus in sight; the find field gives way."""

    def minimumSizeHint(self) -> QSize:
        """As wide as its menus."""
        return self.sizeHint()


class TopBar(QWidget):
    """Name, menu bar and find field. On macOS the menus move to the screen's edge by themselves."""

    find_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.menus = _MenuBar()
        self.menus.setAccessibleName("Menus")
        self.find_field = FindField(theme)
        self.find_field.clicked.connect(lambda _checked=False: self.find_wanted.emit())
        self.setFixedHeight(max(theme.sizes.menu, theme.base + 22))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(10)
        row.addWidget(label("CRMDesk", "strong"))
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.find_field)
