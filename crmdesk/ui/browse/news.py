"""What happened to records since they were read: said in the strip, read again where it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace


class News(QObject):
    """Hears of changed records for one table; part of its workspace."""

    def __init__(self, work: BrowseWorkspace) -> None:
        super().__init__(work)
        self._work = work
        self._by = ""
        self.stop = work.desk.session.subscribe(self._announced)
        work.model.order_moved.connect(self._order_moved)
        work.feed.moved.connect(lambda: self.tell_changed(", and other records stand here now"))
        work.feed.reread.connect(self._reread)

    def _order_moved(self) -> None:
        self._work.strip.tell(
            "moved", "The view has changed while it was read; rows may be missing.", ("Refresh", self._work.refresh)
        )

    def _announced(self, told: Any) -> None:
        """Records were changed from here: the pages in sight are read again, one request each, now or when shown."""
        work = self._work
        if getattr(told, "module", None) != work.source.spec.key or not work.model.store.pages:
            return
        ids = getattr(told, "ids", None)
        if ids is not None and not any(work.model.store.has(record_id) for record_id in ids):
            return
        self._by = getattr(told, "by", "")
        work.feed.expire()
        if work.model.sorted_here:
            self.tell_changed("")
        elif work.isVisible():
            work.look_again()

    def tell_changed(self, how: str) -> None:
        """Rows of this view are other ones than those on the screen."""
        by = f" by {self._by}" if self._by else ""
        work = self._work
        work.strip.tell("changed", f"Rows of this view were changed{by}{how}.", ("Refresh", work.refresh))

    def _reread(self) -> None:
        """A page has new values: so may the record in the inspector."""
        self._work.finding.texts_changed()
        self._work.inspect_again()
