"""The table model: a look-up into prepared display tuples, over slots that pages land in."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QColor

from crmdesk.crm.paging import Page
from crmdesk.ui.browse.columns import Column
from crmdesk.ui.browse.layers import Edits, Layers
from crmdesk.ui.browse.rows import Cells, Landing, RowStore
from crmdesk.ui.browse.values import NOT_LOADED_TEXT, Texts

Index = QModelIndex | QPersistentModelIndex

# Plain ints: `data` is called some eight times for each cell painted, and comparing
# enum members would cost more than the look-up itself.
DISPLAY = int(Qt.ItemDataRole.DisplayRole)
ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
SPOKEN = int(Qt.ItemDataRole.AccessibleTextRole)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LONG_ENOUGH_FOR_A_TIP = 12
FEW = 50  # records that are looked up one by one
WHY_NOT_LOADED = "Not loaded: the CRM's list does not hold this field. Select the row to load it."


class RecordModel(QAbstractTableModel):
    """Rows of one view. Rows not loaded yet give None, and the view draws grey bars there."""

    order_moved = Signal()  # doubles came, or another total: what is shown is no longer the view
    landed = Signal(int, int)  # first and last row that a page filled

    def __init__(self, texts: Texts, layers: Layers | None = None) -> None:
        super().__init__()
        self.store = RowStore()
        self.layers = layers
        self.texts = texts
        self.total: int | None = None
        self.first_records: list[dict[str, Any]] | None = None  # of the page that `start` is about to get
        self.columns: tuple[Column, ...] = ()
        self._makers: list[Any] = []
        self._alignment: list[int] = []
        self._quiet: list[QBrush | None] = []
        self._muted = QBrush(QColor("#667085"))
        self._order: Sequence[int] = range(0)
        self._cells: list[Cells | None] = self.store.cells

    # -- what Qt asks -------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """All rows of the view, loaded or not."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The chosen columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        """A look-up: nothing is decoded or formatted here."""
        if role == DISPLAY:
            cells = self._cells[self._order[index.row()]]
            return None if cells is None else cells[index.column()]
        if role == ALIGNMENT:
            return self._alignment[index.column()]
        if role == FOREGROUND:
            return self._foreground(index.row(), index.column())
        if role in (TOOL_TIP, SPOKEN):
            return self._told(index, role)
        return None

    def _foreground(self, row: int, column: int) -> QBrush | None:
        quiet = self._quiet[column]
        if quiet is None:
            cells = self._cells[self._order[row]]
            return self._muted if cells is not None and cells[column] is NOT_LOADED_TEXT else None
        # What a person has written is never quiet.
        return quiet if self.edit_at(row, column) is None else None

    def _told(self, index: Index, role: int) -> str | None:
        cells = self._cells[self._order[index.row()]]
        if cells is None:
            return "row not loaded yet" if role == SPOKEN else None
        text = cells[index.column()]
        edit = self.edit_at(index.row(), index.column())
        if edit is not None:
            return f"{text}, not saved yet" if role == SPOKEN else _why_marked(text, edit.message)
        if text is NOT_LOADED_TEXT:
            return "not loaded" if role == SPOKEN else WHY_NOT_LOADED
        if role == SPOKEN:
            return text
        # A tool tip would read the CRM's text as markup, so it is escaped.
        return f"<div>{escape(text)}</div>" if len(text) >= LONG_ENOUGH_FOR_A_TIP else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role in (DISPLAY, SPOKEN):
            return self.columns[section].title
        return self._alignment[section] if role == ALIGNMENT else None

    # -- columns and colours --------------------------------------------------------------

    def set_muted(self, color: QColor) -> None:
        """The colour of secondary text, from the theme."""
        self._muted = QBrush(color)
        self._quiet = [self._muted if column.quiet else None for column in self.columns]
        self._repaint_all()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns; display tuples are made again from the pages in memory."""
        same = [column.key for column in columns] == [column.key for column in self.columns]
        if not same:
            self.beginResetModel()
        self.columns = tuple(columns)
        self._makers = [self.texts.maker(column.value) for column in self.columns]
        self._alignment = [RIGHT if column.right else LEFT for column in self.columns]
        self._quiet = [self._muted if column.quiet else None for column in self.columns]
        self._forget_cells()
        if not same:
            self.endResetModel()
        elif self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
            self._repaint_all()

    def names_changed(self) -> None:
        """More names are known: what shows them is made again when it is looked at."""
        self._forget_cells()
        self._repaint_all()

    def _forget_cells(self) -> None:
        self.store.forget_cells()
        self._cells = self.store.cells

    def _repaint_all(self) -> None:
        if self._order and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, len(self.columns) - 1))

    # -- pages ------------------------------------------------------------------------------

    def start(self, page: Page) -> None:
        """Begin with the first page of a view, in whatever order it was asked for."""
        self.beginResetModel()
        if self.layers is not None:
            self.layers.forget()
        records, self.first_records = self.first_records, None
        self.total = page.total
        expected = page.total if page.total is not None else len(page.ids)
        self.store.reset(max(expected, len(page.ids)), page.per_page)
        landing = self.store.plan(page)
        self.store.resize(landing)
        self.store.land(landing, self._rendered(page, landing.kept, records))
        self._grow_unknown(page)
        self._in_view_order()
        self.endResetModel()
        self.landed.emit(0, landing.count - 1)

    def land(self, page: Page) -> None:
        """Put a fetched page into its slots: one ranged signal, doubles dropped."""
        if page.number in self.store.pages:
            return
        if page.total is not None and self.total is not None and page.total > self.total:
            self._grow(len(self.store) + page.total - self.total)
        moved = page.total is not None and page.total != self.total
        self.total = page.total if page.total is not None else self.total
        landing = self.store.plan(page)
        self._land(landing)
        self._grow_unknown(page)
        if landing.count:
            last = landing.first + landing.count - 1
            self.dataChanged.emit(self.index(landing.first, 0), self.index(last, len(self.columns) - 1))
            self.landed.emit(landing.first, last)
        if moved or landing.doubles:
            self.order_moved.emit()

    def reread(self, page: Page) -> bool:
        """Take a page's new values; False, and nothing is touched, when other records stand there now."""
        first, end = self.store.span(page.number)
        if list(page.ids) != self.store.ids[first:end] or page.total != self.total:
            return False
        self.texts.names.learn(page.side)
        self.store.pages[page.number] = page
        if self.layers is not None:
            self.layers.forget(page.ids)
        self.render((page.number,), first, end - 1)
        if self.sorted_here:
            self._repaint_all()
        return True

    def _land(self, landing: Landing) -> None:
        cells = self._rendered(landing.page, landing.kept)
        self._resize(landing)
        self.store.land(landing, cells)

    def _resize(self, landing: Landing) -> None:
        """Rows go and come before their neighbours get their texts, as Qt asks."""
        end = landing.first + landing.count
        if landing.surplus > 0:
            self.beginRemoveRows(QModelIndex(), end, end + landing.surplus - 1)
        elif landing.surplus < 0:
            self.beginInsertRows(QModelIndex(), end + landing.surplus, end - 1)
        else:
            return
        self.store.resize(landing)
        self._in_view_order()
        if landing.surplus > 0:
            self.endRemoveRows()
        else:
            self.endInsertRows()

    def _grow_unknown(self, page: Page) -> None:
        """Where the CRM tells no total, a full last page promises another."""
        full = len(page.ids) >= page.per_page
        if page.total is None and full and page.number == self.store.last_page:
            self._grow(len(self.store) + page.per_page)

    def _grow(self, total: int) -> None:
        if total <= len(self.store):
            return
        self.beginInsertRows(QModelIndex(), len(self.store), total - 1)
        self.store.grow(total)
        self._in_view_order()
        self.endInsertRows()

    def _in_view_order(self) -> None:
        self._cells = self.store.cells
        self._order = range(len(self.store))

    # -- rows, records and text --------------------------------------------------------------

    @property
    def sorted_here(self) -> bool:
        """Whether rows are in an order of our own and not the view's."""
        return not isinstance(self._order, range)

    def sort_here(self, slots: Sequence[int] | None) -> None:
        """Show the rows in this order of slots; None gives the view's own order back."""
        self.beginResetModel()
        self._order = range(len(self.store)) if slots is None else array("L", slots)
        self.endResetModel()

    def slot(self, row: int) -> int:
        """The slot that a row shows."""
        return self._order[row]

    def id_at(self, row: int) -> int | None:
        """The record of a row; None while it is not loaded."""
        return self.store.ids[self._order[row]]

    def ids_between(self, first: int, last: int) -> list[int | None]:
        """The records of a range of rows, None for those not loaded."""
        ids = self.store.ids
        if not self.sorted_here:
            return ids[first : last + 1]
        return [ids[slot] for slot in self._order[first : last + 1]]

    def row_of(self, record_id: int) -> int | None:
        """The row of a loaded record."""
        slot = self.store.slot_of(record_id)
        if slot is None:
            return None
        return self._order.index(slot) if self.sorted_here else slot

    def cells_at(self, row: int) -> Cells | None:
        """The display tuple of a row, None while it is not made."""
        return self._cells[self._order[row]]

    def record_at(self, row: int) -> Mapping[str, Any] | None:
        """The record of a row as the CRM has it, decoded from its page now; None while it is not loaded."""
        return self._record_in(self._order[row])

    def record_of(self, record_id: int) -> Mapping[str, Any] | None:
        """A loaded record by its id."""
        slot = self.store.slot_of(record_id)
        return None if slot is None else self._record_in(slot)

    def listed(self, record_id: int) -> Mapping[str, Any] | None:
        """A loaded record as its list gave it, without what lies over it."""
        slot = self.store.slot_of(record_id)
        if slot is None:
            return None
        return self.store.pages[self.store.page_of(slot)].records()[self.store.offset_of(slot)]

    def _record_in(self, slot: int) -> Mapping[str, Any] | None:
        page = self.store.pages.get(self.store.page_of(slot))
        if page is None or self.store.ids[slot] is None:
            return None
        record = page.records()[self.store.offset_of(slot)]
        return record if self.layers is None else self.layers.known(record)

    def edits_at(self, row: int) -> Edits | None:
        """What is staged on the record of a row, by field."""
        if self.layers is None or not self.layers.staged:
            return None
        return self.layers.staged.get(self.store.ids[self._order[row]])

    def edit_at(self, row: int, section: int) -> Any | None:
        """What is staged on a cell (`changes.drafts.Staged`), None for nothing."""
        edits = self.edits_at(row)
        if not edits:
            return None
        key = self.columns[section].key
        if key != "@label" or self.layers is None:
            return edits.get(key)
        return next((edit for field, edit in edits.items() if field in self.layers.label_fields), None)

    def touched(self, ids: Collection[int] | None) -> None:
        """These records (None: any) show other values now: their texts are made anew when they are looked at."""
        store = self.store
        if ids is None:
            self._forget_cells()
        elif len(ids) <= FEW:
            for record_id in ids:
                if (slot := store.slot_of(record_id)) is not None:
                    self._cells[slot] = None
        else:
            wanted = set(ids)
            for slot, found in enumerate(store.ids):
                if found in wanted:
                    self._cells[slot] = None

    def pages_between(self, first: int, last: int) -> list[int]:
        """Numbers of the pages that a range of rows needs and that are not loaded."""
        if self.sorted_here or not self._order:
            return []
        last = min(last, len(self._order) - 1)
        start, end = self.store.page_of(max(0, first)), self.store.page_of(last)
        return [number for number in range(start, end + 1) if number not in self.store.pages]

    def stale_pages(self, first: int, last: int) -> list[int]:
        """Pages in memory whose rows in this range have no display tuples yet."""
        store = self.store
        slots = self._order[max(0, first) : min(last + 1, len(self._order))]
        found = (store.page_of(slot) for slot in slots if self._cells[slot] is None)
        return [number for number in dict.fromkeys(found) if number in store.pages]

    def render(self, numbers: Iterable[int], first: int, last: int) -> None:
        """Make the display tuples of these pages, then announce rows `first` to `last` once."""
        for number in numbers:
            start, end = self.store.span(number)
            offsets = [self.store.offset_of(slot) for slot in range(start, end)]
            self._cells[start:end] = self._rendered(self.store.pages[number], offsets)
        last = min(last, len(self._order) - 1)
        if last >= first and self.columns:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _rendered(
        self, page: Page, offsets: Sequence[int], records: list[dict[str, Any]] | None = None
    ) -> list[Cells | None]:
        if records is None and page.number not in self.store.pages:
            self.texts.names.learn(page.side)  # before records(), which gives away the decoded body
        found, makers = page.records() if records is None else records, self._makers
        rows: Sequence[Mapping[str, Any]] = [found[offset] for offset in offsets]
        if self.layers is not None:
            rows = self.layers.all_shown(rows)
        return [tuple([make(record) for make in makers]) for record in rows]


def _why_marked(text: str, message: str) -> str:
    told = f"Could not be saved: {message}" if message else "Not saved yet"
    return f"<div>{escape(text)}</div><div>{escape(told)}</div>"
