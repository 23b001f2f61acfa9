"""What happened to records since they were read: said in the strip, read again where it is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from crmdesk.crm.errors import CrmError, NotFound

if TYPE_CHECKING:
    from crmdesk.crm.paging import Record
    from crmdesk.ui.browse.workspace import BrowseWorkspace

ONE_BY_ONE = 20  # records that are read by themselves; more are read again with the pages they are on


class News(QObject):
    """Hears of changed records for one table; part of its workspace.

    What was written from here is shown as written at once (`session.written`); few records are read again by
    themselves, since the CRM's lists lag behind, many with their pages when those are looked at.
    """

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._by = ""
        self._to_read: set[int] = set()
        self.stop = work.desk.session.subscribe(self._announced)
        work.model.order_moved.connect(self._order_moved)
        work.feed.moved.connect(lambda: self.tell_changed(", and other records stand here now"))
        work.feed.reread.connect(self._reread)

    def _order_moved(self) -> None:
        self._work.strip.tell(
            "moved", "The view has changed while it was read; rows may be missing.", ("Refresh", self._work.refresh)
        )

    def _announced(self, told: Any) -> None:
        """Records were changed from here."""
        work = self._work
        if getattr(told, "module", None) != work.source.spec.key or not work.model.store.pages:
            return
        ids: frozenset[int] | None = getattr(told, "ids", None)
        removed: frozenset[int] = getattr(told, "removed", frozenset())
        if ids is None:
            self._by = getattr(told, "by", "")
            self._expire()
            return
        here = {record_id for record_id in ids - removed if work.model.store.has(record_id)}
        gone = sum(work.model.store.has(record_id) for record_id in removed)
        if here or gone:
            self._by = getattr(told, "by", "")
        if gone:
            self.tell_changed(f"; {gone:,} of them {'is' if gone == 1 else 'are'} no longer in it")
        if here:
            self._changed(here)

    def _changed(self, here: set[int]) -> None:
        work = self._work
        work.layers.forget(here)
        self.touched(here)
        if len(here) > ONE_BY_ONE:
            self._expire()
            return
        self._to_read |= here
        if work.isVisible():
            self.look()

    def touched(self, ids: Iterable[int]) -> None:
        """These records show other values now."""
        self._work.model.touched(set(ids))
        if self._work.isVisible():
            self._work.look_again()
            self._work.table.viewport().update()

    def _expire(self) -> None:
        """The pages in sight are read again, one request each, now or when shown."""
        work = self._work
        work.feed.expire()
        if work.model.sorted_here:
            self.tell_changed("")
        elif work.isVisible():
            work.look_again()

    # -- few records ------------------------------------------------------------------------------------

    def look(self) -> None:
        """The table is in sight: read what was changed and not read since."""
        wanted, self._to_read = self._to_read, set()
        if wanted:
            self._work.desk.tasks.start(
                self._read(sorted(wanted)), owner=self, on_done=self._here, on_failed=lambda _error: self._expire()
            )

    async def _read(self, ids: list[int]) -> tuple[list[Record], int]:
        """These records, one request each, and how many of them are gone. Raises CrmError."""
        found, gone = [], 0
        for record_id in ids:
            try:
                record = await self._work.read_record(record_id)
                record.fields.setdefault("id", record_id)
                found.append(record)
            except NotFound:
                gone += 1
            except CrmError:
                if not found:
                    raise
                break
        return found, gone

    def _here(self, read: tuple[list[Record], int]) -> None:
        found, gone = read
        work = self._work
        moved = any(self._moved(record) for record in found)
        for record in found:
            work.known.names.learn(record.side)
            work.layers.read(record.fields)
        self.touched(int(record.fields["id"]) for record in found)
        if moved:
            self.tell_changed(", and their order may be another one now")
        elif gone:
            self.tell_changed(f"; {gone:,} could not be found again")
        self._reread()

    def _moved(self, record: Record) -> bool:
        """Whether what the rows are ordered by is another than the list said."""
        work = self._work
        now = work.sorter.now
        column = next((column for column in work.model.columns if now is not None and column.key == now.key), None)
        listed = work.model.listed(int(record.fields["id"]))
        if column is None or listed is None:
            return False
        text = work.known.texts.maker(column.value)
        return text(listed) != text(record.fields)

    def tell_changed(self, how: str) -> None:
        """Rows of this view are other ones than those on the screen."""
        by = f" by {self._by}" if self._by else ""
        work = self._work
        work.strip.tell("changed", f"Rows of this view were changed{by}{how}.", ("Refresh", work.refresh))

    def _reread(self) -> None:
        """There are new values: so may there be in the inspector."""
        self._work.finding.texts_changed()
        self._work.inspect_again()
