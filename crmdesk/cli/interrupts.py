"""Ctrl+C and the system's wish to end: the first is heard and the work comes to rest, the second ends at once.

Plain signal handlers on every system: not every event loop has its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

AT_ONCE = 4  # as an exit code: interrupted and resumable

# Ctrl+Break is the one that a parent can send on Windows.
_SIGNALS = [
    getattr(signal, name)
    for name in (("SIGINT", "SIGBREAK") if os.name == "nt" else ("SIGINT", "SIGTERM"))
    if hasattr(signal, name)
]


class Interrupts:
    """Cancels the command's task at the first signal, or does what was asked for instead."""

    def __init__(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        self._loop = loop
        self._task = task
        self._instead: Callable[[], None] | None = None
        self.heard = 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Signals are heard; afterwards whoever listened before does so again."""
        with _handled(self._signal):
            yield

    @contextlib.contextmanager
    def instead(self, action: Callable[[], None]) -> Iterator[None]:
        """Meanwhile the first signal calls `action`, on the loop, and cancels nothing."""
        before, self._instead = self._instead, action
        try:
            yield
        finally:
            self._instead = before

    @contextlib.contextmanager
    def while_asking(self) -> Iterator[None]:
        """A question on the terminal blocks the loop: a signal ends it with KeyboardInterrupt."""
        with _handled(_raise):
            yield

    def _signal(self, _number: int, _frame: FrameType | None) -> None:
        self.heard += 1
        if self.heard > 1:
            # The journal holds whatever was done; nothing is lost by not waiting.
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(AT_ONCE)
        self._loop.call_soon_threadsafe(self._act)

    def _act(self) -> None:
        if self._instead is not None:
            self._instead()
        else:
            self._task.cancel()


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Signals go to `handler`; in a thread that is not the main one nothing can be set, and nothing is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
