"""What a person does with the rows of a table: hand over, copy, open. Reads what is loaded; loads what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.browse.copying import rows_as_text
from crmdesk.ui.browse.handover import selected_records, whole_view
from crmdesk.ui.record.inspect import open_record_page
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace

What = SelectedRecords | WholeView


class Hands(QObject):
    """The doings of one table; part of its workspace."""

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._waiting: tuple[set[int], Callable[[], object]] | None = None  # pages, and what is done when they are here

    # -- what is selected, for whoever plans with it ---------------------------------------------

    def reassign(self) -> None:
        """Take what is selected to the reassign workspace."""
        self.with_selected(lambda what: self._work.desk.open("reassign", {"what": what}))

    def with_selected(self, go_on: Callable[[What], object]) -> None:
        """Hand what is selected to `go_on`; rows that are not loaded are loaded first, when the person agrees."""
        work = self._work
        chosen = work.table.chosen
        if not work.has_chosen():
            return
        if chosen.whole and work.source.is_view:
            go_on(whole_view(work.source, chosen))
            return
        missing = self._pages_of_chosen()
        if missing:
            self.offer_loading(missing, lambda: self.with_selected(go_on), "Some of the selected rows are not loaded.")
            return
        work.desk.tasks.start(
            selected_records(work.source, work.model, chosen),
            owner=self,
            title="Collecting the selected records",
            on_done=go_on,
        )

    def _pages_of_chosen(self) -> list[int]:
        model, table = self._work.model, self._work.table
        if table.chosen.whole:
            return model.store.missing()
        pages = (page for first, last in table.ranges() for page in model.pages_between(first, last))
        return list(dict.fromkeys(pages))

    def offer_loading(self, pages: list[int], go_on: Callable[[], object], why: str) -> None:
        """Say that rows are missing; when the person agrees, load these pages and go on."""
        requests = f"{len(pages):,} request{'s' if len(pages) > 1 else ''}"
        strip = self._work.strip

        def load() -> None:
            self._waiting = set(pages), go_on
            strip.tell("unloaded", "Loading the rows…", dismiss=False)
            self._work.feed.load(pages)

        strip.tell("unloaded", why, (f"Load them ({requests})", load))

    def adopted(self) -> None:
        """A page has landed: what waited for rows may go on."""
        if self._waiting is None:
            return
        pages, run = self._waiting
        if all(number in self._work.model.store.pages for number in pages):
            self._waiting = None
            self._work.strip.take_back("unloaded")
            run()

    # -- copying -----------------------------------------------------------------------------------

    def copy(self, *, headers: bool = False) -> None:
        """The framed cells, else the selected rows, else the current row, as tab-separated text."""
        if not headers and self._work.cells.copy():
            return
        table, model = self._work.table, self._work.model
        rows = [row for first, last in table.ranges() for row in range(first, last + 1)]
        if not rows and table.currentIndex().isValid():
            rows = [table.currentIndex().row()]
        self._work.desk.tasks.start(
            rows_as_text(model, rows, table.shown_columns(), headers=headers),
            owner=self,
            title="Copying",
            on_done=lambda made: self._copied(*made, of=len(rows)),
        )

    def _copied(self, text: str, count: int, *, of: int) -> None:
        QGuiApplication.clipboard().setText(text)
        if count < of:
            told = f"{count:,} of {of:,} rows copied; the others are not loaded."
            self._work.desk.say(Message(told, key="browse.copied"))

    def copy_cell(self) -> None:
        """The text of the current cell."""
        index = self._work.table.currentIndex()
        cells = self._work.model.cells_at(index.row()) if index.isValid() else None
        if cells is not None:
            QGuiApplication.clipboard().setText(cells[index.column()])

    def copy_ids(self) -> None:
        """The ids of the selected records, one a line."""
        chosen = self._work.table.chosen
        ids = [found for found in self._work.model.store.ids if found is not None and chosen.holds(found)]
        current = self._work.current_id()
        if not ids and current is not None:
            ids = [current]
        QGuiApplication.clipboard().setText("\n".join(map(str, ids)))

    # -- opening -----------------------------------------------------------------------------------

    def open_in_browser(self) -> None:
        """The current record's page."""
        current = self._work.current_id()
        if current is not None:
            open_record_page(self._work.desk, self._work.known, current)

    def open_in_tab(self) -> None:
        """The current record in a tab of its own."""
        if self._work.current_id() is not None:
            self._work.inspected.open_in_tab()

    def double_click(self, index: QModelIndex) -> None:
        """A cell that can be edited is edited; any other opens its record."""
        key = self._work.model.columns[index.column()].key
        if self._work.editing.editable.refusal(key) or self._work.model.id_at(index.row()) is None:
            self.open_in_tab()
        else:
            self._work.editing.begin()

    def menu(self, place: QPoint) -> None:
        """The context menu of the rows: the commands of the Record menu that have a group."""
        menu = QMenu(self._work)
        group = 0
        for command in self._work.commands():
            if not command.group or command.menu != "Record":
                continue
            if group and command.group != group:
                menu.addSeparator()
            group = command.group
            action = menu.addAction(command.title.replace("&", "&&"), command.run)
            action.setEnabled(command.enabled())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._work.table.viewport().mapToGlobal(place))
