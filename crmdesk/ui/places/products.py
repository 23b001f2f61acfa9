"""The place of products: their names from the selector of deals, each read when it is looked at, and by id."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.crm.errors import CrmError
from crmdesk.planning.intents import SelectedRecords
from crmdesk.ui.browse.hands import What
from crmdesk.ui.browse.source import Source
from crmdesk.ui.commands import Command
from crmdesk.ui.places.by_id import ByIdField, RestoreById, restore_by_id
from crmdesk.ui.places.holder import Holder
from crmdesk.ui.places.sources import ProductNames
from crmdesk.ui.places.table import WithoutBin
from crmdesk.ui.widgets import ElidedLabel, Line
from crmdesk.ui.window.workspace import Desk

ABOUT = "The CRM’s API lists names only; a product is read when its row is selected."


class ProductsTable(WithoutBin):
    """All products by name. A product that was read fills its row."""

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk, source)
        self._reading: asyncio.Task[int] | None = None

    def commands(self) -> Sequence[Command]:
        """Those of every table, and reading the rest of what is selected."""
        chosen = self.has_chosen
        return (
            *super().commands(),
            Command("products.read", "Read the selected…", self.read_selected, "Record", group=4, enabled=chosen),
        )

    def read_selected(self) -> None:
        """All fields of the selected rows; the cost is said, and asked for, where it is more than one request."""
        self.hands.with_selected(self._ask_reading)

    def _ask_reading(self, what: What) -> None:
        if not isinstance(what, SelectedRecords):
            return
        ids = [row.id for row in what.rows]
        if len(ids) == 1:
            self._start_reading(ids)
            return
        text = "The API gives products one at a time."
        self.strip.tell("read", text, (f"Read them ({len(ids):,} requests)", lambda: self._start_reading(ids)))

    def _start_reading(self, ids: Sequence[int]) -> None:
        def stop() -> None:
            if self._reading is not None:
                self._reading.cancel()
            self.strip.take_back("read")

        self.strip.tell("read", "Reading…", ("Stop", stop), dismiss=False)
        self._reading = self.desk.tasks.start(
            self._read_all(ids),
            owner=self,
            on_done=lambda _count: self.strip.take_back("read"),
            on_failed=self._not_read,
        )

    async def _read_all(self, ids: Sequence[int]) -> int:
        for number, record_id in enumerate(ids, 1):
            self.fill(await self.read_record(record_id))
            self.strip.change("read", f"Reading… {number:,} of {len(ids):,}")
        return len(ids)

    def _not_read(self, error: BaseException) -> None:
        if isinstance(error, CrmError):
            self.desk.session.heard(error)
            self.strip.tell("read", f"Not all could be read: {error} {error.remedy}".strip(), tone="warning")
        else:
            self.desk.say_error(error, "Reading products")

    def closed(self) -> None:
        """No more requests."""
        super().closed()
        if self._reading is not None:
            self._reading.cancel()


class ProductsPlace(Holder):
    """The table of names over a line that opens a product by its id."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.spec = desk.session.modules.get("products")
        self.by_id = ByIdField(self.spec)
        self.by_id.opened.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.place, 1)
        column.addWidget(Line())
        column.addWidget(self._foot())
        self.hold(ProductsTable(desk, ProductNames(self.spec, "", self.spec.plural)))

    def _foot(self) -> QWidget:
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        about = ElidedLabel(ABOUT, "muted")
        row.addWidget(about, 1)
        row.addWidget(self.by_id)
        return foot

    def _open(self, record_id: int) -> None:
        self.desk.open("record", {"module": self.spec.key, "id": record_id, "label": ""})

    @property
    def title(self) -> str:
        """The module's name, with the number of staged edits if there are any."""
        return f"{self.spec.plural}{self.staged_mark}"

    def memory(self) -> Mapping[str, Any]:
        """Enough to open it again."""
        return {"module": self.spec.key, "view_id": "", "view_name": self.spec.plural}

    def own_commands(self) -> Sequence[Command]:
        """By id: opened, restored."""
        return (
            Command("products.by_id", "Open a product by id", self.by_id.setFocus, "Record", "Ctrl+G", group=0),
            Command("products.restore_by_id", "Restore products by id…", self.restore_by_id, "Record", icon="undo"),
        )

    def restore_by_id(self) -> RestoreById:
        """Bring back deleted products, which the API lists nowhere."""
        return restore_by_id(self.desk, self.spec, self)
