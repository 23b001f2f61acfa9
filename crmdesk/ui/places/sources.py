"""Rows that come from elsewhere than a view, as pages that the browse table takes. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.paging import Page
from crmdesk.crm.values import whole
from crmdesk.ui.browse.source import Order, Source

if TYPE_CHECKING:
    from crmdesk.crm.client import CrmClient, Purpose

PRODUCT_NAMES = "deal_products"


def page_of(spec: ModuleSpec, rows: Sequence[Mapping[str, Any]]) -> Page:
    """All rows as one page; a row without an id is left out, a key that a row has not is *not loaded*."""
    kept = {record_id: {**row, "id": record_id} for row in rows if (record_id := whole(row.get("id"))) is not None}
    body = {spec.many_key: list(kept.values())}
    ids = tuple(kept)
    return Page(spec, 1, max(1, len(ids)), len(ids), 1, ids, json.dumps(body).encode(), None, body)


@dataclass(frozen=True)
class ProductNames(Source):
    """The names and ids of all products, as drop-downs of deals list them: one request, and no other field."""

    @property
    def listable(self) -> bool:
        """By name at least."""
        return True

    @property
    def caveat(self) -> str:
        """What a row does not hold."""
        return "names only"

    async def page(self, client: CrmClient, number: int, order: Order, why: Purpose) -> Page:
        """All of them on the first page."""
        from crmdesk.crm import requests

        items = await requests.selector(client, PRODUCT_NAMES, why)
        return page_of(self.spec, [{"id": item.get("id"), "name": item.get("name")} for item in items])


@dataclass(frozen=True)
class DealDocuments(Source):
    """The documents of one deal, as they come with it: one request."""

    deals: ModuleSpec | None = None
    deal: int = 0

    @property
    def listable(self) -> bool:
        """By their deal."""
        return True

    async def page(self, client: CrmClient, number: int, order: Order, why: Purpose) -> Page:
        """All of them on the first page. Raises NotFound for a deal that is gone."""
        from crmdesk.crm.parts import read_part

        assert self.deals is not None  # a default only because a dataclass wants one
        found = await read_part(client, self.deals, self.deal, "documents", why=why)
        return page_of(self.spec, [record.fields for record in found.records])
