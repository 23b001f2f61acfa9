"""Step 2: which column is which field, and how rows become changes. What was chosen is remembered by module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.crm.checks import READ_ONLY, mandatory
from crmdesk.crm.kinds import Kind, kind_of
from crmdesk.files.mapping import RECORD_ID, chosen, headings, match_columns, to_remember
from crmdesk.ui.jobs.flow import scrolling, stand_on_foot
from crmdesk.ui.transfer.match_options import MatchOptions
from crmdesk.ui.transfer.match_table import MatchTable
from crmdesk.ui.widgets import BesidePage, Button, NoteBox, label

if TYPE_CHECKING:
    from crmdesk.crm.modules import ModuleSpec
    from crmdesk.crm.schema import Schema
    from crmdesk.files.mapping import Match
    from crmdesk.files.tables import Column
    from crmdesk.planning.import_plan import ImportOptions
    from crmdesk.ui.transfer.loading import Opened
    from crmdesk.ui.window.workspace import Desk

SIDE_BY_SIDE_FROM = 860
RIGHT = 310
_KEPT_COLUMNS = 500  # headings that are remembered of one module


def targets_of(spec: ModuleSpec, schema: Schema) -> dict[str, str]:
    """What a column can be matched to, by name, as it is called; what a new record needs has a star."""
    fields = [
        field
        for field in schema.fields.values()
        if field.name not in READ_ONLY and field.editable and kind_of(spec, field) not in (Kind.RAW, Kind.LINE)
    ]
    told = {
        field.name: heading + (" *" if mandatory(spec, field) else "")
        for field, heading in zip(fields, headings(fields), strict=True)
    }
    return {RECORD_ID: "Record id", **dict(sorted(told.items(), key=lambda item: item[1].casefold()))}


class MatchPage(BesidePage):
    """`go` when the rows shall be checked; `back` to the file."""

    go = Signal()
    back = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._spec: ModuleSpec | None = None
        self._schema: Schema | None = None
        self.table = MatchTable(desk.theme)
        self.options = MatchOptions()
        self.missing = NoteBox()
        self.says = label("", "muted")
        self.back_button = Button("&Back", self.back.emit)
        self.next = Button("Chec&k the rows", self.go.emit, role="primary")
        self.table.model_.chosen.connect(self._choose)
        self.options.changed.connect(self._changed)
        self._lay_out()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.missing)
        left.addWidget(self.table, 1)
        self._side = scrolling(self.options, "How rows become changes")
        middle = QWidget()
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, middle)
        self._both.setContentsMargins(22, 16, 22, 12)
        self._both.setSpacing(26)
        self._both.addLayout(left, 1)
        self._both.addWidget(self._side)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.setSpacing(8)
        foot.addWidget(self.says, 1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.next)
        stand_on_foot(self, middle, foot)
        self.stand_beside(self._desk.theme, self._both, self._side, wide=SIDE_BY_SIDE_FROM, right=RIGHT)

    # -- what is shown

    def show_file(self, opened: Opened, spec: ModuleSpec, schema: Schema) -> None:
        """Match a file's columns anew."""
        self._spec, self._schema = spec, schema
        kept = self._desk.memory.get(f"import.{spec.key}.columns")
        remembered = {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}
        matches = match_columns(opened.table.columns, schema, remembered)
        samples = [" · ".join(opened.samples(column.index)) for column in opened.table.columns]
        self.table.model_.show_matches(matches, samples, targets_of(spec, schema))
        self.options.restore(self._desk.memory.get(f"import.{spec.key}.options"))
        self._changed()
        self.table.setCurrentIndex(self.table.model_.index(0, 3))

    @property
    def matches(self) -> tuple[Match, ...]:
        """The columns with their fields."""
        return self.table.model_.matches

    def import_options(self) -> ImportOptions:
        """How rows become changes."""
        return self.options.options()

    def remember(self) -> None:
        """Offer the same for the next file of this module."""
        if self._spec is None:
            return
        name = f"import.{self._spec.key}"
        kept = self._desk.memory.get(f"{name}.columns")
        before = dict(kept) if isinstance(kept, dict) else {}
        now = to_remember(self.matches)
        merged = {**{key: value for key, value in before.items() if key not in now}, **now}
        self._desk.memory.set(f"{name}.columns", dict(list(merged.items())[-_KEPT_COLUMNS:]))
        self._desk.memory.set(f"{name}.options", self.options.to_remember())

    def _choose(self, column: Column, field: str | None) -> None:
        self.table.model_.show_matches(chosen(self.matches, column, field))
        self._changed()

    def _changed(self) -> None:
        if self._spec is None or self._schema is None:
            return
        targets = self.table.model_.targets
        self.options.blockSignals(True)
        self.options.offer(self._spec, self._schema, self.matches, targets, self._spec.plural)
        self.options.blockSignals(False)
        fields = {match.field for match in self.matches}
        matched = sum(match.field is not None for match in self.matches)
        out = len(self.matches) - matched
        written = matched - (RECORD_ID in fields)
        self.says.setText(
            "Match at least one column to a field that can be written."
            if not written
            else f"{matched:,} of {len(self.matches):,} columns are imported"
            + (f"; {out:,} left out" if out else "")
            + ". Nothing is sent yet."
        )
        lacking = [
            field.label
            for field in self._schema.fields.values()
            if mandatory(self._spec, field) and field.name not in fields
        ]
        self.missing.setVisible(bool(lacking) and self.options.how != "update")
        self.missing.set(
            f"No column for {', '.join(lacking[:5])}",
            "Nothing new can be created without it; records that are found can be changed.",
            "staged",
        )
        self.next.setEnabled(written > 0 and self.options.match.count() > 0)
