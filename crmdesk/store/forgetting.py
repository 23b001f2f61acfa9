"""Wipes a forgotten person's values from the journal: the id and the fact stay, nothing that was written there.

All functions are parts of a transaction, but `wipe_copies`. Nothing can be read back from the file's free space,
since a durable database writes over what it deletes.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

from crmdesk.store.staged import KIND as DRAFT_KIND

_KEPT_OF_INTENT = ("staged", "given_back", "module", "forget", "clone", "selected", "view")
_VALUES = (
    "UPDATE changes SET label='', before=NULL, after=CASE WHEN op IN ('delete', 'restore', 'forget') THEN after"
    " WHEN outcome IS NULL THEN NULL ELSE 'null' END, theirs=NULL, seen=NULL, key=NULL, message='',"
    " outcome=CASE WHEN outcome IS NULL AND op!='forget' THEN 'skipped' ELSE outcome END"
    " WHERE module=? AND (record=? OR result=?)"
)


def wipe(c: sqlite3.Connection, module: str, record: int) -> int:
    """Every job's rows of one record lose their values, and what is staged for it is gone; how many rows that were."""
    c.execute("PRAGMA secure_delete=ON")
    c.execute(
        "DELETE FROM changes WHERE job IN (SELECT id FROM jobs WHERE kind=?) AND module=? AND record=?",
        (DRAFT_KIND, module, record),
    )
    _wipe_jobs(c, module, record)
    _wipe_steps(c, module, record)
    return c.execute(_VALUES, (module, record, record)).rowcount


def _wipe_jobs(c: sqlite3.Connection, module: str, record: int) -> None:
    """Titles that name the record name its id; of jobs about it alone, what they were asked for is gone, too."""
    found = c.execute(
        "SELECT DISTINCT job, label FROM changes WHERE module=? AND (record=? OR result=?)", (module, record, record)
    ).fetchall()
    for job, label in found:
        if label:
            c.execute("UPDATE jobs SET title=replace(title, ?, ?) WHERE id=?", (label, str(record), job))
        others = c.execute(
            "SELECT 1 FROM changes WHERE job=? AND NOT (module=? AND coalesce(result, record, 0)=?) LIMIT 1",
            (job, module, record),
        ).fetchone()
        if others is None:
            intent = json.loads(c.execute("SELECT intent FROM jobs WHERE id=?", (job,)).fetchone()[0])
            kept = {name: value for name, value in intent.items() if name in _KEPT_OF_INTENT}
            c.execute("UPDATE jobs SET intent=?, note='' WHERE id=?", (json.dumps(kept), job))


def _wipe_steps(c: sqlite3.Connection, module: str, record: int) -> None:
    """What the CRM said of its requests, and the values that these gave to it alone."""
    mine = "FROM changes x WHERE x.job=steps.job AND x.step=steps.no"
    of_record = "x.module=? AND (x.record=? OR x.result=?)"
    c.execute(
        f"UPDATE steps SET message='' WHERE message!='' AND EXISTS (SELECT 1 {mine} AND {of_record})",
        (module, record, record),
    )
    c.execute(
        f"UPDATE steps SET target=NULL WHERE way='bulk_update' AND EXISTS (SELECT 1 {mine} AND {of_record})"
        f" AND NOT EXISTS (SELECT 1 {mine} AND NOT ({of_record}))",
        (module, record, record, module, record, record),
    )


def wipe_forgotten(c: sqlite3.Connection, job: int) -> None:
    """The same for all records that a job has forgotten, or found gone."""
    found = c.execute(
        "SELECT module, record FROM changes WHERE job=? AND op='forget' AND record IS NOT NULL"
        " AND outcome IN ('changed', 'already_so')",
        (job,),
    ).fetchall()
    for row in found:
        wipe(c, row["module"], row["record"])


def wipe_copies(path: Path, module: str, record: int) -> None:
    """The copies that migrations kept of the file lose them, too."""
    for copy in path.parent.glob(f"{path.name}.version-*"):
        with contextlib.closing(sqlite3.connect(copy)) as c, c:
            c.execute("PRAGMA secure_delete=ON")
            names = {row[1] for row in c.execute("PRAGMA table_info(changes)")}
            labels = c.execute(
                "SELECT DISTINCT job, label FROM changes WHERE module=? AND record=? AND label!=''", (module, record)
            ).fetchall()
            c.executemany(
                "UPDATE jobs SET title=replace(title, ?, ?) WHERE id=?",
                [(label, str(record), job) for job, label in labels],
            )
            more = "".join(f", {name}=NULL" for name in ("theirs", "seen", "key") if name in names)
            mine = "record=? OR result=?" if "result" in names else "record=?"
            c.execute(
                f"UPDATE changes SET label='', before=NULL, after='null', message=''{more} WHERE module=? AND ({mine})",
                (module, *[record] * mine.count("?")),
            )
