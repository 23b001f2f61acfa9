"""What CRMDesk changed on one record, when, by which job, and the undo of just that; from the journal, no request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.store.words import Op, Outcome
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.shown import BLANK, NOT_LOADED_WORDS, Shown
from crmdesk.ui.review.running import undo_now
from crmdesk.ui.widgets import Button, ElidedButton, label

if TYPE_CHECKING:
    from crmdesk.changes.jobs import HistoryRow, JobEvent
    from crmdesk.ui.window.workspace import Desk

FIRST = 12  # changes; the rest after a click
SOON_MS = 100
_DONE = {
    Op.CREATE: "created",
    Op.CLONE: "created as a copy",
    Op.DELETE: "deleted",
    Op.RESTORE: "restored",
    Op.FORGET: "forgotten for good",
}


class HistoryList(QWidget):
    """One block a job: when and which, then its changes on this record, each with its own undo."""

    def __init__(self, desk: Desk, module: str, record: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._module = module
        self._record = record
        self._all = False
        self._rows: list[HistoryRow] = []
        self._shown = Shown(desk, self)
        self._shown.changed.connect(self._draw)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.setAccessibleName("Changed from here")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.refresh)
        leave = desk.session.jobs.subscribe(self._heard)
        self.destroyed.connect(lambda: leave())
        self._draw()
        self.refresh()

    def show_record(self, module: str, record: int) -> None:
        """Show another record."""
        self._module, self._record, self._all, self._rows = module, record, False, []
        self.refresh()

    def refresh(self) -> None:
        """Read the journal again."""
        module, record = self._module, self._record

        def done(rows: Sequence[HistoryRow]) -> None:
            if (module, record) == (self._module, self._record):
                self._rows = list(rows)
                self._draw()

        self._desk.tasks.start(
            self._desk.session.jobs.history(module, record), owner=self, title="Reading the history", on_done=done
        )

    def _heard(self, event: JobEvent) -> None:
        if event.what == "ended":
            self._soon.start()

    # -- what is shown

    @property
    def texts(self) -> list[str]:
        """What the list says, line by line."""
        return [text for text in self._told if text]

    def _draw(self) -> None:
        self._told: list[str] = []
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        rows = self._rows if self._all else self._rows[:FIRST]
        for job_id, group in groupby(rows, key=lambda row: row.job_id):
            self._add_job(job_id, list(group))
        if not self._rows:
            self._column.addWidget(label("Nothing was changed from here yet.", "muted", wrap=True))
        if len(rows) < len(self._rows):
            self._column.addWidget(Button(f"Show {len(self._rows) - len(rows)} more", self._show_all, role="link"))
        self._column.addStretch(1)

    def _add_job(self, job_id: int, rows: list[HistoryRow]) -> None:
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 6, 0, 0)
        line.setSpacing(6)
        line.addWidget(label(_when(rows[0].when), "small"))
        opened = ElidedButton(
            rows[0].title.replace("&", "&&"), lambda: self._desk.open("jobs", {"job": job_id}), role="link"
        )
        opened.setProperty("small", "true")
        line.addWidget(opened)
        line.addStretch(1)
        self._told.append(f"{_when(rows[0].when)} {rows[0].title}".strip())
        undoable = [row for row in rows if row.undoable]
        if len(undoable) > 1:
            line.addWidget(self._undo_button(undoable, "Undo all"))
        self._column.addWidget(head)
        for row in rows:
            self._add_row(row)

    def _add_row(self, row: HistoryRow) -> None:
        text = self._text(row)
        self._told.append(text)
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        good = row.outcome in (Outcome.CHANGED, Outcome.REVERTED)
        line.addWidget(label(text, "" if good else "muted", wrap=True, selectable=True), 1)
        if row.undoable:
            line.addWidget(self._undo_button([row], "Undo"))
        self._column.addWidget(holder)

    def _undo_button(self, rows: list[HistoryRow], text: str) -> Button:
        told = ", ".join(self._text(row) for row in rows)
        button = Button(text, lambda: self._undo(rows), role="link", hint=f"Give back: {told}")
        button.setProperty("small", "true")
        button.setAccessibleName(f"{text}: {told}")
        return button

    def _undo(self, rows: list[HistoryRow]) -> None:
        undo_now(
            self._desk,
            rows[0].job_id,
            module=self._module,
            records=[self._record],
            fields=[row.field for row in rows],
        )

    def _text(self, row: HistoryRow) -> str:
        shown = self._shown
        done = _DONE.get(Op(row.op))
        if done is not None:
            text = f"{shown.one(self._module).capitalize()} {done}"
        else:
            had = shown.text(self._module, row.field, row.before) or BLANK
            before = had if row.before_known else NOT_LOADED_WORDS
            after = shown.text(self._module, row.field, row.after) or BLANK
            text = f"{shown.field(self._module, row.field)}: {before} → {after}"
        if row.outcome in (Outcome.CHANGED, Outcome.REVERTED):
            return text
        why = f", {row.message}" if row.message else ""
        return f"{text} · {words.outcome_name(row.outcome).lower()}{why}"

    def _show_all(self) -> None:
        self._all = True
        self._draw()


def _when(when: datetime | None) -> str:
    return words.moment(when)
