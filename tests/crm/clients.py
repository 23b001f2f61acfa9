"""A client of a running sandbox for one coroutine, and the records that tests begin with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from crmdesk.crm import requests, writes
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.budget import UnlimitedBudget
from crmdesk.crm.calls import Call, perform
from crmdesk.crm.client import CrmClient, Purpose, RetryPolicy
from crmdesk.crm.modules import BUILT_IN, ModuleSpec
from crmdesk.crm.paging import Record
from tests.support.aio import run

if TYPE_CHECKING:
    from crmdesk.crm.answers import Answer
    from tests.support.sandbox_process import SandboxProcess

T = TypeVar("T")
WRITE = Purpose(kind="write")
CONTACTS, ACCOUNTS, DEALS = BUILT_IN["contacts"], BUILT_IN["sales_accounts"], BUILT_IN["deals"]


def with_client(sandbox: SandboxProcess, work: Callable[[CrmClient], Awaitable[T]]) -> T:
    """Runs `work` with a client that is closed afterwards."""

    async def main() -> T:
        client = CrmClient(
            parse_bundle_alias(sandbox.url), sandbox.api_key, UnlimitedBudget(), retry=RetryPolicy(first_wait=0.01)
        )
        try:
            return await work(client)
        finally:
            await client.aclose()

    return run(main())


async def send(client: CrmClient, call: Call) -> Answer:
    return await perform(client, call, why=WRITE)


async def created(client: CrmClient, spec: ModuleSpec, values: Mapping[str, Any]) -> Record:
    """A new record, as the answer of its create tells of it."""
    record = writes.record_of(spec, await send(client, writes.create(spec, values)))
    assert isinstance(record.fields["id"], int)
    return record


async def first_ids(client: CrmClient, spec: ModuleSpec, count: int) -> list[int]:
    """Some records of a module."""
    found = requests.covering_views(spec, await requests.views(client, spec))
    assert found is not None
    page = await requests.view_page(client, spec, found[0].id, 1, per_page=count)
    return list(page.ids)


async def owner_ids(client: CrmClient, count: int) -> list[int]:
    return [item["id"] for item in (await requests.selector(client, "owners"))[:count]]
