"""What can go wrong with the keyring, as the person is told.

KeyringError
├── KeyringMissing     no keyring that encrypts
├── KeyringLocked      it is there, and was not unlocked
├── KeyringTimedOut    it did not answer; a prompt may be waiting
├── KeyringRefused     it answered with an error
├── ItemDamaged        the item is not what CRMDesk wrote
└── ItemTooLong        more than every keyring can hold
"""

from __future__ import annotations

from crmdesk.config.errors import CrmDeskError

SESSION_ONLY = "Or go on for this session only: the key is then forgotten when CRMDesk ends."


class KeyringError(CrmDeskError):
    """The operating system's keyring can't be used as asked."""


class KeyringMissing(KeyringError):
    """There is no keyring that encrypts; nothing was written anywhere."""

    remedy_by_default = (
        "Start the keyring of the desktop (GNOME Keyring or KWallet on Linux) and try again. " + SESSION_ONLY
    )


class KeyringLocked(KeyringError):
    """The keyring is there, and locked."""

    remedy_by_default = "Unlock the keyring and try again. " + SESSION_ONLY


class KeyringTimedOut(KeyringError):
    """The keyring did not answer in time; it may still carry out what was asked."""

    remedy_by_default = (
        "A window that asks to unlock the keyring may be waiting; answer it and try again. " + SESSION_ONLY
    )


class KeyringRefused(KeyringError):
    """The keyring answered with an error."""

    remedy_by_default = "Open the keyring's own program to see what is wrong. " + SESSION_ONLY


class ItemDamaged(KeyringError):
    """The profile's item is not what CRMDesk wrote, so no key is sent anywhere."""

    remedy_by_default = "Enter the bundle alias and the key again."


class ItemTooLong(KeyringError):
    """The bundle alias and the key together are longer than every system's keyring can hold."""

    remedy_by_default = "Check that the key was pasted alone. " + SESSION_ONLY
