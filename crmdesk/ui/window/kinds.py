"""Which workspaces there are, and where each one lives; their code is imported when first opened."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crmdesk.ui.window.workspace import WorkspaceKind


@dataclass(frozen=True)
class SidebarKind:
    """What the sidebar and the menus must know of a workspace before its code is imported."""

    name: str
    title: str
    icon: str
    shortcut: str
    detail: str


SIDEBAR = (
    SidebarKind("find", "Search", "search", "Ctrl+Shift+F", "Find a record anywhere in the CRM"),
    SidebarKind("reassign", "Reassign", "reassign", "Ctrl+Shift+R", "Hand records over to other owners"),
    SidebarKind("jobs", "Jobs", "jobs", "Ctrl+J", "What ran, what failed, and undo"),
)
_HOMES = {
    "view": "crmdesk.ui.browse.kind",
    "record": "crmdesk.ui.browse.kind",
    "new": "crmdesk.ui.record.kind",
    "reassign": "crmdesk.ui.reassign.kind",
    "jobs": "crmdesk.ui.jobs.kind",
    "find": "crmdesk.ui.find.kind",
    "review": "crmdesk.ui.review.kind",
    **dict.fromkeys(("export", "import"), "crmdesk.ui.transfer.kind"),
    "list": "crmdesk.ui.lists.kind",
}


class Kinds:
    """The kinds by name. Tests hand in their own homes."""

    def __init__(self, homes: Mapping[str, str] | None = None) -> None:
        self._homes = dict(_HOMES if homes is None else homes)
        self._loaded: dict[str, WorkspaceKind] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._homes or name in self._loaded

    def add(self, kind: WorkspaceKind) -> None:
        """Add a kind that needs no import."""
        self._loaded[kind.name] = kind

    def get(self, name: str) -> WorkspaceKind:
        """The kind of this name; KeyError for an unknown one."""
        if name not in self._loaded:
            home = importlib.import_module(self._homes[name])
            for kind in home.KINDS:
                self._loaded.setdefault(kind.name, kind)
        return self._loaded[name]

    def key(self, name: str, args: Mapping[str, Any]) -> str:
        """What tells two tabs of this kind apart."""
        make: Callable[[Mapping[str, Any]], str] = self.get(name).key
        return make(args)
