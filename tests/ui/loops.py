"""Qt's loop for tests, turned as often as a test likes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import qasync


class TestLoop(qasync.QEventLoop):  # type: ignore[misc]
    """WORKAROUND: qasync's run_until_complete ends by processing events when no loop counts as running
    (https://github.com/CabbageDevelopment/qasync, `run_until_complete`), so a task stepped there fails
    in anyio with "not running on any asynchronous event loop". This one doesn't.
    """

    __test__ = False

    def run_until_complete(self, future: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> Any:
        """Turn the loop until `future` is done; gives its result."""
        task = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(lambda _: self.stop())
        if not task.done():
            self.run_forever()
        return task.result()
