"""The menu under the account card: switch, connect, manage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from crmdesk.ui.application import Application
    from crmdesk.ui.window.frame import Frame


def account_menu(app: Application, frame: Frame) -> QMenu:
    """All saved accounts with their colours, the open one ticked."""
    menu = QMenu(frame.window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName("Accounts")
    current = frame.desk.account.profile_id if frame.desk is not None else ""
    for profile in app.accounts.profiles():
        text = profile.name.replace("&", "&&") + ("  (open)" if profile.id == current else "")
        action = menu.addAction(_dot(profile.color), text)
        action.triggered.connect(lambda _checked=False, one=profile: app.opening.open_profile(frame, one))
    if not menu.isEmpty():
        menu.addSeparator()
    menu.addAction("Connect an account…").triggered.connect(lambda: app.connect_account(frame))
    menu.addAction("Manage accounts…").triggered.connect(lambda: app.manage_accounts(frame))
    if frame.desk is not None:
        menu.addAction("Close the account").triggered.connect(lambda: app.opening.disconnect(frame))
    menu.addAction("Try it with sample data").triggered.connect(lambda: app.opening.open_sample(frame))
    return menu


def _dot(color: str) -> QIcon:
    pixels = QPixmap(32, 32)
    pixels.setDevicePixelRatio(2)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(4, 4, 8, 8)
    painter.end()
    return QIcon(pixels)
