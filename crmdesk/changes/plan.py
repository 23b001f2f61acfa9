"""A plan as it is shown: a handle on rows in the journal, never a list of them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from crmdesk.changes.background import AT_ONCE
from crmdesk.store import journal as book
from crmdesk.store import rows
from crmdesk.store.journal import JobRow, Journal
from crmdesk.store.rows import PlanRow
from crmdesk.store.words import JobState, Outcome

UNDO_NOTE = "owners only; workflows that ran and e-mails that were sent stay"
_UNDOABLE = (Outcome.CHANGED, Outcome.REVERTED)


@dataclass(frozen=True)
class Summary:
    """A plan or job in a few figures. `counts` sum to `records` once the job has ended; `seconds` it has run."""

    id: int
    title: str
    kind: str
    state: JobState
    interrupted: bool
    parent_id: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    modules: tuple[str, ...]
    records: int
    counts: dict[str, int]
    planned_requests: int
    sent_requests: int
    by_kind: dict[str, int]
    seconds: float
    resumable: bool
    undoable: bool
    retryable: bool
    undo_note: str
    waiting_until: datetime | None
    note: str
    intent: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnerTally:
    """One owner in a plan: records now (of those read), lost, gained, and then."""

    owner_id: int | None
    now: int
    loses: int
    gains: int

    @property
    def then(self) -> int:
        """How many the owner has when the plan is done."""
        return self.now - self.loses + self.gains


@dataclass(frozen=True)
class ModuleCost:
    """What a plan asks of one module, in requests, and how."""

    module: str
    records: int
    read: int
    write: int
    follow: int
    way: str


@dataclass(frozen=True)
class Reason:
    """Records of one module that came to the same end for the same reason."""

    module: str
    outcome: Outcome
    message: str
    records: int


@dataclass(frozen=True)
class LeftOut:
    """Records that a plan does not touch, and why."""

    module: str
    records: int
    reason: str


class Plan:
    """One plan of an account."""

    def __init__(self, journal: Journal, plan_id: int, *, running: bool = False) -> None:
        """`running`: somebody holds the account's lock; without it an unfinished job is interrupted."""
        self.id = plan_id
        self._journal = journal
        self._running = running

    async def summary(self) -> Summary:
        """Raises NoSuchJob."""
        return await self._journal.db.read(lambda c: summary_of(c, book.job_row(c, self.id), running=self._running))

    async def rows(
        self, offset: int = 0, limit: int = 200, *, module: str | None = None, outcome: Outcome | None = None
    ) -> list[PlanRow]:
        """Some rows, in the plan's order."""
        return await self._journal.db.read(lambda c: rows.page(c, self.id, offset, limit, module, outcome))

    async def rows_after(self, seq: int, limit: int) -> list[PlanRow]:
        """The next rows behind one; the same speed at any place."""
        return await self._journal.db.read(lambda c: rows.behind(c, self.id, seq, limit))

    async def row_count(self, *, module: str | None = None, outcome: Outcome | None = None) -> int:
        """How many rows those are in all."""
        return await self._journal.db.read(lambda c: rows.count(c, self.id, module, outcome))

    async def owners(self) -> list[OwnerTally]:
        """Who gains and loses; those who lose most first, then those who gain most."""
        return await self._journal.db.read(lambda c: _owners(c, self.id))

    async def modules(self) -> list[ModuleCost]:
        """The cost by module."""
        return await self._journal.db.read(
            lambda c: [
                ModuleCost(r["module"], r["records"], r["read"], r["write"], r["follow"], r["way"])
                for r in c.execute("SELECT * FROM costs WHERE job=?", (self.id,))
            ]
        )

    async def left_out(self) -> list[LeftOut]:
        """What is not touched, the most first: never picked up, or settled before anything is sent."""
        found = await self._journal.db.read(
            lambda c: c.execute(
                "SELECT module, records, reason FROM left_out WHERE job=? UNION ALL"
                " SELECT module, count(*), message FROM changes WHERE job=? AND outcome IS NOT NULL AND step IS NULL"
                " GROUP BY module, message ORDER BY 2 DESC",
                (self.id, self.id),
            ).fetchall()
        )
        return [LeftOut(row["module"], row["records"], row["reason"]) for row in found]

    async def reasons(self, limit: int = 200) -> list[Reason]:
        """Why records did not come to what was wanted, the most frequent first."""
        untold = (Outcome.CHANGED, Outcome.REVERTED)
        found = await self._journal.db.read(
            lambda c: c.execute(
                "SELECT module, outcome, message, count(*) AS records FROM changes WHERE job=? AND outcome IS NOT NULL"
                " AND outcome NOT IN (?, ?) GROUP BY module, outcome, message ORDER BY 4 DESC LIMIT ?",
                (self.id, *untold, limit),
            ).fetchall()
        )
        return [Reason(row["module"], Outcome(row["outcome"]), row["message"], row["records"]) for row in found]

    async def seconds_estimate(self, *, request_seconds: float = 0.3, job_seconds: float = 2.5) -> float:
        """How long it will run if the budget never runs out."""
        costs = await self.modules()
        jobs = sum(cost.write for cost in costs if cost.follow)
        direct = sum(cost.write for cost in costs if not cost.follow)
        return max(jobs * job_seconds / AT_ONCE, jobs * request_seconds / 3) + direct * request_seconds / 4


def summary_of(c: sqlite3.Connection, job: JobRow, *, running: bool) -> Summary:
    """The figures of a job."""
    outcomes = rows.outcomes(c, job.id)
    records = sum(outcomes.values())
    counts = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
    counts["pending"] = outcomes.get(None, 0)
    requests = book.requests_of(c, job.id)
    changed = sum(outcomes.get(outcome, 0) for outcome in _UNDOABLE)
    return Summary(
        id=job.id,
        title=job.title,
        kind=job.kind,
        state=job.state,
        interrupted=job.state.unfinished and job.state is not JobState.PAUSED and not running,
        parent_id=job.parent,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        modules=tuple(rows.modules(c, job.id)),
        records=records,
        counts=counts,
        planned_requests=sum(planned for planned, _ in requests.values()),
        sent_requests=sum(sent for _, sent in requests.values()),
        by_kind={kind: sent for kind, (_, sent) in requests.items()},
        seconds=job.seconds,
        resumable=job.state.unfinished and not running,
        undoable=job.state.ended and changed > 0,
        retryable=job.state.ended and any(outcomes.get(o, 0) for o in (Outcome.FAILED, Outcome.NOT_ATTEMPTED)),
        undo_note=UNDO_NOTE,
        waiting_until=job.waiting_until,
        note=job.note,
        intent=dict(job.intent),
    )


def _owners(c: sqlite3.Connection, job: int) -> list[OwnerTally]:
    now = {json.loads(r[0]): r[1] for r in c.execute("SELECT owner, records FROM tally WHERE job=?", (job,))}
    open_or_done = f"outcome IS NULL OR outcome NOT IN ('{Outcome.ALREADY_SO}')"
    moved = f"FROM changes WHERE job=? AND field='owner_id' AND after IS NOT NULL AND ({open_or_done})"
    loses = dict(
        c.execute(f"SELECT before, count(*) {moved} AND before IS NOT NULL GROUP BY before", (job,)).fetchall()
    )
    gains = dict(c.execute(f"SELECT after, count(*) {moved} GROUP BY after", (job,)).fetchall())
    lost = {json.loads(text): count for text, count in loses.items()}
    gained = {json.loads(text): count for text, count in gains.items()}
    owners = now.keys() | lost.keys() | gained.keys()
    tallies = [OwnerTally(o, max(now.get(o, 0), lost.get(o, 0)), lost.get(o, 0), gained.get(o, 0)) for o in owners]
    return sorted(tallies, key=lambda t: (-t.loses, -t.gains, -t.now))
