"""Runs a plan and stays with it: progress on a terminal, Ctrl+C brings it to rest, the end as an exit code."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmdesk.cli.asking import confirm
from crmdesk.cli.endings import Exit
from crmdesk.cli.output import shortened
from crmdesk.cli.plan_text import end_text, job_answer, look, plan_answer, show_plan
from crmdesk.cli.work import Work
from crmdesk.config.times import local_zone, shown_clock, shown_length
from crmdesk.store.words import Op

if TYPE_CHECKING:
    from crmdesk.changes.jobs import Progress
    from crmdesk.changes.plan import Plan, Summary
    from crmdesk.planning.files import BadLine

LOOK_SECONDS = 0.2
BAR_WIDTH = 24


async def offer(
    work: Work, plan: Plan, *, dry_run: bool, yes: bool, bad: Sequence[BadLine] = (), keep: bool = False
) -> int:
    """Shows a plan, asks, and runs it; a plan that isn't run is deleted, unless `keep`. The exit code."""
    try:
        shown = await look(work, plan)
        if dry_run:
            show_plan(work, shown)
            work.out.done(plan_answer(work, shown, bad))
            await work.session.jobs.delete_draft(plan.id)
            return Exit.DONE
        if not yes:
            show_plan(work, shown)
        confirm(work, records=shown.to_change, yes=yes)
        await work.session.jobs.start(plan.id)
    except BaseException:
        if not keep:
            await work.session.jobs.delete_draft(plan.id)
        raise
    return await stay_with(work, plan.id, bad)


async def stay_with(work: Work, job_id: int, bad: Sequence[BadLine] = ()) -> int:
    """Until a started job rests or has ended; tells how, and gives the exit code."""
    jobs = work.session.jobs
    pausing: list[asyncio.Task[None]] = []

    def pause() -> None:
        work.out.say("Coming to rest; press Ctrl+C again to end at once.")
        pausing.append(asyncio.ensure_future(jobs.pause(job_id)))

    with work.interrupts.instead(pause):
        summary = await jobs.wait(job_id)
        await asyncio.gather(*pausing)
    return tell_end(work, summary, bad, await _made(await jobs.get(job_id), summary))


async def _made(plan: Plan, summary: Summary) -> list[int]:
    """The ids of the records that a job created, the first thousand of them."""
    if Op.CREATE not in summary.ops and Op.CLONE not in summary.ops:
        return []
    return [row.result_id for row in await plan.rows(0, 1000) if row.result_id is not None]


def tell_end(work: Work, summary: Summary, bad: Sequence[BadLine] = (), made: Sequence[int] = ()) -> int:
    """The final line and object; the exit code."""
    work.out.show(end_text(summary))
    if made:
        first, more = shortened(made)
        work.out.show(f"Created: {', '.join(map(str, first))}{f' and {more:,} more' if more else ''}")
    if summary.note and not summary.state.ended:
        work.out.say(summary.note)
    if summary.resumable:
        work.out.say(f"To go on: crmdesk jobs resume {summary.id}")
    elif summary.counts.get("failed", 0) or summary.counts.get("unsettled", 0):
        work.out.say(
            f"To see why: crmdesk jobs report {summary.id} -o FILE; to try again: crmdesk jobs retry {summary.id}"
        )
    work.out.done(job_answer(summary, bad, made))
    return exit_of(summary)


def exit_of(summary: Summary) -> Exit:
    """0 finished, 1 finished with failed or unsettled records or cancelled, 4 resumable."""
    if not summary.state.ended:
        return Exit.INTERRUPTED
    bad = summary.counts.get("failed", 0) + summary.counts.get("unsettled", 0)
    return Exit.FAILURES if bad or summary.state.value != "finished" else Exit.DONE


@contextlib.asynccontextmanager
async def watching(work: Work) -> AsyncIterator[None]:
    """Meanwhile a running job's progress is shown, and a wait for the budget told: it may take the rest of the hour."""

    async def watch() -> None:
        jobs, told = work.session.jobs, None
        while True:
            running = jobs.running
            progress = jobs.progress(running) if running is not None else None
            if progress is not None:
                work.out.progress(progress_text(progress))
            told = _tell_wait(work, progress.waiting_until if progress else _wait_of(work), told)
            await asyncio.sleep(LOOK_SECONDS)

    task = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        work.out.progress("")


def _wait_of(work: Work) -> datetime | None:
    """Until when no request may be sent."""
    budget = work.session.budget.state()
    return budget.blocked_until or (budget.renews_at if budget.usable <= 0 else None)


def _tell_wait(work: Work, until: datetime | None, told: datetime | None) -> datetime | None:
    """Says once how long a wait takes, if it is worth a line; what was told last."""
    if until is None or (until - datetime.now(UTC)).total_seconds() < 5:
        return told
    if told is not None and abs((until - told).total_seconds()) < 60:
        return told
    work.out.say(f"Waiting for the budget until {shown_clock(until, local_zone())}; it goes on by itself.")
    return until


def progress_text(progress: Progress) -> str:
    """`[#######-----]  1,200 of 5,000 records · 12 of 50 requests · about 3 min`."""
    share = progress.done / progress.records if progress.records else 1.0
    filled = int(share * BAR_WIDTH)
    parts = [
        f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}]  {progress.done:,} of {progress.records:,} records",
        f"{progress.sent:,} of {progress.planned:,} requests",
    ]
    if progress.waiting_until is not None and progress.waiting_until > datetime.now(UTC):
        parts.append(f"waiting for the budget until {shown_clock(progress.waiting_until, local_zone())}")
    elif progress.eta is not None:
        parts.append(f"about {shown_length((progress.eta - datetime.now(UTC)).total_seconds())}")
    return " · ".join(parts)
