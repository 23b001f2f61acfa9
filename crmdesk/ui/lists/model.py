"""The account's lists as rows, narrowed by typed words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from crmdesk.crm.client import PERSON_READS, CrmClient
from crmdesk.ui.browse.values import folded

Index = QModelIndex | QPersistentModelIndex
MOST_PAGES = 50


@dataclass(frozen=True)
class MarketingList:
    """A list by id and name: the API tells no more of it."""

    id: int
    name: str


async def read_lists(client: CrmClient) -> list[MarketingList]:
    """All lists of the account, one request for each 100. Raises CrmError."""
    from crmdesk.crm import lists

    found: dict[int, MarketingList] = {}
    for number in range(1, MOST_PAGES + 1):
        page = await lists.all_lists(client, number, why=PERSON_READS)
        for record in page.records():
            name = page.spec.label(record)
            found[int(record["id"])] = MarketingList(int(record["id"]), name)
        if len(page.ids) < page.per_page or (page.total_pages is not None and number >= page.total_pages):
            break
    return list(found.values())


class ListsModel(QAbstractListModel):
    """The lists that fit the words, in the CRM's order. Counts are known of those that were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[MarketingList] = []
        self.rows: list[MarketingList] = []
        self.counts: dict[int, int] = {}
        self._words: list[str] = []

    def show(self, lists: Iterable[MarketingList]) -> None:
        """These are the account's lists."""
        self.all = list(lists)
        self._again()

    def narrow(self, text: str) -> None:
        """Show those that have every word."""
        self._words = folded(text).split()
        self._again()

    def _again(self) -> None:
        self.beginResetModel()
        self.rows = [one for one in self.all if all(word in folded(one.name) for word in self._words)]
        self.endResetModel()

    def count(self, list_id: int, count: int) -> None:
        """So many contacts are on a list."""
        self.counts[list_id] = count
        row = self.row_of(list_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def get(self, list_id: int | None) -> MarketingList | None:
        """A list by its id, shown or not."""
        return next((one for one in self.all if one.id == list_id), None)

    def at(self, row: int) -> MarketingList | None:
        """The list of a row."""
        return self.rows[row] if 0 <= row < len(self.rows) else None

    def row_of(self, list_id: int | None) -> int:
        """The row of a list; -1 while it is not shown."""
        return next((row for row, one in enumerate(self.rows) if one.id == list_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row a list."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name; the count under UserRole; both for screen readers."""
        one = self.at(index.row()) if index.isValid() else None
        if one is None:
            return None
        count = self.counts.get(one.id)
        if role == Qt.ItemDataRole.DisplayRole:
            return one.name
        if role == Qt.ItemDataRole.UserRole:
            return "" if count is None else f"{count:,}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return one.name if count is None else f"{one.name}, {count:,} contacts"
        return None
