"""Settings survive a restart, damage and hands that edit the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmdesk.config.errors import CrmDeskError, InputError
from crmdesk.config.settings import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def test_values_come_back_after_a_restart(path: Path) -> None:
    settings = Settings(path)
    settings.set("browse.contacts.columns", ["id", "name"])
    settings.set("browse.deals.dense", True)
    assert settings.unsaved
    settings.save()
    assert not settings.unsaved
    again = Settings(path)
    assert again.get("browse.contacts.columns") == ["id", "name"]
    assert again.get("browse") == {"contacts": {"columns": ["id", "name"]}, "deals": {"dense": True}}
    assert again.get("browse.contacts.columns.deeper", "none") == "none"
    assert again.notices == []


def test_none_removes_and_only_real_changes_are_told(path: Path) -> None:
    settings = Settings(path)
    told: list[str] = []
    end = settings.watch(told.append)
    settings.set("a.b", 1)
    settings.set("a.b", 1)
    settings.set("a.b", True)
    settings.set("a.b", None)
    settings.set("a.b", None)
    end()
    settings.set("a.b", 3)
    assert told == ["a.b", "a.b", "a.b"]
    assert settings.get("a.b") == 3


def test_a_value_that_was_given_out_is_a_copy(path: Path) -> None:
    settings = Settings(path)
    columns = ["id"]
    settings.set("columns", columns)
    columns.append("name")
    settings.get("columns").append("name")
    assert settings.get("columns") == ["id"]


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 200_000])
def test_a_damaged_file_is_set_aside_and_told(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    settings = Settings(path)
    assert settings.get("anything", 7) == 7
    (notice,) = settings.notices
    aside = Path(notice.set_aside)
    assert aside.name.startswith("settings.json.damaged-")
    assert aside.read_bytes() == text
    assert aside.name in notice.remedy
    settings.set("a", 1)
    settings.save()
    assert json.loads(path.read_text()) == {"a": 1}


def test_a_save_that_fails_keeps_the_change(path: Path) -> None:
    settings = Settings(path)
    settings.set("a", 1)
    path.mkdir()
    (path / "in the way").write_text("")
    with pytest.raises(CrmDeskError):
        settings.save()
    assert settings.unsaved
    (path / "in the way").unlink()
    path.rmdir()
    settings.save()
    assert Settings(path).get("a") == 1


def test_an_unreadable_place_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(CrmDeskError):
        Settings(tmp_path / "settings.json")


@pytest.mark.parametrize("key", ["", ".", "a.", ".a", "a..b"])
def test_a_key_with_empty_parts_is_refused(path: Path, key: str) -> None:
    with pytest.raises(InputError):
        Settings(path).set(key, 1)
