"""What can be done with marketing lists, as commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.ui.commands import Command

if TYPE_CHECKING:
    from crmdesk.ui.lists.workspace import ListsWorkspace


def list_commands(work: ListsWorkspace) -> Sequence[Command]:
    """Of the lists themselves, and of everybody on the chosen one."""
    asking = work.asking

    def on_list() -> bool:
        return work.one is not None

    def on_full_list() -> bool:
        return on_list() and bool(work.total)

    return (
        Command("lists.new", "New list…", asking.new, "Record", "Ctrl+N", "plus", keywords="marketing"),
        Command("lists.reload", "Read the lists again", work.read, "View", "Shift+F5", "refresh", 1),
        Command("lists.rename", "Rename the list…", asking.rename, "Record", "Shift+F2", enabled=on_list),
        Command("lists.add", "Add contacts…", asking.add, "Record", "Ctrl+Shift+M", "contacts", enabled=on_list),
        Command("lists.move_all", "Move all contacts…", asking.move_all, "Record", enabled=on_full_list),
        Command("lists.remove_all", "Remove all contacts…", asking.remove_all, "Record", enabled=on_full_list),
    )


def row_commands(work: ListsWorkspace) -> Sequence[Command]:
    """Of the selected contacts; part of their context menu."""
    asking, chosen = work.asking, work.has_chosen
    return (
        Command("lists.copy", "Copy to list…", asking.copy, "Record", "", "lists", 7, enabled=chosen),
        Command("lists.move", "Move to list…", asking.move, "Record", "", "", 7, enabled=chosen),
        Command(
            "lists.remove", "Remove from the list", asking.remove, "Record", "Ctrl+Del", "minus", 7, enabled=chosen
        ),
    )
