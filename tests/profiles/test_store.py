"""The file of profiles: several processes, damage, unknown keys; and no key or address in it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from crmdesk.config.errors import InputError
from crmdesk.profiles.profile import Profile
from crmdesk.profiles.store import ProfileStore


@pytest.fixture
def store(data_home: Path) -> ProfileStore:
    return ProfileStore()


def test_profiles_come_back_in_their_order(store: ProfileStore) -> None:
    assert store.list() == [] and store.last_used is None
    acme, test = Profile.new("Acme"), Profile.new("Acme test", kind="sandbox")
    store.add(acme)
    store.add(test)
    store.use(test.id)
    again = ProfileStore(store.path)
    assert again.list() == [acme, test]
    assert again.last_used == test
    assert again.named("ACME ") == acme and again.named(test.id) == test
    assert again.get(acme.id) == acme


def test_changes_and_removals(store: ProfileStore) -> None:
    acme = Profile.new("Acme")
    store.add(acme)
    store.use(acme.id)
    renamed = dataclasses.replace(acme, name="ACME Inc", hourly_limit=5000)
    store.update(renamed)
    assert store.list() == [renamed]
    store.remove(acme.id)
    assert store.list() == [] and store.last_used is None
    assert "last_used" not in json.loads(store.path.read_text())


def test_a_name_is_there_once_and_a_missing_profile_is_told(store: ProfileStore) -> None:
    acme, other = Profile.new("Acme"), Profile.new("Other")
    store.add(acme)
    store.add(other)
    with pytest.raises(InputError, match="Acme"):
        store.add(Profile.new("aCME"))
    with pytest.raises(InputError, match="Acme"):
        store.update(dataclasses.replace(other, name="ACME"))
    with pytest.raises(InputError):
        store.add(acme)
    gone = Profile.new("Gone")
    for call in (store.remove, store.use, store.get):
        with pytest.raises(InputError) as told:
            call(gone.id)
        assert told.value.subject == "profile"
    with pytest.raises(InputError):
        store.update(gone)
    with pytest.raises(InputError) as told:
        store.named("nobody")
    assert "“Acme”, “Other”" in told.value.remedy
    assert store.list() == [acme, other]


def test_keys_of_a_newer_version_are_kept(store: ProfileStore) -> None:
    acme = Profile.new("Acme")
    store.add(acme)
    content = json.loads(store.path.read_text())
    content["theme_of_2030"] = "neon"
    content["profiles"][0]["icon"] = "rocket"
    store.path.write_text(json.dumps(content))
    store.update(dataclasses.replace(acme, name="New name"))
    store.add(Profile.new("Second"))
    kept = json.loads(store.path.read_text())
    assert kept["theme_of_2030"] == "neon"
    assert kept["profiles"][0]["icon"] == "rocket" and kept["profiles"][0]["name"] == "New name"


@pytest.mark.parametrize("text", ["", "[]", '{"profiles": {}}', "{"])
def test_a_damaged_file_is_set_aside_and_told(store: ProfileStore, text: str) -> None:
    store.path.write_text(text)
    assert store.list() == []
    assert len(store.notices) == 1
    (aside,) = store.path.parent.glob("profiles.json.damaged-*")
    assert aside.read_text() == text
    store.add(Profile.new("Acme"))
    assert [profile.name for profile in store.list()] == ["Acme"]


def test_one_bad_entry_is_left_out_kept_and_told_once(store: ProfileStore) -> None:
    acme = Profile.new("Acme")
    store.add(acme)
    content = json.loads(store.path.read_text())
    content["profiles"] += [{"name": "no id"}, 7, dict(content["profiles"][0], name="Twin")]
    store.path.write_text(json.dumps(content))
    assert store.list() == [acme] and store.list() == [acme]
    assert len(store.notices) == 3
    store.add(Profile.new("Other"))
    assert len(json.loads(store.path.read_text())["profiles"]) == 5


def test_two_processes_lose_nothing(store: ProfileStore) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from crmdesk.profiles.profile import Profile; from crmdesk.profiles.store import ProfileStore\n"
        "for n in range(15): ProfileStore(Path(sys.argv[1])).add(Profile.new(f'{sys.argv[2]} {n}'))"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, str(store.path), name]) for name in ("a", "b")]
    assert [process.wait() for process in both] == [0, 0]
    assert len(store.list()) == 30
