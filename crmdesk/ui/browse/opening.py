"""How the first rows of a view come to the screen: the CRM is asked first, the table is made while it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from crmdesk.crm.paging import Page
    from crmdesk.ui.browse.workspace import BrowseWorkspace

SAMPLE_ROWS = 20  # of the first page, to learn which fields rows hold
BUILT_AFTER = 3  # milliseconds after the first request was let go: it is on the wire by then
BARS_AFTER = 80  # milliseconds: a quick answer needs no bars first
REST_AFTER = 20  # milliseconds after the first rows


class Opening(QObject):
    """Follows the feed of one table from the question to the rows; part of its workspace."""

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._kept: tuple[int, int | None] = (0, None)  # scroll place and current record over a refresh
        self._after_paint = self._timer(REST_AFTER, self._ask_the_rest)
        self._slow = self._timer(BARS_AFTER, self._show_bars)
        self._build_soon = self._timer(BUILT_AFTER, work.build)
        feed = work.feed
        feed.land_with(self._land)
        feed.opening.connect(self._opening)
        feed.leaving.connect(self._build_soon.start)
        feed.opened.connect(self._opened)
        feed.shown.connect(self._shown)

    def _timer(self, after: int, run: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after)
        timer.timeout.connect(run)
        return timer

    @property
    def painting(self) -> bool:
        """Whether the first rows are about to be painted, and the rest is asked for afterwards."""
        return self._after_paint.isActive()

    def keep_place(self) -> None:
        """The next rows come where the person is now."""
        self._kept = (self._work.table.verticalScrollBar().value(), self._work.current_id())

    def _opening(self) -> None:
        work = self._work
        self._slow.start()
        if work.model.rowCount() == 0 and work.built:
            work.stack.setCurrentWidget(work.table)
            if work.furnished:
                work.inspect_none()
        work.toolbar.set_busy(True)
        work.counts()

    def _show_table(self) -> None:
        self._build_soon.stop()
        self._work.build()
        if not self._work.table.updatesEnabled():
            self._work.table.setUpdatesEnabled(True)

    def _show_bars(self) -> None:
        table = self._work.table
        self._work.furnish()
        self._show_table()
        table.overlay.loading = True
        table.viewport().update()

    def _end_bars(self) -> None:
        self._slow.stop()
        if self._work.built:
            self._work.table.overlay.loading = False

    def failed(self) -> None:
        """The first page, or another, could not be read: what is there is shown."""
        self._end_bars()
        self._work.furnish()
        self._show_table()
        self._work.toolbar.set_busy(False)

    def _opened(self, page: Page) -> None:
        work = self._work
        work.build()
        self._end_bars()
        work.strip.take_back()
        work.known.names.learn(page.side)
        work.model.first_records = page.records()
        work.columns.learn(work.model.first_records[:SAMPLE_ROWS])

    def _shown(self) -> None:
        work = self._work
        work.toolbar.set_busy(False)
        self._show_table()
        work.stack.setCurrentWidget(work.table if work.model.rowCount() else work.states.nothing())
        work.rearranged()
        scroll, current = self._kept
        self._kept = (0, None)
        row = work.model.row_of(current) if current is not None else None
        if row is not None:
            work.table.go_to(row)
        if scroll:
            work.table.verticalScrollBar().setValue(scroll)
        first, last = work.table.sight()
        work.feed.look(first, last)
        work.counts()
        if work.model.total is not None:
            work.desk.note_count(work.source.spec.key, work.source.view_id, work.model.total)
        work.desk.session.heard(None)
        self._after_paint.start()

    def _ask_the_rest(self) -> None:
        """Rows first: the rest is made, names and labels are asked for, once the rows have been painted."""
        work = self._work
        work.furnish()
        work.known.need_schema()
        work.known.need_names(work.columns.kinds_of_names())

    def _land(self, page: Page) -> None:
        with self._work.table.quiet():
            self._work.model.land(page)
        self._work.strip.take_back("waiting")
