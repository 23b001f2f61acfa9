"""The pane of the lists: a field that narrows them, their names, and a button for a new one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from crmdesk.ui.lists.model import Index, ListsModel
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import Button, Line, label

EDGE = 3


class ListDelegate(QStyledItemDelegate):
    """Name at the left, count at the right; the chosen list has the accent's edge, as in the sidebar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """A table's row."""
        return QSize(80, self._theme.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One list."""
        theme, rect = self._theme, QRect(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
            painter.fillRect(QRect(rect.left(), rect.top(), EDGE, rect.height()), theme.color("accent"))
        inside = rect.adjusted(12, 0, -10, 0)
        metrics, count = painter.fontMetrics(), str(index.data(Qt.ItemDataRole.UserRole) or "")
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        left, right = int(Qt.AlignmentFlag.AlignLeft), int(Qt.AlignmentFlag.AlignRight)
        absolute = int(Qt.AlignmentFlag.AlignAbsolute)
        painter.setPen(theme.color("muted"))
        painter.drawText(inside, flags | right | absolute, count)
        if count:
            inside.setRight(inside.right() - metrics.horizontalAdvance(count) - 8)
        painter.setPen(theme.color("text"))
        name = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, flags | left | absolute, name)
        painter.restore()


class ListsPane(QWidget):
    """`chosen` carries the id of the list that the person went to."""

    chosen = Signal(object)
    entered = Signal()
    new = Signal()
    menu_wanted = Signal(object)  # where, on the screen

    def __init__(self, theme: Theme, model: ListsModel) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "surface")
        self.model = model
        self._marked: int | None = None
        self.count = label("", "muted")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a list")
        self.field.setAccessibleName("Find a list by name")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(self._first)
        self.view = self._make_view(theme)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 8, 6)
        head.setSpacing(8)
        head.addWidget(label("Lists", "title"))
        head.addWidget(self.count, 1)
        head.addWidget(Button("New list…", self.new.emit))
        top = QWidget()
        top.setFixedHeight(theme.sizes.toolbar + 2)
        top.setLayout(head)
        field = QHBoxLayout()
        field.setContentsMargins(12, 8, 8, 8)
        field.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(Line())
        column.addLayout(field)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        self.setMinimumWidth(180)

    def _make_view(self, theme: Theme) -> QListView:
        view = QListView()
        view.setAccessibleName("Marketing lists")
        view.setModel(self.model)
        self._delegate = ListDelegate(theme)
        view.setItemDelegate(self._delegate)
        view.setUniformItemSizes(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.selectionModel().currentChanged.connect(self._current)
        view.activated.connect(lambda _index: self.entered.emit())
        theme.changed.connect(view.viewport().update)
        return view

    def _menu(self, place: QPoint) -> None:
        if self.view.indexAt(place).isValid():
            self.menu_wanted.emit(self.view.viewport().mapToGlobal(place))

    def _current(self, index: QModelIndex) -> None:
        one = self.model.at(index.row())
        if one is not None:
            self._marked = one.id
            self.chosen.emit(one.id)

    def _narrow(self, text: str) -> None:
        self.model.narrow(text)
        self.mark(self._marked)

    def _first(self) -> None:
        """Enter in the field: the first list that fits."""
        one = self.model.at(0)
        if one is not None and self.field.text().strip():
            self.mark(one.id)
            self.chosen.emit(one.id)
            self.entered.emit()

    def mark(self, list_id: int | None) -> None:
        """Put the mark on a list, without telling that it was chosen."""
        self._marked = list_id
        selection, row = self.view.selectionModel(), self.model.row_of(list_id)
        selection.blockSignals(True)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))
            self.view.scrollTo(self.model.index(row))
        else:
            selection.clear()
        selection.blockSignals(False)
        self.view.viewport().update()
        total = len(self.model.all)
        shown = len(self.model.rows)
        self.count.setText(f"{total:,}" if shown == total else f"{shown:,} of {total:,}")
