"""What a search found, as rows: a caption for each module, its hits below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.search import Hit
from crmdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole


class Results(QAbstractListModel):
    """Captions (text) and hits. Captions can't be selected."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[str | Hit] = ()

    def show(self, hits: Iterable[Hit], modules: Iterable[ModuleSpec]) -> None:
        """Hits by module, in the order of the modules; within one, the CRM's order."""
        by_module: dict[str, list[Hit]] = {}
        for hit in hits:
            by_module.setdefault(hit.module, []).append(hit)
        rows: list[str | Hit] = []
        for spec in modules:
            if spec.key in by_module:
                rows += [spec.plural, *by_module[spec.key]]
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    @property
    def hits(self) -> list[Hit]:
        """The hits in their order on the screen."""
        return [row for row in self.rows if isinstance(row, Hit)]

    def hit_at(self, row: int) -> Hit | None:
        """The hit of a row; None for a caption."""
        found = self.rows[row] if 0 <= row < len(self.rows) else None
        return found if isinstance(found, Hit) else None

    def next_hit(self, row: int, by: int) -> int:
        """The row of the next hit in a direction, the same row where there is none."""
        at = row + by
        while 0 <= at < len(self.rows):
            if isinstance(self.rows[at], Hit):
                return at
            at += 1 if by > 0 else -1
        return row

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Captions and hits."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name; name and detail for screen readers."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row if isinstance(row, str) else f"{row.label} {row.detail}".strip()
        return row if role == ROW else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only hits can be selected (there are some dozens, so a flag for each costs nothing)."""
        if isinstance(self.data(index, ROW), Hit):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags


class HitDelegate(QStyledItemDelegate):
    """Icon, name, quiet detail; captions small over a thin line."""

    def __init__(self, theme: Theme, custom: Mapping[str, bool]) -> None:
        super().__init__()
        self._theme = theme
        self._custom = custom

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """A table's row; captions a little higher."""
        caption = isinstance(index.data(ROW), str)
        return QSize(100, self._theme.row_height + (6 if caption else 2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        row, rect = index.data(ROW), QRect(option.rect)
        painter.save()
        if isinstance(row, str):
            self._caption(painter, rect, row)
        elif isinstance(row, Hit):
            lit = bool(option.state & QStyle.StateFlag.State_Selected)
            if lit:
                painter.fillRect(rect, self._theme.color("selection"))
            self._hit(painter, rect, row)
        painter.restore()

    def _caption(self, painter: QPainter, rect: QRect, text: str) -> None:
        font = painter.font()
        font.setPixelSize(max(9, self._theme.base - 3))
        painter.setFont(font)
        painter.setPen(self._theme.color("muted"))
        inside = rect.adjusted(12, 4, -12, -3)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), text.upper())
        painter.setPen(self._theme.color("line"))
        painter.drawLine(rect.left() + 12, rect.bottom(), rect.right() - 12, rect.bottom())

    def _hit(self, painter: QPainter, rect: QRect, hit: Hit) -> None:
        theme = self._theme
        icon = theme.icon("custom" if self._custom.get(hit.module) else hit.module)
        icon.paint(painter, QRect(rect.left() + 14, rect.top() + (rect.height() - 16) // 2, 16, 16))
        inside = rect.adjusted(40, 0, -14, 0)
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(hit.label, Qt.TextElideMode.ElideRight, int(inside.width() * 0.6))
        painter.setPen(theme.color("text"))
        painter.drawText(inside, middle, name)
        inside.setLeft(inside.left() + metrics.horizontalAdvance(name) + 12)
        painter.setPen(theme.color("muted"))
        painter.drawText(
            inside, middle, metrics.elidedText(hit.detail, Qt.TextElideMode.ElideRight, max(0, inside.width()))
        )
