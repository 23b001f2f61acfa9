"""What a table is, whatever file it stands in: columns with headings, and rows of text with the file's own numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_CELL = 131_072  # characters; the limit of Python's csv, four times a spreadsheet's own
MOST_COLUMNS = 2_000
NOT_LOADED_TEXT = "(not loaded)"


def letters(index: int) -> str:
    """A column as spreadsheets name it: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its place among the cells of a row, its heading as it stands, and the letter in a spreadsheet.

    `key` is the heading, made unique: a second "Name" is "Name (2)", one without a heading is "Column C".
    """

    index: int
    heading: str
    key: str
    letter: str

    @property
    def repeated(self) -> bool:
        """Whether a column further left has the same heading."""
        return bool(self.heading) and self.key != self.heading


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number in the file (the heading's is usually 1), its cells, and what is wrong with cells by place.

    A row may be shorter than the heading: a cell that isn't there says nothing, which is not blank.
    """

    number: int
    cells: tuple[str, ...]
    faults: tuple[tuple[int, str], ...] = ()

    def cell(self, index: int) -> str | None:
        """A cell's text; None if the row ends before it."""
        return self.cells[index] if index < len(self.cells) else None


@dataclass(frozen=True)
class Table:
    """A file that is open to be read, from the top, as often as wanted. Reading blocks; nothing is kept in memory.

    `encoding_sure` is False where the encoding was guessed and a person should look at the first rows.
    """

    path: Path
    format: str  # "csv" or "xlsx"
    columns: tuple[Column, ...]
    open_rows: Callable[[], Iterator[Row]] = field(repr=False)
    encoding: str = ""
    encoding_sure: bool = True
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    size: int = 0

    def rows(self) -> Iterator[Row]:
        """All rows below the heading that are not blank. Raises FileTrouble where the file goes wrong."""
        return self.open_rows()

    def column(self, name: str) -> Column | None:
        """A column by key, heading or letter, in this order."""
        folded = name.strip().casefold()
        for told in ("key", "heading", "letter"):
            for column in self.columns:
                if getattr(column, told).casefold() == folded:
                    return column
        return None


def columns_of(headings: Iterable[str], first: int = 0) -> tuple[Column, ...]:
    """Columns from a heading row; `first` is how many blank columns stand left of it in the file."""
    taken: set[str] = set()
    columns = []
    for index, heading in enumerate(headings):
        text = heading.strip()
        letter = letters(index + first)
        base = text or f"Column {letter}"
        key, count = base, 1
        while key.casefold() in taken:
            count += 1
            key = f"{base} ({count})"
        taken.add(key.casefold())
        columns.append(Column(index, text, key, letter))
    return tuple(columns)


def row_of(number: int, cells: list[str], width: int) -> Row:
    """A row, with what is wrong in it."""
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    faults = []
    for index, text in enumerate(cells):
        if index >= width:
            faults.append((index, "the row has more cells than the heading"))
            break
        if "\0" in text:
            faults.append((index, "the cell holds a NUL character, which is no text"))
        elif len(text) > LONGEST_CELL:
            faults.append((index, f"the cell holds more than {LONGEST_CELL:,} characters"))
    return Row(number, tuple(cells), tuple(faults))
