"""From an intent to a plan: read with progress, owners given, then offered. Shared by reassign and handover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.cli.asking import confirm_reading
from crmdesk.cli.output import counted
from crmdesk.cli.running import offer
from crmdesk.cli.work import Work
from crmdesk.planning.intents import OwnerHoldings
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

    await _tell_price(work, what, yes=yes)
    plan = await planner.collect(what, title=title, progress=tell)
    try:
        await planner.assign(plan, to_whom)
    except BaseException:
        await work.session.jobs.delete_draft(plan.id)
        raise
    return await offer(work, plan, dry_run=dry_run, yes=yes, bad=bad)


async def _tell_price(work: Work, what: What, *, yes: bool) -> None:
    """Finding all that an owner has may take many requests: how many is said before they are sent."""
    if not isinstance(what, OwnerHoldings):
        return
    price = await work.session.reassign.estimate(what)
    work.out.say(f"Reading takes about {counted(price.requests, 'request')}. {price.text}")
    confirm_reading(work, requests=price.requests, yes=yes)
