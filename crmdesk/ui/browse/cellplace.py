"""Where the cell cursor is and which block of cells is marked, beside the selection of rows.

Every gesture selects rows as it always did. Beside that there is a block of cells, from where a gesture began
to the current cell, as in a spreadsheet. It counts while the person works in cells: after a click or drag in
any column but the first on the screen, or once the left and right keys were used. A click in the first column,
a click with Ctrl, and "Select whole view" go back to whole rows. So Delete, copy and paste know what they are
about: cells when a block is framed, rows otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QTableView

from crmdesk.ui.browse.model import Index

COMMAND_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


@dataclass(frozen=True)
class Block:
    """A rectangle of cells: rows, and columns by their place on the screen; both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        return self.top == self.bottom and self.left == self.right

    @property
    def count(self) -> int:
        """How many cells."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)


class CellPlace:
    """The block of cells of one table, and whether it counts."""

    def __init__(self, table: QTableView) -> None:
        self._table = table
        self._start: QPersistentModelIndex | None = None
        self._extends = False
        self.active = False

    def block(self) -> Block | None:
        """The block that is marked; None while the person works with rows."""
        current = self._table.currentIndex()
        if not self.active or not current.isValid():
            return None
        start: Index = self._start if self._start is not None and self._start.isValid() else current
        places = sorted(self._table.horizontalHeader().visualIndex(index.column()) for index in (start, current))
        rows = sorted((start.row(), current.row()))
        return Block(rows[0], places[0], rows[1], places[1])

    def sections(self, block: Block) -> list[int]:
        """The model's columns of a block, from left to right."""
        header = self._table.horizontalHeader()
        return [header.logicalIndex(place) for place in range(block.left, block.right + 1)]

    # -- gestures, told by the table ------------------------------------------------------------------

    def pressed(self, index: Index, event: QMouseEvent) -> None:
        """A mouse button went down on a cell, or beside them."""
        if event.button() == Qt.MouseButton.RightButton and self._holds(index):
            self._extends = True  # the menu is about the block: it stays
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        first = index.isValid() and self._table.horizontalHeader().visualIndex(index.column()) == 0
        self._extends = shift
        self.active = index.isValid() and not ctrl and not first and (self.active or not shift)

    def dragged(self) -> None:
        """The mouse moves with a button down."""
        self._extends = True

    def key(self, shift: bool) -> None:
        """A key is about to be taken."""
        self._extends = shift

    def moved(self) -> None:
        """The current cell is another one."""
        current = self._table.currentIndex()
        if not self._extends or self._start is None or not self._start.isValid():
            self._start = QPersistentModelIndex(current) if current.isValid() else None

    def settled(self, *, walked: bool = False) -> None:
        """The gesture is over; `walked`: it went to another column."""
        if not self._extends and self._table.currentIndex().isValid():
            self._start = QPersistentModelIndex(self._table.currentIndex())
        self._extends = False
        if walked:
            self.active = True

    def leave(self) -> None:
        """Back to whole rows."""
        self.active = False
        self._start = None

    def enter(self) -> None:
        """The current cell is worked with."""
        self.active = True
        self.settled()

    def _holds(self, index: Index) -> bool:
        block = self.block()
        if block is None or not index.isValid():
            return False
        place = self._table.horizontalHeader().visualIndex(index.column())
        return block.top <= index.row() <= block.bottom and block.left <= place <= block.right


def typed_text(event: QKeyEvent) -> str | None:
    """What a key types into a cell: "" for Enter, which only begins; None for a key that types nothing."""
    if event.modifiers() & COMMAND_KEYS:
        return None
    if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return ""
    text = event.text()
    return text if text and text.isprintable() else None
