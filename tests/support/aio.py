"""Coroutines in plain test functions, without a plugin."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T], *, timeout: float = 60.0) -> T:
    """Run `coro` on a fresh event loop; fails after `timeout` seconds, and on tasks left behind."""

    async def guarded() -> T:
        result = await asyncio.wait_for(coro, timeout)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks left behind: {left}"
        return result

    return asyncio.run(guarded())
