"""Sorting a whole view here, when the CRM can't: keys read page by page, ordered by SQLite off the loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence

from crmdesk.ui.browse.columns import Column
from crmdesk.ui.browse.rows import RowStore
from crmdesk.ui.browse.values import Texts, sort_key

Key = tuple[int, int, float | str]  # slot, rank of what is missing, key


async def sort_slots(store: RowStore, column: Column, texts: Texts, descending: bool) -> list[int]:
    """All loaded slots ordered by a column. Blank comes after values and not loaded last, either way round.

    Decodes one page between two turns of the loop, so that nothing stalls.
    """
    keys: list[Key] = []
    make = texts.maker(column.value)
    for number in sorted(store.pages):
        records = store.pages[number].records()
        first, end = store.span(number)
        for slot in range(first, end):
            record = records[store.offset_of(slot)]
            keys.append((slot, *sort_key(column.value, record, make(record))))
        await asyncio.sleep(0)
    return await asyncio.to_thread(ordered, keys, descending)


def ordered(keys: Sequence[Key], descending: bool) -> list[int]:
    """Slots by rank, then key, then place in the view; SQLite sorts without holding the interpreter."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE keys (slot INTEGER, rank INTEGER, key)")
        connection.executemany("INSERT INTO keys VALUES (?, ?, ?)", keys)
        way = "DESC" if descending else "ASC"
        return [slot for (slot,) in connection.execute(f"SELECT slot FROM keys ORDER BY rank, key {way}, slot")]
    finally:
        connection.close()
