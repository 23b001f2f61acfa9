"""The kind of workspace that shows marketing lists. The sidebar opens the same as a view of the module "lists"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.crm.values import whole
from crmdesk.ui.lists.workspace import ListsWorkspace
from crmdesk.ui.window.workspace import Desk, WorkspaceKind


def _make(desk: Desk, args: Mapping[str, Any]) -> ListsWorkspace:
    """`args`: list (an id), or nothing."""
    return ListsWorkspace(desk, whole(args.get("list")))


KINDS: tuple[WorkspaceKind, ...] = (WorkspaceKind("list", "Marketing lists", "lists", _make),)
