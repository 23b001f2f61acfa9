"""What others changed is never overwritten: plans that went stale, pauses, waits for the budget."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from crmdesk.config import paths
from crmdesk.session import Session
from tests.support.account import (
    QUICK,
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
    unsent,
    until,
)
from tests.support.aio import run

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

Start = Callable[..., "SandboxProcess"]
SMALL = ("--hour-limit", "0", "--job-time", "0.1,0", "--records", "300")
pytestmark = pytest.mark.usefixtures("data_home")


class Door(httpx.AsyncHTTPTransport):
    """Lets requests through to the sandbox; while shut, turns them away as an account at the end of its hour does."""

    shut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.shut:
            return httpx.Response(429, headers={"Retry-After": "2"}, json={"errors": {"code": 429, "message": "wait"}})
        return await super().handle_async_request(request)


def make_stale(session: Session, plan_id: int) -> None:
    """As if the plan had been read a quarter of an hour ago."""
    path = paths.account_dir(session.address.account_key) / "journal.sqlite"
    then = (datetime.now(UTC) - timedelta(minutes=15)).isoformat(timespec="milliseconds")
    with sqlite3.connect(path, timeout=20) as journal:
        assert journal.execute("UPDATE jobs SET read_at=? WHERE id=?", (then, plan_id)).rowcount == 1
    journal.close()


@pytest.mark.parametrize("module", ["contacts", "deals", "cm_", "tasks"])
@pytest.mark.parametrize("known", [False, True])
def test_a_stale_plan_is_read_again(start_sandbox: Start, module: str, known: bool) -> None:
    sandbox = start_sandbox(*SMALL)

    async def main() -> None:
        async with connected(sandbox) as session:
            key = next(s.key for s in session.modules.all() if s.key.startswith(module))
            before = owners(sandbox, key)
            first, other, target = (await active_owners(session))[:3]
            if known:  # an earlier job has shown what an owner change does to updated_at
                await ended(session, await planned(session, some("deals", list(owners(sandbox, "deals"))[:3]), first))
            ids = [i for i, owner in before.items() if owner not in (target, other)][:150]
            what = some(key, ids) if key == "tasks" else await all_view(session, key)
            plan = await planned(session, what, target)
            make_stale(session, plan.id)
            sandbox.change(key, ids[0], owner_id=other)
            sandbox.change(key, ids[1], owner_id=target)
            sandbox.change(key, ids[2], name="only the name", title="only the title")
            sandbox.delete(key, ids[3])
            summary = await ended(session, plan)
            rows = {row.record_id: row for row in await plan.rows(0, 1000)}
            assert (rows[ids[0]].outcome, rows[ids[1]].outcome) == ("skipped", "already_so")
            assert "changed since" in rows[ids[0]].message
            assert (rows[ids[2]].outcome, rows[ids[3]].outcome) == ("changed", "failed")
            assert counted(summary)["skipped"] == 1
            now = owners(sandbox, key)
            assert now[ids[0]] == other and now[ids[2]] == target

    run(main())


@pytest.mark.parametrize("flags", [(), ("--owner-change-keeps-updated-at",)])
def test_between_pause_and_resume(start_sandbox: Start, flags: tuple[str, ...]) -> None:
    sandbox = start_sandbox(*SMALL, *flags, "--job-time", "1,0", "--records", "3000")

    async def main() -> None:
        async with connected(sandbox) as session:
            before = {"deals": owners(sandbox, "deals")}
            other, target = (await active_owners(session))[:2]
            plan = await planned(session, await all_view(session, "deals"), target)
            await session.jobs.start(plan.id)
            await until(session, plan.id, 100)
            await session.jobs.pause(plan.id)
            summary = await plan.summary()
            assert summary.state == "paused" and summary.resumable and not summary.interrupted
            mine = [key for key, owner in await unsent(session, plan.id) if owner != other][-3:]
            assert len(mine) == 3
            for key in mine:
                sandbox.change("deals", key, owner_id=other)
            summary = await ended(session, plan)
            assert counted(summary)["skipped"] == 3
            now = owners(sandbox, "deals")
            assert {now[key] for key in mine} == {other}
            before["deals"].update(dict.fromkeys(mine, other))
            await check_accounts(session, plan.id, sandbox, before)
            moves = await session.journal.fact("owner_moves_updated_at:deals")
            assert moves == ("no" if flags else "yes")

    run(main())


def test_during_a_wait_for_the_budget(start_sandbox: Start) -> None:
    sandbox = start_sandbox(*SMALL, "--job-time", "1,0", "--records", "3000")
    patience = replace(QUICK, long_wait=timedelta(seconds=0.5))

    async def main() -> None:
        door = Door()
        async with connected(sandbox, patience=patience, transport=door) as session:
            before = owners(sandbox, "deals")
            other, target = (await active_owners(session))[:2]
            plan = await planned(session, await all_view(session, "deals"), target)
            await session.jobs.start(plan.id)
            await until(session, plan.id, 100)
            door.shut = True

            async def waits() -> bool:
                progress = session.jobs.progress(plan.id)
                return progress is not None and progress.state == "waiting" and progress.waiting_until is not None

            await happens(session, waits)
            assert (await plan.summary()).waiting_until is not None
            mine = [key for key, owner in await unsent(session, plan.id) if owner != other][-3:]
            assert len(mine) == 3
            for key in mine:
                sandbox.change("deals", key, owner_id=other)
            door.shut = False
            summary = await session.jobs.wait(plan.id)
            assert summary.state == "finished" and counted(summary)["skipped"] == 3
            now = owners(sandbox, "deals")
            assert {now[key] for key in mine} == {other}
            assert len(now) == len(before)

    run(main())


def test_records_without_a_list_are_read_a_portion_ahead(start_sandbox: Start) -> None:
    sandbox = start_sandbox(*SMALL)

    async def main() -> None:
        async with connected(sandbox, patience=replace(QUICK, portion=20)) as session:
            before = owners(sandbox, "tasks")
            target = (await active_owners(session))[0]
            ids = [key for key, owner in before.items() if owner != target][:50]
            plan = await planned(session, some("tasks", ids), target)
            make_stale(session, plan.id)
            sandbox.clear_requests()
            assert counted(await ended(session, plan)) == {"changed": 50}
            log = [(r["method"], int(r["path"].rpartition("/")[2].partition("?")[0])) for r in sandbox.requests()]
            assert sorted(log) == sorted([("GET", key) for key in ids] + [("PUT", key) for key in ids])
            places = {entry: place for place, entry in enumerate(log)}
            assert all(0 < places["PUT", key] - places["GET", key] <= 45 for key in ids)

    run(main())
