"""Step 1: which file, into which module; how it was read, which can be changed, and its first rows."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.config.errors import CrmDeskError
from crmdesk.crm.module_spec import Can
from crmdesk.ui.jobs.flow import stand_on_foot
from crmdesk.ui.transfer import places
from crmdesk.ui.transfer.loading import ENCODINGS, SEPARATORS, How, Opened, open_with_rows
from crmdesk.ui.transfer.preview import Preview
from crmdesk.ui.widgets import Button, EmptyState, NoteBox, label
from crmdesk.ui.window.drops import dropped_table

if TYPE_CHECKING:
    from crmdesk.ui.window.workspace import Desk

INTO = ("contacts", "sales_accounts", "deals", "products")


class FilePage(QWidget):
    """`go` when file and module are chosen; `changed` when another file or module is."""

    go = Signal()
    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.opened: Opened | None = None
        self.path: Path | None = None
        self._how = How()
        self._reading: asyncio.Task[Any] | None = None
        self.setAcceptDrops(True)
        self._make_parts()
        self._lay_out()
        self.refresh()
        self._show()

    def _make_parts(self) -> None:
        self.module = QComboBox()
        self.module.setAccessibleName("Import into")
        self.module.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.module.currentIndexChanged.connect(lambda _at: self.changed.emit())
        self.choose = Button("Ch&oose a file…", self._choose)
        self.name = label("", "strong")
        self.encoding = self._combo("Encoding", ENCODINGS)
        self.separator = self._combo("Separator", SEPARATORS)
        self.sheet = self._combo("Sheet", {})
        self.guessed = NoteBox()
        self.trouble = NoteBox()
        self.preview = Preview(self._desk.theme)
        self.count = label("", "muted")
        self.empty = EmptyState(
            "Choose a file, or drop it here",
            "A CSV or an Excel workbook with a heading and a row for each record. How it is written is found out, and"
            " nothing is sent before you have seen the plan.",
            Button("Choose a file…", self._choose, role="primary"),
            icon=self._desk.theme.icon("import"),
        )
        self.next = Button("&Continue", self.go.emit, role="primary")

    def _combo(self, name: str, entries: dict[str, str]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for data, text in entries.items():
            box.addItem(text, data)
        box.activated.connect(lambda _at: self._read_otherwise())
        return box

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(label("Import into", "muted"))
        first.addWidget(self.module)
        first.addSpacing(12)
        first.addWidget(self.name)
        first.addWidget(self.choose)
        first.addStretch(1)
        self.read_as = QWidget()
        second = QHBoxLayout(self.read_as)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(8)
        self._labels: dict[str, QWidget] = {}
        for name, box in (("Encoding", self.encoding), ("Separator", self.separator), ("Sheet", self.sheet)):
            self._labels[name] = label(name, "muted")
            second.addWidget(self._labels[name])
            second.addWidget(box)
        second.addStretch(1)
        second.addWidget(self.count)
        body = QVBoxLayout()
        body.setContentsMargins(22, 16, 22, 0)
        body.setSpacing(12)
        body.addLayout(first)
        body.addWidget(self.read_as)
        body.addWidget(self.trouble)
        body.addWidget(self.guessed)
        body.addWidget(self.preview, 1)
        body.addWidget(self.empty, 1)
        middle = QWidget()
        middle.setLayout(body)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 10, 22, 10)
        foot.addWidget(label("Nothing is sent yet.", "muted"), 1)
        foot.addWidget(self.next)
        stand_on_foot(self, middle, foot)

    # -- what can be chosen

    def refresh(self) -> None:
        """Offer the modules that are known now."""
        chosen = self.module.currentData()
        self.module.blockSignals(True)
        self.module.clear()
        for spec in self._desk.session.modules.all():
            if Can.CREATE in spec.can and (spec.custom or spec.key in INTO):
                self.module.addItem(spec.plural, spec.key)
        self.module.setCurrentIndex(max(0, self.module.findData(chosen)))
        self.module.blockSignals(False)

    def choose_module(self, key: str) -> None:
        """Import into this module, if that can be."""
        at = self.module.findData(key)
        if at >= 0:
            self.module.setCurrentIndex(at)

    def _choose(self) -> None:
        places.ask_which(self._desk, self, "A file to import", self.load)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A table may be dropped."""
        if dropped_table(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        path = dropped_table(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.load(path)

    # -- reading

    def load(self, path: Path, how: How | None = None) -> None:
        """Open a file; what is not given is found out."""
        if self._reading is not None:
            self._reading.cancel()
        self.path, self._how = path, how or How()
        self.count.setText("Reading…")
        self._reading = self._desk.tasks.start(
            asyncio.to_thread(open_with_rows, path, self._how),
            owner=self,
            on_done=self._loaded,
            on_failed=partial(self._not_loaded, path),
        )

    def clear(self) -> None:
        """No file is chosen."""
        self.opened, self.path = None, None
        self._show()
        self.changed.emit()

    def _read_otherwise(self) -> None:
        """With the encoding, separator or sheet that the person chose."""
        if self.path is not None:
            csv = self.opened is None or self.opened.table.format == "csv"
            how = (
                How(self.encoding.currentData(), self.separator.currentData())
                if csv
                else How(sheet=self.sheet.currentData())
            )
            self.load(self.path, how)

    def _loaded(self, opened: Opened) -> None:
        self._reading = None
        self.opened = opened
        self.trouble.hide()
        self._show()
        self.changed.emit()
        if self.isVisible():
            self.next.setFocus()

    def _not_loaded(self, path: Path, error: BaseException) -> None:
        self._reading = None
        if not isinstance(error, CrmDeskError):
            self._desk.say_error(error, "Reading the file")
        had = self.opened is not None and self.opened.table.path == path
        if not had:
            self.opened = None
        self._show()
        remedy = error.remedy if isinstance(error, CrmDeskError) else ""
        self.trouble.set(str(error), remedy, "warning")
        self.trouble.show()
        self.next.setEnabled(False)
        self.changed.emit()

    def _show(self) -> None:
        opened = self.opened
        there = opened is not None
        self.read_as.setVisible(there)
        self.preview.setVisible(there)
        self.empty.setVisible(not there)
        self.choose.setVisible(there)
        self.name.setVisible(there)
        self.guessed.hide()
        self.trouble.hide()
        self.preview.show_file(opened)
        self.next.setEnabled(opened is not None and bool(opened.rows))
        if opened is not None:
            self._show_how(opened)

    def _show_how(self, opened: Opened) -> None:
        table = opened.table
        csv = table.format == "csv"
        for name, box in (("Encoding", self.encoding), ("Separator", self.separator)):
            box.setVisible(csv)
            self._labels[name].setVisible(csv)
        self.sheet.setVisible(len(table.sheets) > 1)
        self._labels["Sheet"].setVisible(len(table.sheets) > 1)
        self.name.setText(table.path.name)
        if csv:
            _choose_in(self.encoding, table.encoding, ENCODINGS.get(table.encoding, table.encoding))
            _choose_in(self.separator, table.separator, SEPARATORS.get(table.separator, table.separator))
        self.sheet.clear()
        for sheet in table.sheets:
            self.sheet.addItem(sheet, sheet)
        self.sheet.setCurrentIndex(max(0, self.sheet.findData(table.sheet)))
        columns = f"{len(table.columns):,} column" + ("" if len(table.columns) == 1 else "s")
        rows = f"the first {len(opened.rows):,} rows" if opened.more else f"{len(opened.rows):,} rows"
        self.count.setText(f"{columns} · {rows}")
        if not opened.rows:
            self.trouble.set("The file has a heading and no row below it", "Choose another file or sheet.", "staged")
            self.trouble.show()
        elif csv and not table.encoding_sure:
            self.guessed.set(
                "The encoding was guessed", "Look whether names with accents are right; else choose another.", "staged"
            )
            self.guessed.show()


def _choose_in(box: QComboBox, data: str, text: str) -> None:
    if box.findData(data) < 0:
        box.addItem(text, data)
    box.setCurrentIndex(box.findData(data))
