"""The table workspace of a view: puts feed, table, columns, finding and inspector together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from crmdesk.crm.modules import Can
from crmdesk.crm.paging import Record
from crmdesk.ui.browse.actions import browse_commands
from crmdesk.ui.browse.arrange import ColumnKeeper
from crmdesk.ui.browse.bulk import Bulk
from crmdesk.ui.browse.cells import Cells
from crmdesk.ui.browse.editable import Editable
from crmdesk.ui.browse.editing import CellEditing
from crmdesk.ui.browse.feed import RowFeed
from crmdesk.ui.browse.filtering import open_builder
from crmdesk.ui.browse.finding import Finding
from crmdesk.ui.browse.hands import Hands
from crmdesk.ui.browse.known import Known
from crmdesk.ui.browse.layers import Layers
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.news import News
from crmdesk.ui.browse.opening import Opening
from crmdesk.ui.browse.ordering import Sorter
from crmdesk.ui.browse.source import Source
from crmdesk.ui.browse.stagedbar import StagedBar
from crmdesk.ui.browse.staging import Staging
from crmdesk.ui.browse.states import States
from crmdesk.ui.browse.strip import Strip
from crmdesk.ui.browse.table import RecordTable
from crmdesk.ui.browse.toolbar import Toolbar
from crmdesk.ui.commands import Command
from crmdesk.ui.record.inspect import Inspector
from crmdesk.ui.widgets import Line
from crmdesk.ui.window.workspace import Desk, Workspace


class BrowseWorkspace(Workspace):
    """One view of one module. Reads only; what is selected goes to the reassign workspace."""

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk)
        self.source = source
        self.known = Known(desk, source.spec, self)
        self.layers = Layers(source.spec)
        self.model = RecordModel(self.known.texts, self.layers)
        self.model.setParent(self)
        self.stack = QStackedWidget(self)
        self.toolbar = Toolbar(desk.theme, source.heading)
        self.strip = Strip()
        self.feed = RowFeed(desk, source, self.model, self)
        self._finding: Finding | None = None
        self.inspected = Inspector(desk, self.known, own_tab=False, parent=self)
        self.states = States(self, self.stack)
        self.opening = Opening(self)
        self._lay_out()
        self._connect()
        self.layers.written = lambda: desk.session.written(source.spec.key)
        self.staging = Staging(self)
        self.editing = CellEditing(self, Editable(self.known))
        self.cells = Cells(self)
        self.bulk = Bulk(self)
        self.hands = Hands(self)
        self.news = News(self)
        self.staging.changed.connect(self._staged_changed)
        self._staged_changed()
        self.feed.open()

    def _lay_out(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.stack.setProperty("ground", "surface")
        self.stack.hide()
        self._focus_wanted = False
        self._told = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(Line())
        column.addWidget(self.strip)
        column.addWidget(self.stack, 1)

    @property
    def built(self) -> bool:
        """Whether the table is there: it takes as long to make as the CRM to answer, so the CRM is asked first."""
        return "table" in self.__dict__

    @cached_property
    def table(self) -> RecordTable:
        """The rows; made once the first request has left, or when somebody asks for it."""
        name = f"{self.source.spec.plural}: {self.source.name}"
        table = RecordTable(self.model, self.desk.theme, name, self.stack)
        self.model.landed.connect(table.adopt)
        self.model.landed.connect(lambda _first, _last: self._adopted())
        table.in_sight.connect(self.feed.look)
        table.chosen_changed.connect(self._chosen_changed)
        table.row_current.connect(self._current_changed)
        table.customContextMenuRequested.connect(self.hands.menu)
        table.doubleClicked.connect(self.hands.double_click)
        self.stack.addWidget(table)
        self.setFocusProxy(table)
        return table

    @cached_property
    def columns(self) -> ColumnKeeper:
        """The columns of the table."""
        columns = ColumnKeeper(self.desk, self.known, self.model, self.table, self.source.never)
        columns.changed.connect(self._columns_changed)
        columns.apply()
        return columns

    @cached_property
    def sorter(self) -> Sorter:
        """What a click on a header does."""
        sorter = Sorter(self.desk, self.feed, self.known, self.table, self.strip)
        sorter.done.connect(self.rearranged)
        return sorter

    @cached_property
    def staged_bar(self) -> StagedBar:
        """What waits to be saved; made with the first edit."""
        bar = StagedBar()
        bar.review.connect(self.review)
        bar.discard.connect(self.staging.discard)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(bar)
        return bar

    def build(self) -> None:
        """Make and lay out the table while the CRM answers; it is painted once there is something to paint."""
        if self.stack.isHidden():
            self.table.setUpdatesEnabled(False)
            _ = self.sorter, self.columns
            self.editing.attach()
            self.stack.show()
            if self._focus_wanted:
                self.table.setFocus()

    def _connect(self) -> None:
        feed = self.feed
        feed.failed.connect(self.states.failed)
        feed.page_landed.connect(self.counts)
        feed.waiting.connect(self.states.waiting)
        self.known.names_arrived.connect(self._names_arrived)
        self.known.names_failed.connect(self._names_failed)
        self.toolbar.columns.connect(self.choose_columns)
        self.toolbar.filter.connect(self.filter)
        self.toolbar.refresh.connect(self.refresh)
        self.toolbar.export.connect(lambda: self.bulk.export())
        self.toolbar.new.connect(lambda: self.bulk.new())
        self.toolbar.reassign.connect(lambda: self.hands.reassign())
        self.desk.theme.changed.connect(self._dress)
        self._dress()

    @property
    def makes(self) -> str:
        """What can be made here, such as "contact"; empty for nothing."""
        spec = self.source.spec
        return spec.singular.lower() if Can.CREATE in spec.can and not self.source.recycled else ""

    @property
    def finding(self) -> Finding:
        """Find in loaded rows."""
        return self.furnish()

    @property
    def furnished(self) -> bool:
        """Whether everything around the rows has been made."""
        return self._finding is not None

    def furnish(self) -> Finding:
        """Make what the first rows need not wait for: the tool bar's field and buttons, finding, the inspector."""
        if self._finding is None:
            self.toolbar.furnish(can_filter=self.can_filter(), new=self.makes, owned=self.source.spec.owned)
            self._finding = Finding(self.desk, self.source, self.model, self.table, self.toolbar, self.strip)
            self.toolbar.set_busy(self.feed.busy)
            self.counts()
            if self.inspected.record_id is None:
                self.inspect_none()
        return self._finding

    def _dress(self) -> None:
        self.model.set_muted(self.desk.theme.color("muted"))

    # -- what the window asks ------------------------------------------------------------------

    @property
    def title(self) -> str:
        """`Contacts · All Contacts`, with the number of staged edits if there are any."""
        count = self.staging.count
        return f"{self.source.spec.plural} · {self.source.name}" + (f" ({count:,})" if count else "")

    @property
    def unsaved(self) -> bool:
        """Whether edits of this module wait to be saved."""
        return self.staging.count > 0

    def commands(self) -> Sequence[Command]:
        """What can be done with rows."""
        return browse_commands(self)

    def inspector(self) -> QWidget:
        """The current row's record."""
        return self.inspected.panel

    def memory(self) -> Mapping[str, Any]:
        """Enough to open the view again."""
        return self.source.args()

    def shown(self) -> None:
        """The keyboard goes to the rows."""
        self._focus_wanted = not self.built
        if self.built:
            self.table.setFocus()

    def back_online(self) -> None:
        """What could not be read is asked for again."""
        if self.states.failure is not None and self.stack.currentWidget() is self.states.failure:
            self.refresh()
        elif self.feed.error is not None:
            self.states.try_again()

    def closed(self) -> None:
        """No more requests; a cell that is being edited is taken over as when it is left."""
        if self.editing.editor is not None:
            self.editing.editor.commit()
        self.feed.stop()
        self.news.stop()
        self.staging.stop()
        self.editing.give_up()

    # -- refreshing ------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the view again from its first page; old rows stay until it is here."""
        self.opening.keep_place()
        self.inspected.forget()
        self.feed.open()

    def inspect_none(self) -> None:
        """No row is in focus."""
        self.inspected.show_none("No row selected", "Select a row to see all its fields.")

    def inspect_again(self) -> None:
        """The record in the inspector may have new values."""
        self.inspected.forget()
        current = self.current_id()
        if current is not None:
            self._current_changed(current)

    def showEvent(self, event: QShowEvent) -> None:
        """What was changed while the tab was out of sight is read now."""
        super().showEvent(event)
        if self.model.store.pages:
            self.look_again()
            self.news.look()

    # -- staged edits ---------------------------------------------------------------------------------

    def _staged_changed(self) -> None:
        count = self.staging.count
        if count or "staged_bar" in self.__dict__:
            self.staged_bar.show_count(count, self.staging.records)
        self.title_changed.emit()

    def review(self) -> None:
        """Look at what is staged on this module, and save it."""
        if self.editing.editor is None or self.editing.editor.commit():
            self.desk.open("review", {"module": self.source.spec.key})

    def tell_status(self, text: str) -> None:
        """A quiet word beside the counts, until something else is told there."""
        self._told = text
        self.counts()

    def take_fresh(self, fields: Mapping[str, Any]) -> None:
        """A record was read by itself: its row shows what it holds."""
        self.layers.read(fields)
        self.model.touched([int(fields["id"])])
        self.look_again()
        self.table.viewport().update()

    async def read_record(self, record_id: int) -> Record:
        """One record, one request. Raises CrmError."""
        from crmdesk.crm import requests

        spec = self.source.spec
        return await requests.one(self.desk.session.client, spec, record_id, include=spec.list_include)

    # -- names, columns, counts -------------------------------------------------------------------

    def _names_arrived(self) -> None:
        self.model.names_changed()
        self.look_again()

    def _names_failed(self, error: BaseException) -> None:
        kinds = self.columns.kinds_of_names()
        self.strip.tell(
            "names",
            f"Names could not be loaded: {error}",
            ("Try again", lambda: self.known.ask_names_again(kinds)),
        )

    def _columns_changed(self) -> None:
        self.sorter.mark()
        self.rearranged()
        if self.model.store.pages and not self.opening.painting:
            self.known.need_names(self.columns.kinds_of_names())

    def rearranged(self) -> None:
        """Rows or columns have other places: picture and sight follow, the record in focus stays."""
        self.table.picture_again()
        self.look_again()
        if self.inspected.record_id is not None and not self.table.currentIndex().isValid():
            row = self.model.row_of(self.inspected.record_id)
            if row is not None:
                self.table.go_to(row)

    def look_again(self) -> None:
        """What is in sight needs texts, or pages."""
        first, last = self.table.sight()
        self.feed.look(first, last)
        if self._finding is not None:
            self._finding.texts_changed()

    def counts(self) -> None:
        """Show how many rows there are, how many are selected, and what is going on."""
        state = "loading…" if self.feed.busy else self._told or self.source.caveat
        self.toolbar.set_counts(
            self.model.total if self.model.store.pages else None,
            self.table.chosen_count() if self.built else 0,
            self.table.unloaded_chosen() if self.built else 0,
            state,
        )

    # -- selection ------------------------------------------------------------------------------------

    def _chosen_changed(self) -> None:
        self._told = ""
        self.counts()
        self.desk.commands_changed()

    def current_id(self) -> int | None:
        """The record that the keyboard is on."""
        index = self.table.currentIndex() if self.built else None
        return self.model.id_at(index.row()) if index is not None and index.isValid() else None

    def _current_changed(self, record_id: int | None) -> None:
        if record_id is None:
            self.inspected.show_none("Row not loaded yet", "It is read when scrolling rests.")
        else:
            self.inspected.show(record_id, self.model.record_at(self.table.currentIndex().row()))

    def _adopted(self) -> None:
        """A page landed: the row in focus may have a record now, and waiting work may go on."""
        current = self.current_id()
        if current is not None and current != self.inspected.record_id:
            self._current_changed(current)
        self.hands.adopted()

    def has_chosen(self) -> bool:
        """Whether anything is selected."""
        return self.built and self.table.chosen_count() > 0

    def has_place(self) -> bool:
        """Whether rows are selected or cells are framed."""
        return self.has_chosen() or self.cells.block() is not None

    def choose_columns(self) -> None:
        """Let the person choose the columns."""
        self.columns.open_dialog(self)

    def can_filter(self) -> bool:
        """Whether the CRM can search this module by rules."""
        return self.source.spec.search_entity is not None

    def filter(self) -> None:
        """Build a filter over the whole module; in a filter's tab, from its rules."""
        open_builder(self)
