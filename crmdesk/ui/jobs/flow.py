"""What flows have in common: figures that give way without room, pages that scroll or stand on a foot, and the tab
that shows one page after the other until a plan is started or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from crmdesk.store.words import JobState
from crmdesk.ui.widgets import ElidedLabel, Figure, Line

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.ui.window.workspace import Desk, Workspace


class FiguresRow(QWidget):
    """Figures in as many columns as fit."""

    def __init__(self, figures: Sequence[Figure] = (), *, least: int = 150, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least = least
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(28)
        self._grid.setVerticalSpacing(12)
        self._figures: list[Figure] = []
        self._placed: tuple[int, int] = (0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.set_figures(figures)

    @property
    def figures(self) -> list[Figure]:
        """What is shown."""
        return list(self._figures)

    def set_figures(self, figures: Sequence[Figure]) -> None:
        """Show these figures instead; the ones before are deleted."""
        for old in self._figures:
            if old not in figures:
                self._grid.removeWidget(old)
                old.deleteLater()
        self._figures = list(figures)
        self._placed = (0, 0)
        self._place()

    def _place(self) -> None:
        widest = max((figure.sizeHint().width() for figure in self._figures), default=0)
        whole = sum(figure.sizeHint().width() + 28 for figure in self._figures)
        room = self.width()
        columns = len(self._figures) if whole <= room else max(1, room // (max(self._least, widest) + 28))
        if (columns, len(self._figures)) == self._placed:
            return
        self._placed = (columns, len(self._figures))
        for figure in self._figures:
            self._grid.removeWidget(figure)
        for column in range(self._grid.columnCount() + 1):
            self._grid.setColumnStretch(column, 0)
        for at, figure in enumerate(self._figures):
            self._grid.addWidget(figure, at // columns, at % columns, Qt.AlignmentFlag.AlignTop)
        self._grid.setColumnStretch(columns, 1)
        self.updateGeometry()

    def relay(self) -> None:
        """Place the figures anew after their texts changed."""
        self._placed = (0, 0)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another number of columns."""
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """Texts and fonts that changed may need another number of columns."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        """One figure wide is enough."""
        widest = max((figure.sizeHint().width() for figure in self._figures), default=0)
        return QSize(min(widest, 240), super().minimumSizeHint().height())


def scrolling(body: QWidget, name: str) -> QScrollArea:
    """A page that scrolls downwards only."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setAccessibleName(name)
    area.setWidget(body)
    body.setProperty("ground", "surface")
    body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return area


def stand_on_foot(page: QWidget, middle: QWidget, foot: QLayout) -> None:
    """Lays a page out: what it is about, a thin line, and a foot with its buttons on the window's ground."""
    ground = QWidget()
    ground.setProperty("ground", "window")
    ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    ground.setLayout(foot)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(middle, 1)
    column.addWidget(Line())
    column.addWidget(ground)


class FlowPages:
    """A tab's heading with what stands beside it, over one of several pages."""

    def __init__(self, tab: Workspace, title: str, *beside: QWidget) -> None:
        self._tab = tab
        self.heading = ElidedLabel(title, "title")
        self.heading.setMinimumHeight(28)
        self.pages = QStackedWidget()
        head = QWidget()
        head.setMinimumHeight(tab.desk.theme.sizes.toolbar)
        bar = QHBoxLayout(head)
        bar.setContentsMargins(12, 6, 12, 6)
        bar.setSpacing(8)
        bar.addWidget(self.heading, 1)
        for widget in beside:
            bar.addWidget(widget)
        column = QVBoxLayout(tab)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(Line())
        column.addWidget(self.pages, 1)

    def add(self, *pages: QWidget) -> None:
        """Pages that can be shown; the first one is."""
        for page in pages:
            self.pages.addWidget(page)

    def show(self, page: QWidget) -> None:
        """Put a page in place of the one before."""
        if page is not self.pages.currentWidget():
            self.keep_keyboard()
        self.pages.setCurrentWidget(page)

    def keep_keyboard(self) -> None:
        """What has the keyboard goes away: it stays in this tab, where Qt would give it to the window's bar."""
        focused = self._tab.focusWidget()
        if focused is not None and focused.hasFocus():
            self._tab.setFocus()


def started(summary: Summary | None) -> bool:
    """Whether a plan has become a job."""
    return summary is not None and summary.state not in (JobState.DRAFT, JobState.PLANNED)


def forget_plan(desk: Desk, plan: Plan, title: str = "Forgetting the plan") -> None:
    """Take a plan that was not started out of the journal."""
    # Not tied to the tab: closing it must not leave the plan half deleted.
    desk.tasks.start(desk.session.jobs.delete_draft(plan.id), title=title)
