"""A plan as it is shown: a handle on rows in the journal, never a list of them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crmdesk.changes.background import AT_ONCE
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.relations import RELATIONS
from crmdesk.store import journal as book
from crmdesk.store import rows
from crmdesk.store.journal import JobRow, Journal
from crmdesk.store.rows import PlanRow
from crmdesk.store.words import JobState, Op, Outcome, Way

_UNDO = {
    Op.SET: "fields get the value that they had before",
    Op.CREATE: "what was created is deleted",
    Op.CLONE: "what was cloned is deleted",
    Op.DELETE: "what was deleted is restored where the API can: contacts, accounts, deals, products, documents and"
    " records of custom modules; notes, tasks and the like stay deleted",
    Op.RESTORE: "what was restored is deleted again",
    Op.FORGET: "what was forgotten is gone for good",
    Op.CALL: "calls such as moving a whole list can't be taken back",
}
_STAYS = "workflows that ran and e-mails that were sent stay"
_FOR_GOOD = (Op.FORGET, Op.CALL)
_OF_OWNERS = ("reassign", "handover")
_UNDOABLE = (Outcome.CHANGED, Outcome.REVERTED)


@dataclass(frozen=True)
class Summary:
    """A plan or job in a few figures. `counts` sum to `records` once the job has ended; `seconds` it has run.

    `records` counts changes: one a record where only owners change, else one a field. `touched` counts records.
    """

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
    touched: int = 0
    ops: tuple[Op, ...] = ()
    collisions: int = 0


@dataclass(frozen=True)
class RequestLine:
    """One request of a plan as it is shown: its number, "PUT deals/5", how many records it is about."""

    no: int
    text: str
    records: int


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

    async def collisions(self, limit: int = 1000) -> list[PlanRow]:
        """Rows that somebody else changed meanwhile and that are not decided."""
        found = await self._journal.db.read(
            lambda c: c.execute(
                "SELECT * FROM changes WHERE job=? AND theirs IS NOT NULL AND outcome IS NULL ORDER BY seq LIMIT ?",
                (self.id, limit),
            ).fetchall()
        )
        return [rows.plan_row(row) for row in found]

    async def requests(
        self, spec_of: Callable[[str], ModuleSpec], offset: int = 0, limit: int = 200
    ) -> list[RequestLine]:
        """The requests that write, in the plan's order."""
        found = await self._journal.db.read(
            lambda c: c.execute(
                "SELECT no, way, s.module, count(DISTINCT coalesce(c.record, -c.seq)) AS records,"
                " min(c.record) AS record, min(c.key) AS key, min(c.after) AS after, s.target AS target"
                " FROM (SELECT * FROM steps WHERE job=? ORDER BY phase, no LIMIT ? OFFSET ?) s"
                " JOIN changes c ON c.job=s.job AND c.step=s.no GROUP BY phase, no ORDER BY phase, no",
                (self.id, limit, offset),
            ).fetchall()
        )
        return [RequestLine(row["no"], request_text(spec_of(row["module"]), row), row["records"]) for row in found]

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
    tally = rows.tally(c, job.id)
    outcomes: Counter[str | None] = Counter()
    for (_op, outcome), count in tally.items():
        outcomes[outcome] += count
    ops = tuple(op for op in Op if any(told == op for told, _ in tally))
    records = sum(outcomes.values())
    counts = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
    counts["pending"] = outcomes.get(None, 0)
    requests = book.requests_of(c, job.id)
    changed = sum(count for (op, outcome), count in tally.items() if outcome in _UNDOABLE and op not in _FOR_GOOD)
    of_owners = job.kind in _OF_OWNERS
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
        undo_note=_undo_note(ops, of_owners=of_owners),
        waiting_until=job.waiting_until,
        note=job.note,
        intent=dict(job.intent),
        touched=records if of_owners else rows.touched(c, job.id),
        ops=ops,
        collisions=0 if of_owners or job.state.ended else rows.undecided(c, job.id),
    )


def _undo_note(ops: Sequence[Op], *, of_owners: bool) -> str:
    told = ["owners only"] if of_owners else [_UNDO[op] for op in ops]
    return "; ".join([*told, _STAYS])


def request_text(spec: ModuleSpec, row: Mapping[str, Any]) -> str:
    """The request of a step, without its body; `row` has its way, a record, a key and an after."""
    if row["way"] == Way.CALL:
        told = json.loads(row["after"])
        return f"{told['method']} {told['path']}"
    one = f"{spec.path}/{row['record'] or 0}"
    if row["way"] == Way.RELATE:
        return _set_text(one, json.loads(row["target"])[0])
    texts: dict[str, str] = {
        Way.PUT: f"PUT {one}",
        Way.BULK_UPSERT: f"POST {spec.bulk_upsert_path}",
        Way.BULK_CREATE: f"POST {spec.bulk_upsert_path}",
        Way.BULK_ASSIGN: f"POST {spec.bulk_assign_path}",
        Way.QUEUED_ASSIGN: f"POST {spec.bulk_assign_path}",
        Way.BULK_UPDATE: f"PUT {spec.bulk_update_path}",
        Way.CREATE: f"POST {spec.path}",
        Way.UPSERT: f"POST {spec.path}/upsert",
        Way.CLONE: f"POST {spec.path}/{row['key']}/clone",
        Way.DELETE: f"DELETE {one}",
        Way.BULK_DELETE: f"POST {spec.bulk_delete_path}",
        Way.RESTORE: f"PUT {one}/restore",
        Way.BULK_RESTORE: f"PUT {spec.bulk_restore_path}",
        Way.FORGET: f"DELETE {one}/forget",
    }
    return texts[row["way"]]


def _set_text(one: str, prefix: str) -> str:
    """The request that writes lines of a set; one that is replaced as a whole is read before."""
    if prefix == "members":
        return f"PUT {one}/add_contacts or remove_contacts"
    if prefix == "team":
        return f"POST {one}/manage_team_members"
    replaced = any(relation.prefix == prefix and relation.replaces_all for relation in RELATIONS)
    return f"GET, then PUT {one} with all its {prefix.replace('_', ' ')}" if replaced else f"PUT {one}"


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
