"""Every module in its own way, from the plan to the sandbox's own store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmdesk.crm import requests
from crmdesk.planning.intents import KnownRow, OwnerTable, SelectedRecords, Share, Split, WholeView
from tests.support.account import (
    active_owners,
    all_view,
    check_accounts,
    connected,
    counted,
    ended,
    owners,
    planned,
    reassigned,
    some,
)
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
BASE = ("--hour-limit", "0", "--job-time", "0.1,0")
pytestmark = pytest.mark.usefixtures("data_home")


def sent(sandbox: SandboxProcess, method: str, part: str) -> int:
    """How many requests of a kind the sandbox was sent."""
    return sum(item["method"] == method and part in item["path"] for item in sandbox.requests())


@pytest.mark.parametrize("module", ["contacts", "sales_accounts", "deals"])
def test_whole_view(sandbox: SandboxProcess, module: str) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = {module: owners(sandbox, module)}
            target = (await active_owners(session))[3]
            plan = await planned(session, await all_view(session, module), target)
            cost = (await plan.modules())[0]
            sandbox.clear_requests()
            summary = await ended(session, plan)
            had = sum(owner == target for owner in before[module].values())
            assert counted(summary) == {"changed": len(before[module]) - had, "already_so": had}
            assert summary.state == "finished"
            assert set(owners(sandbox, module).values()) == {target}
            way = "bulk_assign_owner" if module == "contacts" else "bulk_upsert"
            assert sent(sandbox, "POST", way) == cost.write == -(-(len(before[module]) - had) // 100)
            assert sent(sandbox, "PUT", "") == 0
            await check_accounts(session, plan.id, sandbox, before)
            assert summary.sent_requests <= summary.planned_requests + 2

    run(main())


def test_view_minus_ids_and_records_outside_stay(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = owners(sandbox, "contacts")
            kept = frozenset(list(before)[:37])
            whole = await all_view(session, "contacts")
            what = WholeView(whole.module, whole.view_id, whole.view_name, kept)
            target = (await active_owners(session))[0]
            plan = await planned(session, what, target)
            assert (await plan.left_out())[0].records > 0
            assert sum(o.records for o in await plan.left_out() if "selection" in o.reason) == 37
            await ended(session, plan)
            now = owners(sandbox, "contacts")
            assert {key: now[key] for key in kept} == {key: before[key] for key in kept}
            assert {owner for key, owner in now.items() if key not in kept} == {target}

    run(main())


def test_queued_contacts_are_read_back(start_sandbox: Start) -> None:
    sandbox = start_sandbox(*BASE, "--records", "150", "--assign-queues")

    async def main() -> None:
        async with connected(sandbox) as session:
            before = {"contacts": owners(sandbox, "contacts")}
            target = (await active_owners(session))[2]
            summary = await reassigned(session, await all_view(session, "contacts"), target)
            assert set(counted(summary)) <= {"changed", "already_so"}
            assert set(owners(sandbox, "contacts").values()) == {target}
            await check_accounts(session, summary.id, sandbox, before)

    run(main())


def test_contact_that_the_bulk_answer_refuses(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = owners(sandbox, "contacts")
            ids = list(before)[:20]
            target = next(o for o in await active_owners(session) if o not in {before[i] for i in ids})
            plan = await planned(session, some("contacts", ids), target)
            sandbox.delete("contacts", ids[4])
            summary = await ended(session, plan)
            assert counted(summary) == {"changed": 19, "failed": 1}
            assert summary.state == "finished_with_failures"
            failed = [row for row in await plan.rows() if row.outcome == "failed"]
            assert [row.record_id for row in failed] == [ids[4]]
            assert failed[0].message

    run(main())


def test_deals_that_a_job_refuses_for_another_field_are_put(start_sandbox: Start) -> None:
    sandbox = start_sandbox(*BASE, "--records", "250", "--required-field")

    async def main() -> None:
        async with connected(sandbox) as session:
            before = {"deals": owners(sandbox, "deals")}
            target = (await active_owners(session))[2]
            sandbox.clear_requests()
            summary = await reassigned(session, await all_view(session, "deals"), target)
            assert set(counted(summary)) == {"changed", "already_so"}
            assert sent(sandbox, "PUT", "/deals/") > 0
            assert set(owners(sandbox, "deals").values()) == {target}
            await check_accounts(session, summary.id, sandbox, before)

    run(main())


@pytest.mark.parametrize("fault", ["job-failed:1", "job-miscount:1", "job-failed:0.4,job-miscount:0.4"])
def test_jobs_whose_report_cannot_be_trusted_are_read_back(sandbox: SandboxProcess, fault: str) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = {"deals": owners(sandbox, "deals")}
            target = (await active_owners(session))[1]
            plan = await planned(session, await all_view(session, "deals"), target)
            sandbox.faults(fault)
            summary = await ended(session, plan)
            assert set(counted(summary)) <= {"changed", "already_so"}
            await check_accounts(session, plan.id, sandbox, before)

    run(main())


def test_failures_inside_a_successful_job(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = owners(sandbox, "sales_accounts")
            target = (await active_owners(session))[1]
            plan = await planned(session, await all_view(session, "sales_accounts"), target)
            gone = [key for key, owner in before.items() if owner != target][:3]
            for key in gone:
                sandbox.delete("sales_accounts", key)
            summary = await ended(session, plan)
            failed = {row.record_id: row.message for row in await plan.rows(0, 500) if row.outcome == "failed"}
            assert set(failed) == set(gone)
            assert all("not found" in message for message in failed.values())
            assert counted(summary)["failed"] == 3
            assert set(owners(sandbox, "sales_accounts").values()) == {target}

    run(main())


def test_custom_module_is_put_record_by_record(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            spec = next(spec for spec in session.modules.all() if spec.custom)
            before = {spec.key: owners(sandbox, spec.key)}
            target = (await active_owners(session))[4]
            plan = await planned(session, await all_view(session, spec.key), target)
            cost = (await plan.modules())[0]
            assert cost.write == cost.records and cost.way == "one request each"
            summary = await ended(session, plan)
            assert set(counted(summary)) <= {"changed", "already_so"}
            await check_accounts(session, plan.id, sandbox, before)

    run(main())


@pytest.mark.parametrize("module", ["tasks", "products", "documents", "sales_activities"])
def test_records_by_id_of_modules_without_views(sandbox: SandboxProcess, module: str) -> None:
    async def main() -> None:
        stored = "cpq_documents" if module == "documents" else module
        async with connected(sandbox) as session:
            before = {stored: owners(sandbox, stored)}
            ids = list(before[stored])[:12]
            target = (await active_owners(session))[5]
            summary = await reassigned(session, some(module, ids), target)
            assert set(counted(summary)) <= {"changed", "already_so"}
            assert summary.records == len(ids)
            now = owners(sandbox, stored)
            assert {now[key] for key in ids} == {target}
            assert all(now[key] == owner for key, owner in before[stored].items() if key not in ids)

    run(main())


@pytest.mark.parametrize("module", ["contacts", "deals"])
def test_to_nobody_and_from_nobody(sandbox: SandboxProcess, module: str) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = {module: owners(sandbox, module)}
            ids = list(before[module])[:30]
            summary = await reassigned(session, some(module, ids), None)
            assert set(counted(summary)) <= {"changed", "already_so"}
            now = owners(sandbox, module)
            assert {now[key] for key in ids} == {None}
            target = (await active_owners(session))[0]
            summary = await reassigned(session, some(module, ids), target)
            assert counted(summary) == {"changed": 30}
            assert {owners(sandbox, module)[key] for key in ids} == {target}

    run(main())


def test_mixed_targets_with_nobody_among_them(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = {"contacts": owners(sandbox, "contacts")}
            first, second = (await active_owners(session))[:2]
            split = Split((Share(first, Decimal("1.5")), Share(second), Share(None, Decimal("0.5"))))
            plan = await planned(session, await all_view(session, "contacts"), split)
            summary = await ended(session, plan)
            assert set(counted(summary)) <= {"changed", "already_so"}
            shares = Counter(owners(sandbox, "contacts").values())
            assert (shares[first], shares[second], shares[None]) == (150, 100, 50)
            await check_accounts(session, plan.id, sandbox, before)

    run(main())


def test_by_table(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = owners(sandbox, "deals")
            ids = list(before)[:9]
            a, b = (await active_owners(session))[:2]
            table = OwnerTable({key: (a, b, None)[i % 3] for i, key in enumerate(ids[:6])})
            plan = await planned(session, some("deals", ids), table)
            assert sum(o.records for o in await plan.left_out() if "table" in o.reason) == 3
            summary = await ended(session, plan)
            assert counted(summary)["skipped"] == 3
            now = owners(sandbox, "deals")
            assert {key: now[key] for key in ids[:6]} == dict(table.owner_of)
            assert {key: now[key] for key in ids[6:]} == {key: before[key] for key in ids[6:]}

    run(main())


def test_ids_that_do_not_exist_have_failed_before_anything_is_sent(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            ids = [*list(owners(sandbox, "contacts"))[:3], 999_999_999_999, 5]
            target = (await active_owners(session))[0]
            plan = await planned(session, some("contacts", ids), target)
            gone = [row.record_id for row in await plan.rows() if row.outcome == "failed"]
            assert gone == [999_999_999_999, 5]
            assert any("no longer exists" in left.reason for left in await plan.left_out())
            summary = await ended(session, plan)
            assert counted(summary)["failed"] == 2
            assert summary.records == 5

    run(main())


def test_rows_that_the_window_knows_cost_no_reading(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            spec = session.modules.get("deals")
            whole = await all_view(session, "deals")
            page = await requests.view_page(session.client, spec, whole.view_id, 1)
            rows = [KnownRow(r["id"], spec.label(r), spec.owner(r), r["updated_at"]) for r in page.records()]
            target = (await active_owners(session))[0]
            sandbox.clear_requests()
            plan = await planned(session, SelectedRecords("deals", rows), target)
            assert sent(sandbox, "GET", "/deals/") == 0
            assert set(counted(await ended(session, plan))) <= {"changed", "already_so"}

    run(main())


def test_nothing_left_to_do_ends_without_a_request(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            target = (await active_owners(session))[0]
            ids = list(owners(sandbox, "contacts"))[:10]
            await reassigned(session, some("contacts", ids), target)
            plan = await planned(session, some("contacts", ids), target)
            assert counted(await plan.summary()) == {"already_so": 10}
            sandbox.clear_requests()
            summary = await ended(session, plan)
            assert summary.state == "finished" and sandbox.requests() == []
            assert not summary.undoable

    run(main())


def test_ids_from_a_file(sandbox: SandboxProcess, tmp_path: Path) -> None:
    from crmdesk.planning.files import read_ids

    async def main() -> None:
        async with connected(sandbox) as session:
            ids = list(owners(sandbox, "deals"))[:5]
            path = tmp_path / "ids.csv"
            path.write_text("name;id\n" + "".join(f"x;{key}\n" for key in ids) + "y;twelve\n", encoding="utf-8")
            found = read_ids(path)
            assert [(bad.line, bad.text) for bad in found.bad] == [(7, "twelve")]
            target = (await active_owners(session))[0]
            await reassigned(session, some("deals", found.ids), target)
            assert {owners(sandbox, "deals")[key] for key in ids} == {target}

    run(main())
