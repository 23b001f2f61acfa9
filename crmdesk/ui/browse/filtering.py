"""Opens the filter builder for a table, and what it finds in a tab of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.ui.browse.filters import SAVED, Rule, rules_to_json
from crmdesk.ui.window.workspace import Desk

if TYPE_CHECKING:
    from crmdesk.ui.browse.filter_dialog import FilterDialog
    from crmdesk.ui.browse.workspace import BrowseWorkspace

SCHEMA_MISSING = "The CRM tells its fields to an administrator's key only, so no filter can be built here."
SCHEMA_COMES = "The fields are still being read; try again in a moment."


def open_builder(work: BrowseWorkspace) -> FilterDialog | None:
    """The builder with the rules of the tab in front; None, and the reason is told, without fields."""
    if work.known.schema is None:
        work.tell_status(SCHEMA_MISSING if work.known.schema_missing else SCHEMA_COMES)
        return None
    from crmdesk.ui.browse.filter_dialog import FilterDialog

    work.known.need_names(("owners",))
    name = work.source.name if str(work.source.view_id).startswith(SAVED) else ""
    dialog = FilterDialog(work.desk, work.known, work.source.rules, name, work)
    module = work.source.spec.key
    dialog.wanted.connect(lambda rules, kept: open_filter(work.desk, module, rules, kept))
    dialog.saved.connect(work.desk.filters_changed)
    dialog.open()
    return dialog


def open_filter(desk: Desk, module: str, rules: Sequence[Rule], name: str = "") -> None:
    """What the rules find, in a tab; `name` is that of a saved filter."""
    if name:
        desk.open("view", {"module": module, "view_id": f"{SAVED}{name}", "view_name": name})
    else:
        desk.open("view", {"module": module, "filter": rules_to_json(rules), "name": ""})
