"""Pauses, refusals, cancelling, and two processes that want the same records."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from crmdesk.changes.errors import NotRunnable, RecordsUnsettled
from crmdesk.store.errors import AccountBusy
from tests.support.account import (
    active_owners,
    all_view,
    check_accounts,
    connected,
    counted,
    ended,
    happens,
    owners,
    planned,
    some,
    until,
)
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
BUSY = ("--hour-limit", "0", "--job-time", "0.6,0.2", "--records", "2500")
pytestmark = pytest.mark.usefixtures("data_home")


@pytest.fixture
def slow_jobs(start_sandbox: Start) -> SandboxProcess:
    return start_sandbox(*BUSY)


def test_pause_rests_at_once_and_resume_ends(slow_jobs: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(slow_jobs) as session:
            before = {"deals": owners(slow_jobs, "deals")}
            plan = await planned(session, await all_view(session, "deals"), (await active_owners(session))[0])
            heard: list[str] = []
            session.jobs.subscribe(lambda event: heard.append(event.what))
            for _ in range(3):
                await session.jobs.start(plan.id)
                await asyncio.sleep(0.3)
                await asyncio.wait_for(session.jobs.pause(plan.id), 5)
                summary = await plan.summary()
                assert summary.state == "paused" and summary.note == "paused by you"
                assert session.jobs.running is None
            summary = await ended(session, plan)
            assert summary.state == "finished" and summary.finished_at is not None
            assert {"started", "ended"} <= set(heard)
            await check_accounts(session, plan.id, slow_jobs, before)

    run(main())


def test_cancel_in_the_middle(slow_jobs: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(slow_jobs) as session:
            before = {"deals": owners(slow_jobs, "deals")}
            plan = await planned(session, await all_view(session, "deals"), (await active_owners(session))[0])
            await session.jobs.start(plan.id)
            await until(session, plan.id, 50)
            await session.jobs.cancel(plan.id)
            summary = await plan.summary()
            assert summary.state == "cancelled"
            counts = counted(summary)
            assert counts["changed"] and counts["not_attempted"] and "unsettled" not in counts
            await check_accounts(session, plan.id, slow_jobs, before)
            assert not any(job["status"] == "IN_PROGRESS" for job in slow_jobs.jobs())
            assert summary.undoable and summary.retryable
            retry = await ended(session, await session.jobs.plan_retry(plan.id))
            assert counted(retry) == {"changed": counts["not_attempted"]}

    run(main())


def test_cancel_of_queued_records_waits_for_them(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--hour-limit", "0", "--job-time", "1,0", "--records", "300", "--assign-queues")

    async def main() -> None:
        async with connected(sandbox) as session:
            before = {"contacts": owners(sandbox, "contacts")}
            plan = await planned(session, await all_view(session, "contacts"), (await active_owners(session))[0])
            sandbox.clear_requests()
            await session.jobs.start(plan.id)

            async def queued() -> bool:
                return any(item["method"] == "POST" for item in sandbox.requests())

            await happens(session, queued)
            await session.jobs.cancel(plan.id)
            assert counted(await plan.summary())["changed"] > 0
            await check_accounts(session, plan.id, sandbox, before)

    run(main())


def test_cancel_while_the_key_is_refused_comes_to_rest(slow_jobs: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(slow_jobs) as session:
            before = {"deals": owners(slow_jobs, "deals")}
            plan = await planned(session, await all_view(session, "deals"), (await active_owners(session))[0])
            await session.jobs.start(plan.id)
            await until(session, plan.id, 50)
            slow_jobs.faults("status=401:1")
            await asyncio.wait_for(session.jobs.cancel(plan.id), 10)
            assert (await plan.summary()).state == "paused"
            slow_jobs.faults("")
            await session.jobs.cancel(plan.id)
            assert (await plan.summary()).state == "cancelled"
            await check_accounts(session, plan.id, slow_jobs, before)

    run(main())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_pauses_and_another_goes_on(slow_jobs: SandboxProcess, status: int) -> None:
    async def main() -> None:
        async with connected(slow_jobs) as session:
            before = {"deals": owners(slow_jobs, "deals")}
            plan = await planned(session, await all_view(session, "deals"), (await active_owners(session))[0])
            await session.jobs.start(plan.id)
            await until(session, plan.id, 50)
            slow_jobs.faults(f"status={status}:1")
            summary = await session.jobs.wait(plan.id)
            assert summary.state == "paused" and session.jobs.wants_key(plan.id)
            assert "key" in summary.note
            assert summary.counts["failed"] == 0
            slow_jobs.faults("")
            await session.use_key(slow_jobs.api_key)
            assert session.jobs.running == plan.id
            summary = await session.jobs.wait(plan.id)
            assert summary.state == "finished" and not session.jobs.wants_key(plan.id)
            await check_accounts(session, plan.id, slow_jobs, before)

    run(main())


def test_a_key_that_is_wrong_from_the_start(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            plan = await planned(session, some("contacts", list(owners(sandbox, "contacts"))[:5]), None)
            session.client.use_key("wrong")
            assert (await ended(session, plan)).state == "paused"
            await session.use_key(sandbox.api_key)
            assert (await session.jobs.wait(plan.id)).state == "finished"

    run(main())


@pytest.mark.parametrize(("module", "fault"), [("contacts", "status=503:1"), ("tasks", "drop-before:1")])
def test_five_failures_in_a_row_pause(sandbox: SandboxProcess, module: str, fault: str) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            before = {module: owners(sandbox, module)}
            ids = list(before[module])
            plan = await planned(session, some(module, ids), (await active_owners(session))[0])
            sandbox.faults(fault)
            summary = await ended(session, plan)
            assert summary.state == "paused" and summary.note
            sandbox.faults("")
            assert (await ended(session, plan)).state == "finished"
            await check_accounts(session, plan.id, sandbox, before)

    run(main(), timeout=100)


def test_no_other_plan_starts_on_records_in_the_air(slow_jobs: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(slow_jobs) as session:
            first, second = (await active_owners(session))[:2]
            whole = await all_view(session, "deals")
            one, two = await planned(session, whole, first), await planned(session, whole, second)
            elsewhere = await planned(session, some("tasks", list(owners(slow_jobs, "tasks"))[:2]), first)
            await session.jobs.start(one.id)
            with pytest.raises(NotRunnable):
                await session.jobs.start(two.id)
            await until(session, one.id, 50)
            await session.jobs.pause(one.id)
            with pytest.raises(RecordsUnsettled) as caught:
                await session.jobs.start(two.id)
            assert str(one.id) in caught.value.remedy
            assert (await ended(session, elsewhere)).state == "finished"
            assert (await ended(session, one)).state == "finished"
            make = await ended(session, two)
            assert make.state == "finished"
            assert set(counted(make)) <= {"changed", "already_so", "skipped"}

    run(main())


def test_two_starts_at_once_run_it_once(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            target = (await active_owners(session))[0]
            plan = await planned(session, await all_view(session, "contacts"), target)
            sandbox.clear_requests()
            await asyncio.gather(*(session.jobs.start(plan.id) for _ in range(4)))
            summary = await session.jobs.wait(plan.id)
            assert summary.state == "finished"
            assert sum(item["method"] == "POST" for item in sandbox.requests()) == (await plan.modules())[0].write

    run(main())


def test_a_job_of_a_custom_module_resumes_where_the_names_are_lost(sandbox: SandboxProcess) -> None:
    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.session import Session

    async def main() -> None:
        async with connected(sandbox) as session:
            spec = next(spec for spec in session.modules.all() if spec.custom)
            plan = await planned(session, await all_view(session, spec.key), (await active_owners(session))[0])
            session.names.put("custom_modules", None)
        fresh = await Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key)
        try:
            assert (await ended(fresh, plan.id)).state == "finished"
        finally:
            await fresh.close()

    run(main())


HOLDER = """
import sys
from pathlib import Path
from crmdesk.store.locks import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.acquire("Handover of Ann", 7)
print("held", flush=True)
sys.stdin.readline()
"""


def holder(folder: str) -> subprocess.Popen[str]:
    """Another process that holds the account's lock."""
    command = [sys.executable, "-c", HOLDER, folder]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_another_process_runs_and_the_lock_of_a_killed_one_is_free_at_once(sandbox: SandboxProcess) -> None:
    from crmdesk.config import paths

    async def main() -> None:
        async with connected(sandbox) as session:
            plan = await planned(session, some("contacts", list(owners(sandbox, "contacts"))[:5]), None)
            folder = str(paths.account_dir(session.address.account_key))
            with holder(folder) as other:
                assert other.stdout is not None and other.stdin is not None
                assert other.stdout.readline() == "held\n"
                busy = await session.jobs.busy()
                assert busy is not None and (busy.title, busy.pid, busy.job) == ("Handover of Ann", other.pid, 7)
                with pytest.raises(AccountBusy, match="Handover of Ann"):
                    await session.jobs.start(plan.id)
                assert (await plan.summary()).state == "planned"
                other.kill()
                other.wait()
                other.stdin.close()
                assert await session.jobs.busy() is None
                assert (await ended(session, plan)).state == "finished"

    run(main())
