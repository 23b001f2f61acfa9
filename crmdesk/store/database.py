"""One SQLite file, with migrations, one writer thread and one reader thread, both off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from crmdesk.store.errors import JournalDamaged, JournalTooNew, StoreUnavailable

T = TypeVar("T")
Migration = Callable[[sqlite3.Connection], None]

BUSY_TIMEOUT_MS = 20_000


class Database:
    """A SQLite file that several processes may have open; each object has one writer and one reader thread."""

    def __init__(self, path: Path, migrations: Sequence[Migration], *, durable: bool) -> None:
        """Opens or makes `path`; `durable` asks for synchronous=FULL, otherwise the last writes may be lost.

        Raises JournalTooNew, JournalDamaged, StoreUnavailable.
        """
        self.path = path
        self._durable = durable
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-writer")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-reader")
        self._writing: sqlite3.Connection | None = None
        self._reading: sqlite3.Connection | None = None
        self._closed = False
        try:
            self._writer.submit(self._open_writer, migrations).result()
        except BaseException as error:
            self._writer.shutdown()
            self._reader.shutdown()
            if isinstance(error, OSError | sqlite3.DatabaseError):
                raise _told(error, path) from error
            raise

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` in one transaction on the writer thread; it is on disk when this returns."""
        return await _finished(self._writer.submit(self._transaction, work))

    def write_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The same, blocking the caller: for code that has no loop."""
        return self._writer.submit(self._transaction, work).result()

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` on the reader thread; it sees what was committed before."""
        return await _finished(self._reader.submit(self._query, work))

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The same, blocking the caller."""
        return self._reader.submit(self._query, work).result()

    async def empty_log(self) -> None:
        """Nothing that was overwritten stays in the write-ahead log."""

        def checkpoint() -> None:
            assert self._writing is not None
            self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        await _finished(self._writer.submit(checkpoint))

    async def close(self) -> None:
        """Ends both threads after what was submitted has been written."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._shut)

    def close_now(self) -> None:
        """The same, blocking the caller."""
        if not self._closed:
            self._closed = True
            self._shut()

    def _shut(self) -> None:
        self._reader.submit(self._close_connection, "_reading").result()
        self._writer.submit(self._close_connection, "_writing").result()
        self._reader.shutdown()
        self._writer.shutdown()

    def _close_connection(self, name: str) -> None:
        connection: sqlite3.Connection | None = getattr(self, name)
        if connection is not None:
            connection.close()
            setattr(self, name, None)

    def _open_writer(self, migrations: Sequence[Migration]) -> None:
        create_private(self.path)
        try:
            self._writing = connection = self._connect()
            if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
                raise StoreUnavailable(f"{self.path.name} lies on a disk that does not allow a write-ahead log")
            _migrate(connection, self.path, migrations)
        except BaseException:
            if self._writing is not None:
                self._writing.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
            if self._durable and sys.platform == "darwin":
                connection.execute("PRAGMA fullfsync=ON")
            if self._durable:  # what is forgotten must not be read from the file's free space
                connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
        except BaseException:
            connection.close()
            raise
        connection.row_factory = sqlite3.Row
        return connection

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._writing
        assert connection is not None
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise _told(error, self.path) from error
        return result

    def _query(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._reading is None:
                self._reading = self._connect()
                self._reading.execute("PRAGMA query_only=ON")
            return work(self._reading)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise _told(error, self.path) from error


def create_private(path: Path) -> None:
    """Makes the file readable and writable for its owner only, before anything is in it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Brings the file to the newest version; a copy of an older one is kept beside it."""
    version = _version(connection)
    if version > len(migrations):
        raise JournalTooNew(path, version, len(migrations))
    if 0 < version < len(migrations):
        _keep_copy(connection, path, version)
    while version < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _version(connection)  # another process may have been faster
            if version < len(migrations):
                migrations[version](connection)
                connection.execute(f"PRAGMA user_version={version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        version = _version(connection)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.version-{version}")
    if not copy.exists():
        create_private(copy)
        with contextlib.closing(sqlite3.connect(copy)) as kept:
            connection.backup(kept)


def _told(error: OSError | sqlite3.DatabaseError, path: Path) -> Exception:
    if isinstance(error, OSError):
        return StoreUnavailable(f"{path.name} can't be used: {error.strerror or error}")
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return JournalDamaged(path)
    return StoreUnavailable(f"{path.name} can't be used: {error}")


async def _finished(future: Future[T]) -> T:
    """Waits for a thread's work; a cancelled waiter leaves the work to end by itself."""
    return await asyncio.shield(asyncio.wrap_future(future))
