"""Review & save in one tab: what is staged → the plan → running → the result; back at any time until it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from crmdesk.changes.errors import PlanError
from crmdesk.store.errors import AccountBusy, NoSuchJob
from crmdesk.ui.commands import Command
from crmdesk.ui.jobs.actions import JobActions
from crmdesk.ui.jobs.flow import FlowPages, forget_plan, started
from crmdesk.ui.jobs.homes import open_home
from crmdesk.ui.jobs.rows_dialog import look_through
from crmdesk.ui.jobs.shown import Shown
from crmdesk.ui.review import ask
from crmdesk.ui.review.actions import commands_of
from crmdesk.ui.review.facts import EditFacts, find_edit, read_edit
from crmdesk.ui.review.plan_page import EditPlanPage
from crmdesk.ui.review.result_page import ResultPage
from crmdesk.ui.review.running import open_record
from crmdesk.ui.review.staged_page import StagedPage
from crmdesk.ui.widgets import Button
from crmdesk.ui.window.workspace import Desk, Workspace

if TYPE_CHECKING:
    from crmdesk.changes.drafts import DraftEvent
    from crmdesk.changes.jobs import JobEvent
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.review.staged_model import Line as StagedLine

TITLE = "Review & save"


class ReviewWorkspace(Workspace):
    """Staged edits, or one plan, on the way to its end."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self.plan: Plan | None = None
        self._summary: Summary | None = None
        self._work: asyncio.Task[Any] | None = None
        self._module: str | None = None
        self._records: frozenset[int | str] | None = None
        self.shown_as = Shown(desk, self)
        self.acts = JobActions(desk, self)
        self._make_frame()
        self._make_pages()
        leaves = (desk.session.jobs.subscribe(self._heard), desk.session.drafts.subscribe(self._drafts_changed))
        self.destroyed.connect(lambda: [leave() for leave in leaves])
        self._show(self.staged_page)
        self.asked(args)

    # -- what the window asks

    @property
    def title(self) -> str:
        """The text of the tab."""
        return self._summary.title if self._summary is not None and not self._of_staged() else TITLE

    @property
    def unsaved(self) -> bool:
        """The dot of staged edits."""
        return self._summary is None and self.desk.session.drafts.count() > 0

    def memory(self) -> Mapping[str, Any] | None:
        """Staged edits are in the journal, and so is a plan."""
        if self.plan is None:
            return {}
        return {"plan": self.plan.id} if started(self._summary) or not self._of_staged() else {}

    def asked(self, args: Mapping[str, Any]) -> None:
        """Show a plan, or what is staged: all of it, a module's, or some records'."""
        if "plan" in args:
            self.open_plan(int(args["plan"]))
            return
        records = args.get("records")
        self._module = args.get("module")
        self._records = None if records is None else frozenset(records)
        page = self.pages.currentWidget()
        if page is self.plan_page or (page is self.result_page and self._ended()):
            self.back()
        self.staged_page.narrow(self._module, self._records)

    def commands(self) -> Sequence[Command]:
        """What can be done on this page."""
        return commands_of(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes a step back while nothing runs."""
        page = self.pages.currentWidget()
        if event.key() == Qt.Key.Key_Escape and page is self.plan_page and self.plan_page.back_button.isEnabled():
            self.back()
        elif event.key() == Qt.Key.Key_Escape and self._work is not None:
            self.stop()
        else:
            super().keyPressEvent(event)

    def shown(self) -> None:
        """Edits may have been staged elsewhere."""
        self.staged_page.refresh()

    def closed(self) -> None:
        """A plan of what is staged can be made again at any time; it isn't left in the list of jobs."""
        if self._of_staged():
            self._forget_plan()

    # -- lay-out

    def _make_frame(self) -> None:
        self.in_jobs = Button("Open in &Jobs", self._open_in_jobs)
        self.to_staged = Button("Show what is &unsaved", self.back)
        self.frame = FlowPages(self, TITLE, self.in_jobs, self.to_staged)
        self.heading, self.pages = self.frame.heading, self.frame.pages

    def _make_pages(self) -> None:
        desk = self.desk
        self.staged_page = StagedPage(desk, self.shown_as)
        self.plan_page = EditPlanPage(desk, self.shown_as)
        self.result_page = ResultPage(desk, self.shown_as)
        self.job_page = self.result_page.job
        self.frame.add(self.staged_page, self.plan_page, self.result_page)
        self.staged_page.review.connect(self.review)
        self.staged_page.stop.connect(self.stop)
        self.staged_page.discard.connect(self.discard)
        self.staged_page.revert.connect(self.revert)
        self.staged_page.open.connect(self._open_line)
        self.staged_page.show_all.connect(lambda: self.asked({}))
        self.staged_page.counted.connect(self._counted)
        self.plan_page.save.connect(self.save)
        self.plan_page.back.connect(self.back)
        self.plan_page.look.connect(self.look)
        self.plan_page.write.connect(self.write)
        self.result_page.edit.connect(self._open_row)
        self.result_page.ask.connect(self._ask_unsettled)
        self.result_page.review.connect(lambda: self.asked({}))
        self.job_page.planned.connect(lambda plan_id: open_home(self, plan_id))
        self.job_page.open_plan.connect(lambda plan_id: open_home(self, plan_id))
        self.job_page.go_to.connect(lambda job_id: desk.open("jobs", {"job": job_id}))
        self.job_page.shown_anew.connect(self._job_shown)

    def _show(self, page: QWidget) -> None:
        self.frame.show(page)
        self._retitle()
        on_result = page is self.result_page
        self.in_jobs.setVisible(on_result)
        self.to_staged.setVisible(on_result and self.desk.session.drafts.count() > 0)
        self.desk.commands_changed()

    def _retitle(self) -> None:
        self.heading.setText(TITLE if self._summary is None else self._summary.title)
        self.title_changed.emit()

    def _counted(self) -> None:
        self.title_changed.emit()
        self.to_staged.setVisible(
            self.pages.currentWidget() is self.result_page and self.desk.session.drafts.count() > 0
        )

    # -- what is staged

    def revert_chosen(self) -> None:
        """Take the selected edits back."""
        self.revert(self.staged_page.table.chosen())

    def revert(self, lines: Sequence[StagedLine]) -> None:
        """Take edits back; the message bar can bring them again."""
        ask.discard_fields(self.desk, [line.key for line in lines])

    def discard(self) -> None:
        """Give up everything that is listed; asked first, since it may be much."""
        lines = self.staged_page.table.lines.lines
        fields = [line.key for line in lines]
        ask.discard_fields(self.desk, fields, asks=True, window=self)

    def _open_line(self, line: StagedLine) -> None:
        open_record(self.desk, line.edit.module, line.edit.record, line.edit.label)

    def _open_row(self, row: PlanRow) -> None:
        record = row.record_id if row.record_id is not None else row.result_id or row.local
        if record is not None:
            open_record(self.desk, row.module, record, row.label)

    # -- the plan

    def review(self) -> None:
        """Read the records and lay the plan out."""
        if self._work is not None or not self.staged_page.table.lines.rowCount():
            return
        self.staged_page.reading()
        module, records = (self._module, self._records) if self.staged_page.narrowed else (None, None)
        self._work = self.desk.tasks.start(
            self._review(module, records), owner=self, on_done=self._planned, on_failed=self._not_planned
        )

    async def _review(self, module: str | None, records: frozenset[int | str] | None) -> EditFacts:
        wanted = None if records is None else list(records)
        session = self.desk.session
        return await read_edit(session, await session.edits.review(module, wanted))

    def _planned(self, facts: EditFacts) -> None:
        self._rest()
        self.desk.session.heard(None)
        self._show_plan(facts)

    def _not_planned(self, error: BaseException) -> None:
        self._rest()
        self.desk.say_error(error, "Reviewing the changes", self.review)

    def _rest(self) -> None:
        self._work = None
        self.staged_page.resting()
        self.plan_page.busy("")

    def stop(self) -> None:
        """No plan after all."""
        if self._work is not None:
            self._work.cancel()
        self._rest()

    def _show_plan(self, facts: EditFacts) -> None:
        self.plan, self._summary = facts.plan, facts.summary
        self.plan_page.back_button.setText("&Back" if self._of_staged() else "&Discard the plan")
        self.plan_page.show_plan(facts)
        self._show(self.plan_page)
        if facts.collisions:
            self.plan_page.collisions.table.setFocus()
        else:
            self.plan_page.save_button.setFocus()

    def _of_staged(self) -> bool:
        """Whether the plan was made of what is staged: it can be given up and made again."""
        return self._summary is not None and bool(self._summary.intent.get("staged"))

    def open_plan(self, plan_id: int) -> None:
        """Show what the journal holds: a plan, or a job."""
        self.desk.tasks.start(
            find_edit(self.desk.session, plan_id), owner=self, on_done=self._found, on_failed=self._not_found
        )

    def _found(self, facts: EditFacts) -> None:
        if not started(facts.summary):
            self._show_plan(facts)
            return
        self.plan, self._summary = facts.plan, facts.summary
        self._show_job()

    def _not_found(self, error: BaseException) -> None:
        self._show(self.staged_page)
        if not isinstance(error, NoSuchJob):
            self.desk.say_error(error, "Opening the plan")

    def back(self) -> None:
        """To what is staged; a plan that was not started is forgotten, the edits stay."""
        self._forget_plan()
        self._show(self.staged_page)
        self.staged_page.refresh()

    def _forget_plan(self) -> None:
        plan, summary = self.plan, self._summary
        self.plan, self._summary = None, None
        if plan is not None and summary is not None and not started(summary):
            forget_plan(self.desk, plan)

    def look(self) -> None:
        """Look through all rows of the plan."""
        if self.plan is not None:
            look_through(self.desk, self.plan, self)

    def write(self) -> None:
        """Save the plan as a file."""
        if self.plan is not None and self._summary is not None:
            self.acts.save_report(self.plan.id, self._summary.title, plan=True)

    # -- running, and done

    def save(self) -> None:
        """Run the plan, with what was chosen where it collides."""
        if self.plan is None or self._work is not None or not self.plan_page.save_button.isEnabled():
            return
        self.frame.keep_keyboard()
        self.plan_page.busy("Starting…")
        self._work = self.desk.tasks.start(
            self._save(self.plan), owner=self, on_done=lambda _none: self._saving(), on_failed=self._not_saved
        )

    async def _save(self, plan: Plan) -> None:
        edits = self.desk.session.edits
        choices = self.plan_page.collisions.table.lines.choices
        if choices:
            plan = await edits.decide(plan, choices)
        await edits.save(plan)

    def _saving(self) -> None:
        self._rest()
        self._show_job()

    def _not_saved(self, error: BaseException) -> None:
        self._rest()
        if isinstance(error, AccountBusy | PlanError):
            self.plan_page.tell_trouble(error.message, error.remedy)
        else:
            self.desk.say_error(error, "Saving", self.save)

    def _show_job(self) -> None:
        if self.plan is not None:
            self.result_page.show_job(self.plan.id, "" if self._summary is None else self._summary.title)
            self._show(self.result_page)

    def _job_shown(self, summary: Summary) -> None:
        if self.plan is not None and summary.id == self.plan.id:
            self._summary = summary
            self._retitle()

    def _ended(self) -> bool:
        return self._summary is not None and self._summary.state.ended

    def _ask_unsettled(self, rows: Sequence[PlanRow]) -> None:
        if self.plan is not None:
            ask.unsettled(self.desk, self.plan.id, rows, window=self, then=self.job_page.reload)

    def _open_in_jobs(self) -> None:
        if self.plan is not None:
            self.desk.open("jobs", {"job": self.plan.id})

    def _drafts_changed(self, event: DraftEvent) -> None:
        """What the plan was made of is another one: saved from elsewhere, edited, taken back."""
        if self._summary is None or not self._of_staged() or self._work is not None:
            return
        intent = self._summary.intent
        module, records = intent.get("module"), intent.get("records")
        concerned = module in (None, event.module) and (
            not isinstance(records, list) or not event.records.isdisjoint(records)
        )
        if concerned and self.pages.currentWidget() is self.plan_page:
            self.plan_page.tell_stale()

    def _heard(self, event: JobEvent) -> None:
        """The plan may be started, or forgotten, from elsewhere."""
        if self.plan is None or event.job_id != self.plan.id:
            return
        page = self.pages.currentWidget()
        if event.what == "started" and page is not self.result_page:
            self._show_job()
        elif event.what == "ended" and page is self.plan_page and self._work is None:
            self.plan, self._summary = None, None
            self._show(self.staged_page)
