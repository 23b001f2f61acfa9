"""What can go wrong with the account's files, as the person is told."""

from __future__ import annotations

from pathlib import Path

from crmdesk.config.errors import CrmDeskError


class StoreError(CrmDeskError):
    """The account's files can't be used as asked."""


class StoreUnavailable(StoreError):
    """The disk is full, read-only, or another program holds the file for too long."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message, remedy="Free some space, check that the data folder can be written to, and try again."
        )


class JournalDamaged(StoreError):
    """The file is no database any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path.name} is damaged.",
            remedy=f"Move {path} aside (it is never deleted for you) and start again; jobs in it can't be resumed.",
        )


class JournalTooNew(StoreError):
    """A newer CRMDesk wrote the file."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path.name} was written by a newer CRMDesk (version {found} of the file, this one knows {known}).",
            remedy="Update CRMDesk on this computer.",
        )


class AccountBusy(StoreError):
    """Another window or command runs a plan on this account."""

    def __init__(self, title: str, pid: int) -> None:
        self.title, self.pid = title, pid
        super().__init__(
            f"Another CRMDesk (process {pid}) is running “{title}” on this account.",
            remedy="Wait until it has finished, or pause it there. Browsing and planning go on meanwhile.",
        )


class NoSuchJob(StoreError):
    """A job was asked for by an id that the journal doesn't hold."""

    def __init__(self, job_id: object) -> None:
        super().__init__(
            f"There is no job {job_id} in this account's journal.", remedy="List the jobs to see their ids."
        )
