"""Undo of every operation: what comes back, what can't and is said, a part alone, and the undo of an undo."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crmdesk.changes.errors import NothingToUndo
from crmdesk.changes.plan import Plan, Summary
from crmdesk.crm.kinds import Kind
from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import SelectedRecords
from crmdesk.session import Session
from crmdesk.store import rows
from crmdesk.store.rows import NewRow
from crmdesk.store.words import Op
from tests.support.account import connected
from tests.support.aio import run
from tests.support.mixed import alive
from tests.support.sandbox_process import SandboxProcess

pytestmark = pytest.mark.usefixtures("data_home")


async def done(session: Session, plan: Plan) -> Summary:
    await session.jobs.start(plan.id)
    return await session.jobs.wait(plan.id)


async def undone(session: Session, plan: Plan, **only: Any) -> Plan:
    undo = await session.jobs.plan_undo(plan.id, **only)
    await done(session, undo)
    return undo


def deleted(sandbox: SandboxProcess, module: str, record: int) -> bool:
    return bool(sandbox.record(module, record).get("is_deleted"))


def test_created_and_cloned_and_back_and_forth(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            made = await session.edits.create("sales_accounts", {"name": "Undo me"}, kinds={"name": Kind.TEXT})
            deal = alive(sandbox, "deals")[0]
            clone = await session.edits.clone("deals", deal, {"name": "A copy"}, kinds={"name": Kind.TEXT})
            for plan in (made, clone):
                await done(session, plan)
                row = (await plan.rows())[0]
                assert row.result_id is not None
                undo = await undone(session, plan)
                assert (await undo.summary()).counts["reverted"] == 1
                assert deleted(sandbox, row.module, row.result_id)
                again = await undone(session, undo)
                assert [found.op for found in await again.rows()] == [Op.RESTORE]
                assert not deleted(sandbox, row.module, row.result_id)

    run(journey())


def test_many_deleted_are_planned_back_in_few_requests(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            picked = alive(sandbox, "contacts")[:40]
            plan = await session.edits.delete(SelectedRecords.of_ids("contacts", picked))
            await done(session, plan)
            sandbox.clear_requests()
            undo = await session.jobs.plan_undo(plan.id)
            assert len(sandbox.requests()) <= 6  # the Recycle Bin's newest page, not forty records
            assert (await done(session, undo)).counts["reverted"] == 40
            assert not any(deleted(sandbox, "contacts", record) for record in picked)

    run(journey())


def test_a_part_by_record_and_by_field(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            picked = alive(sandbox, "contacts")[:7]
            was = {record: dict(sandbox.record("contacts", record)) for record in picked}
            changes = [FieldChange(name, "set", "New", kind=Kind.TEXT) for name in ("city", "job_title")]
            plan = await session.edits.set_fields(SelectedRecords.of_ids("contacts", picked), changes)
            await done(session, plan)
            await undone(session, plan, module="contacts", records=[picked[0]], fields=["city"])
            now = sandbox.record("contacts", picked[0])
            assert (now["city"], now["job_title"]) == (was[picked[0]]["city"], "New")
            undo = await undone(session, plan)
            counts = (await undo.summary()).counts
            assert counts["reverted"] == 13 and counts["already_so"] + counts["kept"] == 1, counts
            for record in picked:
                assert sandbox.record("contacts", record)["job_title"] == was[record]["job_title"]

    run(journey())


def test_accounts_that_took_others_along_say_what_stays(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            account = alive(sandbox, "sales_accounts")[0]
            what = SelectedRecords.of_ids("sales_accounts", [account])
            plan = await session.edits.delete(what, with_contacts_and_deals=True)
            await done(session, plan)
            undo = await undone(session, plan)
            assert not deleted(sandbox, "sales_accounts", account)
            assert any("stay deleted" in left.reason for left in await undo.left_out())

    run(journey())


def test_what_was_made_in_bulk_is_found_and_what_existed_is_left(sandbox: SandboxProcess) -> None:
    """As an import plans it: by a unique field, in a background job whose answer names no id."""

    async def journey() -> None:
        async with connected(sandbox) as session:
            count = len(alive(sandbox, "contacts"))
            old = next(iter(sandbox.records("contacts", "emails").items()))
            address = old[1]["emails"][0]
            existing = str(address["value"] if isinstance(address, dict) else address)
            plan = await _import(session, [f"bulk{n}@undo.example" for n in range(3)] + [existing])
            assert (await done(session, plan)).counts["changed"] == 4, await plan.rows()
            assert len(alive(sandbox, "contacts")) == count + 3
            undo = await undone(session, plan)
            assert (await undo.summary()).counts["reverted"] == 3
            assert any("existed already" in left.reason for left in await undo.left_out())
            assert len(alive(sandbox, "contacts")) == count and not deleted(sandbox, "contacts", old[0])
            single = await _import(session, [existing])
            assert (await done(session, single)).counts["changed"] == 1
            with pytest.raises(NothingToUndo):
                await session.jobs.plan_undo(single.id)

    run(journey())


async def _import(session: Session, addresses: list[str]) -> Plan:
    from crmdesk.changes import layout

    kinds = json.dumps({"emails": Kind.EMAILS, "last_name": Kind.TEXT})
    job = await session.journal.create("import", "Import", {})
    made = [
        NewRow(
            "contacts",
            None,
            address,
            "",
            None,
            json.dumps({"emails": [{"value": address, "is_primary": True}], "last_name": "Imported"}),
            op=Op.CREATE,
            kind=kinds,
            key="emails",
            local=f"row:{number}",
        )
        for number, address in enumerate(addresses)
    ]
    await session.journal.db.write(lambda c: rows.add(c, job, made))
    await session.journal.db.write(lambda c: layout.lay_out(c, job, session.modules.get))
    return await session.jobs.get(job)


def test_what_the_program_can_not_put_into_a_request_fails_and_the_job_ends(sandbox: SandboxProcess) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            deal = alive(sandbox, "deals")[0]
            lines = {f"products:{number}": (None, {"quantity": 1}) for number in range(1, 102)}
            plan = await session.edits.relate("deals", deal, lines, "Too many")
            summary = await done(session, plan)
            assert summary.state.ended and summary.counts["failed"] == 101
            assert "at most 100" in (await plan.rows())[0].message

    run(journey())


def test_small_jobs_beside_each_other_are_told_paused_and_closed_together(sandbox: SandboxProcess) -> None:
    from crmdesk.changes.errors import RecordsUnsettled
    from crmdesk.store.locks import RunLock

    async def journey() -> None:
        async with connected(sandbox) as session:
            contacts, deals = alive(sandbox, "contacts"), alive(sandbox, "deals")
            city = [FieldChange("city", "set", "Bonn", kind=Kind.TEXT)]
            name = [FieldChange("name", "append", " II", kind=Kind.TEXT)]
            long = await session.edits.set_fields(SelectedRecords.of_ids("contacts", contacts), city)
            clash = await session.edits.set_fields(SelectedRecords.of_ids("contacts", contacts[-2:]), city)
            small = await session.edits.set_fields(SelectedRecords.of_ids("deals", deals[:3]), name)
            sandbox.faults("slow=300:1")
            await session.jobs.start(long.id)
            with pytest.raises(RecordsUnsettled):
                await session.jobs.start(clash.id)
            await session.jobs.start(small.id)
            told = RunLock(session.journal.db.path.parent).busy()
            assert told is not None and set(told.jobs) == {long.id, small.id}
            await session.jobs.pause(small.id)
            told = RunLock(session.journal.db.path.parent).busy()
            assert told is not None and told.jobs == (long.id,)
            await session.jobs.start(small.id)
            assert session.jobs.progress(small.id) is not None and session.jobs.progress(long.id) is not None
        sandbox.faults("")
        async with connected(sandbox) as session:
            for plan in (long, small):
                await session.jobs.start(plan.id)
            ends = [await session.jobs.wait(plan.id) for plan in (long, small)]
            assert all(summary.counts["pending"] == 0 for summary in ends)
            assert await session.jobs.busy() is None
            assert {sandbox.record("contacts", record)["city"] for record in contacts} == {"Bonn"}

    run(journey())
