"""The jobs of the account: a live list, those that wait for the person on top, and one of them in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.store.words import Outcome
from crmdesk.ui.commands import Command
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.jobs.homes import home_of
from crmdesk.ui.jobs.pane import JobPane
from crmdesk.ui.widgets import Button, EmptyState, Line, NoteBox, label
from crmdesk.ui.window.workspace import Desk, Workspace

if TYPE_CHECKING:
    from crmdesk.changes.jobs import JobEvent
    from crmdesk.changes.plan import Summary
    from crmdesk.store.locks import Busy

COLUMNS = (
    Column("Job", 0),
    Column("Kind", 96),
    Column("State", 150),
    Column("Records", 72, right=True),
    Column("Changes", 72, right=True),
    Column("Done", 62, right=True),
    Column("Failed", 62, right=True),
    Column("Requests", 78, right=True),
    Column("Started", 120),
    Column("Took", 70, right=True),
)
REQUESTS = [column.title for column in COLUMNS].index("Requests")
STATE = [column.title for column in COLUMNS].index("State")
NARROW = 860
NARROW_WITHOUT = ("Kind", "Requests", "Took", "Changes", "Done")
SOON_MS = 150


class JobsWorkspace(Workspace):
    """One tab for all jobs."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self._wanted = args.get("job")
        self._summaries: dict[int, Summary] = {}
        self._reading = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.refresh)
        self._lay_out()
        leave = desk.session.jobs.subscribe(self._heard)
        self.destroyed.connect(lambda: leave())
        self.refresh()

    @property
    def title(self) -> str:
        """The text of the tab."""
        return "Jobs"

    def memory(self) -> Mapping[str, Any] | None:
        """Reopened as it is."""
        return {}

    def shown(self) -> None:
        """What another process did meanwhile is seen."""
        self.refresh()

    def asked(self, args: Mapping[str, Any]) -> None:
        """Another job shall be shown."""
        self._wanted = args.get("job", self._wanted)
        self.refresh()

    def commands(self) -> Sequence[Command]:
        """What can be done with the job that is selected."""
        buttons = self.pane.buttons

        def on(button: Button) -> bool:
            return button.isVisibleTo(self.pane) and button.isEnabled()

        return (
            Command("jobs.refresh", "Refresh the jobs", self.refresh, "View", icon="refresh"),
            Command("jobs.resume", "Resume job", self.pane.start, "Record", enabled=lambda: on(buttons.resume)),
            Command("jobs.pause", "Pause job", self.pane.pause, "Record", enabled=lambda: on(buttons.pause)),
            Command("jobs.cancel", "Cancel job…", self.pane.cancel, "Record", enabled=lambda: on(buttons.cancel)),
            Command("jobs.undo", "Undo job…", self.pane.undo, "Record", enabled=lambda: on(buttons.undo)),
            Command("jobs.retry", "Retry the failures", self.pane.retry, "Record", enabled=lambda: on(buttons.retry)),
            Command("jobs.report", "Save report…", self.pane.save, "Record", enabled=lambda: on(buttons.save)),
        )

    # -- lay-out

    def _lay_out(self) -> None:
        theme = self.desk.theme
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 6, 12, 6)
        bar.setSpacing(8)
        bar.addWidget(label("Jobs", "title"))
        self.count = label("", "muted")
        bar.addWidget(self.count, 1)
        self.elsewhere = NoteBox("", "", "info")
        self.elsewhere.hide()
        self.grid = Grid(theme, "Jobs", COLUMNS)
        self.grid.setSelectionMode(Grid.SelectionMode.SingleSelection)
        self.grid.selectionModel().selectionChanged.connect(self._selected)
        self.pane = JobPane(self.desk, inside=True)
        self.pane.planned.connect(self._open_plan)
        self.pane.open_plan.connect(self._open_plan)
        self.pane.go_to.connect(self.select)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.grid)
        self.split.addWidget(self.pane)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 3)
        self.split.setSizes([260, 400])
        self.grid.setMinimumHeight(120)
        self.pane.setMinimumHeight(200)
        self.empty = EmptyState(
            "No jobs yet",
            "Every change is a job: what it did, record by record, stands here afterwards, and it can be undone from"
            " here. Hand records over to other owners to start the first one.",
            Button("Reassign records", lambda: self.desk.open("reassign"), role="primary"),
            icon=theme.icon("jobs"),
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QWidget()
        head.setMinimumHeight(theme.sizes.toolbar)
        head.setLayout(bar)
        column.addWidget(head)
        column.addWidget(Line())
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 0, 12, 0)
        holder.addWidget(self.elsewhere)
        column.addLayout(holder)
        column.addWidget(self.stack, 1)
        self.grid.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Without room, the columns that the pane tells as well are left out."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        for at, column in enumerate(COLUMNS):
            if column.title in NARROW_WITHOUT:
                self.grid.setColumnHidden(at, narrow)

    def _open_plan(self, plan_id: int) -> None:
        """A plan stands where plans of its kind are shown."""
        self.desk.tasks.start(
            home_of(self.desk.session, plan_id),
            owner=self,
            title="Opening the plan",
            on_done=lambda kind: self.desk.open(kind, {"plan": plan_id}),
        )

    # -- the list

    def refresh(self) -> None:
        """Read the jobs again."""
        if self._reading:
            self._soon.start()
            return
        self._reading = True
        self.desk.tasks.start(self._read(), owner=self, on_done=self._listed, on_failed=self._not_listed)

    async def _read(self) -> tuple[list[Summary], Busy | None]:
        jobs = self.desk.session.jobs
        return await jobs.list(), await jobs.busy()

    def _not_listed(self, error: BaseException) -> None:
        self._reading = False
        self.desk.say_error(error, "Listing the jobs", self.refresh)

    def _listed(self, found: tuple[list[Summary], Busy | None]) -> None:
        self._reading = False
        summaries, busy = found
        summaries = sorted(summaries, key=lambda s: (not s.state.unfinished, -s.id))
        self._summaries = {summary.id: summary for summary in summaries}
        selected = self._wanted if self._wanted in self._summaries else self.selected
        self.elsewhere.setVisible(busy is not None)
        if busy is not None:
            self.elsewhere.set(
                f"“{busy.title}” runs in another window or command",
                f"Process {busy.pid}. One plan runs at a time for an account; browsing and planning go on meanwhile.",
                "info",
            )
        waiting = sum(summary.resumable for summary in summaries)
        self.count.setText(f"{waiting:,} can be resumed" if waiting else "")
        self.grid.rows.set_rows([self._cells(s) for s in summaries], [s.id for s in summaries])
        self.stack.setCurrentWidget(self.split if summaries else self.empty)
        if not summaries:
            self.pane.clear()
            return
        self._wanted = None
        if selected is None or selected not in self._summaries:
            selected = summaries[0].id
        self.select(selected)

    def _cells(self, summary: Summary) -> tuple[Cell, ...]:
        counts = summary.counts
        changed = counts.get(Outcome.CHANGED, 0) + counts.get(Outcome.REVERTED, 0)
        failed = counts.get(Outcome.FAILED, 0) + counts.get(Outcome.UNSETTLED, 0)
        started = summary.started_at is not None
        here = self.desk.session.jobs.progress(summary.id) is not None
        return (
            Cell(summary.title),
            Cell(words.kind_of(summary), tone="muted"),
            Cell(
                words.state_name(summary, here=here), tone=words.state_tone(summary, here=here), bold=summary.resumable
            ),
            Cell(f"{summary.touched or summary.records:,}"),
            Cell(f"{summary.records:,}" if summary.touched not in (0, summary.records) else "", tone="muted"),
            Cell(f"{changed:,}" if started else ""),
            Cell(f"{failed:,}" if failed else "", tone="warning"),
            Cell(f"{summary.sent_requests:,}") if started else Cell(f"{summary.planned_requests:,}", tone="muted"),
            Cell(words.moment(summary.started_at), tone="muted"),
            Cell(words.length(summary.seconds), tone="muted"),
        )

    @property
    def selected(self) -> int | None:
        """The job that is selected."""
        at = self.grid.currentIndex()
        return self.grid.rows.key_at(at.row()) if at.isValid() else None

    def select(self, job_id: int) -> None:
        """Select a job and show it."""
        row = self.grid.rows.row_of(job_id)
        if row is None:
            return
        if self.grid.currentIndex().row() != row:
            self.grid.selectRow(row)
        elif self.pane.job_id != job_id:
            self.pane.show_job(job_id)

    def _selected(self, _on: QItemSelection, _off: QItemSelection) -> None:
        job_id = self.selected
        if job_id is not None and job_id != self.pane.job_id:
            self.pane.show_job(job_id)
        self.desk.commands_changed()

    def _heard(self, event: JobEvent) -> None:
        progress = self.desk.session.jobs.progress(event.job_id)
        row = self.grid.rows.row_of(event.job_id)
        if event.what != "progress" or progress is None or row is None:
            self._soon.start()
            return
        state = self.grid.rows.cell(row, STATE)
        cells = list(self._cells(self._summaries[event.job_id]))
        share = f"{100 * progress.done // progress.records}%" if progress.records else ""
        waits = progress.waiting_until
        text = f"Waiting until {words.moment(waits)}" if waits is not None else f"Running · {share}"
        cells[STATE] = Cell(text, tone="accent")
        cells[REQUESTS] = Cell(f"{progress.sent:,}")
        if state != cells[STATE]:
            self.grid.rows.set_row(row, tuple(cells))
