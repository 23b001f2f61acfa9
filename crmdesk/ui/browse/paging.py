"""Which pages to ask for, and when: after scrolling rests, two at a time, the newest first.

Dragging the scrollbar must not spend the hour: what was wanted and is no longer in sight
is dropped as long as its request has not left. Knows asyncio and no Qt.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from crmdesk.crm.paging import Page

REST_SECONDS = 0.12
AT_ONCE = 2


@dataclass
class Ask:
    """One page being fetched; `sent` turns true when its request leaves."""

    number: int
    sent: bool = False
    task: asyncio.Task[Page] | None = field(default=None, repr=False)
    on_left: Callable[[], object] | None = field(default=None, repr=False)

    def left(self, _kind: str) -> None:
        """The request left: it is spent, so it is no longer dropped."""
        self.sent = True
        if self.on_left is not None:
            self.on_left()


class Timer(Protocol):
    """Something that was asked to be done later."""

    def cancel(self) -> None: ...


class Spawn(Protocol):
    """Starts a coroutine in the background and keeps it alive."""

    def __call__(
        self,
        work: Coroutine[Any, Any, Page],
        on_done: Callable[[Page], None],
        on_failed: Callable[[BaseException], None],
    ) -> asyncio.Task[Page]: ...


class Pager:
    """Fetches pages in the order a person needs them, and a whole view when asked to."""

    def __init__(
        self,
        fetch: Callable[[Ask], Coroutine[Any, Any, Page]],
        spawn: Spawn,
        *,
        call_later: Callable[[float, Callable[[], None]], Timer],
        have: Callable[[int], bool],
        on_page: Callable[[Page], None],
        on_failed: Callable[[BaseException], None],
    ) -> None:
        self._fetch = fetch
        self._spawn = spawn
        self._call_later = call_later
        self._have = have
        self._on_page = on_page
        self._on_failed = on_failed
        self._wanted: list[int] = []  # in sight, the most wanted first
        self._backlog: deque[int] = deque()  # the rest of the view, when it is loaded as a whole
        self._under_way: dict[int, Ask] = {}
        self._refused: set[int] = set()
        self._timer: Timer | None = None
        self._rested = True

    @property
    def under_way(self) -> int:
        """How many pages are being fetched."""
        return len(self._under_way)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, waiting or about to be asked."""
        return not self._under_way and self._timer is None and self._next_number() is None

    def want(self, numbers: Iterable[int]) -> None:
        """These pages are in sight now, the most wanted first; asked for once scrolling rests."""
        self._wanted = [number for number in numbers if not self._have(number)]
        self._rested = False
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._call_later(REST_SECONDS, self._rest)

    def load(self, numbers: Iterable[int]) -> None:
        """Fetch these as well, in order, whatever is in sight."""
        self._backlog = deque(number for number in numbers if not self._have(number))
        self._refused.clear()
        self._pump()

    def stop_loading(self) -> None:
        """Give up the rest of `load`; pages on their way still arrive."""
        self._backlog.clear()

    def retry(self) -> None:
        """Ask again for what failed and is still in sight."""
        self._refused.clear()
        self._rested = True
        self._pump()

    def drop_all(self) -> None:
        """Forget everything: another order, another view, or the end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wanted = []
        self._backlog.clear()
        self._refused.clear()
        for ask in list(self._under_way.values()):
            if ask.task is not None:
                ask.task.cancel()
        self._under_way.clear()

    def _rest(self) -> None:
        self._timer = None
        self._rested = True
        keep = set(self._wanted) | set(self._backlog)
        for ask in list(self._under_way.values()):
            if ask.number not in keep and not ask.sent and ask.task is not None:
                del self._under_way[ask.number]
                ask.task.cancel()
        self._pump()

    def _pump(self) -> None:
        while len(self._under_way) < AT_ONCE:
            while self._backlog and self._have(self._backlog[0]):
                self._backlog.popleft()
            waiting = self._next_number()
            if waiting is None:
                return
            self._start(waiting)

    def _next_number(self) -> int | None:
        wanted = self._wanted if self._rested else []
        for numbers in (wanted, self._backlog):
            for number in numbers:
                if number not in self._under_way and number not in self._refused and not self._have(number):
                    return number
        return None

    def _start(self, number: int) -> None:
        ask = Ask(number)
        self._under_way[number] = ask

        def arrived(page: Page) -> None:
            if self._under_way.get(number) is ask:
                del self._under_way[number]
                self._on_page(page)
                self._pump()

        def failed(error: BaseException) -> None:
            if self._under_way.get(number) is ask:
                del self._under_way[number]
                self._refused.add(number)
                self._backlog.clear()
                self._on_failed(error)
                self._pump()

        ask.task = self._spawn(self._fetch(ask), arrived, failed)
