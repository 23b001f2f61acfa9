"""A background job that was accepted, whose answer was lost, and that lands late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from crmdesk.store.words import JobState
from tests.support.account import (
    QUICK,
    active_owners,
    check_accounts,
    connected,
    counted,
    ended,
    happens,
    owners,
    planned,
    some,
)
from tests.support.aio import run

if TYPE_CHECKING:
    from crmdesk.session import Session
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
pytestmark = pytest.mark.usefixtures("data_home")
PATIENT = replace(QUICK, late_job=4.0)


async def lost(sandbox: SandboxProcess, session: Session, target: int) -> tuple[int, list[int]]:
    """A running job whose first bulk upsert was accepted without our hearing of it, and takes 2 seconds."""
    ids = [key for key, owner in owners(sandbox, "deals").items() if owner != target][:40]
    plan = await planned(session, some("deals", ids), target)
    sandbox.faults("drop-after:1,job-late=2000:1")
    await session.jobs.start(plan.id)

    async def accepted() -> bool:
        return bool(sandbox.jobs())

    await happens(session, accepted)
    sandbox.faults("")
    return plan.id, ids


def test_the_job_settles_until_it_has_landed_and_the_undo_stands(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox, patience=PATIENT) as session:
            target = (await active_owners(session))[0]
            before = {"deals": owners(sandbox, "deals")}
            listed = {owner.id for owner in session.directory.owners if owner.active} | {None}
            job_id, ids = await lost(sandbox, session, target)
            states: set[JobState] = set()

            async def quiet() -> bool:
                progress = session.jobs.progress(job_id)
                if progress is not None:
                    states.add(progress.state)
                return session.jobs.running is None

            await happens(session, quiet)
            assert JobState.SETTLING in states
            assert [job["status"] for job in sandbox.jobs()] == ["SUCCESS", "SUCCESS"]
            await check_accounts(session, job_id, sandbox, before)
            undo = await ended(session, await session.jobs.plan_undo(job_id))
            now = owners(sandbox, "deals")
            reverted = [key for key in ids if before["deals"][key] in listed]
            assert counted(undo)["reverted"] == len(reverted)
            assert {key: now[key] for key in reverted} == {key: before["deals"][key] for key in reverted}

    run(main())


@pytest.mark.parametrize("how", ["kill", "cancel"])
def test_it_is_waited_for_after_a_crash_and_after_cancelling(sandbox: SandboxProcess, how: str) -> None:
    async def main() -> None:
        async with connected(sandbox, patience=PATIENT) as session:
            target = (await active_owners(session))[0]
            before = {"deals": owners(sandbox, "deals")}
            job_id, _ = await lost(sandbox, session, target)
            if how == "cancel":
                await session.jobs.cancel(job_id)
            else:
                task = next(task for task in asyncio.all_tasks() if task.get_name() == f"job {job_id}")
                task.cancel()
                await asyncio.wait({task})
        async with connected(sandbox, patience=PATIENT) as session:
            summary = await (await session.jobs.get(job_id)).summary()
            if how == "kill":
                assert summary.interrupted and summary.resumable
                summary = await ended(session, job_id)
            assert not [job for job in sandbox.jobs() if job["status"] == "IN_PROGRESS"]
            assert counted(summary) == {"changed": 40}
            await check_accounts(session, job_id, sandbox, before)

    run(main())


def test_what_somebody_else_changed_meanwhile_is_judged_after_it_has_landed(sandbox: SandboxProcess) -> None:
    async def main() -> None:
        async with connected(sandbox, patience=PATIENT) as session:
            target, other = (await active_owners(session))[:2]
            before = {"deals": owners(sandbox, "deals")}
            job_id, ids = await lost(sandbox, session, target)
            sandbox.change("deals", ids[0], owner_id=other)
            await session.jobs.wait(job_id)
            await check_accounts(session, job_id, sandbox, before)

    run(main())
