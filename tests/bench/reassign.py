"""A view of exactly 10,000 deals, reassigned: requests of all, of the undo and of a resume; time ÷ a bare loop."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.support.sandbox_process import SandboxProcess

DEALS = 10_000
MOST_REQUESTS = 330
QUESTIONS_A_JOB = 1.2
RESUME = 1.5
WALL = 1.25
SHARES = (0.3, 0.5, 0.8)
MANY = 1_000_000
# of the sandbox's default: median 2 s, sigma 0.4; 80% of the jobs have ended by then
ASK_FIRST, ASK_AGAIN = 2.8, 0.7


def _sent(sandbox: SandboxProcess) -> dict[str, int]:
    """Requests by kind since the last clear; those for the names and the list of views are not the plan's."""
    log = [item["path"] for item in sandbox.requests()]
    return {
        "read": sum("/deals/view/" in path or "/deals/4" in path for path in log),
        "write": sum(path.endswith("/bulk_upsert") for path in log),
        "follow": sum("/job_statuses/" in path for path in log),
        "all": len(log),
    }


async def _session(sandbox: SandboxProcess) -> Any:
    from crmdesk.crm.address import parse_bundle_alias
    from crmdesk.profiles.profile import Profile
    from crmdesk.session import Session

    profile = replace(Profile.new("Bench"), hourly_limit=MANY, reserve_percent=0)
    return await Session.open(parse_bundle_alias(sandbox.url), sandbox.api_key, profile=profile)


async def _plan(session: Any) -> Any:
    """All deals to three users, none of whom may keep what is theirs already: every record is a change."""
    from crmdesk.planning.intents import Split
    from tests.support.account import active_owners, all_view

    plan = await session.reassign.collect(await all_view(session, "deals"))
    return await session.reassign.assign(plan, Split.even((await active_owners(session))[:3]))


async def _whole(sandbox: SandboxProcess) -> tuple[float, dict[str, int], dict[str, int]]:
    """Seconds and requests of planning and running, and requests of the undo."""
    from tests.support.account import ended

    session = await _session(sandbox)
    try:
        sandbox.clear_requests()
        began = time.perf_counter()
        plan = await _plan(session)
        summary = await ended(session, plan)
        seconds = time.perf_counter() - began
        assert summary.state == "finished" and summary.records == DEALS, summary
        sent = _sent(sandbox)
        sandbox.clear_requests()
        undo = await ended(session, await session.jobs.plan_undo(plan.id))
        assert undo.counts["reverted"] + undo.counts["failed"] == summary.counts["changed"], undo
        return seconds, sent, _sent(sandbox)
    finally:
        await session.close()


async def _bare(sandbox: SandboxProcess, reads: int, writes: int) -> float:
    """Seconds of a loop that sends as many requests of the same kinds and waits for as many jobs, ten at a time."""
    headers = {"Authorization": f"Token token={sandbox.api_key}", "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=f"{sandbox.url}/api", headers=headers, trust_env=False) as client:
        began = time.perf_counter()
        views = (await client.get("/deals/filters")).json()["filters"]
        view = next(item["id"] for item in views if item["name"] == "All Deals")
        users = (await client.get("/selector/owners")).json()["users"]
        owner = next(user["id"] for user in users if user["is_active"])
        pages = count(1)
        ids: list[int] = []

        async def read() -> None:
            for page in iter(lambda: next(pages), reads + 1):
                if page > reads:
                    return
                params: dict[str, str | int] = {"page": page, "per_page": 100, "include": "owner", "sort": "created_at"}
                found = (await client.get(f"/deals/view/{view}", params=params)).json()["deals"]
                ids.extend(deal["id"] for deal in found)

        await asyncio.gather(*(read() for _ in range(3)))
        starts = [i * 100 % len(ids) for i in range(writes)]  # a write that was refused is sent once more
        batches: Iterator[list[int]] = iter([ids[i : i + 100] for i in starts])

        async def write() -> None:
            for batch in batches:
                body = {"deals": [{"id": str(key), "data": {"owner_id": owner}} for key in batch]}
                answer = (await client.post("/deals/bulk_upsert", json=body)).json()
                job = answer["job_status_url"].rpartition("/")[2]
                await asyncio.sleep(ASK_FIRST)
                while (await client.get(f"/job_statuses/{job}")).json()["status"] == "IN_PROGRESS":  # noqa: ASYNC110
                    await asyncio.sleep(ASK_AGAIN)

        await asyncio.gather(*(write() for _ in range(10)))
        return time.perf_counter() - began


async def _left(session: Any, job_id: int) -> float:
    """Requests that a job which was ended has still to send: one a step, and 1.2 questions for each job."""
    found = await session.journal.db.read(
        lambda c: dict(c.execute("SELECT state, count(*) FROM steps WHERE job=? GROUP BY state", (job_id,)).fetchall())
    )
    unsent = found.get("pending", 0) + found.get("sent", 0)
    return float(unsent * (1 + QUESTIONS_A_JOB) + found.get("accepted", 0) * QUESTIONS_A_JOB)


def _driver(sandbox: SandboxProcess, job_id: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.reassign_driver", sandbox.url, str(job_id), str(MANY)]
    env = {**os.environ, "CRMDESK_API_KEY": sandbox.api_key}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)


async def _resumed(sandbox: SandboxProcess, share: float) -> tuple[int, float]:
    """Requests of the resume after the process was ended at a share of its records, and what was left then."""
    session = await _session(sandbox)
    plan = await _plan(session)
    with _driver(sandbox, plan.id) as process:
        while (await plan.summary()).counts["changed"] < share * DEALS:  # noqa: ASYNC110 - another process's journal
            await asyncio.sleep(0.05)
        process.kill()
    try:
        from tests.support.account import ended

        left = await _left(session, plan.id)
        sandbox.clear_requests()
        summary = await ended(session, plan)
        assert summary.state == "finished", summary
        return _sent(sandbox)["all"], left
    finally:
        await session.close()


def _row(name: str, value: float, limit: float, ours: object, baseline: object, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "limit": limit, "ours": ours, "baseline": baseline, "unit": "", "note": note}


def measure() -> list[dict[str, Any]]:
    """The rows of `dev.py bench`."""
    flags = ("--records", str(DEALS), "--hour-limit", "0")
    with SandboxProcess(*flags) as sandbox, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["CRMDESK_HOME"] = str(Path(home))
        seconds, sent, undone = asyncio.run(_whole(sandbox))
        sandbox.reset()
        bare = asyncio.run(_bare(sandbox, sent["read"], sent["write"]))
        questions = sent["follow"] / sent["write"]
        rows = [
            _row("10,000 deals: requests", sent["all"], MOST_REQUESTS, sent["all"], "", str(sent)),
            _row("10,000 deals: requests of the undo", undone["all"], MOST_REQUESTS, undone["all"], "", str(undone)),
            _row(
                "status requests a background job", round(questions, 2), QUESTIONS_A_JOB, sent["follow"], sent["write"]
            ),
            _row("10,000 deals: time ÷ bare loop", round(seconds / bare, 2), WALL, f"{seconds:.1f} s", f"{bare:.1f} s"),
        ]
        for share in SHARES:
            sandbox.reset()
            again, left = asyncio.run(_resumed(sandbox, share))
            name = f"resume after {share:.0%}: requests ÷ what was left"
            rows.append(_row(name, round(again / left, 2), RESUME, again, round(left)))
    return rows


if __name__ == "__main__":
    for line in measure():
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
