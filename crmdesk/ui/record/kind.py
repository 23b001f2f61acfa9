"""The kind of workspace in which a record is made; those that show one are in ui/browse/kind.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.ui.record.new import NewWorkspace
from crmdesk.ui.window.workspace import Desk, Workspace, WorkspaceKind


def make_new(desk: Desk, args: Mapping[str, Any]) -> Workspace:
    """`args`: module, values or clone_of (with label), local."""
    return NewWorkspace(desk, args)


def _key(args: Mapping[str, Any]) -> str:
    """One empty form a module; a clone and a draft have one each."""
    return f"{args['module']}/{args.get('local') or ''}/{args.get('clone_of') or ''}"


KINDS: tuple[WorkspaceKind, ...] = (WorkspaceKind("new", "New record", "plus", make_new, _key),)
