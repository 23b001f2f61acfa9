"""A record in a tab of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from crmdesk.ui.browse.known import Known
from crmdesk.ui.commands import Command
from crmdesk.ui.record.inspect import Inspector
from crmdesk.ui.window.workspace import Desk, Workspace

WIDEST = 720


class RecordWorkspace(Workspace):
    """Everything of one record, read when the tab opens."""

    def __init__(self, desk: Desk, args: Mapping[str, Any]) -> None:
        super().__init__(desk)
        self._spec = desk.session.modules.get(str(args["module"]))
        self._id = int(args["id"])
        self._label = str(args.get("label") or f"{self._spec.singular} {self._id}")
        self._known = Known(desk, self._spec, self)
        self.inspected = Inspector(desk, self._known, own_tab=True, parent=self)
        self.inspected.panel.setMaximumWidth(WIDEST)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.inspected.panel, 1)
        row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._known.need_schema()
        self.inspected.show(self._id, None)

    @property
    def title(self) -> str:
        """The record's name."""
        return f"{self._label} — {self._spec.singular}"

    def commands(self) -> Sequence[Command]:
        """What can be done with one record here."""
        return (
            Command("record.refresh", "Refresh", self.refresh, "View", "F5", "refresh"),
            Command(
                "record.browser",
                "Open in browser",
                self.inspected.open_in_browser,
                "Record",
                "Ctrl+Return",
                "open",
            ),
            Command("record.copy", "Copy all fields", self.inspected.panel.copy_all, "Record", icon="copy"),
        )

    def refresh(self) -> None:
        """Read the record again."""
        self.inspected.forget()
        self.inspected.read_again()

    def memory(self) -> Mapping[str, Any]:
        """Enough to open it again."""
        return {"module": self._spec.key, "id": self._id, "label": self._label}
