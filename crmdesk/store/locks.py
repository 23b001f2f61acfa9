"""One lock of the operating system for each account: who holds it runs plans, the others browse and plan."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from crmdesk.store.database import create_private
from crmdesk.store.errors import AccountBusy

LOOKS_LAST = 0.2  # seconds


@dataclass(frozen=True)
class Busy:
    """Who runs a plan on this account now, and which job that is in the journal."""

    title: str
    pid: int
    since: float
    job: int = 0
    jobs: tuple[int, ...] = ()  # all of them


class OpenLock:
    """Held by the first process that has the account open: it is alone when it gets the lock, or others came later."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "open.lock", thread_local=False)

    def take(self) -> bool:
        """Whether nobody else had it."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Gives the lock back; nothing happens where it isn't held."""
        self._lock.release()


class RunLock:
    """Held while plans run. A process that was killed frees it at once; the note beside it says who holds it."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "running.lock", thread_local=False)
        self._note = folder / "running.json"
        self._since = 0.0

    @property
    def held(self) -> bool:
        """Held by this object."""
        return bool(self._lock.is_locked)

    def acquire(self, title: str, job: int) -> None:
        """Takes the lock and notes what runs; waits a little, since others look at the lock by taking it.

        Raises AccountBusy.
        """
        try:
            self._lock.acquire(timeout=LOOKS_LAST, poll_interval=LOOKS_LAST / 10)
        except Timeout:
            other = self._who() or Busy("a plan", 0, time.time())
            raise AccountBusy(other.title, other.pid) from None
        self._since = time.time()
        self.note(title, (job,))

    def note(self, title: str, jobs: Sequence[int]) -> None:
        """Says what runs now, for those who look; nothing happens where the lock isn't held."""
        if not self.held:
            return
        note = {"title": title, "pid": os.getpid(), "since": self._since, "job": jobs[0], "jobs": list(jobs)}
        create_private(self._note)
        self._note.write_text(json.dumps(note), encoding="utf-8")

    def release(self) -> None:
        """Gives the lock back; nothing happens where it isn't held."""
        self._lock.release()

    def busy(self) -> Busy | None:
        """Who else runs a plan; None if nobody does or this object does."""
        if self.held:
            return None
        probe = FileLock(self._lock.lock_file, thread_local=False)
        try:
            probe.acquire(blocking=False)
        except Timeout:
            return self._who() or Busy("a plan", 0, time.time())
        probe.release()
        return None

    def _who(self) -> Busy | None:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            job = int(note["job"])
            jobs = tuple(int(one) for one in note.get("jobs", (job,)))
            return Busy(str(note["title"]), int(note["pid"]), float(note["since"]), job, jobs)
        except (OSError, ValueError, KeyError, TypeError):
            return None
