"""The real process, ended at any moment without a chance to clean up, and resumed until it is done."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from crmdesk.planning.intents import OwnerHoldings, Split
from tests.support.account import active_owners, check_accounts, connected, owners
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
KILLS = 50
pytestmark = pytest.mark.usefixtures("data_home")


def driver(sandbox: SandboxProcess, job_id: int, *more: str) -> subprocess.Popen[str]:
    """The process that runs the job."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.reassign_driver", sandbox.url, str(job_id), *more],
        env={**os.environ, "CRMDESK_API_KEY": sandbox.api_key},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_after(process: subprocess.Popen[str], seconds: float) -> str:
    """Lets it run for a while after it said so, and ends it at once; its last words if it ended by itself."""
    assert process.stdout is not None and process.stderr is not None
    first = process.stdout.readline()
    if not first:
        words = process.stderr.read()
        process.wait()
        raise AssertionError(words)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    rest, _ = process.communicate()
    return rest.strip()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_fifty_times(start_sandbox: Start) -> None:
    sandbox = start_sandbox("--hour-limit", "0", "--job-time", "0.2,0.4", "--records", "1500", "--latency", "40")
    draw = random.Random(5)

    async def plan() -> tuple[int, dict[str, dict[int, int | None]]]:
        async with connected(sandbox) as session:
            custom = [spec.key for spec in session.modules.all() if spec.custom]
            modules = ("contacts", "sales_accounts", "deals", *custom)
            before = {module: owners(sandbox, module) for module in modules}
            have = list(before["contacts"].values())
            leaver = max({owner for owner in have if owner is not None}, key=have.count)
            heirs = [owner for owner in await active_owners(session) if owner != leaver][:3]
            draft = await session.reassign.collect(OwnerHoldings(leaver, modules, closed_deals=True))
            await session.reassign.assign(draft, Split.even(heirs))
            assert len(await draft.modules()) >= 3
            return draft.id, before

    job_id, before = run(plan())
    kills, said = 0, ""
    while said not in ("finished", "finished_with_failures"):
        # the first ones are short, so that the job lasts for all of them
        said = killed_after(driver(sandbox, job_id), draw.uniform(0.0, 0.12) if kills < KILLS else 60)
        kills += not said
        assert said != "paused"
    assert kills >= KILLS

    async def look() -> None:
        async with connected(sandbox) as session:
            await check_accounts(session, job_id, sandbox, before)
            summary = await (await session.jobs.get(job_id)).summary()
            assert summary.state == "finished", summary.counts
            assert summary.counts["changed"] + summary.counts["already_so"] == summary.records
            undo = await session.jobs.plan_undo(job_id)
            await session.jobs.start(undo.id)
            await session.jobs.wait(undo.id)
            await check_accounts(session, undo.id, sandbox, {m: owners(sandbox, m) for m in before})

    run(look(), timeout=120)


@pytest.mark.slow
def test_two_processes_share_one_budget(start_sandbox: Start) -> None:
    """One runs, the other is told so and browses; with the limit known, the sandbox never has to refuse."""
    from crmdesk.crm import requests
    from crmdesk.store.errors import AccountBusy
    from tests.support.account import all_view, planned

    limit = 220
    sandbox = start_sandbox("--hour-limit", str(limit), "--job-time", "0.3,0.2", "--records", "1500")

    async def main() -> None:
        async with connected(sandbox, hourly_limit=limit) as session:
            target = (await active_owners(session))[0]
            plan = await planned(session, await all_view(session, "deals"), target)
            other = await planned(session, await all_view(session, "contacts"), target)
            runner = driver(sandbox, plan.id, str(limit))
            assert runner.stdout is not None
            assert runner.stdout.readline() == "running\n"
            busy = await session.jobs.busy()
            assert busy is not None and busy.job == plan.id
            with pytest.raises(AccountBusy):
                await session.jobs.start(other.id)
            assert not (await (await session.jobs.get(plan.id)).summary()).interrupted
            whole = await all_view(session, "contacts")
            spec = session.modules.get("contacts")
            pages = 0
            while runner.poll() is None and pages < 40:
                await requests.view_page(session.client, spec, whole.view_id, pages % 15 + 1)
                pages += 1
            said = runner.communicate(timeout=60)[0].strip()
            assert said == "finished" and pages > 3
            left = await session.budget.refresh()
            log = sandbox.requests()
            assert not [item for item in log if item["status"] == 429]
            assert left.remaining <= limit - len(log)

    run(main(), timeout=100)
