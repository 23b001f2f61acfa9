"""A session on a sandbox, and what tests of whole jobs ask of the two together."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmdesk.changes.patience import Patience
from crmdesk.changes.plan import Plan, Summary
from crmdesk.crm import requests
from crmdesk.crm.address import parse_bundle_alias
from crmdesk.crm.client import RetryPolicy
from crmdesk.planning.intents import SelectedRecords, Split, ToWhom, What, WholeView
from crmdesk.profiles.profile import Profile
from crmdesk.session import Session

if TYPE_CHECKING:
    from tests.support.sandbox_process import SandboxProcess

QUICK = Patience(looks=(0.1, 0.2, 0.4, 0.8, 1.5, 3.0), late_job=0.5)
OUTCOMES = (
    "changed",
    "already_so",
    "skipped",
    "failed",
    "unsettled",
    "not_attempted",
    "reverted",
    "kept",
)


@asynccontextmanager
async def connected(
    sandbox: SandboxProcess,
    *,
    key: str = "",
    patience: Patience = QUICK,
    hourly_limit: int = 1_000_000,
    transport: Any = None,
    retry: RetryPolicy | None = None,
) -> AsyncIterator[Session]:
    """A session on the data folder that CRMDESK_HOME names."""
    profile = replace(Profile.new("Test"), hourly_limit=hourly_limit, reserve_percent=0)
    address = parse_bundle_alias(sandbox.url)
    session = await Session.open(
        address, key or sandbox.api_key, profile=profile, patience=patience, transport=transport, retry=retry
    )
    try:
        if not any(spec.custom for spec in session.modules.all()):
            await session.load_modules()
        yield session
    finally:
        await session.close()


async def active_owners(session: Session) -> list[int]:
    """The users who may be given records, by id."""
    await session.directory.load(("owners",))
    return [owner.id for owner in session.directory.owners if owner.active]


async def inactive_owner(session: Session) -> int:
    """A user who may not."""
    await session.directory.load(("owners",))
    return next(owner.id for owner in session.directory.owners if not owner.active)


async def all_view(session: Session, module: str) -> WholeView:
    """The view that holds all of a module."""
    spec = session.modules.get(module)
    covering = requests.covering_views(spec, await session.views(spec.key))
    assert covering is not None and len(covering) == 1
    return WholeView(spec.key, covering[0].id, covering[0].name)


async def planned(session: Session, what: What, to_whom: ToWhom | int | None) -> Plan:
    """A plan that can be started; `to_whom` may be one owner's id, or None for nobody."""
    target = Split.even([to_whom]) if isinstance(to_whom, int | None) else to_whom
    return await session.reassign.assign(await session.reassign.collect(what), target)


async def ended(session: Session, plan: Plan | int) -> Summary:
    """Starts (or resumes) a job and waits until it rests or has ended."""
    job_id = plan if isinstance(plan, int) else plan.id
    await session.jobs.start(job_id)
    return await session.jobs.wait(job_id)


async def reassigned(session: Session, what: What, to_whom: ToWhom | int | None) -> Summary:
    """Plans and runs."""
    return await ended(session, await planned(session, what, to_whom))


def some(module: str, ids: Iterable[int]) -> SelectedRecords:
    """Records by id."""
    return SelectedRecords.of_ids(module, list(ids))


def counted(summary: Summary) -> dict[str, int]:
    """The outcomes that any record has; fails unless all outcomes sum to the number of records."""
    counts = {name: count for name, count in summary.counts.items() if count}
    assert sum(counts.values()) == summary.records
    return counts


def owners(sandbox: SandboxProcess, module: str) -> dict[int, int | None]:
    """Who owns each record of a module, in the sandbox's own store."""
    return {key: record["owner_id"] for key, record in sandbox.records(module).items()}


async def check_accounts(
    session: Session, job_id: int, sandbox: SandboxProcess, before: Mapping[str, Mapping[int, int | None]]
) -> None:
    """Every record of an ended job is told once, and the sandbox holds what its outcome says; others are untouched.

    `before` holds the owners of each module before the job.
    """
    plan = await session.jobs.get(job_id)
    summary = await plan.summary()
    assert summary.counts["pending"] == 0
    rows = await plan.rows(0, summary.records + 10)
    assert len(rows) == summary.records == len({(row.module, row.record_id) for row in rows})
    assert Counter(str(row.outcome) for row in rows) == Counter(counted(summary))
    for module, was in before.items():
        now = owners(sandbox, module)
        mine = {row.record_id: row for row in rows if row.module == module}
        for record_id, owner in was.items():
            row = mine.get(record_id)
            allowed = {owner} if row is None or row.outcome in ("skipped", "kept") else allowed_owners(row)
            assert now.get(record_id) in allowed, (module, record_id, row, now.get(record_id))


def allowed_owners(row: Any) -> set[int | None]:
    """Who may own a record after a job, by what the job says became of it."""
    if row.outcome in ("changed", "already_so", "reverted"):
        return {row.after}
    if row.outcome in ("failed", "not_attempted"):
        return {row.before}
    return {row.before, row.after}


async def unsent(session: Session, job_id: int) -> list[tuple[int, Any]]:
    """Records of a job that were never sent, and who owned them, in the order in which they would be."""
    found = await session.journal.db.read(
        lambda c: c.execute(
            "SELECT record, before FROM changes WHERE job=? AND outcome IS NULL AND ever_sent=0 ORDER BY step, seq",
            (job_id,),
        ).fetchall()
    )
    return [(row["record"], json.loads(row["before"])) for row in found]


async def until(session: Session, job_id: int, changed: int) -> None:
    """Waits until so many records of a running job are changed, or it rests."""
    plan = await session.jobs.get(job_id)

    async def enough() -> bool:
        return (await plan.summary()).counts["changed"] >= changed or session.jobs.running is None

    await happens(session, enough)


async def happens(session: Session, check: Callable[[], Awaitable[bool]]) -> None:
    """Waits until a condition holds, looking whenever a job says something and now and then."""
    news = asyncio.Event()
    leave = session.jobs.subscribe(lambda event: news.set())
    while not await check():
        news.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), 0.02)
    leave()
