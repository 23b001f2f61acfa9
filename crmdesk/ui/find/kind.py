"""The kind of workspace that searches the whole CRM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.ui.find.workspace import FindWorkspace
from crmdesk.ui.window.workspace import Desk, WorkspaceKind


def _make(desk: Desk, args: Mapping[str, Any]) -> FindWorkspace:
    """`args`: text, or nothing."""
    return FindWorkspace(desk, str(args.get("text") or ""))


KINDS: tuple[WorkspaceKind, ...] = (
    WorkspaceKind("find", "Search", "search", _make, in_sidebar=True, shortcut="Ctrl+Shift+F"),
)
