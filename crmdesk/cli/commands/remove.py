"""`crmdesk delete`, `restore` and `forget`: records leave, come back, or are gone for good."""

from __future__ import annotations

from pathlib import Path

import click

from crmdesk.cli.endings import Refused
from crmdesk.cli.given import Given, with_account
from crmdesk.cli.picking import Picked, picking, running
from crmdesk.cli.work import Work, run


@click.command()
@click.argument("module")
@click.argument("ids", nargs=-1, type=click.IntRange(min=1), metavar="[ID…]")
@picking
@click.option("--with-contacts-and-deals", is_flag=True, help="Of an account: its contacts and open deals go along.")
@running
@with_account
def delete(
    given: Given,
    module: str,
    ids: tuple[int, ...],
    view: str | None,
    file: Path | None,
    with_contacts_and_deals: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Move records to the Recycle Bin; undo brings back what the API can restore."""
    picked = Picked(ids, view, file)
    picked.check()

    async def work(work: Work) -> int:
        from crmdesk.cli.planning import refuse_if_busy
        from crmdesk.cli.running import offer

        await refuse_if_busy(work, dry_run=dry_run)
        spec = await work.module(module)
        if with_contacts_and_deals and spec.key != "sales_accounts":
            raise click.UsageError("--with-contacts-and-deals is for accounts.")
        what, bad = await picked.records(work, spec)
        plan = await work.session.edits.delete(what, with_contacts_and_deals=with_contacts_and_deals)
        return await offer(work, plan, dry_run=dry_run, yes=yes, bad=bad)

    return run(given, work)


@click.command()
@click.argument("module")
@click.argument("ids", nargs=-1, type=click.IntRange(min=1), metavar="[ID…]")
@picking
@running
@with_account
def restore(
    given: Given,
    module: str,
    ids: tuple[int, ...],
    view: str | None,
    file: Path | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Bring records back from the Recycle Bin."""
    picked = Picked(ids, view, file)
    picked.check()

    async def work(work: Work) -> int:
        from crmdesk.cli.planning import refuse_if_busy
        from crmdesk.cli.running import offer

        await refuse_if_busy(work, dry_run=dry_run)
        spec = await work.module(module)
        what, bad = await picked.records(work, spec)
        return await offer(work, await work.session.edits.restore(what), dry_run=dry_run, yes=yes, bad=bad)

    return run(given, work)


@click.command()
@click.argument("module")
@click.argument("record", type=click.IntRange(min=1), metavar="ID")
@click.option("--name", metavar="NAME", help="The record's name, as the CRM has it, in place of typing it.")
@click.option("--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_account
def forget(given: Given, module: str, record: int, name: str | None, dry_run: bool) -> int:
    """Remove a record for good. No undo brings it back; its values also leave the journal, drafts and caches."""

    async def work(work: Work) -> int:
        from crmdesk.cli.planning import refuse_if_busy
        from crmdesk.cli.running import offer
        from crmdesk.crm import requests

        await refuse_if_busy(work, dry_run=dry_run)
        spec = await work.module(module)
        there = await requests.one(work.session.client, spec, record)
        label = spec.label(there.fields)
        if not dry_run:
            _check_name(work, label, name)
        plan = await work.session.edits.forget(spec.key, record, label)
        return await offer(work, plan, dry_run=dry_run, yes=True)

    return run(given, work)


def _check_name(work: Work, label: str, given: str | None) -> None:
    """Raises Refused unless the record's name was given or is typed."""
    import sys

    from crmdesk.cli.output import is_terminal

    typed = given
    if typed is None:
        if not is_terminal(sys.stdin):
            raise Refused(
                f"“{label}” would be gone for good, and there is no terminal to ask on.",
                subject="--name",
                remedy="Give its name with --name.",
            )
        work.out.progress("")
        with work.interrupts.while_asking():
            typed = str(click.prompt(f"Type “{label}” to forget it for good", default="", show_default=False, err=True))
    if typed.strip() != label:
        raise Refused(f"That is not its name: “{label}”. Nothing was changed.", subject="--name")
