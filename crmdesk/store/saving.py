"""Between the draft and the plans made of it: what a plan takes out when it starts, what comes back when it has ended.

Each step is one transaction with the job's state, so that no crash leaves an edit in both places, or in neither.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from crmdesk.store import journal as book
from crmdesk.store import rows, staged, steps
from crmdesk.store.staged import StagedRow
from crmdesk.store.words import JobState, Outcome

MAY_BE_MADE = "job {} may have created it already"
_STAGED = '"staged": true'
_GIVEN_BACK = "given_back"
_CREATING = "op IN ('create', 'clone')"


@dataclass(frozen=True)
class Taken:
    """An edit that a plan took over: by module, record or local reference, field, and the value as JSON text."""

    module: str
    record: int | str
    field: str
    after: str


@dataclass(frozen=True)
class Written:
    """What a job wrote to a field that is staged anew, or made of a local reference that is: `made` is its id."""

    module: str
    record: int | str
    field: str
    after: str
    kind: str = ""
    made: int | None = None


def begin(c: sqlite3.Connection, job: int) -> list[Taken]:
    """A plan starts for the first time: undecided collisions are left alone, and its edits are staged no more."""
    row = book.job_row(c, job)
    _skip(
        c,
        job,
        "theirs IS NOT NULL",
        "'changed since, by someone else: now ' || theirs",
    )
    taken: list[Taken] = []
    if row.intent.get("staged"):
        if row.kind == "edit":
            _skip_unstaged(c, job)
        _skip_made(c, job)
        taken = [Taken(*found) for found in staged.take_out(c, job)]
    book.set_state(c, job, JobState.RUNNING)
    steps.close_settled(c, job)
    return taken


def forget_unstarted(c: sqlite3.Connection) -> int:
    """Plans of staged edits that nobody started are removed: their edits are staged still. How many."""
    found = c.execute(
        "SELECT id, intent FROM jobs WHERE kind='edit' AND state IN (?, ?) AND started_at IS NULL"
        " AND instr(intent, ?)>0",
        (JobState.DRAFT, JobState.PLANNED, _STAGED),
    ).fetchall()
    left = [(row["id"],) for row in found if json.loads(row["intent"]).get("staged")]
    c.executemany("DELETE FROM jobs WHERE id=?", left)
    return len(left)


def _skip(c: sqlite3.Connection, job: int, condition: str, message: str) -> None:
    """Settles rows; `message` is an expression in SQL."""
    c.execute(
        f"UPDATE changes SET outcome=?, message={message}, settled_at=? WHERE job=? AND outcome IS NULL"
        f" AND {condition}",
        (Outcome.SKIPPED, book.now_text(), job),
    )


def _skip_unstaged(c: sqlite3.Connection, job: int) -> None:
    """What was discarded or saved by another plan since the review is not written; a field edited again is."""
    draft = staged.draft(c) or 0
    same = "d.module=changes.module AND d.record=changes.record AND d.record IS NOT NULL AND d.field=changes.field"
    _skip(
        c,
        job,
        "(record IS NOT NULL AND op='set' AND NOT EXISTS"
        f" (SELECT 1 FROM changes d WHERE d.job={draft} AND {same})"
        f" OR {_CREATING} AND local IS NOT NULL AND NOT EXISTS (SELECT 1 FROM changes d WHERE d.job={draft}"
        " AND d.local=changes.local AND d.local IS NOT NULL AND d.after=changes.after))",
        f"'{staged.NO_LONGER_STAGED}'",
    )


def _skip_made(c: sqlite3.Connection, job: int) -> None:
    """A record that another job has made, or may have, is not made again."""
    mine = c.execute(
        f"SELECT seq, local FROM changes WHERE job=? AND {_CREATING} AND outcome IS NULL AND local LIKE 'new:%'",
        (job,),
    ).fetchall()
    for row in mine:
        other = c.execute(
            "SELECT c.job FROM changes c JOIN jobs j ON j.id=c.job WHERE c.job IN (SELECT id FROM jobs WHERE id!=?)"
            f" AND c.local=? AND c.{_CREATING} AND j.started_at IS NOT NULL AND (c.outcome IN ('changed', 'unsettled')"
            " OR c.outcome IS NULL) LIMIT 1",
            (job, row["local"]),
        ).fetchone()
        if other is not None:
            rows.settle(c, job, [row["seq"]], Outcome.SKIPPED, MAY_BE_MADE.format(other[0]))


def give_back(c: sqlite3.Connection, job: int) -> list[StagedRow]:
    """What an ended plan of staged edits did not bring about is staged again, once; which rows."""
    row = book.job_row(c, job)
    if not row.intent.get("staged") or row.intent.get(_GIVEN_BACK) or not row.state.ended:
        return []
    back = [found for found in staged.failed_rows(c, job) if not staged.holds(c, found)]
    staged.put(c, back)
    c.execute("UPDATE jobs SET intent=? WHERE id=?", (json.dumps({**row.intent, _GIVEN_BACK: True}), job))
    return back


def to_give_back(c: sqlite3.Connection) -> list[int]:
    """Ended plans of staged edits whose process ended before it gave back what failed."""
    found = c.execute(
        "SELECT id, intent FROM jobs WHERE state IN (?, ?, ?) AND instr(intent, ?)>0",
        (JobState.FINISHED, JobState.FINISHED_WITH_FAILURES, JobState.CANCELLED, _STAGED),
    )
    return [row["id"] for row in found if not json.loads(row["intent"]).get(_GIVEN_BACK)]


def descendant_intent(intent: dict[str, Any], kind: str) -> dict[str, Any]:
    """Of a plan that comes from another: only another try is still about what was staged."""
    gone = {_GIVEN_BACK} if kind == "retry" else {_GIVEN_BACK, "staged"}
    return {name: value for name, value in intent.items() if name not in gone}


def written(c: sqlite3.Connection, job: int) -> list[Written]:
    """What a job wrote to fields that are staged, so that our own value is nobody else's change."""
    draft = staged.draft(c)
    if draft is None:
        return []
    found = c.execute(
        "SELECT d.module, d.record, d.field, p.after FROM changes d JOIN changes p ON p.job=? AND p.module=d.module"
        " AND p.record=d.record AND p.record IS NOT NULL AND p.field=d.field WHERE d.job=? AND d.record IS NOT NULL"
        " AND p.op='set' AND p.outcome IN ('changed', 'reverted', 'already_so')",
        (job, draft),
    )
    return [Written(row["module"], row["record"], row["field"], row["after"]) for row in found]


def made(c: sqlite3.Connection) -> list[Written]:
    """Records that are staged as yet to be made although a job has made them."""
    draft = staged.draft(c)
    if draft is None:
        return []
    locals_ = c.execute(f"SELECT local FROM changes WHERE job=? AND {_CREATING}", (draft,)).fetchall()
    found = []
    for (local,) in locals_:
        row = c.execute(
            f"SELECT * FROM changes WHERE job IN (SELECT id FROM jobs WHERE id!=?) AND local=? AND {_CREATING}"
            " AND result IS NOT NULL LIMIT 1",
            (draft, local),
        ).fetchone()
        if row is not None:
            found.append(Written(row["module"], local, row["field"], row["after"], row["kind"], row["result"]))
    return found
