"""Which keyring is trusted: one that encrypts, of the operating system or named by the person.

Imports `keyring` when it is called, which costs some 100 ms. Blocks.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from crmdesk.profiles.errors import KeyringMissing

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_LINUX = (
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
)
_OF_SYSTEM = {
    "win32": ("keyring.backends.Windows.WinVaultKeyring",),
    "darwin": ("keyring.backends.macOS.Keyring",),
}
# Files in plain or home-made encryption, stand-ins that keep nothing, and the chain that would try them all.
_REFUSED = ("keyrings.alt", "keyring.backends.fail", "keyring.backends.null", "keyring.backends.chainer")


def _refused(backend: KeyringBackend) -> bool:
    return any(
        kind.__module__ == name or kind.__module__.startswith(name + ".")
        for kind in type(backend).__mro__
        for name in _REFUSED
    )


def _chosen_by_the_person() -> KeyringBackend | None:
    """What PYTHON_KEYRING_BACKEND or keyring's own configuration names."""
    from keyring import core

    try:
        return core.load_env() or core.load_config()
    except Exception as error:
        # A backend's `priority` may raise anything when it is not usable here.
        raise KeyringMissing(
            "The keyring that this computer's configuration names can't be used.",
            remedy="Correct PYTHON_KEYRING_BACKEND or keyringrc.cfg, or remove it.",
            details=f"{type(error).__name__}: {error}",
        ) from error


def trusted_backend() -> KeyringBackend:
    """The keyring to use; raises KeyringMissing, and never falls back to a file."""
    from keyring import core

    chosen = _chosen_by_the_person()
    if chosen is not None:
        if not _refused(chosen):
            return chosen
        raise KeyringMissing(
            "The keyring that this computer's configuration names does not keep secrets safely.",
            remedy="Remove it from PYTHON_KEYRING_BACKEND or keyringrc.cfg.",
            details=f"{type(chosen).__module__}.{type(chosen).__qualname__}",
        )
    found: list[str] = []
    for name in _OF_SYSTEM.get(sys.platform, _LINUX):
        try:
            return core.load_keyring(name)
        except Exception as error:
            found.append(f"{name}: {error}")
    raise KeyringMissing("This computer has no keyring that is running.", details="; ".join(found))
