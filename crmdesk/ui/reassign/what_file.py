"""What: the records whose ids stand in a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.planning.files import IdFile, read_ids
from crmdesk.planning.intents import SelectedRecords, What
from crmdesk.ui.reassign.bad_lines import BadLines
from crmdesk.ui.widgets import Button, label

if TYPE_CHECKING:
    from crmdesk.ui.window.workspace import Desk

CSV = "Ids, one a line (*.csv *.txt *.tsv);;All files (*)"


class FilePanel(QWidget):
    """A module and a file; bad lines are listed."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._file: IdFile | None = None
        self._name = ""
        self.module = QComboBox()
        self.module.setAccessibleName("The ids are those of")
        self.module.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choose = Button("Ch&oose a file…", self._choose)
        self.says = label(
            "A CSV with the ids in its first column, or in a column that is called id.", "muted", wrap=True
        )
        self.bad = BadLines(desk.theme)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("The ids are those of"))
        row.addWidget(self.module)
        row.addWidget(self.choose)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.says)
        column.addWidget(self.bad)
        column.addStretch(1)
        self.module.activated.connect(lambda _at: self._tell())
        self.refresh()

    def refresh(self) -> None:
        """Offer the modules that are known now."""
        chosen = self.module.currentData()
        self.module.clear()
        for spec in self._desk.session.modules.owned():
            self.module.addItem(spec.plural, spec.key)
        self.module.setCurrentIndex(max(0, self.module.findData(chosen)))

    def what(self) -> What | None:
        """What is chosen; None while nothing can be done with it."""
        if self._file is None or not self._file.ids:
            return None
        return SelectedRecords.of_ids(self.module.currentData(), self._file.ids)

    def load(self, path: Path) -> None:
        """Read a file, off the loop."""
        self._name = path.name
        self._desk.tasks.start(
            asyncio.to_thread(read_ids, path),
            owner=self,
            title="Reading the file",
            on_done=self._loaded,
        )

    def _choose(self) -> None:
        asked = QFileDialog(self.window(), "A file of ids")
        asked.setFileMode(QFileDialog.FileMode.ExistingFile)
        asked.setNameFilters(CSV.split(";;"))
        asked.fileSelected.connect(lambda path: self.load(Path(path)))
        asked.finished.connect(asked.deleteLater)
        asked.open()

    def _loaded(self, file: IdFile) -> None:
        self._file = file
        self.bad.show_lines(file.bad)
        self._tell()

    def _tell(self) -> None:
        if self._file is not None:
            count = len(self._file.ids)
            self.says.setText(
                f"{self._name}: {count:,} id{'' if count == 1 else 's'}." if count else f"{self._name} holds no id."
            )
        self.changed.emit()
