"""Writes one sheet of a workbook, row by row: only the row under way is kept in memory."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crmdesk.crm.values import NotLoaded
from crmdesk.files.errors import NotWritable
from crmdesk.files.formulas import marked, risky
from crmdesk.files.tables import NOT_LOADED_TEXT, letters
from crmdesk.files.writer import Cell, OutColumn, Placing, WriteOptions, cell_text, told

MOST_ROWS = 1_048_575  # below the heading
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
_MOST_DIGITS = 15  # what a spreadsheet's number holds exactly
_FIRST_YEAR = 1901  # a spreadsheet's calendar begins in 1900, with a day that never was
_HALVES = re.compile("[\ud800-\udfff]")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class XlsxWriter:
    """A workbook with one sheet; text is text, whatever it begins with."""

    def __init__(self, path: Path, columns: Sequence[OutColumn], options: WriteOptions) -> None:
        import xlsxwriter

        if len(columns) > MOST_COLUMNS:
            raise NotWritable(f"A sheet holds {MOST_COLUMNS:,} columns.", remedy="Leave columns out, or write a CSV.")
        self.rows = 0
        self._path = path
        self._columns = columns
        self._placing = Placing(path)
        with told(path):
            self._room = TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent, ignore_cleanup_errors=True)
        self._book = xlsxwriter.Workbook(
            str(self._placing.part),
            {
                "constant_memory": True,
                "tmpdir": self._room.name,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self._sheet = self._book.add_worksheet(_NOT_IN_A_NAME.sub(" ", options.sheet).strip("' ")[:31] or "Records")
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._head(columns)

    def _head(self, columns: Sequence[OutColumn]) -> None:
        bold = self._book.add_format({"bold": True, "quote_prefix": True})
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, min(max(column.width, len(column.heading) + 2), 60))
            self._sheet.write_string(0, place, _whole(marked(column.heading)), bold)
        self._sheet.freeze_panes(1, 0)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Some more rows. Raises NotWritable for text that no cell can hold, or too many rows."""
        for row in rows:
            self.rows += 1
            if self.rows > MOST_ROWS:
                raise NotWritable(f"A sheet holds {MOST_ROWS:,} rows.", remedy="Write a CSV, or fewer records.")
            for place, cell in enumerate(row):
                if cell is not None and cell != "":
                    self._cell(place, cell)

    def _cell(self, place: int, cell: Cell) -> None:
        sheet, row = self._sheet, self.rows
        if isinstance(cell, str):
            self._text(place, cell)
        elif isinstance(cell, bool):
            sheet.write_boolean(row, place, cell)
        elif isinstance(cell, NotLoaded):
            sheet.write_string(row, place, NOT_LOADED_TEXT)
        elif isinstance(cell, int | float | Decimal):
            if _exact(cell):
                sheet.write_number(row, place, float(cell))
            else:
                self._text(place, cell_text(cell))
        elif isinstance(cell, date) and cell.year >= _FIRST_YEAR:
            if isinstance(cell, datetime):
                sheet.write_datetime(row, place, cell.replace(tzinfo=None, microsecond=0), self._moment)
            else:
                sheet.write_datetime(row, place, datetime(cell.year, cell.month, cell.day), self._day)
        else:
            self._text(place, cell_text(cell))

    def _text(self, place: int, text: str) -> None:
        text = _whole(marked(text))
        if len(text) > LONGEST_TEXT:
            raise NotWritable(
                f"{self._columns[place].heading} (column {letters(place)}) of row {self.rows + 1:,} holds "
                f"{len(text):,} characters; a cell of a workbook holds {LONGEST_TEXT:,}.",
                remedy="Write a CSV or JSON lines, or leave the column out.",
            )
        self._sheet.write_string(self.rows, place, text, self._quoted if risky(text) else None)

    def finish(self) -> None:
        """Packs the workbook and puts it in its place; takes some seconds for 100,000 rows."""
        from xlsxwriter.exceptions import XlsxWriterException

        try:
            with told(self._path):
                self._book.close()
        except XlsxWriterException as error:
            raise NotWritable(
                f"{self._path.name} could not be written: {error}.", remedy="Check that the disk has space."
            ) from error
        self._room.cleanup()
        self._placing.finish()

    def discard(self) -> None:
        """Leaves nothing behind."""
        self._book.fileclosed = True
        # WORKAROUND: nothing public closes the rows' file of a workbook that is given up (xlsxwriter 3.3), and
        # Windows removes no open file.
        rows: Any = getattr(self._sheet, "row_data_fh", None)
        with contextlib.suppress(OSError):
            if rows is not None:
                rows.close()
        with contextlib.suppress(OSError):
            self._room.cleanup()
        self._placing.discard()


def _exact(number: int | float | Decimal) -> bool:
    """Whether a spreadsheet's number is this number: 15 digits, which ids of the CRM may exceed."""
    value = number if isinstance(number, Decimal) else Decimal(str(number))
    return value.is_finite() and len(value.normalize().as_tuple().digits) <= _MOST_DIGITS and abs(value) < 10**15


def _whole(text: str) -> str:
    """Without half an emoji, as the CRM cuts them off."""
    return text if text.isascii() else _HALVES.sub("�", text)
