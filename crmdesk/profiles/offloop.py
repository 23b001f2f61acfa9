"""Blocking calls beside the event loop, with a time-out that holds even if the call never returns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class OffLoop:
    """Runs blocking calls one after the other, each on a thread that can't keep the program alive.

    A pool's threads are waited for at exit; a keyring that hangs on a prompt would hold the program.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = threading.Lock()

    async def call(self, work: Callable[[], T], seconds: float) -> T:
        """The result of `work`. Raises TimeoutError; work that had not begun by then never begins."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        given_up = threading.Event()

        def settle(result: T | None, error: BaseException | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type] # None only if T allows it

        def body() -> None:
            result: T | None = None
            failed: BaseException | None = None
            with self._turn:
                if given_up.is_set():
                    return
                try:
                    result = work()
                except BaseException as error:
                    failed = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result, failed)

        threading.Thread(target=body, name=self._name, daemon=True).start()
        try:
            return await asyncio.wait_for(answer, seconds)
        finally:
            given_up.set()
