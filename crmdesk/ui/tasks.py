"""Background work of the window, all through one class: kept alive, its failures told, ended with its owner."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
Failed = Callable[[BaseException], None]


class TaskRunner(QObject):
    """Starts coroutines for widgets. `failed` carries (error, title, again) of whatever nobody else handled."""

    failed = Signal(object, str, object)

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        super().__init__()
        self._loop = loop
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changing: asyncio.Lock | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the loop that runs the work: it is made after the first paint, since its import takes long."""
        self._loop = loop

    @property
    def under_way(self) -> int:
        """How many pieces of work have not ended yet."""
        return len(self._tasks)

    def start(
        self,
        work: Coroutine[Any, Any, T],
        *,
        owner: QObject | None = None,
        title: str = "",
        on_done: Callable[[T], object] | None = None,
        on_failed: Failed | None = None,
        again: Callable[[], object] | None = None,
        changes: bool = False,
    ) -> asyncio.Task[T]:
        """Run `work`; `owner` gone cancels it and mutes its callbacks.

        Without `on_failed` the failure is announced by `failed`, with `title` (what was being done)
        and `again` (to try once more). Work with `changes=True` runs one after the other.
        """
        if self._loop is None:
            work.close()
            raise RuntimeError("work was started before there was a loop")
        task = self._loop.create_task(self._in_turn(work) if changes else work)
        self._tasks.add(task)
        if owner is not None:
            owner.destroyed.connect(lambda: task.cancel())

        def ended(done: asyncio.Task[T]) -> None:
            self._tasks.discard(done)
            if done.cancelled():
                return
            error = done.exception()
            if owner is not None and not shiboken6.isValid(owner):
                return
            if error is None:
                if on_done is not None:
                    on_done(done.result())
            elif on_failed is not None:
                on_failed(error)
            else:
                self.failed.emit(error, title, again)

        task.add_done_callback(ended)
        return task

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        import asyncio

        if self._changing is None:
            self._changing = asyncio.Lock()
        try:
            async with self._changing:
                return await work
        finally:
            work.close()  # cancelled while waiting for its turn: it never began

    async def stop(self) -> None:
        """Cancel everything but the caller and wait until it has ended."""
        import asyncio

        current = asyncio.current_task()
        others = [task for task in self._tasks if task is not current]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
