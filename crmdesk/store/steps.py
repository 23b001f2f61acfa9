"""A plan's steps in the journal: one request each, from pending to settled.

All functions are parts of a transaction. `intend` is committed before the request goes out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crmdesk.store.journal import now_text
from crmdesk.store.words import StepState, Way

OPEN = (  # the rows of a module that are still to be laid out: job, module
    "job=? AND module=? AND outcome IS NULL AND step IS NULL AND after IS NOT NULL AND theirs IS NULL"
)
_KEPT_TARGETS = (Way.BULK_ASSIGN, Way.QUEUED_ASSIGN, Way.BULK_UPDATE)


@dataclass(frozen=True)
class StepRow:
    """One request of a plan. `target` is the value that all its records get, where they get the same."""

    no: int
    phase: int
    way: Way
    module: str
    target: Any
    state: StepState
    background: str | None
    sends: int
    lost_at: str | None
    sent_at: str | None
    accepted_at: str | None


def lay_out(
    c: sqlite3.Connection,
    job: int,
    module: str,
    way: Way,
    *,
    size: int,
    by_target: str | None = None,
    only: str = "1",
    phase: int = 0,
) -> int:
    """Puts the rows of a module that have no outcome and no step yet into steps of `size` records; how many steps.

    Rows of one record stay together. `by_target`: an expression in SQL; all rows of a step have the same, because the
    request holds only one. `only`: a condition in SQL.
    """
    last = c.execute("SELECT coalesce(max(no), 0) FROM steps WHERE job=?", (job,)).fetchone()[0]
    target = by_target or "NULL"
    c.execute("DROP TABLE IF EXISTS temp.layout")
    c.execute("DROP TABLE IF EXISTS temp.unit")
    c.execute(
        "CREATE TEMP TABLE unit AS SELECT coalesce(record, -seq) AS unit, min(seq) AS seq,"
        f" {target} AS target FROM changes WHERE {OPEN} AND ({only}) GROUP BY coalesce(record, -seq), {target}",
        (job, module),
    )
    c.execute(
        "CREATE TEMP TABLE layout AS SELECT unit, target, dense_rank() OVER (ORDER BY target, part) AS step FROM ("
        " SELECT unit, target, (row_number() OVER (PARTITION BY target ORDER BY seq) - 1) / ? AS part FROM temp.unit)",
        (size,),
    )
    c.execute("CREATE UNIQUE INDEX temp.layout_unit ON layout(unit, target)")
    c.execute(
        "UPDATE changes SET step=? +"
        " (SELECT step FROM temp.layout l WHERE l.unit=coalesce(changes.record, -changes.seq)"
        f" AND l.target IS {target}) WHERE {OPEN} AND ({only})",
        (last, job, module),
    )
    c.execute(
        "INSERT INTO steps(job, no, phase, way, module, target, state)"
        " SELECT ?, ? + step, ?, ?, ?, min(target), ? FROM temp.layout GROUP BY step",
        (job, last, phase, way, module, StepState.PENDING),
    )
    made = c.execute("SELECT coalesce(max(step), 0) FROM temp.layout").fetchone()[0]
    c.execute("DROP TABLE temp.layout")
    c.execute("DROP TABLE temp.unit")
    return int(made)


def pending(
    c: sqlite3.Connection, job: int, ways: Sequence[Way], limit: int, borders: Mapping[str, int]
) -> list[StepRow]:
    """The next steps to send of the lowest unfinished phase, in order; of a module in `borders` only those below."""
    marks = ",".join("?" * len(ways))
    below = " AND NOT (module=? AND no>=?)" * len(borders)
    bounds = [value for border in borders.items() for value in border]
    found = c.execute(
        f"SELECT * FROM steps WHERE job=? AND state='pending' AND way IN ({marks}){below} AND phase="
        "(SELECT min(phase) FROM steps WHERE job=? AND state!='settled') ORDER BY no LIMIT ?",
        (job, *ways, *bounds, job, limit),
    )
    return [_step(row) for row in found]


def in_state(c: sqlite3.Connection, job: int, state: StepState) -> list[StepRow]:
    """All steps of a job in a state."""
    return [_step(r) for r in c.execute("SELECT * FROM steps WHERE job=? AND state=? ORDER BY no", (job, state))]


def count(c: sqlite3.Connection, job: int, state: StepState) -> int:
    """How many steps are in a state."""
    return int(c.execute("SELECT count(*) FROM steps WHERE job=? AND state=?", (job, state)).fetchone()[0])


def intend(c: sqlite3.Connection, job: int, no: int) -> None:
    """The step is about to be sent: after this it counts as possibly sent."""
    c.execute("UPDATE steps SET state='sent', sends=sends+1, sent_at=? WHERE job=? AND no=?", (now_text(), job, no))
    c.execute("UPDATE changes SET ever_sent=ever_sent+1 WHERE job=? AND step=? AND outcome IS NULL", (job, no))


def withdraw(c: sqlite3.Connection, job: int, no: int) -> None:
    """The step certainly did not arrive: it is pending again."""
    c.execute("UPDATE steps SET state='pending', sends=max(sends-1, 0) WHERE job=? AND no=?", (job, no))
    c.execute("UPDATE changes SET ever_sent=max(ever_sent-1, 0) WHERE job=? AND step=? AND outcome IS NULL", (job, no))


def accept(c: sqlite3.Connection, job: int, no: int, background: str | None) -> None:
    """The CRM took the step and works on it; `background` is its job's id there."""
    c.execute(
        "UPDATE steps SET state='accepted', background=?, accepted_at=? WHERE job=? AND no=?",
        (background, now_text(), job, no),
    )


def lose(c: sqlite3.Connection, job: int, no: int, message: str) -> None:
    """The answer was lost: whether the step arrived is unknown."""
    c.execute("UPDATE steps SET lost_at=?, message=? WHERE job=? AND no=?", (now_text(), message, job, no))


def lose_sent(c: sqlite3.Connection, job: int, within: timedelta) -> None:
    """A process that ended lost the answers of all steps that it had sent, `within` this time of their intent."""
    c.execute(
        "UPDATE steps SET lost_at=min(?, strftime('%Y-%m-%dT%H:%M:%f', sent_at, ?) || '+00:00')"
        " WHERE job=? AND state='sent' AND sent_at IS NOT NULL AND (lost_at IS NULL OR lost_at<sent_at)",
        (now_text(), f"+{within.total_seconds()} seconds", job),
    )


def find_landed(c: sqlite3.Connection, job: int, done: str) -> None:
    """A step that was sent once and all of whose records have the new value has landed: nothing is to come of it."""
    c.execute(
        "UPDATE steps SET lost_at=NULL WHERE job=? AND state='sent' AND sends=1 AND lost_at IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM changes WHERE changes.job=steps.job AND changes.step=steps.no"
        " AND (outcome IS NULL OR outcome!=?))",
        (job, done),
    )


def last_lost(c: sqlite3.Connection, job: int) -> str | None:
    """When the last background step was lost that may still land; None where nothing can."""
    found = c.execute(
        "SELECT max(lost_at) FROM steps WHERE job=? AND way IN (?, ?)", (job, Way.BULK_UPSERT, Way.BULK_CREATE)
    ).fetchone()
    return None if found[0] is None else str(found[0])


def lost_once(c: sqlite3.Connection, job: int) -> list[StepRow]:
    """Steps that were sent, whose answer was lost, and which must not be sent again."""
    return [step for step in in_state(c, job, StepState.SENT) if step.way.once]


def unfollow(c: sqlite3.Connection, job: int, no: int) -> None:
    """The CRM's job can't be asked for any more: the step is one whose outcome is unknown."""
    c.execute("UPDATE steps SET state='sent', background=NULL WHERE job=? AND no=?", (job, no))


def again(c: sqlite3.Connection, job: int, no: int) -> None:
    """What is left of the step is to be sent again."""
    c.execute("UPDATE steps SET state='pending', background=NULL WHERE job=? AND no=?", (job, no))


def close_settled(c: sqlite3.Connection, job: int) -> None:
    """Steps all of whose rows have an outcome are settled."""
    c.execute(
        "UPDATE steps SET state='settled', settled_at=? WHERE job=? AND state!='settled' AND NOT EXISTS"
        " (SELECT 1 FROM changes WHERE changes.job=steps.job AND changes.step=steps.no AND outcome IS NULL)",
        (now_text(), job),
    )


def close_if_settled(c: sqlite3.Connection, job: int, no: int) -> None:
    """The same for one step."""
    c.execute(
        "UPDATE steps SET state='settled', settled_at=? WHERE job=? AND no=? AND NOT EXISTS"
        " (SELECT 1 FROM changes WHERE job=? AND step=? AND outcome IS NULL)",
        (now_text(), job, no, job, no),
    )


def move(c: sqlite3.Connection, job: int, step: StepRow, groups: Sequence[Sequence[int]], way: Way) -> None:
    """Gives rows of a step (by seq) to new pending steps, one a group, behind all others."""
    last = c.execute("SELECT max(no) FROM steps WHERE job=?", (job,)).fetchone()[0]
    target = None if step.target is None else json.dumps(step.target)
    for offset, seqs in enumerate(groups, 1):
        c.execute(
            "INSERT INTO steps(job, no, phase, way, module, target, state) VALUES(?,?,?,?,?,?,'pending')",
            (job, last + offset, step.phase, way, step.module, target if way in _KEPT_TARGETS else None),
        )
        c.executemany(
            "UPDATE changes SET step=? WHERE job=? AND seq=? AND outcome IS NULL",
            [(last + offset, job, seq) for seq in seqs],
        )
    close_if_settled(c, job, step.no)


def _step(row: sqlite3.Row) -> StepRow:
    return StepRow(
        no=row["no"],
        phase=row["phase"],
        way=Way(row["way"]),
        module=row["module"],
        target=None if row["target"] is None else json.loads(row["target"]),
        state=StepState(row["state"]),
        background=row["background"],
        sends=row["sends"],
        lost_at=row["lost_at"],
        sent_at=row["sent_at"],
        accepted_at=row["accepted_at"],
    )
