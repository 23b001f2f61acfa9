"""One job in full: how far it is or what it came to, why records failed, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.store.errors import NoSuchJob
from crmdesk.store.words import JobState, Outcome
from crmdesk.ui.browse.values import plain_text
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.actions import JobActions
from crmdesk.ui.jobs.figures import about, figures_of
from crmdesk.ui.jobs.flow import FiguresRow, scrolling
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.jobs.links import Relatives
from crmdesk.ui.jobs.pane_buttons import PaneButtons
from crmdesk.ui.jobs.progress import JobProgress
from crmdesk.ui.jobs.rows_dialog import look_through
from crmdesk.ui.jobs.shown import BLANK, Shown
from crmdesk.ui.widgets import Button, ElidedLabel, Line, label

if TYPE_CHECKING:
    from crmdesk.changes.jobs import JobEvent
    from crmdesk.changes.plan import Plan, Reason, Summary
    from crmdesk.store.journal import JobRow
    from crmdesk.ui.window.workspace import Desk

ASKED_AT_MOST = 200  # unsettled rows in one dialog, one after the other
LOOK_AGAIN_MS = 2000  # outcomes by reason come from the disk, so they are read less often than the bars move
OUTCOME_COLUMNS = (Column("Outcome", 130), Column("How many", 90, right=True), Column("Which means"))
REASON_COLUMNS = (
    Column("Module", 120),
    Column("Outcome", 110),
    Column("How many", 84, right=True),
    Column("Why", wrap=True),
)
_ORDER = (
    Outcome.FAILED,
    Outcome.UNSETTLED,
    Outcome.SKIPPED,
    Outcome.KEPT,
    Outcome.NOT_ATTEMPTED,
    Outcome.ALREADY_SO,
    Outcome.CHANGED,
    Outcome.REVERTED,
)
_TONES = {Outcome.FAILED: "warning", Outcome.UNSETTLED: "warning", Outcome.CHANGED: "good", Outcome.REVERTED: "good"}


@dataclass(frozen=True)
class JobFacts:
    """What the journal says of a job."""

    plan: Plan
    summary: Summary
    reasons: list[Reason]
    relatives: list[JobRow]
    elsewhere: str
    read: int  # requests that were spent on the plan, before the job started


async def read_facts(desk: Desk, job_id: int) -> JobFacts:
    """Raises NoSuchJob."""
    session = desk.session
    plan = await session.jobs.get(job_id)
    summary = await plan.summary()
    reasons = await plan.reasons()
    jobs = await session.journal.jobs()
    related = [job for job in jobs if job.parent == job_id or job.id == summary.parent_id]
    elsewhere = ""
    if summary.state.unfinished and not summary.resumable and session.jobs.progress(job_id) is None:
        busy = await session.jobs.busy()
        elsewhere = f"Process {busy.pid} runs “{busy.title}”." if busy is not None else "Another process runs it."
    read = sum(part.read for part in await plan.modules())
    return JobFacts(plan, summary, reasons, related, elsewhere, read)


class JobPane(QWidget):
    """Shows one job and keeps it true while it runs. `planned` carries the id of an undo or another try."""

    planned = Signal(object)
    open_plan = Signal(object)
    go_to = Signal(object)
    shown_anew = Signal(object)  # the Summary

    def __init__(
        self, desk: Desk, parent: QWidget | None = None, *, inside: bool = False, reasons: bool = True
    ) -> None:
        """`inside`: a narrow pane beside a list, with its own heading. `reasons`: tell why rows were not changed."""
        super().__init__(parent)
        self._desk = desk
        self._inside = inside
        self._tells_reasons = reasons
        self.job_id: int | None = None
        self.facts: JobFacts | None = None
        self._reading = False
        self._read_again = False
        self.acts = JobActions(desk, self)
        self.shown_as = Shown(desk, self)
        self._lay_out()
        self._look_again = QTimer(self)
        self._look_again.setSingleShot(True)
        self._look_again.setInterval(LOOK_AGAIN_MS)
        self._look_again.timeout.connect(self.reload)
        self._leave = desk.session.jobs.subscribe(self._heard)
        leave = self._leave
        self.destroyed.connect(lambda: leave())

    def _lay_out(self) -> None:
        theme = self._desk.theme
        self.heading = ElidedLabel("", "title" if not self._inside else "heading")
        self.heading.setFixedHeight(self.heading.fontMetrics().height() + 10)
        self.about = label("", "muted", wrap=True)
        self.links = Relatives()
        self.links.chosen.connect(self.go_to)
        self.progress = JobProgress()
        self.figures = FiguresRow()
        self.outcomes = Grid(theme, "Records by outcome", OUTCOME_COLUMNS, most=9)
        self.reasons = Grid(theme, "Records that were not changed, by reason", REASON_COLUMNS, most=8)
        self.failures = Button("Look through the failures", lambda: self.look(Outcome.FAILED), role="link")
        self.ask = Button("Was it made?", self._ask_unsettled, role="link")
        self.buttons = PaneButtons(self)
        body = QWidget()
        column = QVBoxLayout(body)
        side = 16 if self._inside else 22
        column.setContentsMargins(side, 16, side, 16)
        column.setSpacing(14)
        for part in (self.heading, self.about, self.links, self.progress, self.figures, self.outcomes):
            column.addWidget(part)
        column.addWidget(self.reasons)
        column.addWidget(self.failures)
        column.addWidget(self.ask)
        column.addStretch(1)
        self.body = scrolling(body, "The job")
        foot = QHBoxLayout()
        foot.setContentsMargins(side, 10, side, 10)
        foot.addWidget(self.buttons)
        self._foot = QWidget()
        self._foot.setProperty("ground", "window")
        self._foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._foot.setLayout(foot)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.body, 1)
        outer.addWidget(Line())
        outer.addWidget(self._foot)
        self.body.setVisible(False)
        self._foot.setVisible(False)

    # -- what is shown

    def show_job(self, job_id: int, title: str = "") -> None:
        """Show this job; its title, where it is known, at once."""
        if job_id != self.job_id:
            self.facts = None
            if title:
                self._show_beginning(title)
        self.job_id = job_id
        self.reload()

    def _show_beginning(self, title: str) -> None:
        self.heading.setText(title)
        self.heading.show()
        self.about.setText("Starting…")
        for part in (self.links, self.progress, self.figures, self.outcomes, self.reasons, self.failures, self.ask):
            part.hide()
        self.body.show()

    def clear(self) -> None:
        """Show nothing."""
        self.job_id, self.facts = None, None
        self.body.setVisible(False)
        self._foot.setVisible(False)

    def reload(self) -> None:
        """Read the journal again; asked while reading, once more afterwards."""
        if self.job_id is None:
            return
        if self._reading:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        self._desk.tasks.start(
            read_facts(self._desk, self.job_id),
            owner=self,
            on_done=self._read,
            on_failed=self._not_read,
        )

    def _read(self, facts: JobFacts) -> None:
        self._reading = False
        if self._read_again or facts.plan.id != self.job_id:
            self.reload()
            return
        self.facts = facts
        self._show(facts)
        self.shown_anew.emit(facts.summary)

    def _not_read(self, error: BaseException) -> None:
        self._reading = False
        if self._read_again:
            self.reload()
            return
        self.clear()
        self._desk.say_error(error, "Reading the job")

    def _show(self, facts: JobFacts) -> None:
        summary = facts.summary
        here = self._desk.session.jobs.progress(summary.id) is not None
        heading = words.heading(summary)
        self.heading.setText(heading)
        # Above the whole page stands the title already.
        self.heading.setVisible(self._inside or heading != summary.title)
        self.about.setText(about(summary, here=here))
        self.links.show_jobs(summary, facts.relatives)
        active = here or summary.state.unfinished
        self.progress.setVisible(active)
        if active:
            self._show_progress(facts)
        self.figures.setVisible(not active)
        self.figures.set_figures(figures_of(summary))
        self._show_outcomes(facts, active=active)
        self._show_reasons(facts.reasons)
        self.failures.setVisible(self._tells_reasons and summary.counts.get(Outcome.FAILED, 0) > 0)
        unsettled = summary.counts.get(Outcome.UNSETTLED, 0)
        self.ask.setText(f"Was it made? Say what became of {words.records(unsettled)}…")
        self.ask.setVisible(self._tells_reasons and unsettled > 0 and summary.state.ended)
        wants_key = self._desk.session.jobs.wants_key(summary.id)
        self.buttons.show_for(summary, here=here, wants_key=wants_key, elsewhere=bool(facts.elsewhere))
        self.body.setVisible(True)
        self._foot.setVisible(True)

    def _show_progress(self, facts: JobFacts) -> None:
        jobs, summary = self._desk.session.jobs, facts.summary
        progress = jobs.progress(summary.id)
        if progress is not None:
            self.progress.show_progress(progress, facts.read)
        else:
            self.progress.show_summary(
                summary, wants_key=jobs.wants_key(summary.id), elsewhere=facts.elsewhere, read=facts.read
            )

    def _show_outcomes(self, facts: JobFacts, *, active: bool) -> None:
        summary = facts.summary
        counted = [(key, count) for key in words.OUTCOMES if (count := summary.counts.get(key, 0))]
        if active:
            counted = [(key, count) for key, count in counted if key != "pending"]  # the bars tell
        self.outcomes.setVisible(bool(counted))
        self.outcomes.rows.set_rows(
            [
                (
                    Cell(words.named(key, summary), tone=_TONES.get(Outcome(key), "") if key != "pending" else ""),
                    Cell(f"{count:,}", bold=True),
                    Cell(words.meaning(key, summary, facts.reasons), tone="muted"),
                )
                for key, count in counted
            ],
            [key for key, _ in counted],
        )

    def _show_reasons(self, reasons: list[Reason]) -> None:
        self.reasons.setVisible(bool(reasons) and self._tells_reasons)
        name_of = self._name_of
        reasons = sorted(reasons, key=lambda reason: (_ORDER.index(reason.outcome), -reason.records))
        self.reasons.rows.set_rows(
            [
                (
                    Cell(self.shown_as.module(reason.module)),
                    Cell(words.outcome_name(reason.outcome), tone=_TONES.get(reason.outcome, "")),
                    Cell(f"{reason.records:,}"),
                    Cell(words.told(reason.message, name_of) or words.OUTCOMES[reason.outcome][1], tone="muted"),
                )
                for reason in reasons
            ]
        )

    def _name_of(self, value: object) -> str:
        """A value in a reason, which tells no field: an owner by name, anything else as it is."""
        directory = self._desk.session.directory
        of_owners = self.facts is not None and self.facts.summary.kind in words.OF_OWNERS
        if value is None or (isinstance(value, int) and (of_owners or directory.owner(value) is not None)):
            return directory.owner_name(value) if value is not None or of_owners else BLANK
        return plain_text(value)

    # -- what happens

    def _heard(self, event: JobEvent) -> None:
        if event.job_id != self.job_id:
            return
        if event.what != "progress" or self.facts is None:
            self.reload()
            if event.what == "ended":
                self._hear_end(event.job_id)
            return
        progress = self._desk.session.jobs.progress(event.job_id)
        if progress is not None:
            self.progress.show_progress(progress, self.facts.read)
            if not self._look_again.isActive():
                self._look_again.start()

    def _hear_end(self, job_id: int) -> None:
        """What broke a job off (the disk, or a bug) is told; an end in good order says nothing."""
        jobs = self._desk.session.jobs
        self._desk.tasks.start(jobs.wait(job_id), owner=self, on_failed=self._broken_off)

    def _broken_off(self, error: BaseException) -> None:
        if not isinstance(error, NoSuchJob):  # a draft that was deleted
            self._desk.say_error(error, "Running the job")

    # -- what the buttons do

    def look(self, outcome: Outcome | None = None) -> None:
        """Look through the rows, or those with one outcome."""
        if self.facts is not None:
            look_through(self._desk, self.facts.plan, self, outcome)

    def _ask_unsettled(self) -> None:
        """Rows of which only the person can say what they became."""
        if self.facts is None:
            return
        from crmdesk.ui.review import ask

        job_id = self.facts.plan.id
        self._desk.tasks.start(
            self.facts.plan.rows(0, ASKED_AT_MOST, outcome=Outcome.UNSETTLED),
            owner=self,
            title="Reading the job",
            on_done=lambda rows: ask.unsettled(self._desk, job_id, rows, window=self, then=self.reload),
        )

    def start(self) -> None:
        """Start or resume."""
        if self.job_id is not None:
            self.acts.resume(self.job_id, self.reload)

    def pause(self) -> None:
        """Pause."""
        if self.job_id is not None:
            self.acts.pause(self.job_id)

    def cancel(self) -> None:
        """Ask, then cancel."""
        if self.job_id is not None:
            self.acts.cancel(self.job_id)

    def undo(self) -> None:
        """Plan the undo."""
        if self.job_id is not None:
            self.buttons.busy("Reading what the records have now…")
            self.acts.undo(self.job_id, lambda plan: self._planned(plan), self.buttons.idle)

    def retry(self) -> None:
        """Plan another try."""
        if self.job_id is not None:
            self.buttons.busy("Planning another try…")
            self.acts.retry(self.job_id, lambda plan: self._planned(plan), self.buttons.idle)

    def _planned(self, plan: Plan) -> None:
        self.buttons.idle()
        self.planned.emit(plan.id)

    def save(self) -> None:
        """Ask where to save the report."""
        if self.facts is not None:
            summary = self.facts.summary
            not_started = summary.state in (JobState.DRAFT, JobState.PLANNED)
            self.acts.save_report(summary.id, summary.title, plan=not_started)

    def delete(self) -> None:
        """Forget the draft."""
        if self.job_id is not None:
            self.acts.delete_draft(self.job_id, self.clear)

    def open_as_plan(self) -> None:
        """Show the plan that was never started where it can be."""
        if self.job_id is not None:
            self.open_plan.emit(self.job_id)

    def enter_key(self) -> None:
        """Ask for a new key."""
        self._desk.ask_key()
