"""Import in one tab: the file → its columns → the check → a trial of ten rows → the rest; back until it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from crmdesk.changes.errors import PlanError
from crmdesk.planning.import_plan import TRIAL
from crmdesk.store.errors import AccountBusy
from crmdesk.ui.commands import Command
from crmdesk.ui.jobs.actions import JobActions
from crmdesk.ui.jobs.flow import FlowPages, forget_plan, started
from crmdesk.ui.jobs.homes import open_home
from crmdesk.ui.jobs.rows_dialog import look_through
from crmdesk.ui.jobs.shown import Shown
from crmdesk.ui.review.plan_page import EditPlanPage
from crmdesk.ui.transfer import places
from crmdesk.ui.transfer.check_page import CheckPage
from crmdesk.ui.transfer.failed_rows import FailedRows
from crmdesk.ui.transfer.file_page import FilePage
from crmdesk.ui.transfer.import_result import ImportResultPage
from crmdesk.ui.transfer.import_work import ImportWork, close_later
from crmdesk.ui.transfer.match_page import MatchPage
from crmdesk.ui.transfer.steps import StepsBar
from crmdesk.ui.transfer.working import WorkPage
from crmdesk.ui.window.workspace import Desk, Workspace

if TYPE_CHECKING:
    from crmdesk.changes.jobs import JobEvent
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.crm.schema import Schema
    from crmdesk.planning.import_plan import Checked, Importing
    from crmdesk.planning.reassign import ReadCost
    from crmdesk.ui.review.facts import EditFacts

FILE, COLUMNS, CHECK, TRY, REST = range(5)
STEPS = ("File", "Columns", "Check", "Trial", "The rest")
_UNITS = {"reading the file": "rows looked at", "reading the CRM": "records read", "planning": "rows planned"}


class ImportWorkspace(Workspace):
    """`args`: module and path, both may be absent."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        places.use_zone(desk)
        self.work: ImportWork | None = None
        self.plan: Plan | None = None
        self._summary: Summary | None = None
        self._task: asyncio.Task[Any] | None = None
        self._of_trial = False
        self.shown_as = Shown(desk, self)
        self.acts = JobActions(desk, self)
        self.failed_rows = FailedRows(self)
        self._make_frame()
        self._make_pages()
        leave = desk.session.jobs.subscribe(self._heard)
        self.destroyed.connect(lambda: leave())
        self._show(self.file_page, FILE)
        self.asked(args)

    # -- what the window asks

    @property
    def title(self) -> str:
        """The text of the tab."""
        path = self.file_page.path
        return f"Import · {path.name}" if path is not None else "Import"

    def memory(self) -> Mapping[str, Any] | None:
        """A file is offered again at the next start, unless its rows are through; jobs are in the journal."""
        if self.running or self._through():
            return None
        path, module = self.file_page.path, self.file_page.module.currentData()
        return {"module": module} if path is None else {"module": module, "path": str(path)}

    def asked(self, args: Mapping[str, Any]) -> None:
        """A module and a file, if they are told; nothing is taken from under an import that has begun."""
        path = args.get("path")
        if path and self._through():
            self.start_over()
        if self.pages.currentWidget() is not self.file_page:
            return
        if args.get("module"):
            self.file_page.choose_module(str(args["module"]))
        if path:
            self.file_page.load(Path(str(path)))

    def commands(self) -> Sequence[Command]:
        """What can be done in this step."""
        on_result = self.pages.currentWidget() is self.result_page

        def may_save() -> bool:
            return on_result and self.result_page.save_button.isVisibleTo(self.result_page)

        return (
            Command("import.save", "Save failed rows…", self.failed_rows.save, "Record", icon="save", enabled=may_save),
            Command("import.back", "Back to the columns", self.to_columns, "Record", enabled=self._may_go_back),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes a step back while nothing runs."""
        if event.key() == Qt.Key.Key_Escape and self.pages.currentWidget() is self.work_page:
            self.stop()
        elif event.key() == Qt.Key.Key_Escape and self.steps.current in (COLUMNS, CHECK) and self._task is None:
            self.go_to(self.steps.current - 1)
        else:
            super().keyPressEvent(event)

    def shown(self) -> None:
        """Modules may have been learned since."""
        self.file_page.refresh()

    def closed(self) -> None:
        """Nothing is left of a file that was not imported."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._forget_plan()
        if self.work is not None and self.work.checked is not None:
            close_later(self.work.checked, task)
            self.work.checked = None

    @property
    def running(self) -> bool:
        """Whether a job of this file is under way."""
        return self._summary is not None and started(self._summary) and not self._summary.state.ended

    def _through(self) -> bool:
        """Whether all rows of the file have been imported, or tried."""
        return self._summary is not None and self._summary.state.ended and not self._of_trial

    # -- lay-out

    def _make_frame(self) -> None:
        self.steps = StepsBar(STEPS)
        self.steps.chosen.connect(self.go_to)
        self.frame = FlowPages(self, "Import", self.steps)
        self.heading, self.pages = self.frame.heading, self.frame.pages

    def _make_pages(self) -> None:
        desk = self.desk
        self.file_page = FilePage(desk)
        self.match_page = MatchPage(desk)
        self.work_page = WorkPage(desk)
        self.check_page = CheckPage(desk)
        self.plan_page = EditPlanPage(desk, self.shown_as)
        self.result_page = ImportResultPage(desk)
        self.frame.add(self.file_page, self.match_page, self.work_page)
        self.frame.add(self.check_page, self.plan_page, self.result_page)
        self.file_page.go.connect(self.match)
        self.file_page.changed.connect(self._retitle)
        self.match_page.back.connect(lambda: self.go_to(FILE))
        self.match_page.go.connect(self.ask_price)
        self.work_page.go.connect(self.check)
        self.work_page.stop.connect(self.stop)
        self.check_page.back.connect(self.to_columns)
        self.check_page.trial.connect(lambda: self.lay_out_plan(trial=not self.check_page.few))
        self.check_page.whole.connect(lambda: self.lay_out_plan(trial=False))
        self.check_page.save.connect(self.failed_rows.save_bad)
        self.plan_page.save.connect(self.start)
        self.plan_page.back.connect(lambda: self.go_to(CHECK))
        self.plan_page.look.connect(self._look)
        self.plan_page.write.connect(self._write_plan)
        self._join_result()

    def _join_result(self) -> None:
        result, job = self.result_page, self.result_page.job
        result.rest.connect(lambda: self.lay_out_plan(trial=False))
        result.columns.connect(self.to_columns)
        result.save.connect(self.failed_rows.save)
        result.another.connect(self.start_over)
        job.planned.connect(lambda plan_id: open_home(self, plan_id))
        job.open_plan.connect(lambda plan_id: open_home(self, plan_id))
        job.go_to.connect(lambda job_id: self.desk.open("jobs", {"job": job_id}))
        job.shown_anew.connect(self._job_shown)

    def _show(self, page: QWidget, step: int) -> None:
        self.frame.show(page)
        self.steps.show_step(step, self._may_go_back())
        self._retitle()
        self.desk.commands_changed()

    def _retitle(self) -> None:
        path, module = self.file_page.path, self.file_page.module.currentText()
        self.heading.setText(f"Import {path.name} into {module}" if path is not None else "Import a file")
        self.title_changed.emit()

    # -- going back

    def _may_go_back(self) -> bool:
        busy = self._task is not None and self.pages.currentWidget() is not self.work_page
        return not self.running and not self._through() and not busy

    def go_to(self, step: int) -> None:
        """Back to an earlier step; a plan that was not started is forgotten."""
        if step >= self.steps.current or not self._may_go_back():
            return
        self.stop(stay=True)
        pages = {FILE: self.file_page, COLUMNS: self.match_page, CHECK: self.check_page}
        if step == CHECK and (self.work is None or self.work.checked is None):
            step = COLUMNS
        if step in pages and (step == FILE or self.work is not None):
            self._forget_plan()
            self.plan, self._summary = None, None  # a trial that ran is in the list of jobs, and kept in mind
            self._show(pages[step], step)

    def to_columns(self) -> None:
        """Match the columns otherwise."""
        self.go_to(COLUMNS)

    def stop(self, *, stay: bool = False) -> None:
        """What is being read is not wanted after all."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if stay:
            return
        if self.steps.current >= CHECK and self.work is not None and self.work.checked is not None:
            self._show_check_again()
        else:
            self._show(self.match_page if self.work is not None else self.file_page, COLUMNS if self.work else FILE)

    def _show_check_again(self) -> None:
        if started(self._summary):
            self._show(self.result_page, TRY)
        else:
            self._show(self.check_page, CHECK)

    # -- columns

    def match(self) -> None:
        """From the file to its columns; the module's fields are read if they are not known."""
        opened, module = self.file_page.opened, self.file_page.module.currentData()
        if opened is None or module is None or self._task is not None:
            return
        if self.work is not None and (self.work.table is opened.table and self.work.module == module):
            self._show(self.match_page, COLUMNS)
            return
        self._task = self.desk.tasks.start(
            self.desk.session.schema(module),
            owner=self,
            on_done=self._schema_here,
            on_failed=lambda error: self._failed(error, "Reading the fields", self.match),
        )

    def _schema_here(self, schema: Schema) -> None:
        self._task = None
        opened, module = self.file_page.opened, self.file_page.module.currentData()
        if opened is None:
            return
        if self.work is not None:
            self.work.drop()
        self.work = ImportWork(self.desk.session, module, opened.table)
        self.plan, self._summary = None, None
        self.match_page.show_file(opened, self.desk.session.modules.get(module), schema)
        self._show(self.match_page, COLUMNS)
        self.match_page.table.setFocus()

    # -- the check

    def ask_price(self) -> None:
        """What finding the records takes that cells name; then the check."""
        work = self.work
        if work is None or self._task is not None:
            return
        self.match_page.remember()
        self.check_page.cells.cells.show_checked(None)
        work.drop()
        self.work_page.begin("Looking what the check will take…")
        self._show(self.work_page, CHECK)
        self._task = self.desk.tasks.start(
            self.desk.session.importer.names_cost(work.module, work.table, self.match_page.matches),
            owner=self,
            on_done=self._priced,
            on_failed=lambda error: self._failed(error, "Asking what the check takes", self.ask_price),
        )

    def _priced(self, cost: ReadCost) -> None:
        self._task = None
        if cost.requests > 1:
            self.work_page.show_price("Finding the records that cells name", cost, "Chec&k the rows")
        else:
            self.check()

    def check(self) -> None:
        """Convert and check every row."""
        if self.work is None or self._task is not None:
            return
        self.work_page.begin("Checking every cell. Nothing is changed in the CRM.")
        self._show(self.work_page, CHECK)
        self._task = self.desk.tasks.start(
            self.work.check(self.match_page.matches, self.match_page.import_options(), self._tell),
            owner=self,
            on_done=self._checked,
            on_failed=lambda error: self._failed(error, "Checking the rows", self.check),
        )

    def _tell(self, told: Importing) -> None:
        if shiboken6.isValid(self) and self._task is not None:
            of = f" of {told.total:,}" if told.total is not None else ""
            self.work_page.tell(told.done, told.total, f"{told.done:,}{of} {_UNITS.get(told.phase, told.phase)}")

    def _checked(self, found: tuple[Checked, ReadCost | None, str, int]) -> None:
        self._task = None
        self.desk.session.heard(None)
        self._show(self.check_page, CHECK)
        self.check_page.show_checked(*found)

    def _failed(self, error: BaseException, doing: str, again: Any) -> None:
        self._task = None
        self.stop()
        self.desk.say_error(error, doing, again)

    # -- the plan

    def lay_out_plan(self, *, trial: bool) -> None:
        """Find the records, and lay out what becomes of them."""
        work = self.work
        if work is None or work.checked is None or self._task is not None:
            return
        self.work_page.begin("Finding the records and laying out the plan. Nothing is changed in the CRM.")
        self._show(self.work_page, TRY if trial else REST)
        self._task = self.desk.tasks.start(
            work.plan(self._tell, first=TRIAL if trial else None),
            owner=self,
            on_done=lambda facts: self._planned(facts, trial=trial),
            on_failed=lambda error: self._failed(error, "Laying out the plan", lambda: self.lay_out_plan(trial=trial)),
        )

    def _planned(self, facts: EditFacts, *, trial: bool) -> None:
        self._task = None
        self.desk.session.heard(None)
        self.plan, self._summary, self._of_trial = facts.plan, facts.summary, trial
        self.plan_page.busy("")
        self.plan_page.back_button.setText("&Back")
        self.plan_page.show_plan(facts)
        self._show(self.plan_page, TRY if trial else REST)
        self.plan_page.save_button.setFocus()

    def _forget_plan(self) -> None:
        plan = self.plan
        if plan is None or started(self._summary):
            return
        self.plan, self._summary = None, None
        if self.work is not None:
            self.work.forget_plan(plan.id)
        forget_plan(self.desk, plan)

    def _look(self) -> None:
        if self.plan is not None:
            look_through(self.desk, self.plan, self)

    def _write_plan(self) -> None:
        if self.plan is not None and self._summary is not None:
            self.acts.save_report(self.plan.id, self._summary.title, plan=True)

    # -- running, and done

    def start(self) -> None:
        """Run the plan."""
        if self.plan is None or self._task is not None or not self.plan_page.save_button.isEnabled():
            return
        self.plan_page.busy("Starting…")
        self._task = self.desk.tasks.start(
            self.desk.session.jobs.start(self.plan.id),
            owner=self,
            on_done=lambda _none: self._show_job(),
            on_failed=self._not_started,
        )

    def _not_started(self, error: BaseException) -> None:
        self._task = None
        self.plan_page.busy("")
        if isinstance(error, AccountBusy | PlanError):
            self.plan_page.tell_trouble(error.message, error.remedy)
        else:
            self.desk.say_error(error, "Starting the import", self.start)

    def _show_job(self) -> None:
        self._task = None
        self.plan_page.busy("")
        if self.plan is None or self.work is None:
            return
        if self._of_trial and self.plan.id not in self.work.trials:
            self.work.trials.append(self.plan.id)
        self.result_page.running()
        self.result_page.job.show_job(self.plan.id)
        self._show(self.result_page, TRY if self._of_trial else REST)

    def _job_shown(self, summary: Summary) -> None:
        if self.plan is None or summary.id != self.plan.id or self.work is None:
            return
        was, self._summary = self._summary, summary
        if summary.state.ended and (was is None or was.state is not summary.state or not was.state.ended):
            if self._of_trial:
                self.result_page.show_trial(summary, self.work.left)
            else:
                self.result_page.show_end(summary)
        if self.pages.currentWidget() is self.result_page:
            self.steps.show_step(self.steps.current, self._may_go_back())
            self.desk.commands_changed()

    def _heard(self, event: JobEvent) -> None:
        """The plan may be started, or forgotten, from elsewhere."""
        if self.plan is None or event.job_id != self.plan.id or self.pages.currentWidget() is not self.plan_page:
            return
        if event.what == "started":
            self._show_job()
        elif event.what == "ended" and self._task is None:
            if self.work is not None:
                self.work.forget_plan(event.job_id)
            self.plan, self._summary = None, None
            self._show(self.check_page, CHECK)

    def start_over(self) -> None:
        """Another file in this tab; the job is in the list of jobs."""
        if self.work is not None:
            self.work.drop()
        self.work, self.plan, self._summary, self._of_trial = None, None, None, False
        self.result_page.job.clear()
        self.file_page.clear()
        self._show(self.file_page, FILE)
