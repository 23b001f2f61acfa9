"""The kinds of workspace that move records into files and files into records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.planning.intents import SelectedRecords
from crmdesk.ui.transfer.export_workspace import ExportWorkspace
from crmdesk.ui.transfer.import_workspace import ImportWorkspace
from crmdesk.ui.window.workspace import WorkspaceKind


def _export_key(args: Mapping[str, Any]) -> str:
    """A tab for each view, filter or selection that is exported."""
    what = args.get("what")
    if what is None:
        return ""
    if isinstance(what, SelectedRecords):
        return f"{what.module}/{hash(tuple(row.id for row in what.rows))}"
    return f"{what.module}/{what!r}"


def _import_key(args: Mapping[str, Any]) -> str:
    """A tab for each file, and one for a file that is still to be chosen."""
    return str(args.get("path", ""))


KINDS: tuple[WorkspaceKind, ...] = (
    WorkspaceKind("export", "Export", "export", ExportWorkspace, key=_export_key),
    WorkspaceKind("import", "Import", "import", ImportWorkspace, key=_import_key),
)
