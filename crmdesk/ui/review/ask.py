"""What other screens call to save, delete, restore, forget, copy, discard and share records.

Everything is asked in dialogs that block nothing, and done in the background; friction grows with the harm: one
record saves with a click, many want a look at their plan, and forgetting wants the name typed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QWidget

from crmdesk.changes.drafts import RecordKey, Staged
from crmdesk.changes.errors import NothingToDo
from crmdesk.planning.intents import SelectedRecords, WholeView
from crmdesk.ui.jobs import words
from crmdesk.ui.review.deleting import DeleteDialog
from crmdesk.ui.review.forgetting import ForgetDialog
from crmdesk.ui.review.running import KEY, SMALL, follow_plan, open_plan, run_plan, start_plan
from crmdesk.ui.review.teams import TeamDialog
from crmdesk.ui.review.unsure import UnsureDialog
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.window.workspace import Desk

Records = SelectedRecords | WholeView
FieldKey = tuple[str, RecordKey, str]
ASKED_FROM = 6  # fewer edits are given up without a question: they can be brought back


def window_of(desk: Desk, widget: QWidget | None = None) -> QWidget | None:
    """The window that a dialog belongs to; None where a desk has none."""
    if widget is not None:
        return widget.window()
    found = getattr(desk, "window_", None)
    return found if isinstance(found, QWidget) else None


# -- saving ------------------------------------------------------------------------------------


def save_now(desk: Desk, module: str | None = None, record: RecordKey | Iterable[RecordKey] | None = None) -> None:
    """Save what is staged of a record, some records, a module, or all: at once where it is little and nobody else
    changed it; else its plan is shown.
    """
    records = [record] if isinstance(record, int | str) else None if record is None else list(record)

    def started(found: tuple[Plan, str] | None) -> None:
        if found is not None:
            desk.tasks.start(follow_plan(desk, *found), title="Saving")

    # One after the other until it is started: what is staged must not go into two plans. Its end is waited for beside.
    desk.tasks.start(
        _start_saving(desk, module, records),
        title="Saving",
        on_done=started,
        again=lambda: save_now(desk, module, records),
        changes=True,
    )


async def _start_saving(desk: Desk, module: str | None, records: list[RecordKey] | None) -> tuple[Plan, str] | None:
    """The plan that was started and what is said when it is done; None where nothing runs."""
    try:
        plan = await desk.session.edits.review(module, records)
    except NothingToDo:
        desk.say(Message("Nothing is unsaved here", key=KEY))
        return None
    summary = await plan.summary()
    if summary.collisions or summary.touched > SMALL:
        open_plan(desk, plan)
        return None
    rows = await plan.rows(0, 1)
    name = rows[0].label if summary.touched <= 1 and rows else ""
    await start_plan(desk, plan)
    return plan, f"Saved {name}" if name else (
        f"Saved {words.changes(summary.records)} on {words.records(summary.touched)}"
    )


# -- giving up what is staged ------------------------------------------------------------------


def discard(desk: Desk, module: str | None = None, records: Iterable[RecordKey] | None = None) -> None:
    """Give up what is staged of some records, a module, or all; asked first where it is much."""
    drafts = desk.session.drafts
    wanted = None if records is None else set(records)
    fields = [
        (name, record, field)
        for name in drafts.modules()
        if module is None or name == module
        for record, edits in drafts.staged(name).items()
        if wanted is None or record in wanted
        for field in edits
    ]
    discard_fields(desk, fields, asks=len(fields) >= ASKED_FROM)


def discard_fields(
    desk: Desk, fields: Sequence[FieldKey], *, asks: bool = False, window: QWidget | None = None
) -> None:
    """Give up these edits; the message that tells of it can bring them back."""
    if not fields:
        return
    if asks:
        desk.tasks.start(_ask_discard(desk, fields, window_of(desk, window)), title="Discarding")
    else:
        _discard_now(desk, fields)


async def _ask_discard(desk: Desk, fields: Sequence[FieldKey], window: QWidget | None) -> None:
    from crmdesk.ui.window.dialogs import choose

    records = len({(module, record) for module, record, _ in fields})
    answer = await choose(
        window,
        f"Discard {words.changes(len(fields))}?",
        f"They are on {words.records(records)} and were not saved. The CRM keeps what it has.",
        [("Keep them", "plain"), (f"Discard {words.changes(len(fields))}", "danger")],
    )
    if answer == 1:
        _discard_now(desk, fields)


def _discard_now(desk: Desk, fields: Sequence[FieldKey]) -> None:
    drafts = desk.session.drafts
    kept = [edit for module, record, field in fields if (edit := drafts.get(module, record, field)) is not None]
    for edit in kept:
        drafts.revert(edit.module, edit.record, edit.field)
    if kept:
        text = "1 change taken back" if len(kept) == 1 else f"{words.changes(len(kept))} taken back"
        desk.say(Message(text, actions=(("Bring back", lambda: _bring_back(desk, kept)),), key="review:discarded"))


def _bring_back(desk: Desk, edits: Sequence[Staged]) -> None:
    drafts = desk.session.drafts
    for edit in edits:
        if isinstance(edit.record, str):
            drafts.stage_new(
                edit.module,
                edit.after,
                kinds=edit.kinds or {},
                label=edit.label,
                local=edit.record,
                clone_of=edit.clone_of,
            )
    drafts.stage(edit for edit in edits if not isinstance(edit.record, str))


# -- deleting, restoring, forgetting, copying --------------------------------------------------


def delete_records(desk: Desk, what: Records, window: QWidget | None = None) -> QDialog | None:
    """Ask, then move records to the Recycle Bin. A large set, or a view, is shown as a plan, which asks by itself."""
    spec = desk.session.modules.get(what.module)
    few = isinstance(what, SelectedRecords) and len(what.rows) <= SMALL
    if not few and spec.key != "sales_accounts":
        _plan(desk, desk.session.edits.delete(what), "Planning the deletion", lambda plan: open_plan(desk, plan))
        return None
    dialog = DeleteDialog(desk, spec, what, window_of(desk, window))

    def go() -> None:
        work = desk.session.edits.delete(what, with_contacts_and_deals=dialog.along)
        _plan(desk, work, "Planning the deletion", lambda plan: _run_or_show(desk, plan, "deleted"))

    dialog.accepted.connect(go)
    dialog.open()
    return dialog


def restore_records(desk: Desk, what: Records) -> None:
    """Bring records back from the Recycle Bin: a few at once, many after a look at the plan."""
    work = desk.session.edits.restore(what)
    _plan(desk, work, "Planning the restoring", lambda plan: _run_or_show(desk, plan, "restored"))


def forget_record(desk: Desk, spec: ModuleSpec, record: int, label: str, window: QWidget | None = None) -> QDialog:
    """Ask for the name, then remove a record for good, from CRMDesk's own files, too."""
    dialog = ForgetDialog(desk, spec, record, label, window_of(desk, window))

    def go() -> None:
        work = desk.session.edits.forget(spec.key, record, label)
        done = f"{label or f'{spec.singular} {record}'} is forgotten for good"
        _plan(
            desk,
            work,
            "Planning to forget",
            lambda plan: desk.tasks.start(run_plan(desk, plan, done), title="Forgetting"),
        )

    dialog.accepted.connect(go)
    dialog.open()
    return dialog


def clone_record(desk: Desk, spec: ModuleSpec, record: int, label: str) -> None:
    """Open a copy to be filled in; nothing is made before it is saved."""
    desk.open("new", {"module": spec.key, "clone_of": record, "label": label})


def _plan(desk: Desk, work: Coroutine[Any, Any, Plan], title: str, then: Callable[[Plan], object]) -> None:
    desk.tasks.start(work, title=title, on_done=then)


def _run_or_show(desk: Desk, plan: Plan, verb: str, done: str = "") -> None:
    """Runs a small plan, and says "3 records deleted" or what `done` says; shows a large one."""
    desk.tasks.start(_small_or_shown(desk, plan, verb, done), title="Starting")


async def _small_or_shown(desk: Desk, plan: Plan, verb: str, done: str) -> None:
    summary = await plan.summary()
    if summary.touched > SMALL:
        open_plan(desk, plan)
    else:
        await run_plan(desk, plan, done or f"{words.records(summary.touched)} {verb}")


# -- teams, and what nobody can say ------------------------------------------------------------


def manage_team(desk: Desk, what: SelectedRecords, window: QWidget | None = None) -> QDialog:
    """Show who works on a record beside its owner, and change it; for several records: add or take away."""
    dialog = TeamDialog(desk, what, window_of(desk, window))
    dialog.planned.connect(lambda plan: _run_or_show(desk, plan, "", "The team is saved"))
    dialog.open()
    return dialog


def unsettled(
    desk: Desk,
    job: int,
    rows: Sequence[PlanRow],
    window: QWidget | None = None,
    then: Callable[[], object] = lambda: None,
) -> QDialog:
    """Ask what became of records whose answer was lost: one of the candidates, or none; one after the other."""
    dialog = UnsureDialog(desk, job, rows, window_of(desk, window))
    dialog.settled.connect(then)
    dialog.open()
    return dialog
