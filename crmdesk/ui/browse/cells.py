"""What a person does with cells: paste, fill down, clear, copy, take edits back. Says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from crmdesk.ui.browse.bad_cells import BadCells
from crmdesk.ui.browse.block import block_text, parse_block, tiled
from crmdesk.ui.browse.cellplace import Block
from crmdesk.ui.browse.cellwork import CellWork, Outcome

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace

NOTICE = "cells"
WORK_ON_CELLS = "Click a cell first; in the first column and with Ctrl whole rows are selected."


class Cells(QObject):
    """The doings with blocks of cells of one table; part of its workspace."""

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._does = CellWork(work.desk.session, work.model, work.editing.editable, work.staging, work.known.texts)
        self.task: asyncio.Task[Any] | None = None
        self.outcome: Outcome | None = None
        self._told_at = 0  # how many fields were staged when cells that could not be changed were told
        work.staging.changed.connect(self._staged_changed)

    @property
    def busy(self) -> bool:
        """Whether cells are being changed now."""
        return self.task is not None and not self.task.done()

    def block(self) -> Block | None:
        """The framed block of cells; None while whole rows are worked with."""
        return self._work.table.place.block() if self._work.built else None

    # -- changing ------------------------------------------------------------------------------------------

    def paste(self) -> None:
        """The clipboard's block from the framed cell on; one that fits several times fills the framed block."""
        text = QGuiApplication.clipboard().text()
        block = self._needed()
        if block is None or not text:
            return
        rows = tiled(parse_block(text), block.bottom - block.top + 1, block.right - block.left + 1)
        header = self._work.table.horizontalHeader()
        wide = min(max(len(row) for row in rows), header.count() - block.left)
        sections = [header.logicalIndex(block.left + place) for place in range(wide)]
        missing = self._work.model.pages_between(block.top, block.top + len(rows) - 1)

        def run() -> None:
            self._run(self._does.paste(rows, block.top, sections), "Pasting")

        if missing:
            self._work.hands.offer_loading(missing, run, "Some of the rows to paste into are not loaded.")
        else:
            run()

    def fill_down(self) -> None:
        """The values of the block's first row to the rows below; one cell takes that of the cell above it."""
        block = self._needed()
        if block is None:
            return
        top = block.top if block.bottom > block.top else block.top - 1
        if top >= 0:
            self._run(self._does.fill_down(top, block.bottom, self._work.table.place.sections(block)), "Filling down")

    def clear(self) -> None:
        """Blank in every cell of the block."""
        block = self._needed()
        if block is not None:
            self._run(self._does.clear(block.top, block.bottom, self._work.table.place.sections(block)), "Clearing")

    def _needed(self) -> Block | None:
        editor = self._work.editing.editor
        if editor is not None and not editor.commit():
            return None
        block = self.block()
        if block is None:
            self._work.tell_status(WORK_ON_CELLS)
        elif self.busy:
            self._work.tell_status("Cells are being changed still; wait a moment.")
            return None
        return block

    def _run(self, doing: Coroutine[Any, Any, Outcome], title: str) -> None:
        self.task = self._work.desk.tasks.start(doing, owner=self, title=title, on_done=self._done)

    def _done(self, outcome: Outcome) -> None:
        self.outcome = outcome
        strip, bad = self._work.strip, outcome.bad
        if not bad:
            strip.take_back(NOTICE)
            return
        one = len(bad) == 1
        if not outcome.staged and len({cell.why for cell in bad}) == 1:
            text = bad[0].why if one else f"None of the {len(bad):,} cells could be changed: {bad[0].why}"
        else:
            done = f"{outcome.staged:,} cell{'s are' if outcome.staged != 1 else ' is'} staged; "
            text = done + ("1 could not be changed." if one else f"{len(bad):,} could not be changed.")
        strip.tell(NOTICE, text, ("Show", self.show_bad), tone="staged" if outcome.staged else "warning")
        self._told_at = self._work.staging.count

    def _staged_changed(self) -> None:
        """What was told counts no more once some of it was saved or taken back."""
        count = self._work.staging.count
        if count < self._told_at:
            self._work.strip.take_back(NOTICE)
        self._told_at = max(count, self._told_at) if self._work.strip.key == NOTICE else 0

    def show_bad(self) -> BadCells | None:
        """Every cell that could not be changed, and why."""
        if self.outcome is None or not self.outcome.bad:
            return None
        dialog = BadCells(self.outcome.bad, self._work.desk.theme, self._work)
        dialog.gone_to.connect(self._work.table.go_to)
        dialog.open()
        return dialog

    # -- copying -------------------------------------------------------------------------------------------

    def copy(self) -> bool:
        """The framed block as text that pastes back; False while whole rows are worked with."""
        block = self.block()
        if block is None:
            return False
        self.task = self._work.desk.tasks.start(
            self._does.copy(block.top, block.bottom, self._work.table.place.sections(block)),
            owner=self,
            title="Copying",
            on_done=lambda rows: QGuiApplication.clipboard().setText(block_text(rows)),
        )
        return True

    # -- taking back ----------------------------------------------------------------------------------------

    def staged_cells(self) -> list[tuple[int, str]]:
        """The staged fields of the framed block, else of the current cell."""
        work, block = self._work, self.block()
        index = work.table.currentIndex() if work.built else None
        if block is not None:
            places = [(row, s) for row in range(block.top, block.bottom + 1) for s in work.table.place.sections(block)]
        elif index is not None and index.isValid():
            places = [(index.row(), index.column())]
        else:
            return []
        found = []
        for row, section in places:
            edit = work.model.edit_at(row, section)
            record_id = work.model.id_at(row)
            if edit is not None and record_id is not None:
                found.append((record_id, str(edit.field)))
        return found

    def revert(self) -> None:
        """Take back what is staged on the framed cells."""
        self._work.staging.revert(self.staged_cells())

    def staged_rows(self) -> list[int]:
        """The selected records that have edits; without a selection the current one."""
        work = self._work
        staged = work.layers.staged
        if not staged or not work.built:
            return []
        current = work.current_id()
        chosen = work.table.chosen
        wanted = [key for key in staged if isinstance(key, int) and chosen.holds(key)]
        return wanted or ([current] if current in staged and current is not None else [])

    def revert_rows(self) -> None:
        """Take back every edit of the selected records."""
        self._work.staging.revert_records(self.staged_rows())
