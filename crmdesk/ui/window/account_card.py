"""The card at the top of the sidebar: which account this is, and whether it is a production account."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import ElidedLabel, Mark

NO_ACCOUNT = "No account"


class AccountCard(QPushButton):
    """Name, mark, address and the profile's colour as an edge; a click opens the accounts menu."""

    menu_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = ""
        self._name = ElidedLabel(NO_ACCOUNT, "strong")
        self._address = ElidedLabel("", "small")
        self._mark = Mark("")
        self._low_mark = Mark("")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self._name, 1)
        top.addWidget(self._mark)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 8, 18, 8)
        column.setSpacing(1)
        low = QHBoxLayout()
        low.setSpacing(6)
        low.addWidget(self._address, 1)
        low.addWidget(self._low_mark)
        column.addLayout(top)
        column.addLayout(low)
        for part in (self._name, self._address, self._mark, self._low_mark):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setProperty("role", "card")
        self.setMinimumHeight(round(56 + (theme.base - 12) * 3))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda _checked=False: self.menu_wanted.emit())
        theme.changed.connect(self.update)
        self.show_account("", "", "", production=False)

    def show_account(self, name: str, address: str, color: str, *, production: bool, mark: str = "") -> None:
        """Show an account; an empty name means none is open."""
        self._color = color
        self._name.setText(name or NO_ACCOUNT)
        self._address.setText(address or "Connect one to begin")
        text = mark or ("PRODUCTION" if production else "SANDBOX")
        for place in (self._mark, self._low_mark):
            place.set(text, "warning" if production else "")
        self._place_mark()
        kind = text.lower() if name else ""
        self.setAccessibleName(f"Account {name} {kind} {address}. Switch account".replace("  ", " "))
        self.setToolTip("Switch account")
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow card keeps its name readable."""
        super().resizeEvent(event)
        self._place_mark()

    def _place_mark(self) -> None:
        """The mark stands beside the name, or below it where it would cut the name."""
        there = self._name.text() != NO_ACCOUNT
        room = self.width() - 40 - self._mark.sizeHint().width() - 6
        beside = self._name.fontMetrics().horizontalAdvance(self._name.text()) <= room
        self._mark.setVisible(there and beside)
        self._low_mark.setVisible(there and not beside)

    def popup(self, menu: QMenu) -> None:
        """Show a menu under the card."""
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A white card with a coloured edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(8.5, 0.5, -8.5, -0.5)
        active = self.hasFocus() or self.underMouse()
        painter.setPen(self._theme.color("accent" if self.hasFocus() else "bar" if active else "line"))
        painter.setBrush(self._theme.color("surface"))
        painter.drawRoundedRect(area, 6, 6)
        if self._color:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._color))
            right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            painter.setClipRect(QRectF(area.right() - 4 if right else area.left(), 0, 4, self.height()))
            painter.drawRoundedRect(area, 6, 6)
