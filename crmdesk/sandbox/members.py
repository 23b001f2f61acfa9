"""Which contacts are in which marketing list: rows of the table of links."""

from __future__ import annotations

from crmdesk.sandbox.store import Store

MEMBER = "lists:member"


def members(store: Store, list_id: int) -> list[int]:
    """The ids of the contacts in a list, deleted ones too, lowest first."""
    rows = store.db.execute("SELECT b FROM links WHERE kind = ? AND a = ? ORDER BY b", (MEMBER, list_id))
    return [key for (key,) in rows]


def put_in(store: Store, list_id: int, ids: list[int]) -> None:
    """Put contacts into a list; those that are in it stay."""
    store.db.executemany("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", [(MEMBER, list_id, key) for key in ids])


def take_out(store: Store, list_id: int, ids: list[int]) -> None:
    """Take contacts out of a list."""
    store.db.executemany(
        "DELETE FROM links WHERE kind = ? AND a = ? AND b = ?", [(MEMBER, list_id, key) for key in ids]
    )
