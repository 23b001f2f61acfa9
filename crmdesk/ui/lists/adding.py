"""“Add to list…” from a table of contacts: what is selected there goes on a list that is chosen, or made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crmdesk.planning.intents import SelectedRecords
from crmdesk.ui.lists import doings
from crmdesk.ui.lists.ask import NOT_BACK, ChooseList
from crmdesk.ui.review.ask import window_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from crmdesk.ui.browse.hands import What
    from crmdesk.ui.browse.workspace import BrowseWorkspace
    from crmdesk.ui.lists.model import MarketingList
    from crmdesk.ui.window.workspace import Desk


def with_ids(work: BrowseWorkspace, go_on: Callable[[list[int]], object]) -> None:
    """Hand the ids of what is selected to `go_on`. A list takes ids only, so a whole view is loaded first."""
    chosen, model = work.table.chosen, work.model
    if chosen.whole:
        missing = model.store.missing()
        if missing:
            why = "A list takes contacts by their ids: all rows of the view are loaded first."
            work.hands.offer_loading(missing, lambda: with_ids(work, go_on), why)
            return
        go_on([found for found in model.store.ids if found is not None and chosen.holds(found)])
        return

    def named(what: What) -> None:
        if isinstance(what, SelectedRecords):
            for row in what.rows:
                if row.label:
                    work.desk.session.labels.learn(what.module, row.id, row.label)
            go_on([row.id for row in what.rows])

    work.hands.with_selected(named)


def add_to_list(
    desk: Desk,
    ids: Sequence[int],
    window: QWidget | None = None,
    lists: Sequence[MarketingList] | None = None,
    *,
    without: int | None = None,
    verb: str = "Add",
) -> ChooseList:
    """Ask for a list, then put contacts on it."""
    title = f"{verb} {doings.contacts(len(ids))} to a list"
    dialog = ChooseList(desk, title, NOT_BACK, window_of(desk, window), lists, without=without)
    dialog.chosen.connect(lambda one: doings.add(desk, one, ids))
    dialog.wanted_new.connect(lambda name: doings.make(desk, name, lambda _made: None, ids))
    dialog.open()
    return dialog


def add_selected(work: BrowseWorkspace) -> None:
    """The selected contacts of a table."""
    with_ids(work, lambda ids: add_to_list(work.desk, ids, work))
