"""After a record was forgotten, nothing of it is left in the account's files but its id and the fact."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from crmdesk.changes.drafts import Staged
from crmdesk.crm.kinds import Kind, normal
from crmdesk.planning.edit import FieldChange
from crmdesk.planning.intents import KnownRow, SelectedRecords
from crmdesk.store.words import Outcome
from tests.support.account import connected
from tests.support.aio import run
from tests.support.mixed import alive
from tests.support.sandbox_process import SandboxProcess

SECRET = "Xylophonistin"


class LosesTheForget(httpx.AsyncBaseTransport):
    """The CRM forgets, and its first answer does not come back."""

    def __init__(self) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._lost = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._real.handle_async_request(request)
        if request.url.path.endswith("/forget") and not self._lost:
            self._lost = True
            await answer.aread()
            raise httpx.ReadError("connection reset", request=request)
        return answer

    async def aclose(self) -> None:
        await self._real.aclose()


def held(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("lost", [False, True])
def test_every_trace_is_gone(sandbox: SandboxProcess, data_home: Path, lost: bool) -> None:
    async def journey() -> None:
        async with connected(sandbox, transport=LosesTheForget() if lost else None) as session:
            first, second = alive(sandbox, "contacts")[:2]
            label = f"Ada {SECRET}"
            for value in (f"{SECRET} 1", f"{SECRET} 2"):
                before = normal(Kind.TEXT, sandbox.record("contacts", first).get("job_title"))
                session.drafts.stage([Staged("contacts", first, "job_title", value, before, Kind.TEXT, label)])
                await session.drafts.saved()
            plan = await session.edits.review()
            await session.edits.save(plan)
            await session.jobs.wait(plan.id)
            what = SelectedRecords("contacts", (KnownRow(first, label, None, None),))
            alone = await session.edits.set_fields(what, [FieldChange("city", "set", SECRET, kind=Kind.TEXT)])
            await session.jobs.start(alone.id)
            await session.jobs.wait(alone.id)
            undo = await session.jobs.plan_undo(alone.id)
            session.drafts.stage([Staged("contacts", first, "city", f"{SECRET}-Stadt", SECRET, Kind.TEXT, label)])
            session.drafts.stage([Staged("contacts", first, "state", SECRET, None, Kind.TEXT, label)])
            await session.drafts.saved()
            session.drafts.revert("contacts", first, "state")
            session.drafts.stage([Staged("contacts", second, "city", "Bonn", None, Kind.TEXT, "Somebody else")])
            await session.drafts.saved()
            assert held(data_home)
            forget = await session.edits.forget("contacts", first, label)
            await session.edits.save(forget)
            await session.jobs.wait(forget.id)
            assert (await forget.rows())[0].outcome in (Outcome.CHANGED, Outcome.ALREADY_SO)
            assert held(data_home) == []
            assert session.drafts.count() == 1 and session.drafts.get("contacts", second, "city") is not None
            assert SECRET not in repr(session.written("contacts"))
            for job in (plan.id, alone.id, undo.id, forget.id):
                report = data_home / f"{job}.json"
                assert await session.jobs.report(job, report) == 1
                assert str(first) in report.read_text(encoding="utf-8")
        assert held(data_home) == []
        async with connected(sandbox) as session:
            assert session.drafts.count() == 1

    run(journey())


def test_a_draft_that_a_crash_left_half_wiped_is_opened(sandbox: SandboxProcess, data_home: Path) -> None:
    async def journey() -> None:
        async with connected(sandbox) as session:
            session.drafts.stage([Staged("contacts", 5, "city", "Bonn", None, Kind.TEXT)])
            await session.drafts.saved()
            await session.journal.db.write(lambda c: c.execute("UPDATE changes SET after=NULL"))
        async with connected(sandbox) as session:
            assert session.drafts.count() == 0

    run(journey())
