"""What a click on a header does: the CRM sorts where it is known to, else all is loaded and sorted here."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from crmdesk.ui.browse.columns import Column
from crmdesk.ui.browse.feed import RowFeed
from crmdesk.ui.browse.known import Known
from crmdesk.ui.browse.sorting import sort_slots
from crmdesk.ui.browse.source import VIEW_ORDER, Order
from crmdesk.ui.browse.strip import Strip
from crmdesk.ui.browse.table import RecordTable
from crmdesk.ui.window.workspace import Desk

NOTICE = "sort"


@dataclass(frozen=True)
class Sorted:
    """The column that rows are sorted by, and which way."""

    key: str
    descending: bool


class Sorter(QObject):
    """Follows clicks on the header: first way, other way, then the view's own order again."""

    done = Signal()  # rows have other places now

    def __init__(self, desk: Desk, feed: RowFeed, known: Known, table: RecordTable, strip: Strip) -> None:
        super().__init__(table)
        self._desk = desk
        self._feed = feed
        self._known = known
        self._table = table
        self._strip = strip
        self.now: Sorted | None = None
        self._when_whole: Sorted | None = None
        table.sort_asked.connect(self.clicked)
        feed.shown.connect(self._first_page)
        feed.whole_view.connect(self._whole)
        feed.page_landed.connect(self._progress)
        feed.failed.connect(self._given_up)

    def clicked(self, section: int) -> None:
        """A header was clicked."""
        column = self._feed.model.columns[section]
        first_way = column.largest_first
        if self.now is None or self.now.key != column.key:
            self.sort(column, first_way)
        elif self.now.descending == first_way:
            self.sort(column, not first_way)
        else:
            self.unsort()

    def sort(self, column: Column, descending: bool) -> None:
        """Sort by a column: here if everything is loaded, by the CRM if it can, else ask."""
        wanted = Sorted(column.key, descending)
        if len(self._feed.model.store) and not self._feed.requests_for_all:
            self._sort_here(wanted)
        elif self._feed.source.sorts_by(column.key):
            self._strip.take_back(NOTICE)
            self._feed.open(Order(column.key, descending))
        else:
            self._offer(column, wanted)
        self.mark()

    def unsort(self) -> None:
        """The view's own order again."""
        if self._feed.model.sorted_here:
            self._feed.model.sort_here(None)
            self._settled(self._of_feed())
        elif self._feed.order != VIEW_ORDER:
            self._feed.open(VIEW_ORDER)
        self.mark()

    def mark(self) -> None:
        """The sort mark in the header, where the sorted column is now."""
        keys = [column.key for column in self._feed.model.columns]
        if self.now is None or self.now.key not in keys:
            self._table.show_sorted(None, False)
        else:
            self._table.show_sorted(keys.index(self.now.key), self.now.descending)

    def _of_feed(self) -> Sorted | None:
        order = self._feed.order
        return Sorted(order.key, order.descending) if order.key else None

    def _offer(self, column: Column, wanted: Sorted) -> None:
        count = self._feed.requests_for_all
        requests = f"{count:,} requests" if count != 1 else "1 request"
        self._strip.tell(
            NOTICE,
            f"The CRM is not known to sort by {column.title}.",
            (f"Load all ({requests}) and sort here", lambda: self._load_and_sort(wanted)),
        )

    def _load_and_sort(self, wanted: Sorted) -> None:
        self._when_whole = wanted
        self._strip.tell(NOTICE, "Loading the whole view…", ("Stop", self.stop), dismiss=False)
        self._feed.load_all()
        self._progress()

    def stop(self) -> None:
        """Give up loading; what is here stays."""
        self._when_whole = None
        self._feed.stop_loading()
        self._strip.take_back(NOTICE)

    def _progress(self) -> None:
        if self._when_whole is not None:
            store = self._feed.model.store
            self._strip.change(NOTICE, f"Loading the whole view: {store.loaded:,} of {len(store):,} rows")

    def _given_up(self, _error: BaseException) -> None:
        self._when_whole = None
        self._strip.take_back(NOTICE)

    def _whole(self) -> None:
        if self._when_whole is not None:
            wanted, self._when_whole = self._when_whole, None
            self._strip.take_back(NOTICE)
            self._sort_here(wanted)

    def _sort_here(self, wanted: Sorted) -> None:
        column = next((c for c in self._feed.model.columns if c.key == wanted.key), None)
        if column is None:
            return
        self._desk.tasks.start(
            sort_slots(self._feed.model.store, column, self._known.texts, wanted.descending),
            owner=self,
            title=f"Sorting by {column.title}",
            on_done=lambda slots: self._sorted(slots, wanted),
        )

    def _sorted(self, slots: list[int], wanted: Sorted) -> None:
        if len(slots) == len(self._feed.model.store):  # else the view was read again meanwhile
            self._feed.model.sort_here(slots)
            self._settled(wanted)

    def _first_page(self) -> None:
        self._when_whole = None
        self._strip.take_back(NOTICE)
        self.now = self._of_feed()
        self.mark()

    def _settled(self, now: Sorted | None) -> None:
        self.now = now
        self.mark()
        self.done.emit()
