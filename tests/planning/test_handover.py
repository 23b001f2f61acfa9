"""Everything that an owner has, across modules; with and without the undocumented search."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from crmdesk.config.errors import InputError
from crmdesk.crm import requests
from crmdesk.planning.intents import OwnerHoldings, Split
from tests.support.account import active_owners, connected, counted, ended, inactive_owner, owners, planned, some
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
MODULES = ("contacts", "sales_accounts", "deals", "tasks", "products", "sales_activities")
SMALL = ("--hour-limit", "0", "--job-time", "0.1,0", "--records", "200")
pytestmark = pytest.mark.usefixtures("data_home")


def holder(sandbox: SandboxProcess) -> int:
    """Who owns most contacts."""
    have = list(owners(sandbox, "contacts").values())
    return max({owner for owner in have if owner is not None}, key=have.count)


@pytest.mark.parametrize("flags", [(), ("--no-owner-search",), ("--no-owner-search", "--no-all-deals")])
def test_handover_takes_all_and_only_what_is_open(start_sandbox: Start, flags: tuple[str, ...]) -> None:
    sandbox = start_sandbox(*SMALL, *flags)

    async def main() -> None:
        async with connected(sandbox) as session:
            leaver = holder(sandbox)
            heir = next(owner for owner in await active_owners(session) if owner != leaver)
            pipelines = await requests.selector(session.client, "deal_pipelines")
            stages = [stage for pipeline in pipelines for stage in pipeline["deal_stages"]]
            assert len(pipelines) == 2
            ended_stages = {s["id"] for s in stages if s["forecast_type"].lower().startswith("closed")}
            deals = sandbox.records("deals", "owner_id", "deal_stage_id")
            tasks = sandbox.records("tasks", "owner_id", "status")
            plan = await planned(session, OwnerHoldings(leaver, MODULES), heir)
            summary = await ended(session, plan)
            assert set(counted(summary)) == {"changed"}
            for module in ("contacts", "sales_accounts", "products", "sales_activities"):
                assert leaver not in owners(sandbox, module).values(), module
            now = owners(sandbox, "deals")
            for key, deal in deals.items():
                if deal["owner_id"] == leaver:
                    assert now[key] == (leaver if deal["deal_stage_id"] in ended_stages else heir)
            theirs = {row.record_id for row in await plan.rows(0, 5000, module="tasks")}
            assert theirs <= {key for key, task in tasks.items() if task["owner_id"] == leaver and not task["status"]}
            closed = [left for left in await plan.left_out() if "closed" in left.reason]
            mine = [d for d in deals.values() if d["owner_id"] == leaver and d["deal_stage_id"] in ended_stages]
            # the view of open deals doesn't show the closed ones at all
            assert sum(left.records for left in closed) in (0, len(mine))

    run(main())


def test_own_tasks_come_from_the_list_of_tasks(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            mine = (await requests.tasks_page(session.client, "open", 1)).records()
            me = mine[0]["owner_id"]
            heir = next(owner for owner in await active_owners(session) if owner != me)
            plan = await planned(session, OwnerHoldings(me, ("tasks",)), heir)
            open_ones = {
                key
                for key, task in sandbox.records("tasks", "owner_id", "status").items()
                if task["owner_id"] == me and not task["status"]
            }
            assert {row.record_id for row in await plan.rows(0, 5000)} == open_ones
            assert set(counted(await ended(session, plan))) == {"changed"}

    run(main())


def test_closed_deals_on_request(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            leaver = holder(sandbox)
            heir = next(owner for owner in await active_owners(session) if owner != leaver)
            await ended(session, await planned(session, OwnerHoldings(leaver, ("deals",), closed_deals=True), heir))
            assert leaver not in owners(sandbox, "deals").values()

    run(main())


def test_from_a_user_who_is_gone_and_from_nobody(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            listed = {owner.id for owner in session.directory.owners} | set(await active_owners(session))
            listed |= {await inactive_owner(session)}
            listed |= {owner.id for owner in session.directory.owners}
            have = owners(sandbox, "contacts")
            gone = next(owner for owner in have.values() if owner is not None and owner not in listed)
            heir = (await active_owners(session))[0]
            for leaver in (gone, None):
                count = sum(owner == leaver for owner in owners(sandbox, "contacts").values())
                assert count
                summary = await ended(session, await planned(session, OwnerHoldings(leaver, ("contacts",)), heir))
                assert counted(summary) == {"changed": count}
                assert leaver not in owners(sandbox, "contacts").values()

    run(main())


def test_documents_are_told_to_be_out_of_reach(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            leaver = holder(sandbox)
            plan = await session.reassign.collect(OwnerHoldings(leaver, ("documents",)))
            assert "lists no documents" in (await plan.left_out())[0].reason

    run(main())


def test_inactive_and_unknown_owners_get_nothing(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            plan = await session.reassign.collect(some("contacts", list(owners(sandbox, "contacts"))[:2]))
            for wrong in (await inactive_owner(session), 12345):
                with pytest.raises(InputError):
                    await session.reassign.assign(plan, Split.even([wrong]))
            assert (await plan.summary()).state == "draft"

    run(main())


def test_the_price_is_known_before_and_holds(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            await session.directory.load(("owners",))
            what = OwnerHoldings(holder(sandbox), ("contacts", "deals", "products", "sales_activities"))
            cost = await session.reassign.estimate(what)
            for module in ("contacts", "deals"):
                await session.views(module)
            sandbox.clear_requests()
            await session.reassign.collect(what)
            assert abs(len(sandbox.requests()) - cost.requests) <= 3, cost.text

    run(main())


def test_tasks_of_others_come_with_their_deals_too(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            own = (await requests.tasks_page(session.client, "open", 1)).records()[0]["owner_id"]
            tasks = sandbox.records("tasks", "owner_id", "status", "targetable_type", "targetable_id")
            deals = sandbox.records("deals", "owner_id")
            open_of_deals = {
                key: task["owner_id"]
                for key, task in tasks.items()
                if task["targetable_type"] == "Deal"
                and not task["status"]
                and task["owner_id"] not in (None, own)
                and deals.get(task["targetable_id"], {}).get("owner_id") == task["owner_id"]
            }
            leaver = next(iter(open_of_deals.values()))
            heir = next(owner for owner in await active_owners(session) if owner != leaver)
            plan = await planned(session, OwnerHoldings(leaver, ("deals", "tasks"), closed_deals=True), heir)
            planned_tasks = {row.record_id for row in await plan.rows(0, 5000, module="tasks")}
            assert planned_tasks == {key for key, owner in open_of_deals.items() if owner == leaver}

    run(main())
