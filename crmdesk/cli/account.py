"""Which account a command is for: the environment's, else the profile that is named, else the one used last."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmdesk.cli.output import Output
from crmdesk.config.errors import InputError
from crmdesk.crm.address import BundleAddress, parse_bundle_alias
from crmdesk.profiles.errors import KeyringError

if TYPE_CHECKING:
    from crmdesk.profiles.profile import Profile
    from crmdesk.profiles.store import ProfileStore

BUNDLE_ALIAS = "CRMDESK_BUNDLE_ALIAS"
API_KEY = "CRMDESK_API_KEY"


class NoKeyStored(KeyringError):
    """The profile is there, and the keyring holds nothing for it."""


@dataclass(frozen=True)
class Account:
    """Where to ask, and the key for it."""

    address: BundleAddress
    api_key: str = field(repr=False)
    profile: Profile | None = None

    @property
    def name(self) -> str:
        """How people know it."""
        return f"{self.profile.name} ({self.address.host})" if self.profile else self.address.host

    @property
    def production(self) -> bool:
        """Whether what is changed is real; an account without a profile is, unless it is on this machine."""
        return self.profile.production if self.profile else not self.address.loopback


async def find_account(profile: str | None, out: Output) -> Account:
    """Raises InputError (wrong use, bad bundle alias), KeyringError."""
    alias, key = os.environ.get(BUNDLE_ALIAS, "").strip(), os.environ.get(API_KEY, "").strip()
    if alias and key:
        if profile:
            out.say(f"{BUNDLE_ALIAS} and {API_KEY} are set and go before the profile “{profile}”.")
        return _from_environment(alias, key)
    if alias or key:
        missing = API_KEY if alias else BUNDLE_ALIAS
        raise InputError(
            f"{missing} is not set, but {BUNDLE_ALIAS if alias else API_KEY} is.",
            subject=missing,
            remedy="Set both, or neither to use a profile.",
        )
    from crmdesk.profiles.store import ProfileStore

    store = ProfileStore()
    chosen = _chosen(store, profile)
    for notice in store.notices:
        out.say(f"{notice.message} {notice.remedy}".strip())
    return await account_of(chosen)


def _from_environment(alias: str, key: str) -> Account:
    from crmdesk.config.logs import register_secret

    register_secret(key)
    return Account(parse_bundle_alias(alias), key)


async def account_of(profile: Profile) -> Account:
    """The address and the key of a profile, from the keyring. Raises KeyringError, BadBundleAlias."""
    from crmdesk.profiles.vault import Vault

    item = await Vault().read(profile.id)
    if item is None:
        raise NoKeyStored(
            f"The keyring holds no key for the profile “{profile.name}”.",
            remedy=f"Remove it with “crmdesk profiles remove {profile.name}” and add it again.",
        )
    return Account(parse_bundle_alias(item.bundle_alias, profile.allow_hosts), item.api_key, profile)


def _chosen(store: ProfileStore, name: str | None) -> Profile:
    if name:
        return store.named(name)
    if (last := store.last_used) is not None:
        return last
    known = store.list()
    if len(known) == 1:
        return known[0]
    if known:
        names = ", ".join(f"“{one.name}”" for one in known)
        raise InputError("Which account?", subject="--profile", remedy=f"Name one with --profile: {names}.")
    raise InputError(
        "No account is known yet.",
        subject="--profile",
        remedy=f"Add one with “crmdesk profiles add NAME”, or set {BUNDLE_ALIAS} and {API_KEY}.",
    )
