"""The kind of workspace that lists an account's jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmdesk.ui.jobs.workspace import JobsWorkspace
from crmdesk.ui.window.workspace import Desk, WorkspaceKind


def _make(desk: Desk, args: Mapping[str, Any]) -> JobsWorkspace:
    return JobsWorkspace(desk, args)


def _key(_args: Mapping[str, Any]) -> str:
    return ""  # one list for the account, whichever job is asked for


KINDS: tuple[WorkspaceKind, ...] = (
    WorkspaceKind("jobs", "Jobs", "jobs", _make, key=_key, in_sidebar=True, shortcut="Ctrl+J"),
)
