"""What was selected, as the reassign workspace takes it."""

from __future__ import annotations

import asyncio

from crmdesk.planning.intents import KnownRow, SelectedRecords, WholeView
from crmdesk.ui.browse.chosen import Chosen
from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.source import Source

PAGES_A_TURN = 4


def whole_view(source: Source, chosen: Chosen) -> WholeView:
    """The whole view without the rows taken out of it."""
    return WholeView(source.spec.key, int(source.view_id), source.name, frozenset(chosen.minus))


async def selected_records(source: Source, model: RecordModel, chosen: Chosen) -> SelectedRecords:
    """The selected records with what their rows tell, in the order of the table.

    Records that are selected and not among the loaded rows are named by id alone.
    """
    store, spec = model.store, source.spec
    found: dict[int, KnownRow] = {}
    for turn, number in enumerate(sorted(store.pages)):
        first, end = store.span(number)
        wanted = {record_id for record_id in store.ids[first:end] if record_id is not None and chosen.holds(record_id)}
        if not wanted:
            continue
        for record in store.pages[number].records():
            if record["id"] in wanted:
                updated = record.get("updated_at")
                found[record["id"]] = KnownRow(
                    record["id"],
                    spec.label(record),
                    spec.owner(record),
                    updated if isinstance(updated, str) else None,
                )
        if turn % PAGES_A_TURN == 0:
            await asyncio.sleep(0)
    rows = [*found.values(), *(KnownRow(missing) for missing in sorted(chosen.ids - found.keys()))]
    return SelectedRecords(spec.key, tuple(rows))
