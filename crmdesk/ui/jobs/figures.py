"""The few figures and the one line that tell of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.store.words import Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import Figure

if TYPE_CHECKING:
    from crmdesk.changes.plan import Summary


def about(summary: Summary, *, here: bool) -> str:
    """State, kind and times in one line."""
    parts = [words.state_name(summary, here=here), words.kind_of(summary)]
    if summary.started_at is None:
        parts.append(f"planned {words.moment(summary.created_at)}")
    else:
        parts.append(f"started {words.moment(summary.started_at)}")
    if summary.finished_at is not None:
        parts.append(f"ended {words.moment(summary.finished_at)}")
    return " · ".join(parts)


def figures_of(summary: Summary) -> list[Figure]:
    """How many records and changes, at what cost, in what time, and whether it can be undone."""
    counts = summary.counts
    done = counts.get(Outcome.CHANGED, 0) + counts.get(Outcome.REVERTED, 0)
    part = summary.state.ended and done != summary.records
    note = f"{done:,} changed" if part else ""
    if summary.touched in (0, summary.records):
        figures = [Figure("Records", f"{summary.records:,}", note)]
    else:
        figures = [
            Figure("Records", f"{summary.touched:,}"),
            Figure("Changes", f"{summary.records:,}", f"{done:,} saved" if part else ""),
        ]
    if summary.started_at is not None:
        figures.append(Figure("Requests", f"{summary.sent_requests:,}", words.request_kinds(summary.by_kind)))
        figures.append(Figure("Took", words.length(summary.seconds) or "0 s"))
    else:
        figures.append(Figure("Requests", f"{summary.planned_requests:,}", "planned"))
    if summary.state.ended:
        undo = ("Yes", "owner only, not e-mails sent") if summary.kind in words.OF_OWNERS else ("Yes", "")
        if not summary.undoable:
            undo = ("No", "nothing was changed" if not done else "it is for good")
        figures.append(Figure("Can be undone", *undo))
    return figures
