"""`crmdesk handover`: everything that an owner has goes to others, when someone leaves."""

from __future__ import annotations

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.work import Work, run


@click.command()
@click.option("--from", "leaving", required=True, metavar="OWNER", help="Id, e-mail or nobody; an id may be gone.")
@click.option("--to", required=True, metavar="OWNER[,OWNER…]", help="Evenly, or by weight: a@x.com=40,b@x.com=60.")
@click.option("--modules", required=True, metavar="A,B", help="Such as contacts,accounts,deals,tasks,cm_…")
@click.option("--closed-deals", is_flag=True, help="Closed deals too; without it they stay with who earned them.")
@click.option("--dry-run", is_flag=True, help="Show the plan and its cost; change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def handover(given: Given, leaving: str, to: str, modules: str, closed_deals: bool, dry_run: bool, yes: bool) -> int:
    """Hand over everything that an owner has in some modules."""
    names = [name.strip() for name in modules.split(",") if name.strip()]
    if not names:
        raise click.UsageError("--modules names no module.")
    if not to.strip(" ,"):
        raise click.UsageError("--to names nobody; write “nobody” to leave records without an owner.")

    async def work(work: Work) -> int:
        from crmdesk.cli.owners import check_can_own, shares
        from crmdesk.cli.planning import plan_and_offer, refuse_if_busy
        from crmdesk.planning.intents import OwnerHoldings

        await refuse_if_busy(work, dry_run=dry_run)
        specs = [await work.module(name) for name in names]
        directory = work.session.directory
        await directory.load(("owners",), refresh=True)
        to_whom = shares(to, directory)
        check_can_own(to_whom, directory)
        keys = tuple(dict.fromkeys(spec.key for spec in specs))
        what = OwnerHoldings(directory.find_owner(leaving, listed=False), keys, closed_deals=closed_deals)
        return await plan_and_offer(work, what, to_whom, title=None, dry_run=dry_run, yes=yes)

    return run(given, work)
