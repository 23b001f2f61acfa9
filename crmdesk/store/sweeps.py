"""A sweep in the journal: which records a reader is asked for, and what it has seen of them.

All functions are parts of a transaction; nothing here needs more memory for more rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from crmdesk.store.journal import now_text
from crmdesk.store.rows import value
from crmdesk.store.words import Outcome

UNTOLD = "outcome IS NULL"
NOT_ACCEPTED = (
    "outcome IS NULL AND step IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM steps s WHERE s.job=changes.job AND s.no=changes.step AND s.state='accepted'"
    " AND s.background IS NOT NULL)"
)
MAY_LAND = (  # a background step of unknown acceptance
    "EXISTS (SELECT 1 FROM steps s WHERE s.job=changes.job AND s.no=changes.step"
    " AND s.way IN ('bulk_upsert', 'bulk_create') AND s.lost_at IS NOT NULL)"
)
MISSING = '"\\u0000missing"'  # no value of the CRM: such a record is gone


def want(c: sqlite3.Connection, job: int, condition: str = UNTOLD, values: Sequence[object] = ()) -> None:
    """Marks the rows that a reader shall look at; what was seen earlier is forgotten."""
    c.execute("UPDATE changes SET wanted=0, seen=NULL WHERE job=? AND (wanted=1 OR seen IS NOT NULL)", (job,))
    c.execute(f"UPDATE changes SET wanted=1 WHERE job=? AND record IS NOT NULL AND {condition}", (job, *values))


def wanted_fields(c: sqlite3.Connection, job: int, module: str) -> dict[str, str]:
    """The fields of a module that were not seen yet, each with its kind."""
    found = c.execute(
        "SELECT field, max(kind) FROM changes WHERE job=? AND module=? AND wanted=1 GROUP BY field", (job, module)
    )
    return dict(found.fetchall())


def wanted_rows(c: sqlite3.Connection, job: int, module: str) -> int:
    """How many rows of a module were not seen yet."""
    found = c.execute("SELECT count(*) FROM changes WHERE job=? AND module=? AND wanted=1", (job, module))
    return int(found.fetchone()[0])


def fields_of_wanted(c: sqlite3.Connection, job: int, module: str, record: int) -> dict[str, tuple[Any, Any]]:
    """The fields of one record that were not seen yet, each with its values after and before."""
    found = c.execute(
        "SELECT field, after, before FROM changes WHERE job=? AND module=? AND record=? AND wanted=1",
        (job, module, record),
    )
    return {row["field"]: (value(row["after"]), value(row["before"])) for row in found}


def wanted_by_module(c: sqlite3.Connection, job: int) -> dict[str, int]:
    """How many records of each module were not seen yet."""
    found = c.execute(
        "SELECT module, count(DISTINCT record) FROM changes WHERE job=? AND wanted=1 GROUP BY module", (job,)
    )
    return dict(found.fetchall())


def wanted_records(c: sqlite3.Connection, job: int, module: str, limit: int) -> list[int]:
    """Ids that were not seen yet, in the order in which they are sent."""
    found = c.execute(
        "SELECT record FROM changes WHERE job=? AND module=? AND wanted=1 GROUP BY record"
        " ORDER BY min(step), min(seq) LIMIT ?",
        (job, module, limit),
    )
    return [row[0] for row in found]


def borders(c: sqlite3.Connection, job: int) -> dict[str, int]:
    """By module, the first step that has records which a sweep was asked for and has not read."""
    found = c.execute("SELECT module, min(step) FROM changes WHERE job=? AND wanted=1 GROUP BY module", (job,))
    return {row[0]: row[1] or 0 for row in found}


def see(c: sqlite3.Connection, job: int, module: str, values: Mapping[int, Mapping[str, str]]) -> int:
    """Notes what was seen: by record, by field, JSON text. How many of the wanted rows that were."""
    rows = [(text, job, module, record, field) for record, fields in values.items() for field, text in fields.items()]
    before = c.total_changes
    c.executemany(
        "UPDATE changes SET seen=?, wanted=0 WHERE job=? AND module=? AND record=? AND field=? AND wanted=1", rows
    )
    return c.total_changes - before


def see_missing(c: sqlite3.Connection, job: int, module: str, record: int) -> None:
    """The record is gone."""
    c.execute(
        "UPDATE changes SET seen=?, wanted=0 WHERE job=? AND module=? AND record=? AND wanted=1",
        (MISSING, job, module, record),
    )


def not_told(c: sqlite3.Connection, job: int, module: str, record: int) -> None:
    """The record was read; fields that it did not hold are asked for no more."""
    c.execute("UPDATE changes SET wanted=0 WHERE job=? AND module=? AND record=? AND wanted=1", (job, module, record))


def take_before(c: sqlite3.Connection, job: int, module: str) -> None:
    """What was not seen is as it was when it was planned."""
    c.execute("UPDATE changes SET seen=before, wanted=0 WHERE job=? AND module=? AND wanted=1", (job, module))


def keep_seen_as_before(c: sqlite3.Connection, job: int) -> None:
    """For rows whose value was not loaded: what was seen is their value before; gone ones have failed."""
    _settle_missing(c, job)
    c.execute("UPDATE changes SET before=seen, seen=NULL WHERE job=? AND seen IS NOT NULL AND outcome IS NULL", (job,))


def settle_seen(c: sqlite3.Connection, job: int, done: Outcome, kept: Outcome, *, hold: str = "0") -> int:
    """Compares by row: after → done (or already so), before → still to do, else kept; the gone have failed.

    Rows under the condition `hold` are not kept yet, because something may still land on them: how many those are.
    """
    stamp = now_text()
    changed = "outcome IS NULL AND seen IS NOT NULL AND before IS NOT NULL AND seen!=before"
    _settle_missing(c, job)
    c.execute(
        "UPDATE changes SET outcome=CASE WHEN ever_sent>0 THEN ? ELSE ? END, settled_at=?, seen=NULL"
        " WHERE job=? AND outcome IS NULL AND seen=after",
        (done, Outcome.ALREADY_SO, stamp, job),
    )
    c.execute(
        "UPDATE changes SET outcome=?, message='changed since, by someone else: now ' || seen, settled_at=?,"
        f" seen=NULL WHERE job=? AND {changed} AND NOT ({hold})",
        (kept, stamp, job),
    )
    held = c.execute(f"SELECT count(*) FROM changes WHERE job=? AND {changed}", (job,)).fetchone()[0]
    c.execute("UPDATE changes SET seen=NULL WHERE job=? AND seen IS NOT NULL", (job,))
    return int(held)


def find_collisions(c: sqlite3.Connection, job: int) -> int:
    """What is neither as it was loaded nor as it shall be is for the person to decide: how many rows."""
    _settle_missing(c, job)
    c.execute(
        "UPDATE changes SET before=seen WHERE job=? AND outcome IS NULL AND seen IS NOT NULL AND before IS NULL", (job,)
    )
    c.execute(
        "UPDATE changes SET outcome=?, settled_at=?, seen=NULL WHERE job=? AND outcome IS NULL AND seen=after",
        (Outcome.ALREADY_SO, now_text(), job),
    )
    c.execute(
        "UPDATE changes SET theirs=seen WHERE job=? AND outcome IS NULL AND seen IS NOT NULL AND seen!=before", (job,)
    )
    c.execute("UPDATE changes SET seen=NULL WHERE job=? AND seen IS NOT NULL", (job,))
    return int(
        c.execute(
            "SELECT count(*) FROM changes WHERE job=? AND theirs IS NOT NULL AND outcome IS NULL", (job,)
        ).fetchone()[0]
    )


def _settle_missing(c: sqlite3.Connection, job: int) -> None:
    """A record that is gone can't be set or restored; deleted and forgotten it is."""
    c.execute(
        "UPDATE changes SET seen='true' WHERE job=? AND outcome IS NULL AND seen=? AND op IN ('delete', 'forget')",
        (job, MISSING),
    )
    c.execute(
        "UPDATE changes SET outcome=?, message='no longer exists in the CRM', settled_at=?, seen=NULL"
        " WHERE job=? AND outcome IS NULL AND seen=?",
        (Outcome.FAILED, now_text(), job, MISSING),
    )
