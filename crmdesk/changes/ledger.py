"""One job's side of the journal: its transactions, with the requests that went out since the last one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from crmdesk.crm.budget import Lane
from crmdesk.crm.client import Purpose
from crmdesk.store import journal as book
from crmdesk.store.journal import JobRow, Journal

T = TypeVar("T")


class Ledger:
    """Reads and writes the journal for one job, and counts its requests by kind: read, write, follow, settle."""

    def __init__(
        self,
        journal: Journal,
        job_id: int,
        *,
        lane: Lane = Lane.JOB,
        waiting: Callable[[datetime], None] | None = None,
    ) -> None:
        """`waiting` is called with the time until which the budget makes a request wait."""
        self.journal = journal
        self.job_id = job_id
        self.sent = 0
        self._unwritten: Counter[str] = Counter()
        self._lane = lane
        self._waiting = waiting

    def purpose(self, kind: str) -> Purpose:
        """Why a request is sent, for the client."""
        return Purpose(lane=self._lane, kind=kind, sent=self.count, waiting=self._waiting)

    def count(self, kind: str) -> None:
        """One more attempt goes out."""
        self._unwritten[kind] += 1
        self.sent += 1

    async def job(self) -> JobRow:
        """The job as it stands."""
        return await self.journal.job(self.job_id)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What was committed."""
        return await self.journal.db.read(work)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction; it is on disk when this returns."""
        counts, self._unwritten = self._unwritten, Counter()

        def both(c: sqlite3.Connection) -> T:
            result = work(c)
            book.count_requests(c, self.job_id, counts)
            return result

        try:
            return await self.journal.db.write(both)
        except Exception:
            self._unwritten.update(counts)
            raise

    async def flush(self) -> None:
        """Writes down the requests that are counted only in memory."""
        if self._unwritten:
            await self.write(lambda c: None)
