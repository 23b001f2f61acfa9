"""A workspace that shows nothing, so that the window's own doing is tested apart from the others'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QLabel, QWidget

from crmdesk.ui.commands import Command
from crmdesk.ui.window.workspace import Desk, Workspace, WorkspaceKind


class PlainWorkspace(Workspace):
    """Remembers its arguments, offers one command and an inspector, and can refuse to close."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        if args.get("broken"):
            raise LookupError("a workspace with a mistake")
        self.args = dict(args)
        self.ran = 0
        self.times_shown = 0
        self.times_online = 0
        self.closable = True
        self._inspector = QLabel("about it")

    @property
    def title(self) -> str:
        """The view's name."""
        return str(self.args.get("view_name", "Plain"))

    def commands(self) -> Sequence[Command]:
        """One command that counts."""
        return (Command("plain.count", "Count one", self._count, "Record", "Ctrl+Shift+U"),)

    def _count(self) -> None:
        self.ran += 1

    def inspector(self) -> QWidget | None:
        """A label."""
        return self._inspector

    def memory(self) -> Mapping[str, Any] | None:
        """As it was opened."""
        return self.args

    def shown(self) -> None:
        """Counts."""
        self.times_shown += 1

    def back_online(self) -> None:
        """Counts."""
        self.times_online += 1

    def may_close(self) -> bool:
        """As the test wants it."""
        return self.closable


PLAIN = WorkspaceKind("view", "View", "view", PlainWorkspace, lambda args: f"{args['module']}/{args['view_id']}")
