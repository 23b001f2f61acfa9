"""Tries a lost connection again by itself, after a longer while each time, until it is there or no longer wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from crmdesk.ui.tasks import TaskRunner

if TYPE_CHECKING:
    from crmdesk.session import ConnectionChanged

# Seconds before the first, second … try; the last one goes on: a dozen requests an hour at most.
DELAYS_S: tuple[float, ...] = (5.0, 15.0, 60.0, 120.0, 300.0)
Connect = Callable[[], Coroutine[Any, Any, "ConnectionChanged"]]


class Reconnect(QObject):
    """One cheap request each time. `failed` hears what is no trouble of the connection."""

    def __init__(
        self, parent: QObject, tasks: TaskRunner, connect: Connect, failed: Callable[[BaseException], object]
    ) -> None:
        super().__init__(parent)
        self.delays = DELAYS_S
        self._tasks = tasks
        self._connect = connect
        self._failed = failed
        self._tries = 0
        self._trying = False
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.try_now)

    @property
    def waiting(self) -> bool:
        """Whether a try is planned or under way."""
        return self._trying or self._timer.isActive()

    def lost(self) -> None:
        """The connection is gone: plan the next try, unless there is one already."""
        if not self.waiting:
            delay = self.delays[min(self._tries, len(self.delays) - 1)]
            self._due = time.monotonic() + delay
            self._timer.start(round(delay * 1000))

    def end(self) -> None:
        """It is there again, or nobody wants it any more."""
        self._timer.stop()
        self._tries = 0

    def try_now(self) -> None:
        """Ask the account at once."""
        if not self._trying:
            self._timer.stop()
            self._trying = True
            self._tries += 1
            self._tasks.start(self._connect(), owner=self, on_done=self._asked, on_failed=self._broke)

    def words(self) -> str:
        """When the next try is, for the status bar; empty when there is none."""
        if self._trying:
            return "trying now"
        if not self._timer.isActive():
            return ""
        left = max(1, round(self._due - time.monotonic()))
        return f"next try in {left} s" if left < 90 else f"next try in {round(left / 60)} min"

    def _asked(self, found: ConnectionChanged) -> None:
        self._trying = False
        if found.state == "offline":
            self.lost()
        else:
            self.end()

    def _broke(self, error: BaseException) -> None:
        self._trying = False
        self._failed(error)
