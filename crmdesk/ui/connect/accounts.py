"""Saved accounts as the window uses them: profiles, their keys in the keyring, and the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmdesk.config.errors import CrmDeskError, InputError
from crmdesk.ui.window.account import Account

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.profiles.store import ProfileStore
    from crmdesk.profiles.vault import KeyState, SecretItem, Vault

ALIAS_VARIABLE = "CRMDESK_BUNDLE_ALIAS"
KEY_VARIABLE = "CRMDESK_API_KEY"
HOST_VARIABLE = "CRMDESK_ALLOW_HOST"


class NoKeyStored(CrmDeskError):
    """The profile is there, its key is not."""

    remedy_by_default = "Enter the bundle alias and the key again."


class Accounts:
    """Profiles and keys. Nothing is read, nor imported, before it is asked for: the first paint is faster."""

    def __init__(self, folder: Path, vault: Vault | None = None) -> None:
        self._path = folder / "profiles.json"
        self._made_store: ProfileStore | None = None
        self._given_vault = vault

    @property
    def store(self) -> ProfileStore:
        """The profiles' file."""
        if self._made_store is None:
            from crmdesk.profiles.store import ProfileStore

            self._made_store = ProfileStore(self._path)
        return self._made_store

    @property
    def vault(self) -> Vault:
        """The keyring; its code is imported when it is first needed."""
        if self._given_vault is None:
            from crmdesk.profiles.vault import Vault

            self._given_vault = Vault()
        return self._given_vault

    @property
    def notices(self) -> list[CrmDeskError]:
        """What is to be told of a damaged file; given out once."""
        told, self.store.notices[:] = list(self.store.notices), []
        return told

    def profiles(self) -> list[Profile]:
        """All saved accounts."""
        return self.store.list() if self._path.is_file() else []

    def last_used(self) -> Profile | None:
        """The account of the last time, else the only one there is."""
        known = self.profiles()
        return (self.store.last_used if known else None) or (known[0] if len(known) == 1 else None)

    def find(self, name: str) -> Profile | None:
        """The account of this name."""
        try:
            return self.store.named(name)
        except InputError:
            return None

    def by_id(self, profile_id: str) -> Profile | None:
        """The account of this id."""
        return next((profile for profile in self.profiles() if profile.id == profile_id), None)

    def from_environment(self) -> Account | None:
        """The account that CRMDESK_BUNDLE_ALIAS and CRMDESK_API_KEY name; they go before a profile."""
        alias, key = os.environ.get(ALIAS_VARIABLE, ""), os.environ.get(KEY_VARIABLE, "")
        if not alias or not key:
            return None
        host = alias.split("://")[-1].split("/")[0]
        # Nothing is known of this account, so it is treated as the one where mistakes cost most.
        corner = "environment-" + "".join(letter if letter.isalnum() else "-" for letter in host)
        return Account(corner, host, "#C0301E", True, "")

    async def environment_secret(self) -> SecretItem:
        """The address and key of the environment."""
        from crmdesk.profiles.vault import SecretItem

        return SecretItem(os.environ.get(ALIAS_VARIABLE, ""), os.environ.get(KEY_VARIABLE, ""))

    @staticmethod
    def allowed_hosts(profile: Profile | None) -> Sequence[str]:
        """Hosts beyond Freshworks' own: those of the profile, and the one of the environment."""
        named = [host for host in os.environ.get(HOST_VARIABLE, "").replace(",", " ").split() if host]
        return [*(profile.allow_hosts if profile is not None else ()), *named]

    async def secret(self, profile: Profile) -> SecretItem:
        """The profile's address and key. Raises KeyringError, NoKeyStored."""
        item = await self.vault.read(profile.id)
        if item is None:
            raise NoKeyStored(f"The key of {profile.name} is not stored on this computer.")
        return item

    async def key_state(self, profile: Profile) -> KeyState:
        """Where the profile's key is. Raises KeyringError."""
        return await self.vault.state(profile.id)

    async def used(self, profile: Profile) -> None:
        """Remember that this account was used last."""
        import asyncio

        await asyncio.to_thread(self.store.use, profile.id)

    async def save(self, profile: Profile, item: SecretItem | None) -> CrmDeskError | None:
        """Save a new or changed profile, and its key if given.

        Answers None, or why the keyring did not take the key: it is then held for this session only.
        """
        import asyncio

        if self.by_id(profile.id) is None:
            await asyncio.to_thread(self.store.add, profile)
        else:
            await asyncio.to_thread(self.store.update, profile)
        return None if item is None else await self.keep(profile.id, item)

    async def keep(self, profile_id: str, item: SecretItem) -> CrmDeskError | None:
        """Put a key into the keyring; answers why it is held for this session only, or None."""
        from crmdesk.profiles.errors import KeyringError

        try:
            await self.vault.write(profile_id, item)
        except KeyringError as error:
            self.vault.hold(profile_id, item)
            return error
        return None

    async def remove(self, profile: Profile, *, leave_item: bool = False) -> None:
        """Remove the key from the keyring, then the profile. Raises KeyringError and keeps it."""
        from crmdesk.profiles.vault import remove_profile

        await remove_profile(self.store, self.vault, profile.id, leave_item=leave_item)
