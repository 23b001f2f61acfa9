"""The states and outcomes that the journal knows, as they stand in its file and in every report."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a plan is between its first row and its end."""

    DRAFT = "draft"
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    SETTLING = "settling"
    FINISHED = "finished"
    FINISHED_WITH_FAILURES = "finished_with_failures"
    CANCELLED = "cancelled"

    @property
    def unfinished(self) -> bool:
        """Started, and not at an end: if nobody holds the account's lock, it is interrupted."""
        return self in (JobState.RUNNING, JobState.PAUSED, JobState.WAITING, JobState.SETTLING)

    @property
    def ended(self) -> bool:
        """Nothing more will be sent for it."""
        return self in (JobState.FINISHED, JobState.FINISHED_WITH_FAILURES, JobState.CANCELLED)


class StepState(StrEnum):
    """Where one request of a plan is. `SENT` means that it may have been sent: it is written before."""

    PENDING = "pending"
    SENT = "sent"
    ACCEPTED = "accepted"
    SETTLED = "settled"


class Outcome(StrEnum):
    """What became of one record. In every report they sum to the number of records."""

    CHANGED = "changed"
    ALREADY_SO = "already_so"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    NOT_ATTEMPTED = "not_attempted"
    REVERTED = "reverted"
    KEPT = "kept"


class Op(StrEnum):
    """What a change does to its record."""

    SET = "set"
    CREATE = "create"
    CLONE = "clone"
    DELETE = "delete"
    RESTORE = "restore"
    FORGET = "forget"
    CALL = "call"


class Way(StrEnum):
    """How a step meets the API."""

    BULK_ASSIGN = "bulk_assign"
    QUEUED_ASSIGN = "queued_assign"
    BULK_UPSERT = "bulk_upsert"
    PUT = "put"
    BULK_UPDATE = "bulk_update"
    RELATE = "relate"
    CREATE = "create"
    BULK_CREATE = "bulk_create"
    UPSERT = "upsert"
    CLONE = "clone"
    CALL = "call"
    DELETE = "delete"
    BULK_DELETE = "bulk_delete"
    RESTORE = "restore"
    BULK_RESTORE = "bulk_restore"
    FORGET = "forget"

    @property
    def background(self) -> bool:
        """The CRM works on it as a job of its own, which is followed."""
        return self in (Way.BULK_UPSERT, Way.BULK_CREATE)

    @property
    def once(self) -> bool:
        """Sending it twice does it twice: what was lost is looked for, never sent again."""
        return self in (Way.CREATE, Way.CLONE, Way.CALL)


IS_DELETED = "is_deleted"  # the field of a delete or restore
FORGOTTEN = "forgotten"  # the field of a forget
