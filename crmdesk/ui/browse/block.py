"""Blocks of cells as text: what a spreadsheet puts into the clipboard, and what it reads back. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

SPECIAL = ("\t", "\n", "\r", '"')


def parse_block(text: str) -> list[list[str]]:
    """Rows of cells from tab-separated text; a cell in quotes may hold tabs, breaks and quotes."""
    text = text.removesuffix("\n").removesuffix("\r")
    if '"' in text and text.count('"') % 2 == 0:
        return [row or [""] for row in csv.reader(io.StringIO(text + "\n", newline=""), delimiter="\t")]
    return [line.split("\t") for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def block_text(rows: Sequence[Sequence[str]]) -> str:
    """Tab-separated text that `parse_block` and spreadsheets read back to the same cells."""
    return "\n".join("\t".join(_quoted(cell) for cell in row) for row in rows)


def _quoted(cell: str) -> str:
    if not any(mark in cell for mark in SPECIAL):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def tiled(rows: Sequence[Sequence[str]], height: int, width: int) -> Sequence[Sequence[str]]:
    """A block repeated over a larger one that it fits into a whole number of times; else as it is."""
    tall, wide = len(rows), max((len(row) for row in rows), default=0)
    if not tall or not wide or any(len(row) != wide for row in rows):
        return rows
    down = height // tall if height % tall == 0 else 1
    right = width // wide if width % wide == 0 else 1
    if down * right <= 1:
        return rows
    return [list(row) * right for _ in range(down) for row in rows]
