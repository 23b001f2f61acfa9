"""The plan's tables as cells: who has how many now and then, and what each module costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.ui.jobs.grid import Cell, Column
from crmdesk.ui.widgets import BarParts

if TYPE_CHECKING:
    from crmdesk.changes.plan import ModuleCost, OwnerTally
    from crmdesk.crm.directory import Directory
    from crmdesk.crm.modules import Modules

OWNER_COLUMNS = (
    Column("Owner", 190),
    Column("Now", 72, right=True),
    Column("Loses", 72, right=True),
    Column("Gains", 72, right=True),
    Column("Then", 72, right=True),
    Column("", 0),
)
OTHERS_SHOWN = 3
LOSERS_FIRST = 4
MODULE_COLUMNS = (
    Column("Module", 190),
    Column("Records", 80, right=True),
    Column("Read + write + follow", 172, right=True),
    Column("How", 0, wrap=True),
)


def owner_cells(tallies: Sequence[OwnerTally], directory: Directory) -> list[tuple[Cell, ...]]:
    """One row an owner; bars are drawn against the longest. Of those who keep theirs, some are enough."""
    concerned = [tally for tally in tallies if tally.loses or tally.gains]
    if sum(bool(tally.loses) for tally in concerned) > LOSERS_FIRST:  # or those who gain would be out of sight
        concerned.sort(key=lambda tally: -tally.gains)
    others = [tally for tally in tallies if not (tally.loses or tally.gains)]
    shown = [*concerned, *others[:OTHERS_SHOWN]]
    longest = max((tally.now + tally.gains for tally in shown), default=0) or 1
    cells = [_owner(tally, directory, longest) for tally in shown]
    if rest := others[OTHERS_SHOWN:]:
        kept = f"{sum(tally.now for tally in rest):,}"
        named = f"{len(rest)} more, unchanged"
        cells.append(
            (Cell(named, tone="muted"), Cell(kept, tone="muted"), Cell(), Cell(), Cell(kept, tone="muted"), Cell())
        )
    return cells


def _owner(tally: OwnerTally, directory: Directory, longest: int) -> tuple[Cell, ...]:
    bar = BarParts(
        stays=(tally.now - tally.loses) / longest,
        gains=tally.gains / longest,
        loses=tally.loses / longest,
    )
    return (
        Cell(_name(tally.owner_id, directory), note=_standing(tally.owner_id, directory)),
        Cell(f"{tally.now:,}"),
        Cell(f"−{tally.loses:,}" if tally.loses else "", tone="warning"),
        Cell(f"+{tally.gains:,}" if tally.gains else "", tone="accent"),
        Cell(f"{tally.then:,}", bold=True),
        Cell(bar=bar),
    )


def _name(owner_id: int | None, directory: Directory) -> str:
    return "Nobody" if owner_id is None else directory.owner_name(owner_id)


def _standing(owner_id: int | None, directory: Directory) -> str:
    owner = directory.owner(owner_id)
    return "inactive" if owner is not None and not owner.active else ""


def module_cells(costs: Sequence[ModuleCost], modules: Modules, *, closed_deals: bool | None) -> list[tuple[Cell, ...]]:
    """One row a module; `closed_deals` False: only open ones were taken."""
    found: list[tuple[Cell, ...]] = []
    for cost in costs:
        name = modules.get(cost.module).plural
        if cost.module == "deals" and closed_deals is False:
            name += ", open only"
        elif cost.module == "tasks" and closed_deals is not None:
            name = "Open tasks"
        parts = [cost.read, cost.write, cost.follow] if cost.follow else [cost.read, cost.write]
        how = cost.way if cost.records else "nothing to do"
        found.append(
            (
                Cell(name),
                Cell(f"{cost.records:,}"),
                Cell(" + ".join(f"{part:,}" for part in parts)),
                Cell(how, tone="muted"),
            )
        )
    return found


def doubtful_receivers(tallies: Sequence[OwnerTally], directory: Directory) -> list[tuple[str, int]]:
    """Who gains records and is inactive or gone, as an undo may have it: name and number."""
    found = []
    for tally in tallies:
        owner = directory.owner(tally.owner_id)
        if tally.gains and tally.owner_id is not None and (owner is None or not owner.active):
            found.append((directory.owner_name(tally.owner_id), tally.gains))
    return found
