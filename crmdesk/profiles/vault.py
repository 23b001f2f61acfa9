"""Where the bundle alias and the key of a profile lie: together, in one item of the keyring.

Together, so that an edited file can't send a key to another address. Or in memory, for this session only.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from crmdesk.config.errors import CrmDeskError
from crmdesk.config.logs import redact, register_secret
from crmdesk.profiles.backends import trusted_backend
from crmdesk.profiles.errors import (
    ItemDamaged,
    ItemTooLong,
    KeyringError,
    KeyringLocked,
    KeyringMissing,
    KeyringRefused,
    KeyringTimedOut,
)
from crmdesk.profiles.offloop import OffLoop

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from crmdesk.profiles.store import ProfileStore

SERVICE = "CRMDesk"
# Windows holds 2,560 bytes of UTF-16; the same limit everywhere lets a person change systems.
LONGEST_ITEM = 1280
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SecretItem:
    """An account's address and the key for it. Never printed."""

    bundle_alias: str
    api_key: str

    def __post_init__(self) -> None:
        register_secret(self.api_key)

    def __repr__(self) -> str:
        return f"SecretItem({self.bundle_alias!r}, key hidden)"

    def to_text(self) -> str:
        """As the keyring keeps it. Raises ItemTooLong."""
        text = json.dumps({"v": 1, "bundle_alias": self.bundle_alias, "api_key": self.api_key})
        if len(text) > LONGEST_ITEM:
            raise ItemTooLong(
                f"The bundle alias and the key are {len(text):,} characters long together; "
                f"a keyring holds {LONGEST_ITEM:,}."
            )
        return text

    @classmethod
    def from_text(cls, text: str) -> SecretItem:
        """Raises ItemDamaged, which does not repeat what was found."""
        try:
            found = json.loads(text)
            alias, key = found["bundle_alias"], found["api_key"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ItemDamaged("The keyring's item of this profile can't be read.") from None
        if not isinstance(alias, str) or not isinstance(key, str) or not alias or not key:
            raise ItemDamaged("The keyring's item of this profile is not complete.")
        return cls(alias, key)


class KeyState(enum.StrEnum):
    """Where the key of a profile is."""

    STORED = "stored"
    SESSION_ONLY = "for this session only"
    MISSING = "no keyring"
    LOCKED = "keyring locked"
    ABSENT = "no key stored"


class Vault:
    """The secrets of all profiles. Calls to the keyring run off the loop; each takes `seconds` at most."""

    def __init__(self, *, seconds: float = 20.0, find: Callable[[], KeyringBackend] = trusted_backend) -> None:
        self._seconds = seconds
        self._find = find
        self._held: dict[str, SecretItem] = {}
        self._off_loop = OffLoop("keyring")

    async def read(self, profile_id: str) -> SecretItem | None:
        """What is held for this session, else what the keyring has; None if neither. Raises KeyringError."""
        held = self._held.get(profile_id)
        if held is not None:
            return held
        text = await self._ask(lambda backend: backend.get_password(SERVICE, profile_id))
        return None if text is None else SecretItem.from_text(text)

    async def write(self, profile_id: str, item: SecretItem) -> None:
        """Store the item in the keyring, in place of an older one, and see that it is there."""
        text = item.to_text()

        def store(backend: KeyringBackend) -> str | None:
            backend.set_password(SERVICE, profile_id, text)
            return backend.get_password(SERVICE, profile_id)

        if await self._ask(store) != text:
            raise KeyringRefused("The keyring did not keep the key.")
        self._held.pop(profile_id, None)

    async def remove(self, profile_id: str) -> None:
        """Remove the item and forget what is held; nothing to remove is no error."""
        self._held.pop(profile_id, None)

        def delete(backend: KeyringBackend) -> bool:
            if backend.get_password(SERVICE, profile_id) is None:
                return True
            backend.delete_password(SERVICE, profile_id)
            return backend.get_password(SERVICE, profile_id) is None

        if not await self._ask(delete):
            raise KeyringRefused("The keyring did not remove the key.")

    def hold(self, profile_id: str, item: SecretItem) -> None:
        """Keep the item in memory, for this session only; it goes before the keyring's."""
        self._held[profile_id] = item

    def release(self, profile_id: str) -> None:
        """Forget what is held in memory."""
        self._held.pop(profile_id, None)

    async def state(self, profile_id: str) -> KeyState:
        """Where the key is. Raises the other errors of the keyring (time-out, refusal, damaged item)."""
        if profile_id in self._held:
            return KeyState.SESSION_ONLY
        try:
            found = await self.read(profile_id)
        except KeyringMissing:
            return KeyState.MISSING
        except KeyringLocked:
            return KeyState.LOCKED
        return KeyState.ABSENT if found is None else KeyState.STORED

    async def _ask(self, work: Callable[[KeyringBackend], T]) -> T:
        def blocking() -> T:
            try:
                return work(self._find())
            except CrmDeskError:
                raise
            except Exception as error:
                raise _told(error) from error

        try:
            return await self._off_loop.call(blocking, self._seconds)
        except TimeoutError:
            raise KeyringTimedOut(f"The keyring did not answer within {self._seconds:g} seconds.") from None


def _told(error: Exception) -> KeyringError:
    """The error of a backend, which may be of any class, as one of ours."""
    from keyring import errors

    details = redact(f"{type(error).__name__}: {error}")
    if isinstance(error, errors.KeyringLocked):
        return KeyringLocked("The keyring is locked.", details=details)
    if isinstance(error, errors.NoKeyringError | errors.InitError):
        return KeyringMissing("This computer's keyring can't be opened.", details=details)
    # secretstorage's and jeepney's own errors come through keyring unchanged.
    if type(error).__name__ in ("LockedException", "PromptDismissedException"):
        return KeyringLocked("The keyring is locked.", details=details)
    if type(error).__name__ in ("SecretServiceNotAvailableException", "ConnectionRefusedError"):
        return KeyringMissing("This computer's keyring does not answer.", details=details)
    return KeyringRefused("The keyring refused.", details=details)


async def remove_profile(store: ProfileStore, vault: Vault, profile_id: str, *, leave_item: bool = False) -> None:
    """Remove the item from the keyring, then the profile.

    Raises KeyringError and keeps the profile when the item can't be removed; `leave_item` (after the person
    has said so) removes the profile all the same.
    """
    store.get(profile_id)
    try:
        await vault.remove(profile_id)
    except KeyringError:
        if not leave_item:
            raise
    store.remove(profile_id)
