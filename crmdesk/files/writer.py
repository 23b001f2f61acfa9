"""Writes rows to CSV, XLSX or JSON lines, as they come; the file stands in its place only when it is whole.

*Not loaded* is never written as blank: a marked text in CSV and XLSX, an absent key in JSON lines.
"""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TextIO

from crmdesk.config.atomic import in_place_when_whole
from crmdesk.crm.values import NotLoaded
from crmdesk.files.errors import FileTrouble, NotWritable
from crmdesk.files.formulas import harmless
from crmdesk.files.tables import NOT_LOADED_TEXT

FORMATS = ("csv", "xlsx", "jsonl")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_SUFFIXES = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl"}

Cell = Any  # str | int | float | Decimal | bool | date | datetime | NotLoaded | None; in JSON lines any JSON value


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column to write: the field (the key in JSON lines) and its heading; `width` in characters for XLSX."""

    field: str
    heading: str
    width: int = 18


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How text files are written: the separator, and whether UTF-8 is marked (Excel reads it only so)."""

    separator: str = ","
    bom: bool = False
    sheet: str = "Records"


class TableWriter(Protocol):
    """A file that is being written. All calls block; only `finish` for long, in XLSX."""

    rows: int

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Some more rows, each with a cell for each column. Raises NotWritable."""

    def finish(self) -> None:
        """Makes the file whole and puts it in its place. Raises NotWritable."""

    def discard(self) -> None:
        """Leaves nothing behind; does nothing after `finish`."""


def format_of(path: Path) -> str:
    """The format that a file's name tells; raises FileTrouble for any other."""
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise FileTrouble(
            f"“{path.name}” doesn't tell what kind of file it shall be.",
            remedy="End its name in .csv, .xlsx or .jsonl.",
        )
    return found


def start_writer(
    path: Path, format: str, columns: Sequence[OutColumn], options: WriteOptions | None = None
) -> TableWriter:
    """A writer whose heading is written; call `finish` or `discard`. Raises NotWritable, FileTrouble."""
    options = options or WriteOptions()
    if format == "csv":
        return CsvWriter(path, columns, options)
    if format == "jsonl":
        return JsonLinesWriter(path, columns)
    if format == "xlsx":
        from crmdesk.files.xlsx_writer import XlsxWriter

        return XlsxWriter(path, columns, options)
    raise FileTrouble(f"There is no format “{format}”.", remedy=f"Use one of {', '.join(FORMATS)}.")


@contextlib.contextmanager
def open_writer(
    path: Path, format: str, columns: Sequence[OutColumn], options: WriteOptions | None = None
) -> Iterator[TableWriter]:
    """The same as a context: finished at its end, gone without a trace when it fails."""
    writer = start_writer(path, format, columns, options)
    try:
        yield writer
        writer.finish()
    finally:
        writer.discard()


class Placing:
    """The part file of a writer, from its making until it is in place or gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = contextlib.ExitStack()
        with told(path):
            self.part = self._stack.enter_context(in_place_when_whole(path))

    def finish(self) -> None:
        """Puts it in place."""
        with told(self._path):
            self._stack.close()

    def discard(self) -> None:
        """Takes it away, unless it is in place."""
        with contextlib.suppress(_Discarded):
            self._stack.__exit__(_Discarded, _Discarded(), None)


class _Discarded(Exception):
    """Tells the part file that it is not wanted."""


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what the disk says into words for the person."""
    try:
        yield
    except OSError as error:
        raise NotWritable(
            f"{path.name} could not be written: {error.strerror or error}.",
            remedy="Check that the disk has space, the folder can be written, and no program holds the file open.",
            details=f"{path}: {error}",
        ) from error


class _TextWriter:
    """What CSV and JSON lines share."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.rows = 0
        self._path = path
        self._placing = Placing(path)
        try:
            with told(path):
                # half an emoji, as the CRM cuts them off, is no UTF-8
                self._file: TextIO = self._placing.part.open("w", encoding=encoding, errors="replace", newline="")
        except BaseException:
            self._placing.discard()
            raise

    def finish(self) -> None:
        """Makes the file whole and puts it in its place."""
        with told(self._path):
            self._file.close()
        self._placing.finish()

    def discard(self) -> None:
        """Leaves nothing behind."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._placing.discard()


class CsvWriter(_TextWriter):
    """Comma-separated values as RFC 4180 has them, with formulas made harmless."""

    def __init__(self, path: Path, columns: Sequence[OutColumn], options: WriteOptions) -> None:
        super().__init__(path, "utf-8-sig" if options.bom else "utf-8")
        self._lines = csv.writer(self._file, delimiter=options.separator, lineterminator="\r\n")
        self._put([[harmless(column.heading) for column in columns]])

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Some more rows."""
        texts = [[harmless(cell) if type(cell) is str else cell_text(cell) for cell in row] for row in rows]
        self._put(texts)
        self.rows += len(texts)

    def _put(self, texts: list[list[str]]) -> None:
        with told(self._path):
            self._lines.writerows(texts)


class JsonLinesWriter(_TextWriter):
    """One JSON object a line, under the fields' own names."""

    def __init__(self, path: Path, columns: Sequence[OutColumn]) -> None:
        super().__init__(path, "utf-8")
        self._fields = [column.field for column in columns]
        self._encode: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, default=_json).encode

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Some more rows."""
        lines = [
            self._encode(
                {name: cell for name, cell in zip(self._fields, row, strict=True) if not isinstance(cell, NotLoaded)}
            )
            for row in rows
        ]
        with told(self._path):
            self._file.writelines(line + "\n" for line in lines)
        self.rows += len(lines)


def cell_text(cell: Cell) -> str:
    """A cell as the text of a CSV."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, NotLoaded):
        return NOT_LOADED_TEXT
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return str(cell) if isinstance(cell, int | float) else harmless(json.dumps(cell, ensure_ascii=False))


def _json(value: object) -> str:
    if isinstance(value, datetime | date | Decimal):
        return cell_text(value)
    raise TypeError(type(value))
