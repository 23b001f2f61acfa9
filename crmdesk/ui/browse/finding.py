"""Joins the find field, the finder and the table: matches are marked, Enter goes from one to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from crmdesk.ui.browse.find import Finder, neighbour
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.overlay import Marks
from crmdesk.ui.browse.source import Source
from crmdesk.ui.browse.strip import Strip
from crmdesk.ui.browse.table import RecordTable
from crmdesk.ui.browse.toolbar import Toolbar
from crmdesk.ui.browse.values import folded
from crmdesk.ui.window.workspace import Desk

NOTICE = "find"
LOOK_AGAIN_AFTER = 150  # milliseconds: pages land in a row while a view is loaded


class Finding(QObject):
    """What is being looked for, and where it was found."""

    def __init__(
        self, desk: Desk, source: Source, model: RecordModel, table: RecordTable, toolbar: Toolbar, strip: Strip
    ) -> None:
        super().__init__(table)
        self._source = source
        self._model = model
        self._strip = strip
        self._desk = desk
        self._table = table
        self._toolbar = toolbar
        self._finder = Finder(model)
        self._task: asyncio.Task[list[int]] | None = None
        self.words = ""
        self.rows: Sequence[int] = ()
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(LOOK_AGAIN_AFTER)
        self._again.timeout.connect(lambda: self.look_for(self.words))
        toolbar.find_field.looked_for.connect(self.look_for)
        toolbar.find_field.step.connect(self.step)
        toolbar.find_field.ended.connect(self.end)
        model.landed.connect(self._rows_changed)
        model.modelReset.connect(self.texts_changed)

    def begin(self) -> None:
        """Put the keyboard into the field."""
        self._toolbar.find_field.setFocus()
        self._toolbar.find_field.selectAll()

    def look_for(self, words: str) -> None:
        """Mark every loaded row that holds these words."""
        if self._task is not None:
            self._task.cancel()
        self.words = words
        if not words:
            self._show(())
            return
        self._task = self._desk.tasks.start(
            self._finder.rows_with(words), owner=self, title="Finding", on_done=self._show
        )

    def _show(self, rows: Sequence[int]) -> None:
        self.rows = rows
        current = self._table.currentIndex().row()
        place = self._place(current)
        self._table.overlay.marks = Marks(frozenset(rows), folded(self.words), current if place is not None else None)
        self._toolbar.set_found(self.words, len(rows), place)
        self._offer_more()
        self._table.viewport().update()

    def _offer_more(self) -> None:
        """Only loaded rows were looked through: the CRM can search the others."""
        store = self._model.store
        if not self.words or store.whole or self._source.spec.search_entity is None:
            self._strip.take_back(NOTICE)
            return
        words, total = self.words, len(store)
        self._strip.tell(
            NOTICE,
            f"{len(self.rows):,} of the {store.loaded:,} loaded rows hold “{words}”; the others are not loaded.",
            (f"Search all {total:,} in the CRM", lambda: self._desk.open("find", {"text": words})),
        )

    def _place(self, row: int) -> int | None:
        return self.rows.index(row) if row in self.rows else None

    def step(self, forward: bool) -> None:
        """Go to the next row found, or to the one before."""
        current = self._table.currentIndex().row()
        row = neighbour(self.rows, current, forward=forward)
        if row is not None:
            self._table.go_to(row, select=True)
            self._show(self.rows)

    def end(self) -> None:
        """Back to the table."""
        self.look_for("")
        self._table.setFocus()

    def texts_changed(self) -> None:
        """Names or columns are other ones: look again."""
        self._finder.forget()
        self._rows_changed()

    def _rows_changed(self, *_: object) -> None:
        if self.words:
            self._again.start()
