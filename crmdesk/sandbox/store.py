"""The sandbox's SQLite file: one table a module with the columns that views ask for, the rest as JSON.

Everything runs on the server's one thread. A killed process loses nothing (WAL); a machine without power may.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmdesk.sandbox import times
from crmdesk.sandbox.modules import BUILT_IN, Module, custom_module

Record = dict[str, Any]

VERSION = 2
COLUMNS = ("id", "owner_id", "territory_id", "deleted", "created_ms", "updated_ms", "body")
DERIVED = ("state", "mark", "flags", "due_ms", "touched_ms", "parent", "ukey")
_TABLE = """
CREATE TABLE IF NOT EXISTS "r_{name}" (
  id INTEGER PRIMARY KEY, owner_id INTEGER, territory_id INTEGER, deleted INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, body TEXT NOT NULL,
  state INTEGER, mark INTEGER, flags INTEGER, due_ms INTEGER, touched_ms INTEGER, parent TEXT, ukey TEXT
)"""
_INDEXES = {
    "created": "deleted, created_ms, id, owner_id, territory_id, state, mark, flags, due_ms, touched_ms",
    "updated": "deleted, updated_ms, id, owner_id, territory_id, state",
    "owner": "owner_id, deleted, created_ms, id, territory_id, state",
    "parent": "parent, deleted, id",
    "ukey": "ukey",
}
_BASE = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS choices (kind TEXT NOT NULL, position INTEGER NOT NULL, id INTEGER, body TEXT NOT NULL,
  PRIMARY KEY (kind, position));
CREATE TABLE IF NOT EXISTS views (module TEXT NOT NULL, id INTEGER NOT NULL, position INTEGER NOT NULL,
  body TEXT NOT NULL, rule TEXT NOT NULL, PRIMARY KEY (module, id));
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL,
  created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, ended_ms INTEGER, user_id INTEGER NOT NULL,
  payload TEXT NOT NULL, result TEXT);
CREATE TABLE IF NOT EXISTS links (kind TEXT NOT NULL, a INTEGER NOT NULL, b NOT NULL, PRIMARY KEY (kind, a, b))
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_links ON links (kind, b, a);
CREATE TABLE IF NOT EXISTS feed (id INTEGER PRIMARY KEY, target TEXT NOT NULL, at_ms INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_feed ON feed (target, at_ms);
CREATE TABLE IF NOT EXISTS file_bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_KEPT_APART = ("id", "owner_id", "is_deleted", "created_ms", "updated_ms")


@dataclass(frozen=True)
class Where:
    """A condition on a module's table, with its values."""

    sql: str = "deleted = 0"
    values: tuple[Any, ...] = ()

    def also(self, sql: str, *values: Any) -> Where:
        """Both conditions."""
        return Where(f"({self.sql}) AND ({sql})", (*self.values, *values))


def dumps(value: Any) -> str:
    """Compact JSON; text stays readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Store:
    """The data of one account.

    `derive(module, record)` gives the columns that views filter by, `ties` what a record is linked with, by kind.
    """

    def __init__(
        self,
        path: Path,
        derive: Callable[[str, Record], tuple[Any, ...]],
        ties: Callable[[str, Record], dict[str, list[Any]]],
    ) -> None:
        self.path = path
        self._derive = derive
        self._ties = ties
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA cache_size=-65536")
        self.db.execute("PRAGMA temp_store=MEMORY")
        self.modules: dict[str, Module] = {}
        self.lag = 3.0
        self._depth = 0
        self.reload()

    def reload(self) -> None:
        """Look at the file afresh: after opening it, and after its content was replaced."""
        self.db.executescript(_BASE)
        self.cache: dict[Any, Any] = {}
        self.recent: deque[tuple[float, str, int, Record | None]] = deque()
        self._versions: dict[str, int] = {}
        self._counts: dict[tuple[Any, ...], tuple[int, int]] = {}
        self._choices: dict[str, list[Record]] = {}
        self.modules = dict(BUILT_IN)
        for number, entity in enumerate(self.meta("entities", []), 1):
            if entity is None:
                continue  # the place of a deleted module stays empty, since its model's name holds its number
            self.modules[entity] = custom_module(entity, number)
        for name in self.modules:
            self.db.execute(_TABLE.format(name=name))
        if self.db.execute("PRAGMA user_version").fetchone()[0] < VERSION:
            for name in self.modules:
                self._tie(name, list(self.each(name, Where("1"))))
            self.db.execute(f"PRAGMA user_version={VERSION}")
        self._sorted_by = {name: self._sort_columns(name) for name in self.modules}
        newest = [
            self.db.execute(f'SELECT MAX(updated_ms) FROM "r_{name}"').fetchone()[0] or 0 for name in self.modules
        ]
        self._last = max(newest)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    # -- what is not records ------------------------------------------------------------------------------

    def meta(self, key: str, default: Any = None) -> Any:
        """A remembered value."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set_meta(self, key: str, value: Any) -> None:
        """Remember a value."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, dumps(value)))

    def added_fields(self, module: str) -> list[Record]:
        """The fields that were added to a module since the dataset was made."""
        key = ("added", module)
        if key not in self.cache:
            self.cache[key] = self.meta(f"fields_{module}", [])
        found: list[Record] = self.cache[key]
        return found

    def set_added_fields(self, module: str, fields: Sequence[Record]) -> None:
        """Replace the added fields of a module."""
        self.set_meta(f"fields_{module}", list(fields))
        self.cache.clear()

    def choices(self, kind: str) -> list[Record]:
        """The list behind a selector; kept in memory, so treat it as read-only."""
        if kind not in self._choices:
            rows = self.db.execute("SELECT body FROM choices WHERE kind = ? ORDER BY position", (kind,))
            self._choices[kind] = [json.loads(body) for (body,) in rows]
        return self._choices[kind]

    def set_choices(self, kind: str, items: Sequence[Record]) -> None:
        """Replace the list behind a selector."""
        self._choices.pop(kind, None)
        self.db.execute("DELETE FROM choices WHERE kind = ?", (kind,))
        self.db.executemany(
            "INSERT INTO choices VALUES (?, ?, ?, ?)",
            [(kind, place, item.get("id"), dumps(item)) for place, item in enumerate(items)],
        )

    def choice(self, kind: str, choice_id: object) -> Record | None:
        """One item of a selector by its id."""
        return next((item for item in self.choices(kind) if item.get("id") == choice_id), None)

    # -- writing ------------------------------------------------------------------------------------------

    def stamp(self) -> int:
        """A moment later than every `updated_at` so far, so that sorting by it is exact."""
        self._last = max(times.now_ms(), self._last + 1)
        return self._last

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested."""
        if self._depth:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        else:
            self.db.execute("COMMIT")
        finally:
            self._depth = 0

    def fill(self, module: str, records: Iterable[Record]) -> None:
        """Put many new records in, as a dataset does."""
        names = ", ".join(COLUMNS + DERIVED)
        marks = ", ".join("?" * (len(COLUMNS) + len(DERIVED)))
        tied: list[tuple[str, int, Any]] = []

        def rows() -> Iterator[tuple[Any, ...]]:
            for record in records:
                tied.extend(self._tied(module, record))
                yield self._columns(module, record)

        self.db.executemany(f'INSERT INTO "r_{module}" ({names}) VALUES ({marks})', rows())
        self.db.executemany("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", tied)

    def index(self) -> None:
        """Make the indexes, after the tables were filled; without effect where they exist."""
        for module in self.modules:
            for name, columns in _INDEXES.items():
                self.db.execute(f'CREATE INDEX IF NOT EXISTS "ix_{module}_{name}" ON "r_{module}" ({columns})')
        self.db.execute("ANALYZE")

    def save(self, module: str, record: Record) -> None:
        """Insert or replace one record; what it was is kept for as long as search lags behind."""
        self._remember(module, record["id"])
        names = COLUMNS + DERIVED
        values = self._columns(module, record)
        extra = self._sorted_by[module]
        columns = ", ".join((*names, *(column for _key, column in extra)))
        marks = ", ".join("?" * (len(names) + len(extra)))
        self.db.execute(
            f'INSERT OR REPLACE INTO "r_{module}" ({columns}) VALUES ({marks})',
            (*values, *(sort_value(record, key) for key, _column in extra)),
        )
        self._versions[module] = self._versions.get(module, 0) + 1
        self._tie(module, [record])

    def forget(self, module: str, record_id: int) -> None:
        """Remove a record for good."""
        self._remember(module, record_id)
        self.db.execute(f'DELETE FROM "r_{module}" WHERE id = ?', (record_id,))
        if module == "files":
            self.db.execute("DELETE FROM file_bodies WHERE id = ?", (record_id,))
        for kind in self._ties(module, {"id": record_id}):
            self.db.execute("DELETE FROM links WHERE kind = ? AND a = ?", (kind, record_id))
        self._versions[module] = self._versions.get(module, 0) + 1

    def _tied(self, module: str, record: Record) -> list[tuple[str, int, Any]]:
        return [(kind, record["id"], other) for kind, others in self._ties(module, record).items() for other in others]

    def _tie(self, module: str, records: Sequence[Record]) -> None:
        for record in records:
            for kind in self._ties(module, record):
                self.db.execute("DELETE FROM links WHERE kind = ? AND a = ?", (kind, record["id"]))
            self.db.executemany("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", self._tied(module, record))

    def linked(self, kind: str, other: Any) -> list[int]:
        """The ids of the records that are linked with another, lowest first."""
        rows = self.db.execute("SELECT a FROM links WHERE kind = ? AND b = ? ORDER BY a", (kind, other))
        return [key for (key,) in rows]

    def next_id(self, module: str) -> int:
        """An id that no record of the module has or had since the dataset was made."""
        highest = self.db.execute(f'SELECT MAX(id) FROM "r_{module}"').fetchone()[0] or 0
        taken: int = max(highest, self.meta(f"last_id_{module}", 0)) + 1
        self.set_meta(f"last_id_{module}", taken)
        return taken

    def _remember(self, module: str, record_id: int) -> None:
        now = time.monotonic()
        while self.recent and self.recent[0][0] < now - self.lag:
            self.recent.popleft()
        if self.lag:
            self.recent.append((now, module, record_id, self.get(module, record_id)))

    def _columns(self, module: str, record: Record) -> tuple[Any, ...]:
        body = {key: value for key, value in record.items() if key not in _KEPT_APART}
        return (
            record["id"],
            record.get("owner_id"),
            record.get("territory_id"),
            1 if record.get("is_deleted") else 0,
            record["created_ms"],
            record["updated_ms"],
            dumps(body),
            *self._derive(module, record),
        )

    # -- reading ------------------------------------------------------------------------------------------

    def get(self, module: str, record_id: int) -> Record | None:
        """One record with all that is stored of it, deleted ones too."""
        if not -(2**63) <= record_id < 2**63:
            return None
        row = self.db.execute(f'SELECT {", ".join(COLUMNS)} FROM "r_{module}" WHERE id = ?', (record_id,)).fetchone()
        return None if row is None else _record(row)

    def many(self, module: str, ids: Sequence[int]) -> list[Record]:
        """Records in the order of the ids; missing ones are left out."""
        found: dict[int, Record] = {}
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            rows = self.db.execute(
                f'SELECT {", ".join(COLUMNS)} FROM "r_{module}" WHERE id IN ({",".join("?" * len(part))})', part
            )
            found.update((row[0], _record(row)) for row in rows)
        return [found[key] for key in ids if key in found]

    def ids(self, module: str, where: Where) -> list[int]:
        """The ids that meet a condition, lowest first."""
        rows = self.db.execute(f'SELECT id FROM "r_{module}" WHERE {where.sql} ORDER BY id', where.values)
        return [key for (key,) in rows]

    def each(self, module: str, where: Where) -> Iterator[Record]:
        """All records that meet a condition, lowest id first."""
        rows = self.db.execute(
            f'SELECT {", ".join(COLUMNS)} FROM "r_{module}" WHERE {where.sql} ORDER BY id', where.values
        )
        return (_record(row) for row in rows)

    def page(self, module: str, where: Where, sort: str, descending: bool, limit: int, offset: int) -> list[Record]:
        """One page in the order of a column, ties by id."""
        column = self._sort_column(module, sort)
        way = "DESC" if descending else "ASC"
        rows = self.db.execute(
            f'SELECT id FROM "r_{module}" WHERE {where.sql} ORDER BY {column} {way}, id {way} LIMIT ? OFFSET ?',
            (*where.values, limit, offset),
        )
        return self.many(module, [key for (key,) in rows])

    def count(self, module: str, where: Where) -> int:
        """How many records meet a condition; counted once between two writes."""
        version = self._versions.get(module, 0)
        key = (module, where.sql, where.values)
        known = self._counts.get(key)
        if known is None or known[0] != version:
            total = self.db.execute(f'SELECT COUNT(*) FROM "r_{module}" WHERE {where.sql}', where.values).fetchone()
            known = (version, total[0])
            if len(self._counts) > 512:
                self._counts.clear()
            self._counts[key] = known
        return known[1]

    # -- sorting by any column ----------------------------------------------------------------------------

    def _sort_columns(self, module: str) -> list[tuple[str, str]]:
        rows = self.db.execute(f'PRAGMA table_info("r_{module}")').fetchall()
        return [(row[1][2:], row[1]) for row in rows if row[1].startswith("s_")]

    def _sort_column(self, module: str, sort: str) -> str:
        direct = {"created_at": "created_ms", "updated_at": "updated_ms", "id": "id", "owner_id": "owner_id"}
        if sort in direct:
            return direct[sort]
        key = sort.removeprefix("custom_field.")
        if not _NAME.match(key):
            return "created_ms"
        column = f"s_{key}"
        if (key, column) not in self._sorted_by[module]:
            self._add_sort_column(module, key, column)
        return f'"{column}"'

    def _add_sort_column(self, module: str, key: str, column: str) -> None:
        with self.transaction():
            self.db.execute(f'ALTER TABLE "r_{module}" ADD COLUMN "{column}"')
            rows = [(sort_value(record, key), record["id"]) for record in self.each(module, Where("1"))]
            self.db.executemany(f'UPDATE "r_{module}" SET "{column}" = ? WHERE id = ?', rows)
            self.db.execute(
                f'CREATE INDEX "ix_{module}_{column}" ON "r_{module}" '
                f'(deleted, "{column}", id, owner_id, territory_id, state, mark, flags, due_ms, touched_ms)'
            )
        # Without figures of the new index SQLite would take it for every other order as well, and sort.
        self.db.execute(f'ANALYZE "r_{module}"')
        self._sorted_by[module].append((key, column))


def _record(row: tuple[Any, ...]) -> Record:
    record: Record = json.loads(row[6])
    record.update(id=row[0], owner_id=row[1], is_deleted=bool(row[3]), created_ms=row[4], updated_ms=row[5])
    return record


_MONEY = re.compile(r"-?\d+(\.\d+)?\Z")


def sort_value(record: Record, key: str) -> Any:
    """What a record is sorted by: numbers as numbers (money is text), text without case, lists as text."""
    value = record.get(key)
    if value is None:
        value = (record.get("custom_field") or {}).get(key)
    if isinstance(value, str):
        return float(value) if _MONEY.match(value) and "amount" in key else value.casefold()
    return value if value is None or isinstance(value, (int, float)) else dumps(value)
