"""Plans of staged edits that nobody started, and windows that break while one is started."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from crmdesk.changes.drafts import DraftEvent, Staged
from crmdesk.config.listeners import BROKEN
from crmdesk.crm.kinds import Kind
from crmdesk.session import Session
from crmdesk.store.words import JobState
from tests.support.account import connected
from tests.support.aio import run
from tests.support.sandbox_process import SandboxProcess


def stage(session: Session, sandbox: SandboxProcess, after: str) -> int:
    contact: int = next(iter(sandbox.records("contacts")))
    before = sandbox.record("contacts", contact)["job_title"]
    session.drafts.stage([Staged("contacts", contact, "job_title", after, before, Kind.TEXT, "Ann")])
    return contact


def test_a_plan_that_was_only_shown_is_gone_at_the_next_start(sandbox: SandboxProcess, data_home: Path) -> None:
    async def story() -> None:
        async with connected(sandbox) as session:
            stage(session, sandbox, "Pilot")
            shown = await session.edits.review()
            kept = await session.edits.call("contacts", "Something else", {"method": "GET", "path": "contacts/1"})
            async with connected(sandbox) as beside:
                assert {job.id for job in await beside.jobs.list()} == {shown.id, kept.id}, "it may be shown there"
        async with connected(sandbox) as again:
            assert [job.id for job in await again.jobs.list()] == [kept.id]
            assert again.drafts.count() == 1, "what it was made of is staged still"
            plan = await again.edits.review()
            await again.edits.save(plan)
            assert (await again.jobs.wait(plan.id)).state is JobState.FINISHED
        async with connected(sandbox) as last:
            assert [job.id for job in await last.jobs.list()] == [plan.id, kept.id]

    run(story())


def test_a_window_that_breaks_stops_no_saving(sandbox: SandboxProcess, data_home: Path) -> None:
    told: list[dict[str, Any]] = []

    def broken(event: object) -> None:
        raise RuntimeError("Internal C++ object already deleted.")

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
        async with connected(sandbox) as session:
            contact = stage(session, sandbox, "Baker")
            heard: list[DraftEvent] = []
            plan = await session.edits.review()
            session.drafts.subscribe(broken)
            session.jobs.subscribe(broken)
            session.subscribe(broken)
            session.drafts.subscribe(heard.append)
            await session.edits.save(plan)
            assert (await session.jobs.wait(plan.id)).state is JobState.FINISHED
            assert sandbox.record("contacts", contact)["job_title"] == "Baker"
            assert heard and session.drafts.count() == 0

    run(story())
    assert len(told) >= 3 and all(context["message"] == BROKEN for context in told)
