"""Everything that an owner has: where each module's records of one owner are found, and what that costs.

`filtered_search` by owner is undocumented: it is used only where every row that it answers shows that owner.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmdesk.changes.reader import PAGE, Scope
from crmdesk.config.errors import InputError
from crmdesk.crm import requests
from crmdesk.crm.client import CrmClient, Purpose
from crmdesk.crm.directory import Directory
from crmdesk.crm.errors import Invalid, NotAllowed, NotFound, ServerFault
from crmdesk.crm.modules import Modules, ModuleSpec
from crmdesk.crm.requests import Page
from crmdesk.planning.collect import Collector, Tallied, Views
from crmdesk.planning.intents import OwnerHoldings
from crmdesk.store import rows
from crmdesk.store.journal import Journal

if TYPE_CHECKING:
    from crmdesk.planning.reassign import ReadCost

SEARCH_FACT = "search_by_owner"
OPEN_DEALS = "open deals"
TASKS_LAST = ("tasks",)
TASKS_AT_ONCE = 4
WITH_TASKS = ("contacts", "sales_accounts", "deals")
_OPEN = 0  # a task's status: 0 open, 1 completed (reference, "Tasks")


class Holdings:
    """Finds what an owner has, module by module."""

    def __init__(
        self, client: CrmClient, modules: Modules, directory: Directory, journal: Journal, views: Views
    ) -> None:
        self._client = client
        self._modules = modules
        self._directory = directory
        self._journal = journal
        self._views = views

    async def estimate(self, what: OwnerHoldings) -> ReadCost:
        """The price of finding everything. Asks for a page of one where a total is unknown."""
        from crmdesk.planning.reassign import ReadCost

        total, parts, holders = 0, [], 0
        for spec in self._specs(what):
            count, how, found = await self._price(spec, what)
            if spec.key in WITH_TASKS:
                holders += found
            if spec.key == "tasks" and holders:
                count += holders
                how = f"up to {count:,} requests, one for each contact and account, unless all open tasks are listed"
            total += count
            parts.append(f"{spec.plural}: {how}")
        return ReadCost(total, "; ".join(parts))

    async def collect(self, collector: Collector, what: OwnerHoldings) -> None:
        """Puts all of it into the plan. Raises CrmError, InputError."""
        for spec in self._specs(what):
            before, tallied = collector.ledger.sent, Tallied()
            scope = await self._module(collector, spec, what, tallied)
            await collector.close_module(spec, scope, tallied, collector.ledger.sent - before)

    def _specs(self, what: OwnerHoldings) -> list[ModuleSpec]:
        if not what.modules:
            raise InputError("No module is named.", remedy="Name at least one, such as contacts.")
        specs = list(dict.fromkeys(self._modules.get(name) for name in what.modules))
        return sorted(specs, key=lambda spec: spec.key in TASKS_LAST)

    async def _module(self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied) -> Scope:
        if spec.key == "documents":
            await self._say(
                collector, spec, "the API lists no documents: hand these over by a file of ids, or in the CRM"
            )
            return Scope()
        if spec.key == "products":
            await self._products(collector, spec, what, tallied)
            return Scope()
        if spec.key == "tasks":
            await self._tasks(collector, spec, what, tallied)
            return Scope()
        if spec.view_path is None:
            await self._listing(collector, spec, what, tallied)
            return Scope(total=tallied.total)
        scope = await collector.scope(spec)
        if not await self._by_search(collector, spec, what, tallied):
            await self._by_views(collector, spec, what, tallied, scope)
        return scope

    # -- contacts, accounts, deals, custom modules

    async def _by_search(self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied) -> bool:
        """Whether the account answers a search by owner, and its rows prove it."""
        if what.owner_id is None or spec.search_entity is None:
            return False
        if await self._journal.fact(f"{SEARCH_FACT}:{spec.key}") == "no":
            return False
        owner: int = what.owner_id
        why = collector.ledger.purpose("read")
        try:
            first = await requests.owned_by(self._client, spec, owner, 1, why=why)
        except (Invalid, NotAllowed, NotFound, ServerFault):
            await self._journal.learn(f"{SEARCH_FACT}:{spec.key}", "no")
            return False
        records = first.records()
        proven = all(spec.owner(record) == owner for record in records)
        if not proven:
            await self._journal.learn(f"{SEARCH_FACT}:{spec.key}", "no")
            return False
        if not records:
            return False  # nothing, or nothing understood: the views tell

        async def fetch(number: int) -> Page:
            return first if number == 1 else await requests.owned_by(self._client, spec, owner, number, why=why)

        closed = await self._closed_test(collector, spec, what)
        await collector.pages(spec, fetch, lambda s, record: s.owner(record) == owner and not closed(record), tallied)
        tallied.total = None  # of the search, not of the module
        await self._count_closed(collector, spec, closed)
        return True

    async def _by_views(
        self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied, scope: Scope
    ) -> None:
        views = list(scope.views)
        if spec.key == "deals" and not what.closed_deals:
            named = [view.id for view in await self._views(spec.key) if view.name.strip().lower() == OPEN_DEALS]
            views = named[:1] or views
        if not views:
            raise InputError(
                f"This account has no view that holds all {spec.plural.lower()}.",
                remedy="Pick the records in a view, or give a file of ids.",
            )
        closed = await self._closed_test(collector, spec, what)
        for view in views:
            await collector.view(
                spec, view, lambda s, record: s.owner(record) == what.owner_id and not closed(record), tallied
            )
        await self._count_closed(collector, spec, closed)

    async def _closed_test(self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings) -> _Closed:
        if spec.key != "deals" or what.closed_deals:
            return _Closed({}, what.owner_id, spec, active=False)
        why = collector.ledger.purpose("read")
        stages = await requests.selector(self._client, "deal_stages", why=why)  # may hold one pipeline's only
        for pipeline in await requests.selector(self._client, "deal_pipelines", why=why):
            stages += [stage for stage in pipeline.get("deal_stages") or () if isinstance(stage, dict)]
        ends = {
            stage["id"]: str(stage["forecast_type"]).lower().startswith("closed")
            for stage in stages
            if stage.get("forecast_type")
        }
        return _Closed(ends, what.owner_id, spec, active=True)

    async def _count_closed(self, collector: Collector, spec: ModuleSpec, closed: _Closed) -> None:
        if closed.count:
            await collector.ledger.write(
                lambda c: rows.leave_out(
                    c,
                    collector.ledger.job_id,
                    spec.key,
                    "closed, so that past results stay with who earned them",
                    closed.count,
                )
            )

    # -- tasks, products, sales activities

    async def _tasks(self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied) -> None:
        """Open tasks. The list may hold only those of the key's own user; those of others come with the records."""
        why = collector.ledger.purpose("read")
        owners: set[object] = set()

        async def fetch(number: int) -> Page:
            return await requests.tasks_page(self._client, "open", number, why=why)

        def take(task_spec: ModuleSpec, record: Mapping[str, Any]) -> bool:
            owners.add(task_spec.owner(record))
            return task_spec.owner(record) == what.owner_id

        await collector.pages(spec, fetch, take, tallied)
        if what.owner_id in owners or len(owners) > 1:
            return
        await self._tasks_of_records(collector, spec, what, tallied)
        await self._say(
            collector,
            spec,
            "the API lists only the key's own tasks: those of others were found through the contacts, accounts"
            " and deals of this plan; tasks on other records stay",
        )

    async def _tasks_of_records(
        self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied
    ) -> None:
        for module in WITH_TASKS:
            holder, last = self._modules.get(module), 0
            while ids := await collector.ledger.read(
                lambda c, m=module, low=last: [  # type: ignore[misc]
                    row[0]
                    for row in c.execute(
                        "SELECT record FROM changes WHERE job=? AND module=? AND record>? ORDER BY record LIMIT 100",
                        (collector.ledger.job_id, m, low),
                    )
                ]
            ):
                for at in range(0, len(ids), TASKS_AT_ONCE):
                    asked = [
                        self._tasks_of(collector, spec, holder, record_id, what, tallied)
                        for record_id in ids[at : at + TASKS_AT_ONCE]
                    ]
                    await asyncio.gather(*asked)
                    collector.tell(spec, tallied)
                last = ids[-1]

    async def _tasks_of(
        self,
        collector: Collector,
        spec: ModuleSpec,
        holder: ModuleSpec,
        record_id: int,
        what: OwnerHoldings,
        tallied: Tallied,
    ) -> None:
        why = collector.ledger.purpose("read")
        try:
            tasks = await requests.tasks_of(self._client, holder, record_id, why=why)
        except NotFound:
            return
        undone = [task for task in tasks if task.get("status", _OPEN) == _OPEN]
        await collector.add(spec, undone, lambda s, task: s.owner(task) == what.owner_id, tallied)

    async def _products(self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied) -> None:
        """Products have no list: the selector names them, and each is read for its owner."""
        why = collector.ledger.purpose("read")
        for item in await requests.selector(self._client, "deal_products", why=why):
            try:
                product = await requests.one(self._client, spec, int(item["id"]), why=why)
            except (NotFound, NotAllowed):
                continue
            await collector.add(spec, [product.fields], lambda s, r: s.owner(r) == what.owner_id, tallied)

    async def _listing(self, collector: Collector, spec: ModuleSpec, what: OwnerHoldings, tallied: Tallied) -> None:
        why = collector.ledger.purpose("read")

        async def fetch(number: int) -> Page:
            return await requests.listing_page(self._client, spec, number, why=why)

        await collector.pages(spec, fetch, lambda s, record: s.owner(record) == what.owner_id, tallied)

    async def _say(self, collector: Collector, spec: ModuleSpec, text: str) -> None:
        await collector.ledger.write(lambda c: rows.leave_out(c, collector.ledger.job_id, spec.key, text, 0))

    async def _price(self, spec: ModuleSpec, what: OwnerHoldings) -> tuple[int, str, int]:
        """Requests, how, and how many records that will pick where it is known."""
        if spec.key == "documents":
            return 0, "not listed by the API", 0
        if spec.key == "products":
            count = len(await requests.selector(self._client, "deal_products"))
            return count + 1, f"{count} products, one request each", 0
        if spec.key == "tasks":
            how = "one request a 100 of the key's own; for others one more for each contact and account found"
            return 1, how, 0
        if spec.view_path is None:
            page = await requests.listing_page(self._client, spec, 1)
            return math.ceil((page.total or 0) / PAGE), "the whole list", 0
        if what.owner_id is not None and await self._journal.fact(f"{SEARCH_FACT}:{spec.key}") != "no":
            try:
                page = await requests.owned_by(self._client, spec, what.owner_id, 1)
                if page.ids and all(spec.owner(record) == what.owner_id for record in page.records()):
                    found = page.total or 0
                    return math.ceil(found / PAGE), f"about {found:,} records, by search", found
            except (Invalid, NotAllowed, NotFound, ServerFault):
                await self._journal.learn(f"{SEARCH_FACT}:{spec.key}", "no")
        covering = requests.covering_views(spec, await self._views(spec.key)) or []
        total = 0
        for view in covering:
            page = await requests.view_page(self._client, spec, view.id, 1, per_page=1, why=Purpose())
            total += page.total or 0
        return math.ceil(total / PAGE), f"all {total:,} are read, 100 a request", 0


class _Closed:
    """Tells closed deals from open ones, and counts the owner's."""

    def __init__(self, ends: Mapping[object, bool], owner: int | None, spec: ModuleSpec, *, active: bool) -> None:
        self._ends = ends
        self._owner = owner
        self._spec = spec
        self._active = active
        self._seen: set[object] = set()

    @property
    def count(self) -> int:
        """Closed deals of the owner that were met."""
        return len(self._seen)

    def __call__(self, record: Mapping[str, Any]) -> bool:
        if not self._active:
            return False
        ended = self._ends.get(record.get("deal_stage_id"), record.get("closed_date") is not None)
        if ended and self._spec.owner(record) == self._owner:
            self._seen.add(record.get("id"))
        return ended
