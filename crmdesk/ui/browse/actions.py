"""What can be done in a table, as commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.ui.commands import Command

if TYPE_CHECKING:
    from crmdesk.ui.browse.workspace import BrowseWorkspace


def browse_commands(work: BrowseWorkspace) -> Sequence[Command]:
    """Commands of one table; those of the Record menu with a group are its context menu, too."""

    def on_row() -> bool:
        return work.current_id() is not None

    return (
        Command("browse.refresh", "Refresh", work.refresh, "View", "F5", "refresh", 1),
        Command(
            "browse.columns",
            "Columns…",
            lambda: work.columns.open_dialog(work) and None,
            "View",
            "Ctrl+Shift+L",
            "columns",
            1,
        ),
        Command("browse.find", "Find in loaded rows", lambda: work.finding.begin(), "Edit", "Ctrl+F", "search", 1),
        Command("browse.next", "Find next", lambda: work.finding.step(True), "Edit", "F3", group=1),
        Command("browse.previous", "Find previous", lambda: work.finding.step(False), "Edit", "Shift+F3", group=1),
        Command("browse.all", "Select whole view", work.table.selectAll, "Edit", "Ctrl+A", group=2),
        Command(
            "browse.none",
            "Select nothing",
            work.table.clearSelection,
            "Edit",
            "Ctrl+Shift+A",
            group=2,
            enabled=work.has_chosen,
        ),
        Command("browse.copy", "Copy", work.hands.copy, "Record", "Ctrl+C", "copy", 1, enabled=on_row),
        Command(
            "browse.copy_headers",
            "Copy with headers",
            lambda: work.hands.copy(headers=True),
            "Record",
            "Ctrl+Shift+C",
            group=1,
            enabled=on_row,
        ),
        Command("browse.copy_cell", "Copy cell", work.hands.copy_cell, "Record", "Alt+C", group=1, enabled=on_row),
        Command("browse.copy_id", "Copy id", work.hands.copy_ids, "Record", group=1, enabled=on_row),
        Command(
            "browse.browser",
            "Open in browser",
            work.hands.open_in_browser,
            "Record",
            "Ctrl+Return",
            "open",
            2,
            enabled=on_row,
        ),
        Command(
            "browse.tab",
            "Open in own tab",
            work.hands.open_in_tab,
            "Record",
            "Ctrl+Shift+Return",
            group=2,
            enabled=on_row,
        ),
        Command(
            "browse.reassign",
            "Reassign the selected…",
            work.hands.reassign,
            "Record",
            "Ctrl+R",
            "reassign",
            3,
            enabled=work.has_chosen,
        ),
    )
