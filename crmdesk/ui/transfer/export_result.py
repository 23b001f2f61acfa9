"""The file that was written: how many rows, what it cost, and what of it was not loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import scrolling, stand_on_foot
from crmdesk.ui.jobs.grid import Cell, Column, Grid
from crmdesk.ui.transfer import places
from crmdesk.ui.widgets import Button, NoteBox, SectionTitle, label

if TYPE_CHECKING:
    from crmdesk.planning.export import ExportResult
    from crmdesk.ui.transfer.export_columns import ColumnChoice
    from crmdesk.ui.window.workspace import Desk

COLUMNS = (Column("Field", 220), Column("Rows", 90, right=True), Column("What stands there"))
_GONE_SHOWN = 10


class ExportResultPage(QWidget):
    """`again`: back to the form."""

    again = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.path = Path()
        self.done = NoteBox()
        self.where = label("", "muted", wrap=True, selectable=True)
        self.gone = NoteBox()
        self.title = SectionTitle("Not loaded")
        self.all_missing = label("", "muted", wrap=True)
        self.not_loaded = Grid(desk.theme, "Fields that were not loaded", COLUMNS, most=12)
        inside = QVBoxLayout()
        inside.setContentsMargins(22, 16, 22, 16)
        inside.setSpacing(12)
        for part in (self.done, self.where, self.gone, self.title, self.all_missing, self.not_loaded):
            inside.addWidget(part)
        inside.addStretch(1)
        column = QWidget()
        column.setMaximumWidth(760)
        column.setLayout(inside)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(column, 10)
        row.addStretch(1)
        self.open_folder = Button("Open &folder", lambda: places.open_folder(self.path))
        self.open_file = Button("&Open file", lambda: places.open_file(self.path), role="primary")
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addWidget(Button("Export &again…", self.again.emit))
        foot.addStretch(1)
        foot.addWidget(self.open_folder)
        foot.addWidget(self.open_file)
        stand_on_foot(self, scrolling(body, "The file"), foot)

    def show_result(self, result: ExportResult, columns: ColumnChoice) -> None:
        """Show what was written."""
        self.path = result.path
        rows = f"{result.rows:,} row" + ("" if result.rows == 1 else "s")
        self.done.set(f"{rows} written to {result.path.name}", f"{words.requests(result.requests)} sent.", "good")
        self.where.setText(str(result.path))
        gone = len(result.gone)
        self.gone.setVisible(gone > 0)
        if gone:
            named = ", ".join(str(record) for record in result.gone[:_GONE_SHOWN]) + ("…" if gone > _GONE_SHOWN else "")
            self.gone.set(f"{words.records(gone)} no longer there", f"Not in the file: {named}", "staged")
        missing = {name: count for name, count in result.not_loaded.items() if count}
        alike = set(missing.values()) == {result.rows}
        self.title.setVisible(bool(missing))
        self.all_missing.setVisible(alike)
        self.not_loaded.setVisible(bool(missing) and not alike)
        told = "(not loaded)" if result.path.suffix.lower() != ".jsonl" else "nothing: the key is absent"
        if alike:
            stands = "“(not loaded)” stands" if result.path.suffix.lower() != ".jsonl" else "no key stands"
            named = ", ".join(columns.heading(name) for name in missing)
            self.all_missing.setText(f"In every row {stands} for {named}.")
        self.not_loaded.rows.set_rows(
            [
                (Cell(columns.heading(name), bold=True), Cell(f"{count:,}"), Cell(told, tone="muted"))
                for name, count in sorted(missing.items(), key=lambda item: -item[1])
            ]
        )
        self.open_file.setFocus()
