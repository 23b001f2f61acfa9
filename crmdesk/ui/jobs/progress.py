"""How far a job is: by record and by request, until when it waits, and when it will be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QProgressBar, QVBoxLayout, QWidget

from crmdesk.store.words import JobState
from crmdesk.ui.jobs import words
from crmdesk.ui.widgets import NoteBox, label

if TYPE_CHECKING:
    from crmdesk.changes.jobs import Progress
    from crmdesk.changes.plan import Summary


class Bar(QWidget):
    """A named bar with its figures."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._figures = label("", "strong")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._bar.setAccessibleName(name)
        row = QGridLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setVerticalSpacing(4)
        row.addWidget(label(name, "muted"), 0, 0)
        row.addWidget(self._figures, 0, 1)
        row.addWidget(self._bar, 1, 0, 1, 2)
        row.setColumnStretch(0, 1)

    def set(self, done: int, whole: int) -> None:
        """Show `done` of `whole`; more than the whole is shown as it is, with a full bar."""
        self._bar.setRange(0, max(1, whole))
        self._bar.setValue(min(done, max(1, whole)))
        share = f" · {100 * done // whole}%" if whole and done <= whole else ""
        self._figures.setText(f"{done:,} of {whole:,}{share}")
        self._bar.setAccessibleDescription(self._figures.text())


class JobProgress(QWidget):
    """The bars, a sentence on what happens now, and a box where the person is wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.records = Bar("Records")
        self.requests = Bar("Requests")
        self.now = label("", "muted", wrap=True)
        self.box = NoteBox()
        self.box.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.records)
        column.addWidget(self.requests)
        column.addWidget(self.now)
        column.addWidget(self.box)

    def show_progress(self, progress: Progress, read: int = 0) -> None:
        """From memory, while it runs here; `read` requests were spent before it started, on the plan."""
        self.records.set(progress.done, progress.records)
        self.requests.set(max(0, progress.sent - read), max(0, progress.planned - read))
        self.box.hide()
        self.now.setText(_now(progress))
        self.now.show()

    def show_summary(self, summary: Summary, *, wants_key: bool, elsewhere: str, read: int = 0) -> None:
        """From the journal, while it rests or runs elsewhere."""
        pending = summary.counts["pending"]
        self.records.set(summary.records - pending, summary.records)
        self.requests.set(max(0, summary.sent_requests - read), max(0, summary.planned_requests - read))
        self.now.hide()
        if elsewhere:
            self.box.set("Running in another window or command", elsewhere, "info")
        elif wants_key:
            self.box.set("The CRM refused the key", f"{summary.note}\nWith a new key the job goes on.", "warning")
        elif summary.interrupted:
            self.box.set(
                "Interrupted",
                "CRMDesk ended while this job ran. It can go on where it stopped: the records are looked at first, and"
                " nothing is applied twice.",
                "staged",
            )
        else:
            self.box.set(
                "Paused",
                f"{_sentence(summary.note)} Before it goes on, the records are looked at again, so that what others"
                " changed meanwhile is left alone.".strip(),
                "staged",
            )
        self.box.show()


def _sentence(note: str) -> str:
    text = note.strip()
    return "" if not text else text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _now(progress: Progress) -> str:
    if progress.waiting_until is not None:
        return (
            f"The hour's requests are used up. The job waits until {words.moment(progress.waiting_until)} and then"
            " goes on by itself."
        )
    if progress.state is JobState.SETTLING:
        return f"Settling: {progress.note or 'what was sent is followed to its end'}."
    about = f" Done about {words.moment(progress.eta)}." if progress.eta is not None else ""
    return f"Running.{about} It goes on while you work in other tabs, and when this tab is closed."
