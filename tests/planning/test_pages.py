"""Pages come in order, a few are asked for ahead, and who stops early leaves no request behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from crmdesk.crm.modules import BUILT_IN
from crmdesk.crm.paging import Page
from crmdesk.planning.pages import in_order
from tests.support.aio import run


class Pages:
    """Pages of one record each; `gate` holds all but the first back. Counts what is asked at once."""

    def __init__(self, count: int, *, told: bool = True) -> None:
        self.count, self.told = count, told
        self.asked: list[int] = []
        self.under_way = self.most = 0
        self.gate = asyncio.Event()
        self.three = asyncio.Event()

    async def fetch(self, number: int) -> Page:
        self.asked.append(number)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.under_way == 3:
            self.three.set()
        try:
            if number > 1:
                await self.gate.wait()
        finally:
            self.under_way -= 1
        ids = (number,) if number <= self.count else ()
        total = self.count if self.told else None
        return Page(BUILT_IN["contacts"], number, 1, total, total, ids, b"{}")


@pytest.mark.parametrize("ahead", [1, 2, 3])
def test_pages_come_in_order_and_no_more_are_asked_for_than_may_be(ahead: int) -> None:
    async def main() -> None:
        pages = Pages(7)
        pages.gate.set()
        assert [page.number async for page in in_order(pages.fetch, ahead)] == list(range(1, 8))
        assert pages.asked == list(range(1, 8)) and pages.most <= ahead

    run(main())


@pytest.mark.parametrize(("count", "told", "asked"), [(3, False, 4), (0, False, 1), (0, True, 1), (1, True, 1)])
def test_the_end_is_found_with_and_without_a_number(count: int, told: bool, asked: int) -> None:
    async def main() -> None:
        pages = Pages(count, told=told)
        pages.gate.set()
        found = [record async for page in in_order(pages.fetch) for record in page.ids]
        assert found == list(range(1, count + 1)) and len(pages.asked) == asked

    run(main())


def test_who_stops_early_leaves_no_request_behind() -> None:
    async def main() -> None:
        pages = Pages(9)

        async def read() -> None:
            async with aclosing(in_order(pages.fetch, 3)) as found:
                async for _page in found:
                    pass

        reading = asyncio.ensure_future(read())
        await pages.three.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert pages.under_way == 0 and pages.asked == [1, 2, 3, 4]

    run(main())
