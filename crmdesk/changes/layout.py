"""Lays a plan's rows out in steps, each module in its own way, and says what that costs in requests."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable

from crmdesk.crm.modules import ModuleSpec, OwnerWay
from crmdesk.crm.requests import MOST_IN_BULK
from crmdesk.store import journal as book
from crmdesk.store import rows, steps
from crmdesk.store.words import JobState, Way

QUESTIONS_A_JOB = 1.2
NOBODY = "after='null'"

_WAYS = {
    Way.BULK_ASSIGN: "in bulk, 100 a request",
    Way.BULK_UPSERT: "background jobs of 100",
    Way.QUEUED_ASSIGN: "in bulk, 100 a request, read back one by one",
    Way.PUT: "one request each",
}


def lay_out(c: sqlite3.Connection, job: int, spec_of: Callable[[str], ModuleSpec]) -> None:
    """Gives every row that is still to be done its step, writes down the costs, and calls the plan planned."""
    c.execute("DELETE FROM steps WHERE job=?", (job,))
    c.execute("DELETE FROM costs WHERE job=?", (job,))
    c.execute("UPDATE changes SET step=NULL WHERE job=?", (job,))
    write = follow = 0
    for module in rows.modules(c, job):
        spec = spec_of(module)
        made, asked = _module(c, job, spec)
        count = c.execute(
            "SELECT count(*) FROM changes WHERE job=? AND module=? AND outcome IS NULL", (job, module)
        ).fetchone()[0]
        read = book.job_row(c, job).scope.get(module, {}).get("read", 0)
        c.execute(
            "INSERT INTO costs VALUES(?,?,?,?,?,?,?)", (job, module, count, read, made, asked, _how(c, job, spec))
        )
        write, follow = write + made, follow + asked
    read_sent = book.requests_of(c, job).get("read", (0, 0))[1]
    book.plan_requests(c, job, {"read": read_sent, "write": write, "follow": follow})
    book.set_state(c, job, JobState.PLANNED)


def _how(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> str:
    """The ways that a module's steps take; its usual one where nothing is left to do."""
    ways = c.execute("SELECT way FROM steps WHERE job=? AND module=? GROUP BY way ORDER BY min(no)", (job, spec.key))
    return "; ".join(_WAYS[Way(row["way"])] for row in ways) or _WAYS[Way(spec.owner_way.value)]


def _module(c: sqlite3.Connection, job: int, spec: ModuleSpec) -> tuple[int, int]:
    """Requests to write and to follow."""
    key, bulk = spec.key, MOST_IN_BULK
    if spec.owner_way is OwnerWay.PUT:
        return steps.lay_out(c, job, key, Way.PUT, size=1, by_target=False), 0
    if spec.owner_way is OwnerWay.BULK_UPSERT:
        made = steps.lay_out(c, job, key, Way.BULK_UPSERT, size=bulk, by_target=False)
        return made, math.ceil(made * QUESTIONS_A_JOB)
    way = Way.BULK_ASSIGN if spec.owner_way is OwnerWay.BULK_ASSIGN else Way.QUEUED_ASSIGN
    # no documented bulk assignment takes "nobody"
    made = steps.lay_out(c, job, key, way, size=bulk, by_target=True, only=f"NOT ({NOBODY})")
    follow = 0
    if way is Way.QUEUED_ASSIGN:
        follow = c.execute(
            "SELECT count(*) FROM changes WHERE job=? AND module=? AND step IS NOT NULL", (job, key)
        ).fetchone()[0]
    if spec.bulk_upsert_path is not None:
        jobs = steps.lay_out(c, job, key, Way.BULK_UPSERT, size=bulk, by_target=False)
        return made + jobs, follow + math.ceil(jobs * QUESTIONS_A_JOB)
    return made + steps.lay_out(c, job, key, Way.PUT, size=1, by_target=False), follow
