"""Layouts: figures that give way when there is little room, pages that scroll, and pages on a foot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.ui.widgets import Figure, Line


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
