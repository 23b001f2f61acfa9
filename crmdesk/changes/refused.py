"""What happens with requests that the CRM refused, or that came to nothing: halved, tried alone, failed, sent again."""

from __future__ import annotations

import re
import sqlite3

from crmdesk.changes.course import Course
from crmdesk.changes.follower import Follower
from crmdesk.changes.ledger import Ledger
from crmdesk.changes.reader import canonical
from crmdesk.changes.sending import gone_means_done
from crmdesk.config.errors import InputError
from crmdesk.crm.errors import (
    Arrived,
    CrmError,
    Invalid,
    NotAllowed,
    NotFound,
    RefusedRedirect,
    TooMany,
    WrongKey,
)
from crmdesk.store import rows, steps
from crmdesk.store.rows import StepChange
from crmdesk.store.steps import StepRow
from crmdesk.store.words import Outcome, Way

SINGLE = {  # how one record of a bulk request is tried alone
    Way.BULK_UPDATE: Way.PUT,
    Way.BULK_CREATE: Way.UPSERT,
    Way.BULK_DELETE: Way.DELETE,
    Way.BULK_RESTORE: Way.RESTORE,
    Way.BULK_UPSERT: Way.PUT,
    Way.BULK_ASSIGN: Way.PUT,
    Way.QUEUED_ASSIGN: Way.PUT,
}
_ABOUT_OWNER = re.compile(r"owner|user|assign|inactive", re.IGNORECASE)


class Refusals:
    """Owners whom the CRM refuses. `known`: by module and value, its words, once it said the same of two records."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str] = {}
        self._first: dict[tuple[str, str], str] = {}

    def told(self, module: str, value: str, message: str) -> bool:
        """The CRM refused a record this owner; whether that holds for all records now."""
        said_before = (module, value) in self._first
        if said_before and self._first[module, value] == message:
            self.known[module, value] = message
        self._first.setdefault((module, value), message)
        return (module, value) in self.known


class Refused:
    """The errors of one job's steps. `refusals`: owners that need not be tried again."""

    def __init__(self, ledger: Ledger, course: Course, follower: Follower) -> None:
        self._ledger = ledger
        self._job = ledger.job_id
        self._course = course
        self._follower = follower
        self.refusals = Refusals()
        self._failed_in_a_row = 0

    def succeeded(self) -> None:
        """A request went well."""
        self._failed_in_a_row = 0

    def not_in_slot(self, step: StepRow) -> None:
        """A background step took no place among the CRM's jobs."""
        if step.way.background:
            self._follower.slots.not_sent()

    async def unsendable(self, step: StepRow, changes: list[StepChange], error: InputError) -> None:
        """What was asked for can't be put into a request, so nothing was sent."""
        self.not_in_slot(step)
        message = f"{error.message} {error.remedy}".strip()

        def write(c: sqlite3.Connection) -> None:
            steps.withdraw(c, self._job, step.no)
            self._fail_rows(c, step, changes, message)

        await self._ledger.write(write)

    async def not_attempted(self, step: StepRow, changes: list[StepChange], message: str) -> None:
        """Nothing was sent, because of what became of another step."""
        self.not_in_slot(step)

        def write(c: sqlite3.Connection) -> None:
            steps.withdraw(c, self._job, step.no)
            self._fail_rows(c, step, changes, message, Outcome.NOT_ATTEMPTED)

        await self._ledger.write(write)

    async def failed(self, step: StepRow, changes: list[StepChange], error: CrmError) -> None:
        """Takes note of a request that ended with an error; what becomes of its rows is in the journal."""
        job, no = self._job, step.no
        if isinstance(error, TooMany) and error.bulk_jobs:
            await self._ledger.write(lambda c: steps.withdraw(c, job, no))
            await self._follower.slots.refused()
            return
        self.not_in_slot(step)
        if isinstance(error, WrongKey | NotAllowed | RefusedRedirect):
            await self._ledger.write(lambda c: steps.withdraw(c, job, no))
            self._course.refused_for_good(error)
        elif isinstance(error, NotFound | Invalid) and error.arrived is Arrived.YES:
            await self._refused(step, changes, error)
        elif error.arrived is Arrived.NO:
            await self._ledger.write(lambda c: steps.withdraw(c, job, no))
            self.count(error)
        else:
            await self._ledger.write(lambda c: steps.lose(c, job, no, error.message))
            self._course.settle_soon = True
            self.count(error)

    async def _refused(self, step: StepRow, changes: list[StepChange], error: CrmError) -> None:
        """The CRM refused a whole request: its records are tried in halves, then alone, then have failed.

        An owner whom it refuses for two records is not tried a third time.
        """
        job = self._job
        of_owner = [change for change in changes if change.field == "owner_id"]
        about_owner = bool(of_owner) and isinstance(error, Invalid) and _ABOUT_OWNER.search(_reasons(error)) is not None
        groups = by_record(changes)
        if step.way not in SINGLE:
            if await self._single_refused(step, changes, error) and not (
                about_owner and self.refusals.told(step.module, canonical(of_owner[0].after), _reasons(error))
            ):
                self.count(error)
            else:
                self._failed_in_a_row = 0
            return
        if isinstance(error, NotFound) or len(groups) == 1:
            await self._ledger.write(lambda c: steps.move(c, job, step, groups, SINGLE[step.way]))
        elif about_owner and len(groups) > 2:
            await self._ledger.write(lambda c: steps.move(c, job, step, [groups[0], groups[-1]], SINGLE[step.way]))
            rest = [seq for group in groups[1:-1] for seq in group]
            await self._ledger.write(lambda c: steps.move(c, job, step, [rest], step.way))
            return
        else:
            half = len(groups) // 2
            halves = [[seq for group in part for seq in group] for part in (groups[:half], groups[half:])]
            await self._ledger.write(lambda c: steps.move(c, job, step, halves, step.way))
        self.count(error)

    async def _single_refused(self, step: StepRow, changes: list[StepChange], error: CrmError) -> bool:
        """One record was refused; whether that counts as a failure of the CRM."""
        if gone_means_done(error, changes):
            await self._ledger.write(lambda c: self._fail_rows(c, step, changes, "it was gone", Outcome.ALREADY_SO))
            return False
        missing = isinstance(error, NotFound)
        message = "no longer exists in the CRM" if missing and changes[0].record else _reasons(error)
        await self._ledger.write(lambda c: self._fail_rows(c, step, changes, message))
        return not missing

    def _fail_rows(
        self,
        c: sqlite3.Connection,
        step: StepRow,
        changes: list[StepChange],
        message: str,
        outcome: Outcome = Outcome.FAILED,
    ) -> None:
        rows.settle(c, self._job, [change.seq for change in changes], outcome, message)
        steps.close_if_settled(c, self._job, step.no)

    def count(self, error: CrmError) -> None:
        """One more failure in a row."""
        self._failed_in_a_row += 1
        self._course.pause_at_five(self._failed_in_a_row, error)


def by_record(changes: list[StepChange]) -> list[list[int]]:
    """The rows of each record together, by their seq."""
    groups: dict[int, list[int]] = {}
    for change in changes:
        groups.setdefault(change.unit, []).append(change.seq)
    return list(groups.values())


def _reasons(error: CrmError) -> str:
    return "; ".join(error.messages) or error.message
