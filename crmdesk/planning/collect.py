"""Reads the records that a plan is about into the journal, page by page, in constant memory."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from crmdesk.changes.ledger import Ledger
from crmdesk.changes.reader import Scope, canonical
from crmdesk.crm import requests
from crmdesk.crm.client import CrmClient
from crmdesk.crm.modules import ModuleSpec
from crmdesk.crm.requests import Page, View
from crmdesk.crm.values import NotLoaded, parse_time
from crmdesk.planning.pages import Fetch, in_order
from crmdesk.store import journal as book
from crmdesk.store import rows
from crmdesk.store.rows import NewRow

OWNER = "owner_id"

Take = Callable[[ModuleSpec, Mapping[str, Any]], bool]
Make = Callable[[ModuleSpec, Mapping[str, Any]], list[NewRow]]
Views = Callable[[str], Awaitable[list[View]]]


@dataclass(frozen=True)
class Collecting:
    """How far the reading for a plan is: records of `module` looked at, of how many, and those picked so far."""

    module: str
    looked_at: int
    total: int | None
    picked: int


@dataclass
class Tallied:
    """What a module's reading has come to."""

    looked_at: int = 0
    picked: int = 0
    newest: str | None = None
    total: int | None = None
    highest_total: int = 0
    again: bool = False  # a second reading: its owners are counted already

    def see(self, updated_at: object) -> None:
        """Remembers the newest time of the CRM's own clock."""
        moment = parse_time(updated_at)
        if moment is not None and (self.newest is None or moment > (parse_time(self.newest) or moment)):
            self.newest = str(updated_at)


class Collector:
    """Reads for one draft."""

    def __init__(
        self, ledger: Ledger, client: CrmClient, views: Views, progress: Callable[[Collecting], None] | None
    ) -> None:
        self.ledger = ledger
        self._client = client
        self._views = views
        self._progress = progress or (lambda _: None)

    async def scope(self, spec: ModuleSpec) -> Scope:
        """The views that hold all of a module."""
        covering = requests.covering_views(spec, await self._views(spec.key)) if spec.view_path else None
        return Scope(tuple(view.id for view in covering or ()))

    async def view(
        self, spec: ModuleSpec, view_id: int, take: Take, tallied: Tallied, make: Make | None = None
    ) -> None:
        """All records of a view that `take` wants; what moved from page to page while reading is looked for once."""
        for descending in (False, True):
            before, tallied.highest_total = tallied.looked_at, 0

            async def fetch(number: int, down: bool = descending) -> Page:
                return await requests.view_page(
                    self._client,
                    spec,
                    view_id,
                    number,
                    sort="created_at",
                    descending=down,
                    why=self.ledger.purpose("read"),
                )

            total = await self.pages(spec, fetch, take, tallied, make)
            # a record that was deleted meanwhile pulled another one over a page's edge, unseen
            if total is None or tallied.looked_at - before >= max(total, tallied.highest_total):
                break
            tallied.again = True

    async def pages(
        self, spec: ModuleSpec, fetch: Fetch, take: Take, tallied: Tallied, make: Make | None = None
    ) -> int | None:
        """Puts the wanted records of all pages into the plan; the last page's total."""
        total: int | None = None
        async with aclosing(in_order(fetch)) as pages:
            async for page in pages:
                total = page.total
                await self.add(spec, page.records(), take, tallied, make)
                tallied.total = total
                tallied.highest_total = max(tallied.highest_total, total or 0)
                self.tell(spec, tallied)
        return total

    def tell(self, spec: ModuleSpec, tallied: Tallied) -> None:
        """Says how far the reading of a module is."""
        self._progress(Collecting(spec.key, tallied.looked_at, tallied.total, tallied.picked))

    async def add(
        self,
        spec: ModuleSpec,
        records: Iterable[Mapping[str, Any]],
        take: Take,
        tallied: Tallied,
        make: Make | None = None,
    ) -> None:
        """Puts the wanted ones of some records into the plan; `make`: which rows each becomes, else its owner's."""
        wanted: list[NewRow] = []
        owners: Counter[int | None] = Counter()
        for record in records:
            tallied.looked_at += 1
            tallied.see(record.get("updated_at"))
            owner = spec.owner(record)
            if not isinstance(owner, NotLoaded) and not tallied.again:
                owners[owner] += 1
            if take(spec, record):
                wanted += [new_row(spec, record)] if make is None else make(spec, record)
        tallied.picked += await self.ledger.write(lambda c: _insert(c, self.ledger.job_id, wanted, owners))

    async def close_module(self, spec: ModuleSpec, scope: Scope, tallied: Tallied, read: int) -> None:
        """Notes where the module's records can be read again."""
        noted = {**dataclasses.replace(scope, newest=tallied.newest).as_json(), "read": read}
        await self.ledger.write(lambda c: book.set_scope(c, self.ledger.job_id, spec.key, noted))


def new_row(spec: ModuleSpec, record: Mapping[str, Any]) -> NewRow:
    """A record whose owner may change."""
    owner = spec.owner(record)
    updated = record.get("updated_at")
    return NewRow(
        module=spec.key,
        record=int(record["id"]),
        label=spec.label(record)[:200],
        field=OWNER,
        before=None if isinstance(owner, NotLoaded) else canonical(owner),
        read_updated=updated if isinstance(updated, str) else None,
    )


def _insert(c: Any, job: int, wanted: list[NewRow], owners: Counter[int | None]) -> int:
    rows.add_tally(c, job, owners)
    return rows.add(c, job, wanted)
