"""Picking an owner: a searchable list; who can't be picked is shown with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QVBoxLayout, QWidget

from crmdesk.ui.jobs.grid import NOTE_ROLE, CellDelegate
from crmdesk.ui.widgets import Button, label
from crmdesk.ui.window.dialogs import Dialog

if TYPE_CHECKING:
    from crmdesk.crm.directory import Directory
    from crmdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
GONE = "no longer listed by the CRM"


@dataclass(frozen=True)
class OwnerEntry:
    """A line of the list; `owner_id` None is nobody; `why_not` says why it can't be picked."""

    owner_id: int | None
    name: str
    email: str = ""
    why_not: str = ""
    note: str = ""


def receivers(directory: Directory, taken: Sequence[int | None] = ()) -> list[OwnerEntry]:
    """Who can get records: active users first; inactive ones and those named already with the reason why not."""
    entries = []
    for owner in directory.owners:
        why = "" if owner.active else "inactive, can't be given records"
        if owner.id in taken:
            why = "named already"
        entries.append(OwnerEntry(owner.id, owner.name, owner.email, why))
    named = "named already" if None in taken else ""
    entries.sort(key=lambda entry: (bool(entry.why_not), entry.name.casefold()))
    return [*entries, OwnerEntry(None, "Nobody", "", named, "records without an owner")]


def givers(directory: Directory) -> list[OwnerEntry]:
    """Whose records can be handed over: everybody, and nobody."""
    entries = [
        OwnerEntry(owner.id, owner.name, owner.email, note="" if owner.active else "inactive")
        for owner in directory.owners
    ]
    entries.sort(key=lambda entry: (not entry.note, entry.name.casefold()))
    return [*entries, OwnerEntry(None, "Nobody", note="records without an owner")]


class OwnerModel(QAbstractListModel):
    """The entries that fit what is searched for; an id that is nobody's is offered as one who is gone."""

    def __init__(self, entries: Sequence[OwnerEntry] = (), *, gone: bool = False) -> None:
        super().__init__()
        self._all = list(entries)
        self._shown = list(entries)
        self._gone = gone

    def set_entries(self, entries: Sequence[OwnerEntry], query: str = "") -> None:
        """Offer these instead."""
        self._all = list(entries)
        self.search(query)

    def search(self, query: str) -> None:
        """Show those whose name, e-mail or id holds every word of `query`."""
        words = query.casefold().split()
        found = [entry for entry in self._all if all(word in _searched(entry) for word in words)]
        number = query.strip()
        if self._gone and number.isascii() and number.isdigit() and len(number) < 19:
            known = any(entry.owner_id == int(number) for entry in self._all)
            if not known and int(number) > 0:
                found.append(OwnerEntry(int(number), f"User {number}", note=GONE))
        self.beginResetModel()
        self._shown = found
        self.endResetModel()

    def entry(self, row: int) -> OwnerEntry:
        """The entry of a row."""
        return self._shown[row]

    def row_of(self, owner_id: int | None) -> int | None:
        """The row that shows an owner."""
        return next((row for row, entry in enumerate(self._shown) if entry.owner_id == owner_id), None)

    def first_free(self) -> int | None:
        """The first row that can be picked."""
        return next((row for row, entry in enumerate(self._shown) if not entry.why_not), None)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Those that fit."""
        return 0 if parent.isValid() else len(self._shown)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Who can't be picked can't be selected either."""
        if not index.isValid() or self._shown[index.row()].why_not:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, and behind it e-mail and reason."""
        if not index.isValid():
            return None
        entry = self._shown[index.row()]
        parts = (entry.why_not, entry.email) if entry.why_not else (entry.email, entry.note)
        behind = " · ".join(part for part in parts if part)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{entry.name} {behind}".strip()
            case Qt.ItemDataRole.ToolTipRole:
                return f"<div>{escape(f'{entry.name} {behind}'.strip())}</div>"
        return behind if role == NOTE_ROLE else None


def _searched(entry: OwnerEntry) -> str:
    return f"{entry.name} {entry.email} {'' if entry.owner_id is None else entry.owner_id}".casefold()


class OwnerPicker(QWidget):
    """A search field over the list. Down goes into the list, Enter picks."""

    picked = Signal(object)  # OwnerEntry
    moved = Signal()

    def __init__(self, theme: Theme, *, gone: bool = False, name: str = "Owners") -> None:
        super().__init__()
        self.model = OwnerModel(gone=gone)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Name, e-mail or id" + (" (also of a user who is gone)" if gone else ""))
        self.search.setAccessibleName("Find an owner")
        self.search.setClearButtonEnabled(True)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setAccessibleName(name)
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setItemDelegate(CellDelegate(theme, self.list, lines=False))
        self.list.setSpacing(0)
        self.list.setStyleSheet("QListView::item { padding: 4px 6px; }")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._pick)
        self.search.installEventFilter(self)
        self.list.activated.connect(lambda _index: self._pick())
        self.list.selectionModel().currentChanged.connect(lambda _new, _old: self.moved.emit())

    @property
    def current(self) -> OwnerEntry | None:
        """The entry that is marked."""
        at = self.list.currentIndex()
        if not at.isValid():
            return None
        entry = self.model.entry(at.row())
        return None if entry.why_not else entry

    def set_entries(self, entries: Sequence[OwnerEntry]) -> None:
        """Offer these; the mark stays on the same owner."""
        kept = self.current
        self.model.set_entries(entries, self.search.text())
        if kept is not None:
            self.mark(kept.owner_id)

    def mark(self, owner_id: int | None) -> None:
        """Mark an owner; one who is not listed is searched for by id."""
        row = self.model.row_of(owner_id)
        if row is None and owner_id is not None:
            self.search.setText(str(owner_id))
            row = self.model.row_of(owner_id)
        if row is not None:
            self._mark_row(row)

    def _mark_row(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    def _search(self, query: str) -> None:
        self.model.search(query)
        first = self.model.first_free()
        if query.strip() and first is not None:
            self._mark_row(first)
        self.moved.emit()

    def _pick(self) -> None:
        entry = self.current
        if entry is not None:
            self.picked.emit(entry)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down and Up in the search field move in the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                if not self.list.currentIndex().isValid() and (first := self.model.first_free()) is not None:
                    self._mark_row(first)
                self.list.setFocus()
                return True
        return False


class OwnerDialog(Dialog):
    """Adds one owner; `picked` carries the entry."""

    picked = Signal(object)

    def __init__(self, window: QWidget, theme: Theme, entries: Sequence[OwnerEntry]) -> None:
        super().__init__(window, "Add an owner", width=460)
        self.picker = OwnerPicker(theme, name="Who gets records")
        self.picker.set_entries(entries)
        self.picker.setMinimumHeight(320)
        self.body.addWidget(self.picker)
        self.body.addWidget(label("Inactive users can't be given records.", "small"))
        self.add_button(Button("Cancel", self.reject))
        self.choose = self.add_button(Button("&Add", self._take, role="primary"))
        self.picker.picked.connect(lambda _entry: self._take())
        self.picker.moved.connect(self._allow)
        self._allow()
        self.picker.search.setFocus()

    def _allow(self) -> None:
        self.choose.setEnabled(self.picker.current is not None)

    def _take(self) -> None:
        entry = self.picker.current
        if entry is not None:
            self.accept()
            self.picked.emit(entry)
