"""What an export costs and how its file is written: figures first, then format, values, columns, what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.planning.export import ExportCost, ExportOptions
from crmdesk.ui.jobs import words
from crmdesk.ui.jobs.flow import FiguresRow, scrolling, stand_on_foot
from crmdesk.ui.transfer.export_columns import ColumnChoice
from crmdesk.ui.widgets import Button, Figure, NoteBox, SectionTitle, label

if TYPE_CHECKING:
    from crmdesk.crm.schema import Schema
    from crmdesk.ui.window.workspace import Desk

FORMATS = (
    ("csv", "CSV, for spreadsheets and other programs"),
    ("xlsx", "Excel workbook (XLSX)"),
    ("jsonl", "JSON lines, for programs"),
)
SEPARATORS = ((",", "Comma"), (";", "Semicolon"), ("\t", "Tab"))
_REMEMBERED = "export.options"
_NAMED_AT_MOST = 6


class ExportForm(QWidget):
    """`start` when a file shall be written, `again` when the price shall be asked for once more."""

    start = Signal()
    again = Signal()

    def __init__(self, desk: Desk, shown: Sequence[str]) -> None:
        super().__init__()
        self._desk = desk
        self._cost: ExportCost | None = None
        self._make_parts(shown)
        self._lay_out()
        self._restore()
        self._changed()

    def _make_parts(self, shown: Sequence[str]) -> None:
        self.records = Figure("Records")
        self.requests = Figure("Requests")
        self.figures = FiguresRow((self.records, self.requests))
        self.trouble = NoteBox()
        self.trouble.hide()
        self.ask_again = Button("Ask &again", self.again.emit)
        self.ask_again.hide()
        self.format = _combo("Format", FORMATS)
        self.separator = _combo("Separator", SEPARATORS)
        self.bom = QCheckBox("&Mark the file as UTF-8 (Excel reads it only so)")
        self.values = _combo(
            "Values", (("names", "Names of owners, stages and choices; an import reads them back"), ("ids", "Ids"))
        )
        self.columns = ColumnChoice(shown)
        self.left_out = NoteBox()
        self.left_out.hide()
        self.read_left_out = QCheckBox()
        self.read_left_out.hide()
        self.says = label("Exporting changes nothing in the CRM.", "muted")
        self.start_button = Button("&Export…", self.start.emit, role="primary")
        for box in (self.format, self.separator, self.values):
            box.currentIndexChanged.connect(lambda _at: self._changed())
        self.columns.changed.connect(self._changed)
        self.read_left_out.toggled.connect(lambda _on: self._changed())

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, part in (("Format", self.format), ("Separator", self.separator), ("", self.bom)):
            form.addRow(label(name, "muted"), part)
        form.addRow(label("Values", "muted"), self.values)
        form.addRow(label("Columns", "muted"), self.columns)
        self._form = form
        inside = QVBoxLayout()
        inside.setContentsMargins(22, 16, 22, 16)
        inside.setSpacing(14)
        inside.addWidget(self.figures)
        inside.addWidget(self.trouble)
        again = QHBoxLayout()
        again.addWidget(self.ask_again)
        again.addStretch(1)
        inside.addLayout(again)
        inside.addWidget(SectionTitle("The file"))
        inside.addLayout(form)
        inside.addWidget(self.left_out)
        inside.addWidget(self.read_left_out)
        inside.addStretch(1)
        column = QWidget()
        column.setMaximumWidth(760)
        column.setLayout(inside)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(column, 10)
        row.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addWidget(self.says, 1)
        foot.addWidget(self.start_button)
        stand_on_foot(self, scrolling(body, "Export"), foot)

    # -- what is shown

    def offer(self, schema: Schema) -> None:
        """The module's fields are known."""
        self.columns.offer(schema)
        self._changed()

    def asking(self) -> None:
        """The price is being asked for."""
        self._cost = None
        self.trouble.hide()
        self.ask_again.hide()
        self._changed()

    def show_cost(self, cost: ExportCost) -> None:
        """The price is known."""
        self._cost = cost
        self._changed()
        if self.isVisible():
            self.start_button.setFocus()

    def tell(self, title: str, text: str, *, tone: str = "warning", again: bool = False) -> None:
        """What came of it, calmly and in place."""
        self.trouble.set(title, text, tone)
        self.trouble.show()
        self.ask_again.setVisible(again)
        self._changed()

    @property
    def missing(self) -> list[str]:
        """The chosen fields that lists leave out, by heading."""
        if self._cost is None:
            return []
        fields = self.columns.fields
        if fields is None:
            return list(self._cost.left_out)
        chosen = {self.columns.heading(name) for name in fields}
        return [heading for heading in self._cost.left_out if heading in chosen]

    @property
    def cost(self) -> int:
        """How many requests it takes as it is chosen now."""
        if self._cost is None:
            return 0
        return self._cost.requests + (self._cost.singles if self.missing and self.read_left_out.isChecked() else 0)

    def options(self) -> ExportOptions:
        """How it shall be written."""
        return ExportOptions(
            fields=self.columns.fields,
            names=self.values.currentData() == "names",
            read_left_out=bool(self.missing) and self.read_left_out.isChecked(),
            separator=self.separator.currentData(),
            bom=self.bom.isChecked(),
        )

    def _changed(self) -> None:
        text = self.format.currentData() == "csv"
        self._form.setRowVisible(self.separator, text)
        self._form.setRowVisible(self.bom, text)
        cost, chosen = self._cost, self.columns.fields
        nothing = chosen is not None and not chosen
        self._show_left_out()
        if cost is None:
            self.records.set("…")
            self.requests.set("…", "being asked for" if not self.trouble.isVisibleTo(self) else "not known")
        else:
            self._show_figures(cost)
        self.figures.relay()
        count = "" if cost is None else f" {words.records(cost.records)}"
        self.start_button.setText(f"&Export{count}…")
        self.start_button.setEnabled(cost is not None and not nothing)
        self.says.setText("Choose at least one column." if nothing else "Exporting changes nothing in the CRM.")

    def _show_figures(self, cost: ExportCost) -> None:
        state = self._desk.session.budget.state()
        self.records.set(f"{cost.records:,}")
        note = f"of {state.usable:,} free now" if self.cost else "the rows are at hand already"
        if self.cost > state.usable:
            until = words.moment(state.renews_at) if state.renews_at is not None else "the hour's end"
            note = f"of {state.usable:,} free now; it waits until {until}"
        self.requests.set(f"{self.cost:,}", note, tone="warning" if self.cost > state.usable else "")

    def _show_left_out(self) -> None:
        missing = self.missing
        self.left_out.setVisible(bool(missing))
        self.read_left_out.setVisible(bool(missing))
        if not missing or self._cost is None:
            return
        more = len(missing) - _NAMED_AT_MOST
        named = ", ".join(missing[:_NAMED_AT_MOST]) + (f" and {more:,} more" if more > 0 else "")
        read = self.read_left_out.isChecked()
        told = (
            "Each record is read by itself for them."
            if read
            else "Where they were not read, “(not loaded)” stands in the file; nothing is written as blank that is not."
        )
        count = f"{len(missing):,} field" + ("" if len(missing) == 1 else "s")
        self.left_out.set(f"Lists leave out {count}: {named}", told, "info" if read else "staged")
        self.read_left_out.setText(f"A&lso read what lists leave out: {words.requests(self._cost.singles)}")

    # -- what is remembered

    def remember(self) -> None:
        """Offer the same the next time."""
        self._desk.memory.set(
            _REMEMBERED,
            {
                "format": self.format.currentData(),
                "separator": self.separator.currentData(),
                "values": self.values.currentData(),
                "bom": self.bom.isChecked(),
            },
        )

    def _restore(self) -> None:
        kept = self._desk.memory.get(_REMEMBERED)
        if not isinstance(kept, dict):
            return
        for box, name in ((self.format, "format"), (self.separator, "separator"), (self.values, "values")):
            box.setCurrentIndex(max(0, box.findData(kept.get(name))))
        self.bom.setChecked(kept.get("bom") is True)


def _combo(name: str, entries: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for data, text in entries:
        box.addItem(text, data)
    return box
