"""What belongs to a record, one part at a time: a list of parts at the left, the chosen one beside it.

Nothing is asked of the CRM before somebody looks at a part; the part that was looked at last is remembered by module.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from crmdesk.crm.module_spec import ModuleSpec
from crmdesk.crm.parts import parts_of
from crmdesk.ui.commands import Command
from crmdesk.ui.parts.activities import NotesView, SalesActivitiesView, TasksView
from crmdesk.ui.parts.calls import CallsView
from crmdesk.ui.parts.files import FilesView
from crmdesk.ui.parts.meetings import AppointmentsView
from crmdesk.ui.parts.page import PartView, Place
from crmdesk.ui.parts.products import PricesView, ProductsView
from crmdesk.ui.parts.related import (
    AccountsView,
    ContactsView,
    DealsView,
    DocumentsView,
    HierarchyView,
    ListsView,
    TeamView,
    TimelineView,
)
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import EmptyState, Line, label
from crmdesk.ui.window.workspace import Desk

PRICES, HISTORY, NONE = "prices", "history", ""
NAME_ROLE = Qt.ItemDataRole.UserRole
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
LIST_WIDTH = 148
REST_MS = 150
NARROW = 440  # below it the list becomes a drop-down above the part

VIEWS: dict[str, type[PartView]] = {
    view.name: view
    for view in (
        NotesView,
        TasksView,
        AppointmentsView,
        SalesActivitiesView,
        CallsView,
        FilesView,
        ContactsView,
        DealsView,
        AccountsView,
        HierarchyView,
        TeamView,
        ListsView,
        ProductsView,
        PricesView,
        DocumentsView,
        TimelineView,
    )
}


def names_of(spec: ModuleSpec) -> list[tuple[str, str]]:
    """Names and labels of the parts that records of a module have, the history last."""
    found = [(part.name, part.label) for part in parts_of(spec) if part.name in VIEWS]
    if spec.key == "products":
        found.insert(0, (PRICES, "Prices"))
    return [*found, (HISTORY, "History")]


class _Names(QStyledItemDelegate):
    """A part's name at the left, how many at the right, an edge at the one that is shown."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """A row of a table."""
        return QSize(80, self._theme.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """As in the sidebar."""
        painter.save()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.fillRect(rect, self._theme.color("selection" if chosen else "hover"))
        if chosen:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self._theme.color("accent"))
        inside = rect.adjusted(14, 0, -10, 0)
        count = str(index.data(COUNT_ROLE) or "")
        metrics = painter.fontMetrics()
        painter.setPen(self._theme.color("muted"))
        side = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, int(side | Qt.AlignmentFlag.AlignRight), count)
        room = inside.width() - (metrics.horizontalAdvance(count) + 8 if count else 0)
        painter.setPen(self._theme.color("text"))
        text = metrics.elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, room)
        painter.drawText(inside, int(side | Qt.AlignmentFlag.AlignLeft), text)
        if option.state & QStyle.StateFlag.State_HasFocus and not chosen:
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()


class HistoryPage(QWidget):
    """What CRMDesk changed on the record; from the journal, so it costs nothing."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        from crmdesk.ui.review.history import HistoryList

        self.history = HistoryList(place.desk, place.spec.key, place.record_id)
        self.setAccessibleName("History")
        inside = QWidget()
        inside.setProperty("ground", "surface")
        holder = QVBoxLayout(inside)
        holder.setContentsMargins(16, 0, 16, 12)
        holder.addWidget(self.history)
        holder.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        hint = label("Changed from here · no request", "small")
        heading = label("History", "heading")
        heading.setContentsMargins(16, 12, 16, 0)
        hint.setContentsMargins(16, 0, 16, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heading)
        column.addWidget(hint)
        column.addWidget(area, 1)

    def look(self) -> None:
        """It reads the journal by itself."""

    def refresh(self) -> None:
        """Read the journal again."""
        self.history.refresh()


class PartsBar(QWidget):
    """The parts of one record. `go(name)` shows one; it is read then, once."""

    def __init__(self, desk: Desk, spec: ModuleSpec, record_id: int, label_text: str, part: str = NONE) -> None:
        super().__init__()
        self.place = Place(desk, spec, record_id, label_text)
        self.pages: dict[str, PartView | HistoryPage] = {}
        self._key = f"parts.{spec.key}"
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(f"What belongs to {label_text}")
        self.names = QListWidget()
        self._delegate = _Names(desk.theme)
        self.names.setItemDelegate(self._delegate)
        self.names.setFixedWidth(LIST_WIDTH)
        self.names.setMouseTracking(True)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.names.setAccessibleName("Parts")
        self.short = QComboBox()
        self.short.setAccessibleName("Parts")
        self.short.addItem("Choose what to look at…", NONE)
        for name, text in names_of(spec):
            item = QListWidgetItem(text)
            item.setData(NAME_ROLE, name)
            self.names.addItem(item)
            self.short.addItem(text, name)
        self._lay_out(spec)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._look_now)
        # Not the current item: the list makes its first one current as soon as it has the keyboard.
        self.names.itemSelectionChanged.connect(self._selected)
        self.short.activated.connect(lambda _at: self.go(str(self.short.currentData())))
        remembered = str(desk.memory.get(self._key, NONE) or NONE)
        self.go(part or remembered)

    def _lay_out(self, spec: ModuleSpec) -> None:
        self.stack = QStackedWidget()
        one = spec.singular.lower()
        self.nothing = EmptyState(
            f"What belongs to this {one}",
            "Pick a part. Each is read when you look at it and costs one request; what was read is kept.",
        )
        self.stack.addWidget(self.nothing)
        self.side = QWidget()
        beside = QHBoxLayout(self.side)
        beside.setContentsMargins(0, 8, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self.names)
        self.above = QWidget()
        over = QHBoxLayout(self.above)
        over.setContentsMargins(16, 10, 16, 2)
        over.addWidget(self.short)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.above)
        right.addWidget(self.stack, 1)
        self.line = Line(vertical=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.side)
        row.addWidget(self.line)
        row.addLayout(right, 1)
        self.above.hide()

    # -- which is shown ------------------------------------------------------------------------

    @property
    def current(self) -> str:
        """The name of the part that is shown; empty while none is."""
        items = self.names.selectedItems()
        return str(items[0].data(NAME_ROLE)) if items else NONE

    @property
    def page(self) -> PartView | HistoryPage | None:
        """The part that is shown."""
        return self.pages.get(self.current)

    def go(self, name: str) -> None:
        """Show a part; a name that this module does not have changes nothing."""
        for at in range(self.names.count()):
            item = self.names.item(at)
            if item.data(NAME_ROLE) == name:
                self.names.setCurrentItem(item)
                self._look_now()

    def _selected(self) -> None:
        """Show the page at once; going through the list with the keyboard reads only where it rests."""
        item = self.names.currentItem()
        if item is None or not item.isSelected():
            return
        name = str(item.data(NAME_ROLE))
        page = self.pages.get(name)
        if page is None:
            page = self._made(name, item)
        self.stack.setCurrentWidget(page)
        self.short.setCurrentIndex(max(0, self.short.findData(name)))
        self.place.desk.memory.set(self._key, name)
        self._rest.start()

    def _look_now(self) -> None:
        self._rest.stop()
        if self.page is not None and self.isVisible():
            self.page.look()

    def _made(self, name: str, item: QListWidgetItem) -> PartView | HistoryPage:
        page: PartView | HistoryPage
        if name == HISTORY:
            page = HistoryPage(self.place)
        else:
            view = VIEWS[name](self.place)
            view.counted.connect(lambda: item.setData(COUNT_ROLE, view.count_text()))
            page = view
        self.pages[name] = page
        self.stack.addWidget(page)
        return page

    def refresh(self) -> None:
        """Read the part that is shown anew."""
        if self.page is not None:
            self.page.refresh()

    def back_online(self) -> None:
        """What could not be read is read now."""
        page = self.page
        if isinstance(page, PartView) and page.state == "failed":
            page.refresh()

    def keep(self) -> None:
        """The tab is closed: what was entered is staged."""
        for page in self.pages.values():
            if isinstance(page, PartView):
                page.keep()

    def commands(self) -> Sequence[Command]:
        """Each part by its name in the palette, and what the part that is shown can do."""
        one = self.place.spec.singular.lower()
        add = Command("record.part.add", "Add to the part that is shown", self.add, "Record", icon="plus", group=2)
        return (
            add,
            *(
                Command(f"record.part.{name}", f"{text} of this {one}", partial(self.go, name))
                for name, text in names_of(self.place.spec)
            ),
        )

    def add(self) -> None:
        """Begin to add something to the part that is shown."""
        page = self.page
        if isinstance(page, PartView) and page.can_add():
            page.add()

    # -- room ----------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks at it."""
        super().showEvent(event)
        if self.page is not None:
            self.page.look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Without room for a list there is a drop-down."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self.side.setVisible(not narrow)
        self.line.setVisible(not narrow)
        self.above.setVisible(narrow)
