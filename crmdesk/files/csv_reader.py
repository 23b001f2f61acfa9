"""Reads CSV a record at a time: any separator that people use, quoted cells with line ends in them, ragged rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from crmdesk.files import encodings
from crmdesk.files.encodings import Encoding
from crmdesk.files.errors import NotATable, TooLarge
from crmdesk.files.formulas import revealed
from crmdesk.files.tables import MOST_COLUMNS, Row, Table, columns_of, row_of

MOST_BYTES = 512 * 1024 * 1024
SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 200
_SAMPLE_CHARS = 256 * 1024
_TOLD = "sep="  # Excel's own first line, which names the separator


def open_csv(path: Path, *, encoding: str | None = None, separator: str | None = None) -> Table:
    """The table of a text file; encoding and separator are found unless given. Blocks. Raises FileTrouble."""
    size = _size(path)
    found = Encoding(encoding, True) if encoding else encodings.detect(path)
    told, between = _separator(path, found.name, separator)
    first, headings = _heading(path, found.name, between, told)
    columns = columns_of(headings)
    return Table(
        path,
        "csv",
        columns,
        partial(_rows, path, found.name, between, first, len(columns)),
        found.name,
        found.sure,
        between,
        size=size,
    )


def _size(path: Path) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise encodings.unreadable(path, error) from error
    if size > MOST_BYTES:
        raise TooLarge(f"{path.name} is larger than {MOST_BYTES >> 20} MB.")
    if size == 0:
        raise NotATable(f"{path.name} is empty.", remedy="Pick a file with a heading and at least one row.")
    return size


def _separator(path: Path, encoding: str, given: str | None) -> tuple[bool, str]:
    """Whether the first line names the separator, and which one is used."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(_SAMPLE_CHARS)
    except (UnicodeDecodeError, LookupError) as error:
        raise _wrong_encoding(path, encoding) from error
    first = sample.split("\n", 1)[0].rstrip("\r")
    told = first[: len(_TOLD)].lower() == _TOLD and len(first) == len(_TOLD) + 1
    if given:
        return told, given
    return (True, first[-1]) if told else (False, likeliest(sample))


def likeliest(sample: str) -> str:
    """The separator under which most rows are as wide as the first; the first of SEPARATORS for a single column.

    csv.Sniffer takes letters for separators and apostrophes for quotes, so it is not asked.
    """
    best, best_score = SEPARATORS[0], (0.0, 0)
    for separator in SEPARATORS:
        widths = _widths(sample, separator)
        if not widths or widths[0] < 2:
            continue
        same = Counter(widths)[widths[0]] / len(widths)
        if (score := (round(same, 1), widths[0])) > best_score:
            best, best_score = separator, score
    return best


def _widths(sample: str, separator: str) -> list[int]:
    """How many cells the first rows have; the last, which may be cut off, is not counted unless it is alone."""
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(cell.strip() for cell in cells):
                widths.append(len(cells))
            if len(widths) > _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return widths[:-1] if len(widths) > 1 and len(sample) == _SAMPLE_CHARS else widths


def _heading(path: Path, encoding: str, separator: str, told: bool) -> tuple[int, list[str]]:
    """The number of the first row that isn't blank, and its cells."""
    for number, cells in _records(path, encoding, separator):
        if (told and number == 1) or not any(cell.strip() for cell in cells):
            continue
        headings = [revealed(cell) for cell in cells]
        while not headings[-1].strip():
            headings.pop()
        if any("\0" in heading for heading in headings):
            raise NotATable(f"{path.name} is no text.")
        if len(headings) > MOST_COLUMNS:
            raise TooLarge(f"{path.name} has {len(headings):,} columns; {MOST_COLUMNS:,} are the most.")
        return number, headings
    raise NotATable(f"{path.name} holds nothing but blank lines.", remedy="Pick a file with a heading.")


def _rows(path: Path, encoding: str, separator: str, heading: int, width: int) -> Iterator[Row]:
    for number, cells in _records(path, encoding, separator):
        if number > heading and any(cell.strip() for cell in cells):
            yield row_of(number, [revealed(cell) for cell in cells], width)


def _records(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its number, counted as a spreadsheet does: blank ones too."""
    number = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            for number, cells in enumerate(csv.reader(file, delimiter=separator), 1):
                yield number, cells
    except csv.Error as error:
        raise NotATable(
            f"Row {number + 1:,} of {path.name} can't be read: {error}.",
            remedy="Look there for a quotation mark that is never closed, or save the table anew.",
        ) from error
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding) from error
    except OSError as error:
        raise encodings.unreadable(path, error) from error


def _wrong_encoding(path: Path, encoding: str) -> NotATable:
    return NotATable(
        f"{path.name} is not text in {encoding}.", remedy="Choose another encoding, or save it as CSV in UTF-8."
    )
