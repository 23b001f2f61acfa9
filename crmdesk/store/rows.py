"""A plan's rows in the journal: its changes, each one field of one record, and what became of them.

All functions are parts of a transaction. JSON text stands for values; NULL before is *not loaded*.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmdesk.store.journal import now_text
from crmdesk.store.words import Outcome


@dataclass(frozen=True)
class NewRow:
    """A change to plan. `before` and `after` are JSON text, None where not loaded or not decided."""

    module: str
    record: int
    label: str
    field: str
    before: str | None
    after: str | None = None
    read_updated: str | None = None
    op: str = "set"


@dataclass(frozen=True)
class PlanRow:
    """A change as it is shown. `before` and `after` are values; `before_known` tells blank from not loaded."""

    seq: int
    module: str
    record_id: int
    label: str
    field: str
    before: Any
    before_known: bool
    after: Any
    outcome: Outcome | None
    message: str
    settled_at: str | None


@dataclass(frozen=True)
class StepChange:
    """A change as the runner sends it."""

    seq: int
    record: int
    field: str
    before: Any
    after: Any


def add(c: sqlite3.Connection, job: int, rows: Iterable[NewRow]) -> int:
    """Adds rows behind those that are there; a record and field that is there already is dropped. How many came in."""
    last = c.execute("SELECT coalesce(max(seq), 0) FROM changes WHERE job=?", (job,)).fetchone()[0]
    before = c.total_changes
    c.executemany(
        "INSERT OR IGNORE INTO changes(job, seq, module, record, label, op, field, before, after, read_updated)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        [
            (job, last + i, r.module, r.record, r.label, r.op, r.field, r.before, r.after, r.read_updated)
            for i, r in enumerate(rows, 1)
        ],
    )
    return c.total_changes - before


def leave_out(c: sqlite3.Connection, job: int, module: str, reason: str, records: int) -> None:
    """Adds to the number of records that a plan leaves out, and why."""
    c.execute(
        "INSERT INTO left_out VALUES(?,?,?,?) "
        "ON CONFLICT(job, module, reason) DO UPDATE SET records=records+excluded.records",
        (job, module, reason, records),
    )


def add_tally(c: sqlite3.Connection, job: int, owners: Mapping[int | None, int]) -> None:
    """Adds to how many records each owner has among all that were read."""
    c.executemany(
        "INSERT INTO tally VALUES(?,?,?) ON CONFLICT(job, owner) DO UPDATE SET records=records+excluded.records",
        [(job, json.dumps(owner), count) for owner, count in owners.items()],
    )


def page(
    c: sqlite3.Connection, job: int, offset: int, limit: int, module: str | None, outcome: Outcome | None
) -> list[PlanRow]:
    """Some of a plan's rows in their order."""
    where, values = _narrowed(job, module, outcome)
    found = c.execute(f"SELECT * FROM changes WHERE {where} ORDER BY seq LIMIT ? OFFSET ?", (*values, limit, offset))
    return [plan_row(row) for row in found]


def behind(c: sqlite3.Connection, job: int, seq: int, limit: int) -> list[PlanRow]:
    """The next rows behind `seq`."""
    found = c.execute("SELECT * FROM changes WHERE job=? AND seq>? ORDER BY seq LIMIT ?", (job, seq, limit))
    return [plan_row(row) for row in found]


def count(c: sqlite3.Connection, job: int, module: str | None, outcome: Outcome | None) -> int:
    """How many rows that would be in all."""
    where, values = _narrowed(job, module, outcome)
    return int(c.execute(f"SELECT count(*) FROM changes WHERE {where}", values).fetchone()[0])


def outcomes(c: sqlite3.Connection, job: int) -> dict[str | None, int]:
    """How many rows have each outcome; None for those that have none yet."""
    return dict(c.execute("SELECT outcome, count(*) FROM changes WHERE job=? GROUP BY outcome", (job,)).fetchall())


def modules(c: sqlite3.Connection, job: int) -> list[str]:
    """The modules of a plan's rows, in the order in which they came."""
    found = c.execute("SELECT module FROM changes WHERE job=? GROUP BY module ORDER BY min(seq)", (job,))
    return [row[0] for row in found]


def of_step(c: sqlite3.Connection, job: int, step: int) -> list[StepChange]:
    """What a step still has to do: its rows without an outcome."""
    found = c.execute(
        "SELECT seq, record, field, before, after FROM changes WHERE job=? AND step=? AND outcome IS NULL ORDER BY seq",
        (job, step),
    )
    return [StepChange(r[0], r[1], r[2], value(r[3]), value(r[4])) for r in found]


def settle(c: sqlite3.Connection, job: int, seqs: Sequence[int], outcome: Outcome, message: str = "") -> None:
    """Gives rows that have none their outcome; an outcome is never changed."""
    stamp = now_text()
    c.executemany(
        "UPDATE changes SET outcome=?, message=?, settled_at=? WHERE job=? AND seq=? AND outcome IS NULL",
        [(outcome, message, stamp, job, seq) for seq in seqs],
    )


def plan_row(row: sqlite3.Row) -> PlanRow:
    """From the table's row."""
    return PlanRow(
        seq=row["seq"],
        module=row["module"],
        record_id=row["record"],
        label=row["label"],
        field=row["field"],
        before=value(row["before"]),
        before_known=row["before"] is not None,
        after=value(row["after"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        message=row["message"],
        settled_at=row["settled_at"],
    )


def value(text: str | None) -> Any:
    """The value that JSON text stands for; None for NULL."""
    return None if text is None else json.loads(text)


def _narrowed(job: int, module: str | None, outcome: Outcome | None) -> tuple[str, tuple[Any, ...]]:
    where, values = ["job=?"], [job]
    if module is not None:
        where.append("module=?")
        values.append(module)  # type: ignore[arg-type]
    if outcome is not None:
        where.append("outcome=?")
        values.append(outcome)  # type: ignore[arg-type]
    return " AND ".join(where), tuple(values)
