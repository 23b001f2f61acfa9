"""The second step: who gets the records that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import scrolling, stand_on_foot
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.reassign.whom import WhomPanel
from crmdesk.ui.widgets import Button, label

if TYPE_CHECKING:
    from crmdesk.changes.plan import LeftOut, Summary
    from crmdesk.ui.window.workspace import Desk

LEFT_OUT_COLUMNS = (Column("Left out", 180), Column("Records", 80, right=True), Column("Why", wrap=True))


def left_out_cells(desk: Desk, left_out: list[LeftOut]) -> list[tuple[Cell, ...]]:
    """Rows of the table of what is not touched; a remark without records has no number."""
    name_of, modules = desk.session.directory.owner_name, desk.session.modules
    return [
        (
            Cell(modules.get(part.module).plural),
            Cell(f"{part.records:,}" if part.records else ""),
            Cell(words.told(part.reason, name_of), tone="muted"),
        )
        for part in left_out
    ]


class WhomPage(QWidget):
    """A panel with room around it; `chosen` when the plan shall be shown."""

    chosen = Signal()
    back = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._planning = False
        self._records = 0
        self.heading = label("", "heading", wrap=True)
        self.says = label("", "muted", wrap=True)
        self.panel = WhomPanel(desk)
        self.panel.changed.connect(self._allow)
        self.left_out = Grid(desk.theme, "Left out", LEFT_OUT_COLUMNS, most=8)
        inner = QWidget()
        inner.setMaximumWidth(720)
        body = QVBoxLayout(inner)
        body.setContentsMargins(22, 18, 22, 14)
        body.setSpacing(14)
        for part in (self.heading, self.says, self.panel, self.left_out):
            body.addWidget(part)
        body.addStretch(1)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(inner, 1)
        row.addStretch(0)
        self.next = Button("&Show the plan", self.chosen.emit, role="primary")
        self.stop = Button("&Back", self.back.emit)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        self.foot = label("The plan is shown before anything is sent.", "muted")
        foot.addWidget(self.foot, 1)
        foot.addWidget(self.stop)
        foot.addWidget(self.next)
        stand_on_foot(self, scrolling(holder, "To whom"), foot)

    def show_draft(self, summary: Summary, left_out: list[LeftOut]) -> None:
        """What was read, and what is left out of it already."""
        self._records = summary.counts["pending"] + summary.counts["already_so"] + summary.counts["skipped"]
        self.heading.setText(
            f"Who gets the {words.records(self._records)}?" if self._records else "Nothing to hand over"
        )
        modules = ", ".join(self._desk.session.modules.get(key).plural for key in summary.modules)
        self.says.setText(
            f"{modules}." if self._records else "No record was found that could get another owner. Change what, above."
        )
        self.panel.setVisible(self._records > 0)
        self.panel.set_records(self._records)
        self.left_out.rows.set_rows(left_out_cells(self._desk, left_out))
        self.left_out.setVisible(bool(left_out))
        self._allow()
        (self.panel.add if self._records else self.stop).setFocus()

    def planning(self, on: bool) -> None:
        """While the plan is laid out."""
        self._planning = on
        self.foot.setText("Laying the plan out…" if on else "The plan is shown before anything is sent.")
        self._allow()

    def _allow(self) -> None:
        self.next.setEnabled(self._records > 0 and not self._planning and self.panel.to_whom() is not None)
