"""The table of a place: rows that are less than records are filled by what was read of each."""

from __future__ import annotations

from collections.abc import Sequence

from crmdesk.crm.paging import Record
from crmdesk.ui.browse.source import Source
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.commands import Command
from crmdesk.ui.window.workspace import Desk


class PlaceTable(BrowseWorkspace):
    """A record that was read by itself fills its row."""

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk, source)
        self.inspected.arrived.connect(self.fill)

    def fill(self, record: Record) -> None:
        """Show all of a record in its row, if it is here."""
        if record.id and self.model.store.has(record.id):
            self.take_fresh({**record.fields, "id": record.id})


class WithoutBin(PlaceTable):
    """A place whose records can be restored, and whose Recycle Bin the API does not list."""

    def commands(self) -> Sequence[Command]:
        """Deleted rows stay on the screen until they are read again: from there they can be restored."""
        restore = Command(
            "places.restore",
            "Restore the selected",
            self.bulk.restore,
            "Record",
            icon="undo",
            group=5,
            enabled=self.has_chosen,
        )
        return (*super().commands(), restore)
