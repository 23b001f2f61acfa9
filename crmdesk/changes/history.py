"""What was changed on one record from here: by which job, when, and whether just that can be undone."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmdesk.store import rows
from crmdesk.store.words import Op, Outcome


@dataclass(frozen=True)
class HistoryRow:
    """One change of a record, by which job, and whether just that can be undone."""

    job_id: int
    seq: int
    title: str
    when: datetime | None
    op: Op
    field: str
    before: Any
    before_known: bool
    after: Any
    kind: str
    outcome: Outcome
    message: str
    undoable: bool


def history_of(c: sqlite3.Connection, module: str, record: int, limit: int) -> list[HistoryRow]:
    """The newest first."""
    found = c.execute(
        "SELECT c.*, j.title FROM changes c JOIN jobs j ON j.id=c.job WHERE c.module=? AND (c.record=? OR c.result=?)"
        " AND c.outcome IS NOT NULL AND c.outcome!='already_so' ORDER BY c.settled_at DESC, c.job DESC, c.seq LIMIT ?",
        (module, record, record, limit),
    )
    return [
        HistoryRow(
            job_id=row["job"],
            seq=row["seq"],
            title=row["title"],
            when=None if row["settled_at"] is None else datetime.fromisoformat(row["settled_at"]),
            op=Op(row["op"]),
            field=row["field"],
            before=rows.value(row["before"]),
            before_known=row["before"] is not None,
            after=rows.value(row["after"]),
            kind=row["kind"],
            outcome=Outcome(row["outcome"]),
            message=row["message"],
            undoable=row["outcome"] in ("changed", "reverted")
            and (row["before"] is not None or row["result"] is not None)
            and row["op"] not in ("forget", "call"),
        )
        for row in found
    ]
