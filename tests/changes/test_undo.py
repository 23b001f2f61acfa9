"""Undo through the reader, undo of an undo, and another try at what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from crmdesk.changes.errors import NothingToUndo, NotRunnable
from crmdesk.planning.intents import Split
from tests.support.account import (
    active_owners,
    all_view,
    check_accounts,
    connected,
    counted,
    ended,
    inactive_owner,
    owners,
    planned,
    reassigned,
    some,
)
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
SMALL = ("--hour-limit", "0", "--job-time", "0.1,0", "--records", "300")
pytestmark = pytest.mark.usefixtures("data_home")


@pytest.mark.parametrize("flags", [(), ("--owner-change-keeps-updated-at",)])
@pytest.mark.parametrize("module", ["contacts", "deals", "tasks"])
def test_undo_and_undo_of_undo(start_sandbox: Start, module: str, flags: tuple[str, ...]) -> None:
    sandbox = start_sandbox(*SMALL, "--allow-inactive-owners", *flags)

    async def main() -> None:
        async with connected(sandbox) as session:
            other, target = (await active_owners(session))[:2]
            before = owners(sandbox, module)
            listed = {owner.id for owner in session.directory.owners} | {None}
            ids = [key for key, owner in before.items() if owner in listed and owner not in (other, target)]
            what = some(module, ids[:45])
            job = await reassigned(session, what, target)
            assert counted(job) == {"changed": 45} and job.undoable
            sandbox.change(module, ids[0], owner_id=other)
            sandbox.change(module, ids[1], owner_id=before[ids[1]])
            undo = await session.jobs.plan_undo(job.id)
            assert counted(await undo.summary()) == {"already_so": 1, "kept": 1, "pending": 43}
            assert (await undo.summary()).parent_id == job.id
            summary = await ended(session, undo)
            assert counted(summary) == {"reverted": 43, "already_so": 1, "kept": 1}
            assert owners(sandbox, module) == {**before, ids[0]: other}
            again = await session.jobs.plan_undo(undo.id)
            summary = await ended(session, again)
            assert counted(summary) == {"reverted": 43}
            now = owners(sandbox, module)
            assert {now[key] for key in ids[2:45]} == {target}
            assert (now[ids[0]], now[ids[1]]) == (other, before[ids[1]])

    run(main())


@pytest.mark.parametrize("module", ["contacts", "deals", "tasks"])
def test_back_to_an_inactive_user_where_the_crm_refuses_it(sandbox: SandboxProcess, module: str) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            target = (await active_owners(session))[0]
            sleeper = await inactive_owner(session)
            before = owners(sandbox, module)
            ids = list(before)[:40]
            for key in ids[:30]:
                sandbox.change(module, key, owner_id=sleeper)
            for key in ids[30:]:
                sandbox.change(module, key, owner_id=(await active_owners(session))[1])
            job = await reassigned(session, some(module, ids), target)
            assert counted(job) == {"changed": 40}
            sandbox.clear_requests()
            undo = await session.jobs.plan_undo(job.id)
            summary = await ended(session, undo)
            assert summary.state == "finished_with_failures", summary.note
            assert counted(summary) == {"failed": 30, "reverted": 10}
            messages = {row.message for row in await undo.rows() if row.outcome == "failed"}
            assert all("inactive" in message.lower() for message in messages)
            puts = sum(item["method"] == "PUT" for item in sandbox.requests())
            assert puts <= 10 + 8, "an owner whom the CRM refuses is not tried for every record"

    run(main())


def test_retry_of_what_failed(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            other, target = (await active_owners(session))[:2]
            before = owners(sandbox, "deals")
            ids = [key for key, owner in before.items() if owner not in (target, other)][:20]
            plan = await planned(session, some("deals", ids), target)
            sandbox.change("deals", ids[0], is_deleted=True)
            sandbox.change("deals", ids[1], is_deleted=True)
            job = await ended(session, plan)
            assert counted(job) == {"changed": 18, "failed": 2} and job.retryable
            sandbox.change("deals", ids[0], is_deleted=False)
            sandbox.change("deals", ids[1], is_deleted=False, owner_id=other)
            retry = await session.jobs.plan_retry(job.id)
            summary = await ended(session, retry)
            assert counted(summary) == {"changed": 1, "skipped": 1}
            assert owners(sandbox, "deals")[ids[0]] == target
            with pytest.raises(NothingToUndo):
                await session.jobs.plan_retry(retry.id)
            again = await ended(session, await session.jobs.plan_undo(retry.id))
            assert counted(again) == {"reverted": 1}
            assert owners(sandbox, "deals")[ids[0]] == before[ids[0]]

    run(main())


def test_undo_is_only_for_jobs_that_ended(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox) as session:
            target = (await active_owners(session))[0]
            plan = await planned(session, await all_view(session, "deals"), target)
            with pytest.raises(NotRunnable):
                await session.jobs.plan_undo(plan.id)
            before = {"deals": owners(sandbox, "deals")}
            job = await ended(session, plan)
            with pytest.raises(NotRunnable):
                await session.jobs.start(job.id)
            with pytest.raises(NotRunnable):
                await session.reassign.assign(plan, _to(target))
            await check_accounts(session, job.id, sandbox, before)

    run(main())


def _to(owner: int) -> Split:
    return Split.even([owner])
