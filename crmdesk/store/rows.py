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
from crmdesk.store.words import Op, Outcome


@dataclass(frozen=True)
class NewRow:
    """A change to plan. `before` and `after` are JSON text, None where not loaded or not decided.

    A creation has no record, no field, a local reference, and all its values in `after`; `kind` is then JSON, too.
    """

    module: str
    record: int | None
    label: str
    field: str
    before: str | None
    after: str | None = None
    read_updated: str | None = None
    op: str = Op.SET
    kind: str = ""
    key: str | None = None
    local: str | None = None


@dataclass(frozen=True)
class PlanRow:
    """A change as it is shown. `before` and `after` are values; `before_known` tells blank from not loaded.

    `record_id` is None for a creation, and `result_id` what it became. `theirs`: what somebody else wrote meanwhile.
    """

    seq: int
    module: str
    record_id: int | None
    label: str
    field: str
    before: Any
    before_known: bool
    after: Any
    outcome: Outcome | None
    message: str
    settled_at: str | None
    op: Op = Op.SET
    kind: str = ""
    local: str | None = None
    theirs: Any = None
    theirs_known: bool = False
    result_id: int | None = None
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True)
class StepChange:
    """A change as the runner sends it. `record` is 0 for a creation."""

    seq: int
    record: int
    field: str
    before: Any
    after: Any
    op: Op = Op.SET
    kind: str = ""
    key: str | None = None
    local: str | None = None
    label: str = ""

    @property
    def unit(self) -> int:
        """The same for all changes of one record; each creation is one of its own."""
        return self.record or -self.seq


def add(c: sqlite3.Connection, job: int, rows: Iterable[NewRow]) -> int:
    """Adds rows behind those that are there; a record and field that is there already is dropped. How many came in."""
    last = c.execute("SELECT coalesce(max(seq), 0) FROM changes WHERE job=?", (job,)).fetchone()[0]
    before = c.total_changes
    c.executemany(
        "INSERT OR IGNORE INTO changes"
        "(job, seq, module, record, label, op, field, before, after, read_updated, kind, key, local)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [
            (
                job,
                last + i,
                r.module,
                r.record,
                r.label,
                r.op,
                r.field,
                r.before,
                r.after,
                r.read_updated,
                r.kind,
                r.key,
                r.local,
            )
            for i, r in enumerate(rows, 1)
        ],
    )
    return c.total_changes - before


def result_of(c: sqlite3.Connection, job: int, local: str) -> int | None:
    """The id of the record that a local reference has become: in this job, one that it comes from, or any.

    Only references of staged records ("new:…") are the same in all jobs.
    """
    made = "SELECT result FROM changes WHERE job=? AND local=? AND op IN ('create', 'clone') AND result IS NOT NULL"
    at: int | None = job
    while at is not None:
        found = c.execute(made, (at, local)).fetchone()
        if found is not None:
            return int(found[0])
        at = c.execute("SELECT parent FROM jobs WHERE id=?", (at,)).fetchone()[0]
    if not local.startswith("new:"):
        return None
    found = c.execute(made.replace("job=?", "job IN (SELECT id FROM jobs)"), (local,)).fetchone()
    return None if found is None else int(found[0])


def set_results(c: sqlite3.Connection, job: int, results: Mapping[int, int], *, existed: bool = False) -> None:
    """Notes the ids of records that were made, by seq. `existed`: found there already, so undo must not delete it."""
    c.executemany("UPDATE changes SET result=? WHERE job=? AND seq=?", [(i, job, seq) for seq, i in results.items()])
    if existed:  # OR IGNORE: two rows may name the same record
        c.executemany(
            "UPDATE OR IGNORE changes SET record=? WHERE job=? AND seq=?", [(i, job, seq) for seq, i in results.items()]
        )


def set_candidates(c: sqlite3.Connection, job: int, seq: int, ids: Sequence[int]) -> None:
    """Notes the records that a lost creation may have become."""
    c.execute("UPDATE changes SET candidates=? WHERE job=? AND seq=?", (json.dumps(list(ids)), job, seq))


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


def tally(c: sqlite3.Connection, job: int) -> dict[tuple[str, str | None], int]:
    """How many rows there are of each operation and outcome."""
    found = c.execute("SELECT op, outcome, count(*) FROM changes WHERE job=? GROUP BY op, outcome", (job,))
    return {(row[0], row[1]): row[2] for row in found}


def undecided(c: sqlite3.Connection, job: int) -> int:
    """How many rows somebody else changed meanwhile, and the person has not decided."""
    found = c.execute("SELECT count(*) FROM changes WHERE job=? AND theirs IS NOT NULL AND outcome IS NULL", (job,))
    return int(found.fetchone()[0])


def touched(c: sqlite3.Connection, job: int) -> int:
    """How many records a plan is about; each new one counts."""
    found = c.execute(
        "SELECT count(DISTINCT module || ':' || coalesce(record, local)) FROM changes WHERE job=?", (job,)
    )
    return int(found.fetchone()[0])


def outcomes(c: sqlite3.Connection, job: int) -> dict[str | None, int]:
    """How many rows have each outcome; None for those that have none yet."""
    return dict(c.execute("SELECT outcome, count(*) FROM changes WHERE job=? GROUP BY outcome", (job,)).fetchall())


def modules(c: sqlite3.Connection, job: int) -> list[str]:
    """The modules of a plan's rows, in the order in which they came."""
    found = c.execute("SELECT module FROM changes WHERE job=? GROUP BY module ORDER BY min(seq)", (job,))
    return [row[0] for row in found]


def of_step(c: sqlite3.Connection, job: int, step: int) -> list[StepChange]:
    """What a step still has to do: its rows without an outcome."""
    found = c.execute("SELECT * FROM changes WHERE job=? AND step=? AND outcome IS NULL ORDER BY seq", (job, step))
    return [
        StepChange(
            seq=r["seq"],
            record=r["record"] or 0,
            field=r["field"],
            before=value(r["before"]),
            after=value(r["after"]),
            op=Op(r["op"]),
            kind=r["kind"],
            key=r["key"],
            local=r["local"],
            label=r["label"],
        )
        for r in found
    ]


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
        op=Op(row["op"]),
        kind=row["kind"],
        local=row["local"],
        theirs=value(row["theirs"]),
        theirs_known=row["theirs"] is not None,
        result_id=row["result"],
        candidates=tuple(json.loads(row["candidates"] or "[]")),
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
