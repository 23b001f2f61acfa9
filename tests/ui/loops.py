"""Qt's loop for tests, turned as often as a test likes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import qasync

from crmdesk.config.listeners import BROKEN


class TestLoop(qasync.QEventLoop):  # type: ignore[misc]
    """WORKAROUND: qasync's run_until_complete ends by processing events when no loop counts as running
    (https://github.com/CabbageDevelopment/qasync, `run_until_complete`), so a task stepped there fails
    in anyio with "not running on any asynchronous event loop". This one doesn't.

    And pytest-qt turns Qt's events between the phases of a test: a task stepped there has its loop, too.

    What broke while it heard of something is raised when the loop is closed.
    """

    __test__ = False

    def __init__(self, *args: Any) -> None:
        self._broken: list[BaseException] = []
        super().__init__(*args)

    def run_until_complete(self, future: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> Any:
        """Turn the loop until `future` is done; gives its result."""
        task = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(lambda _: self.stop())
        if not task.done():
            self.run_forever()
        return task.result()

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        """As usual, whoever turns Qt's events then."""
        return super().call_later(delay, self._within, callback, *args, context=context)

    def _within(self, callback: Callable[..., object], *args: Any) -> None:
        if asyncio._get_running_loop() is not None:
            callback(*args)
            return
        asyncio._set_running_loop(self)
        try:
            callback(*args)
        finally:
            asyncio._set_running_loop(None)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """As usual; what a listener did not bear is kept for the end."""
        if context.get("message") == BROKEN:
            self._broken.append(context["exception"])
        super().call_exception_handler(context)

    def close(self) -> None:
        """Raises what a listener did not bear."""
        super().close()
        broken, self._broken = self._broken, []
        if broken:
            raise broken[0]
