"""What can be dropped on the window: one table, to be imported."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")


def dropped_table(data: QMimeData) -> Path | None:
    """The one table among what is dragged; None for anything else."""
    urls = data.urls() if data.hasUrls() else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower() in TABLE_SUFFIXES else None
