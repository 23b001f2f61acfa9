"""Where a table's pages come from: a view, a filter of tasks or appointments, or a plain listing.

Other places have sources of their own, made from this one: ui/places, ui/lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.paging import Page
from crmdesk.ui.browse.filters import SAVED, Rule, rules_to_json

if TYPE_CHECKING:
    from crmdesk.crm.client import CrmClient, Purpose

LISTED_PLAINLY = frozenset({"sales_activities"})
BY_FILTER = frozenset({"tasks", "appointments"})


@dataclass(frozen=True)
class Order:
    """How the rows are ordered; no key means the view's own order."""

    key: str = ""
    descending: bool = False


VIEW_ORDER = Order()


@dataclass(frozen=True)
class Source:
    """Pages of records in one order, and what can be asked of them.

    `view_id` of tasks and appointments is their filter.
    """

    spec: ModuleSpec
    view_id: int | str
    name: str
    rules: tuple[Rule, ...] = ()  # a filter of ours, asked of the CRM's search; empty for its own views

    @property
    def listable(self) -> bool:
        """Whether the API lists these records at all (products and documents are only found by id)."""
        return self.spec.view_path is not None or self.spec.key in BY_FILTER or self._plain

    @property
    def _plain(self) -> bool:
        return self.spec.key in LISTED_PLAINLY

    @property
    def heading(self) -> str:
        """The view's name as a title that stands alone."""
        if self.spec.key in BY_FILTER and self.spec.singular.lower() not in self.name.lower():
            return f"{self.name} {self.spec.plural.lower()}"
        return self.name

    @property
    def caveat(self) -> str:
        """What the person should know about how much of the truth this shows; empty if it is all."""
        if self.rules:
            return "search lags a little"
        return "the CRM may list only your own" if self.spec.key in BY_FILTER else ""

    @property
    def never(self) -> frozenset[str]:
        """Fields that its rows never hold, though other places of the module do: no column by standard."""
        return frozenset()

    @property
    def recycled(self) -> bool:
        """Whether these are deleted records that can be restored (the CRM's view of that name)."""
        return self.is_view and self.name.strip().lower() == "recycle bin"

    @property
    def is_view(self) -> bool:
        """Whether it is one of the CRM's saved views, which can be handed over as a whole."""
        return self.spec.view_path is not None and not self.rules

    def sorts_by(self, key: str) -> bool:
        """Whether the API is documented to sort by this key."""
        return (self.is_view or bool(self.rules)) and key in self.spec.sortable

    def args(self) -> dict[str, Any]:
        """Enough to open it again."""
        if self.rules and not str(self.view_id).startswith(SAVED):
            return {"module": self.spec.key, "filter": rules_to_json(self.rules), "name": self.name}
        return {"module": self.spec.key, "view_id": self.view_id, "view_name": self.name}

    async def page(self, client: CrmClient, number: int, order: Order, why: Purpose) -> Page:
        """One page of 100 records in the given order; errors are those of `crm.requests`."""
        from crmdesk.crm import requests, search

        if self.rules:
            return await search.filtered(
                client,
                self.spec,
                [rule.asked(self.spec) for rule in self.rules],
                number,
                sort=order.key or None,
                descending=order.descending,
                why=why,
            )
        if self.spec.key == "tasks":
            return await requests.tasks_page(client, str(self.view_id), number, why)
        if self.spec.key == "appointments":
            return await requests.appointments_page(client, str(self.view_id), number, why)
        if self._plain:
            return await requests.listing_page(client, self.spec, number, why)
        return await requests.view_page(
            client,
            self.spec,
            int(self.view_id),
            number,
            sort=order.key or None,
            descending=order.descending,
            why=why,
        )
