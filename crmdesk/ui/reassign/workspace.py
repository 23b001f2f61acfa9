"""The flow in one tab: what → reading → to whom → the plan → running → done; one can step back until it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from crmdesk.changes.errors import PlanError
from crmdesk.planning.intents import ToWhom, What
from crmdesk.store.errors import AccountBusy, NoSuchJob
from crmdesk.store.words import JobState
from crmdesk.ui.commands import Command
from crmdesk.ui.jobs.actions import JobActions
from crmdesk.ui.jobs.flow import FlowPages, forget_plan, started
from crmdesk.ui.jobs.pane import JobPane
from crmdesk.ui.jobs.rows_dialog import look_through
from crmdesk.ui.reassign.plan_facts import PlanFacts, find_plan, lay_plan_out, read_plan, sees_only_part
from crmdesk.ui.reassign.plan_page import PlanPage
from crmdesk.ui.reassign.reading_page import ReadingPage
from crmdesk.ui.reassign.what_page import WhatPage, ask_for
from crmdesk.ui.reassign.whom_page import WhomPage
from crmdesk.ui.widgets import Button
from crmdesk.ui.window.workspace import Desk, Workspace

if TYPE_CHECKING:
    from crmdesk.changes.jobs import JobEvent
    from crmdesk.changes.plan import LeftOut, Plan, Summary
    from crmdesk.planning.reassign import ReadCost

NEW = "Reassign records"


class ReassignWorkspace(Workspace):
    """One plan on its way from an intent to its end."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self.what: What | None = args.get("what")
        self.plan: Plan | None = None
        self._summary: Summary | None = None
        self._work: asyncio.Task[Any] | None = None
        self._replan = False
        self._make_frame()
        self._make_pages()
        self.acts = JobActions(desk, self)
        leave = desk.session.jobs.subscribe(self._heard)
        self.destroyed.connect(lambda: leave())
        self._show(self.what_page)
        desk.tasks.start(
            desk.session.directory.load(("owners",)),
            owner=self,
            title="Asking for the owners",
            on_done=lambda _none: self._owners_known(),
            again=lambda: desk.open("reassign"),
        )
        if "plan" in args:
            self.open_plan(int(args["plan"]))
        elif self.what is not None:
            self.what_page.preset(self.what)
            self.choose(self.what)

    # -- what the window asks

    @property
    def title(self) -> str:
        """The text of the tab."""
        return self._summary.title if self._summary is not None else "Reassign"

    def memory(self) -> Mapping[str, Any] | None:
        """A plan or job is in the journal, so it can be shown again at the next start."""
        return {} if self.plan is None else {"plan": self.plan.id}

    def commands(self) -> Sequence[Command]:
        """What can be done in this step."""
        on_plan = self.pages.currentWidget() is self.plan_page
        return (
            Command("reassign.what", "Change what is reassigned", self.change_what, "Record", enabled=self._may_change),
            Command("reassign.whom", "Change to whom", self.change_whom, "Record", enabled=self._may_change_whom),
            Command("reassign.look", "Look through the plan's rows", self._look, "Record", enabled=lambda: on_plan),
            Command("reassign.save", "Save plan…", self._save, "Record", enabled=lambda: on_plan),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes a step back while nothing runs."""
        page = self.pages.currentWidget()
        if event.key() == Qt.Key.Key_Escape and page is self.reading_page:
            self.stop_reading()
        elif event.key() == Qt.Key.Key_Escape and page is self.whom_page:
            self.change_what()
        else:
            super().keyPressEvent(event)

    # -- lay-out

    def _make_pages(self) -> None:
        desk = self.desk
        self.what_page = WhatPage(desk)
        self.reading_page = ReadingPage(desk)
        self.whom_page = WhomPage(desk)
        self.plan_page = PlanPage(desk)
        self.job_page = JobPane(desk)
        self.frame.add(self.what_page, self.reading_page, self.whom_page, self.plan_page, self.job_page)
        self.what_page.chosen.connect(self.choose)
        self.reading_page.go.connect(self.read)
        self.reading_page.back.connect(self.stop_reading)
        self.whom_page.back.connect(self.change_what)
        self.whom_page.chosen.connect(self._whom_chosen)
        self.plan_page.whom_edited.connect(lambda: self._assign(self.plan_page.whom.to_whom()))
        self.plan_page.start.connect(self.start)
        self.plan_page.look.connect(self._look)
        self.plan_page.save.connect(self._save)
        self.plan_page.discard.connect(self.discard)
        self.job_page.planned.connect(self.open_plan)
        self.job_page.open_plan.connect(self.open_plan)
        self.job_page.go_to.connect(lambda job_id: desk.open("jobs", {"job": job_id}))
        self.job_page.shown_anew.connect(self._job_shown)

    def _make_frame(self) -> None:
        self.change_what_button = Button("Change &what", self.change_what)
        self.change_whom_button = Button("Change to who&m", self.change_whom)
        self.in_jobs = Button("Open in &Jobs", self._open_in_jobs)
        self.once_more = Button("Reassign &more", self.start_over)
        buttons = (self.change_what_button, self.change_whom_button, self.in_jobs, self.once_more)
        self.frame = FlowPages(self, NEW, *buttons)
        self.heading, self.pages = self.frame.heading, self.frame.pages

    def _show(self, page: QWidget) -> None:
        self.frame.show(page)
        self.heading.setText(self._heading(page))
        self.change_what_button.setVisible(page in (self.whom_page, self.plan_page) and self._may_change())
        self.change_whom_button.setVisible(page is self.plan_page and self._may_change_whom())
        self.in_jobs.setVisible(page is self.job_page)
        self.once_more.setVisible(page is self.job_page)
        self.title_changed.emit()
        self.desk.commands_changed()

    def _heading(self, page: QWidget | None) -> str:
        summary = self._summary
        if page is self.what_page:
            return NEW
        if summary is not None and (page is self.job_page or self.what is None or summary.kind in ("undo", "retry")):
            return summary.title
        if self.what is None:
            return NEW
        return ask_for(self.what, self.desk.session.modules, self.desk.session.directory)

    def _owners_known(self) -> None:
        self.what_page.refresh()
        self.heading.setText(self._heading(self.pages.currentWidget()))

    def shown(self) -> None:
        """Modules and owners may have been learned since."""
        self.what_page.refresh()

    # -- what, and reading it

    def choose(self, what: What) -> None:
        """What is chosen: ask for the price of reading it."""
        self.what = what
        self._show(self.reading_page)
        self.reading_page.asking()
        self._work = self.desk.tasks.start(
            self.desk.session.reassign.estimate(what),
            owner=self,
            on_done=self._priced,
            on_failed=lambda error: self._not_read(error, "Asking what reading will take"),
        )

    def _priced(self, cost: ReadCost) -> None:
        self._work = None
        self.desk.session.heard(None)
        if cost.requests:
            self.reading_page.show_price(cost)
        else:
            self.read()

    def read(self) -> None:
        """Read the records into a draft."""
        assert self.what is not None
        self.reading_page.reading()
        self._work = self.desk.tasks.start(
            self._collect(self.what),
            owner=self,
            on_done=self._collected,
            on_failed=lambda error: self._not_read(error, "Reading the records"),
        )

    async def _collect(self, what: What) -> tuple[Plan, Summary, list[LeftOut]]:
        plan = await self.desk.session.reassign.collect(what, progress=self.reading_page.show_progress)
        return plan, await plan.summary(), await plan.left_out()

    def _not_read(self, error: BaseException, doing: str) -> None:
        self._work = None
        self._show(self.what_page)
        self.desk.say_error(error, doing, self._read_again)

    def _read_again(self) -> None:
        if self.what is not None:
            self.choose(self.what)

    def stop_reading(self) -> None:
        """Back to what; the draft that was being read is forgotten."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
        self._show(self.what_page)

    def _collected(self, found: tuple[Plan, Summary, list[LeftOut]]) -> None:
        self._work = None
        self.desk.session.heard(None)
        self._forget_draft()
        self.plan, self._summary, left_out = found
        self._show_whom(left_out)

    # -- to whom

    def _show_whom(self, left_out: list[LeftOut]) -> None:
        assert self._summary is not None
        panel = self.whom_page.panel
        owner = self._summary.intent.get("owner")
        panel.set_giver(owner if isinstance(owner, int) else None, known="owner" in self._summary.intent)
        self._show(self.whom_page)
        self.whom_page.show_draft(self._summary, left_out)

    def _whom_chosen(self) -> None:
        self.plan_page.whom.copy_from(self.whom_page.panel)
        self._assign(self.whom_page.panel.to_whom())

    def _assign(self, to_whom: ToWhom | None) -> None:
        """Lay the plan out; asked for meanwhile, once more afterwards."""
        if self.plan is None or to_whom is None:
            return
        if self._work is not None:
            self._replan = True
            return
        self.whom_page.planning(True)
        self.plan_page.planning(True)
        self._work = self.desk.tasks.start(
            lay_plan_out(self.desk.session, self.plan, to_whom),
            owner=self,
            on_done=self._planned,
            on_failed=self._not_planned,
        )

    def _planned(self, facts: PlanFacts) -> None:
        self._plan_rests()
        if self._replan:
            self._replan = False
            self._assign(self.plan_page.whom.to_whom())
            return
        self._show_plan(facts)

    def _not_planned(self, error: BaseException) -> None:
        self._plan_rests()
        self._replan = False
        self.desk.say_error(error, "Laying the plan out")

    def _plan_rests(self) -> None:
        self._work = None
        self.whom_page.planning(False)
        self.plan_page.planning(False)

    # -- the plan

    def _show_plan(self, facts: PlanFacts) -> None:
        came = self.pages.currentWidget() is not self.plan_page
        self.plan, self._summary = facts.plan, facts.summary
        self.plan_page.show_plan(facts)
        self._show(self.plan_page)
        if came:
            self.desk.tasks.start(
                sees_only_part(self.desk.session), owner=self, on_done=self.plan_page.before.show_part_only
            )

    def open_plan(self, plan_id: int) -> None:
        """Show what the journal holds: a draft, a plan, or a job."""
        self._work = None
        self.desk.tasks.start(
            find_plan(self.desk.session, plan_id), owner=self, on_done=self._found, on_failed=self._not_found
        )

    def _found(self, facts: PlanFacts) -> None:
        self.plan, self._summary = facts.plan, facts.summary
        state = facts.summary.state
        if state is JobState.DRAFT:
            self._show_whom(facts.left_out)
        elif state is JobState.PLANNED:
            if not self.plan_page.whom.rows:
                self.plan_page.whom.restore(facts.summary.intent.get("to"))
            self.whom_page.panel.copy_from(self.plan_page.whom)
            self._show_plan(facts)
        else:
            self._show_job()

    def _not_found(self, error: BaseException) -> None:
        self._show(self.what_page)
        if not isinstance(error, NoSuchJob):
            self.desk.say_error(error, "Opening the plan")

    def _may_change(self) -> bool:
        summary = self._summary
        return summary is not None and summary.kind in ("reassign", "handover") and not started(summary)

    def _may_change_whom(self) -> bool:
        return self._may_change() and self.pages.currentWidget() is self.plan_page

    def change_what(self) -> None:
        """Back to the first step; the plan stays until another one takes its place."""
        self._show(self.what_page)
        self.what_page.preset(self.what)

    def change_whom(self) -> None:
        """Back to the second step."""
        if self.plan is None:
            return
        self.whom_page.panel.copy_from(self.plan_page.whom)
        self.desk.tasks.start(read_plan(self.plan), owner=self, on_done=lambda facts: self._show_whom(facts.left_out))

    def discard(self) -> None:
        """Forget the plan; nothing was sent."""
        self._forget_draft()
        self._show(self.what_page)

    def start_over(self) -> None:
        """A new flow in this tab; the job goes on."""
        self.plan, self._summary, self.what = None, None, None
        self.job_page.clear()
        self._show(self.what_page)

    def _forget_draft(self) -> None:
        """A plan that was never started and is not shown any more."""
        plan, self.plan, summary, self._summary = self.plan, None, self._summary, None
        if plan is not None and summary is not None and not started(summary):
            forget_plan(self.desk, plan, "Forgetting the draft")

    def _look(self) -> None:
        if self.plan is not None:
            look_through(self.desk, self.plan, self)

    def _save(self) -> None:
        if self.plan is not None and self._summary is not None:
            self.acts.save_report(self.plan.id, self._summary.title, plan=True)

    # -- running, and done

    def start(self) -> None:
        """Run the plan."""
        if self.plan is None or not self.plan_page.before.confirmed:
            return
        self.plan_page.planning(True)
        self.desk.tasks.start(
            self.desk.session.jobs.start(self.plan.id),
            owner=self,
            on_done=lambda _none: self._show_job(),
            on_failed=self._not_started,
        )

    def _not_started(self, error: BaseException) -> None:
        self.plan_page.planning(False)
        if isinstance(error, AccountBusy | PlanError):
            self.plan_page.tell_trouble(error.message, error.remedy)
        else:
            self.desk.say_error(error, "Starting the job", self.start)

    def _show_job(self) -> None:
        if self.plan is None:
            return
        self.plan_page.planning(False)
        self.job_page.show_job(self.plan.id)
        self._show(self.job_page)

    def _job_shown(self, summary: Summary) -> None:
        if self.plan is not None and summary.id == self.plan.id:
            same = self._summary is not None and self._summary.state is summary.state
            self._summary = summary
            if not same or self.pages.currentWidget() is not self.job_page:
                self._show(self.job_page)

    def _open_in_jobs(self) -> None:
        if self.plan is not None:
            self.desk.open("jobs", {"job": self.plan.id})

    def _heard(self, event: JobEvent) -> None:
        """The plan may be started, or its draft forgotten, from elsewhere."""
        if self.plan is None or event.job_id != self.plan.id:
            return
        page = self.pages.currentWidget()
        if event.what == "started" and page is not self.job_page:
            self._show_job()
        elif event.what == "ended" and page in (self.plan_page, self.whom_page):
            self.plan, self._summary = None, None
            self._show(self.what_page)
