"""The journal: the SQLite file that remembers an account's plans and jobs, and what was learned of the account.

Functions that take a connection are parts of a transaction; who calls them decides what belongs together.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmdesk.store.database import Database
from crmdesk.store.errors import NoSuchJob
from crmdesk.store.journal_schema import MIGRATIONS
from crmdesk.store.words import JobState


@dataclass(frozen=True)
class JobRow:
    """A plan as it stands in the journal. `scope` is by module: views, total, newest."""

    id: int
    kind: str
    title: str
    state: JobState
    parent: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    read_at: datetime | None
    waiting_until: datetime | None
    note: str
    seconds: float
    intent: dict[str, Any]
    scope: dict[str, dict[str, Any]]


class Journal:
    """The account's journal, open."""

    def __init__(self, path: Path) -> None:
        """Raises JournalDamaged, JournalTooNew, StoreUnavailable."""
        self.db = Database(path, MIGRATIONS, durable=True)

    async def create(self, kind: str, title: str, intent: Mapping[str, Any], *, parent: int | None = None) -> int:
        """A new plan in the state draft; its id."""
        return await self.db.write(lambda c: create_job(c, kind, title, intent, parent))

    async def job(self, job_id: int) -> JobRow:
        """Raises NoSuchJob."""
        return await self.db.read(lambda c: job_row(c, job_id))

    async def jobs(self) -> list[JobRow]:
        """All plans, the newest first."""
        return await self.db.read(lambda c: [_job(row) for row in c.execute("SELECT * FROM jobs ORDER BY id DESC")])

    async def fact(self, name: str) -> str | None:
        """What was learned of this account; None where nothing is known."""
        return await self.db.read(lambda c: _fact(c, name))

    async def learn(self, name: str, value: str) -> None:
        """Remembers a fact about this account."""
        await self.db.write(
            lambda c: c.execute("INSERT OR REPLACE INTO facts VALUES(?,?,?)", (name, value, now_text()))
        )

    async def delete_draft(self, job_id: int) -> None:
        """Forgets a plan that was never started; any other stays. Raises NoSuchJob."""
        await self.db.write(lambda c: _delete_draft(c, job_id))

    async def close(self) -> None:
        """After everything that was asked for is on disk."""
        await self.db.close()


def now_text() -> str:
    """Our clock, as the journal writes it: UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def create_job(c: sqlite3.Connection, kind: str, title: str, intent: Mapping[str, Any], parent: int | None) -> int:
    """Inserts a draft; its id."""
    cursor = c.execute(
        "INSERT INTO jobs(kind, title, state, parent, created_at, intent) VALUES(?,?,?,?,?,?)",
        (kind, title, JobState.DRAFT, parent, now_text(), json.dumps(intent)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def job_row(c: sqlite3.Connection, job_id: int) -> JobRow:
    """Raises NoSuchJob."""
    row = c.execute("SELECT * FROM jobs WHERE id=?", (job_id,)).fetchone()
    if row is None:
        raise NoSuchJob(job_id)
    return _job(row)


def set_state(
    c: sqlite3.Connection, job_id: int, state: JobState, *, note: str = "", waiting_until: datetime | None = None
) -> None:
    """Moves a job on; its first start and its end are dated."""
    until = waiting_until.isoformat(timespec="seconds") if waiting_until else None
    c.execute(
        "UPDATE jobs SET state=?, note=?, waiting_until=?, started_at=CASE WHEN ? THEN coalesce(started_at, ?)"
        " ELSE started_at END, finished_at=CASE WHEN ? THEN ? ELSE NULL END WHERE id=?",
        (state, note, until, state.unfinished, now_text(), state.ended, now_text(), job_id),
    )


def set_scope(c: sqlite3.Connection, job_id: int, module: str, scope: Mapping[str, Any]) -> None:
    """Remembers which views cover a module's records, how many they hold and the newest time that was read."""
    scopes = job_row(c, job_id).scope
    scopes[module] = dict(scope)
    c.execute("UPDATE jobs SET scope=? WHERE id=?", (json.dumps(scopes), job_id))


def set_read(c: sqlite3.Connection, job_id: int) -> None:
    """The rows of this job were read just now."""
    c.execute("UPDATE jobs SET read_at=? WHERE id=?", (now_text(), job_id))


def add_seconds(c: sqlite3.Connection, job_id: int, seconds: float) -> None:
    """Adds to the time a job has run."""
    c.execute("UPDATE jobs SET seconds=seconds+? WHERE id=?", (seconds, job_id))


def count_requests(c: sqlite3.Connection, job_id: int, sent: Mapping[str, int]) -> None:
    """Adds requests that went out, by kind."""
    c.executemany(
        "INSERT INTO requests(job, kind, sent) VALUES(?,?,?) "
        "ON CONFLICT(job, kind) DO UPDATE SET sent=sent+excluded.sent",
        [(job_id, kind, count) for kind, count in sent.items() if count],
    )


def plan_requests(c: sqlite3.Connection, job_id: int, planned: Mapping[str, int]) -> None:
    """Sets how many requests of each kind are expected."""
    c.executemany(
        "INSERT INTO requests(job, kind, planned) VALUES(?,?,?) "
        "ON CONFLICT(job, kind) DO UPDATE SET planned=excluded.planned",
        [(job_id, kind, count) for kind, count in planned.items()],
    )


def requests_of(c: sqlite3.Connection, job_id: int) -> dict[str, tuple[int, int]]:
    """By kind: planned, sent."""
    rows = c.execute("SELECT kind, planned, sent FROM requests WHERE job=?", (job_id,))
    return {row["kind"]: (row["planned"], row["sent"]) for row in rows}


def _fact(c: sqlite3.Connection, name: str) -> str | None:
    row = c.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _delete_draft(c: sqlite3.Connection, job_id: int) -> None:
    if job_row(c, job_id).state in (JobState.DRAFT, JobState.PLANNED):
        c.execute("DELETE FROM jobs WHERE id=? AND started_at IS NULL", (job_id,))


def _job(row: sqlite3.Row) -> JobRow:
    return JobRow(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        state=JobState(row["state"]),
        parent=row["parent"],
        created_at=datetime.fromisoformat(row["created_at"]),
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        read_at=_time(row["read_at"]),
        waiting_until=_time(row["waiting_until"]),
        note=row["note"],
        seconds=row["seconds"],
        intent=json.loads(row["intent"]),
        scope=json.loads(row["scope"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
