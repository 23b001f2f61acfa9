"""The root of every error the program raises on purpose. Touches nothing."""

from __future__ import annotations


class CrmDeskError(Exception):
    """What went wrong in one sentence, what the person can do, and what helps a developer.

    The tree: CrmDeskError → InputError (bad input) · CrmError (the CRM, in crm/errors.py) ·
    KeyringError (profiles/errors.py) · StoreError (store/errors.py). None of the three texts ever
    holds a key.
    """

    remedy_by_default = ""

    def __init__(self, message: str, *, remedy: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.remedy_by_default
        self.details = details

    def __str__(self) -> str:
        return self.message


class InputError(CrmDeskError):
    """Bad input from the person; `subject` names what was wrong, such as `--to` or `hourly limit`."""

    def __init__(self, message: str, *, subject: str = "", remedy: str = "", details: str = "") -> None:
        super().__init__(message, remedy=remedy, details=details)
        self.subject = subject


class DamagedFile(CrmDeskError):
    """A file of ours can't be read; `set_aside` says where it was moved, if it was."""

    remedy_by_default = "The damaged file was kept beside the new one. Nothing else was changed."

    def __init__(self, message: str, *, set_aside: str = "", remedy: str = "", details: str = "") -> None:
        super().__init__(message, remedy=remedy, details=details)
        self.set_aside = set_aside
