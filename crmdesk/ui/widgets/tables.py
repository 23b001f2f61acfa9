"""How tables look: fixed rows, thin lines, and bars in cells."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter
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

    def resize() -> None:
        rows.setDefaultSectionSize(theme.row_height)
        columns.setFixedHeight(theme.row_height + 2)

    resize()
    theme.changed.connect(resize)
    view.destroyed.connect(lambda: theme.changed.disconnect(resize))


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
        for share, token, pattern in (
            (parts.stays, "bar", Qt.BrushStyle.SolidPattern),
            (parts.gains, "accent", Qt.BrushStyle.SolidPattern),
            (parts.loses, "warning", Qt.BrushStyle.BDiagPattern),
        ):
            width = max(0.0, min(1.0, share)) * area.width()
            if width <= 0:
                continue
            painter.setBrush(QBrush(self._theme.color(token), pattern))
            painter.drawRect(QRectF(left, top, width, height))
            left += width
        painter.restore()
