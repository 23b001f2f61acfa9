"""The result: the job in full, and above it what could not be saved, in the CRM's words, with a way to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.store.staged import KEPT_THEIRS
from crmdesk.store.words import Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.jobs.pane import JobPane
from crmdesk.ui.widgets import Button, Line, NoteBox

if TYPE_CHECKING:
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.store.rows import PlanRow
    from crmdesk.ui.jobs.shown import Shown
    from crmdesk.ui.window.workspace import Desk

COLUMNS = (
    Column("Record", 190),
    Column("Field", 130),
    Column("Should be", 170),
    Column("Why", wrap=True),
)
SHOWN = 200
_WRONG = (Outcome.FAILED, Outcome.SKIPPED, Outcome.UNSETTLED)


async def wrong_rows(plan: Plan) -> list[PlanRow]:
    """The first rows that did not come to what was wanted; where theirs was taken, that was wanted."""
    found: list[PlanRow] = []
    for outcome in _WRONG:
        found += await plan.rows(0, SHOWN - len(found), outcome=outcome)
    return [row for row in found if row.message != KEPT_THEIRS]


def _stays(count: int) -> str:
    who = "It stays" if count == 1 else "They stay"
    return f"{who} staged, with the CRM’s words; nothing is lost."


class ResultPage(QWidget):
    """`edit` carries a PlanRow whose record shall be opened; `review` goes back to what stayed staged."""

    edit = Signal(object)
    ask = Signal(object)  # list[PlanRow] that nobody can say of yet
    review = Signal()

    def __init__(self, desk: Desk, shown: Shown) -> None:
        super().__init__()
        self._desk = desk
        self._shown = shown
        self._rows: list[PlanRow] = []
        self._summary: Summary | None = None
        self.job = JobPane(desk, reasons=False)
        self.job.shown_anew.connect(self._job_shown)
        self.box = NoteBox()
        self.grid = Grid(desk.theme, "Not saved", COLUMNS, most=6)
        self.grid.setSelectionMode(Grid.SelectionMode.SingleSelection)
        self.grid.doubleClicked.connect(self._open)
        self.edit_button = Button("&Edit the record", self._edit_current)
        self.ask_button = Button("&Was it made?", lambda: self.ask.emit(self.unsettled))
        self.review_button = Button("&Review what is unsaved", self.review.emit, role="primary")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.edit_button)
        row.addWidget(self.ask_button)
        row.addWidget(self.review_button)
        row.addStretch(1)
        column = QVBoxLayout()
        column.setContentsMargins(22, 16, 22, 12)
        column.setSpacing(10)
        column.addWidget(self.box)
        column.addWidget(self.grid)
        column.addLayout(row)
        self.wrong = QWidget()
        self.wrong.setProperty("ground", "surface")
        self.wrong.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.wrong.setLayout(column)
        self._rule = Line()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.wrong)
        outer.addWidget(self._rule)
        outer.addWidget(self.job, 1)
        shown.changed.connect(self._redraw)
        self._show_wrong([])

    @property
    def unsettled(self) -> list[PlanRow]:
        """Rows whose answer was lost and of which only the person can say what they became."""
        return [row for row in self._rows if row.outcome is Outcome.UNSETTLED]

    def show_job(self, job_id: int, title: str = "") -> None:
        """Show this job, while it runs and afterwards."""
        if self.job.job_id != job_id:
            self._show_wrong([])
        self.job.show_job(job_id, title)

    def _job_shown(self, summary: Summary) -> None:
        self._summary = summary
        if summary.intent.get("staged"):
            # What failed is staged again: a second way to the same try would send it twice.
            self.job.buttons.retry.hide()
        if self.job.facts is None or not summary.state.ended:
            self._show_wrong([])
            return
        plan = self.job.facts.plan
        self._desk.tasks.start(wrong_rows(plan), owner=self, title="Reading the results", on_done=self._show_wrong)

    def _show_wrong(self, rows: Sequence[PlanRow]) -> None:
        self._rows = list(rows)
        self.wrong.setVisible(bool(rows))
        self._rule.setVisible(bool(rows))
        if not rows:
            return
        asks = len(self.unsettled)
        wrong = len(rows) - asks
        stays = self._summary is not None and bool(self._summary.intent.get("staged"))
        if asks:
            self.box.set(
                f"Of {words.records(asks)} nobody can say whether {'it was' if asks == 1 else 'they were'} made",
                "The answer was lost on its way, so it was not sent again. You can say what became of it.",
                "staged",
            )
        else:
            self.box.set(
                f"{words.changes(wrong)} could not be saved",
                _stays(wrong) if stays else "What the CRM has stays as it is.",
                "warning",
            )
        self.ask_button.setVisible(bool(asks))
        self.ask_button.set_role("plain" if wrong else "primary")
        self.edit_button.setVisible(wrong > 0)
        self.review_button.setVisible(stays and wrong > 0)
        self._redraw()
        self.grid.selectRow(0)

    def _redraw(self) -> None:
        shown = self._shown
        self.grid.rows.set_rows(
            [
                (
                    Cell(shown.record(row.module, row.record_id, row.label), bold=True),
                    Cell(shown.change(row)),
                    Cell(shown.after(row)),
                    Cell(row.message or words.OUTCOMES[row.outcome or "pending"][1], tone="muted"),
                )
                for row in self._rows
            ],
            [row.seq for row in self._rows],
        )

    def _edit_current(self) -> None:
        at = self.grid.currentIndex().row()
        self._edit(at if 0 <= at < len(self._rows) else 0)

    def _open(self, index: QModelIndex) -> None:
        self._edit(index.row())

    def _edit(self, at: int) -> None:
        if self._rows:
            self.edit.emit(self._rows[at])
