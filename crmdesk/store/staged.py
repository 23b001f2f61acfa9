"""Staged edits in the journal: the rows of one plan that stays a draft, until they are saved or discarded.

All functions are parts of a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmdesk.store import journal as book
from crmdesk.store.words import JobState, Op

KIND = "staged"
KEPT_THEIRS = "left as somebody else wrote it"
NO_LONGER_STAGED = "no longer staged: it was saved, changed or discarded since"


@dataclass(frozen=True)
class StagedRow:
    """One staged edit as the journal holds it; `local` instead of `record` for a record yet to be made."""

    module: str
    record: int | None
    local: str | None
    field: str
    label: str
    kind: str
    before: str | None
    after: str
    read_updated: str | None = None
    op: str = Op.SET
    key: str | None = None
    message: str = ""


def draft(c: sqlite3.Connection) -> int | None:
    """The account's draft, if there is one."""
    row = c.execute(
        "SELECT id FROM jobs WHERE kind=? AND state=? ORDER BY id LIMIT 1", (KIND, JobState.DRAFT)
    ).fetchone()
    return None if row is None else int(row[0])


def make_draft(c: sqlite3.Connection) -> int:
    """The account's draft; made when there is none."""
    found = draft(c)
    return book.create_job(c, KIND, "Unsaved changes", {}, None) if found is None else found


def load(c: sqlite3.Connection) -> list[StagedRow]:
    """All that is staged, in the order in which it was."""
    job = draft(c)
    if job is None:
        return []
    return [
        _row(row) for row in c.execute("SELECT * FROM changes WHERE job=? AND after IS NOT NULL ORDER BY seq", (job,))
    ]


def holds(c: sqlite3.Connection, row: StagedRow) -> bool:
    """Whether something is staged for the same record and field."""
    where, values = _same(row.module, row.record, row.local, row.field)
    return c.execute(f"SELECT 1 FROM changes WHERE job=? AND {where}", (draft(c), *values)).fetchone() is not None


def put(c: sqlite3.Connection, rows: Iterable[StagedRow]) -> None:
    """Stages rows, each in the place of the one that is there for the same record and field."""
    job = make_draft(c)
    seq = c.execute("SELECT coalesce(max(seq), 0) FROM changes WHERE job=?", (job,)).fetchone()[0]
    for row in rows:
        where, values = _same(row.module, row.record, row.local, row.field)
        found = c.execute(f"SELECT seq FROM changes WHERE job=? AND {where}", (job, *values)).fetchone()
        seq = seq if found else seq + 1
        c.execute(
            "INSERT OR REPLACE INTO changes(job, seq, module, record, local, label, op, field, kind, key, before,"
            " after, read_updated, message) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                job,
                found[0] if found else seq,
                row.module,
                row.record,
                row.local,
                row.label,
                row.op,
                row.field,
                row.kind,
                row.key,
                row.before,
                row.after,
                row.read_updated,
                row.message,
            ),
        )


def remove(c: sqlite3.Connection, keys: Iterable[tuple[str, int | None, str | None, str]]) -> None:
    """Unstages rows by module, record, local reference and field."""
    job = draft(c)
    if job is None:
        return
    for key in keys:
        where, values = _same(*key)
        c.execute(f"DELETE FROM changes WHERE job=? AND {where}", (job, *values))


def copy(c: sqlite3.Connection, plan: int, module: str | None, records: Sequence[int | str] | None) -> int:
    """Copies staged rows (all, a module's, or some records') into a plan; how many."""
    job = draft(c)
    if job is None:
        return 0
    where, values = ["job=?"], [job]
    if module is not None:
        where.append("module=?")
        values.append(module)  # type: ignore[arg-type]
    if records is not None:
        c.execute("CREATE TEMP TABLE IF NOT EXISTS picked(name)")
        c.execute("DELETE FROM temp.picked")
        c.executemany("INSERT INTO temp.picked VALUES(?)", [(record,) for record in records])
        where.append("coalesce(local, record) IN (SELECT name FROM temp.picked)")
    cursor = c.execute(
        "INSERT INTO changes"
        "(job, seq, module, record, local, label, op, field, kind, key, before, after, read_updated)"
        " SELECT ?, row_number() OVER (ORDER BY seq), module, record, local, label, op, field, kind, key, before,"
        f" after, read_updated FROM changes WHERE {' AND '.join(where)}",
        (plan, *values),
    )
    return cursor.rowcount


def take_out(c: sqlite3.Connection, plan: int) -> list[tuple[str, int | str, str, str]]:
    """The rows that a plan was copied from are staged no more; by module, record, field and value which."""
    job = draft(c)
    if job is None:
        return []
    same = (  # in two halves, each of which has an index
        "FROM changes WHERE job=?1 AND (record IS NOT NULL AND EXISTS (SELECT 1 FROM changes p WHERE p.job=?2"
        " AND p.module=changes.module AND p.record=changes.record AND p.record IS NOT NULL AND p.field=changes.field"
        " AND p.after=changes.after) OR local IS NOT NULL AND EXISTS (SELECT 1 FROM changes p WHERE p.job=?2"
        " AND p.local=changes.local AND p.local IS NOT NULL AND p.after=changes.after))"
    )
    found = c.execute(f"SELECT module, coalesce(local, record), field, after {same}", (job, plan)).fetchall()
    c.execute(f"DELETE {same}", (job, plan))
    return [(row[0], row[1], row[2], row[3]) for row in found]


def failed_rows(c: sqlite3.Connection, plan: int) -> list[StagedRow]:
    """What a plan of staged edits did not bring about: it goes back to the draft."""
    found = c.execute(
        "SELECT * FROM changes WHERE job=? AND outcome IN ('failed', 'not_attempted', 'skipped') AND after IS NOT NULL"
        " AND op IN ('set', 'create', 'clone') AND message NOT IN (?, ?) ORDER BY seq",
        (plan, KEPT_THEIRS, NO_LONGER_STAGED),
    )
    return [_row(row) for row in found]


def _same(module: str, record: int | None, local: str | None, field: str) -> tuple[str, tuple[object, ...]]:
    """The condition under which a row is of this record and field, as the indexes know it."""
    if record is not None:
        return "module=? AND record=? AND record IS NOT NULL AND field=?", (module, record, field)
    return "local=? AND local IS NOT NULL AND field=?", (local, field)


def _row(row: sqlite3.Row) -> StagedRow:
    return StagedRow(
        row["module"],
        row["record"],
        row["local"],
        row["field"],
        row["label"],
        row["kind"],
        row["before"],
        row["after"],
        row["read_updated"],
        row["op"],
        row["key"],
        row["message"],
    )
