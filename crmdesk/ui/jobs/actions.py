"""What can be done with a job, from whatever screen shows it: all in the background, failures told calmly."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import Message
from crmdesk.ui.window.dialogs import choose

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan
    from crmdesk.ui.window.workspace import Desk


class JobActions(QObject):
    """Belongs to the widget that shows the job; work that the widget's end would harm outlives it."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__(owner)
        self._desk = desk
        self._owner = owner

    def resume(self, job_id: int, then: Callable[[], object] = lambda: None) -> None:
        """Start a plan, or go on with a job that rests."""
        self._start(
            self._desk.session.jobs.start(job_id),
            "Starting the job",
            lambda _none: then(),
            lambda: self.resume(job_id, then),
        )

    def pause(self, job_id: int) -> None:
        """Stop sending; it can be resumed."""
        # Not tied to the widget: closing the tab must not break off a pause half way.
        self._desk.tasks.start(self._desk.session.jobs.pause(job_id), title="Pausing the job")

    def cancel(self, job_id: int) -> None:
        """Ask, then end the job for good."""
        self._start(self._cancel(job_id), "Cancelling the job")

    async def _cancel(self, job_id: int) -> None:
        jobs = self._desk.session.jobs
        summary = await (await jobs.get(job_id)).summary()
        left = summary.counts["pending"]
        answer = await choose(
            self._owner.window(),
            "Cancel this job?",
            f"{words.records(left)} not done yet will stay as they are. What was sent already stays sent: what the"
            " CRM has accepted is followed to its end and reported. A cancelled job can't be resumed; pause it to go"
            " on later. What it has changed can be undone.",
            [("Go on", "plain"), ("Cancel the job", "danger")],
        )
        if answer == 1:
            self._desk.tasks.start(jobs.cancel(job_id), title="Cancelling the job")

    def undo(self, job_id: int, then: Callable[[Plan], object], failed: Callable[[], object] = lambda: None) -> None:
        """Plan the undo: the records are read first; `then` gets the plan."""
        self._plan(self._desk.session.jobs.plan_undo(job_id), "Planning the undo", then, failed)

    def retry(self, job_id: int, then: Callable[[Plan], object], failed: Callable[[], object] = lambda: None) -> None:
        """Plan another try at what failed."""
        self._plan(self._desk.session.jobs.plan_retry(job_id), "Planning another try", then, failed)

    def _plan(
        self,
        work: Coroutine[Any, Any, Plan],
        title: str,
        then: Callable[[Plan], object],
        failed: Callable[[], object],
    ) -> None:
        def told(error: BaseException) -> None:
            self._desk.say_error(error, title)
            failed()

        self._desk.tasks.start(work, owner=self._owner, title=title, on_done=then, on_failed=told)

    def delete_draft(self, job_id: int, then: Callable[[], object] = lambda: None) -> None:
        """Forget a plan that was never started."""
        self._start(self._desk.session.jobs.delete_draft(job_id), "Deleting the draft", lambda _none: then())

    def save_report(self, job_id: int, title: str, *, plan: bool = False) -> QFileDialog:
        """Ask where, then write every row as CSV or JSON."""
        asked = QFileDialog(self._owner.window(), "Save the plan" if plan else "Save the report")
        asked.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asked.setNameFilters(["CSV for spreadsheets (*.csv)", "JSON (*.json)"])
        asked.setDefaultSuffix("csv")
        asked.filterSelected.connect(lambda name: asked.setDefaultSuffix("json" if "json" in name else "csv"))
        asked.selectFile(f"{_file_name(title)}.csv")
        asked.fileSelected.connect(lambda path: self.write_report(job_id, Path(path)))
        asked.finished.connect(asked.deleteLater)
        asked.open()
        return asked

    def write_report(self, job_id: int, path: Path) -> None:
        """Write every row to `path`."""

        def told(count: int) -> None:
            self._desk.say(Message(f"{words.records(count)} written to {path.name}", str(path), tone="good"))

        self._start(
            self._desk.session.jobs.report(job_id, path),
            "Saving the report",
            told,
            lambda: self.write_report(job_id, path),
        )

    def _start(
        self,
        work: Coroutine[Any, Any, Any],
        title: str,
        on_done: Callable[[Any], object] | None = None,
        again: Callable[[], object] | None = None,
    ) -> None:
        self._desk.tasks.start(work, owner=self._owner, title=title, on_done=on_done, again=again)


def _file_name(title: str) -> str:
    """A title as every system takes it for a file."""
    kept = "".join(ch if ch.isalnum() or ch in " -_" else " " for ch in title)
    return " ".join(kept.split())[:60] or "plan"
