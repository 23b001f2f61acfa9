"""The contacts of one list, in the table of every view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.paging import Page
from crmdesk.ui.browse.source import Order, Source
from crmdesk.ui.commands import Command
from crmdesk.ui.places.table import PlaceTable
from crmdesk.ui.window.workspace import Desk

if TYPE_CHECKING:
    from crmdesk.crm.client import CrmClient, Purpose


@dataclass(frozen=True)
class ListContacts(Source):
    """Pages of a list's contacts. The API knows no order of them."""

    list_id: int = 0

    @property
    def listable(self) -> bool:
        """By their list."""
        return True

    @property
    def is_view(self) -> bool:
        """A list is no view: what is selected of it is always named by id."""
        return False

    @property
    def never(self) -> frozenset[str]:
        """Lists bring no owners (the API takes no `include` there)."""
        return frozenset(("owner_id",))

    def sorts_by(self, key: str) -> bool:
        """Only here, once all are loaded."""
        return False

    async def page(self, client: CrmClient, number: int, order: Order, why: Purpose) -> Page:
        """One page of 100 contacts."""
        from crmdesk.crm import lists

        return await lists.contacts_of(client, self.list_id, number, why=why)


def source_of(contacts: ModuleSpec, list_id: int, name: str) -> ListContacts:
    """The contacts of a list. Its id among views is a text, for views of contacts are numbers, too."""
    return ListContacts(contacts, f"list:{list_id}", name, (), list_id)


class MembersTable(PlaceTable):
    """`selection_changed` follows what is selected; the commands of the list stand beside those of every row."""

    selection_changed = Signal()
    counted = Signal(object)

    def __init__(self, desk: Desk, source: ListContacts, row_commands: Callable[[], Sequence[Command]]) -> None:
        self._row_commands = row_commands
        super().__init__(desk, source)

    @property
    def makes(self) -> str:
        """Nothing: contacts are put on a list, not made on it."""
        return ""

    def can_filter(self) -> bool:
        """The CRM's search knows no lists."""
        return False

    def commands(self) -> Sequence[Command]:
        """Those of contacts, with copying in place of adding to a list."""
        usual = [command for command in super().commands() if command.id != "browse.list"]
        return (*usual, *self._row_commands())

    def _chosen_changed(self) -> None:
        super()._chosen_changed()
        self.selection_changed.emit()

    def counts(self) -> None:
        """Show the counts; the list's row shows how many are on it."""
        super().counts()
        if self.model.store.pages and self.model.total is not None:
            self.counted.emit(self.model.total)
