"""From an intent to a plan: read with progress, owners given, then offered. Shared by reassign and handover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.cli.running import offer
from crmdesk.cli.work import Work
from crmdesk.store.errors import AccountBusy

if TYPE_CHECKING:
    from crmdesk.planning.collect import Collecting
    from crmdesk.planning.files import BadLine
    from crmdesk.planning.intents import ToWhom, What


async def refuse_if_busy(work: Work, *, dry_run: bool) -> None:
    """Before requests are spent on a plan that can't be started. Raises AccountBusy."""
    busy = None if dry_run else await work.session.jobs.busy()
    if busy is not None:
        raise AccountBusy(busy.title, busy.pid)


async def plan_and_offer(
    work: Work,
    what: What,
    to_whom: ToWhom,
    *,
    title: str | None,
    dry_run: bool,
    yes: bool,
    bad: Sequence[BadLine] = (),
) -> int:
    """Reads, plans, shows, asks and runs; the exit code."""
    planner = work.session.reassign

    def tell(at: Collecting) -> None:
        total = f" of {at.total:,}" if at.total is not None else ""
        work.out.progress(f"Reading {at.module}: {at.looked_at:,}{total}, {at.picked:,} picked")

    plan = await planner.collect(what, title=title, progress=tell)
    try:
        await planner.assign(plan, to_whom)
    except BaseException:
        await work.session.jobs.delete_draft(plan.id)
        raise
    return await offer(work, plan, dry_run=dry_run, yes=yes, bad=bad)
