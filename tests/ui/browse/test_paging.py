"""Which pages are asked for: what rests in sight, two at a time, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from crmdesk.crm.paging import Page
from crmdesk.ui.browse.paging import Ask, Pager
from tests.support.aio import run
from tests.ui.browse.pages import page_of


class Server:
    """Answers when it is told to, and writes down what was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.have: set[int] = set()
        self.failures: list[BaseException] = []
        self.most_at_once = 0
        self._open: dict[int, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[Page]] = set()
        self.sends = True
        self.pager = Pager(
            self._fetch,
            self._spawn,
            call_later=asyncio.get_running_loop().call_later,
            have=lambda number: number in self.have,
            on_page=lambda page: self.have.add(page.number),
            on_failed=self.failures.append,
        )

    async def _fetch(self, ask: Ask) -> Page:
        self.asked.append(ask.number)
        if self.sends:
            ask.left("read")
        answer = self._open[ask.number] = asyncio.get_running_loop().create_future()
        self.most_at_once = max(self.most_at_once, len(self._open))
        try:
            await answer
        finally:
            del self._open[ask.number]
        return page_of(ask.number, [ask.number], 1000)

    def _spawn(
        self,
        work: Coroutine[Any, Any, Page],
        on_done: Callable[[Page], None],
        on_failed: Callable[[BaseException], None],
    ) -> asyncio.Task[Page]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)

        def ended(done: asyncio.Task[Page]) -> None:
            self._tasks.discard(done)
            if not done.cancelled():
                error = done.exception()
                on_done(done.result()) if error is None else on_failed(error)

        task.add_done_callback(ended)
        return task

    @property
    def open(self) -> set[int]:
        return set(self._open)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110  (what is waited for is the pager's, which has no events)
                await asyncio.sleep(0.002)

    async def answer(self, *numbers: int, error: BaseException | None = None) -> None:
        for number in numbers:
            await self.until(lambda number=number: number in self._open)  # type: ignore[misc]
            future = self._open[number]
            future.set_result(None) if error is None else future.set_exception(error)
            await self.until(lambda number=number: number not in self._open)  # type: ignore[misc]


def test_dragging_asks_only_for_where_it_rests() -> None:
    async def drag() -> None:
        server = Server()
        for number in range(2, 900):
            server.pager.want([number])
        assert server.asked == []
        await server.until(lambda: bool(server.asked))
        await server.answer(899)
        await server.until(lambda: server.pager.idle)
        assert server.asked == [899]

    run(drag())


def test_two_at_a_time_and_the_newest_first() -> None:
    async def scroll() -> None:
        server = Server()
        server.pager.want([2, 3, 4])
        await server.until(lambda: server.open == {2, 3})
        server.pager.want([50, 51])
        await asyncio.sleep(0.2)
        assert server.open == {2, 3}, "requests that left are not wasted"
        await server.answer(2, 50, 3, 51)
        await server.until(lambda: server.pager.idle)
        assert server.asked == [2, 3, 50, 51], "page 4 went out of sight and was never asked for"
        assert server.most_at_once == 2
        assert server.have == {2, 3, 50, 51}

    run(scroll())


def test_a_request_that_has_not_left_is_dropped() -> None:
    async def scroll() -> None:
        server = Server()
        server.sends = False  # waiting for the budget
        server.pager.want([2, 3])
        await server.until(lambda: server.open == {2, 3})
        server.pager.want([70])
        await server.until(lambda: server.open == {70})
        await server.answer(70)
        await server.until(lambda: server.pager.idle)
        assert server.have == {70}

    run(scroll())


def test_what_is_here_is_not_asked_again() -> None:
    async def scroll() -> None:
        server = Server()
        server.have = {1, 2}
        server.pager.want([1, 2])
        await asyncio.sleep(0.2)
        assert server.asked == []

    run(scroll())


def test_a_failed_page_waits_for_the_person() -> None:
    async def scroll() -> None:
        server = Server()
        server.pager.want([2])
        await server.answer(2, error=OSError("cut"))
        await server.until(lambda: bool(server.failures))
        server.pager.want([2])
        await asyncio.sleep(0.2)
        assert server.asked == [2]
        server.pager.retry()
        await server.answer(2)
        await server.until(lambda: server.have == {2})

    run(scroll())


def test_loading_all_lets_the_rows_in_sight_go_first() -> None:
    async def load() -> None:
        server = Server()
        server.pager.load(range(2, 8))
        await server.until(lambda: server.open == {2, 3})
        server.pager.want([7])
        await asyncio.sleep(0.2)
        await server.answer(2, 7, 3)
        server.pager.stop_loading()
        await server.answer(*server.open)
        await server.until(lambda: server.pager.idle)
        assert server.asked[:4] == [2, 3, 7, 4]
        assert 6 not in server.asked

    run(load())
