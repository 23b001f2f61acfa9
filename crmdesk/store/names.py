"""Names and schemas of an account as they were last told, so that a start shows them before the network answers.

The file may be lost: a damaged one is begun anew. Reads come from memory, writes go to the file behind them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from crmdesk.store.database import Database
from crmdesk.store.errors import JournalDamaged, JournalTooNew, StoreUnavailable


def create(connection: sqlite3.Connection) -> None:
    """The first version of the file."""
    connection.execute("CREATE TABLE names (key TEXT PRIMARY KEY, value TEXT NOT NULL)")


class NamesStore:
    """Implements crm.directory.NamesCache over a file. Values are what JSON holds; keys are the callers'."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file and reads it whole (some hundred KB at most); blocks."""
        self._database = _open(path)
        self._kept: dict[str, str] = dict(self._database.read_now(_read_all))
        self._behind = ThreadPoolExecutor(1, thread_name_prefix="names")
        self._last: Future[None] | None = None

    def get(self, key: str) -> Any | None:
        """What was put under the key, as a fresh copy, or None."""
        text = self._kept.get(key)
        return None if text is None else json.loads(text)

    def put(self, key: str, value: Any) -> None:
        """Remembers a value; it reaches the disk soon."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if self._kept.get(key) == text:
            return
        self._kept[key] = text
        self._last = self._behind.submit(self._write, key, text)

    def forget(self) -> None:
        """Drops everything, so that it is asked for anew."""
        self._kept.clear()
        self._last = self._behind.submit(self._write, None, "")

    async def close(self) -> None:
        """Writes what is still to be written and closes the file."""
        await asyncio.get_running_loop().run_in_executor(None, self._behind.shutdown)
        await self._database.close()

    def _write(self, key: str | None, text: str) -> None:
        # What can't be written is asked for again at the next start.
        with contextlib.suppress(StoreUnavailable, sqlite3.Error):
            self._database.write_now(lambda connection: _put(connection, key, text))


def _put(connection: sqlite3.Connection, key: str | None, text: str) -> None:
    if key is None:
        connection.execute("DELETE FROM names")
    else:
        connection.execute(
            "INSERT INTO names VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, text)
        )


def _read_all(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for key, text in connection.execute("SELECT key, value FROM names"):
        with contextlib.suppress(ValueError):
            json.loads(text)
            kept.append((key, text))
    return kept


def _open(path: Path) -> Database:
    try:
        return Database(path, [create], durable=False)
    except (JournalDamaged, JournalTooNew):
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                path.with_name(path.name + suffix).unlink()
        return Database(path, [create], durable=False)
