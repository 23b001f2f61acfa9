"""Whether a plan may start beside what other jobs have in the air."""

from __future__ import annotations

import sqlite3

from crmdesk.changes.errors import RecordsUnsettled
from crmdesk.store import journal as book
from crmdesk.store.words import JobState


def check_unsettled(c: sqlite3.Connection, job_id: int, running: tuple[int, ...]) -> None:
    """No plan starts on records that another job has in the air, or is about to write."""
    unfinished = [state for state in JobState if state.unfinished]
    for other in running:
        row = c.execute(
            "SELECT count(*) FROM changes mine"
            " JOIN changes c ON c.job=? AND c.module=mine.module AND c.record=mine.record"
            " WHERE mine.job=? AND mine.record IS NOT NULL AND c.outcome IS NULL AND c.step IS NOT NULL",
            (other, job_id),
        ).fetchone()
        if row[0]:
            raise RecordsUnsettled(other, book.job_row(c, other).title, row[0])
    marks = ",".join("?" * len(unfinished))
    row = c.execute(
        "SELECT j.id, j.title, count(*) AS records FROM steps s JOIN jobs j ON j.id=s.job"
        " JOIN changes c ON c.job=s.job AND c.step=s.no"
        " JOIN changes mine ON mine.job=? AND mine.module=c.module AND mine.record=c.record AND mine.field=c.field"
        f" WHERE s.job!=? AND j.state IN ({marks}) AND (s.state IN ('sent', 'accepted') AND c.outcome IS NULL"
        " OR s.way IN ('bulk_upsert', 'bulk_create') AND s.lost_at IS NOT NULL) GROUP BY j.id LIMIT 1",
        (job_id, job_id, *unfinished),
    ).fetchone()
    if row is not None:
        raise RecordsUnsettled(row["id"], row["title"], row["records"])
