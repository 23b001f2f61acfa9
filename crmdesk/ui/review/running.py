"""Small plans that need no look: run at once, in the background, and told in the message bar with an Undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crmdesk.config.errors import CrmDeskError
from crmdesk.store.staged import KEPT_THEIRS
from crmdesk.store.words import Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.window.workspace import Desk

SMALL = 20  # records: more than these want a look at the plan
KEY = "review:saved"
_GOOD = (Outcome.CHANGED, Outcome.REVERTED, Outcome.ALREADY_SO)


def open_record(desk: Desk, module: str, record: int | str, label: str = "") -> None:
    """Open a record's tab; one that is still to be created opens as what was begun."""
    if isinstance(record, str):
        desk.open("new", {"module": module, "local": record})
    else:
        desk.open("record", {"module": module, "id": record, "label": label})


def open_plan(desk: Desk, plan: Plan) -> None:
    """Show a plan where it can be looked at and saved."""
    desk.open("review", {"plan": plan.id})


async def run_plan(desk: Desk, plan: Plan, done: str = "") -> Summary:
    """Runs a plan to its end and tells what came of it; `done` is what is said when all went well.

    Raises AccountBusy, PlanError, CrmError.
    """
    await start_plan(desk, plan)
    return await follow_plan(desk, plan, done)


async def start_plan(desk: Desk, plan: Plan) -> None:
    """Starts a plan; one that can't be started is forgotten. Raises AccountBusy, PlanError, CrmError."""
    try:
        await desk.session.edits.save(plan)
    except CrmDeskError:
        # What it was made of is still staged, and it can be planned again.
        await desk.session.jobs.delete_draft(plan.id)
        raise


async def follow_plan(desk: Desk, plan: Plan, done: str = "") -> Summary:
    """Waits for the end of a plan that was started, and tells what came of it."""
    summary = await desk.session.jobs.wait(plan.id)
    desk.session.heard(None)
    wrong = await wrong_of(plan)
    tell_result(desk, summary, wrong, done)
    return summary


async def wrong_of(plan: Plan) -> list[PlanRow]:
    """The rows of a small plan that did not come to what was wanted."""
    rows = await plan.rows(0, 1000)
    return [row for row in rows if row.outcome not in _GOOD and row.outcome is not None and row.message != KEPT_THEIRS]


def tell_result(desk: Desk, summary: Summary, wrong: Sequence[PlanRow], done: str = "") -> None:
    """One message: done with Undo, or what failed with a way to mend it."""
    job_id = summary.id
    show: tuple[str, Callable[[], object]] = ("Show", lambda: desk.open("review", {"plan": job_id}))
    if not summary.state.ended:
        rests = "It rests and can be resumed from Jobs; nothing is applied twice."
        desk.say(Message(f"“{summary.title}” is not finished", rests, summary.note, "staged", (show,), KEY))
        return
    if not wrong:
        changed = summary.counts.get(Outcome.CHANGED, 0) + summary.counts.get(Outcome.REVERTED, 0)
        text = done or words.heading(summary)
        if not changed:
            desk.say(Message("Nothing had to be sent: it is so already", tone="good", key=KEY))
            return
        undo: tuple[str, Callable[[], object]] = ("Undo", lambda: undo_now(desk, job_id))
        desk.say(Message(text, tone="good", actions=(undo, show) if summary.undoable else (show,), key=KEY))
        return
    first = wrong[0]
    record = first.record_id if first.record_id is not None else first.result_id or first.local
    actions: list[tuple[str, Callable[[], object]]] = []
    if record is not None and first.outcome is not Outcome.UNSETTLED:
        actions.append(("Edit", lambda: open_record(desk, first.module, record, first.label)))
    actions.append(show)
    reasons = list(dict.fromkeys(row.message for row in wrong if row.message))
    saved = summary.records - len(wrong)
    part = f"; {words.changes(saved)} saved" if saved > 0 else ""
    text = f"{words.changes(len(wrong))} not saved{part}"
    desk.say(Message(text, " ".join(_sentence(reason) for reason in reasons[:3]), "", "warning", tuple(actions), KEY))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def undo_now(
    desk: Desk,
    job_id: int,
    *,
    module: str | None = None,
    records: Sequence[int] | None = None,
    fields: Sequence[str] | None = None,
) -> None:
    """Give back what a job changed: a small one at once, a large one after a look at its plan."""
    desk.tasks.start(
        _undo(desk, job_id, module, records, fields),
        title="Undoing",
        again=lambda: undo_now(desk, job_id, module=module, records=records, fields=fields),
    )


async def _undo(
    desk: Desk, job_id: int, module: str | None, records: Sequence[int] | None, fields: Sequence[str] | None
) -> None:
    plan = await desk.session.jobs.plan_undo(
        job_id,
        module=module,
        records=None if records is None else list(records),
        fields=None if fields is None else list(fields),
    )
    if (await plan.summary()).touched > SMALL:
        open_plan(desk, plan)
        return
    await run_plan(desk, plan, "Undone")
