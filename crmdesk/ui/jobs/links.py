"""Which jobs a job comes from, and which came from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.ui.widgets import Button

if TYPE_CHECKING:
    from crmdesk.changes.plan import Summary
    from crmdesk.store.journal import JobRow

_CHILD = {"undo": "Undone by", "retry": "Tried again by"}
_PARENT = {"undo": "Undoes", "retry": "Tries again"}


class Relatives(QWidget):
    """Links to parent and children; `chosen` carries a job's id."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._links: list[Button] = []

    @property
    def texts(self) -> list[str]:
        """What the links say."""
        return [link.text() for link in self._links]

    def show_jobs(self, summary: Summary, relatives: Sequence[JobRow]) -> None:
        """Show those that are linked to the job of this summary."""
        for old in self._links:
            self._column.removeWidget(old)
            old.deleteLater()
        self._links = []
        for job in relatives:
            words = _PARENT if job.id == summary.parent_id else _CHILD
            kind = summary.kind if job.id == summary.parent_id else job.kind
            text = f"{words.get(kind, 'See also')}: job {job.id}"
            link = Button(text, lambda job_id=job.id: self.chosen.emit(job_id), role="link", hint=job.title)  # type: ignore[misc]
            self._links.append(link)
            self._column.addWidget(link)
        self.setVisible(bool(self._links))
