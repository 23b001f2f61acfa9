"""The kinds of workspace that show records: a view, and one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.ui.browse.source import Source
from crmdesk.ui.browse.unlisted import UnlistedWorkspace
from crmdesk.ui.browse.workspace import BrowseWorkspace
from crmdesk.ui.record.workspace import RecordWorkspace
from crmdesk.ui.window.workspace import Desk, Workspace, WorkspaceKind

TASK_FILTERS = (
    ("open", "Open"),
    ("due today", "Due today"),
    ("due tomorrow", "Due tomorrow"),
    ("overdue", "Overdue"),
    ("completed", "Completed"),
)


def make_view(desk: Desk, args: Mapping[str, Any]) -> Workspace:
    """`args`: module, view_id (for tasks the filter), view_name."""
    spec = desk.session.modules.get(str(args["module"]))
    view_id = args.get("view_id") or ("open" if spec.key == "tasks" else 0)
    source = Source(spec, view_id, str(args.get("view_name") or spec.plural))
    return BrowseWorkspace(desk, source) if source.listable else UnlistedWorkspace(desk, source)


def make_record(desk: Desk, args: Mapping[str, Any]) -> Workspace:
    """`args`: module, id, label."""
    return RecordWorkspace(desk, args)


KINDS: tuple[WorkspaceKind, ...] = (
    WorkspaceKind("view", "View", "view", make_view, lambda args: f"{args['module']}/{args.get('view_id') or ''}"),
    WorkspaceKind("record", "Record", "file", make_record, lambda args: f"{args['module']}/{args['id']}"),
)
