"""What can be picked from a list: options, how they are found by typed text, and how a list of them looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from crmdesk.ui.browse.values import folded
from crmdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
GAP = 12


@dataclass(frozen=True)
class Option:
    """One thing to pick: its value in normal form, what it is called, and what tells it from its namesakes."""

    value: Any
    label: str
    detail: str = ""


def fitting(options: Sequence[Option], text: str) -> list[Option]:
    """The options that have every typed word, those that begin with the text first."""
    wanted = folded(text).split()
    if not wanted:
        return list(options)
    first = " ".join(wanted)
    found: list[tuple[int, int, Option]] = []
    for place, option in enumerate(options):
        name = folded(option.label)
        whole = f"{name} {folded(option.detail)}"
        if all(word in whole for word in wanted):
            rank = 0 if name.startswith(first) else 1 if first in name else 2
            found.append((rank, place, option))
    return [option for _, _, option in sorted(found, key=lambda row: row[:2])]


class OptionModel(QAbstractListModel):
    """The options that are offered now."""

    def __init__(self) -> None:
        super().__init__()
        self.options: list[Option] = []

    def offer(self, options: Sequence[Option]) -> None:
        """Offer these instead."""
        self.beginResetModel()
        self.options = list(options)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row an option."""
        return 0 if parent.isValid() else len(self.options)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, and the detail for screen readers and tool tips."""
        if not index.isValid() or index.row() >= len(self.options):
            return None
        option = self.options[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return option.label
        if role == Qt.ItemDataRole.ToolTipRole and option.detail:
            return f"{option.label}\n{option.detail}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{option.label} {option.detail}".strip()
        if role == Qt.ItemDataRole.UserRole:
            return option
        return None


class OptionDelegate(QStyledItemDelegate):
    """Name at the left, detail in muted text at the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """A table row's height."""
        return QSize(120, self._theme.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Both texts, cut where there is no room."""
        entry = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(entry, Option):
            return
        painter.save()
        lit = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        painter.fillRect(rect, self._theme.color("selection" if lit else "surface"))
        inside = rect.adjusted(8, 0, -8, 0)
        metrics = painter.fontMetrics()
        side = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        needed = metrics.horizontalAdvance(entry.label)
        room = inside.width()
        if entry.detail:
            room = min(room, max(needed, inside.width() // 2))
            rest = QRect(inside.left() + room + GAP, inside.top(), inside.width() - room - GAP, inside.height())
            painter.setPen(self._theme.color("muted"))
            right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
            cut = metrics.elidedText(entry.detail, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, right, cut)
        painter.setPen(self._theme.color("text"))
        name = metrics.elidedText(entry.label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(inside.left(), inside.top(), room, inside.height()), side, name)
        painter.restore()
