"""Joins a table to what is staged on its module: marks, counts, new edits, reverting. The drafts keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from crmdesk.changes.drafts import DraftEvent, Staged
from crmdesk.crm.kinds import Kind
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace


SHOWN_AFTER = 30  # milliseconds until an edit is shown
SHOWN_EVERY = 200  # milliseconds: a pasted block is staged in many slices, and shown in few


class Staging(QObject):
    """What is staged on one module, as one table shows it; part of its workspace."""

    changed = Signal()  # what is staged is something else now; the table shows it

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._module = work.source.spec.key
        self._drafts = work.desk.session.drafts
        self._touched: set[int] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._shown = QElapsedTimer()
        self._soon.timeout.connect(self._show)
        work.layers.staged = self._drafts.staged(self._module)
        self.stop = self._drafts.subscribe(self._heard)

    @property
    def count(self) -> int:
        """How many fields are staged on records of this module."""
        return self._drafts.count(self._module)

    @property
    def records(self) -> int:
        """On how many records."""
        return self._drafts.records(self._module)

    def _heard(self, event: DraftEvent) -> None:
        if event.module == self._module:
            self._touched.update(record for record in event.records if isinstance(record, int))
            self._work.layers.staged = self._drafts.staged(self._module)
            if not self._soon.isActive():
                several = len(event.records) > 1 and self._shown.isValid()
                self._soon.start(max(SHOWN_AFTER, SHOWN_EVERY - self._shown.elapsed() if several else 0))

    def _show(self) -> None:
        touched, self._touched = self._touched, set()
        work = self._work
        work.layers.staged = self._drafts.staged(self._module)
        work.model.touched(touched)
        if work.built:
            work.look_again()
            work.table.viewport().update()
        self.changed.emit()
        self._shown.start()

    # -- edits ------------------------------------------------------------------------------------------

    def label(self, record: Mapping[str, Any]) -> str:
        """What the edits of a record call it."""
        return self._work.source.spec.label(record)

    def edit(
        self, record: Mapping[str, Any], field: str, kind: Kind, before: Any, after: Any, label: str | None = None
    ) -> Staged:
        """An edit of one field of a record; `label` is made here if it is not given."""
        updated = record.get("updated_at")
        return Staged(
            self._module,
            int(record["id"]),
            field,
            after,
            before,
            kind,
            self.label(record) if label is None else label,
            updated if isinstance(updated, str) else None,
        )

    def stage(self, edits: Iterable[Staged]) -> None:
        """Stage these edits."""
        self._drafts.stage(edits)

    def staged(self, record_id: int, field: str) -> Staged | None:
        """The edit of one field, if there is one."""
        return self._drafts.get(self._module, record_id, field)

    def revert(self, cells: Iterable[tuple[int, str]]) -> None:
        """Take back the edits of these fields of these records."""
        for record_id, field in cells:
            self._drafts.revert(self._module, record_id, field)

    def revert_records(self, ids: Iterable[int]) -> None:
        """Take back all edits of these records."""
        for record_id in ids:
            self._drafts.revert(self._module, record_id)

    def discard(self) -> None:
        """Nothing of this module is staged any more; it can be put back as long as the message stands."""
        edits = [edit for fields in self._drafts.staged(self._module).values() for edit in fields.values()]
        kept = [edit for edit in edits if edit.kinds is None]
        if not kept:
            return
        for record_id in {edit.record for edit in kept}:
            self._drafts.revert(self._module, record_id)
        many = f"{len(kept):,} staged edits were" if len(kept) > 1 else "1 staged edit was"
        back = ("Put them back" if len(kept) > 1 else "Put it back", lambda: self._drafts.stage(kept))
        self._work.desk.say(Message(f"{many} discarded.", actions=(back,), key="browse.discarded"))
