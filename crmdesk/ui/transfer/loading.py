"""Opens a file as a table with its first rows, off the loop; and what encodings and separators are called."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crmdesk.files.reader import open_table
from crmdesk.files.tables import Row, Table

PREVIEW_ROWS = 100
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with its mark",
    "utf-16": "UTF-16",
    "cp1252": "Western European (Windows-1252)",
    "latin-1": "Western European (ISO 8859-1)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp1257": "Baltic (Windows-1257)",
    "cp1258": "Vietnamese (Windows-1258)",
    "cp874": "Thai (Windows-874)",
    "cp932": "Japanese (Shift-JIS)",
    "cp949": "Korean (cp949)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
}
SEPARATORS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar |"}


@dataclass(frozen=True)
class How:
    """How a file is to be read; None is found out."""

    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Opened:
    """A file that is a table, with its first rows; `more`: there are others below them."""

    table: Table
    rows: tuple[Row, ...]
    more: bool

    def samples(self, index: int, most: int = 3) -> list[str]:
        """The first different values of a column."""
        found: dict[str, None] = {}
        for row in self.rows:
            if text := (row.cell(index) or "").strip():
                found.setdefault(text[:80])
            if len(found) == most:
                break
        return list(found)


def open_with_rows(path: Path, how: How) -> Opened:
    """Blocks. Raises FileTrouble."""
    table = open_table(path, encoding=how.encoding, separator=how.separator, sheet=how.sheet)
    rows = tuple(islice(table.rows(), PREVIEW_ROWS + 1))
    return Opened(table, rows[:PREVIEW_ROWS], len(rows) > PREVIEW_ROWS)
