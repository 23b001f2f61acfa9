"""Files of ids, and tables of who gets which record: CSV as people have it, with every bad line listed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crmdesk.config.errors import InputError
from crmdesk.planning.intents import OwnerTable

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class BadLine:
    """A line that can't be used; lines count from 1."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class IdFile:
    """The ids of a file, each once, in its order."""

    ids: tuple[int, ...]
    bad: tuple[BadLine, ...]


def read_ids(path: Path) -> IdFile:
    """Ids from the first column, or from a column that is called id. Raises InputError for an unreadable file."""
    ids: dict[int, None] = {}
    bad: list[BadLine] = []
    for line, cells in _lines(path, ("id",)):
        record_id = _id(cells[0])
        if record_id is None:
            bad.append(BadLine(line, cells[0][:80], "this is no record id"))
        elif record_id in ids:
            bad.append(BadLine(line, cells[0], "this id stands further up already"))
        else:
            ids[record_id] = None
    return IdFile(tuple(ids), tuple(bad))


def read_owner_table(path: Path, owner_of: Callable[[str], int | None]) -> tuple[OwnerTable, tuple[BadLine, ...]]:
    """Two columns, id and owner; `owner_of` finds an owner by id, e-mail or "nobody", or raises InputError."""
    table: dict[int, int | None] = {}
    bad: list[BadLine] = []
    for line, cells in _lines(path, ("id", "owner")):
        record_id = _id(cells[0])
        if record_id is None:
            bad.append(BadLine(line, cells[0][:80], "this is no record id"))
        elif record_id in table:
            bad.append(BadLine(line, cells[0], "this id stands further up already"))
        elif len(cells) < 2 or not cells[1].strip():
            bad.append(BadLine(line, cells[0], "no owner stands beside it; write “nobody” for none"))
        else:
            try:
                table[record_id] = owner_of(cells[1].strip())
            except InputError as error:
                bad.append(BadLine(line, cells[1][:80], error.message))
    return OwnerTable(table), tuple(bad)


def _lines(path: Path, names: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The wanted columns of each line that isn't blank; a heading is used and passed over."""
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=_separator(text))
    columns: list[int] | None = None
    for cells in _readable(reader, path):
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns, heading = _columns(cells, names)
            if heading:
                continue
        yield reader.line_num, [cells[i].strip() if i < len(cells) else "" for i in columns]


def _columns(cells: list[str], names: tuple[str, ...]) -> tuple[list[int], bool]:
    heading = [cell.strip().lower() for cell in cells]
    if names[0] in heading and all(name in heading for name in names):
        return [heading.index(name) for name in names], True
    first_is_text = _id(cells[0]) is None and not any(ch.isdigit() for ch in cells[0])
    return list(range(len(names))), first_is_text


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.name} is larger than 64 MB.", remedy="Split it into smaller files.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path} can't be read: {reason}.", remedy="Check the path and the rights.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is not text in UTF-8.", remedy="Save it as CSV in UTF-8 and try again."
        ) from error


def _readable(reader: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{path.name} is no CSV: {error}.", remedy="Save it as CSV in UTF-8 and try again.") from error


def _separator(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _id(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 18 and int(text) > 0 else None
