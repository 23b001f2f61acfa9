"""Reads a sheet of a workbook as rows of text: numbers without a needless point, dates as ISO, text as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from crmdesk.files import encodings
from crmdesk.files.errors import NotATable, TooLarge
from crmdesk.files.formulas import revealed
from crmdesk.files.tables import MOST_COLUMNS, Row, Table, columns_of, row_of
from crmdesk.files.xlsx_guard import check_workbook

_MOST_EXACT = 1e15


def open_xlsx(path: Path, *, sheet: str | None = None) -> Table:
    """The table of a sheet, the first visible one that holds something unless named. Blocks. Raises FileTrouble."""
    try:
        check_workbook(path)
        size = path.stat().st_size
    except OSError as error:
        raise encodings.unreadable(path, error) from error
    names = _sheets(path)
    if sheet is not None and sheet not in names:
        raise NotATable(f"{path.name} has no sheet “{sheet}”.", remedy=f"Its sheets are {', '.join(names)}.")
    for name in [sheet] if sheet is not None else names:
        found = _heading(path, name)
        if found is None:
            continue
        number, headings, first = found
        columns = columns_of(headings, first)
        rows = partial(_rows, path, name, number, len(columns))
        return Table(path, "xlsx", columns, rows, sheet=name, sheets=names, size=size)
    raise NotATable(f"{path.name} is empty.", remedy="Pick a sheet with a heading and at least one row.")


def _sheets(path: Path) -> tuple[str, ...]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    with _workbook(path) as book:
        sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        visible = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    if not visible:
        raise NotATable(f"{path.name} holds no sheet with rows.")
    return tuple(visible)


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        return load_workbook(path)
    except PasswordError as error:
        raise NotATable(f"{path.name} is protected by a password.", remedy="Save it without one.") from error
    except CalamineError as error:
        raise NotATable(f"{path.name} can't be read as a workbook: {error}.") from error


def _heading(path: Path, sheet: str) -> tuple[int, list[str], int] | None:
    """Number and cells of the first row that isn't blank, and how many blank columns stand left of it."""
    for number, cells, first in _records(path, sheet):
        headings = [revealed(cell) for cell in cells]
        while headings and not headings[-1].strip():
            headings.pop()
        if not headings:
            continue
        if len(headings) > MOST_COLUMNS:
            raise TooLarge(f"{path.name} has {len(headings):,} columns; {MOST_COLUMNS:,} are the most.")
        return number, headings, first
    return None


def _rows(path: Path, sheet: str, heading: int, width: int) -> Iterator[Row]:
    for number, cells, _ in _records(path, sheet):
        if number > heading and any(cell.strip() for cell in cells):
            yield row_of(number, [revealed(cell) for cell in cells], width)


def _records(path: Path, sheet: str) -> Iterator[tuple[int, list[str], int]]:
    from python_calamine import CalamineError

    with _workbook(path) as book:
        try:
            found = book.get_sheet_by_name(sheet)
        except CalamineError as error:
            raise NotATable(f"The sheet “{sheet}” of {path.name} can't be read: {error}.") from error
        if found.start is None:
            return
        first = found.start[1]
        for number, cells in enumerate(found.iter_rows(), 1):
            yield number, [cell_text(cell) for cell in cells], first


def cell_text(value: object) -> str:
    """A cell as text: 7.0 is “7”, a date without a time of day is only the date, true and false are words."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _MOST_EXACT else _plain(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return "" if value is None else str(value)


def _plain(value: float) -> str:
    """A float in the fewest digits that mean it, never with an exponent."""
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text
