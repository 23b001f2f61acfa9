"""To whom: one owner, several with even or own parts, or a table from a file. Edited before and beside the plan."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.planning.files import BadLine, read_owner_table
from crmdesk.planning.intents import OwnerTable, Share, Split, ToWhom
from crmdesk.ui.reassign.bad_lines import BadLines
from crmdesk.ui.reassign.owners import OwnerDialog, OwnerEntry, receivers
from crmdesk.ui.reassign.reckon import even_percents, parts_of
from crmdesk.ui.reassign.shares import ShareRow
from crmdesk.ui.widgets import Button, label

if TYPE_CHECKING:
    from crmdesk.ui.window.workspace import Desk


class WhomPanel(QWidget):
    """`changed` follows every edit; `to_whom()` is None while nobody can get anything."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._records = 0
        self.giver: int | None = None
        self._has_giver = False
        self.rows: list[ShareRow] = []
        self.table: OwnerTable | None = None
        self._file = ""
        self._earlier = ""  # a table that was read when the plan was made, and is no longer at hand
        self.says = label("", "muted", wrap=True)
        self.total = label("", "muted", wrap=True)
        self.add = Button("&Add an owner…", self.ask_owner, role="link")
        self.even = Button("Even split", self.split_evenly, role="link")
        self.from_file = Button("From a file…", self._choose, role="link", hint="A CSV with the columns id and owner")
        self.no_table = Button("Name owners instead", self.drop_table, role="link")
        self.bad = BadLines(desk.theme, most=6)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        links = QHBoxLayout()
        links.setSpacing(10)
        for link in (self.add, self.even, self.from_file, self.no_table):
            links.addWidget(link)
        links.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._rows)
        column.addWidget(self.says)
        column.addWidget(self.total)
        column.addLayout(links)
        column.addWidget(self.bad)
        self._show()

    # -- what is chosen

    def to_whom(self) -> ToWhom | None:
        """What is chosen; weights need not add up to 100."""
        if self.table is not None:
            return self.table if self.table.owner_of else None
        if not self.rows:
            return None
        if len(self.rows) == 1:
            return Split((Share(self.rows[0].entry.owner_id),))
        return Split(tuple(Share(row.entry.owner_id, Decimal(row.percent.value())) for row in self.rows))

    @property
    def decided_earlier(self) -> bool:
        """Whether a table decides that is no longer at hand."""
        return bool(self._earlier)

    def set_records(self, count: int) -> None:
        """How many records there are to give."""
        self._records = count
        self._show()

    def set_giver(self, owner_id: int | None, *, known: bool) -> None:
        """Whose records they are: giving them back to the same owner makes no sense."""
        self.giver, self._has_giver = owner_id, known

    def restore(self, to: Any) -> None:
        """Show a split as the journal tells of it."""
        if isinstance(to, dict) and "table" in to:
            self._earlier = f"A table of {to['table']:,} records decides. Name owners or another file to change that."
            self._show()
            return
        directory = self._desk.session.directory
        shares = [(item.get("owner"), Decimal(str(item.get("weight", 1)))) for item in to or ()]
        whole = sum((weight for _, weight in shares), Decimal(0)) or Decimal(1)
        for owner_id, weight in shares:
            owner = directory.owner(owner_id)
            name = directory.owner_name(owner_id) if owner_id is not None else "Nobody"
            entry = OwnerEntry(owner_id, name, owner.email if owner is not None else "")
            self._append(entry, max(1, round(100 * weight / whole)))
        self._show()

    def copy_from(self, other: WhomPanel) -> None:
        """Show what another panel shows."""
        self._clear_rows()
        self.table, self._file, self._earlier = other.table, other._file, other._earlier
        for row in other.rows:
            self._append(row.entry, row.percent.value())
        self._records = other._records
        self.set_giver(other.giver, known=other._has_giver)
        self.bad.hide()
        self._show()

    # -- editing

    def ask_owner(self) -> OwnerDialog:
        """A list to pick one more owner from."""
        dialog = OwnerDialog(self.window(), self._desk.theme, self.choices())
        dialog.picked.connect(self.add_owner)
        dialog.open()
        return dialog

    def choices(self) -> list[OwnerEntry]:
        """Who can be added, and who can't and why."""
        entries = receivers(self._desk.session.directory, [row.entry.owner_id for row in self.rows])
        if not self._has_giver:
            return entries
        why = "has them now"
        return [
            OwnerEntry(e.owner_id, e.name, e.email, e.why_not or why, e.note) if e.owner_id == self.giver else e
            for e in entries
        ]

    def add_owner(self, entry: OwnerEntry) -> None:
        """One more; parts that were even stay even."""
        was_even = [row.percent.value() for row in self.rows] == even_percents(len(self.rows))
        self.table = None
        self._append(entry, 1)
        if was_even or len(self.rows) == 2:
            self._even()
        else:
            rest = 100 - sum(row.percent.value() for row in self.rows[:-1])
            self.rows[-1].set_percent(max(1, rest))
        self._changed()

    def split_evenly(self) -> None:
        """The same for each."""
        self._even()
        self._changed()

    def drop_table(self) -> None:
        """Back to naming owners."""
        self.table = None
        self.bad.hide()
        self._changed()

    def load(self, path: Path) -> None:
        """Read a table of id and owner, off the loop."""
        self._file = path.name
        self._desk.tasks.start(
            asyncio.to_thread(read_owner_table, path, self._active_owner),
            owner=self,
            title="Reading the table",
            on_done=self._loaded,
        )

    def _active_owner(self, text: str) -> int | None:
        """Raises InputError for one who is unknown or inactive, so that the line is listed."""
        from crmdesk.config.errors import InputError

        directory = self._desk.session.directory
        owner_id = directory.find_owner(text)
        owner = directory.owner(owner_id)
        if owner is not None and not owner.active:
            raise InputError(f"{owner.name} is inactive and can't be given records")
        return owner_id

    def _loaded(self, found: tuple[OwnerTable, tuple[BadLine, ...]]) -> None:
        self.table = found[0]
        self._clear_rows()
        self.bad.show_lines(found[1])
        self._changed()

    def _choose(self) -> None:
        asked = QFileDialog(self.window(), "A table of ids and owners")
        asked.setFileMode(QFileDialog.FileMode.ExistingFile)
        asked.setNameFilters(["Columns id and owner (*.csv *.txt *.tsv)", "All files (*)"])
        asked.fileSelected.connect(lambda path: self.load(Path(path)))
        asked.finished.connect(asked.deleteLater)
        asked.open()

    def _append(self, entry: OwnerEntry, percent: int) -> None:
        row = ShareRow(self._desk.theme, entry, percent)
        row.changed.connect(self._changed)
        row.removed.connect(self._remove)
        self.rows.append(row)
        self._rows.addWidget(row)

    def _remove(self, row: ShareRow) -> None:
        was_even = [row.percent.value() for row in self.rows] == even_percents(len(self.rows))
        self.rows.remove(row)
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()
        if was_even:
            self._even()
        self._changed()

    def _clear_rows(self) -> None:
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []

    def _even(self) -> None:
        for row, percent in zip(self.rows, even_percents(len(self.rows)), strict=True):
            row.set_percent(percent)

    def _changed(self) -> None:
        self._earlier = ""
        self._show()
        self.changed.emit()

    # -- what is shown

    def _show(self) -> None:
        weights = [row.percent.value() for row in self.rows]
        for row, count in zip(self.rows, parts_of(self._records, weights or [1]), strict=False):
            row.count.setText(f"{count:,}")
            row.show_alone(len(self.rows) == 1)
        whole = sum(weights)
        off = len(self.rows) > 1 and whole != 100
        self.total.setText(f"Together {whole} %: taken as shares of {whole}." if off else "")
        self.total.setVisible(off)
        self.even.setVisible(len(self.rows) > 1)
        self.no_table.setVisible(self.table is not None)
        self.add.setVisible(self.table is None)
        if self.table is not None:
            owners = Counter(self.table.owner_of.values())
            lines = len(self.table.owner_of)
            self.says.setText(
                f"{self._file}: {lines:,} record{'' if lines == 1 else 's'} for {len(owners):,}"
                f" owner{'' if len(owners) == 1 else 's'}. What doesn't stand in it is left out."
            )
        elif not self.rows:
            self.says.setText(self._earlier or "Nobody is named yet. One owner gets everything; several share it.")
        self.says.setVisible(self.table is not None or not self.rows)
