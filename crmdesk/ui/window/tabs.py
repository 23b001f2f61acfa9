"""The tabs in the middle: closable, movable, made when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QStackedWidget, QTabBar, QToolButton, QVBoxLayout, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Line
from crmdesk.ui.widgets.waiting import Waiting
from crmdesk.ui.window.workspace import Workspace


@dataclass(eq=False)
class Tab:
    """A tab: its kind and arguments; the workspace is made when the tab first comes to the front."""

    kind: str
    title: str
    args: Mapping[str, Any]
    workspace: Workspace | None = None


LEAST_WIDTH = 132  # pixels at the usual text size: the least of a tab that holds more; then the bar scrolls


class _Bar(QTabBar):
    """A tab bar that closes with the middle button too, and whose tabs can still be told apart when they are many."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def minimumTabSizeHint(self, index: int) -> QSize:
        """As narrow as a tab becomes before the bar scrolls."""
        usual = self.tabSizeHint(index)
        return QSize(min(usual.width(), round(LEAST_WIDTH * self._theme.base / 12)), usual.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Middle click closes the tab under the pointer."""
        if event.button() == Qt.MouseButton.MiddleButton:
            at = self.tabAt(event.position().toPoint())
            if at >= 0:
                self.tabCloseRequested.emit(at)
            return
        super().mouseReleaseEvent(event)


class TabArea(QWidget):
    """Tab bar over a stack. `make` turns a tab into its workspace; `front_changed` carries Tab or None."""

    front_changed = Signal(object)
    tabs_changed = Signal()
    inspector_changed = Signal()

    def __init__(self, theme: Theme, make: Callable[[Tab], Workspace | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._make = make
        self._tabs: list[Tab] = []
        self._last_front: Tab | None = None
        self._ready = True
        self._bar = _Bar(theme)
        self._bar.setProperty("role", "tabs")
        self._bar.setAccessibleName("Open tabs")
        self._bar.setDrawBase(False)
        self._bar.setExpanding(False)
        self._bar.setMovable(True)
        self._bar.setUsesScrollButtons(True)
        self._bar.setElideMode(Qt.TextElideMode.ElideRight)
        self._bar.setFixedHeight(theme.sizes.tabs)
        self._bar.setIconSize(QSize(10, 10))
        self._stack = QStackedWidget()
        self._blank = QWidget()
        self._waiting = Waiting(theme)
        self._stack.addWidget(self._blank)
        self._stack.addWidget(self._waiting)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        self._line = Line()
        column.addWidget(self._line)
        column.addWidget(self._stack, 1)
        self._bar.currentChanged.connect(self._front)
        self._bar.tabMoved.connect(self._moved)
        self._bar.tabCloseRequested.connect(self.close_at)
        theme.changed.connect(self._redress)
        self._show_bar()

    @property
    def tabs(self) -> list[Tab]:
        """The tabs from left to right."""
        return list(self._tabs)

    @property
    def front(self) -> Tab | None:
        """The tab in front."""
        at = self._bar.currentIndex()
        return self._tabs[at] if 0 <= at < len(self._tabs) else None

    def set_blank(self, blank: QWidget) -> None:
        """What is shown while no tab is open; the one before is deleted."""
        self._stack.removeWidget(self._blank)
        self._blank.deleteLater()
        self._blank = blank
        self._stack.addWidget(blank)
        if not self._tabs:
            self._stack.setCurrentWidget(blank)

    def set_ready(self, ready: bool) -> None:
        """Whether workspaces can be made; until then a tab shows grey bars in their place."""
        self._ready = ready
        if ready:
            self._front(self._bar.currentIndex())

    def add(self, tab: Tab, *, front: bool = True) -> None:
        """Add a tab at the end."""
        self._tabs.append(tab)
        self._bar.blockSignals(True)
        at = self._bar.addTab(_plain(tab.title))
        self._bar.setTabToolTip(at, tab.title)
        self._bar.setTabButton(at, QTabBar.ButtonPosition.RightSide, self._close_button(tab))
        if front:
            self._bar.setCurrentIndex(at)
        self._bar.blockSignals(False)
        self._show_bar()
        if front or len(self._tabs) == 1:
            self._front(self._bar.currentIndex())
        self.tabs_changed.emit()

    def bring_to_front(self, tab: Tab) -> None:
        """Go to a tab."""
        at = self._tabs.index(tab)
        if at == self._bar.currentIndex():
            self._front(at)
        else:
            self._bar.setCurrentIndex(at)

    def step(self, by: int) -> None:
        """Go `by` tabs to the right, around the end."""
        if self._tabs:
            self._bar.setCurrentIndex((self._bar.currentIndex() + by) % len(self._tabs))

    def go_to(self, at: int) -> None:
        """Go to the tab at this place, if there is one."""
        if 0 <= at < len(self._tabs):
            self._bar.setCurrentIndex(at)

    def close_front(self) -> None:
        """Close the tab in front."""
        if self._tabs:
            self.close_at(self._bar.currentIndex())

    def close_at(self, at: int) -> bool:
        """Close one tab; False when its workspace does not want to."""
        tab = self._tabs[at]
        if tab.workspace is not None and not tab.workspace.may_close():
            return False
        self._drop(at)
        return True

    def close_all(self) -> None:
        """Close every tab without asking, as when the account is closed."""
        while self._tabs:
            self._drop(len(self._tabs) - 1)

    def _drop(self, at: int) -> None:
        tab = self._tabs.pop(at)
        self._bar.blockSignals(True)
        self._bar.removeTab(at)
        self._bar.blockSignals(False)
        if tab.workspace is not None:
            tab.workspace.closed()
            self._stack.removeWidget(tab.workspace)
            tab.workspace.deleteLater()
            tab.workspace = None
        self._show_bar()
        self._front(self._bar.currentIndex())
        self.tabs_changed.emit()

    def _front(self, at: int) -> None:
        tab = self._tabs[at] if 0 <= at < len(self._tabs) else None
        if tab is not None and tab.workspace is None and self._ready:
            made = self._make(tab)
            if made is None:
                self._drop(self._tabs.index(tab))
                return
            tab.workspace = made
            made.title_changed.connect(lambda: self._retitle(tab))
            made.inspector_changed.connect(self.inspector_changed)
            self._stack.addWidget(made)
            self._retitle(tab)
        if tab is None:
            self._stack.setCurrentWidget(self._blank)
        else:
            self._stack.setCurrentWidget(tab.workspace or self._waiting)
        came = tab is not self._last_front
        self._last_front = tab
        self.front_changed.emit(tab)
        if came and tab is not None and tab.workspace is not None:
            tab.workspace.shown()

    def _retitle(self, tab: Tab) -> None:
        if tab not in self._tabs or tab.workspace is None:
            return
        at = self._tabs.index(tab)
        tab.title = tab.workspace.title or tab.title
        self._bar.setTabText(at, _plain(tab.title))
        self._bar.setTabToolTip(at, tab.title)
        self._bar.setTabIcon(at, self._dot() if tab.workspace.unsaved else QIcon())
        button = self._bar.tabButton(at, QTabBar.ButtonPosition.RightSide)
        if button is not None:
            button.setAccessibleName(f"Close {tab.title}")

    def _close_button(self, tab: Tab) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setIcon(self._theme.icon("close"))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(20, 20)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolTip("Close tab")
        button.setAccessibleName(f"Close {tab.title}")
        button.setStyleSheet("QToolButton { border: none; background: transparent; margin-right: 4px; }")
        button.clicked.connect(lambda _checked=False: self.close_at(self._tabs.index(tab)))
        return button

    def _dot(self) -> QIcon:
        pixels = QPixmap(20, 20)
        pixels.setDevicePixelRatio(2)
        pixels.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixels)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("staged_edge"))
        painter.drawEllipse(1, 1, 7, 7)
        painter.end()
        return QIcon(pixels)

    def _moved(self, start: int, end: int) -> None:
        self._tabs.insert(end, self._tabs.pop(start))
        self.tabs_changed.emit()

    def _redress(self) -> None:
        for at, tab in enumerate(self._tabs):
            button = self._bar.tabButton(at, QTabBar.ButtonPosition.RightSide)
            if isinstance(button, QToolButton):
                button.setIcon(self._theme.icon("close"))
            self._retitle(tab)

    def _show_bar(self) -> None:
        self._bar.setVisible(bool(self._tabs))
        self._line.setVisible(bool(self._tabs))

    def changeEvent(self, event: QEvent) -> None:
        """Keep the row of tabs at its height when the font changes."""
        if event.type() == QEvent.Type.FontChange:
            self._bar.setFixedHeight(max(self._theme.sizes.tabs, self.fontMetrics().height() + 14))
        super().changeEvent(event)


def _plain(title: str) -> str:
    """A tab's text: `&` is no mnemonic, and a long title is cut."""
    short = title if len(title) <= 40 else title[:39] + "…"
    return short.replace("&", "&&")
