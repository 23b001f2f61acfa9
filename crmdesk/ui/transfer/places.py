"""Where files come from and go to: dialogs that are opened and never executed, and what the system opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from crmdesk.ui.window.workspace import Desk

TABLES = ("Tables (*.csv *.tsv *.txt *.xlsx)", "All files (*)")
_FOLDER = "transfer.folder"
_LONGEST_NAME = 60


def file_name(title: str) -> str:
    """A title as every system takes it for a file."""
    kept = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in title)
    return " ".join(kept.split())[:_LONGEST_NAME].strip() or "records"


def ask_where(desk: Desk, window: QWidget, title: str, name: str, kind: str, then: Callable[[Path], object]) -> None:
    """Ask where to save `name`; `kind` is the filter, as "CSV (*.csv)". The folder is remembered."""
    asked = QFileDialog(window.window(), title)
    asked.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    asked.setNameFilters([kind])
    asked.setDefaultSuffix(name.rpartition(".")[2])
    _open_in_folder(desk, asked, then)
    asked.selectFile(name)
    asked.open()


def ask_which(
    desk: Desk, window: QWidget, title: str, then: Callable[[Path], object], kinds: Sequence[str] = TABLES
) -> None:
    """Ask for a file that is there."""
    asked = QFileDialog(window.window(), title)
    asked.setFileMode(QFileDialog.FileMode.ExistingFile)
    asked.setNameFilters(list(kinds))
    _open_in_folder(desk, asked, then)
    asked.open()


def _open_in_folder(desk: Desk, asked: QFileDialog, then: Callable[[Path], object]) -> None:
    folder = desk.memory.get(_FOLDER, "")
    if isinstance(folder, str) and folder and Path(folder).is_dir():
        asked.setDirectory(folder)

    def selected(text: str) -> None:
        desk.memory.set(_FOLDER, str(Path(text).parent))
        then(Path(text))

    asked.fileSelected.connect(selected)
    asked.finished.connect(asked.deleteLater)


def open_file(path: Path) -> None:
    """Have the system open a file."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def open_folder(path: Path) -> None:
    """Have the system show the folder that a file lies in."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def use_zone(desk: Desk) -> tzinfo:
    """Files are written and read in the person's zone, as the window shows times."""
    from crmdesk.ui.editors.context import person_zone

    zone = person_zone()
    desk.session.exporter.zone = zone
    desk.session.importer.zone = zone
    return zone
