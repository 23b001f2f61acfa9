"""What became of a trial, or of all rows: the job in full, and above it what can be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.store.words import Outcome
from crmdesk.ui.jobs.pane import JobPane
from crmdesk.ui.transfer.check_page import rows_text
from crmdesk.ui.widgets import Button, Line, NoteBox

if TYPE_CHECKING:
    from crmdesk.changes.plan import Summary
    from crmdesk.ui.window.workspace import Desk

_NOT_DONE = (Outcome.FAILED, Outcome.SKIPPED, Outcome.UNSETTLED, Outcome.NOT_ATTEMPTED)


def not_done(summary: Summary) -> int:
    """How many of a job's changes were not carried out."""
    return sum(summary.counts.get(outcome, 0) for outcome in _NOT_DONE)


class ImportResultPage(QWidget):
    """`rest`: import the other rows; `columns`: match otherwise; `save`: the failed rows as a file; `another`: anew."""

    rest = Signal()
    columns = Signal()
    save = Signal()
    another = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.job = JobPane(desk)
        self.box = NoteBox()
        self.columns_button = Button("Change the &columns", self.columns.emit)
        self.save_button = Button("Sa&ve failed rows…", self.save.emit)
        self.another_button = Button("Import an&other file", self.another.emit)
        self.rest_button = Button("", self.rest.emit, role="primary")
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.rest_button, self.save_button, self.columns_button, self.another_button):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout()
        column.setContentsMargins(22, 16, 22, 12)
        column.setSpacing(10)
        column.addWidget(self.box)
        column.addLayout(row)
        self.above = QWidget()
        self.above.setProperty("ground", "surface")
        self.above.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.above.setLayout(column)
        self._rule = Line()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.above)
        outer.addWidget(self._rule)
        outer.addWidget(self.job, 1)
        self.running()

    def running(self) -> None:
        """Nothing can be done next before it has ended."""
        self.above.hide()
        self._rule.hide()

    def show_trial(self, summary: Summary, left: int) -> None:
        """The trial has ended; `left` rows are still to be imported."""
        wrong = not_done(summary)
        if wrong:
            self.box.set(
                f"{rows_text(wrong)} of the trial failed",
                "Look at the reasons below. The columns can be matched otherwise before anything else is sent.",
                "warning",
            )
        else:
            self.box.set(
                "The trial is done",
                "Look at its records; what the trial did can be undone, and its columns matched otherwise.",
                "good",
            )
        self.rest_button.setText(f"&Import the other {rows_text(left)}…")
        self._offer(self.rest_button if left else None, self.columns_button)
        self.rest_button.set_role("plain" if wrong else "primary")
        self.columns_button.set_role("primary" if wrong else "plain")

    def show_end(self, summary: Summary) -> None:
        """All rows are through."""
        wrong = not_done(summary)
        if wrong:
            self.box.set(
                "Some rows were not imported",
                "Save them as a file with the reason beside each; mended, it can be imported as it is.",
                "staged",
            )
        else:
            self.box.set("Every row is imported", "", "good")
        self.save_button.set_role("primary" if wrong else "plain")
        self._offer(self.save_button if wrong else None, self.another_button)

    def _offer(self, *buttons: Button | None) -> None:
        for button in (self.rest_button, self.save_button, self.columns_button, self.another_button):
            button.setVisible(button in buttons)
        self.above.show()
        self._rule.show()
        first = next((button for button in buttons if button is not None), None)
        if first is not None:
            first.setFocus()
