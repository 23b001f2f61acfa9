"""Feeds a model with pages: the first one, those scrolled to, or all; through the desk's tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.crm.paging import Page
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.paging import Ask, Pager, Timer
from crmdesk.ui.browse.source import VIEW_ORDER, Order, Source
from crmdesk.ui.window.workspace import Desk

PAGES_AT_A_TIME = 2  # made into text between two turns of the loop


class OneShot(QTimer):
    """A timer that goes off once and is gone then."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self.timeout.connect(self.deleteLater)

    def cancel(self) -> None:
        """Not any more."""
        self.stop()
        self.deleteLater()


class RowFeed(QObject):
    """Asks for pages and lands them. Old rows stay on the screen until the new first page is here."""

    opening = Signal()
    leaving = Signal()  # the first page's request may go now
    opened = Signal(object)  # the first page, before it is in the model
    shown = Signal()  # the first page is in the model
    failed = Signal(object)
    page_landed = Signal()
    whole_view = Signal()  # every page is here
    reread = Signal()  # a page that was out of date has its new values
    moved = Signal()  # a page that was out of date holds other records now; it stays as it was
    waiting = Signal(object)  # the budget is used up until then

    def __init__(self, desk: Desk, source: Source, model: RecordModel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.source = source
        self.model = model
        self.order = VIEW_ORDER
        self.busy = False
        self.error: BaseException | None = None
        self._first: asyncio.Task[Page] | None = None
        self._sight = (0, -1)
        self._land: Callable[[Page], None] = model.land
        self.loading_all = False
        self._expired: set[int] = set()  # pages here that were read before records were changed
        self._pager = Pager(
            self._fetch,
            self._spawn,
            call_later=self._call_later,
            have=lambda number: number in model.store.pages and number not in self._expired,
            on_page=self._arrived,
            on_failed=self._page_failed,
        )
        self._render_soon = QTimer(self)
        self._render_soon.setSingleShot(True)
        self._render_soon.setInterval(0)
        self._render_soon.timeout.connect(self._render_sight)

    def land_with(self, land: Callable[[Page], None]) -> None:
        """Land pages through this, so that the table can keep its selection in step."""
        self._land = land

    # -- the first page ------------------------------------------------------------------------

    def open(self, order: Order | None = None) -> None:
        """Ask for the first page in this order (None: the order in force), one request."""
        wanted = self.order if order is None else order
        if self._first is not None:
            self._first.cancel()
        self._pager.drop_all()
        self.loading_all = False
        self.busy, self.error = True, None
        self.opening.emit()
        ask = Ask(1, on_left=self.leaving.emit)

        def done(page: Page) -> None:
            self.busy, self.order = False, wanted
            self._expired.clear()
            self.opened.emit(page)
            self.model.start(page)
            self.shown.emit()

        def failed(error: BaseException) -> None:
            self.busy, self.error = False, error
            self.failed.emit(error)

        self._first = self._spawn(self._fetch_in(ask, wanted), done, failed)

    # -- the others ----------------------------------------------------------------------------

    def look(self, first: int, last: int) -> None:
        """Rows `first` to `last` are in sight: text for what is in memory now, pages when scrolling rests."""
        self._sight = (first, last)
        if last < first:
            return
        self._render_sight()
        missing = self.model.pages_between(first, last) + self._expired_between(first, last)
        if missing or not self._pager.idle:
            self._pager.want(missing)

    def expire(self) -> None:
        """Records were changed: every page here is read again when it is looked at; its rows stay meanwhile."""
        self._expired = set(self.model.store.pages)

    def _expired_between(self, first: int, last: int) -> list[int]:
        if not self._expired or self.model.sorted_here:
            return []
        store, end = self.model.store, min(last, self.model.rowCount() - 1)
        return [number for number in range(store.page_of(first), store.page_of(end) + 1) if number in self._expired]

    def _outstanding(self) -> list[int]:
        return sorted({*self.model.store.missing(), *self._expired})

    def _render_sight(self) -> None:
        first, last = self._sight
        stale = self.model.stale_pages(first, last)
        if not stale:
            return
        self.model.render(stale[:PAGES_AT_A_TIME], first, last)
        if len(stale) > PAGES_AT_A_TIME:
            self._render_soon.start()

    def again(self) -> None:
        """Ask again for pages that failed."""
        self.error = None
        self._pager.retry()

    @property
    def requests_for_all(self) -> int:
        """How many requests it takes to have every page."""
        return len(self._outstanding())

    def load_all(self) -> None:
        """Fetch every page that is not here yet; `whole_view` follows."""
        missing = self._outstanding()
        if not missing:
            self.whole_view.emit()
            return
        self.loading_all = True
        self._pager.load(missing)

    def load(self, numbers: list[int]) -> None:
        """Fetch these pages whatever is in sight."""
        self._pager.load(numbers)

    def stop_loading(self) -> None:
        """Give up loading everything; what is here stays."""
        self.loading_all = False
        self._pager.stop_loading()

    def stop(self) -> None:
        """The table goes away."""
        self._pager.drop_all()
        if self._first is not None:
            self._first.cancel()

    def _arrived(self, page: Page) -> None:
        if page.number in self._expired:
            self._expired.discard(page.number)
            (self.reread if self.model.reread(page) else self.moved).emit()
        else:
            self._land(page)
        self.page_landed.emit()
        if self.loading_all and not self._expired and self.model.store.whole:
            self.loading_all = False
            self.whole_view.emit()

    def _page_failed(self, error: BaseException) -> None:
        self.loading_all = False
        self.error = error
        self.failed.emit(error)

    # -- requests --------------------------------------------------------------------------------

    def _fetch(self, ask: Ask) -> Coroutine[Any, Any, Page]:
        return self._fetch_in(ask, self.order)

    async def _fetch_in(self, ask: Ask, order: Order) -> Page:
        from crmdesk.crm.client import Purpose

        why = Purpose(sent=ask.left, waiting=self._waiting)
        return await self.source.page(self._desk.session.client, ask.number, order, why)

    def _call_later(self, seconds: float, run: Callable[[], None]) -> Timer:
        timer = OneShot(self)
        timer.timeout.connect(run)
        timer.start(round(seconds * 1000))
        return timer

    def _waiting(self, until: datetime) -> None:
        self.waiting.emit(until)

    def _spawn(
        self,
        work: Coroutine[Any, Any, Page],
        on_done: Callable[[Page], None],
        on_failed: Callable[[BaseException], None],
    ) -> asyncio.Task[Page]:
        return self._desk.tasks.start(work, owner=self, on_done=on_done, on_failed=on_failed)
