"""What can stand in the way of planning or running, as the person is told."""

from __future__ import annotations

from crmdesk.config.errors import CrmDeskError


class PlanError(CrmDeskError):
    """A plan can't be made, run or undone as asked."""


class NotRunnable(PlanError):
    """The plan is in a state from which it can't be started."""


class NothingToDo(PlanError):
    """The plan would have no row."""


class NothingToUndo(PlanError):
    """No record of the job still has to be given back."""


class RecordsUnsettled(PlanError):
    """Another job's requests on the same records are not settled yet."""

    def __init__(self, job_id: int, title: str, records: int) -> None:
        super().__init__(
            f"Job {job_id} (“{title}”) has {records} of these records in the air.",
            remedy=f"Resume job {job_id} first, so that it is known what became of them.",
        )
