"""Wipes a forgotten person's values from the journal: the id and the fact stay, nothing that was written there.

All functions are parts of a transaction, but `wipe_copies`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

_VALUES = (
    "UPDATE changes SET label='', before=NULL, after=CASE WHEN op IN ('delete', 'restore', 'forget') THEN after"
    " WHEN outcome IS NULL THEN NULL ELSE 'null' END, theirs=NULL, seen=NULL, key=NULL, message='',"
    " outcome=CASE WHEN outcome IS NULL AND op!='forget' THEN 'skipped' ELSE outcome END"
    " WHERE module=? AND (record=? OR result=?)"
)


def wipe(c: sqlite3.Connection, module: str, record: int) -> int:
    """Every job's rows of one record lose their values; how many rows that were."""
    c.execute("PRAGMA secure_delete=ON")
    return c.execute(_VALUES, (module, record, record)).rowcount


def wipe_step(c: sqlite3.Connection, job: int, step: int) -> None:
    """The same for all records of a step that forgets."""
    found = c.execute(
        "SELECT module, record FROM changes WHERE job=? AND step=? AND op='forget'", (job, step)
    ).fetchall()
    for row in found:
        wipe(c, row["module"], row["record"])


def wipe_copies(path: Path, module: str, record: int) -> None:
    """The copies that migrations kept of the file lose them, too."""
    for copy in path.parent.glob(f"{path.name}.version-*"):
        with contextlib.closing(sqlite3.connect(copy)) as c, c:
            c.execute("PRAGMA secure_delete=ON")
            c.execute(
                "UPDATE changes SET label='', before=NULL, after='null', message='' WHERE module=? AND record=?",
                (module, record),
            )
