"""Plans of every operation under any faults, stopped anywhere, by a real kill too: nothing is lost, nothing made twice.

CRMDESK_LONG_CHAOS=1 makes the long run, for a machine that has the time.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmdesk.changes.errors import NotRunnable, RecordsUnsettled
from crmdesk.crm.client import RetryPolicy
from crmdesk.session import Session
from tests.support import mixed as mixing
from tests.support.account import QUICK, connected
from tests.support.aio import run
from tests.support.mixed import Mixed

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
LONG = bool(os.environ.get("CRMDESK_LONG_CHAOS"))
EXAMPLES = int(os.environ.get("EX", "60" if LONG else "3"))
KILLS = 60 if LONG else 8
AT_MOST_RUNS = 60

shares = st.sampled_from((0.0, 0.0, 0.03, 0.1, 0.25))
faults = st.fixed_dictionaries(
    {
        "status=503": shares,
        "status=401": st.sampled_from((0.0, 0.0, 0.02)),
        "drop-before": shares,
        "drop-after": shares,
        "slow=60": shares,
        "garbage": shares,
        "truncate": shares,
        "job-failed": shares,
        "job-late=400": shares,
    }
)
stops = st.lists(st.tuples(st.sampled_from(("pause", "hard", "close")), st.floats(0.0, 0.6)), min_size=0, max_size=5)


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 300)
def test_whatever_happens_to_plans_of_every_operation(start_sandbox: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = start_sandbox("--hour-limit", "0", "--job-time", "0.1,0.3", "--records", "240")

    @given(faults, stops, st.integers(0, 10**6))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not LONG,
        phases=tuple(Phase) if LONG else (Phase.explicit, Phase.generate),  # to shrink takes longer than a run may
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def example(chosen: dict[str, float], ends: list[tuple[str, float]], seed: int) -> None:
        sandbox.reset()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            monkeypatch.setenv("CRMDESK_HOME", str(Path(home)))
            run(_one(sandbox, chosen, ends, seed), timeout=150)
        sandbox.faults("")

    example()


async def _one(sandbox: SandboxProcess, chosen: dict[str, float], ends: list[tuple[str, float]], seed: int) -> None:
    async with connected(sandbox) as session:
        plans = await mixing.lay_out(session, sandbox, seed)
    sandbox.faults(",".join(f"{name}:{share}" for name, share in chosen.items() if share))
    for how, after in ends:
        await _run_for(sandbox, plans, how, after)
    for attempt in range(AT_MOST_RUNS):
        if attempt == AT_MOST_RUNS // 2:
            sandbox.faults("")
        async with connected_hastily(sandbox) as session:
            if not await _start(session, plans):
                break
            for job in plans.plans:
                await session.jobs.wait(job)
    sandbox.faults("")
    async with connected(sandbox) as session:
        await mixing.check(session, sandbox, plans)


async def _start(session: Session, plans: Mixed) -> int:
    """Starts all that have not ended, side by side; how many those are."""
    left = 0
    for job in plans.plans:
        if (await (await session.jobs.get(job)).summary()).state.ended:
            continue
        left += 1
        with suppress(NotRunnable, RecordsUnsettled):  # it has to wait for another
            await session.jobs.start(job)
    return left


def connected_hastily(sandbox: SandboxProcess) -> AbstractAsyncContextManager[Session]:
    """A session that does not wait long between two attempts."""
    hasty = RetryPolicy(first_wait=0.02, longest_wait=0.1)
    return connected(sandbox, patience=replace(QUICK, looks=(0.05, 0.1), late_job=0.5), retry=hasty)


async def _run_for(sandbox: SandboxProcess, plans: Mixed, how: str, seconds: float) -> None:
    """Runs the jobs for a while, then ends them: by a pause, by closing, or as a process ends that is killed."""
    async with connected_hastily(sandbox) as session:
        await _start(session, plans)
        waiting = [asyncio.ensure_future(session.jobs.wait(job)) for job in plans.plans]
        await asyncio.wait(waiting, timeout=seconds)
        if how == "pause":
            await asyncio.gather(*(session.jobs.pause(job) for job in plans.plans))
        elif how == "hard":
            for task in asyncio.all_tasks():
                if task.get_name().startswith("job "):
                    task.cancel()
        if how != "close":
            await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("data_home")
def test_a_process_killed_again_and_again_makes_nothing_twice(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--hour-limit", "0", "--job-time", "0.2,0.3", "--records", "240", "--latency", "60")
    draw = random.Random(11)

    async def plan() -> Mixed:
        async with connected(sandbox) as session:
            return await mixing.lay_out(session, sandbox, 77)

    plans = run(plan())
    kills, said = 0, ""
    while not said or any(state not in ("finished", "finished_with_failures") for state in said.split()):
        said = _killed_after(sandbox, plans, draw.uniform(0.0, 0.2) if kills < KILLS else 60)
        kills += 1
        assert kills < KILLS + 20, said
    assert kills > KILLS // 2

    async def look() -> None:
        async with connected(sandbox) as session:
            await mixing.check(session, sandbox, plans)
            assert session.drafts.count() == 0, list(session.drafts.modules())

    run(look())


def _killed_after(sandbox: SandboxProcess, plans: Mixed, seconds: float) -> str:
    """A real process, ended at once after a while; its last words if it ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.jobs_driver", sandbox.url, *map(str, plans.plans)],
        env={**os.environ, "CRMDESK_API_KEY": sandbox.api_key},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    if not process.stdout.readline():
        words = process.stderr.read()
        process.wait()
        raise AssertionError(words)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    process.kill()
    rest, _ = process.communicate()
    return rest.strip()
