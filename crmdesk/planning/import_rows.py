"""The rows of a file while they are being imported: in a private file of SQLite, so that memory stays flat."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crmdesk.planning.import_cells import BadCell, ReadRow

_TABLES = """
CREATE TABLE lines(number INTEGER PRIMARY KEY, key TEXT, record INTEGER, data TEXT, bad TEXT);
CREATE INDEX line_of_key ON lines(key) WHERE key IS NOT NULL AND bad IS NULL;
CREATE TABLE bad(number INTEGER, cell TEXT);
CREATE TABLE found(number INTEGER, record INTEGER, label TEXT, updated TEXT, before TEXT, PRIMARY KEY(number, record));
CREATE TABLE done(number INTEGER PRIMARY KEY);
"""
_BATCH = 500


@dataclass(frozen=True)
class FoundRecord:
    """A record of the CRM that a row names: its values by field, as JSON; a field that is absent was not loaded."""

    record: int
    label: str
    updated: str | None
    before: Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A row of the file with the records that it names."""

    number: int
    record: int | None
    values: Mapping[str, Any]
    found: tuple[FoundRecord, ...]
    why_bad: str


class ImportRows:
    """Rows by their number in the file. Used by one thread at a time; gone when closed."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="crmdesk-import-", ignore_cleanup_errors=True)
        # a private folder of the person's (mkdtemp), and nothing in it outlives the import
        self._c = sqlite3.connect(
            Path(self._folder.name) / "rows.sqlite", check_same_thread=False, isolation_level=None
        )
        self._lock = threading.Lock()
        self._c.execute("PRAGMA journal_mode=OFF")
        self._c.execute("PRAGMA synchronous=OFF")
        self._c.executescript(_TABLES)

    def close(self) -> None:
        """Removes it."""
        self._c.close()
        self._folder.cleanup()

    def add(self, row: ReadRow) -> None:
        """A row; one that names the same record as an earlier one is bad."""
        with self._lock:
            if row.key is not None and not row.bad:
                earlier = self._c.execute("SELECT number FROM lines WHERE key=? AND bad IS NULL", (row.key,)).fetchone()
                if earlier is not None:
                    row.bad.append(
                        BadCell(row.number, "", "", "", row.key[:80], f"row {earlier[0]:,} names the same record")
                    )
            why = "; ".join(told_cell(cell) for cell in row.bad)[:2_000] if row.bad else None
            data = None if row.bad else json.dumps(row.values, ensure_ascii=False)
            self._c.execute("INSERT INTO lines VALUES(?,?,?,?,?)", (row.number, row.key, row.record, data, why))
            self._c.executemany(
                "INSERT INTO bad VALUES(?,?)", [(row.number, json.dumps(asdict(cell))) for cell in row.bad]
            )

    def transaction(self, begin: bool) -> None:
        """Begins or ends a batch of additions."""
        self._c.execute("BEGIN" if begin else "COMMIT")

    def counts(self) -> tuple[int, int, int]:
        """Rows, rows that are bad, cells that are bad."""
        with self._lock:
            rows, bad = self._c.execute("SELECT count(*), count(bad) FROM lines").fetchone()
            return rows, bad, self._c.execute("SELECT count(*) FROM bad").fetchone()[0]

    def bad_cells(self, offset: int, limit: int) -> list[BadCell]:
        """Some of the bad cells, in the file's order."""
        with self._lock:
            found = self._c.execute("SELECT cell FROM bad ORDER BY rowid LIMIT ? OFFSET ?", (limit, offset)).fetchall()
        return [BadCell(**json.loads(row[0])) for row in found]

    def forget_found(self) -> None:
        """Before the CRM is read again."""
        with self._lock:
            self._c.execute("DELETE FROM found")

    def see(self, records: Iterable[tuple[set[str], FoundRecord]]) -> int:
        """Keeps the records that rows name, by their keys; how many that were."""
        with self._lock:
            before = self._c.total_changes
            self._c.execute("BEGIN")
            for keys, record in records:
                for key in keys:
                    self._c.execute(
                        "INSERT OR IGNORE INTO found SELECT number, ?, ?, ?, ? FROM lines WHERE key=? AND bad IS NULL",
                        (record.record, record.label, record.updated, json.dumps(dict(record.before)), key),
                    )
            self._c.execute("COMMIT")
            return self._c.total_changes - before

    def set_done(self, numbers: Iterable[int]) -> None:
        """Rows that an earlier plan has carried out."""
        with self._lock:
            self._c.executemany("INSERT OR IGNORE INTO done VALUES(?)", [(number,) for number in numbers])

    def lines(self, first: int | None) -> Iterator[list[Line]]:
        """The rows that are not done, in batches: all with the bad ones, or the first good ones only."""
        last, left = -1, first
        while left is None or left > 0:
            with self._lock:
                found = self._c.execute(
                    "SELECT number, record, data, bad FROM lines WHERE number>? AND number NOT IN (SELECT number FROM"
                    " done) AND (bad IS NULL OR ?) ORDER BY number LIMIT ?",
                    (last, first is None, min(_BATCH, left or _BATCH)),
                ).fetchall()
                lines = [self._line(*row) for row in found]
            if not lines:
                return
            last = lines[-1].number
            if left is not None:
                left -= len(lines)
            yield lines

    def _line(self, number: int, record: int | None, data: str | None, bad: str | None) -> Line:
        rows = self._c.execute(
            "SELECT record, label, updated, before FROM found WHERE number=? ORDER BY record", (number,)
        )
        found = tuple(FoundRecord(row[0], row[1], row[2], json.loads(row[3])) for row in rows)
        return Line(number, record, json.loads(data) if data else {}, found, bad or "")


def told_cell(cell: BadCell) -> str:
    """A bad cell in words; its row is known."""
    return f"{cell.letter}{cell.row} ({cell.column}): {cell.why}" if cell.column else cell.why
