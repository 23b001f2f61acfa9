"""Any mix of faults, the runner stopped anywhere: every record is accounted for once, and the data is right.

CRMDESK_LONG_CHAOS=1 makes the long run, for a machine that has the time.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.crm.client import RetryPolicy
from crmdesk.planning.intents import Split
from crmdesk.session import Session
from tests.support.account import QUICK, active_owners, all_view, check_accounts, connected, owners, some
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
LONG = bool(os.environ.get("CRMDESK_LONG_CHAOS"))
EXAMPLES = int(os.environ.get("EX", "14"))
AT_MOST_RUNS = 60
MODULES = ("contacts", "deals", "cm_", "products")

shares = st.sampled_from((0.0, 0.0, 0.02, 0.08, 0.2))
faults = st.fixed_dictionaries(
    {
        "status=503": shares,
        "status=500": shares,
        "status=401": st.sampled_from((0.0, 0.0, 0.02)),
        "status=429": st.just(0.0),
        "drop-before": shares,
        "drop-after": shares,
        "slow=60": shares,
        "garbage": shares,
        "truncate": shares,
        "job-failed": shares,
        "job-miscount": shares,
        "job-late=400": shares,
    }
)
stops = st.lists(st.tuples(st.sampled_from(("pause", "hard", "close")), st.floats(0.0, 0.5)), min_size=0, max_size=6)


def spec(chosen: dict[str, float]) -> str:
    """The sandbox's text for some faults."""
    return ",".join(f"{name}:{share}" for name, share in chosen.items() if share)


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 300)
@pytest.mark.parametrize("flags", [(), ("--assign-queues", "--owner-change-keeps-updated-at", "--required-field")])
def test_whatever_happens_every_record_is_accounted_for(
    start_sandbox: Start, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    sandbox = start_sandbox("--hour-limit", "0", "--job-time", "0.1,0.5", "--records", "240", *flags)

    @given(faults, stops, st.integers(0, 3))
    @settings(
        max_examples=EXAMPLES // 2,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def example(chosen: dict[str, float], ends: list[tuple[str, float]], shift: int) -> None:
        sandbox.reset()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            monkeypatch.setenv("CRMDESK_HOME", str(Path(home)))
            run(_one(sandbox, chosen, ends, shift), timeout=120)
        sandbox.faults("")

    example()


async def _one(sandbox: SandboxProcess, chosen: dict[str, float], ends: list[tuple[str, float]], shift: int) -> None:
    job_id, before = await _plan(sandbox, shift)
    sandbox.faults(spec(chosen))
    for how, after in ends:
        await _run_for(sandbox, job_id, how, after)
    for attempt in range(AT_MOST_RUNS):
        if attempt == AT_MOST_RUNS // 2:
            sandbox.faults("")
        async with connected_hastily(sandbox) as session:
            if (await (await session.jobs.get(job_id)).summary()).state in ("finished", "finished_with_failures"):
                break
            await session.jobs.start(job_id)
            await session.jobs.wait(job_id)
    sandbox.faults("")
    async with connected(sandbox) as session:
        summary = await (await session.jobs.get(job_id)).summary()
        assert summary.state in ("finished", "finished_with_failures"), summary
        await check_accounts(session, job_id, sandbox, before)
        rows = await (await session.jobs.get(job_id)).rows(0, summary.records)
        for row in rows:
            assert row.outcome in ("changed", "already_so", "unsettled"), row


async def _plan(sandbox: SandboxProcess, shift: int) -> tuple[int, dict[str, dict[int, int | None]]]:
    """One plan of one of the modules; in the next examples of another."""
    async with connected(sandbox) as session:
        targets: list[int | None] = list((await active_owners(session))[:2])
        key = next(s.key for s in session.modules.all() if s.key.startswith(MODULES[shift]))
        before = {key: owners(sandbox, key)}
        what = some(key, list(before[key])[:24]) if key == "products" else await all_view(session, key)
        if key == "contacts":
            targets.append(None)
        plan = await session.reassign.collect(what)
        await session.reassign.assign(plan, Split.even(targets))
        return plan.id, before


def connected_hastily(sandbox: SandboxProcess) -> AbstractAsyncContextManager[Session]:
    """A session that does not wait long between two attempts."""
    hasty = RetryPolicy(first_wait=0.02, longest_wait=0.1)
    return connected(sandbox, patience=replace(QUICK, late_job=0.8), retry=hasty)


async def _run_for(sandbox: SandboxProcess, job_id: int, how: str, seconds: float) -> None:
    """Runs the job for a while, then ends it: by a pause, or as a process ends that is killed."""
    async with connected_hastily(sandbox) as session:
        if (await (await session.jobs.get(job_id)).summary()).state.ended:
            return
        await session.jobs.start(job_id)
        waiting = asyncio.ensure_future(session.jobs.wait(job_id))
        await asyncio.wait({waiting}, timeout=seconds)
        if how == "pause":
            await session.jobs.pause(job_id)
        elif how == "hard":
            _kill(session, job_id)
        await asyncio.gather(waiting, return_exceptions=True)


def _kill(session: Session, job_id: int) -> None:
    """Cancels the job's task wherever it is: it gets no chance to settle anything."""
    for task in asyncio.all_tasks():
        if task.get_name() == f"job {job_id}":
            task.cancel()
