"""How tables look: fixed rows, thin lines, and bars in cells."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from crmdesk.ui.theme import Theme

BAR_ROLE = Qt.ItemDataRole.UserRole + 40


@dataclass(frozen=True)
class BarParts:
    """A bar in shares of the column's width, 0 to 1: what stays, what is gained, what is lost."""

    stays: float
    gains: float = 0.0
    loses: float = 0.0


def dress_table(view: QTableView, theme: Theme, name: str) -> None:
    """Give a table the house's look: fixed rows, no grid, whole rows selected, no word wrap."""
    view.setAccessibleName(name)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setCornerButtonEnabled(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTabKeyNavigation(False)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    columns = view.horizontalHeader()
    columns.setHighlightSections(False)
    columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    follower = _RowHeights(view, theme)
    theme.changed.connect(follower.follow)


class _RowHeights(QObject):
    """Keeps a table's heights in step with the theme; part of the table, so that either may end first."""

    def __init__(self, view: QTableView, theme: Theme) -> None:
        super().__init__(view)
        self._view = view
        self._theme = theme
        self.follow()

    def follow(self) -> None:
        """Set the heights of rows and header."""
        self._view.verticalHeader().setDefaultSectionSize(self._theme.row_height)
        self._view.horizontalHeader().setFixedHeight(self._theme.row_height + 2)


class BarDelegate(QStyledItemDelegate):
    """Paints `BarParts` found under BAR_ROLE; other cells as usual."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Grey what stays, accent what is gained, hatched red what is lost."""
        super().paint(painter, option, index)
        parts = index.data(BAR_ROLE)
        if not isinstance(parts, BarParts):
            return
        area = QRectF(option.rect).adjusted(10, 0, -10, 0)
        height = 10.0
        top = area.center().y() - height / 2
        left = area.left()
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for share, token in ((parts.stays, "bar"), (parts.gains, "accent"), (parts.loses, "warning")):
            width = max(0.0, min(1.0, share)) * area.width()
            if width <= 0:
                continue
            part = QRectF(left, top, width, height)
            if token == "warning":
                hatch(painter, part, self._theme.color("warning"), self._theme.color("warning_ground"))
            else:
                painter.fillRect(part, self._theme.color(token))
            left += width
        painter.restore()


def hatch(painter: QPainter, area: QRectF, color: QColor, ground: QColor, stripe: float = 3.0) -> None:
    """Slanted stripes of `stripe` pixels on a ground: to be told from a plain bar without its colour."""
    painter.save()
    painter.setClipRect(area)
    painter.fillRect(area, ground)
    painter.setPen(QPen(color, stripe))
    # Seen along the bar, a stripe at 45 degrees is wider by the root of two, and as wide is the gap.
    step, x = stripe * 2.83, area.left() - area.height()
    while x < area.right() + stripe:
        painter.drawLine(QPointF(x, area.bottom() + 1), QPointF(x + area.height() + 2, area.top() - 1))
        x += step
    painter.restore()
