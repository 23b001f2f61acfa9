"""The status bar: requests left, what is running, what is unsaved, and the connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, ElidedButton, ElidedLabel
from crmdesk.ui.widgets.tables import hatch

if TYPE_CHECKING:
    from crmdesk.crm.budget import BudgetState


# Below this width only the number of requests left is written out; a running job needs room of its own.
NARROW = 820
NARROW_WITH_JOB = 1240


@dataclass(frozen=True)
class Running:
    """What is running, in words; `stop` and the like are None when they can't be done now."""

    text: str
    pause: Callable[[], object] | None = None
    resume: Callable[[], object] | None = None
    cancel: Callable[[], object] | None = None
    show: Callable[[], object] | None = None


class BudgetBar(QWidget):
    """The hour as a bar: what is left in the accent, what is kept for others hatched."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._left = 0.0
        self._kept = 0.0
        self.setFixedSize(92, 14)
        theme.changed.connect(self.update)

    def set(self, left: float, kept: float) -> None:
        """Shares of the hour, 0 to 1: usable, and kept for other integrations."""
        if (left, kept) != (self._left, self._kept):
            self._left, self._kept = left, kept
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, what is left, what is kept."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            painter.scale(-1, 1)
            painter.translate(-self.width(), 0)
        top, width = self.height() / 2 - 2.5, float(self.width())
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(QRectF(0, top, width, 5), 2.5, 2.5)
        left = width * max(0.0, min(1.0, self._left))
        kept = width * max(0.0, min(1.0 - min(1.0, self._left), self._kept))
        painter.setBrush(self._theme.color("accent" if self._left > 0.1 else "warning"))
        painter.drawRoundedRect(QRectF(0, top, left, 5), 2.5, 2.5)
        if kept > 2:
            area = QRectF(left + 1, top, kept - 1, 5)
            hatch(painter, area, self._theme.color("muted"), self._theme.color("line"), 1.2)


class Dot(QWidget):
    """A round dot in a token's colour; words beside it say the same."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._token = "bar"
        self.setFixedSize(10, 14)
        theme.changed.connect(self.update)

    def set(self, token: str) -> None:
        """Change the colour."""
        self._token = token
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._token))
        painter.drawEllipse(QRectF(1, 3.5, 7, 7))


_DOTS = {"connected": "good", "offline": "warning", "refused": "warning", "moved": "warning"}


class StatusBar(QWidget):
    """Budget at the left, the running job beside it, the connection at the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._running = Running("")
        self._bar = BudgetBar(theme)
        self._budget = ElidedLabel("", "small")
        self._state: BudgetState | None = None
        self._job = ElidedButton("", lambda: self._run(self._running.show), role="link")
        self._pause = Button("Pause", lambda: self._run(self._running.pause or self._running.resume), role="link")
        self._cancel = Button("Cancel", lambda: self._run(self._running.cancel), role="link")
        self._staged_dot = Dot(theme)
        self._staged_dot.set("staged_edge")
        self._show_staged: Callable[[], object] | None = None
        self._staged = Button(
            "", lambda: self._run(self._show_staged), role="link", hint="Review & save (Ctrl+Shift+S)"
        )
        self._dot = Dot(theme)
        self._connection = ElidedLabel("", "small")
        for words in (self._budget, self._connection):
            words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for button in (self._job, self._pause, self._cancel, self._staged):
            button.setProperty("small", "true")
        self.setFixedHeight(max(theme.sizes.status, theme.base + 14))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(6)
        row.addWidget(self._bar)
        row.addWidget(self._budget)
        row.addSpacing(12)
        row.addWidget(self._job)
        row.addSpacing(4)
        row.addWidget(self._pause)
        row.addSpacing(4)
        row.addWidget(self._cancel)
        row.addStretch(1)
        row.addWidget(self._staged_dot)
        row.addWidget(self._staged)
        row.addSpacing(12)
        row.addWidget(self._dot)
        row.addWidget(self._connection)
        self.show_budget(None)
        self.show_running(None)
        self.show_staged(0)
        self.show_connection("", "")

    @staticmethod
    def _run(action: Callable[[], object] | None) -> None:
        if action is not None:
            action()

    def show_budget(self, state: BudgetState | None) -> None:
        """Show what is left of the hour; None hides it."""
        self._state = state
        self._bar.setVisible(state is not None)
        self._budget.setVisible(state is not None)
        if state is None:
            return
        limit = max(1, state.limit)
        self._bar.set(state.usable / limit, min(state.reserved, state.remaining) / limit)
        text = budget_text(state)
        narrow = self.width() < (NARROW_WITH_JOB if self._running.text else NARROW)
        shown = f"{state.remaining:,} left" if narrow else text
        self._keep(self._budget, shown if narrow else "")
        if self._budget.text() != shown or self._bar.accessibleName() != text:
            self._budget.setText(shown)
            for part in (self._bar, self._budget):
                part.setToolTip(text)
                part.setAccessibleName(text)

    @staticmethod
    def _keep(words: ElidedLabel, text: str) -> None:
        """Keep this much of a label in sight; longer texts give way to what is running."""
        words.setMinimumWidth(min(130, words.fontMetrics().horizontalAdvance(text)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window shows the budget in two words; the tool tip has the rest."""
        super().resizeEvent(event)
        self.show_budget(self._state)

    def show_running(self, running: Running | None) -> None:
        """Show the job that runs; None hides it."""
        self._running = running or Running("")
        there = running is not None
        self._job.setVisible(there)
        self._pause.setVisible(bool(there and (self._running.pause or self._running.resume)))
        self._cancel.setVisible(bool(there and self._running.cancel))
        if there:
            self._job.setText(self._running.text.replace("&", "&&"))
            self._job.setAccessibleName(f"Running: {self._running.text}")
            self._pause.setText("Pause" if self._running.pause else "Resume")
        self.show_budget(self._state)

    def show_staged(self, count: int, show: Callable[[], object] | None = None) -> None:
        """Show how many changes are not saved yet; a click goes to them. None are not told."""
        self._show_staged = show
        self._staged_dot.setVisible(count > 0)
        self._staged.setVisible(count > 0)
        self._staged.setText(f"{count:,} unsaved change{'' if count == 1 else 's'}")

    def show_connection(self, state: str, text: str) -> None:
        """Show the connection: connected, offline, refused, moved or unknown, in words too."""
        self._dot.setVisible(bool(text))
        self._dot.set(_DOTS.get(state, "bar"))
        self._connection.setText(text)
        self._keep(self._connection, text)
        self._connection.setAccessibleName(f"Connection: {text}")


def budget_text(state: BudgetState, now: datetime | None = None) -> str:
    """ "742 of 1,000 requests left, 200 kept for others · renews 14:05", in the person's time zone."""
    text = f"{state.remaining:,} of {state.limit:,} requests left"
    if state.reserved:
        text += f", {state.reserved:,} kept for others"
    blocked = state.blocked_until
    if blocked is not None and blocked > (now or datetime.now(blocked.tzinfo)):
        return f"{text} · the CRM asked to wait until {clock(blocked)}"
    if state.renews_at is not None:
        text += f" · renews {clock(state.renews_at)}"
    return text


def clock(moment: datetime) -> str:
    """Hours and minutes on the person's clock."""
    return moment.astimezone().strftime("%H:%M")
