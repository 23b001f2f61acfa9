"""Rows that were not imported, as a file with the reason beside each: ready to be mended and imported again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from crmdesk.ui.transfer import places
from crmdesk.ui.transfer.check_page import rows_text
from crmdesk.ui.widgets import Message

if TYPE_CHECKING:
    from crmdesk.ui.transfer.import_workspace import ImportWorkspace


class FailedRows(QObject):
    """Part of one import's workspace."""

    def __init__(self, workspace: ImportWorkspace) -> None:
        super().__init__(workspace)
        self._of = workspace

    def save(self) -> None:
        """Ask where, then write the rows that the plan did not carry out."""
        self._ask_where(self.write)

    def save_bad(self) -> None:
        """The same, of a file without a good row."""
        self._ask_where(self.write_bad)

    def write(self, path: Path) -> None:
        """Write the failed rows to `path`."""
        work, plan = self._of.work, self._of.plan
        if work is not None and plan is not None:
            self._write(work.save_failed(plan, path), path)

    def write_bad(self, path: Path) -> None:
        """Write the bad rows to `path`."""
        work = self._of.work
        if work is not None and work.checked is not None:
            self._write(work.save_bad(path), path)

    def _ask_where(self, then: Callable[[Path], object]) -> None:
        work = self._of.work
        if work is None:
            return
        workbook = work.table.format == "xlsx"
        kind = "Excel workbook (*.xlsx)" if workbook else "CSV (*.csv)"
        name = f"{places.file_name(work.table.path.stem)} - failed rows.{'xlsx' if workbook else 'csv'}"
        places.ask_where(self._of.desk, self._of, "Save failed rows", name, kind, then)

    def _write(self, writing: Coroutine[Any, Any, int], path: Path) -> None:
        desk, module = self._of.desk, self._of.work.module if self._of.work is not None else ""

        def told(count: int) -> None:
            again = ("Import it", lambda: desk.open("import", {"module": module, "path": str(path)}))
            folder = ("Open folder", lambda: places.open_folder(path))
            desk.say(
                Message(
                    f"{rows_text(count)} written to {path.name}",
                    "Mend them there: the reasons stand in the last column.",
                    tone="good",
                    actions=(again, folder),
                    key="import.failed",
                )
            )

        desk.tasks.start(writing, owner=self, title="Saving the failed rows", on_done=told)
