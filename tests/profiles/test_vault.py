"""The keyring: a real GNOME Keyring, none at all, a locked one, and doubles for what can't be had here."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from crmdesk.config.logs import MASK, redact
from crmdesk.profiles.errors import (
    ItemDamaged,
    ItemTooLong,
    KeyringError,
    KeyringMissing,
    KeyringRefused,
    KeyringTimedOut,
)
from crmdesk.profiles.profile import Profile
from crmdesk.profiles.store import ProfileStore
from crmdesk.profiles.vault import SERVICE, KeyState, SecretItem, Vault, remove_profile
from tests.support.aio import run

ITEM = SecretItem("https://acme.myfreshworks.com/crm/sales", "the-key-of-acme-1234")
OTHER = SecretItem("https://acme.myfreshworks.com/crm/sales", "the-second-key-5678")


class Memory(KeyringBackend):
    """A keyring in memory; `hurdle` runs before each call."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.items: dict[tuple[str, str], str] = {}
        self.hurdle: Any = lambda: None

    def get_password(self, service: str, username: str) -> str | None:
        self.hurdle()
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.hurdle()
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.hurdle()
        if self.items.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


@pytest.mark.usefixtures("secret_service")
class TestGnomeKeyring:
    def test_alias_and_key_lie_together_in_one_item(self) -> None:
        import secretstorage

        async def go() -> None:
            vault = Vault()
            assert await vault.state("one") is KeyState.ABSENT
            assert await vault.read("one") is None
            await vault.write("one", ITEM)
            assert await vault.state("one") is KeyState.STORED
            assert await Vault().read("one") == ITEM
            await vault.write("one", OTHER)
            assert await Vault().read("one") == OTHER

        run(go())
        with closing(secretstorage.dbus_init()) as connection:
            found = list(secretstorage.search_items(connection, {"service": SERVICE, "username": "one"}))
            secrets = [item.get_secret().decode() for item in found]
        assert [SecretItem.from_text(secret) for secret in secrets] == [OTHER]

    def test_removing_is_thorough_and_may_be_repeated(self) -> None:
        async def go() -> None:
            vault = Vault()
            await vault.write("two", ITEM)
            vault.hold("two", OTHER)
            await vault.remove("two")
            assert await vault.read("two") is None
            await vault.remove("two")

        run(go())

    def test_removing_a_profile_removes_its_item(self, data_home: Path) -> None:
        async def go() -> None:
            store, vault, profile = ProfileStore(), Vault(), Profile.new("Acme")
            store.add(profile)
            await vault.write(profile.id, ITEM)
            await remove_profile(store, vault, profile.id)
            assert store.list() == []
            assert await vault.state(profile.id) is KeyState.ABSENT

        run(go())

    def test_the_key_is_in_no_file_of_ours(self, data_home: Path) -> None:
        async def go() -> None:
            store, profile = ProfileStore(), Profile.new("Acme")
            store.add(profile)
            await Vault().write(profile.id, ITEM)
            store.use(profile.id)

        run(go())
        files = [path for path in data_home.rglob("*") if path.is_file()]
        assert files
        for path in files:
            content = path.read_bytes()
            assert ITEM.api_key.encode() not in content and b"myfreshworks" not in content

    @pytest.fixture
    def locked(self) -> Iterator[None]:
        import secretstorage

        with closing(secretstorage.dbus_init()) as connection:
            collection = secretstorage.get_default_collection(connection)
            collection.lock()
            assert collection.is_locked()
        yield

    def test_a_locked_keyring_is_told_as_locked(self, locked: None) -> None:
        async def go() -> None:
            vault = Vault(seconds=10)
            assert await vault.state("three") is KeyState.LOCKED
            with pytest.raises(KeyringError) as told:
                await vault.write("three", ITEM)
            assert "locked" in told.value.message
            assert ITEM.api_key not in told.value.details
            assert "session" in told.value.remedy
            vault.hold("three", ITEM)
            assert await vault.state("three") is KeyState.SESSION_ONLY

        run(go())


class TestNone:
    @pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS always have a keyring")
    @pytest.mark.usefixtures("no_secret_service")
    def test_without_a_keyring_nothing_is_written_anywhere(self, data_home: Path, tmp_path: Path) -> None:
        async def go() -> None:
            store, vault, profile = ProfileStore(), Vault(), Profile.new("Acme")
            store.add(profile)
            assert await vault.state(profile.id) is KeyState.MISSING
            for call in (vault.write(profile.id, ITEM), vault.remove(profile.id)):
                with pytest.raises(KeyringMissing) as told:
                    await call
                assert "this session only" in told.value.remedy
            vault.hold(profile.id, ITEM)
            assert await vault.state(profile.id) is KeyState.SESSION_ONLY
            assert await vault.read(profile.id) == ITEM
            assert await Vault().state(profile.id) is KeyState.MISSING

        run(go())
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or ITEM.api_key.encode() not in path.read_bytes()

    @pytest.mark.parametrize(
        "name",
        [
            "keyring.backends.null.Keyring",
            "keyring.backends.fail.Keyring",
            "keyring.backends.chainer.ChainerBackend",
            "tests.profiles.test_vault.InPlainText",
            "no.such.Keyring",
        ],
    )
    def test_a_keyring_that_keeps_nothing_safely_is_refused(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        run(self._refused())

    async def _refused(self) -> None:
        vault = Vault()
        assert await vault.state("x") is KeyState.MISSING
        with pytest.raises(KeyringMissing) as told:
            await vault.write("x", ITEM)
        assert "PYTHON_KEYRING_BACKEND" in told.value.remedy

    def test_a_profile_stays_when_its_item_can_not_be_removed(self, data_home: Path) -> None:
        async def go() -> None:
            keyring = Memory()
            store, vault, profile = ProfileStore(), Vault(find=lambda: keyring), Profile.new("Acme")
            store.add(profile)
            keyring.hurdle = _refuse
            with pytest.raises(KeyringRefused):
                await remove_profile(store, vault, profile.id)
            assert store.list() == [profile]
            await remove_profile(store, vault, profile.id, leave_item=True)
            assert store.list() == []

        run(go())


def _refuse() -> None:
    raise RuntimeError(f"the collection is gone, {ITEM.api_key}")


class InPlainText(Memory):
    """Stands for a file in plain text: it says that it comes from keyrings.alt."""

    __module__ = "keyrings.alt.file"


class TestSlow:
    def test_a_call_that_hangs_ends_with_the_time_out_and_does_not_block_the_loop(self) -> None:
        keyring, gate = Memory(), threading.Event()
        keyring.hurdle = gate.wait
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.005)
                beats += 1

        async def go() -> None:
            beating = asyncio.create_task(beat())
            vault = Vault(seconds=0.2, find=lambda: keyring)
            with pytest.raises(KeyringTimedOut) as told:
                await vault.read("x")
            assert "0.2 seconds" in told.value.message
            beating.cancel()
            await asyncio.wait([beating])

        try:
            run(go())
        finally:
            gate.set()
        assert beats > 5

    def test_what_was_given_up_before_its_turn_is_never_written(self) -> None:
        keyring, gate = Memory(), threading.Event()
        keyring.hurdle = gate.wait

        async def go() -> None:
            vault = Vault(seconds=0.1, find=lambda: keyring)
            for call in (vault.read("x"), vault.write("y", ITEM)):
                with pytest.raises(KeyringTimedOut):
                    await call
            gate.set()
            assert await vault.read("z") is None

        run(go())
        for thread in threading.enumerate():
            if thread.name == "keyring":
                thread.join()
        assert keyring.items == {}


class TestItem:
    def test_it_is_never_printed_and_masked_in_logs(self) -> None:
        assert ITEM.api_key not in repr(ITEM) and ITEM.api_key not in str(ITEM)
        assert redact(f"key {ITEM.api_key}") == f"key {MASK}"

    def test_one_that_is_too_long_for_windows_is_told_before_it_is_stored(self) -> None:
        keyring = Memory()
        vault = Vault(find=lambda: keyring)
        overhead = len(SecretItem("a", "b" * 100).to_text()) - 100
        fits, too_long = "k" * (1280 - overhead), "k" * (1281 - overhead)
        run(vault.write("x", SecretItem("a", fits)))
        with pytest.raises(ItemTooLong, match="1,281"):
            run(vault.write("x", SecretItem("a", too_long)))
        assert run(vault.read("x")) == SecretItem("a", fits)

    @pytest.mark.parametrize(
        "text", ["", "plain-key", "[]", '{"api_key": "k"}', '{"bundle_alias": "", "api_key": "k"}']
    )
    def test_one_that_is_not_ours_sends_no_key_anywhere(self, text: str) -> None:
        keyring = Memory()
        keyring.items[SERVICE, "x"] = text
        with pytest.raises(ItemDamaged) as told:
            run(Vault(find=lambda: keyring).read("x"))
        assert "plain-key" not in told.value.message + told.value.details

    def test_a_keyring_that_forgets_is_found_out(self) -> None:
        class Forgetful(Memory):
            def set_password(self, service: str, username: str, password: str) -> None:
                return None

        with pytest.raises(KeyringRefused):
            run(Vault(find=Forgetful).write("x", ITEM))

    def test_an_error_of_the_keyring_is_told_without_the_key(self) -> None:
        keyring = Memory()
        keyring.hurdle = _refuse
        with pytest.raises(KeyringRefused) as told:
            run(Vault(find=lambda: keyring).read("x"))
        assert "the collection is gone" in told.value.details
        assert ITEM.api_key not in told.value.details
