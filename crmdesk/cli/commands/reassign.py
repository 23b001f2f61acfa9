"""`crmdesk reassign MODULE`: records of one module get other owners."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmdesk.cli.given import Given, with_account
from crmdesk.cli.work import Work, run
from crmdesk.config.errors import InputError

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.planning.files import BadLine
    from crmdesk.planning.intents import OwnerTable, ToWhom, What


@dataclass(frozen=True)
class Asked:
    """The options, as they were given."""

    module: str
    view: str | None
    ids: Path | None
    owner: str | None
    to: str | None
    to_table: Path | None
    open_deals_only: bool

    def check(self) -> None:
        """Exactly one source and one target; a table of owners names its records itself. Raises UsageError."""
        sources = [one for one in (self.view, self.ids, self.owner) if one is not None]
        if (self.to is None) == (self.to_table is None):
            raise click.UsageError("Say who gets the records: either --to or --to-table.")
        if len(sources) > 1 or (not sources and self.to_table is None):
            raise click.UsageError("Say which records: exactly one of --view, --ids and --owner.")
        if self.to is not None and not self.to.strip(" ,"):
            raise click.UsageError("--to names nobody; write “nobody” to leave records without an owner.")
        if self.ids is not None and str(self.ids) == "-" == str(self.to_table):
            raise click.UsageError("Standard input can be --ids or --to-table, not both.")


_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command()
@click.argument("module")
@click.option("--view", metavar="ID", help="Every record of this view, by its id or exact name.")
@click.option("--ids", type=_FILE, metavar="FILE", help="The records whose ids this CSV holds; - is standard input.")
@click.option("--owner", metavar="OWNER", help="Every record that this owner has (id, e-mail or nobody).")
@click.option("--to", metavar="OWNER[,OWNER…]", help="Who gets them: evenly, or by weight: a@x.com=40,b@x.com=60.")
@click.option("--to-table", type=_FILE, metavar="FILE", help="Who gets which: a CSV of id,owner.")
@click.option("--open-deals-only", is_flag=True, help="With --owner: closed deals stay.")
@click.option("--dry-run", is_flag=True, help="Show the plan and its cost; change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_account
def reassign(
    given: Given,
    module: str,
    view: str | None,
    ids: Path | None,
    owner: str | None,
    to: str | None,
    to_table: Path | None,
    open_deals_only: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Give records of MODULE to other owners.

    Owners are named by id, e-mail, or “nobody”. Records that already belong to the new owner are left as they are.
    """
    asked = Asked(module, view, ids, owner, to, to_table, open_deals_only)
    asked.check()
    return run(given, lambda work: _reassign(work, asked, dry_run, yes))


async def _reassign(work: Work, asked: Asked, dry_run: bool, yes: bool) -> int:
    from crmdesk.cli.owners import check_can_own, tell_bad_lines
    from crmdesk.cli.planning import plan_and_offer, refuse_if_busy

    await refuse_if_busy(work, dry_run=dry_run)
    spec = await work.module(asked.module)
    await work.session.directory.load(("owners",), refresh=True)
    to_whom, bad = _to_whom(work, asked)
    check_can_own(to_whom, work.session.directory)
    what, more_bad = await _what(work, asked, spec, to_whom)
    bad = (*bad, *more_bad)
    tell_bad_lines(work.out, bad)
    title = _title(work, asked, spec)
    return await plan_and_offer(work, what, to_whom, title=title, dry_run=dry_run, yes=yes, bad=bad)


def _to_whom(work: Work, asked: Asked) -> tuple[ToWhom, tuple[BadLine, ...]]:
    from crmdesk.cli.owners import shares, table_from

    if asked.to is not None:
        return shares(asked.to, work.session.directory), ()
    if asked.to_table is None:
        raise InputError("Nobody is named who shall get the records.", subject="--to")
    return table_from(asked.to_table, work.session.directory)


async def _what(work: Work, asked: Asked, spec: ModuleSpec, to_whom: ToWhom) -> tuple[What, tuple[BadLine, ...]]:
    from crmdesk.cli.lists import view_named
    from crmdesk.cli.owners import ids_from
    from crmdesk.planning.intents import OwnerHoldings, OwnerTable, SelectedRecords, WholeView

    if asked.view is not None:
        if spec.view_path is None:
            raise InputError(
                f"{spec.plural} have no views that can be handed over.",
                subject="--view",
                remedy="Use --ids with a file of ids, or --owner.",
            )
        view = await view_named(work.session, spec, asked.view)
        return WholeView(spec.key, int(view.id), view.name), ()
    if asked.ids is not None:
        return ids_from(asked.ids, spec.key)
    if asked.owner is not None:
        owner_id = work.session.directory.find_owner(asked.owner, listed=False)
        return OwnerHoldings(owner_id, (spec.key,), closed_deals=not asked.open_deals_only), ()
    table: OwnerTable = to_whom if isinstance(to_whom, OwnerTable) else OwnerTable()
    return SelectedRecords.of_ids(spec.key, tuple(table.owner_of)), ()


def _title(work: Work, asked: Asked, spec: ModuleSpec) -> str | None:
    if asked.owner is None:
        return None
    directory = work.session.directory
    owner = directory.owner_name(directory.find_owner(asked.owner, listed=False))
    return f"Reassign {spec.plural} of {owner}"
