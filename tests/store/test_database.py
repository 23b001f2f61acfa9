"""One SQLite file: migrations, damage, one writer thread, files for their owner only."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from crmdesk.store.database import Database
from crmdesk.store.errors import JournalDamaged, JournalTooNew, StoreUnavailable
from tests.support.aio import run


def first(c: sqlite3.Connection) -> None:
    c.execute("CREATE TABLE kept(value TEXT)")


def second(c: sqlite3.Connection) -> None:
    c.execute("ALTER TABLE kept ADD COLUMN more TEXT NOT NULL DEFAULT 'new'")


def broken(c: sqlite3.Connection) -> None:
    c.execute("ALTER TABLE kept ADD COLUMN half TEXT")
    raise sqlite3.OperationalError("disk I/O error")


def put(path: Path, value: str, *migrations: object) -> None:
    database = Database(path, migrations, durable=True)  # type: ignore[arg-type]
    database.write_now(lambda c: c.execute("INSERT INTO kept(value) VALUES(?)", (value,)))
    database.close_now()


def test_an_older_file_is_brought_up_and_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    put(path, "old", first)
    database = Database(path, (first, second), durable=True)
    assert database.read_now(lambda c: tuple(c.execute("SELECT value, more FROM kept").fetchone())) == ("old", "new")
    database.close_now()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite.version-1")) as copy:
        assert copy.execute("SELECT * FROM kept").fetchall() == [("old",)]
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "journal.sqlite.version-1").stat().st_mode) == 0o600


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    put(path, "old", first)
    with pytest.raises(StoreUnavailable):
        Database(path, (first, broken), durable=True)
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("SELECT * FROM kept").fetchall() == [("old",)]
        assert left.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_newer_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    put(path, "new", first, second)
    with pytest.raises(JournalTooNew) as caught:
        Database(path, (first,), durable=True)
    assert "Update" in caught.value.remedy
    assert not list(tmp_path.glob("*.version-*"))


@pytest.mark.parametrize("content", [b"no database at all, but text " * 40, b"SQLite format 3\0" + b"\xff" * 4080])
def test_a_damaged_file_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    with pytest.raises(JournalDamaged) as caught:
        Database(path, (first,), durable=True)
    assert str(path) in caught.value.remedy
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        Database(tmp_path / "file" / "journal.sqlite", (first,), durable=True)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable):
        Database(tmp_path / "folder", (first,), durable=True)


def test_all_writes_are_on_one_thread_and_off_the_loop(tmp_path: Path) -> None:
    async def main() -> None:
        database = Database(tmp_path / "journal.sqlite", (first,), durable=True)
        threads = await asyncio.gather(*(database.write(lambda c: threading.get_ident()) for _ in range(20)))
        assert len(set(threads)) == 1 and threading.get_ident() not in threads
        readers = await asyncio.gather(*(database.read(lambda c: threading.get_ident()) for _ in range(5)))
        assert len(set(readers)) == 1 and readers[0] not in (*threads, threading.get_ident())
        assert await database.read(lambda c: c.execute("PRAGMA synchronous").fetchone()[0]) == 2
        assert await database.read(lambda c: c.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
        with pytest.raises(StoreUnavailable):
            await database.read(lambda c: c.execute("DELETE FROM kept"))
        await database.close()

    run(main())


def test_a_transaction_that_fails_leaves_nothing_and_a_cancelled_waiter_does_not_break_it(tmp_path: Path) -> None:
    async def main() -> None:
        database = Database(tmp_path / "journal.sqlite", (first,), durable=True)

        def half(c: sqlite3.Connection) -> None:
            c.execute("INSERT INTO kept VALUES('half')")
            raise KeyError("in the middle")

        with pytest.raises(KeyError):
            await database.write(half)
        begun, go_on = threading.Event(), threading.Event()

        def slow(c: sqlite3.Connection) -> None:
            c.execute("INSERT INTO kept VALUES('whole')")
            begun.set()
            go_on.wait(10)

        writing = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(begun.wait, 10)
        writing.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await database.write(lambda c: [r[0] for r in c.execute("SELECT value FROM kept")]) == ["whole"]
        await database.close()

    run(main())


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        database = Database(tmp_path / "journal.sqlite", (first,), durable=True)
        await database.write(lambda c: c.execute("PRAGMA max_page_count=20"))
        with pytest.raises(StoreUnavailable) as caught:
            await database.write(lambda c: c.execute("INSERT INTO kept VALUES(zeroblob(1000000))"))
        assert "space" in caught.value.remedy
        await database.write(lambda c: c.execute("INSERT INTO kept VALUES('small')"))
        await database.close()

    run(main())


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
def test_files_are_private_from_the_start(tmp_path: Path) -> None:
    put(tmp_path / "own" / "journal.sqlite", "x", first)
    assert stat.S_IMODE((tmp_path / "own" / "journal.sqlite").stat().st_mode) == 0o600
