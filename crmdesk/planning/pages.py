"""Reading many pages in order, and telling records apart that a moving order shows twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from crmdesk.crm.paging import Page

AHEAD = 3
_BLOCK = 512

Fetch = Callable[[int], Awaitable[Page]]


class SeenIds:
    """Ids that were seen, in a bit each where they are near each other: 100,000 of them take some kilobytes."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, record_id: int) -> bool:
        block, bit = divmod(record_id, _BLOCK)
        return bool(self._blocks.get(block, 0) >> bit & 1)

    def add(self, record_id: int) -> bool:
        """Notes an id; whether it is new."""
        block, bit = divmod(record_id, _BLOCK)
        had = self._blocks.get(block, 0)
        if had >> bit & 1:
            return False
        self._blocks[block] = had | 1 << bit
        self._count += 1
        return True


async def in_order(fetch: Fetch, ahead: int = AHEAD) -> AsyncGenerator[Page, None]:
    """All pages from the first; once their number is known, a few are asked for ahead. Close it when done."""
    page = await fetch(1)
    yield page
    last, number = page.total_pages, 1
    while last is None and page.ids:
        number += 1
        page = await fetch(number)
        if page.ids:
            yield page
    under_way: list[asyncio.Task[Page]] = []
    try:
        while last is not None and (number < last or under_way):
            while number < last and len(under_way) < ahead:
                number += 1
                under_way.append(asyncio.ensure_future(fetch(number)))
            yield await under_way.pop(0)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
