"""How far the jobs that run in this process are."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from crmdesk.changes.runner import Runner
from crmdesk.store import journal as book
from crmdesk.store import rows
from crmdesk.store.words import JobState


@dataclass(frozen=True)
class Progress:
    """How far a running job is: records settled of all, requests sent of planned, when it will be done."""

    state: JobState
    done: int
    records: int
    sent: int
    planned: int
    waiting_until: datetime | None
    eta: datetime | None
    note: str
    wants_key: bool
    uploaded: tuple[int, int] | None = None  # bytes of a file that were sent, and of how many


@dataclass
class Running:
    """A job that runs in this process, with what was counted when it started."""

    runner: Runner
    task: asyncio.Task[JobState]
    started: float
    records: int
    planned: int
    sent_before: int
    done_before: int
    done: int
    state: JobState = JobState.RUNNING
    note: str = ""


def figures(c: sqlite3.Connection, job_id: int) -> tuple[int, int, int, int]:
    """Records, planned requests, sent requests, settled records."""
    outcomes = rows.outcomes(c, job_id)
    requests = book.requests_of(c, job_id).values()
    total = sum(outcomes.values())
    return total, sum(p for p, _ in requests), sum(s for _, s in requests), total - outcomes.get(None, 0)


def eta(running: Running) -> datetime | None:
    """When it will be done at the speed so far."""
    done = running.done - running.done_before
    if done <= 0:
        return None
    seconds = (monotonic() - running.started) / done * (running.records - running.done)
    return datetime.now(UTC) + timedelta(seconds=seconds)
