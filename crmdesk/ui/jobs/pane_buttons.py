"""The buttons under a job: just those that its state allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.store.words import JobState, Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import Button, label

if TYPE_CHECKING:
    from crmdesk.changes.plan import Summary
    from crmdesk.ui.jobs.pane import JobPane


class PaneButtons(QWidget):
    """Looking and saving at the left; what changes something at the right."""

    def __init__(self, pane: JobPane) -> None:
        super().__init__()
        self.look = Button("&Look through rows", lambda: pane.look())
        self.save = Button("&Save report…", pane.save)
        self.says = label("", "muted")
        self.delete = Button("&Delete draft", pane.delete)
        self.retry = Button("Retr&y", pane.retry)
        self.undo = Button("&Undo…", pane.undo, hint="Shows what would be given back before anything is sent")
        self.cancel = Button("&Cancel job…", pane.cancel)
        self.pause = Button("&Pause", pane.pause)
        self.key = Button("Enter a &new key…", pane.enter_key, role="primary")
        self.resume = Button("Res&ume", pane.start, role="primary")
        self.open = Button("&Open the plan", pane.open_as_plan, role="primary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.look)
        row.addWidget(self.save)
        row.addWidget(self.says, 1)
        self.acting = (
            self.delete,
            self.cancel,
            self.pause,
            self.retry,
            self.undo,
            self.resume,
            self.key,
            self.open,
        )
        for button in self.acting:
            row.addWidget(button)
            button.hide()  # all at once they would make the window wider than it is

    def show_for(self, summary: Summary, *, here: bool, wants_key: bool, elsewhere: bool) -> None:
        """Show what can be done with a job in this state."""
        not_started = summary.state in (JobState.DRAFT, JobState.PLANNED) and not here
        rests = summary.state.unfinished and not here and not elsewhere
        self.save.setText("&Save plan…" if not_started else "&Save report…")
        self.look.setText(words.look_through(summary.records))
        self.look.setEnabled(summary.records > 0)
        self.delete.setVisible(not_started)
        self.open.setVisible(not_started)
        self.pause.setVisible(here)
        self.cancel.setVisible(here or rests)
        self.key.setVisible(rests and wants_key)
        self.resume.setVisible(rests)
        self.resume.set_role("plain" if wants_key else "primary")
        self.undo.setVisible(summary.undoable)
        self.retry.setVisible(summary.retryable)
        again = summary.counts.get(Outcome.FAILED, 0) + summary.counts.get(Outcome.NOT_ATTEMPTED, 0)
        failed = summary.counts.get(Outcome.FAILED, 0)
        only_failed = f"Retr&y the {failed:,} failure{'' if failed == 1 else 's'}"
        self.retry.setText(only_failed if again == failed else f"Tr&y {words.records(again)} again")

    def busy(self, text: str) -> None:
        """Say what is being done; nothing else can be started meanwhile."""
        self.says.setText(text)
        for button in self.acting:
            button.setEnabled(False)

    def idle(self) -> None:
        """Buttons can be used again."""
        self.says.setText("")
        for button in self.acting:
            button.setEnabled(True)
