"""Ctrl+K: find a command, view, module, tab or account by a few letters, by keyboard alone."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from crmdesk.ui.commands import Command, best_matches
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import label

_Index = QModelIndex | QPersistentModelIndex


class _Role(enum.IntEnum):
    DETAIL = Qt.ItemDataRole.UserRole + 1
    SHORTCUT = Qt.ItemDataRole.UserRole + 2
    ICON = Qt.ItemDataRole.UserRole + 3


class FoundCommands(QAbstractListModel):
    """The commands that fit, as rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: Sequence[Command] = ()

    def show(self, found: Sequence[Command]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.found = found
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        """As many as fit."""
        return 0 if parent.isValid() else len(self.found)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Title, detail, shortcut and icon; the accessible text says it all."""
        if not index.isValid():
            return None
        command = self.found[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return command.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(part for part in (command.title, command.detail, command.shortcut) if part)
        if role == _Role.DETAIL:
            return command.detail or command.menu
        if role == _Role.SHORTCUT:
            return QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        if role == _Role.ICON:
            return command.icon
        return None


class _RowDelegate(QStyledItemDelegate):
    """Icon, title, quiet detail, shortcut at the other edge."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """A row a little higher than a table's."""
        return QSize(100, self._theme.row_height + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row, mirrored when text runs from right to left."""
        area = option.rect
        direction = option.direction
        theme = self._theme
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.color("selection"))
        icon = index.data(_Role.ICON)
        if icon:
            place = area.adjusted(12, 0, 0, 0)
            place.setWidth(16)
            theme.icon(icon).paint(painter, QStyle.visualRect(direction, area, place))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        inner = area.adjusted(38, 0, -12, 0)
        shortcut = index.data(_Role.SHORTCUT) or ""
        painter.setPen(theme.color("muted"))
        mirrored = QStyle.visualRect(direction, area, inner)
        painter.drawText(mirrored, int(QStyle.visualAlignment(direction, right)), shortcut)
        metrics = painter.fontMetrics()
        if shortcut:
            inner.setRight(inner.right() - metrics.horizontalAdvance(shortcut) - 16)
        title = str(index.data())
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, inner.width())
        painter.setPen(theme.color("text"))
        mirrored = QStyle.visualRect(direction, area, inner)
        painter.drawText(mirrored, int(QStyle.visualAlignment(direction, left)), shown)
        detail = index.data(_Role.DETAIL) or ""
        inner.setLeft(inner.left() + metrics.horizontalAdvance(shown) + 10)
        if detail and inner.width() > 30:
            painter.setPen(theme.color("muted"))
            shown = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, inner.width())
            mirrored = QStyle.visualRect(direction, area, inner)
            painter.drawText(mirrored, int(QStyle.visualAlignment(direction, left)), shown)
        painter.restore()


class CommandPalette(QFrame):
    """A field and a list over the window; arrows, Enter and Escape work it."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._commands: Sequence[Command] = ()
        self._run: Callable[[Command], None] = lambda command: None
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._theme = theme
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a view, tab or command")
        self.field.setAccessibleName("Find a view, tab or command")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._model = FoundCommands(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_RowDelegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Found")
        self.list.clicked.connect(lambda index: self._take(index.row()))
        self._nothing = label("Nothing has that name.", "muted")
        self._nothing.setContentsMargins(12, 6, 12, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(self._nothing)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(28)
        shadow.setOffset(0, 6)
        self.setGraphicsEffect(shadow)
        self._dress()
        theme.changed.connect(self._dress)
        self.hide()

    def _dress(self) -> None:
        tokens = self._theme.tokens
        self.setStyleSheet(
            f"QFrame#palette {{ background: {tokens.surface}; border: 1px solid {tokens.line}; border-radius: 8px; }}"
        )

    def open_with(self, commands: Sequence[Command], run: Callable[[Command], None]) -> None:
        """Show these commands and put the keyboard into the field; `run` takes the chosen one."""
        self._commands = commands
        self._run = run
        self._before = self._window.focusWidget()
        self.field.clear()
        self._search("")
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_palette(self) -> None:
        """Hide and give the keyboard back to where it was."""
        if self.isVisible():
            self.hide()
            if self._before is not None:
                self._before.setFocus()

    def place(self) -> None:
        """Stand at the top in the middle of the window, as high as the rows need."""
        width = min(600, self._window.width() - 40)
        rows = min(11, max(1, len(self._model.found)))
        height = self.field.sizeHint().height() + rows * (self._theme.row_height + 4) + 30
        self.setGeometry((self._window.width() - width) // 2, 56, width, min(height, self._window.height() - 80))

    def _search(self, text: str) -> None:
        self._model.show(best_matches(text, self._commands))
        there = bool(self._model.found)
        self.list.setVisible(there)
        self._nothing.setVisible(not there)
        if there:
            self.list.setCurrentIndex(self._model.index(0))
        self.place()

    def _take(self, row: int) -> None:
        if 0 <= row < len(self._model.found):
            command = self._model.found[row]
            self.close_palette()
            self._run(command)

    def _move(self, by: int) -> None:
        rows = len(self._model.found)
        if rows:
            row = (self.list.currentIndex().row() + by) % rows
            self.list.setCurrentIndex(self._model.index(row))
            self.list.scrollTo(self._model.index(row))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows, page keys, Enter and Escape act on the list while the field has the keyboard."""
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        key = Qt.Key(event.key())
        if key in moves:
            self._move(moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentIndex().row())
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return super().eventFilter(watched, event)
        return True
