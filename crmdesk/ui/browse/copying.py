"""Rows as tab-separated text for the clipboard."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from crmdesk.ui.browse.model import RecordModel
from crmdesk.ui.browse.values import MINUS, NOT_LOADED_TEXT, one_line

ROWS_A_TURN = 2000


def cell_text(text: str) -> str:
    """One cell: one line without tabs; what is not loaded is never copied as blank."""
    return "(not loaded)" if text is NOT_LOADED_TEXT else one_line(text)


def _copied(text: str, number: bool) -> str:
    """A spreadsheet reads a hyphen as minus, and a minus sign as text."""
    return cell_text(text.replace(MINUS, "-")) if number and MINUS in text else cell_text(text)


async def rows_as_text(
    model: RecordModel, rows: Iterable[int], sections: Sequence[int], *, headers: bool
) -> tuple[str, int]:
    """The loaded ones of these rows as tab-separated lines in the order of `sections`, and how many."""
    lines = ["\t".join(model.columns[section].title for section in sections)] if headers else []
    count = 0
    for row in rows:
        if row >= model.rowCount():
            break
        if model.cells_at(row) is None:
            stale = model.stale_pages(row, row)
            if not stale:
                continue
            model.render(stale, 0, -1)
        cells = model.cells_at(row)
        if cells is None:
            continue
        lines.append("\t".join([_copied(cells[section], model.columns[section].right) for section in sections]))
        count += 1
        if count % ROWS_A_TURN == 0:
            await asyncio.sleep(0)
    return "\n".join(lines), count
