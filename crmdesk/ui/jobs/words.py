"""Jobs in words: states, outcomes, counts and lengths of time, as the person reads them. No Qt here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crmdesk.config.times import shown, shown_clock, shown_length
from crmdesk.store.staged import KEPT_THEIRS
from crmdesk.store.words import JobState, Outcome

if TYPE_CHECKING:
    from crmdesk.changes.plan import Reason, Summary

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "pending": ("To do", "not settled yet"),
    Outcome.CHANGED: ("Changed", "it is as the plan wanted it"),
    Outcome.REVERTED: ("Given back", "it is as it was before the job"),
    Outcome.ALREADY_SO: ("Already so", "nothing had to be sent"),
    Outcome.SKIPPED: ("Skipped", "somebody else changed it meanwhile, or it was left out"),
    Outcome.KEPT: ("Kept", "it no longer had what the job wrote, so it was left alone"),
    Outcome.FAILED: ("Failed", "the CRM refused it"),
    Outcome.UNSETTLED: ("Unsettled", "nobody can say yet what the CRM made of it"),
    Outcome.NOT_ATTEMPTED: ("Not attempted", "the job was cancelled before it was sent"),
}
KINDS: Mapping[str, str] = {
    "reassign": "Reassign",
    "handover": "Handover",
    "undo": "Undo",
    "retry": "Retry",
    "edit": "Edit",
    "set": "Set fields",
    "set_fields": "Set fields",
    "create": "Create",
    "clone": "Copy",
    "delete": "Delete",
    "restore": "Restore",
    "forget": "Forget",
    "relate": "Edit",
    "import": "Import",
    "call": "Action",
}
_DONE: Mapping[str, tuple[str, str]] = {
    "reassign": ("reassigned", "it has its new owner"),
    "handover": ("handed over", "it has its new owner"),
    "create": ("created", "it is in the CRM"),
    "clone": ("copied", "its copy is in the CRM"),
    "delete": ("deleted", "it is in the Recycle Bin, or gone where the CRM has none for it"),
    "restore": ("restored", "it is back from the Recycle Bin"),
    "forget": ("forgotten for good", "nothing brings it back"),
    "import": ("imported", "it is as the file wanted it"),
}
OF_OWNERS = ("reassign", "handover")  # kinds of jobs that change nothing but owners
REQUESTS: Mapping[str, str] = {"read": "to read", "write": "to write", "follow": "to follow up", "settle": "to settle"}
_STATES: Mapping[JobState, str] = {
    JobState.DRAFT: "Draft",
    JobState.PLANNED: "Planned",
    JobState.RUNNING: "Running",
    JobState.PAUSED: "Paused",
    JobState.WAITING: "Waiting for the budget",
    JobState.SETTLING: "Settling",
    JobState.FINISHED: "Finished",
    JobState.FINISHED_WITH_FAILURES: "Finished with failures",
    JobState.CANCELLED: "Cancelled",
}
THEIRS_CHOSEN = "theirs was kept, as you chose"
_NOW = re.compile(r"now (null|true|false|-?\d[\d.]*|\".*\"|\[.*\]|\{.*\})$", re.DOTALL)


def records(count: int) -> str:
    """ "1 record", "3,120 records"."""
    return f"{count:,} record" + ("" if count == 1 else "s")


def changes(count: int) -> str:
    """ "1 change", "3,120 changes"."""
    return f"{count:,} change" + ("" if count == 1 else "s")


def look_through(count: int) -> str:
    """The text of the button that shows every row of a plan or job."""
    return f"&Look through {count:,} row" + ("" if count == 1 else "s")


def requests(count: int) -> str:
    """ "1 request", "209 requests"."""
    return f"{count:,} request" + ("" if count == 1 else "s")


def outcome_name(outcome: str | None) -> str:
    """An outcome's name; "To do" for none yet."""
    return OUTCOMES[outcome or "pending"][0]


def _act(summary: Summary) -> str:
    """What a job did: its kind, and for edits the one thing that all of them were."""
    ops = set(summary.ops)
    only = str(ops.pop()) if len(ops) == 1 else ""
    return only if summary.kind == "edit" and only in _DONE else summary.kind


def named(outcome: str, summary: Summary) -> str:
    """An outcome's name in this job: what was made is "Created"."""
    act = _act(summary)
    return _DONE[act][0].capitalize() if outcome == Outcome.CHANGED and act in _DONE else OUTCOMES[outcome][0]


def meaning(outcome: str, summary: Summary, reasons: Iterable[Reason]) -> str:
    """What an outcome means in this job; where theirs was taken, that was wanted."""
    act = _act(summary)
    usual = _DONE[act][1] if outcome == Outcome.CHANGED and act in _DONE else OUTCOMES[outcome][1]
    counts = {True: 0, False: 0}
    for reason in reasons:
        if reason.outcome == outcome:
            counts[reason.message == KEPT_THEIRS] += reason.records
    if not counts[True]:
        return usual
    return f"{counts[True]:,} where {THEIRS_CHOSEN}; else {usual}" if counts[False] else THEIRS_CHOSEN


def kind_name(kind: str) -> str:
    """A kind of job as people call it."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())


def kind_of(summary: Summary) -> str:
    """A job's kind; of one that comes from another, from which: "Undo of 12"."""
    of = f" of {summary.parent_id}" if summary.parent_id is not None and summary.kind in ("undo", "retry") else ""
    return f"{kind_name(_act(summary))}{of}"


def state_name(summary: Summary, *, here: bool = False) -> str:
    """A job's state; one that nobody runs is interrupted, one that waits says until when.

    `here`: it runs in this process, whose first word to the journal may still be under way.
    """
    if here and summary.state in (JobState.PLANNED, JobState.PAUSED):
        return _STATES[JobState.RUNNING]
    if summary.interrupted:
        return "Interrupted"
    if summary.state is JobState.WAITING and summary.waiting_until is not None:
        return f"Waiting until {shown_clock(summary.waiting_until)}"
    return _STATES[summary.state]


def state_tone(summary: Summary, *, here: bool = False) -> str:
    """The colour of a state: warning where the person is wanted, accent while it works, good at a good end."""
    if here and not summary.state.ended:
        return "accent"
    if summary.interrupted or summary.state in (JobState.PAUSED, JobState.FINISHED_WITH_FAILURES):
        return "warning"
    if summary.state in (JobState.RUNNING, JobState.WAITING, JobState.SETTLING):
        return "accent"
    return "good" if summary.state is JobState.FINISHED else "muted"


def request_kinds(by_kind: Mapping[str, int]) -> str:
    """ "17 to read, 17 to write"; empty where nothing was sent."""
    order = list(REQUESTS)
    kinds = sorted(by_kind, key=lambda kind: order.index(kind) if kind in order else len(order))
    return ", ".join(f"{by_kind[kind]:,} {REQUESTS.get(kind, kind)}" for kind in kinds if by_kind[kind])


def moment(at: datetime | None) -> str:
    """A time on the person's clock; today without its date."""
    return "" if at is None else shown_clock(at)


def moment_of_text(text: str | None) -> str:
    """A journal's time as the person reads it."""
    if not text:
        return ""
    return shown(datetime.fromisoformat(text), seconds=True)


def length(seconds: float) -> str:
    """How long something took; empty for nothing."""
    return shown_length(seconds) if seconds > 0 else ""


def told(message: str, name_of: Callable[[Any], str]) -> str:
    """A row's message with the value as people read it where the journal has JSON ("… now 2000003516")."""
    if message == KEPT_THEIRS:
        return THEIRS_CHOSEN

    def named(match: re.Match[str]) -> str:
        try:
            return f"now {name_of(json.loads(match[1]))}"
        except ValueError:  # the CRM's own words happened to look like a value
            return match[0]

    return _NOW.sub(named, message)


def heading(summary: Summary) -> str:
    """What a job has come to, in one sentence."""
    counts = summary.counts
    done = counts.get(Outcome.CHANGED, 0) + counts.get(Outcome.REVERTED, 0)
    if not summary.state.ended:
        return summary.title
    if summary.state is JobState.CANCELLED:
        return f"Cancelled after {records(done)}"
    if summary.kind == "undo":
        return f"{records(done)} given back" if done else "Nothing had to be given back"
    if not done:
        unsettled = counts.get(Outcome.UNSETTLED, 0)
        return f"It is not known what became of {records(unsettled)}" if unsettled else "No record was changed"
    if (act := _act(summary)) in _DONE:
        return f"{records(done)} {_DONE[act][0]}"
    return f"{changes(done)} saved"
