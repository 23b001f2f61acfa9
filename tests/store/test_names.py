"""Names are kept between starts, and may be lost without harm."""

from __future__ import annotations

from pathlib import Path

from crmdesk.store.names import NamesStore
from tests.support.aio import run


async def closed(store: NamesStore) -> None:
    await store.close()


def test_what_was_put_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite"
    first = NamesStore(path)
    first.put("selector:owners", [{"id": 4_000_000_000_001, "display_name": "Żaneta 李"}])
    first.put("selector:owners", [{"id": 4_000_000_000_001, "display_name": "Żaneta 王"}])
    first.put("other", {"a": None})
    run(closed(first))
    second = NamesStore(path)
    assert second.get("selector:owners") == [{"id": 4_000_000_000_001, "display_name": "Żaneta 王"}]
    assert second.get("other") == {"a": None}
    assert second.get("unknown") is None
    second.forget()
    run(closed(second))
    third = NamesStore(path)
    assert third.get("other") is None
    run(closed(third))


def test_a_value_is_a_copy(tmp_path: Path) -> None:
    store = NamesStore(tmp_path / "names.sqlite")
    value = [1]
    store.put("key", value)
    value.append(2)
    store.get("key").append(3)  # type: ignore[union-attr]
    assert store.get("key") == [1]
    run(closed(store))


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite"
    path.write_bytes(b"no database " * 500)
    store = NamesStore(path)
    assert store.get("key") is None
    store.put("key", 1)
    run(closed(store))
    again = NamesStore(path)
    assert again.get("key") == 1
    run(closed(again))
