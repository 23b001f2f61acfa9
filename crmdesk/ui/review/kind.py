"""The kind of workspace that shows staged edits and plans of edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.ui.review.workspace import ReviewWorkspace
from crmdesk.ui.window.workspace import Desk, WorkspaceKind


def _make(desk: Desk, args: Mapping[str, Any]) -> ReviewWorkspace:
    return ReviewWorkspace(desk, args)


def _key(args: Mapping[str, Any]) -> str:
    """One tab for what is staged, whichever part of it, and one for each plan."""
    return f"plan:{args['plan']}" if "plan" in args else ""


KINDS: tuple[WorkspaceKind, ...] = (WorkspaceKind("review", "Review & save", "save", _make, key=_key),)
