"""The table widget: what is in sight, what is selected (by id), and its header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from crmdesk.ui.browse.cellplace import CellPlace, typed_text
from crmdesk.ui.browse.chosen import Chosen
from crmdesk.ui.browse.model import Index, RecordModel
from crmdesk.ui.browse.overlay import Overlay
from crmdesk.ui.theme import Theme
from crmdesk.ui.widgets import dress_table

LEAST_SHRUNK, MOST_STRETCHED = 0.72, 1.3  # how far widths that nobody chose give way to the room
Flag = QItemSelectionModel.SelectionFlag


class RecordTable(QTableView):
    """Shows a RecordModel. The truth of the selection is `chosen`; Qt's selection is its picture."""

    in_sight = Signal(int, int)  # first and last row to be seen
    chosen_changed = Signal()
    row_current = Signal(object)  # the id of the row the keyboard is on, None for none
    sort_asked = Signal(int)  # a column's header was clicked
    width_changed = Signal()
    columns_changed = Signal()  # order or widths, by the person
    edit_asked = Signal(str)  # edit the current cell: what was typed, or nothing

    def __init__(self, model: RecordModel, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._records = model
        self.chosen = Chosen()
        self._told = True  # changes of Qt's selection are the person's, not our own
        self._clears = False  # the person's gesture replaces what was selected
        self._sight = (-1, -1)
        self.place = CellPlace(self)
        self.overlay = Overlay(self, model, theme, self.ranges, self.place)
        dress_table(self, theme, name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setModel(model)
        model.modelReset.connect(self.place.leave)
        header = self.horizontalHeader()
        # Qt asks for every column whether all its rows are selected: 100,000 calls of flags() a
        # column after Ctrl+A, 2 s. Columns are not selected here, so the header follows nothing.
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(40)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.sectionClicked.connect(self.sort_asked)
        header.sectionMoved.connect(self._header_changed)
        header.sectionResized.connect(self._header_changed)
        self._header_quiet = False
        self.verticalScrollBar().valueChanged.connect(self._look)
        model.rowsInserted.connect(self._look)
        model.rowsRemoved.connect(self._look)

    # -- sight ---------------------------------------------------------------------------------

    def sight(self) -> tuple[int, int]:
        """First and last row to be seen; (0, -1) when there are none."""
        count = self._records.rowCount()
        if count == 0:
            return 0, -1
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return first, count - 1 if last < 0 else last

    def _look(self, *_: object) -> None:
        first, last = self.sight()
        self.in_sight.emit(first, last)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More rows may be in sight, and widths that nobody chose follow the room."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.width_changed.emit()
        self._look()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Everything in one pass; Qt's own way is not taken."""
        self.overlay.paint(event)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Qt paints the whole ground anew for any range of cells: only for rows in sight, please."""
        top, bottom = self.sight()
        if first.row() <= bottom and last.row() >= top:
            super().dataChanged(first, last, roles)

    # -- selection -------------------------------------------------------------------------------

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """While it lasts, changes of Qt's selection are ours and change nothing that is chosen."""
        before, self._told = self._told, False
        try:
            yield
        finally:
            self._told = before

    def selectAll(self) -> None:
        """The whole view, rows that are not loaded included."""
        self.chosen.take_whole()
        self.place.leave()
        self._picture_whole()
        self.chosen_changed.emit()

    def _picture_whole(self) -> None:
        model = self._records
        if model.rowCount() == 0 or not model.columns:
            return
        everything = QItemSelection(model.index(0, 0), model.index(model.rowCount() - 1, model.columnCount() - 1))
        with self.quiet():
            self.selectionModel().select(everything, Flag.ClearAndSelect)

    def clearSelection(self) -> None:
        """Nothing is selected."""
        self.chosen.clear()
        with self.quiet():
            super().clearSelection()
        self.chosen_changed.emit()

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        """Learn whether the gesture replaces the selection or adds to it."""
        flags = super().selectionCommand(index, event)
        self._clears = bool(flags & Flag.Clear)
        return flags

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Follow the person's gesture by ids."""
        super().selectionChanged(selected, deselected)
        if not self._told:
            return
        if self._clears:
            self._clears = False
            self.chosen.replace(record_id for first, last in self.ranges() for record_id in self._ids(first, last))
        else:
            self._follow(selected, deselected)
        self.chosen_changed.emit()

    def _follow(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        unknown = []
        for first, last in row_ranges(deselected):
            ids = self._ids(first, last)
            self.chosen.remove(ids)
            if self.chosen.whole and None in ids:
                unknown += [first + place for place, record_id in enumerate(ids) if record_id is None]
        for first, last in row_ranges(selected):
            self.chosen.add(self._ids(first, last))
        if unknown:
            # A row without an id can't be taken out of "the whole view": it stays until it is loaded.
            self._select_rows(unknown, Flag.Select)

    def _ids(self, first: int, last: int) -> list[int | None]:
        return self._records.ids_between(first, last)

    def ranges(self) -> list[tuple[int, int]]:
        """Selected rows as ranges, in order and without overlaps."""
        return row_ranges(self.selectionModel().selection())

    def unloaded_chosen(self) -> int:
        """Selected rows whose records are not known yet; 0 while the whole view is chosen."""
        if self.chosen.whole:
            return 0
        return sum(self._ids(first, last).count(None) for first, last in self.ranges())

    def chosen_count(self) -> int:
        """How many records are selected."""
        total = self._records.total
        known = self._records.rowCount() if total is None else total
        return self.chosen.count(known) + self.unloaded_chosen()

    def adopt(self, first: int, last: int) -> None:
        """A page has filled these rows: bring picture and choice together."""
        ids = self._ids(first, last)
        if self.chosen.whole:
            self._select_rows(
                [first + place for place, found in enumerate(ids) if found in self.chosen.minus],
                Flag.Deselect,
            )
            return
        painted = set(rows_within(self.ranges(), first, last))
        if painted:
            before = len(self.chosen.ids)
            self.chosen.add(ids[row - first] for row in painted)
            if len(self.chosen.ids) != before:
                self.chosen_changed.emit()
        if self.chosen.ids:
            wanted = [first + place for place, found in enumerate(ids) if found in self.chosen.ids]
            self._select_rows([row for row in wanted if row not in painted], Flag.Select)

    def picture_again(self) -> None:
        """Paint the selection anew after the model was reset: rows have other places now."""
        with self.quiet():
            self.selectionModel().clearSelection()
        if self.chosen.whole:
            self._picture_whole()
            gone = self.chosen.minus
            if gone:
                self._select_rows(self._rows_of(gone), Flag.Deselect)
        elif self.chosen.ids:
            self._select_rows(self._rows_of(self.chosen.ids), Flag.Select)

    def _rows_of(self, wanted: set[int]) -> list[int]:
        ids = self._ids(0, self._records.rowCount() - 1)
        return [row for row, record_id in enumerate(ids) if record_id in wanted]

    def _select_rows(self, rows: Sequence[int], flag: QItemSelectionModel.SelectionFlag) -> None:
        if not rows:
            return
        picture, model = QItemSelection(), self._records
        last_column = model.columnCount() - 1
        for first, last in merged(rows):
            picture.select(model.index(first, 0), model.index(last, last_column))
        with self.quiet():
            self.selectionModel().select(picture, flag)

    # -- cells ------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click selects its row, as ever, and puts the cell cursor there; Shift extends both."""
        self.place.pressed(self.indexAt(event.position().toPoint()), event)
        super().mousePressEvent(event)
        self.place.settled()
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragging extends rows and cells."""
        self.place.dragged()
        super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk through cells; typing and Enter edit the one that the keyboard is on."""
        if self.place.active and (asked := typed_text(event)) is not None:
            self.edit_asked.emit(asked)
            return
        column = self.currentIndex().column()
        self.place.key(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        super().keyPressEvent(event)
        self.place.settled(walked=self.currentIndex().column() != column)
        self.viewport().update()

    # -- the current row ----------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which record the keyboard is on."""
        clears = self._clears
        super().currentChanged(current, previous)
        self._clears = clears  # Qt asks for the command here, too, and selects nothing by it
        self.place.moved()
        if current.row() != previous.row():
            self.row_current.emit(self._records.id_at(current.row()) if current.isValid() else None)
        self.viewport().update()

    def go_to(self, row: int, *, select: bool = False) -> None:
        """Put the keyboard on a row and bring it into sight."""
        column = max(0, self.currentIndex().column())
        index = self._records.index(row, column)
        flag = Flag.ClearAndSelect | Flag.Rows if select else Flag.NoUpdate
        self._clears = select
        self.selectionModel().setCurrentIndex(index, flag)
        self.scrollTo(index)

    def go_to_cell(self, row: int, section: int) -> None:
        """Put the cell cursor on a cell, and select its row, as a click there would."""
        index = self._records.index(row, section)
        self._clears = True
        self.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect | Flag.Rows)
        self.place.enter()
        self.scrollTo(index)

    # -- columns ---------------------------------------------------------------------------------------

    def shown_columns(self) -> list[int]:
        """The model's columns in the order that the person sees."""
        header = self.horizontalHeader()
        return [header.logicalIndex(place) for place in range(header.count())]

    def _header_changed(self, *_: object) -> None:
        if not self._header_quiet:
            self.columns_changed.emit()

    def widths(self) -> dict[str, int]:
        """Widths by key; the last column fills what is left, so its own is not told."""
        order = self.shown_columns()
        columns = self._records.columns
        return {columns[section].key: self.columnWidth(section) for section in order[:-1]}

    def dress_header(self, *, fit: bool = False) -> None:
        """Columns in the model's order with their widths; `fit` stretches or shrinks them a little to the room."""
        header = self.horizontalHeader()
        widths = self._fitting() if fit else [column.width for column in self._records.columns]
        self._header_quiet = True
        try:
            for section in range(header.count()):
                header.moveSection(header.visualIndex(section), section)
            for section, width in enumerate(widths):
                header.resizeSection(section, width)
        finally:
            self._header_quiet = False

    def _fitting(self) -> list[int]:
        """Widths that fill the room exactly, if texts give way or grow no more than they may; else their own."""
        columns = self._records.columns
        wanted = sum(column.width for column in columns)
        supple = sum(column.width for column in columns if not column.stiff)
        room = self.viewport().width()
        if room >= wanted:
            share = min(MOST_STRETCHED, room / wanted) if wanted else 1.0
            return [int(column.width * share) for column in columns]
        share = (room - (wanted - supple)) / supple if supple else 0.0
        if share < LEAST_SHRUNK:
            return [column.width for column in columns]
        return [column.width if column.stiff else int(column.width * share) for column in columns]

    def show_sorted(self, section: int | None, descending: bool) -> None:
        """The sort mark in the header, or none."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header: QHeaderView = self.horizontalHeader()
        header.setSortIndicator(-1 if section is None else section, order)


def row_ranges(selection: QItemSelection) -> list[tuple[int, int]]:
    """The rows of a selection as sorted ranges without overlaps."""
    ranges = sorted((part.top(), part.bottom()) for part in selection)  # type: ignore[attr-defined]
    found: list[tuple[int, int]] = []
    for first, last in ranges:
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def rows_within(ranges: Iterable[tuple[int, int]], first: int, last: int) -> Iterator[int]:
    """The rows of some ranges that lie between two rows."""
    for start, end in ranges:
        yield from range(max(first, start), min(last, end) + 1)


def merged(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending rows as ranges."""
    first = last = rows[0]
    for row in rows[1:]:
        if row != last + 1:
            yield first, last
            first = row
        last = row
    yield first, last
