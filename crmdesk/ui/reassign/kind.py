"""The kind of workspace that reassigns records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.ui.reassign.workspace import ReassignWorkspace
from crmdesk.ui.window.workspace import Desk, WorkspaceKind


def _make(desk: Desk, args: Mapping[str, Any]) -> ReassignWorkspace:
    return ReassignWorkspace(desk, args)


def _key(args: Mapping[str, Any]) -> str:
    """One tab for the empty flow, one for each plan, and one for each selection that is handed in."""
    if "plan" in args:
        return f"plan:{args['plan']}"
    return f"what:{id(args['what'])}" if "what" in args else ""


KINDS: tuple[WorkspaceKind, ...] = (
    WorkspaceKind("reassign", "Reassign", "reassign", _make, key=_key, in_sidebar=True, shortcut="Ctrl+Shift+R"),
)
