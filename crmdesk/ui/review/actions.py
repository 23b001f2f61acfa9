"""What can be done in the review tab, as data: menus, shortcuts and the palette are drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.ui.commands import Command

if TYPE_CHECKING:
    from crmdesk.ui.review.workspace import ReviewWorkspace


def commands_of(work: ReviewWorkspace) -> Sequence[Command]:
    """The commands of the page in front."""
    table, keep = work.staged_page.table, work.plan_page.collisions.table
    planned = work.pages.currentWidget() is work.plan_page

    # Asked when a menu opens or a key is pressed: what is staged changes while the page stays.
    def some() -> bool:
        return work.pages.currentWidget() is work.staged_page and table.lines.rowCount() > 0

    def on_lines() -> bool:
        return some() and bool(table.chosen())

    def on_plan() -> bool:
        return work.pages.currentWidget() is work.plan_page

    def collides() -> bool:
        return on_plan() and keep.lines.rowCount() > 0

    def may_go() -> bool:
        return work.plan_page.save_button.isEnabled() if on_plan() else some()

    return (
        Command(
            "review.go",
            "Save" if planned else "Review the changes",
            work.save if planned else work.review,
            "Record",
            "Ctrl+S",
            icon="save",
            enabled=may_go,
        ),
        Command("review.revert", "Revert the selected edits", work.revert_chosen, "Record", enabled=on_lines),
        Command("review.discard", "Discard what is listed…", work.discard, "Record", enabled=some),
        Command("review.mine", "Keep all mine", lambda: keep.keep_all("mine"), "Record", enabled=collides),
        Command("review.theirs", "Take all theirs", lambda: keep.keep_all("theirs"), "Record", enabled=collides),
        Command("review.look", "Look through the plan's rows", work.look, "Record", enabled=on_plan),
        Command("review.write", "Save plan…", work.write, "Record", enabled=on_plan),
    )
