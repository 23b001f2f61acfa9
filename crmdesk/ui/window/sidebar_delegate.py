"""How the rows of the sidebar are drawn: captions, modules with icons, views with counts."""

from __future__ import annotations

import enum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from crmdesk.ui.theme import Theme

ROW_ROLE = Qt.ItemDataRole.UserRole + 11
ICON_ROLE = Qt.ItemDataRole.UserRole + 12
COUNT_ROLE = Qt.ItemDataRole.UserRole + 13
_State = QStyle.StateFlag
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Row(enum.IntEnum):
    """What a row is."""

    SECTION = 0
    MODULE = 1
    VIEW = 2
    MORE = 3
    GROUP = 4
    QUIET = 5


class SidebarDelegate(QStyledItemDelegate):
    """Draws a row from its roles; mirrored when the window runs from right to left."""

    def __init__(self, theme: Theme, tree: QTreeView) -> None:
        super().__init__(tree)
        self._theme = theme
        self._tree = tree

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Heights on the 4-pixel grid, larger with a large system font."""
        extra = self._theme.base - 12
        height = {Row.SECTION: 32, Row.MODULE: 26, Row.GROUP: 20}.get(index.data(ROW_ROLE), 24)
        return QSize(60, height + round(extra * 1.4))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, edge, icon, text, count."""
        theme = self._theme
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row = Row(index.data(ROW_ROLE) or 0)
        painter.save()
        selected = bool(state & _State.State_Selected) and row not in (Row.SECTION, Row.GROUP, Row.QUIET)
        if selected:
            painter.fillRect(area, theme.color("selection"))
            painter.fillRect(self._place(option, 0, 3), theme.color("accent"))
        elif state & _State.State_MouseOver and index.data(Qt.ItemDataRole.UserRole + 10):
            painter.fillRect(area, theme.color("hover"))
        if state & _State.State_HasFocus and self._tree.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        left = self._picture(painter, option, index, row)
        count = index.data(COUNT_ROLE) or ""
        right = 14
        if count:
            painter.setFont(self._font(11))
            painter.setPen(theme.color("muted"))
            painter.drawText(self._place(option, 0, -right), self._side(option, _RIGHT), count)
            right += painter.fontMetrics().horizontalAdvance(count) + 8
        self._text(painter, option, index, row, left, right, selected)
        painter.restore()

    def _picture(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        row: Row,
    ) -> int:
        """Draw the icon; answers where the text begins."""
        if row == Row.MODULE and index.data(ICON_ROLE):
            place = self._place(option, 13, 29)
            place.setHeight(16)
            place.moveTop(option.rect.top() + (option.rect.height() - 16) // 2)
            self._theme.icon(index.data(ICON_ROLE)).paint(painter, place)
        return 14 if row == Row.SECTION else 36

    def _text(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        row: Row,
        left: int,
        right: int,
        selected: bool,
    ) -> None:
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        caption = row in (Row.SECTION, Row.GROUP)
        painter.setFont(self._font(10 if caption else 12, spaced=caption))
        strong = selected or row == Row.MODULE
        painter.setPen(self._theme.color("text" if strong else "muted"))
        place = self._place(option, left, -right)
        if row == Row.SECTION:
            place.setTop(place.top() + 8)
        text = text.upper() if caption else text
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, self._side(option, _LEFT), shown)

    def _font(self, size: int, *, spaced: bool = False) -> QFont:
        font = QFont(self._tree.font())
        font.setPixelSize(round(size * self._theme.base / 12))
        if spaced:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.5)
        return font

    def _place(self, option: QStyleOptionViewItem, start: int, end: int) -> QRect:
        """The part of the row from `start` to `end` (from the other edge when not positive), mirrored if needed."""
        area: QRect = option.rect
        width = end - start if end > 0 else area.width() + end - start
        place = QRect(area.left() + start, area.top(), max(0, width), area.height())
        return QStyle.visualRect(option.direction, area, place)

    def _side(self, option: QStyleOptionViewItem, wanted: Qt.AlignmentFlag) -> int:
        return int(QStyle.visualAlignment(option.direction, wanted))
