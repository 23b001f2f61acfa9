"""What can be done in a table, as commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.crm.module_spec import Can
from crmdesk.ui.commands import Command

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace


def browse_commands(work: BrowseWorkspace) -> Sequence[Command]:
    """Commands of one table; those of the Record menu with a group are its context menu, too."""
    return (*_looking(work), *_cells(work), *_rows(work), *_records(work))


def _looking(work: BrowseWorkspace) -> Sequence[Command]:
    table = work.table
    return (
        Command("browse.refresh", "Refresh", work.refresh, "View", "F5", "refresh", 1),
        Command("browse.columns", "Columns…", work.choose_columns, "View", "Ctrl+Shift+L", "columns", 1),
        Command("browse.filter", "Filter…", work.filter, "View", "Ctrl+Shift+E", "view", 1, enabled=work.can_filter),
        Command("browse.find", "Find in loaded rows", lambda: work.finding.begin(), "Edit", "Ctrl+F", "search", 1),
        Command("browse.next", "Find next", lambda: work.finding.step(True), "Edit", "F3", group=1),
        Command("browse.previous", "Find previous", lambda: work.finding.step(False), "Edit", "Shift+F3", group=1),
        Command("browse.all", "Select whole view", table.selectAll, "Edit", "Ctrl+A", group=2),
        Command(
            "browse.none",
            "Select nothing",
            table.clearSelection,
            "Edit",
            "Ctrl+Shift+A",
            group=2,
            enabled=work.has_chosen,
        ),
    )


def _cells(work: BrowseWorkspace) -> Sequence[Command]:
    """Cells are edited whatever is selected; each says by itself why it can't be done."""
    cells, hands = work.cells, work.hands

    def on_row() -> bool:
        return work.current_id() is not None

    return (
        Command("browse.edit", "Edit cell", lambda: work.editing.begin() and None, "Record", "F2", group=1),
        Command("browse.copy", "Copy", hands.copy, "Record", "Ctrl+C", "copy", 1, enabled=on_row),
        Command("browse.paste", "Paste into cells", cells.paste, "Record", "Ctrl+V", group=1),
        Command("browse.fill", "Fill down", cells.fill_down, "Record", "Ctrl+D", group=1),
        Command(
            "browse.revert",
            "Revert cells",
            cells.revert,
            "Record",
            group=1,
            icon="undo",
            enabled=lambda: bool(cells.staged_cells()),
        ),
        Command(
            "browse.revert_rows",
            "Revert all edits of the record",
            cells.revert_rows,
            "Record",
            group=1,
            enabled=lambda: bool(cells.staged_rows()),
        ),
        Command(
            "browse.copy_headers",
            "Copy rows with headers",
            lambda: hands.copy(headers=True),
            "Record",
            "Ctrl+Shift+C",
            group=2,
            enabled=on_row,
        ),
        Command("browse.copy_cell", "Copy cell as shown", hands.copy_cell, "Record", "Alt+C", group=2, enabled=on_row),
        Command("browse.copy_id", "Copy id", hands.copy_ids, "Record", group=2, enabled=on_row),
    )


def _rows(work: BrowseWorkspace) -> Sequence[Command]:
    def on_row() -> bool:
        return work.current_id() is not None

    hands = work.hands
    return (
        Command(
            "browse.browser",
            "Open in browser",
            hands.open_in_browser,
            "Record",
            "Ctrl+Return",
            "open",
            3,
            enabled=on_row,
        ),
        Command(
            "browse.tab",
            "Open in own tab",
            hands.open_in_tab,
            "Record",
            "Ctrl+Shift+Return",
            group=3,
            enabled=on_row,
        ),
        Command(
            "browse.reassign",
            "Reassign the selected…",
            hands.reassign,
            "Record",
            "Ctrl+R",
            "reassign",
            4,
            enabled=lambda: work.source.spec.owned and work.has_chosen(),
        ),
    )


def _records(work: BrowseWorkspace) -> Sequence[Command]:
    """What makes a plan, for modules that have it; the menu leaves the others out."""
    bulk, can = work.bulk, work.source.spec.can
    chosen = work.has_chosen
    found = [
        Command("browse.review", "Review & save", bulk.save, "Record", "Ctrl+S", "save", 6),
    ]
    if Can.CREATE in can:
        new = f"New {work.source.spec.singular.lower()}"
        found.append(Command("browse.new", new, bulk.new, "Record", "Ctrl+N", "plus", 6))
    if Can.EDIT in can:
        found.append(Command("browse.set", "Set a field…", bulk.set_field, "Record", "", "", 4, enabled=chosen))
    if Can.TEAM in can:
        found.append(Command("browse.team", "Manage team…", bulk.team, "Record", "", "", 4, enabled=chosen))
    if work.source.spec.key == "contacts":
        found.append(
            Command("browse.list", "Add to list…", lambda: _add_to_list(work), "Record", "", "lists", 4, enabled=chosen)
        )
    found.append(Command("browse.export", "Export…", bulk.export, "Record", "Ctrl+E", "export", 4))
    if work.source.recycled and Can.RESTORE in can:
        found.append(Command("browse.restore", "Restore…", bulk.restore, "Record", "", "undo", 5, enabled=chosen))
    if Can.DELETE in can and not work.source.recycled:
        found.append(
            Command("browse.delete", "Delete…", bulk.delete, "Record", "Del", "trash", 5, enabled=work.has_place)
        )
    return found


def _add_to_list(work: BrowseWorkspace) -> None:
    """The selected contacts go on a marketing list."""
    from crmdesk.ui.lists.adding import add_selected

    add_selected(work)
