"""The sidebar: the account, modules with their views, workspaces. Shows an `Outline`; asks for nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QTreeView, QVBoxLayout, QWidget

from crmdesk.ui.theme import Theme
from crmdesk.ui.window.account_card import AccountCard
from crmdesk.ui.window.kinds import SidebarKind
from crmdesk.ui.window.outline import GROUPS, SAVED_FILTER, ModuleEntry, Outline, ViewEntry
from crmdesk.ui.window.sidebar_delegate import (
    COUNT_ROLE,
    ICON_ROLE,
    ROW_ROLE,
    Row,
    SidebarDelegate,
)

# The marked row is the tab in front; the keyboard may be elsewhere.
_KEYBOARD_ONLY = QItemSelectionModel.SelectionFlag.NoUpdate
KEY_ROLE = Qt.ItemDataRole.UserRole + 10


class _Tree(QTreeView):
    """A tree whose Enter key and single click do the same."""

    chosen = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space choose the row; everything else is the tree's own."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.chosen.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class Sidebar(QWidget):
    """Lists what can be opened. `view_chosen` (module key, ViewEntry), `views_wanted` (module key, refresh)."""

    view_chosen = Signal(str, object)
    views_wanted = Signal(str, bool)
    kind_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._outline = Outline()
        self._kinds: tuple[SidebarKind, ...] = ()
        self._notes: dict[str, str] = {}
        self._filters: Mapping[str, Sequence[str]] = {}
        self._open_modules: set[str] = set()
        self._all_shown: set[str] = set()
        self._current: tuple[str, ...] = ()
        self.card = AccountCard(theme)
        self._model = QStandardItemModel(self)
        self._tree = self._make_tree()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.card)
        column.addWidget(self._tree, 1)
        self.setMinimumWidth(180)
        theme.changed.connect(self._tree.viewport().update)

    def _make_tree(self) -> _Tree:
        tree = _Tree()
        tree.setAccessibleName("Modules, views and workspaces")
        tree.setModel(self._model)
        tree.setHeaderHidden(True)
        tree.setIndentation(0)
        tree.setRootIsDecorated(False)
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setProperty("ground", "side")
        tree.viewport().setProperty("ground", "side")
        tree.setStyleSheet("QTreeView { background: transparent; } QTreeView::branch { width: 0px; }")
        tree.setItemDelegate(SidebarDelegate(self._theme, tree))
        tree.setMouseTracking(True)
        tree.setExpandsOnDoubleClick(False)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._context_menu)
        tree.clicked.connect(self._choose)
        tree.chosen.connect(self._choose)
        tree.expanded.connect(self._expanded)
        tree.collapsed.connect(self._collapsed)
        return tree

    def sizeHint(self) -> QSize:
        """The width of the mockups."""
        return QSize(self._theme.sizes.sidebar, 400)

    @property
    def open_modules(self) -> list[str]:
        """The modules whose views are shown, to be remembered."""
        return sorted(self._open_modules)

    @property
    def outline(self) -> Outline:
        """What is listed now."""
        return self._outline

    def show_outline(self, outline: Outline, open_modules: Iterable[str] | None = None) -> None:
        """List these modules and views; what is expanded, selected and scrolled to stays."""
        self._outline = outline
        if open_modules is not None:
            self._open_modules = set(open_modules)
        self._rebuild()

    def show_kinds(self, kinds: Iterable[SidebarKind]) -> None:
        """List these workspaces."""
        self._kinds = tuple(kinds)
        self._rebuild()

    def show_filters(self, filters: Mapping[str, Sequence[str]]) -> None:
        """List these saved filters, by module, beside the views."""
        if filters != self._filters:
            self._filters = filters
            self._rebuild()

    def note(self, kind: str, text: str) -> None:
        """A quiet word at the right of a workspace's row, such as "1 running"."""
        if self._notes.get(kind, "") != text:
            self._notes[kind] = text
            for item in self._items():
                if item.data(KEY_ROLE) == ("kind", kind):
                    item.setData(text, COUNT_ROLE)

    def select(self, key: tuple[str, ...]) -> None:
        """Mark the row that belongs to the tab in front: ("view", module, id) or ("kind", name)."""
        self._current = key
        found = self._item_of(key)
        self._tree.selectionModel().blockSignals(True)
        if found is None:
            self._tree.clearSelection()
            self._tree.setCurrentIndex(QModelIndex())
        else:
            self._tree.setCurrentIndex(found.index())
        self._tree.selectionModel().blockSignals(False)
        self._tree.viewport().update()

    def unfold(self, module: str) -> None:
        """Show a module's views and put the keyboard there."""
        key = ("module", module)
        if (found := self._item_of(key)) is not None:
            self._tree.setExpanded(found.index(), True)
        # unfolding may have asked for views and built the list anew
        if (found := self._item_of(key)) is not None:
            self._tree.scrollTo(found.index())
            self._tree.setCurrentIndex(found.index())
            self._tree.setFocus()

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        self._tree.setFocus()

    def _go_to(self, key: tuple[str, ...]) -> None:
        """Put the keyboard on the row with this key, if it is still there."""
        found = self._item_of(key)
        if found is not None:
            self._tree.selectionModel().setCurrentIndex(found.index(), _KEYBOARD_ONLY)

    def _item_of(self, key: tuple[str, ...]) -> QStandardItem | None:
        """The row with this key, as the list stands now."""
        return next((item for item in self._items() if item.data(KEY_ROLE) == key), None)

    def _items(self) -> list[QStandardItem]:
        found: list[QStandardItem] = []
        stack = [self._model.invisibleRootItem()]
        while stack:
            item = stack.pop()
            for row in range(item.rowCount()):
                found.append(item.child(row))
                stack.append(item.child(row))
        return found

    # --- building -----------------------------------------------------------------------------

    def _rebuild(self) -> None:
        scrolled = self._tree.verticalScrollBar().value()
        under_keyboard = self._tree.currentIndex().data(KEY_ROLE)
        self._tree.blockSignals(True)
        self._model.clear()
        built_in = [entry for entry in self._outline.modules if not entry.custom]
        custom = [entry for entry in self._outline.modules if entry.custom]
        for title, entries in (("Modules", built_in), ("Custom modules", custom)):
            if entries:
                self._model.appendRow(_item(title, Row.SECTION))
                for entry in entries:
                    self._add_module(entry)
        if self._kinds:
            self._model.appendRow(_item("Workspaces", Row.SECTION))
            for kind in self._kinds:
                item = _item(kind.title, Row.MODULE, ("kind", kind.name), kind.icon)
                item.setData(self._notes.get(kind.name, ""), COUNT_ROLE)
                self._model.appendRow(item)
        self._tree.blockSignals(False)
        self.select(self._current)
        if under_keyboard is not None:
            self._go_to(under_keyboard)
        self._tree.verticalScrollBar().setValue(scrolled)

    def _add_module(self, entry: ModuleEntry) -> None:
        item = _item(entry.title, Row.MODULE, ("module", entry.key), entry.icon)
        self._model.appendRow(item)
        if entry.single is not None:
            item.setData(("view", entry.key, str(entry.single.id)), KEY_ROLE)
            item.setData(_number(entry.single.count), COUNT_ROLE)
            return
        if entry.trouble:
            text = "Not loaded. Try again" if entry.views is None else "Not refreshed. Try again"
            item.appendRow(_item(text, Row.MORE, ("again", entry.key)))
            item.child(0).setToolTip(entry.trouble)
        if entry.views is None:
            if not entry.trouble:
                item.appendRow(_item("Loading views…", Row.QUIET))
        elif not entry.views:
            item.appendRow(_item("No views", Row.QUIET))
        else:
            self._add_views(item, entry)
        for name in self._filters.get(entry.key, ()):
            item.appendRow(_view_item(entry, _filter_entry(name), f"{name}: a saved filter"))
        self._tree.setExpanded(item.index(), entry.key in self._open_modules)

    def _add_views(self, item: QStandardItem, entry: ModuleEntry) -> None:
        few = entry.few()
        ordered = entry.ordered()
        if entry.key not in self._all_shown or len(few) == len(ordered):
            for view in few:
                item.appendRow(_view_item(entry, view))
            if len(few) < len(ordered):
                more = len(ordered) - len(few)
                text = f"{more} more view" + ("s" if more > 1 else "")
                item.appendRow(_item(text, Row.MORE, ("more", entry.key)))
            return
        for group, title in GROUPS:
            views = [view for view in ordered if view.group == group]
            if views:
                item.appendRow(_item(title, Row.GROUP))
                for view in views:
                    item.appendRow(_view_item(entry, view))
        item.appendRow(_item("Fewer views", Row.MORE, ("more", entry.key)))

    # --- what the person does ------------------------------------------------------------------

    def _choose(self, index: QModelIndex) -> None:
        key = index.data(KEY_ROLE)
        if not key:
            return
        what = key[0]
        if what == "module":
            self._tree.setExpanded(index, not self._tree.isExpanded(index))
            self.select(self._current)
            self._go_to(key)  # by its key: unfolding may have asked for views and built the list anew
        elif what == "view":
            entry = self._outline.module(key[1])
            filters = [_filter_entry(name) for name in self._filters.get(key[1], ())]
            listed = [*(entry.views or ()), *filters] if entry else []
            view = next((v for v in listed if str(v.id) == key[2]), None)
            if view is not None:
                self.view_chosen.emit(key[1], view)
        elif what == "kind":
            self.kind_chosen.emit(key[1])
        elif what == "again":
            self.views_wanted.emit(key[1], True)
        elif what == "more":
            self._all_shown ^= {key[1]}
            self._rebuild()

    def _expanded(self, index: QModelIndex) -> None:
        key = index.data(KEY_ROLE)
        if key and key[0] == "module":
            self._open_modules.add(key[1])
            entry = self._outline.module(key[1])
            if entry is not None and entry.views is None and not entry.loading:
                self.views_wanted.emit(key[1], False)

    def _collapsed(self, index: QModelIndex) -> None:
        key = index.data(KEY_ROLE)
        if key and key[0] == "module":
            self._open_modules.discard(key[1])

    def _context_menu(self, place: QPoint) -> None:
        key = self._tree.indexAt(place).data(KEY_ROLE)
        if not key or key[0] not in ("module", "view", "again", "more"):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Refresh views").triggered.connect(lambda: self.views_wanted.emit(key[1], True))
        menu.popup(self._tree.viewport().mapToGlobal(place))


def _item(text: str, row: Row, key: tuple[str, ...] | None = None, icon: str = "") -> QStandardItem:
    item = QStandardItem(text)
    item.setData(row, ROW_ROLE)
    item.setData(key, KEY_ROLE)
    item.setData(icon, ICON_ROLE)
    item.setEditable(False)
    if key is None:
        # Captions are passed over by the arrow keys.
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _filter_entry(name: str) -> ViewEntry:
    return ViewEntry(f"{SAVED_FILTER}{name}", name, "filter")


def _view_item(entry: ModuleEntry, view: ViewEntry, tip: str = "") -> QStandardItem:
    item = _item(view.name, Row.VIEW, ("view", entry.key, str(view.id)))
    item.setData(_number(view.count), COUNT_ROLE)
    item.setToolTip(tip or view.name)
    return item


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
